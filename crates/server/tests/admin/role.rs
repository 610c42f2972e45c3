//! Administrators of several kinds: by password and by token, mighty and only looking.

use std::time::Duration;

use domain::port::{Changes, Tenant};
use domain::{Administrator, AdministratorRole};
use serde_json::json;
use testkit::{Administration, House};

const SETTINGS: &str = "/oauth/authServerSettings";
const FULL: &str = "countersign-admin";
const READ: &str = "countersign-admin-read";

/// A client that may get a token with `scope`, which is in the list `of` the settings.
async fn token(house: &House, id: &str, (of, scope): (&str, &str)) -> String {
    let administration = house.administration();
    let mut settings = administration.get(SETTINGS).await.json();
    let scopes = settings[of].as_array_mut().unwrap();
    if !scopes.iter().any(|it| it["name"] == scope) {
        scopes.push(json!({ "name": scope, "description": "" }));
    }
    let _ = administration
        .put(SETTINGS, &settings)
        .await
        .expect_status(200);
    let exclusive = if of == "exclusiveScopes" {
        vec![scope]
    } else {
        vec![]
    };
    let robot = house
        .add_client_with(
            id,
            json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "exclusiveScopes": exclusive }),
        )
        .await;
    let form = [("grant_type", "client_credentials"), ("scope", scope)];
    let reply = robot.token(&form).await.expect_status(200).json();
    reply["access_token"].as_str().unwrap().to_owned()
}

fn bearer(house: &House, token: String) -> Administration {
    Administration {
        token: Some(token),
        ..house.administration()
    }
}

#[tokio::test]
async fn rfc6750_2_1_a_token_of_a_client_with_an_admin_scope_is_taken() {
    let house = House::open().await;
    let robot = bearer(
        &house,
        token(&house, "robot", ("exclusiveScopes", FULL)).await,
    );
    let mut settings = robot.get(SETTINGS).await.expect_status(200).json();
    settings["consentLifetimeDays"] = json!(7);
    house.advance(Duration::from_secs(1));
    let _ = robot.put(SETTINGS, &settings).await.expect_status(200);
    let event = house.last_event("settings.changed").await;
    assert_eq!(event["actor"], json!({ "type": "client", "name": "robot" }));
    // As for everybody, other sites' forms are kept out.
    let bare = house
        .http
        .request(http::Method::GET, format!("{}{SETTINGS}", robot.url));
    let bare = bare.bearer(robot.token.as_deref().unwrap()).send().await;
    let _ = bare.expect_status(403);
}

#[tokio::test]
async fn who_only_looks_changes_nothing() {
    let house = House::open().await;
    let auditor = bearer(
        &house,
        token(&house, "auditor", ("exclusiveScopes", READ)).await,
    );
    let settings = auditor.get(SETTINGS).await.expect_status(200).json();
    let refused = auditor
        .put(SETTINGS, &settings)
        .await
        .expect_status(403)
        .json();
    assert_eq!(refused["resultId"], "forbidden");
    let _ = auditor
        .delete("/oauth/clients/auditor")
        .await
        .expect_status(403);
    let _ = auditor
        .post("/oauth/clients", &json!({}))
        .await
        .expect_status(403);
    let _ = auditor
        .get("/oauth/clients/auditor")
        .await
        .expect_status(200);
}

#[tokio::test]
async fn rfc9068_2_2_a_token_with_an_admin_scope_is_also_for_this_server() {
    let house = House::open_with(|settings| {
        settings.access_token.audience = Some("https://api.example".to_owned());
    })
    .await;
    for (id, scope) in [("robot", FULL), ("auditor", READ)] {
        let robot = bearer(&house, token(&house, id, ("exclusiveScopes", scope)).await);
        let _ = robot.get(SETTINGS).await.expect_status(200);
    }
    // Every other token is for the resource alone.
    let other = bearer(&house, token(&house, "other", ("scopes", "stock")).await);
    let _ = other.get(SETTINGS).await.expect_status(401);
}

/// Adds administrators of these names and roles, all with the password of the first one.
async fn add_administrators(house: &House, all: &[(&str, AdministratorRole)]) {
    let records = house.records().of(Tenant::SYSTEM);
    let first = house.administration().name;
    let first = records.get::<Administrator>(&*first).await.unwrap();
    let first = first.unwrap().record;
    let mut changes = Changes::none();
    for (name, role) in all {
        changes.insert(&Administrator {
            name: (*name).to_owned(),
            role: *role,
            ..first.clone()
        });
    }
    records.commit(changes).await.unwrap();
}

#[tokio::test]
async fn an_auditor_with_a_password_only_looks() {
    let house = House::open().await;
    let all = [
        ("auditor", AdministratorRole::Auditor),
        ("second", AdministratorRole::Full),
    ];
    add_administrators(&house, &all).await;
    let [auditor, second] = all.map(|(name, _)| Administration {
        name: name.to_owned(),
        ..house.administration()
    });
    let settings = auditor.get(SETTINGS).await.expect_status(200).json();
    for (refused, deed) in [
        (auditor.put(SETTINGS, &settings).await, "PUT"),
        (auditor.post("/oauth/clients", &json!({})).await, "POST"),
        (auditor.delete("/oauth/clients/shop").await, "DELETE"),
    ] {
        assert_eq!(refused.status, 403, "{deed}");
        assert_eq!(refused.json()["resultId"], "forbidden", "{deed}");
    }
    let _ = second.put(SETTINGS, &settings).await.expect_status(200);
}

#[tokio::test]
async fn a_common_scope_of_the_name_makes_nobody_an_administrator() {
    let house = House::open().await;
    let robot = bearer(&house, token(&house, "robot", ("scopes", FULL)).await);
    let _ = robot.get(SETTINGS).await.expect_status(401);
}

#[tokio::test]
async fn no_other_token_is_taken() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    for token in [&tokens.access_token, tokens.id(), "nonsense", ""] {
        let robot = bearer(&house, token.to_owned());
        let refused = robot.get(SETTINGS).await.expect_status(401);
        assert!(refused.header("www-authenticate").is_some());
    }
}

/// Setting: Enabled
#[tokio::test]
async fn a_token_of_a_client_that_is_switched_off_is_taken_no_more() {
    let house = House::open().await;
    let robot = bearer(
        &house,
        token(&house, "robot", ("exclusiveScopes", FULL)).await,
    );
    let _ = robot.get(SETTINGS).await.expect_status(200);
    house
        .change_client("robot", json!({ "enabled": false }))
        .await;
    let _ = robot.get(SETTINGS).await.expect_status(401);
}
