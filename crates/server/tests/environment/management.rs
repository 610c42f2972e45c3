//! `/v1`: environments and their people, as PingOne's clients administer them.

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply, Request};

const SET: &str = "application/vnd.pingidentity.password.set+json";

/// A client of the API, which sends no header but its credentials.
struct Management<'h>(&'h House);

impl Management<'_> {
    fn bare(&self, method: Method, path: &str) -> Request {
        let url = format!("{}/v1{path}", self.0.admin_url);
        self.0.http.request(method, url)
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let administration = self.0.administration();
        let (name, password) = (&administration.name, &administration.password);
        self.bare(method, path).basic(name, password)
    }

    async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.request(method, path).json(body).send().await
    }

    async fn add(&self, name: &str) -> String {
        let added = self
            .send(Method::POST, "/environments", &json!({ "name": name }))
            .await;
        let added = added.expect_status(201).json();
        format!("/environments/{}", added["id"].as_str().unwrap())
    }
}

/// The mistakes that an answer tells: code and target of each.
#[track_caller]
fn mistakes(reply: Reply) -> Vec<(String, String)> {
    let body = reply.expect_status(400).json();
    assert_eq!(body["code"], "INVALID_DATA", "{body}");
    assert!(body["id"].as_str().unwrap().parse::<domain::Uuid>().is_ok());
    let details = body["details"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    details
        .map(|it| (text(&it["code"]), text(&it["target"])))
        .collect()
}

#[tokio::test]
async fn environments_are_added_listed_and_deleted() {
    let house = House::open().await;
    let api = Management(&house);
    let [a, b] = [api.add("a").await, api.add("b").await];
    let listed = api.get("/environments").await.expect_status(200).json();
    assert_eq!((&listed["count"], &listed["size"]), (&json!(2), &json!(2)));
    let all = listed["_embedded"]["environments"].as_array().unwrap();
    assert_eq!(all[0]["name"], "a");
    assert_eq!(all[0]["organization"], all[1]["organization"]);
    let read = api.get(&a).await.expect_status(200);
    assert_eq!(
        read.header("content-type"),
        Some("application/hal+json;charset=UTF-8")
    );
    assert_eq!(read.json(), all[0]);
    let id = a.rsplit('/').next().unwrap();
    let jwks = house.at(&format!("/{id}/as/jwks"));
    let _ = house.http.get(jwks.clone()).await.expect_status(200);
    let twice = api
        .send(Method::POST, "/environments", &json!({ "name": "a" }))
        .await;
    assert_eq!(
        mistakes(twice),
        [("UNIQUENESS_VIOLATION".to_owned(), "name".to_owned())]
    );
    let nameless = api.send(Method::POST, "/environments", &json!({})).await;
    assert_eq!(
        mistakes(nameless),
        [("REQUIRED_VALUE".to_owned(), "name".to_owned())]
    );
    let _ = api
        .request(Method::DELETE, &a)
        .send()
        .await
        .expect_status(204);
    let _ = house.http.get(jwks).await.expect_status(404);
    let gone = api.get(&a).await.expect_status(404);
    assert_eq!(gone.json()["code"], "NOT_FOUND");
    let _ = api.get(&b).await.expect_status(200);
}

#[tokio::test]
async fn people_are_created_given_a_password_and_sign_on() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let users = format!("/environments/{}/users", env.id);
    let alice = json!({
        "username": "alice",
        "email": "alice@example.com",
        "name": { "given": "Alice", "family": "Example" },
        "preferredLanguage": "de",
        "mobilePhone": "+49.301234567",
        "population": { "id": "ignored" },
    });
    let created = api
        .send(Method::POST, &users, &alice)
        .await
        .expect_status(201)
        .json();
    for (name, value) in alice.as_object().unwrap() {
        match name.as_str() {
            "population" => assert_eq!(created.get(name), None),
            "name" => assert_eq!(created["name"]["formatted"], "Alice Example"),
            _ => assert_eq!(&created[name], value, "{name}"),
        }
    }
    let path = format!("{users}/{}", created["id"].as_str().unwrap());
    assert_eq!(
        created["_links"]["self"]["href"],
        format!("{}/v1{path}", house.admin_url)
    );
    assert_eq!(created["environment"]["id"], env.id.to_string());
    let twice = api
        .send(Method::POST, &users, &json!({ "username": " ALICE " }))
        .await;
    assert_eq!(
        mistakes(twice),
        [("UNIQUENESS_VIOLATION".to_owned(), "username".to_owned())]
    );
    let set = |body: Value| {
        let request = api.request(Method::PUT, &format!("{path}/password"));
        request.body(SET, body.to_string())
    };
    let short = set(json!({ "value": "short" })).send().await;
    assert_eq!(
        mistakes(short),
        [("INVALID_VALUE".to_owned(), "value".to_owned())]
    );
    let forced = json!({ "value": "correct horse battery", "forceChange": true });
    let forced = set(forced).send().await;
    assert_eq!(
        mistakes(forced),
        [("INVALID_VALUE".to_owned(), "forceChange".to_owned())]
    );
    let other_type = json!({ "value": "correct horse battery" });
    let other_type = api
        .send(Method::PUT, &format!("{path}/password"), &other_type)
        .await;
    assert_eq!(
        other_type.expect_status(400).json()["code"],
        "INVALID_REQUEST"
    );
    let _ = set(json!({ "value": "correct horse battery" }))
        .send()
        .await
        .expect_status(204);
    let shop = env.add_client("shop").await;
    let person = testkit::Person {
        id: created["id"].as_str().unwrap().parse().unwrap(),
        username: "alice".to_owned(),
        password: "correct horse battery".to_owned(),
        totp: None,
    };
    let request = shop.request();
    let mut browser = house.browser();
    let answer = browser.sign_on(&request, &person).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(json!(tokens.id_claims["sub"]), created["id"]);
    // Another password ends what was begun with the one before.
    let _ = set(json!({ "value": "another horse battery" }))
        .send()
        .await
        .expect_status(204);
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(401);
    let silent = browser.go(&shop.request().with("prompt", "none")).await;
    assert!(
        silent
            .location()
            .query()
            .unwrap()
            .contains("error=login_required")
    );
    let _ = api
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect_status(204);
    let _ = api.get(&path).await.expect_status(404);
    let events = env.records.all::<domain::AuditEvent>().await.unwrap();
    let names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    for name in ["user.added", "password.set", "user.deleted"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[tokio::test]
async fn people_are_found_and_changed() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let [alice, _bob] = [env.add_person("alice").await, env.add_person("bob").await];
    let api = Management(&house);
    let users = format!("/environments/{}/users", env.id);
    let path = format!("{users}/{}", alice.id.uuid());
    let found = async |query: &str| {
        let found = api
            .get(&format!("{users}?{query}"))
            .await
            .expect_status(200)
            .json();
        let all = found["_embedded"]["users"].as_array().unwrap().clone();
        let names = all
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned());
        (found["count"].clone(), names.collect::<Vec<_>>())
    };
    assert_eq!(
        found("").await,
        (json!(2), vec!["alice".to_owned(), "bob".to_owned()])
    );
    assert_eq!(found("limit=1").await, (json!(2), vec!["alice".to_owned()]));
    let alone = (json!(1), vec!["bob".to_owned()]);
    assert_eq!(found("filter=username%20eq%20%22BOB%22").await, alone);
    assert_eq!(
        found("filter=email%20eq%20%22bob@example.com%22").await,
        alone
    );
    assert_eq!(
        found("filter=username%20eq%20%22carol%22").await,
        (json!(0), vec![])
    );
    for query in [
        "limit=0",
        "limit=x",
        "filter=username",
        "filter=enabled%20eq%20%22x%22",
    ] {
        let refused = api.get(&format!("{users}?{query}")).await;
        assert_eq!(mistakes(refused).len(), 1, "{query}");
    }
    let change = json!({ "email": null, "name": { "family": "Other" }, "enabled": false });
    let changed = api
        .send(Method::PATCH, &path, &change)
        .await
        .expect_status(200)
        .json();
    assert_eq!(changed.get("email"), None);
    assert_eq!(changed["name"]["family"], "Other");
    assert_eq!(changed["name"]["given"], "alice");
    assert_eq!(changed["enabled"], false);
    let read = api.get(&path).await.expect_status(200).json();
    assert_eq!(read, changed);
    let event = env.records.all::<domain::AuditEvent>().await.unwrap();
    let event = event.iter().rfind(|it| it.event == "user.changed").unwrap();
    assert_eq!(event.detail["before"]["enabled"], true);
    assert_eq!(event.detail["after"]["enabled"], false);
    assert_eq!(
        event.actor,
        domain::Actor::Administrator("Administrator".to_owned())
    );
    let wrong = json!({ "username": "bob", "email": "nowhere", "name": 1, "enabled": "yes" });
    let wrong = mistakes(api.send(Method::PATCH, &path, &wrong).await);
    let targets: Vec<&str> = wrong.iter().map(|(_, target)| target.as_str()).collect();
    assert_eq!(targets, ["enabled", "name", "email"]);
    let taken = api
        .send(Method::PATCH, &path, &json!({ "username": "Bob" }))
        .await;
    assert_eq!(
        mistakes(taken),
        [("UNIQUENESS_VIOLATION".to_owned(), "username".to_owned())]
    );
}

