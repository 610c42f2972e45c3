//! Passkeys and security keys.

use authn::factor::webauthn::RelyingParty;
use authn::flow::{Rule, Verdict, WebAuthnPolicy};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::House;
use testkit::soft_authenticator::SoftAuthenticator;

use super::client::Client;

const ORIGIN: &str = "http://localhost:9031";

async fn house() -> House {
    House::open_with(|settings| {
        let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
    })
    .await
}

/// What a page makes of `publicKeyCredentialOptions`: bytes of lists of numbers.
fn options(answer: &Value) -> Value {
    fn bytes(value: Value) -> Value {
        match value {
            Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_u64) => {
                let bytes: Vec<u8> = serde_json::from_value(Value::Array(list)).unwrap();
                BASE64URL_NOPAD.encode(&bytes).into()
            }
            Value::Array(list) => list.into_iter().map(bytes).collect(),
            Value::Object(members) => {
                let members = members.into_iter();
                members.map(|(name, value)| (name, bytes(value))).collect()
            }
            value => value,
        }
    }
    let text = answer["publicKeyCredentialOptions"].as_str().unwrap();
    bytes(serde_json::from_str(text).unwrap())
}

async fn pair(client: &Client<'_>, kind: &str, key: &mut SoftAuthenticator) -> Value {
    let body = json!({
        "rpId": "localhost", "rpName": "The Shop", "userName": "jdoe", "webauthnType": kind,
        "name": "Key", "displayName": "John at the shop",
    });
    let started = client.done("webauthnstartpairing", body).await;
    let options = options(&started);
    assert_eq!(options["user"]["displayName"], "John at the shop");
    let finish = |made: Value| {
        json!({
            "rpId": "localhost", "sessionId": started["sessionId"], "userName": "jdoe",
            "origin": ORIGIN, "publicKeyCredentialJson": made.to_string(),
        })
    };
    let operation = "WebAuthnFinishPairing";
    client
        .call(operation, finish(json!({ "id": "x" })))
        .await
        .expect(400);
    client.done(operation, finish(key.create(&options))).await;
    started
}

#[tokio::test]
async fn a_security_key_is_paired_and_proves_who_somebody_is() {
    let house = house().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let mut key = SoftAuthenticator::at(ORIGIN);
    key.attachment = Some("cross-platform");
    key.transports = &["nfc", "usb"];
    let paired = pair(&client, "WebAuthn", &mut key).await;
    let device = client.details("jdoe").await["deviceDetails"].clone();
    assert_eq!(device["deviceId"], paired["deviceId"]);
    assert_eq!(device["nickname"], "Key");
    assert_eq!(device["type"], "Security Key");
    assert_eq!(device["displayID"], "WebAuthn");
    let start = json!({ "userName": "jdoe", "spAlias": "web" });
    let started = client
        .call("startauthentication", start.clone())
        .await
        .expect(30_011);
    let body = json!({
        "rpId": "localhost", "userName": "jdoe", "deviceUuid": device["deviceUuid"],
        "webauthnType": "WebAuthn",
    });
    let asked = client.done("webauthnstartauth", body).await;
    let signed = key.sign(&options(&asked)).to_string();
    let offline = |otp: &str| {
        json!({
            "spAlias": "web", "userName": "jdoe", "otp": otp, "sessionId": started["sessionId"],
            "formParameters": {
                "origin": ORIGIN, "rpId": "localhost", "authWebauthnSessionId": asked["sessionId"],
            },
        })
    };
    client.call("authoffline", offline("{}")).await.expect(400);
    client.done("authoffline", offline(&signed)).await;
    assert_eq!(
        house.last_event("pingid.authenticated").await["detail"]["factor"],
        "webauthn"
    );
    client
        .call("authoffline", offline(&signed))
        .await
        .expect(400);
    // A browser that knows no passkeys has no use for one.
    let mut without = start;
    without["formParameters"] = json!({ "isWebAuthnSupportedByBrowser": "false" });
    client
        .call("startauthentication", without.clone())
        .await
        .expect(20_570);
    client.pair_phone("jdoe", "13035551234").await;
    client
        .call("startauthentication", without)
        .await
        .expect(30_001);
}

