//! The authenticator: connected, asked, answered, and whatever else somebody may try.

use std::time::Duration;

use authn::factor::push::PushRequest;
use domain::port::Records;
use domain::{AuditEvent, Device, Message};
use jose::Header;
use jose::jws::sign_compact;
use serde_json::{Value, json};
use testkit::{Browser, Dpop, House, Person, Reply};

const PASSWORD: &str = "current_password";

/// An app, as anybody may write it.
struct App<'h> {
    house: &'h House,
    key: Dpop,
    /// Where it is.
    base: String,
    issuer: String,
    device: String,
}

impl<'h> App<'h> {
    fn new(house: &'h House, base: String, issuer: &str) -> Self {
        Self {
            house,
            key: Dpop::new(house),
            base,
            issuer: issuer.to_owned(),
            device: String::new(),
        }
    }

    fn sign(&self, typ: &str, claims: &Value) -> String {
        let jwk = Value::Object(self.key.key().jwk().to_public_value().unwrap());
        let header = Header::new().with_typ(typ).with("jwk", jwk);
        sign_compact(self.key.key(), header, claims.to_string().as_bytes()).unwrap()
    }

    async fn pair(&mut self, pairing: &str) -> Reply {
        let now = self.house.now().seconds();
        let claims = json!({"aud": self.issuer, "iat": now, "pairing": pairing});
        let proof = self.sign("pairing+jwt", &claims);
        let url = format!("{}/devices", self.base);
        let request = self.house.http.request("POST".parse().unwrap(), url);
        let reply = request.json(&json!({ "proof": proof })).send().await;
        if reply.status == 201 {
            let told = reply.json();
            told["device"]
                .as_str()
                .unwrap()
                .clone_into(&mut self.device);
        }
        reply
    }

    fn url(&self, path: &str) -> String {
        format!("{}/devices/{}{path}", self.base, self.device)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<(&str, &str)>) -> Reply {
        let proof = self.key.proof(method, &self.url(path)).signed();
        self.ask_with(method, path, &proof, body).await
    }

    async fn ask_with(
        &self,
        method: &str,
        path: &str,
        proof: &str,
        body: Option<(&str, &str)>,
    ) -> Reply {
        let request = self
            .house
            .http
            .request(method.parse().unwrap(), self.url(path));
        let request = request.header("dpop", proof);
        match body {
            Some((media_type, body)) => request.body(media_type, body).send().await,
            None => request.send().await,
        }
    }

    /// What there is to be decided.
    async fn asked(&self) -> Vec<Value> {
        let reply = self.ask("GET", "/requests", None).await.expect_status(200);
        reply.json()["requests"].as_array().unwrap().clone()
    }

    fn claims(&self, request: &Value, decision: &str, number: &str) -> Value {
        json!({
            "aud": self.issuer,
            "iat": self.house.now().seconds(),
            "request": request["id"],
            "digest": request["digest"],
            "decision": decision,
            "number": number,
        })
    }

    async fn answer(&self, request: &Value, claims: &Value) -> Reply {
        let jws = self.sign("approval+jwt", claims);
        self.send(request, &jws).await
    }

    async fn send(&self, request: &Value, jws: &str) -> Reply {
        let path = format!("/requests/{}", request["id"].as_str().unwrap());
        self.ask("POST", &path, Some(("application/jwt", jws)))
            .await
    }
}

fn text_of(page: &Reply, id: &str) -> String {
    let page = page.text();
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).expect(id);
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The pairing key that somebody is shown who is signed on here.
async fn pairing_key(browser: &mut Browser, prefix: &str, person: &Person) -> Reply {
    let page = browser
        .get(&format!("{prefix}/account/devices/new/authenticator"))
        .await;
    let filled = [("name", "Phone"), (PASSWORD, person.password.as_str())];
    browser.submit(&page, "device-new", "submit", &filled).await
}

async fn signed_on(house: &House, prefix: &str, person: &Person) -> Browser {
    let mut browser = house.browser();
    let page = browser.open(&format!("{prefix}/account")).await;
    let page = browser.enter_password(&page, person).await;
    assert_eq!(
        page.url.path(),
        format!("{prefix}/account"),
        "{}",
        page.text()
    );
    browser
}

