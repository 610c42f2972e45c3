//! What administrators say about the authentication API.

use serde_json::{Value, json};
use testkit::House;

use super::application::{allow, client};

#[tokio::test]
async fn pingfederate_2_1_discovery_names_the_redirectless_mode_where_it_is_switched_on() {
    let house = House::open().await;
    let modes = async || {
        let url = house.at("/.well-known/openid-configuration");
        house.http.get(url).await.json()["response_modes_supported"].clone()
    };
    let has = |modes: &Value| modes.as_array().unwrap().contains(&json!("pi.flow"));
    assert!(!has(&modes().await));
    let settings = json!({ "apiEnabled": true });
    let administration = house.administration();
    let set = administration.put("/authenticationApi/settings", &settings);
    let _ = set.await.expect_status(200);
    assert!(has(&modes().await));
}

#[tokio::test]
async fn pingfederate_1_5_the_settings_are_kept_and_shown() {
    let house = House::open().await;
    let administration = house.administration();
    let path = "/authenticationApi/settings";
    let initial = administration.get(path).await.expect_status(200).json();
    assert_eq!(
        initial,
        json!({
            "apiEnabled": false,
            "enableApiDescriptions": false,
            "restrictAccessToRedirectlessMode": false,
            "includeRequestContext": false,
        })
    );
    let nobody = json!({ "apiEnabled": true, "defaultApplicationRef": { "id": "nobody" } });
    let refused = administration.put(path, &nobody).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn pingfederate_1_5_applications_are_added_changed_and_taken_away() {
    let house = House::open().await;
    let administration = house.administration();
    let path = "/authenticationApi/applications";
    let _ = client(&house, "shop", json!({})).await;
    let application = json!({
        "id": "portal",
        "name": "Portal",
        "url": "https://portal.example/sign-on",
        "description": "",
        "additionalAllowedOrigins": ["https://other.example"],
        "clientForRedirectlessModeRef": { "id": "shop" },
    });
    let added = administration.post(path, &application).await;
    let mut added = added.expect_status(201).json();
    added["clientForRedirectlessModeRef"] = json!({ "id": "shop" });
    assert_eq!(added, application);
    for (member, value) in [
        ("url", json!("portal")),
        ("additionalAllowedOrigins", json!(["*"])),
        (
            "additionalAllowedOrigins",
            json!(["https://other.example/path"]),
        ),
        ("clientForRedirectlessModeRef", json!({ "id": "nobody" })),
        ("name", json!("")),
    ] {
        let mut wrong = application.clone();
        wrong[member] = value;
        let refused = administration.put(&format!("{path}/portal"), &wrong).await;
        assert_eq!(refused.status, 422, "{member}: {}", refused.text());
    }
    // What is referred to stays.
    allow(
        &house,
        json!({ "defaultApplicationRef": { "id": "portal" } }),
    )
    .await;
    for needed in [&*format!("{path}/portal"), "/oauth/clients/shop"] {
        assert_eq!(administration.delete(needed).await.status, 422, "{needed}");
    }
    allow(&house, json!({})).await;
    let gone = administration.delete(&format!("{path}/portal")).await;
    let _ = gone.expect_status(204);
    let _ = administration
        .delete("/oauth/clients/shop")
        .await
        .expect_status(204);
}

#[tokio::test]
async fn the_name_of_the_state_header_is_one_of_its_own() {
    let house = House::open().await;
    let administration = house.administration();
    let path = "/configStore/authn-api-cookieless-configuration/stateHeaderName";
    for (name, status) in [
        ("X-State", 200),
        ("Cookie", 422),
        ("X State", 422),
        ("", 422),
    ] {
        let setting = json!({ "id": "stateHeaderName", "type": "STRING", "stringValue": name });
        let set = administration.put(path, &setting).await;
        assert_eq!(set.status, status, "{name}: {}", set.text());
    }
}