#[tokio::test]
async fn a_key_is_what_its_pairing_has_asked_for() {
    let house = house().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    for (wanted, attachment, told, id) in [
        ("WebAuthn", None, "Security Key", 30_011),
        ("WebAuthn", Some("cross-platform"), "Security Key", 30_011),
        ("webauthn_platform", None, "FIDO2 Biometrics", 30_013),
        (
            "webauthn_platform",
            Some("platform"),
            "FIDO2 Biometrics",
            30_013,
        ),
        // The browser has let its person take a key.
        (
            "webauthn_platform",
            Some("cross-platform"),
            "Security Key",
            30_011,
        ),
    ] {
        let mut key = SoftAuthenticator::at(ORIGIN);
        key.attachment = attachment;
        pair(&client, wanted, &mut key).await;
        let device = client.details("jdoe").await["deviceDetails"].clone();
        assert_eq!(device["type"], told, "{wanted} {attachment:?}");
        let start = json!({ "userName": "jdoe", "spAlias": "web" });
        let started = client.call("startauthentication", start).await;
        started.expect(id);
        let unpair = json!({ "userName": "jdoe", "deviceId": device["deviceId"] });
        client.done("unpairdevice", unpair).await;
    }
}

#[tokio::test]
async fn where_policy_decides_about_a_passkey_nobody_is_told() {
    let rule = Rule {
        clients: vec![domain::ClientId::new("vault")],
        ..Rule::always(Verdict::Deny)
    };
    let house = House::open_with(|settings| {
        let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
        settings.policy.rules = vec![rule];
    })
    .await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let mut key = SoftAuthenticator::at(ORIGIN);
    pair(&client, "webauthn_platform", &mut key).await;
    for (application, id) in [("vault", 30_014), ("wiki", 200)] {
        let body = json!({
            "rpId": "localhost", "spAlias": "web", "application": application,
            "enforcePolicy": true,
        });
        let asked = client.done("startwebauthnpasswordlessauth", body).await;
        let signed = key.sign(&options(&asked)).to_string();
        let body = json!({ "sessionId": asked["sessionId"], "publicKeyCredentialJson": signed });
        let finished = client.call("finishwebauthnpasswordlessauth", body).await;
        let finished = finished.expect(id);
        assert_eq!(finished["userName"].is_string(), id == 200, "{finished}");
    }
}

#[tokio::test]
async fn a_passkey_says_who_somebody_is() {
    let house = house().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let mut key = SoftAuthenticator::at(ORIGIN);
    pair(&client, "webauthn_platform", &mut key).await;
    let body = json!({ "rpId": "localhost", "origin": ORIGIN, "spAlias": "web" });
    let asked = client
        .done("startwebauthnpasswordlessauth", body.clone())
        .await;
    let asked_options = options(&asked);
    assert_eq!(asked_options["allowCredentials"], json!([]));
    let finish = |session: &Value, signed: &Value| json!({ "sessionId": session, "publicKeyCredentialJson": signed.to_string() });
    let operation = "finishwebauthnpasswordlessauth";
    let signed = key.sign(&asked_options);
    let other = client.done("startwebauthnpasswordlessauth", body).await;
    client
        .call(operation, finish(&other["sessionId"], &signed))
        .await
        .expect(10_551);
    let proven = client
        .done(operation, finish(&asked["sessionId"], &signed))
        .await;
    assert_eq!(proven["userName"], "jdoe");
    client
        .call(operation, finish(&asked["sessionId"], &signed))
        .await
        .expect(400);
    let event = house.last_event("pingid.authenticated").await;
    assert_eq!(event["detail"]["username"], "jdoe");
}

#[tokio::test]
async fn another_relying_party_has_no_keys_here() {
    let house = house().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    for operation in [
        "webauthnstartpairing",
        "webauthnstartauth",
        "startwebauthnpasswordlessauth",
    ] {
        let body = json!({ "rpId": "evil.example", "userName": "jdoe" });
        client.call(operation, body).await.expect(400);
    }
    let none = json!({ "rpId": "localhost", "userName": "jdoe", "deviceUuid": "x" });
    client.call("webauthnstartauth", none).await.expect(400);
    let without = House::open().await;
    let client = Client::of(&without).await;
    client.add("jdoe").await;
    let body = json!({ "rpId": "localhost", "userName": "jdoe" });
    client.call("webauthnstartpairing", body).await.expect(400);
}