async fn connected<'h>(house: &'h House, person: &Person) -> App<'h> {
    let mut browser = signed_on(house, "", person).await;
    let page = pairing_key(&mut browser, "", person).await;
    let mut app = App::new(house, house.at("/authenticator"), &house.issuer);
    let _ = app
        .pair(&text_of(&page, "pairing-key"))
        .await
        .expect_status(201);
    app
}

/// Somebody has given their password, and waits.
async fn waiting(house: &House, person: &Person) -> (Browser, Reply) {
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, person).await;
    assert!(page.has_form("push"), "{}", page.text());
    (browser, page)
}

async fn go_on(browser: &mut Browser, page: &Reply) -> Reply {
    let form = page.form("push");
    let csrf = form.value("csrf_token").unwrap().to_owned();
    let fields = [("csrf_token", csrf.as_str()), ("action", "continue")];
    let reply = browser.post(&form.action, &fields).await;
    browser.follow(reply).await
}

async fn state(browser: &mut Browser, page: &Reply) -> Value {
    let address = page.form("push").action;
    let request = browser.request("GET".parse().unwrap(), &address);
    let reply = browser
        .send(request.header("accept", "application/json"))
        .await;
    reply.expect_status(200).json()["state"].clone()
}

#[tokio::test]
async fn an_app_is_connected_asked_and_its_approval_signs_on() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let told = app.ask("GET", "", None).await.expect_status(200).json();
    assert_eq!(
        (&told["username"], &told["notified"]),
        (&json!("alice"), &json!(false))
    );
    assert!(app.asked().await.is_empty());
    let (mut browser, page) = waiting(&house, &alice).await;
    assert_eq!(state(&mut browser, &page).await, "waiting");
    let still = go_on(&mut browser, &page).await;
    assert_eq!(
        still.alert(),
        None,
        "nobody has answered, and nothing is wrong"
    );
    let number = text_of(&page, "number");
    let asked = app.asked().await;
    let [request] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert!(
        !request.to_string().contains(&format!("\"{number}\"")),
        "{request}"
    );
    assert_eq!(request["circumstance"]["address"], "127.0.0.1");
    assert_eq!(request["type"], "sign_on");
    let claims = app.claims(request, "approve", &number);
    let answered = app.answer(request, &claims).await.expect_status(200);
    assert_eq!(answered.json()["decision"], "approve");
    assert_eq!(state(&mut browser, &page).await, "approved");
    let page = go_on(&mut browser, &page).await;
    assert_eq!(page.url.path(), "/account");
    let left = house.records().all::<PushRequest>().await.unwrap();
    assert!(left.is_empty(), "spent");
}

#[tokio::test]
async fn a_pairing_key_is_good_once_for_ten_minutes_and_only_for_whoever_confirmed() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, "", &alice).await;
    // Nobody is shown one without the password.
    let page = browser.get("/account/devices/new/authenticator").await;
    let page = browser
        .submit(&page, "device-new", "submit", &[(PASSWORD, "wrong")])
        .await;
    assert!(page.alert().is_some() && !page.text().contains("pairing-key"));
    let first = text_of(&pairing_key(&mut browser, "", &alice).await, "pairing-key");
    let second = text_of(&pairing_key(&mut browser, "", &alice).await, "pairing-key");
    let mut app = App::new(&house, house.at("/authenticator"), &house.issuer);
    let refused = app.pair(&first).await.expect_status(403);
    assert_eq!(
        refused.json()["error"],
        "invalid_pairing_key",
        "another was begun"
    );
    let (device, _) = second.split_once('.').unwrap();
    for guess in [format!("{device}.guess"), "a.b".to_owned()] {
        let _ = app.pair(&guess).await.expect_status(403);
    }
    let _ = app.pair(&second).await.expect_status(201);
    let mut thief = App::new(&house, house.at("/authenticator"), &house.issuer);
    let _ = thief.pair(&second).await.expect_status(403);
    let bob = house.add_person("bob").await;
    let mut browser = signed_on(&house, "", &bob).await;
    let late = text_of(&pairing_key(&mut browser, "", &bob).await, "pairing-key");
    house.advance(Duration::from_mins(10));
    let mut app = App::new(&house, house.at("/authenticator"), &house.issuer);
    let _ = app.pair(&late).await.expect_status(403);
    let events = house.records().all::<AuditEvent>().await.unwrap();
    let enrolled = events.iter().filter(|it| it.event == "device.enrolled");
    assert_eq!(enrolled.count(), 1);
}

