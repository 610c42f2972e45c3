//! Organisations, as administrators see and change them.

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply};

struct Resource<'h> {
    house: &'h House,
    path: String,
}

impl Resource<'_> {
    async fn send(&self, method: Method, below: &str, body: Option<Value>) -> Reply {
        let administration = self.house.administration();
        let url = format!("{}/v1{}{below}", self.house.admin_url, self.path);
        let request = self.house.http.request(method, url);
        let request = request.basic(&administration.name, &administration.password);
        match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        }
    }

    async fn get(&self) -> Value {
        let read = self.send(Method::GET, "", None).await;
        read.expect_status(200).json()
    }

    async fn put(&self, body: Value) -> Reply {
        self.send(Method::PUT, "", Some(body)).await
    }

    async fn properties(&self) -> String {
        let read = self.send(Method::GET, "/properties", None).await;
        read.expect_status(200).text()
    }
}

fn value<'a>(properties: &'a str, name: &str) -> &'a str {
    let lines = properties.lines();
    let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.next().unwrap()
}

async fn environment(house: &House) -> Resource<'_> {
    let added = house.add_environment("Shop").await;
    let path = format!("/environments/{}/pingid", added.id);
    Resource { house, path }
}

#[tokio::test]
async fn an_environment_is_an_organisation_with_its_own_key() {
    let house = House::open().await;
    let environment = environment(&house).await;
    let server = Resource {
        house: &house,
        path: "/pingid".to_owned(),
    };
    let read = environment.get().await;
    let id = environment.path.split('/').nth(2).unwrap();
    assert_eq!(read["orgAlias"], id);
    assert_eq!(read["returnHosts"], json!([]));
    assert_eq!(read["enrollment"], json!({ "enabled": true }));
    assert_eq!(read["oneTimeDevices"], json!({ "enabled": false }));
    assert_eq!(read["keys"].as_array().unwrap().len(), 1);
    let (ours, theirs) = (environment.properties().await, server.properties().await);
    assert_eq!(value(&ours, "org_alias"), id);
    assert_eq!(value(&ours, "idp_url"), format!("{}/pingid", house.issuer));
    let authenticator = format!("{}/pingid/ppm", house.issuer);
    assert_eq!(value(&ours, "authenticator_url"), authenticator);
    for name in ["use_base64_key", "token", "org_alias"] {
        assert_ne!(value(&ours, name), value(&theirs, name), "{name}");
        let told = environment.get().await.to_string();
        assert!(name == "org_alias" || !told.contains(value(&ours, name)));
    }
    assert!(value(&ours, "use_base64_key").ends_with("\\="));
    let events = house.records().of(domain::port::Tenant::SYSTEM);
    let events = events.all::<domain::AuditEvent>().await.unwrap();
    let made = events
        .iter()
        .filter(|it| it.event == "pingid.organization.made");
    assert_eq!(made.count(), 2);
}

#[tokio::test]
async fn alias_hosts_and_enrolment_are_set() {
    let house = House::open().await;
    let environment = environment(&house).await;
    let alias = "cde21617-6201-4f66-8866-a149625acd0b";
    let set = environment.put(json!({
        "orgAlias": alias,
        "returnHosts": ["sso.connect.pingidentity.com", "http://httpbin.org"],
        "enrollment": { "enabled": false },
        "oneTimeDevices": { "enabled": true },
    }));
    let set = set.await.expect_status(200).json();
    let hosts = json!(["https://sso.connect.pingidentity.com", "http://httpbin.org"]);
    assert_eq!(
        (&set["orgAlias"], &set["returnHosts"]),
        (&json!(alias), &hosts)
    );
    assert_eq!(environment.get().await, set);
    let server = Resource {
        house: &house,
        path: "/pingid".to_owned(),
    };
    let taken = server
        .put(json!({ "orgAlias": alias.to_uppercase() }))
        .await;
    let taken = taken.expect_status(400).json();
    assert_eq!(taken["details"][0]["code"], "UNIQUENESS_VIOLATION");
    for (body, target) in [
        (json!({ "orgAlias": "a b" }), "orgAlias"),
        (
            json!({ "returnHosts": ["https://a.example/path"] }),
            "returnHosts",
        ),
        (json!({ "returnHosts": "a.example" }), "returnHosts"),
        (json!({ "enrollment": true }), "enrollment"),
        (json!({ "oneTimeDevices": true }), "oneTimeDevices"),
        (json!({ "color": "red" }), "color"),
    ] {
        let refused = environment.put(body).await.expect_status(400).json();
        assert_eq!(refused["details"][0]["target"], target);
    }
    assert_eq!(environment.get().await, set);
}

