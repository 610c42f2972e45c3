//! An application that knows who somebody is has them prove it by a device.

use http::Method;
use serde_json::{Value, json};
use testkit::{Environment, House, Person, Reply, Request, code_in};

use super::management::{Management, mistakes};

/// An application, and what it shows of itself.
struct Worker<'h> {
    house: &'h House,
    address: String,
    token: String,
    /// The network address from which it asks.
    from: Option<&'static str>,
}

impl<'h> Worker<'h> {
    async fn of(house: &'h House, env: &Environment<'_>, kind: &str) -> Self {
        let api = Management(house);
        let path = format!("/environments/{}/applications", env.id);
        let application = json!({
            "name": format!("{kind} {}", env.id),
            "enabled": true,
            "type": kind,
            "protocol": "OPENID_CONNECT",
            "grantTypes": ["CLIENT_CREDENTIALS"],
            "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        });
        let added = api.send(Method::POST, &path, &application).await;
        let id = added.expect_status(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let secret = api.get(&format!("{path}/{id}/secret")).await.json();
        let token = house
            .http
            .request(Method::POST, format!("{}/token", env.issuer))
            .basic(&id, secret["secret"].as_str().unwrap())
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .expect_status(200)
            .json();
        Self {
            house,
            address: env.at("/deviceAuthentications"),
            token: token["access_token"].as_str().unwrap().to_owned(),
            from: None,
        }
    }

    fn request(&self, method: Method, address: &str) -> Request {
        let request = self.house.http.request(method, address);
        let request = request.bearer(&self.token);
        match self.from {
            Some(from) => request.header("x-forwarded-for", from),
            None => request,
        }
    }

    async fn begin(&self, body: &Value) -> Reply {
        let request = self.request(Method::POST, &self.address);
        request.json(body).send().await
    }

    async fn act(&self, id: &str, action: &str, body: &Value) -> Reply {
        let address = format!("{}/{id}", self.address);
        let media_type = format!("application/vnd.pingidentity.{action}+json");
        let request = self.request(Method::POST, &address);
        request.body(&media_type, body.to_string()).send().await
    }

    async fn read(&self, id: &str) -> Reply {
        let address = format!("{}/{id}", self.address);
        self.request(Method::GET, &address).send().await
    }
}

fn of(person: &Person) -> Value {
    json!({ "user": { "id": person.id.uuid().to_string() } })
}

fn id_of(flow: &Value) -> &str {
    flow["id"].as_str().unwrap()
}

#[tokio::test]
async fn pingone_1_8_a_person_proves_themselves_by_a_device_once() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let flow = worker.begin(&of(&carol)).await.expect_status(200).json();
    assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
    assert_eq!(flow["user"]["id"], carol.id.uuid().to_string());
    for action in ["otp.check", "device.select"] {
        let link = flow["_links"][action]["href"].as_str();
        assert_eq!(link, Some(&*format!("{}/{}", worker.address, id_of(&flow))));
    }
    assert!(flow["_links"].get("session.reset").is_none());
    assert!(!flow.to_string().contains("carol@example.com"));
    // Another device may answer.
    let devices = flow["_embedded"]["devices"].as_array().unwrap();
    let sms = json!({ "device": { "id": devices[1]["id"] } });
    house.advance(std::time::Duration::from_secs(1));
    let chosen = worker.act(id_of(&flow), "device.select", &sms).await;
    assert_eq!(
        chosen.expect_status(200).json()["selectedDevice"]["id"],
        devices[1]["id"]
    );
    let code = code_in(&env.last_text().await);
    let wrong = worker
        .act(id_of(&flow), "otp.check", &json!({ "otp": "000000" }))
        .await;
    assert_eq!(mistakes(wrong)[0].1, "otp");
    let right = json!({ "otp": code });
    let done = worker.act(id_of(&flow), "otp.check", &right).await;
    assert_eq!(done.expect_status(200).json()["status"], "COMPLETED");
    // RTS art. 4(1): it is spent.
    let _ = worker
        .act(id_of(&flow), "otp.check", &right)
        .await
        .expect_status(404);
    let _ = worker.read(id_of(&flow)).await.expect_status(404);
}

#[tokio::test]
async fn what_has_lain_too_long_has_failed_whatever_is_answered() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let flow = worker.begin(&of(&carol)).await.expect_status(200).json();
    let code = code_in(&env.last_text().await);
    house.advance(std::time::Duration::from_mins(16));
    let right = json!({ "otp": code });
    let late = worker.act(id_of(&flow), "otp.check", &right).await;
    assert_eq!(late.expect_status(200).json()["status"], "FAILED");
    let read = worker.read(id_of(&flow)).await.expect_status(404);
    assert_eq!(read.json()["code"], "NOT_FOUND");
}

#[tokio::test]
async fn pingone_1_5_whom_nothing_else_is_asked_for_is_told_in_their_own_language() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let templates = format!("/environments/{}/templates", env.id);
    for (locale, body) in [("en", "Welcome: ${otp}"), ("it", "Benvenuta: ${otp}")] {
        let content = json!({
            "locale": locale,
            "deliveryMethod": "Email",
            "subject": "Demo",
            "body": body,
            "emailContentType": "text/plain",
        });
        let path = format!("{templates}/strong_authentication/contents");
        let added = api.send(Method::POST, &path, &content).await;
        let _ = added.expect_status(201);
    }
    let carol = env.add_person_with_mailbox("carol").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let _ = worker.begin(&of(&carol)).await.expect_status(200);
    assert!(env.last_text().await.contains("Welcome"));
    let person = format!("/environments/{}/users/{}", env.id, carol.id.uuid());
    let italian = json!({ "preferredLanguage": "it-CH" });
    let changed = api.send(Method::PATCH, &person, &italian).await;
    let _ = changed.expect_status(200);
    house.advance(std::time::Duration::from_mins(5));
    let _ = worker.begin(&of(&carol)).await.expect_status(200);
    let text = env.last_text().await;
    assert!(text.contains("Benvenuta"), "{text}");
}