#[tokio::test]
async fn applications_are_clients() {
    let house = House::open().await;
    let [a, b] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let alice = a.add_person("alice").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", a.id);
    let shop = json!({
        "name": "Shop",
        "enabled": true,
        "protocol": "OPENID_CONNECT",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "responseTypes": ["CODE"],
        "redirectUris": ["https://shop.example/callback"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        "pkceEnforcement": "S256_REQUIRED",
        "parRequirement": "OPTIONAL",
    });
    let created = api
        .send(Method::POST, &apps, &shop)
        .await
        .expect_status(201)
        .json();
    for (name, value) in shop.as_object().unwrap() {
        if name == "responseTypes" {
            continue;
        }
        let sorted = |value: &Value| {
            let mut list = value
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![value.clone()]);
            list.sort_by_key(Value::to_string);
            list
        };
        assert_eq!(sorted(&created[name]), sorted(value), "{name}");
    }
    assert_eq!(created.get("secret"), None);
    let id = created["id"].as_str().unwrap();
    assert!(id.parse::<domain::Uuid>().is_ok());
    let path = format!("{apps}/{id}");
    assert_eq!(api.get(&path).await.expect_status(200).json(), created);
    let listed = api.get(&apps).await.expect_status(200).json();
    assert_eq!(listed["_embedded"]["applications"], json!([created]));
    let secret = api
        .get(&format!("{path}/secret"))
        .await
        .expect_status(200)
        .json();
    let secret = secret["secret"].as_str().unwrap().to_owned();
    let party = |secret: &str| a.relying_party(id, secret, "https://shop.example/callback");
    let request = party(&secret).request();
    // Nobody is asked for consent.
    let answer = house.browser().sign_on(&request, &alice).await;
    let _ = party(&secret).redeem(&request, &answer).await;
    let rotated = api
        .send(Method::POST, &format!("{path}/secret"), &json!({}))
        .await;
    let rotated = rotated.expect_status(200).json()["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(rotated, secret);
    let answer = house.browser().sign_on(&request, &alice).await;
    let _ = party(&rotated).redeem(&request, &answer).await;
    let mut changed = shop.clone();
    changed["name"] = json!("The shop");
    changed["parRequirement"] = json!("REQUIRED");
    let changed = api
        .send(Method::PUT, &path, &changed)
        .await
        .expect_status(200)
        .json();
    assert_eq!(changed["name"], "The shop");
    let kept = api.get(&format!("{path}/secret")).await.json();
    assert_eq!(kept["secret"], rotated.as_str());
    let page = house.browser().go(&request).await;
    assert!(
        page.location()
            .query()
            .unwrap()
            .contains("error=invalid_request")
    );
    let events = a.records.all::<domain::AuditEvent>().await.unwrap();
    let event = events
        .iter()
        .rfind(|it| it.event == "client.changed")
        .unwrap();
    assert_eq!(
        event.actor,
        domain::Actor::Administrator("Administrator".to_owned())
    );
    assert!(
        !serde_json::to_string(&events.iter().map(|it| &it.record).collect::<Vec<_>>())
            .unwrap()
            .contains(&rotated)
    );
    // Not in another environment.
    for method in [Method::GET, Method::DELETE] {
        for path in [path.clone(), format!("{path}/secret")] {
            let elsewhere = path.replace(&a.id.to_string(), &b.id.to_string());
            let status = api.request(method.clone(), &elsewhere).send().await.status;
            assert!(status == 404 || status == 405, "{status}");
        }
    }
    let wrong = json!({ "name": "x", "grantTypes": ["AUTHORIZATION_CODE"], "type": "TOASTER" });
    assert_eq!(
        mistakes(api.send(Method::POST, &apps, &wrong).await),
        [("INVALID_VALUE".to_owned(), "type".to_owned())]
    );
    let wrong = json!({ "name": "x", "grantTypes": ["AUTHORIZATION_CODE"], "redirectUris": ["x"] });
    let wrong = mistakes(api.send(Method::POST, &apps, &wrong).await);
    assert!(
        wrong
            .iter()
            .all(|(_, target)| target.starts_with("redirectUris")),
        "{wrong:?}"
    );
    let unsigned = json!({ "name": "x", "grantTypes": ["CLIENT_CREDENTIALS"], "supportUnsignedRequestObject": true });
    let unsigned = mistakes(api.send(Method::POST, &apps, &unsigned).await);
    assert_eq!(unsigned[0].1, "supportUnsignedRequestObject");
    let _ = api
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect_status(204);
    let _ = api.get(&path).await.expect_status(404);
}

#[tokio::test]
async fn nobody_is_found_in_another_environment() {
    let house = House::open().await;
    let [a, b] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let alice = a.add_person("alice").await;
    let root = house.add_person("alice").await;
    let api = Management(&house);
    for id in [alice.id, root.id] {
        let path = format!("/environments/{}/users/{}", b.id, id.uuid());
        let _ = api.get(&path).await.expect_status(404);
        let changed = api
            .send(Method::PATCH, &path, &json!({ "enabled": false }))
            .await;
        let _ = changed.expect_status(404);
        let _ = api
            .request(Method::DELETE, &path)
            .send()
            .await
            .expect_status(404);
        let request = api.request(Method::PUT, &format!("{path}/password"));
        let body = json!({ "value": "correct horse battery" }).to_string();
        let set = request.body(SET, body).send().await;
        let _ = set.expect_status(404);
    }
    // An identifier has one spelling here.
    let path = format!("/environments/{}/users/{}", a.id, alice.id);
    let _ = api.get(&path).await.expect_status(404);
    let listed = api.get(&format!("/environments/{}/users", b.id)).await;
    assert_eq!(listed.expect_status(200).json()["count"], 0);
}

#[tokio::test]
async fn only_administrators_are_let_in_and_no_page_acts_for_them() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let users = format!("/environments/{}/users", env.id);
    let stranger = api
        .bare(Method::GET, &users)
        .send()
        .await
        .expect_status(401);
    assert_eq!(stranger.json()["code"], "INVALID_TOKEN");
    assert!(stranger.header("www-authenticate").is_some());
    let wrong = api
        .bare(Method::GET, &users)
        .basic("Administrator", "wrong")
        .send()
        .await;
    let _ = wrong.expect_status(401);
    let alice = json!({ "username": "alice" });
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = api.request(Method::POST, &users).header(name, value);
        let refused = request.json(&alice).send().await.expect_status(403);
        assert_eq!(refused.json()["code"], "ACCESS_FAILED");
    }
    // What a form can send is not taken, with or without those headers.
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let request = api.request(Method::POST, &users);
        let refused = request.body(media_type, alice.to_string()).send().await;
        let refused = refused.expect_status(400);
        assert_eq!(refused.json()["code"], "INVALID_REQUEST");
    }
    let none = api.request(Method::POST, &users).send().await;
    let _ = none.expect_status(400);
    assert_eq!(api.get(&users).await.json()["count"], 0);
    for path in [
        "/nothing",
        "/environments/x",
        &format!("/environments/{}/nothing", env.id),
    ] {
        assert_eq!(
            api.get(path).await.expect_status(404).json()["code"],
            "NOT_FOUND"
        );
    }
    let wrong_method = api.request(Method::PUT, &users).json(&alice).send().await;
    assert_eq!(
        wrong_method.expect_status(405).json()["code"],
        "INVALID_REQUEST"
    );
    // On the administration listener alone.
    let elsewhere = house.http.get(house.at(&format!("/v1{users}"))).await;
    let _ = elsewhere.expect_status(404);
}
