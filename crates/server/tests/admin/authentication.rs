//! Who may use the administration API.

use std::time::Duration;

use domain::Administrator;
use domain::port::{Tenant, Versioned};
use http::Method;
use serde_json::json;
use testkit::{Administration, House, Reply};

const REFUSED: &str = r#"{"resultId":"invalid_credentials","message":"The credentials you provided were not recognized."}"#;

async fn version(house: &House, name: &str, password: &str) -> Reply {
    let url = format!("{}/pf-admin-api/v1/version", house.admin_url);
    let request = house.http.request(Method::GET, url);
    let request = request.basic(name, password);
    request.header("x-xsrf-header", "PingFederate").send().await
}

#[tokio::test]
async fn pingfederate_1_1_bad_credentials_get_exactly_this_body() {
    let house = House::open().await;
    let url = format!("{}/pf-admin-api/v1/version", house.admin_url);
    let anonymous = house.http.get(&url).await;
    let wrong = version(&house, "Administrator", "wrong").await;
    let unknown = version(&house, "nobody", "wrong").await;
    let empty = version(&house, "", "").await;
    let bearer = house
        .http
        .request(Method::GET, &url)
        .bearer("x")
        .send()
        .await;
    let Administration { name, password, .. } = house.administration();
    let twice = house
        .http
        .request(Method::GET, &url)
        .basic(&name, &password);
    let twice = twice.basic(&name, &password).send().await;
    for reply in [anonymous, wrong, unknown, empty, bearer, twice] {
        assert_eq!((reply.status, reply.text().as_str()), (401, REFUSED));
        let challenge = reply.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Basic "));
        let content_type = reply.header("content-type").unwrap();
        assert_eq!(content_type, "application/json;charset=utf-8");
    }
}

#[tokio::test]
async fn pingfederate_1_1_every_request_carries_an_xsrf_header() {
    let house = House::open().await;
    let administration = house.administration();
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        let url = format!("{}/oauth/clients/shop", administration.url);
        let request = house.http.request(method, url);
        let request = request.basic(&administration.name, &administration.password);
        let reply = request.send().await.expect_status(403);
        assert_eq!(reply.json()["resultId"], "missing_xsrf_header");
    }
    for value in ["PingFederate", "pingfederate", "anything"] {
        let request = administration
            .http
            .request(Method::GET, format!("{}/version", administration.url));
        let request = request.basic(&administration.name, &administration.password);
        let _ = request
            .header("X-Xsrf-Header", value)
            .send()
            .await
            .expect_status(200);
    }
    // Terraform's provider sends one more.
    let request = administration.request(Method::GET, "/version");
    let request = request.header("X-BypassExternalValidation", "true");
    let _ = request.send().await.expect_status(200);
}

#[tokio::test]
async fn five_failures_block_and_the_block_ends() {
    let house = House::open().await;
    let administration = house.administration();
    for _ in 0..5 {
        let _ = version(&house, "Administrator", "wrong")
            .await
            .expect_status(401);
    }
    let blocked = version(&house, "Administrator", &administration.password).await;
    assert_eq!((blocked.status, blocked.text().as_str()), (401, REFUSED));
    house.advance(Duration::from_mins(15) - Duration::from_secs(1));
    let blocked = version(&house, "Administrator", &administration.password).await;
    assert_eq!(blocked.status, 401);
    house.advance(Duration::from_secs(1));
    let _ = administration.get("/version").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_moment_are_counted_each() {
    let house = House::open().await;
    let administration = house.administration();
    let guesses: Vec<_> = (0..20)
        .map(|number| {
            let mut guess = administration.clone();
            guess.password = format!("guess {number}");
            tokio::spawn(async move { guess.get("/version").await.status })
        })
        .collect();
    for guess in guesses {
        assert!(matches!(guess.await.unwrap(), 401 | 503));
    }
    assert_eq!(administration.get("/version").await.status, 401, "blocked");
}

async fn administrator(house: &House) -> Versioned<Administrator> {
    let records = house.records().of(Tenant::SYSTEM);
    let stored = records.get::<Administrator>("Administrator").await;
    stored.unwrap().unwrap()
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_the_cost_has_changed() {
    let house = House::open().await;
    house.outdate_administrator().await;
    let before = administrator(&house).await;
    let _ = version(&house, "Administrator", "wrong")
        .await
        .expect_status(401);
    let refused = administrator(&house).await;
    assert_eq!(
        refused.version, before.version,
        "a wrong one changes nothing"
    );
    let _ = house
        .administration()
        .get("/version")
        .await
        .expect_status(200);
    let after = administrator(&house).await;
    assert!(
        after
            .password_hash
            .expose()
            .starts_with("$argon2id$v=19$m=8,")
    );
    assert_eq!(after.changed, before.changed, "it is the same password");
    house.advance(Duration::from_mins(2));
    let _ = house
        .administration()
        .get("/version")
        .await
        .expect_status(200);
    let later = administrator(&house).await;
    assert_eq!(later.version, after.version, "and hashed anew once");
}

#[tokio::test]
async fn a_right_password_is_not_hashed_anew_during_a_block() {
    let house = House::open().await;
    house.outdate_administrator().await;
    let before = administrator(&house).await;
    for _ in 0..5 {
        let _ = version(&house, "Administrator", "wrong").await;
    }
    let blocked = house.administration().get("/version").await;
    assert_eq!(blocked.status, 401);
    let after = administrator(&house).await;
    assert_eq!(after.version, before.version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_at_the_moment_of_hashing_anew_all_succeed() {
    let house = House::open().await;
    house.outdate_administrator().await;
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let administration = house.administration();
            tokio::spawn(async move { administration.get("/version").await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn people_are_no_administrators() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let reply = version(&house, "alice", &alice.password).await;
    assert_eq!(reply.status, 401);
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let mallory = testkit::Person {
        username: "Administrator".to_owned(),
        password: house.administration().password,
        ..alice
    };
    let page = browser.enter_password(&page, &mallory).await;
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn the_version_is_one_that_clients_can_compare() {
    let house = House::open().await;
    let reply = house
        .administration()
        .get("/version")
        .await
        .expect_status(200);
    let version = reply.json()["version"].as_str().unwrap().to_owned();
    let numbers: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert_eq!((numbers.len(), numbers[0]), (4, 12));
}

#[tokio::test]
async fn the_two_listeners_have_nothing_in_common() {
    let house = House::open().await;
    let page = house.http.get(house.at("/pf-admin-api/v1/version")).await;
    assert_eq!(page.status, 404);
    for path in ["/as/token.oauth2", "/account", "/as/authorization.oauth2"] {
        let reply = house.http.get(format!("{}{path}", house.admin_url)).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    let administration = house.administration();
    let reply = administration.get("/no/such").await.expect_status(404);
    assert_eq!(reply.json()["resultId"], "resource_not_found");
    let reply = administration
        .request(Method::PATCH, "/version")
        .send()
        .await;
    let reply = reply.expect_status(405);
    assert_eq!(reply.json()["resultId"], "method_not_allowed");
    assert_ne!(reply.json(), json!({}));
}