#[tokio::test]
async fn pingone_1_8_the_application_chooses_the_device_and_the_policy() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let flow = worker.begin(&of(&carol)).await.json();
    let devices = flow["_embedded"]["devices"].as_array().unwrap().clone();
    house.advance(std::time::Duration::from_mins(5));
    let mut body = of(&carol);
    body["selectedDevice"] = json!({ "id": devices[1]["id"] });
    let flow = worker.begin(&body).await.expect_status(200).json();
    assert_eq!(flow["status"], "OTP_REQUIRED");
    assert_eq!(flow["selectedDevice"]["id"], devices[1]["id"]);
    let api = Management(&house);
    let path = format!("/environments/{}/deviceAuthenticationPolicies", env.id);
    let policy = json!({ "name": "Long", "sms": { "enabled": true, "otp": { "otpLength": 10 } } });
    let policy = api
        .send(Method::POST, &path, &policy)
        .await
        .expect_status(201)
        .json();
    house.advance(std::time::Duration::from_mins(5));
    let mut body = of(&carol);
    body["policy"] = json!({ "id": policy["id"] });
    let flow = worker.begin(&body).await.expect_status(200).json();
    assert_eq!(flow["_embedded"]["devices"].as_array().unwrap().len(), 1);
    assert_eq!(code_in(&env.last_text().await).len(), 10);
    for (name, id) in [
        ("selectedDevice", json!(id_of(&flow))),
        ("policy", json!(id_of(&flow))),
        ("user", json!(id_of(&flow))),
        ("user", Value::Null),
        ("color", json!("red")),
    ] {
        let mut body = of(&carol);
        body[name] = json!({ "id": id });
        let refused = mistakes(worker.begin(&body).await);
        assert!(refused[0].1.starts_with(name), "{refused:?}");
    }
}