#[tokio::test]
async fn keys_rotate_with_an_overlap() {
    let house = House::open().await;
    let environment = environment(&house).await;
    let before = environment.properties().await;
    let body = json!({ "bits": 512, "overlapSeconds": 3600 });
    let rotated = environment.send(Method::POST, "/keys", Some(body)).await;
    let keys = rotated.expect_status(201).json()["keys"].clone();
    let keys = keys.as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["newest"]), (2, &json!(true)));
    assert_eq!(keys[0]["expiresAt"], Value::Null);
    assert_eq!(keys[1]["expiresAt"], "2026-11-22T13:00:00.000Z");
    let after = environment.properties().await;
    for name in ["use_base64_key", "token"] {
        assert_ne!(value(&after, name), value(&before, name));
    }
    house.advance(std::time::Duration::from_hours(1));
    assert_eq!(environment.get().await["keys"].as_array().unwrap().len(), 1);
    for bad in [json!({ "bits": 8 }), json!({ "overlapSeconds": -1 })] {
        let refused = environment.send(Method::POST, "/keys", Some(bad)).await;
        let _ = refused.expect_status(400);
    }
}

#[tokio::test]
async fn no_key_ends_before_its_time_unless_somebody_says_so() {
    let house = House::open().await;
    let environment = environment(&house).await;
    let rotate = |seconds: u64| {
        let body = json!({ "overlapSeconds": seconds });
        environment.send(Method::POST, "/keys", Some(body))
    };
    for _ in 1..domain::Organization::MOST_KEYS {
        let _ = rotate(3600).await.expect_status(201);
    }
    let before = environment.get().await["keys"].clone();
    let refused = rotate(3600).await.expect_status(400).json();
    assert_eq!(refused["details"][0]["code"], "CONSTRAINT_VIOLATION");
    let message = refused["details"][0]["message"].as_str().unwrap();
    assert!(message.contains("2026-11-22T13:00:00.000Z"), "{message}");
    assert_eq!(
        environment.get().await["keys"],
        before,
        "nothing has changed"
    );
    let [newest, oldest] = [0, 3].map(|place| before[place]["id"].as_str().unwrap().to_owned());
    let end = async |key: &str| {
        let below = format!("/keys/{key}");
        environment.send(Method::DELETE, &below, None).await
    };
    let _ = end(&newest).await.expect_status(400);
    let _ = end("strange").await.expect_status(404);
    let _ = end(&oldest).await.expect_status(204);
    let _ = end(&oldest).await.expect_status(404);
    let events = house.records().of(domain::port::Tenant::SYSTEM);
    let events = events.all::<domain::AuditEvent>().await.unwrap();
    let is_it = |it: &&domain::port::Versioned<domain::AuditEvent>| {
        it.event == "pingid.organization.key_retired"
    };
    assert_eq!(events.iter().filter(is_it).count(), 1);
    let left = environment.get().await["keys"].to_string();
    assert!(!left.contains(&oldest));
    let _ = rotate(3600).await.expect_status(201);
    // Whoever ends all others has room.
    let _ = rotate(0).await.expect_status(201);
    assert_eq!(environment.get().await["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_organisation_goes_with_its_environment() {
    let house = House::open().await;
    let added = house.add_environment("Shop").await;
    let id = added.id;
    let path = format!("/environments/{id}/pingid");
    let environment = Resource {
        house: &house,
        path,
    };
    let _ = environment.get().await;
    house.delete_environment(id).await;
    let gone = environment.send(Method::GET, "", None).await;
    let _ = gone.expect_status(404);
    let system = house.records().of(domain::port::Tenant::SYSTEM);
    assert!(
        system
            .all::<domain::Organization>()
            .await
            .unwrap()
            .is_empty()
    );
}