#[tokio::test]
async fn what_was_begun_in_a_session_is_paired_no_more_when_that_has_ended() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let (mut thief, mut owner) = (
        signed_on(&house, "", &alice).await,
        signed_on(&house, "", &alice).await,
    );
    let stolen = text_of(&pairing_key(&mut thief, "", &alice).await, "pairing-key");
    let page = owner.get("/account/sessions").await;
    let _ = owner
        .submit(
            &page,
            "sign-out-elsewhere",
            "sign-out-elsewhere-submit",
            &[],
        )
        .await;
    let mut app = App::new(&house, house.at("/authenticator"), &house.issuer);
    let refused = app.pair(&stolen).await.expect_status(403);
    assert_eq!(refused.json()["error"], "invalid_pairing_key");
    let own = text_of(&pairing_key(&mut owner, "", &alice).await, "pairing-key");
    let _ = app.pair(&own).await.expect_status(201);
}

#[tokio::test]
async fn rfc9449_4_3_each_request_is_proved_with_the_key_of_the_device_and_once() {
    let house = House::open().await;
    let (alice, bob) = (
        house.add_person("alice").await,
        house.add_person("bob").await,
    );
    let app = connected(&house, &alice).await;
    let other = connected(&house, &bob).await;
    let url = app.url("/requests");
    let proof = app.key.proof("GET", &url).signed();
    let _ = app
        .ask_with("GET", "/requests", &proof, None)
        .await
        .expect_status(200);
    let replayed = app.ask_with("GET", "/requests", &proof, None).await;
    let replayed = replayed.expect_status(401);
    assert_eq!(replayed.json()["error"], "invalid_dpop_proof");
    assert!(
        replayed
            .header("www-authenticate")
            .unwrap()
            .starts_with("DPoP ")
    );
    for wrong in [
        other.key.proof("GET", &url).signed(),
        app.key.proof("POST", &url).signed(),
        app.key.proof("GET", &other.url("/requests")).signed(),
        app.key
            .proof("GET", &url)
            .with("iat", house.now().seconds() - 121)
            .signed(),
        "nonsense".to_owned(),
    ] {
        let _ = app
            .ask_with("GET", "/requests", &wrong, None)
            .await
            .expect_status(401);
    }
    let bare = house.http.get(&url).await.expect_status(401);
    assert_eq!(bare.json()["error"], "invalid_dpop_proof");
    let nobody = house
        .http
        .get(house.at("/authenticator/devices/x/requests"))
        .await;
    assert_eq!(nobody.expect_status(404).json()["error"], "unknown_device");
}

#[tokio::test]
async fn nothing_else_is_an_answer() {
    let house = House::open().await;
    let (alice, bob) = (
        house.add_person("alice").await,
        house.add_person("bob").await,
    );
    let (app, other) = (
        connected(&house, &alice).await,
        connected(&house, &bob).await,
    );
    let (_, page) = waiting(&house, &alice).await;
    let number = text_of(&page, "number");
    let request = &app.asked().await[0];
    assert!(other.asked().await.is_empty(), "nobody else's");
    let good = app.claims(request, "approve", &number);
    // Another's device, with its own key and proof.
    let foreign = other.answer(request, &good).await.expect_status(410);
    assert_eq!(foreign.json()["error"], "over");
    let stolen = other.sign("approval+jwt", &good);
    let _ = app.send(request, &stolen).await.expect_status(400);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for altered in [
        with(
            "digest",
            json!("VrvXzJfQVrvXzJfQVrvXzJfQVrvXzJfQVrvXzJfQVrs"),
        ),
        with("aud", json!("https://other.example")),
        with("request", json!("06h0dn0m2951n8yxgxxkrdd430")),
        with("iat", json!(house.now().seconds() - 301)),
        with("decision", json!("perhaps")),
    ] {
        let refused = app.answer(request, &altered).await.expect_status(400);
        assert_eq!(refused.json()["error"], "invalid_answer", "{altered}");
    }
    let _ = app.send(request, "").await.expect_status(400);
    let _ = app
        .send(request, &"x".repeat(20_000))
        .await
        .expect_status(400);
    let signed = app.sign("approval+jwt", &good);
    let _ = app.send(request, &signed).await.expect_status(200);
    let replayed = app.send(request, &signed).await.expect_status(410);
    assert_eq!(replayed.json()["error"], "over");
}

