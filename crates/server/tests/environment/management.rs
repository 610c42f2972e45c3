//! `/v1`: environments and their people, as PingOne's clients administer them.

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply, Request};

const SET: &str = "application/vnd.pingidentity.password.set+json";

/// A client of the API, which sends no header but its credentials.
pub(super) struct Management<'h>(pub(super) &'h House);

impl Management<'_> {
    pub(super) fn bare(&self, method: Method, path: &str) -> Request {
        let url = format!("{}/v1{path}", self.0.admin_url);
        self.0.http.request(method, url)
    }

    pub(super) fn request(&self, method: Method, path: &str) -> Request {
        let administration = self.0.administration();
        let (name, password) = (&administration.name, &administration.password);
        self.bare(method, path).basic(name, password)
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
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
pub(super) fn mistakes(reply: Reply) -> Vec<(String, String)> {
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
async fn people_are_created() {
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
    let created = api.send(Method::POST, &users, &alice).await;
    let created = created.expect_status(201).json();
    for (name, value) in alice.as_object().unwrap() {
        match name.as_str() {
            "population" => assert_eq!(created.get(name), None),
            "name" => assert_eq!(created["name"]["formatted"], "Alice Example"),
            _ => assert_eq!(&created[name], value, "{name}"),
        }
    }
    let path = format!("{users}/{}", created["id"].as_str().unwrap());
    let own = format!("{}/v1{path}", house.admin_url);
    assert_eq!(created["_links"]["self"]["href"], own);
    assert_eq!(created["environment"]["id"], env.id.to_string());
    let twice = json!({ "username": " ALICE " });
    let twice = mistakes(api.send(Method::POST, &users, &twice).await);
    let taken = ("UNIQUENESS_VIOLATION".to_owned(), "username".to_owned());
    assert_eq!(twice, [taken]);
    let _ = api
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect_status(204);
    let _ = api.get(&path).await.expect_status(404);
    let events = env.records.all::<domain::AuditEvent>().await.unwrap();
    let mut names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["user.added", "user.deleted"]);
}

#[tokio::test]
async fn a_password_is_set_and_ends_what_was_begun_with_the_one_before() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let api = Management(&house);
    let path = format!(
        "/environments/{}/users/{}/password",
        env.id,
        alice.id.uuid()
    );
    let set = async |media_type: &str, body: Value| {
        let request = api.request(Method::PUT, &path);
        request.body(media_type, body.to_string()).send().await
    };
    let short = set(SET, json!({ "value": "short" })).await;
    let invalid = |target: &str| [("INVALID_VALUE".to_owned(), target.to_owned())];
    assert_eq!(mistakes(short), invalid("value"));
    let forced = json!({ "value": "correct horse battery", "forceChange": "yes" });
    assert_eq!(mistakes(set(SET, forced).await), invalid("forceChange"));
    let given = json!({ "value": "correct horse battery" });
    let other_type = set("application/json", given.clone()).await;
    assert_eq!(
        other_type.expect_status(400).json()["code"],
        "INVALID_REQUEST"
    );
    let shop = env.add_client("shop").await;
    let (request, mut browser) = (shop.request(), house.browser());
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let _ = set(SET, given).await.expect_status(204);
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(401);
    let silent = browser.go(&shop.request().with("prompt", "none")).await;
    let silent = silent.location();
    assert!(silent.query().unwrap().contains("error=login_required"));
    let renewed = testkit::Person {
        password: "correct horse battery".to_owned(),
        ..alice
    };
    let answer = browser.sign_on(&shop.request(), &renewed).await;
    assert!(answer.value("code").is_some());
    let forced = json!({ "value": "correct horse staple", "forceChange": true });
    let _ = set(SET, forced).await.expect_status(204);
    let renewed = testkit::Person {
        password: "correct horse staple".to_owned(),
        ..renewed
    };
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &renewed).await;
    assert!(page.has_form("new-password"));
    let events = env.records.all::<domain::AuditEvent>().await.unwrap();
    assert!(events.iter().any(|event| event.event == "password.set"));
}

#[tokio::test]
async fn people_are_found() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    for name in ["alice", "bob"] {
        env.add_person(name).await;
    }
    let api = Management(&house);
    let users = format!("/environments/{}/users", env.id);
    let found = async |query: &str| {
        let found = api.get(&format!("{users}?{query}")).await;
        let found = found.expect_status(200).json();
        let all = found["_embedded"]["users"].as_array().unwrap().clone();
        let names = all
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned());
        (found["count"].clone(), names.collect::<Vec<_>>())
    };
    let both = (json!(2), vec!["alice".to_owned(), "bob".to_owned()]);
    assert_eq!(found("").await, both);
    assert_eq!(found("limit=1").await, (json!(2), vec!["alice".to_owned()]));
    let alone = (json!(1), vec!["bob".to_owned()]);
    assert_eq!(found("filter=username%20eq%20%22BOB%22").await, alone);
    assert_eq!(
        found("filter=email%20eq%20%22bob@example.com%22").await,
        alone
    );
    let nobody = found("filter=username%20eq%20%22carol%22").await;
    assert_eq!(nobody, (json!(0), vec![]));
    for query in [
        "limit=0",
        "limit=x",
        "filter=username",
        "filter=enabled%20eq%20%22x%22",
    ] {
        let refused = api.get(&format!("{users}?{query}")).await;
        assert_eq!(mistakes(refused).len(), 1, "{query}");
    }
}

#[tokio::test]
async fn people_are_changed() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let [alice, _bob] = [env.add_person("alice").await, env.add_person("bob").await];
    let api = Management(&house);
    let path = format!("/environments/{}/users/{}", env.id, alice.id.uuid());
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