#[tokio::test]
async fn nobody_but_an_application_of_the_environment_asks_and_each_its_own() {
    let house = House::open().await;
    let (a, b) = (
        house.add_environment("a").await,
        house.add_environment("b").await,
    );
    let carol = a.add_person_with_mailbox("carol").await;
    let worker = Worker::of(&house, &a, "WORKER").await;
    let body = of(&carol);
    let flow = worker.begin(&body).await.expect_status(200).json();
    // A token of another environment is none here, and its people are nobody there.
    let theirs = Worker::of(&house, &b, "WORKER").await;
    assert_eq!(mistakes(theirs.begin(&body).await)[0].1, "user.id");
    let _ = theirs.read(id_of(&flow)).await.expect_status(404);
    let stranger = Worker {
        address: worker.address.clone(),
        ..theirs
    };
    let refused = stranger.begin(&body).await.expect_status(401).json();
    assert_eq!(refused["code"], "INVALID_TOKEN");
    // Another application of the same environment does not learn that there is such a flow.
    let other = Worker::of(&house, &a, "SERVICE").await;
    let refused = other.begin(&body).await.expect_status(403).json();
    assert_eq!(refused["code"], "ACCESS_FAILED");
    // Nor does a browser find it among the flows of people.
    let mut browser = house.browser();
    for path in ["flows", "signon"] {
        let reply = browser
            .get(&a.at(&format!("/{path}/{}", id_of(&flow))))
            .await;
        assert!(
            reply.status == 404 || reply.status == 410,
            "{path}: {}",
            reply.status
        );
    }
    let bare = house.http.request(Method::POST, &worker.address);
    let _ = bare.json(&body).send().await.expect_status(401);
    // A person's own token is not an application's.
    let shop = a.add_client("shop").await;
    let request = shop.request();
    let alice = a.add_person("alice").await;
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let person = Worker {
        token: tokens.access_token,
        ..other
    };
    let _ = person.begin(&body).await.expect_status(401);
    assert_eq!(
        worker.read(id_of(&flow)).await.json()["status"],
        "OTP_REQUIRED"
    );
}

#[tokio::test]
async fn who_has_no_device_proves_nothing() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let failed = worker.begin(&of(&alice)).await.expect_status(200).json();
    assert_eq!(failed["status"], "FAILED");
    let _ = worker.read(id_of(&failed)).await.expect_status(404);
}

/// As much as one address may ask for before it has proven who it is.
const LIMIT: web::AddressLimit = web::AddressLimit {
    burst: 20,
    per_minute: 60,
};

#[tokio::test]
async fn one_person_who_mistypes_does_not_shut_the_application_out() {
    let house = House::open_with(|settings| settings.address_limit = LIMIT).await;
    let env = house.add_environment("a").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let erin = env.add_person_with_mailbox("erin").await;
    let worker = Worker::of(&house, &env, "WORKER").await;
    let worker = Worker {
        from: Some("192.0.2.1"),
        ..worker
    };
    let flow = worker.begin(&of(&carol)).await.expect_status(200).json();
    // What is wrong is counted for the person.
    for _ in 0..30 {
        let wrong = json!({ "otp": "000000" });
        let wrong = worker.act(id_of(&flow), "otp.check", &wrong).await;
        assert_ne!(wrong.status, 429);
    }
    for _ in 0..30 {
        let flow = worker.begin(&of(&erin)).await.expect_status(200).json();
        assert!(
            flow["status"] == "OTP_REQUIRED" || flow["status"] == "DEVICE_SELECTION_REQUIRED",
            "{flow}"
        );
    }
}

#[tokio::test]
async fn rfc9068_4_a_token_for_another_resource_opens_nothing() {
    let configure = |settings: &mut web::Settings| {
        settings.access_token.audience = Some("https://api.example".to_owned());
    };
    let house = House::open_with(configure).await;
    let env = house.add_environment("a").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let own = Worker::of(&house, &env, "WORKER").await;
    let _ = own.begin(&of(&carol)).await.expect_status(200);
    // What it got before it was such an application is for another.
    let service = Worker::of(&house, &env, "SERVICE").await;
    let api = Management(&house);
    let path = format!("/environments/{}/applications", env.id);
    let all = api.get(&path).await.json();
    let all = all["_embedded"]["applications"].as_array().unwrap();
    let application = all.iter().find(|it| it["type"] == "SERVICE").unwrap();
    let mut application = application.clone();
    application["type"] = json!("WORKER");
    let path = format!("{path}/{}", id_of(&application));
    let replaced = api.send(Method::PUT, &path, &application).await;
    let _ = replaced.expect_status(200);
    let refused = service.begin(&of(&carol)).await.expect_status(401);
    assert_eq!(refused.json()["code"], "INVALID_TOKEN");
}