#[tokio::test]
async fn rts_4_3_b_wrong_numbers_and_denials_count_and_block() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let (mut browser, page) = waiting(&house, &alice).await;
    let request = &app.asked().await[0];
    for left in [2, 1, 0] {
        let claims = app.claims(request, "approve", "00");
        let refused = app.answer(request, &claims).await.expect_status(403);
        assert_eq!(refused.json()["tries_left"], left);
    }
    assert!(app.asked().await.is_empty());
    assert_eq!(state(&mut browser, &page).await, "rejected");
    let page = browser.get(&page.form("push").action).await;
    let page = browser.submit(&page, "push", "resend", &[]).await;
    let request = &app.asked().await[0];
    let denial = app.claims(request, "deny", "");
    let _ = app.answer(request, &denial).await.expect_status(200);
    let approval = app.claims(request, "approve", &text_of(&page, "number"));
    let _ = app.answer(request, &approval).await.expect_status(410);
    let page = browser.get(&page.form("push").action).await;
    assert!(
        page.alert().unwrap().contains("approved"),
        "{:?}",
        page.alert()
    );
    let page = browser.submit(&page, "push", "resend", &[]).await;
    let request = &app.asked().await[0];
    let denial = app.claims(request, "deny", "");
    let _ = app.answer(request, &denial).await.expect_status(200);
    let event = house.last_event("sign_on.blocked").await;
    assert_eq!(event["detail"]["username"], "alice");
    drop(page);
}

#[tokio::test]
async fn nobody_waits_longer_than_forty_seconds() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let (mut browser, page) = waiting(&house, &alice).await;
    let number = text_of(&page, "number");
    let request = app.asked().await.remove(0);
    house.advance(Duration::from_secs(40));
    assert!(app.asked().await.is_empty());
    let late = app.claims(&request, "approve", &number);
    let _ = app.answer(&request, &late).await.expect_status(410);
    assert_eq!(state(&mut browser, &page).await, "timed-out");
    let page = browser.get(&page.form("push").action).await;
    assert!(
        page.alert().unwrap().contains("in time"),
        "{:?}",
        page.alert()
    );
    let page = browser.submit(&page, "push", "resend", &[]).await;
    let request = &app.asked().await[0];
    let claims = app.claims(request, "approve", &text_of(&page, "number"));
    let _ = app.answer(request, &claims).await.expect_status(200);
    let page = go_on(&mut browser, &page).await;
    assert_eq!(page.url.path(), "/account");
}

#[tokio::test]
async fn an_environment_has_authenticators_of_its_own() {
    let house = House::open().await;
    let (one, other) = (
        house.add_environment("one").await,
        house.add_environment("two").await,
    );
    let alice = one.add_person("alice").await;
    let prefix = format!("/{}", one.id);
    let mut browser = signed_on(&house, &prefix, &alice).await;
    let page = pairing_key(&mut browser, &prefix, &alice).await;
    let base = house.at(&format!("{prefix}/authenticator"));
    let told = testkit::html::unescape(&page.text());
    assert!(told.contains(&format!("{base}#pair=")), "{told}");
    let pairing = text_of(&page, "pairing-key");
    let elsewhere = house.at(&format!("/{}/authenticator", other.id));
    let mut stranger = App::new(&house, elsewhere.clone(), &other.issuer);
    let _ = stranger.pair(&pairing).await.expect_status(403);
    let mut app = App::new(&house, base.clone(), &one.issuer);
    let _ = app.pair(&pairing).await.expect_status(201);
    let _ = app.ask("GET", "/requests", None).await.expect_status(200);
    // The same device and the same key are nobody elsewhere.
    for base in [elsewhere, house.at("/authenticator")] {
        let mut lost = App::new(&house, base, &one.issuer);
        (lost.device, lost.key) = (app.device.clone(), app.key.clone());
        let _ = lost.ask("GET", "/requests", None).await.expect_status(404);
    }
    let manifest = house.http.get(format!("{base}/manifest.webmanifest")).await;
    assert_eq!(
        manifest.expect_status(200).json()["scope"],
        format!("{prefix}/authenticator")
    );
}

