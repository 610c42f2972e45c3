//! `/oauth/clients`: the clients, as PingFederate's tools create, read, replace and delete them.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Administration, House};

fn minimal() -> Value {
    json!({
        "clientId": "robot",
        "name": "myclient",
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "secret": "mysecret" },
    })
}

/// What a client has that says nothing else.
#[rustfmt::skip]
fn defaults() -> Vec<(&'static str, Value)> {
    vec![
        ("clientId", json!("robot")),
        ("enabled", json!(true)),
        ("redirectUris", json!([])),
        ("grantTypes", json!(["CLIENT_CREDENTIALS"])),
        ("name", json!("myclient")),
        ("description", json!("")),
        ("logoUrl", json!("")),
        ("restrictToDefaultAccessTokenManager", json!(false)),
        ("validateUsingAllEligibleAtms", json!(false)),
        ("refreshRolling", json!("SERVER_DEFAULT")),
        ("refreshTokenRollingIntervalType", json!("SERVER_DEFAULT")),
        ("refreshTokenRollingIntervalTimeUnit", json!("HOURS")),
        ("persistentGrantExpirationType", json!("SERVER_DEFAULT")),
        ("persistentGrantExpirationTime", json!(0)),
        ("persistentGrantExpirationTimeUnit", json!("DAYS")),
        ("persistentGrantIdleTimeoutType", json!("SERVER_DEFAULT")),
        ("persistentGrantIdleTimeout", json!(0)),
        ("persistentGrantIdleTimeoutTimeUnit", json!("DAYS")),
        ("persistentGrantReuseType", json!("SERVER_DEFAULT")),
        ("persistentGrantReuseGrantTypes", json!([])),
        ("allowAuthenticationApiInit", json!(false)),
        ("enableCookielessAuthenticationApi", json!(false)),
        ("bypassApprovalPage", json!(false)),
        ("restrictScopes", json!(false)),
        ("restrictedScopes", json!([])),
        ("exclusiveScopes", json!([])),
        ("authorizationDetailTypes", json!([])),
        ("restrictedResponseTypes", json!([])),
        ("requirePushedAuthorizationRequests", json!(false)),
        ("requireJwtSecuredAuthorizationResponseMode", json!(false)),
        ("requireSignedRequests", json!(false)),
        ("deviceFlowSettingType", json!("SERVER_DEFAULT")),
        ("requireProofKeyForCodeExchange", json!(false)),
        ("refreshTokenRollingGracePeriodType", json!("SERVER_DEFAULT")),
        ("clientSecretRetentionPeriodType", json!("SERVER_DEFAULT")),
        ("requireDpop", json!(false)),
        ("requireOfflineAccessScopeToIssueRefreshTokens", json!("SERVER_DEFAULT")),
        ("offlineAccessRequireConsentPrompt", json!("SERVER_DEFAULT")),
        ("lockoutMaxMaliciousActionsType", json!("SERVER_DEFAULT")),
    ]
}

