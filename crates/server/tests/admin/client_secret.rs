//! Clients' secrets: written in clear, read sealed.

use std::time::Duration;

use serde_json::json;
use testkit::House;

const PATH: &str = "/oauth/clients/shop/clientAuth/clientSecret";

#[tokio::test]
async fn pingfederate_1_2_a_secret_is_never_seen_again() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let secret = shop.secret.clone().unwrap();
    let administration = house.administration();
    let mut sealed = Vec::new();
    for path in [
        "/oauth/clients/shop",
        "/oauth/clients",
        PATH,
        "/oauth/clients/shop",
    ] {
        let text = administration.get(path).await.expect_status(200).text();
        assert!(!text.contains(&secret), "{path}");
        assert!(!text.contains("\"secret\""), "{path}");
        let (_, rest) = text.split_once("\"encryptedSecret\":\"").unwrap();
        sealed.push(rest.split_once('"').unwrap().0.to_owned());
    }
    for text in &sealed {
        assert!(text.starts_with("OBF:JWE:ey"));
        assert_eq!(text.matches('.').count(), 4, "a compact JWE");
    }
    sealed.sort();
    sealed.dedup();
    assert_eq!(sealed.len(), 4, "different at each reading");
}

/// Setting: Change Secret
#[tokio::test]
async fn pingfederate_1_2_a_sealed_secret_is_accepted_back_also_for_another_client() {
    let house = House::open().await;
    let mut shop = house.add_client("shop").await;
    let administration = house.administration();
    let read = administration.get(PATH).await.expect_status(200).json();
    assert_eq!(read["secondarySecrets"], json!([]));
    house.advance(Duration::from_mins(1));
    let before = administration.get("/oauth/clients/shop").await.json();
    let written = administration
        .put(PATH, &read)
        .await
        .expect_status(200)
        .json();
    assert!(written["encryptedSecret"].is_string());
    let after = administration.get("/oauth/clients/shop").await.json();
    assert_eq!(
        before["clientSecretChangedTime"],
        after["clientSecretChangedTime"]
    );
    let _ = shop.introspect("x").await.expect_status(200);

    let changed = administration
        .put(PATH, &json!({ "secret": "an entirely new secret" }))
        .await;
    assert!(!changed.expect_status(200).text().contains("entirely"));
    let after = administration.get("/oauth/clients/shop").await.json();
    assert_eq!(after["clientSecretChangedTime"], house.now().to_string());
    shop.secret = Some("an entirely new secret".to_owned());
    let _ = shop.introspect("x").await.expect_status(200);
    let _ = administration.put(PATH, &read).await.expect_status(200);
    assert_eq!(shop.introspect("x").await.status, 401, "the first is back");
}

#[tokio::test]
async fn what_is_refused_of_a_secret() {
    let house = House::open().await;
    house.add_client("shop").await;
    house
        .add_client_with("app", json!({ "clientAuth": null }))
        .await;
    let administration = house.administration();
    for (body, field) in [
        (json!({}), "secret"),
        (json!({ "secret": "" }), "secret"),
        (json!({ "secret": "a\u{0}b" }), "secret"),
        (json!({ "secret": "a", "encryptedSecret": "b" }), "secret"),
        (
            json!({ "encryptedSecret": "OBF:JWE:nonsense" }),
            "encryptedSecret",
        ),
        (json!({ "encryptedSecret": "nonsense" }), "encryptedSecret"),
        (json!({ "secret": "x".repeat(600) }), "secret"),
    ] {
        let reply = administration.put(PATH, &body).await;
        let errors = reply.expect_status(422).json()["validationErrors"].clone();
        assert_eq!(errors[0]["fieldPath"], field, "{body}");
    }
    let _ = administration
        .put(PATH, &json!({ "colour": 1 }))
        .await
        .expect_status(400);
    let app = "/oauth/clients/app/clientAuth/clientSecret";
    let _ = administration.get(app).await.expect_status(404);
    let _ = administration
        .put(app, &json!({ "secret": "a secret" }))
        .await
        .expect_status(422);
    let nobody = "/oauth/clients/nobody/clientAuth/clientSecret";
    let _ = administration.get(nobody).await.expect_status(404);
    let _ = administration
        .put(nobody, &json!({ "secret": "a secret" }))
        .await
        .expect_status(404);
}