#[tokio::test]
async fn a_notification_is_written_with_the_request_where_there_is_a_subscription() {
    let house = House::open_with(|settings| {
        settings.policy.devices.push.application_server = Some("BKey".to_owned());
    })
    .await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let json = "application/json";
    let key = |fill: u8, length: usize| {
        let mut bytes = vec![fill; length];
        bytes[0] = 4;
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    };
    let told = |endpoint: &str| {
        json!({"endpoint": endpoint, "expirationTime": null, "keys": {"p256dh": key(1, 65), "auth": key(2, 16)}})
            .to_string()
    };
    for bad in [
        told("http://push.example.net/x"),
        told("https://127.0.0.1/x"),
        "{}".to_owned(),
        "[".to_owned(),
    ] {
        let refused = app.ask("PUT", "/subscription", Some((json, &bad))).await;
        assert_eq!(refused.status, 400, "{bad}");
    }
    let _ = waiting(&house, &alice).await;
    assert!(pushes(house.records()).await.is_empty());
    let good = told("https://push.example.net/of-alice");
    let _ = app
        .ask("PUT", "/subscription", Some((json, &good)))
        .await
        .expect_status(204);
    let _ = waiting(&house, &alice).await;
    assert_eq!(pushes(house.records()).await.len(), 1);
    let _ = app
        .ask("DELETE", "/subscription", None)
        .await
        .expect_status(204);
    let _ = waiting(&house, &alice).await;
    assert_eq!(pushes(house.records()).await.len(), 1);
}

async fn pushes(records: &Records) -> Vec<Message> {
    let messages = records.all::<Message>().await.unwrap().into_iter();
    let messages = messages.map(|message| message.record);
    messages
        .filter(|it| it.content.channel() == domain::Channel::Push)
        .collect()
}

#[tokio::test]
async fn a_device_that_is_removed_is_asked_nothing_and_answers_nothing() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let (_, page) = waiting(&house, &alice).await;
    let number = text_of(&page, "number");
    let request = app.asked().await.remove(0);
    let claims = app.claims(&request, "approve", &number);
    let devices = house.records().find::<Device>(0, &alice.id).await.unwrap();
    let mut changes = domain::port::Changes::none();
    changes.delete(&devices[0]);
    house.records().commit(changes).await.unwrap();
    let _ = app.answer(&request, &claims).await.expect_status(404);
    let _ = app.ask("GET", "/requests", None).await.expect_status(404);
}

#[tokio::test]
async fn the_app_may_ask_the_server_and_nothing_else() {
    let house = House::open().await;
    let page = house
        .http
        .get(house.at("/authenticator"))
        .await
        .expect_status(200);
    let policy = page.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!page.text().contains("<script>") && !page.text().contains("style="));
    let worker = house
        .http
        .get(house.at("/authenticator/worker.js"))
        .await
        .expect_status(200);
    assert_eq!(
        worker.header("service-worker-allowed"),
        Some("/authenticator")
    );
    let wrong = house
        .http
        .get(house.at("/authenticator/devices"))
        .await
        .expect_status(405);
    assert_eq!(wrong.json()["error"], "unserved");
}

/// Acts in a flow whose pages somebody else draws.
async fn post(browser: &mut Browser, href: &str, action: &str, body: &Value) -> Value {
    let media_type = format!("application/vnd.pingidentity.{action}+json");
    let request = browser.request("POST".parse().unwrap(), href);
    let request = request.body(&media_type, body.to_string());
    let request = request.header("x-xsrf-header", "test");
    browser.send(request).await.expect_status(200).json()
}