#[tokio::test]
async fn pingfederate_1_2_a_minimal_client_has_every_default() {
    let house = House::open().await;
    let administration = house.administration();
    let created = administration.post("/oauth/clients", &minimal()).await;
    let created = created.expect_status(201).json();
    for (name, value) in defaults() {
        assert_eq!(created[name], value, "{name}");
    }
    let policy = &created["oidcPolicy"];
    for (name, value) in [
        ("grantAccessSessionRevocationApi", json!(false)),
        ("grantAccessSessionSessionManagementApi", json!(false)),
        ("logoutMode", json!("NONE")),
        ("pingAccessLogoutCapable", json!(false)),
        ("logoutUris", json!([])),
        ("postLogoutRedirectUris", json!([])),
        ("pairwiseIdentifierUserType", json!(false)),
        ("policyGroup", json!({})),
    ] {
        assert_eq!(policy[name], value, "oidcPolicy.{name}");
    }
    assert_eq!(created["clientAuth"]["type"], "SECRET");
    assert_eq!(created["clientAuth"]["secondarySecrets"], json!([]));
    assert_eq!(created["clientAuth"].get("secret"), None);
    for date in [
        "creationDate",
        "modificationDate",
        "clientSecretChangedTime",
    ] {
        assert_eq!(created[date], house.now().to_string(), "{date}");
    }
    // Unset CIBA, device and JARM fields are omitted.
    for absent in [
        "cibaDeliveryMode",
        "devicePollingIntervalOverride",
        "jwksSettings",
    ] {
        assert_eq!(created.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn pingfederate_1_2_create_read_replace_delete_and_delete_again() {
    let house = House::open().await;
    let administration = house.administration();
    let path = "/oauth/clients/robot";
    let created = administration.post("/oauth/clients", &minimal()).await;
    let created = created.expect_status(201).json();
    house.advance(Duration::from_mins(1));

    let mut resource = administration.get(path).await.expect_status(200).json();
    assert_eq!(resource["creationDate"], created["creationDate"]);
    resource["name"] = json!("renamed");
    resource["clientId"] = json!("the path wins");
    resource["creationDate"] = json!("1970-01-01T00:00:00.000Z");
    let replaced = administration
        .put(path, &resource)
        .await
        .expect_status(200)
        .json();
    assert_eq!(replaced["clientId"], "robot");
    assert_eq!(replaced["name"], "renamed");
    assert_eq!(
        replaced["creationDate"], created["creationDate"],
        "read only"
    );
    assert_eq!(replaced["modificationDate"], house.now().to_string());
    assert_eq!(
        replaced["clientSecretChangedTime"],
        created["clientSecretChangedTime"]
    );

    let deleted = administration.delete(path).await.expect_status(204);
    assert_eq!(deleted.text(), "");
    for reply in [
        administration.delete(path).await,
        administration.get(path).await,
        administration.put(path, &resource).await,
        administration.delete("/oauth/clients/nobody").await,
    ] {
        let body = reply.expect_status(404).json();
        assert_eq!(body["resultId"], "resource_not_found");
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .contains("There is no client")
        );
    }
}

#[tokio::test]
async fn put_replaces_everything() {
    let house = House::open().await;
    let shop = house.add_client_with("shop", json!({
        "description": "Sells things",
        "bypassApprovalPage": true,
        "requireProofKeyForCodeExchange": true,
        "oidcPolicy": { "postLogoutRedirectUris": ["https://shop.example/bye"], "idTokenSigningAlgorithm": "ES256" },
    }))
    .await;
    let administration = house.administration();
    let resource = json!({
        "name": "Shop",
        "redirectUris": [shop.redirect_uri],
        "grantTypes": ["AUTHORIZATION_CODE"],
        "clientAuth": { "type": "SECRET", "secret": "a new secret" },
    });
    let replaced = administration.put("/oauth/clients/shop", &resource).await;
    let replaced = replaced.expect_status(200).json();
    assert_eq!(replaced["description"], "");
    assert_eq!(replaced["bypassApprovalPage"], false);
    assert_eq!(replaced["requireProofKeyForCodeExchange"], false);
    assert_eq!(replaced["oidcPolicy"]["postLogoutRedirectUris"], json!([]));
    // Left out, it is RS256.
    assert_eq!(replaced["oidcPolicy"].get("idTokenSigningAlgorithm"), None);
}

#[tokio::test]
async fn what_is_read_can_be_written_back_unchanged() {
    let house = House::open().await;
    house.add_client("shop").await;
    let public = json!({ "clientAuth": null, "grantTypes": ["AUTHORIZATION_CODE"] });
    house.add_client_with("app", public).await;
    let administration = house.administration();
    for path in ["/oauth/clients/shop", "/oauth/clients/app"] {
        let mut before = administration.get(path).await.json();
        let mut after = administration
            .put(path, &before)
            .await
            .expect_status(200)
            .json();
        for resource in [&mut before, &mut after] {
            resource["clientAuth"]["encryptedSecret"].take();
        }
        assert_eq!(before, after);
    }
    // Nothing but its form has changed: the secret still works.
    let shop = testkit::RelyingParty::new(
        &house,
        "shop",
        Some("the secret of shop, which is long enough for HS512 and all others".to_owned()),
        "https://shop.example/callback",
    );
    let _ = shop.introspect("x").await.expect_status(200);
}

async fn ids(administration: &Administration, query: &str) -> Vec<String> {
    let reply = administration.get(&format!("/oauth/clients{query}")).await;
    let body = reply.expect_status(200).json();
    assert_eq!(body.as_object().unwrap().len(), 1, "no total, no next");
    let items = body["items"].as_array().unwrap().iter();
    items
        .map(|client| client["clientId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pingfederate_1_2_lists_are_paged_and_filtered() {
    let house = House::open().await;
    for id in ["delta", "alpha", "charlie", "bravo"] {
        house.add_client(id).await;
    }
    let administration = house.administration();
    let all = ["alpha", "bravo", "charlie", "delta"];
    assert_eq!(ids(&administration, "").await, all);
    for (query, expected) in [
        ("?page=1&numberPerPage=3", &all[..3]),
        ("?page=2&numberPerPage=3", &all[3..]),
        ("?page=3&numberPerPage=3", &[]),
        ("?numberPerPage=2", &all[..2]),
        ("?filter=ALPH", &all[..1]),
        ("?filter=the%20BRA", &all[1..2]),
        ("?filter=nothing", &[]),
        ("?filter=a&page=2&numberPerPage=2", &all[2..]),
    ] {
        assert_eq!(ids(&administration, query).await, expected, "{query}");
    }
    for query in [
        "?page=x",
        "?page=-1",
        "?numberPerPage=0",
        "?numberPerPage=99999999999",
    ] {
        let reply = administration.get(&format!("/oauth/clients{query}")).await;
        let body = reply.expect_status(422).json();
        assert_eq!(body["resultId"], "validation_error");
        let path = body["validationErrors"][0]["fieldPath"].as_str().unwrap();
        assert!(query.contains(path));
    }
}

#[tokio::test]
async fn a_change_counts_at_once() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let administration = house.administration();
    let path = "/oauth/clients/shop";
    let mut resource = administration.get(path).await.json();
    resource["redirectUris"] = json!(["https://shop.example/new"]);
    let _ = administration.put(path, &resource).await.expect_status(200);
    let request = shop.request();
    assert_eq!(house.browser().get(&request.url()).await.status, 400);
    let request = request.with("redirect_uri", "https://shop.example/new");
    assert!(house.browser().go(&request).await.has_form("sign-on"));
    let _ = administration.delete(path).await.expect_status(204);
    assert_eq!(house.browser().get(&request.url()).await.status, 400);
    assert_eq!(shop.introspect("x").await.status, 401);
}

#[tokio::test]
async fn of_two_that_create_the_same_client_one_is_told() {
    let house = House::open().await;
    let administration = house.administration();
    let resource = minimal();
    let (one, two) = tokio::join!(
        administration.post("/oauth/clients", &resource),
        administration.post("/oauth/clients", &resource)
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    let again = administration.post("/oauth/clients", &resource).await;
    let body = again.expect_status(422).json();
    assert_eq!(body["validationErrors"][0]["fieldPath"], "clientId");
    assert_eq!(body["validationErrors"][0]["errorId"], "not_unique");
}

/// Setting: Client ID
#[tokio::test]
async fn ids_with_odd_characters_are_found_by_their_path() {
    let house = House::open().await;
    let administration = house.administration();
    for (id, path) in [
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("100%", "100%25"),
    ] {
        let mut resource = minimal();
        resource["clientId"] = json!(id);
        let _ = administration
            .post("/oauth/clients", &resource)
            .await
            .expect_status(201);
        let read = administration.get(&format!("/oauth/clients/{path}")).await;
        assert_eq!(read.expect_status(200).json()["clientId"], id);
    }
}
