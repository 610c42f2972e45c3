//! Secrets that were replaced and still serve for a while.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Administration, House};

const PATH: &str = "/oauth/clients/shop/clientAuth/clientSecret";

/// The expiry times of the secrets that still serve.
async fn retained(administration: &Administration) -> Vec<Value> {
    let secret = administration.get(PATH).await.expect_status(200).json();
    let retained = secret["secondarySecrets"].as_array().unwrap().iter();
    let expiry = retained.map(|it| {
        assert!(it["encryptedSecret"].is_string() && it.get("secret").is_none());
        it["expiryTime"].clone()
    });
    expiry.collect()
}

async fn replace(administration: &Administration, secret: &str) {
    let body = json!({ "secret": secret });
    let _ = administration.put(PATH, &body).await.expect_status(200);
}

/// Setting: Client Secret Retention Period
#[tokio::test]
async fn a_replaced_secret_is_kept_for_the_servers_period() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    replace(&administration, "the second, of which nothing is kept").await;
    assert_eq!(retained(&administration).await, [json!(null); 0]);

    house
        .set(json!({ "clientSecretRetentionPeriod": 60 }))
        .await;
    replace(&administration, "the third").await;
    let first = house.now() + Duration::from_mins(60);
    assert_eq!(retained(&administration).await, [json!(first.to_string())]);
    house.advance(Duration::from_mins(20));
    replace(&administration, "the fourth").await;
    let second = house.now() + Duration::from_mins(60);
    let both = [json!(second.to_string()), json!(first.to_string())];
    assert_eq!(retained(&administration).await, both, "the newest first");

    // What is written back unchanged stays; what has expired goes.
    house.advance(Duration::from_mins(40));
    let client = administration.get("/oauth/clients/shop").await.json();
    let written = administration.put("/oauth/clients/shop", &client).await;
    let written = written.expect_status(200).json();
    let secrets = written["clientAuth"]["secondarySecrets"]
        .as_array()
        .unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(retained(&administration).await, both[..1]);
    let changed = house.now() - Duration::from_mins(40);
    assert_eq!(written["clientSecretChangedTime"], changed.to_string());
}

#[tokio::test]
async fn expired_secrets_are_not_shown() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    house.set(json!({ "clientSecretRetentionPeriod": 1 })).await;
    replace(&administration, "the second").await;
    assert_eq!(retained(&administration).await.len(), 1);
    house.advance(Duration::from_mins(1));
    assert_eq!(retained(&administration).await.len(), 0);
    let client = administration.get("/oauth/clients/shop").await.json();
    assert_eq!(client["clientAuth"]["secondarySecrets"], json!([]));
}

/// Setting: Client Secret Retention Period
#[tokio::test]
async fn the_clients_own_period_comes_before_the_servers() {
    let house = House::open().await;
    let own = json!({
        "clientSecretRetentionPeriodType": "OVERRIDE_SERVER_DEFAULT",
        "clientSecretRetentionPeriod": 43_800,
    });
    house.add_client_with("shop", own).await;
    let administration = house.administration();
    replace(&administration, "the second").await;
    let month = house.now() + Duration::from_mins(43_800);
    assert_eq!(retained(&administration).await, [json!(month.to_string())]);
    // None at all, although the server has one.
    house
        .set(json!({ "clientSecretRetentionPeriod": 60 }))
        .await;
    let none =
        json!({ "clientSecretRetentionPeriod": 0, "clientAuth": { "secondarySecrets": [] } });
    house.change_client("shop", none).await;
    replace(&administration, "the third").await;
    assert_eq!(retained(&administration).await.len(), 0);
}

#[tokio::test]
async fn a_replaced_client_keeps_the_secret_before_too() {
    let house = House::open().await;
    house.add_client("shop").await;
    house
        .set(json!({ "clientSecretRetentionPeriod": 60 }))
        .await;
    let administration = house.administration();
    let client = json!({
        "name": "Shop",
        "redirectUris": ["https://shop.example/callback"],
        "grantTypes": ["AUTHORIZATION_CODE"],
        "clientAuth": { "type": "SECRET", "secret": "the second" },
    });
    let put = async |client: &Value| {
        let put = administration.put("/oauth/clients/shop", client).await;
        put.expect_status(200).json()
    };
    assert_eq!(
        put(&client).await["clientAuth"]["secondarySecrets"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Left out, they stay; an empty list ends them; without a secret there is none before it.
    assert_eq!(
        put(&client).await["clientAuth"]["secondarySecrets"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let mut ended = client.clone();
    ended["clientAuth"]["secondarySecrets"] = json!([]);
    assert_eq!(
        put(&ended).await["clientAuth"]["secondarySecrets"],
        json!([])
    );
    let mut third = client.clone();
    third["clientAuth"]["secret"] = json!("the third");
    assert_eq!(
        put(&third).await["clientAuth"]["secondarySecrets"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let mut public = client;
    public["clientAuth"] = json!({ "type": "NONE" });
    let public = put(&public).await;
    assert_eq!(public["clientAuth"]["secondarySecrets"], json!([]));
    assert_eq!(public.get("clientSecretChangedTime"), None);
}

#[tokio::test]
async fn secondary_secrets_are_taken_as_they_are_given() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    let expiry = (house.now() + Duration::from_mins(5)).to_string();
    let past = (house.now() - Duration::from_mins(5)).to_string();
    let given = json!({
        "secret": "the current",
        "secondarySecrets": [
            { "secret": "the one before", "expiryTime": expiry },
            { "secret": "long gone", "expiryTime": past },
            { "secret": "the current", "expiryTime": expiry },
        ],
    });
    let shown = administration
        .put(PATH, &given)
        .await
        .expect_status(200)
        .json();
    assert_eq!(retained(&administration).await, [json!(expiry)]);
    let sealed = shown["secondarySecrets"][0]["encryptedSecret"].clone();
    let back = json!({
        "encryptedSecret": shown["encryptedSecret"],
        "secondarySecrets": [{ "encryptedSecret": sealed, "expiryTime": expiry }],
    });
    let _ = administration.put(PATH, &back).await.expect_status(200);
    assert_eq!(retained(&administration).await, [json!(expiry)]);

    let one = json!({ "secret": "x", "expiryTime": expiry });
    let late = (house.now() + Duration::from_mins(43_801)).to_string();
    for (secondary, path) in [
        (
            json!([{ "expiryTime": expiry }]),
            "secondarySecrets[0].secret",
        ),
        (json!([{ "secret": "x" }]), "secondarySecrets[0].expiryTime"),
        (
            json!([one, { "secret": "y", "expiryTime": late }]),
            "secondarySecrets[1].expiryTime",
        ),
    ] {
        let body = json!({ "secret": "a secret", "secondarySecrets": secondary });
        let refused = administration.put(PATH, &body).await.expect_status(422);
        let errors = refused.json()["validationErrors"].clone();
        assert_eq!(errors[0]["fieldPath"], path, "{errors}");
    }
    let many: Vec<Value> = (0..11)
        .map(|n| json!({ "secret": format!("x{n}"), "expiryTime": expiry }))
        .collect();
    let body = json!({ "secret": "a secret", "secondarySecrets": many });
    let refused = administration.put(PATH, &body).await.expect_status(422);
    assert_eq!(
        refused.json()["validationErrors"][0]["fieldPath"],
        "secondarySecrets"
    );
}