#[tokio::test]
async fn pingone_who_looks_at_a_flow_goes_on_when_it_is_approved() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let prefix = format!("/{}", env.id);
    let mut desk = signed_on(&house, &prefix, &alice).await;
    let page = pairing_key(&mut desk, &prefix, &alice).await;
    let base = house.at(&format!("{prefix}/authenticator"));
    let mut app = App::new(&house, base, &env.issuer);
    let _ = app
        .pair(&text_of(&page, "pairing-key"))
        .await
        .expect_status(201);
    let shop = env
        .add_client_with("shop", json!({"bypassApprovalPage": true}))
        .await;
    let mut browser = house.browser();
    let request = shop.request().with("response_mode", "pi.flow");
    let flow = browser.go(&request).await.expect_status(200).json();
    let href = flow["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let right = json!({ "username": "alice", "password": alice.password });
    let flow = post(&mut browser, &href, "usernamePassword.check", &right).await;
    assert_eq!(flow["status"], "PUSH_CONFIRMATION_REQUIRED", "{flow}");
    assert_eq!(flow["_embedded"]["devices"][0]["type"], "MOBILE");
    let still = browser.get(&href).await.expect_status(200).json();
    assert_eq!(still["status"], "PUSH_CONFIRMATION_REQUIRED");
    house.advance(Duration::from_secs(40));
    let late = browser.get(&href).await.json();
    assert_eq!(late["status"], "PUSH_CONFIRMATION_TIMED_OUT");
    let same = json!({ "device": { "id": flow["selectedDevice"]["id"] } });
    let flow = post(&mut browser, &href, "device.select", &same).await;
    let asked = &app.asked().await[0];
    let number = flow["numberMatching"].as_str().unwrap();
    let claims = app.claims(asked, "approve", number);
    let _ = app.answer(asked, &claims).await.expect_status(200);
    let done = browser.get(&href).await.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
}

#[tokio::test]
async fn pingfederate_3_2_who_polls_is_told_and_then_goes_on() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = connected(&house, &alice).await;
    let administration = house.administration();
    let enabled = json!({ "apiEnabled": true });
    let set = administration.put("/authenticationApi/settings", &enabled);
    let _ = set.await.expect_status(200);
    let fields = json!({"allowAuthenticationApiInit": true, "restrictedScopes": ["openid"]});
    let shop = house.add_client_with("shop", fields).await;
    let mut browser = house.browser();
    let request = shop.request().with("response_mode", "pi.flow");
    let flow = browser.go(&request.without("redirect_uri")).await.json();
    let href = flow["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let none = json!({});
    let right = json!({ "username": "alice", "password": alice.password });
    let flow = post(&mut browser, &href, "checkUsernamePassword", &right).await;
    assert_eq!(flow["status"], "PUSH_CONFIRMATION_WAITING", "{flow}");
    let still = post(&mut browser, &href, "poll", &none).await;
    assert_eq!(still["status"], "PUSH_CONFIRMATION_WAITING");
    let asked = &app.asked().await[0];
    let denial = app.claims(asked, "deny", "");
    let _ = app.answer(asked, &denial).await.expect_status(200);
    let denied = post(&mut browser, &href, "poll", &none).await;
    assert_eq!(denied["status"], "PUSH_CONFIRMATION_REJECTED");
    let same = json!({ "deviceRef": flow["selectedDeviceRef"] });
    let flow = post(&mut browser, &href, "selectDevice", &same).await;
    let asked = &app.asked().await[0];
    let number = flow["numberMatching"].as_str().unwrap();
    let claims = app.claims(asked, "approve", number);
    let _ = app.answer(asked, &claims).await.expect_status(200);
    let told = post(&mut browser, &href, "poll", &none).await;
    assert_eq!(told["status"], "MFA_COMPLETED", "{told}");
    let done = post(&mut browser, &href, "continueAuthentication", &none).await;
    assert_eq!(done["status"], "COMPLETED", "{done}");
}
