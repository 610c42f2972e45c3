//! `/v1/environments/{environment}/users/{user}/pairingKeys`, and devices of the type `MOBILE`.

use http::Method;
use serde_json::{Value, json};
use testkit::{Environment, House, Reply};

use super::device::{Desk, house, mistake, mistakes, path};
use super::management::Management;

/// Has an authenticator claim a pairing key, as docs/authenticator.md has it.
async fn claim(house: &House, env: &Environment<'_>, key: &str) -> Reply {
    let own = testkit::Dpop::new(house);
    let jwk = Value::Object(own.key().jwk().to_public_value().unwrap());
    let header = jose::Header::new().with_typ("pairing+jwt").with("jwk", jwk);
    let now = house.now().seconds();
    let claims = json!({ "aud": env.issuer, "iat": now, "pairing": key });
    let proof = jose::jws::sign_compact(own.key(), header, claims.to_string().as_bytes()).unwrap();
    let base = env.issuer.strip_suffix("/as").unwrap();
    let url = format!("{base}/authenticator/devices");
    let request = house.http.request(Method::POST, url);
    request.json(&json!({ "proof": proof })).send().await
}

#[tokio::test]
async fn pingone_1_8_a_mobile_device_is_paired_by_the_key_that_it_is_answered_with() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let begun = desk
        .add(json!({ "type": "MOBILE", "nickname": "Phone" }))
        .await;
    assert_eq!(begun["status"], "ACTIVATION_REQUIRED");
    let key = begun["pairingKey"].as_str().unwrap();
    let link = begun["pairingUri"].as_str().unwrap();
    assert!(
        link.contains(env.id.to_string().as_str()) && link.ends_with(key),
        "{link}"
    );
    // It is told this once.
    let listed = desk.get(&path(&begun)).await;
    assert_eq!(listed.get("pairingKey"), None);
    let claimed = claim(&house, &env, key).await;
    let _ = claimed.expect_status(201);
    let device = desk.get(&path(&begun)).await;
    assert_eq!(
        (&device["status"], &device["type"]),
        (&json!("ACTIVE"), &json!("MOBILE"))
    );
    let again = claim(&house, &env, key).await.expect_status(403);
    assert_eq!(again.json()["error"], "invalid_pairing_key");
}

#[tokio::test]
async fn pingone_1_8_pairing_keys_are_made_claimed_and_taken_back() {
    let house = house().await;
    let [env, other] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let make = async || {
        let applications = json!({ "applications": [{ "id": env.id.to_string() }] });
        let made = desk
            .post("/pairingKeys", "application/json", applications)
            .await;
        made.expect_status(201).json()
    };
    let at = |key: &Value| format!("/pairingKeys/{}", key["id"].as_str().unwrap());
    let first = make().await;
    assert_eq!(first["status"], "UNCLAIMED");
    let listed = desk.get("/pairingKeys").await;
    assert_eq!(listed["_embedded"]["pairingKeys"][0]["id"], first["id"]);
    assert!(!listed.to_string().contains(first["code"].as_str().unwrap()));
    // The one before opens nothing any more, and none opens anything elsewhere.
    let second = make().await;
    for (env, key) in [(&env, &first), (&other, &second)] {
        let refused = claim(&house, env, key["code"].as_str().unwrap()).await;
        let _ = refused.expect_status(403);
    }
    let deleted = desk.send(Method::DELETE, &at(&second), None).await;
    let _ = deleted.expect_status(204);
    let refused = claim(&house, &env, second["code"].as_str().unwrap()).await;
    let _ = refused.expect_status(403);
    let third = make().await;
    let claimed = claim(&house, &env, third["code"].as_str().unwrap()).await;
    let _ = claimed.expect_status(201);
    // It is noted who has given it, then and when it was claimed.
    let invited = env.last_event("device.invited").await;
    assert_eq!(invited["actor"]["type"], "administrator", "{invited}");
    let enrolled = env.last_event("device.enrolled").await;
    assert_eq!(enrolled["actor"]["name"], "alice");
    assert_eq!(enrolled["detail"]["inviter"], invited["actor"]);
    let [invited, enrolled] = [&invited, &enrolled].map(|it| &it["detail"]["after"]["id"]);
    assert_eq!(invited, enrolled);
    assert_eq!(desk.get(&at(&third)).await["status"], "CLAIMED");
    // What was claimed is a device, and goes as one.
    let kept = desk.send(Method::DELETE, &at(&third), None).await;
    let _ = kept.expect_status(404);
    let stranger = env.add_person("bob").await;
    let theirs = Desk::of(&house, &env, &stranger);
    let none = theirs.send(Method::GET, &at(&third), None).await;
    let _ = none.expect_status(404);
    let odd = json!({ "colour": "green" });
    let odd = desk.post("/pairingKeys", "application/json", odd).await;
    assert_eq!(mistakes(odd), mistake("INVALID_VALUE", "colour"));
}

#[tokio::test]
async fn pingone_1_8_a_policy_says_for_how_long_a_pairing_key_is_good() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let minutes = json!({ "duration": 2, "timeUnit": "MINUTES" });
    let mobile = json!({ "enabled": true, "pairingKeyLifetime": minutes });
    let policy = json!({ "name": "Devices", "default": true, "mobile": mobile });
    let path = format!("/environments/{}/deviceAuthenticationPolicies", env.id);
    let made = Management(&house).send(Method::POST, &path, &policy).await;
    let made = made.expect_status(201).json();
    assert_eq!(made["mobile"], policy["mobile"]);
    assert_eq!(made.get("push"), None);
    let desk = Desk::of(&house, &env, &alice);
    for (minutes, status) in [(1, 201), (2, 403)] {
        let made = desk
            .post("/pairingKeys", "application/json", json!({}))
            .await;
        let made = made.expect_status(201).json();
        house.advance(std::time::Duration::from_mins(minutes));
        let claimed = claim(&house, &env, made["code"].as_str().unwrap()).await;
        assert_eq!(claimed.status, status, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn pingone_1_8_a_pairing_key_is_good_for_a_while() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let made = desk
        .post("/pairingKeys", "application/json", json!({}))
        .await;
    let made = made.expect_status(201).json();
    house.advance(std::time::Duration::from_mins(11));
    let late = claim(&house, &env, made["code"].as_str().unwrap()).await;
    let _ = late.expect_status(403);
}
