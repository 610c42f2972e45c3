//! ID tokens that only their client can read.

use data_encoding::BASE64URL_NOPAD;
use jose::digest::sha256;
use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy};
use jose::jwk::{Curve, Jwk, JwkSet, NewKey};
use jose::jwt::decrypt_nested;
use serde_json::{Value, json};
use testkit::{Answer, House};

/// A part of a token: its header is the first, its claims are the second.
fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn opened(token: &str, key: &str, algorithms: &[KeyManagement]) -> String {
    let set = JwkSet::parse(format!(r#"{{"keys":[{key}]}}"#)).unwrap();
    let policy = Policy::new(algorithms, ContentEncryption::ALL);
    decrypt_nested(token, &DecryptionKeys::new(&set), &policy).unwrap()
}

fn client(jwks: Option<&str>, algorithm: &str, content: &str) -> Value {
    let mut fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT", "REFRESH_TOKEN"],
        "bypassApprovalPage": true,
        "oidcPolicy": {
            "idTokenEncryptionAlgorithm": algorithm,
            "idTokenContentEncryptionAlgorithm": content,
        },
    });
    if let Some(jwks) = jwks {
        fields["jwksSettings"] = json!({ "jwks": jwks });
    }
    fields
}

/// Settings: ID Token Key Management Encryption Algorithm; ID Token Content Encryption Algorithm
#[tokio::test]
async fn oidc_core_2_every_id_token_is_signed_and_then_encrypted_to_the_clients_key() {
    let key = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let key = key.with_kid("enc");
    let jwks = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = client(Some(&jwks), "ECDH_ES_A128KW", "AES_256_GCM");
    let bank = house.add_client_with("bank", fields).await;
    let request = bank.request().with("response_type", "code id_token");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = bank.exchange(&request, answer.code()).await;
    let tokens = tokens.expect_status(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let renewed = bank.refresh(refresh).await.expect_status(200).json();
    for token in [
        answer.value("id_token").unwrap(),
        tokens["id_token"].as_str().unwrap(),
        renewed["id_token"].as_str().unwrap(),
    ] {
        let header = part(token, 0);
        assert_eq!(header["alg"], "ECDH-ES+A128KW");
        assert_eq!(header["enc"], "A256GCM");
        assert_eq!(header["cty"], "JWT");
        assert_eq!(header["kid"], "enc");
        let private = key.to_private_json();
        let signed = opened(token, &private, &[KeyManagement::EcdhEsA128Kw]);
        assert_eq!(part(&signed, 0)["alg"], "RS256");
        assert_eq!(part(&signed, 1)["aud"], "bank");
    }
}

#[tokio::test]
async fn oidc_core_10_2_a_symmetric_key_is_made_of_the_clients_secret() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = client(None, "DIR", "AES_128_GCM");
    let bank = house.add_client_with("bank", fields).await;
    let request = bank.request().with("response_type", "id_token");
    let answer = house.browser().sign_on(&request, &alice).await;
    let secret = sha256(bank.secret.as_deref().unwrap().as_bytes());
    let octets = BASE64URL_NOPAD.encode(&secret[..16]);
    let key = format!(r#"{{"kty":"oct","k":"{octets}"}}"#);
    let token = answer.value("id_token").unwrap();
    let signed = opened(token, &key, &[KeyManagement::Dir]);
    assert_eq!(part(&signed, 1)["aud"], "bank");
}

#[tokio::test]
async fn without_a_key_that_fits_nothing_goes_out_that_others_could_read() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    // The key is for another algorithm than the client's settings name.
    let key = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let jwks = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    let fields = client(Some(&jwks), "RSA_OAEP_256", "AES_128_GCM");
    let bank = house.add_client_with("bank", fields).await;
    let request = bank.request().with("response_type", "code id_token");
    let answer = house.browser().sign_on(&request, &alice).await;
    assert_eq!(answer.error(), "server_error");
    assert!(answer.value("code").is_none());

    let request = bank.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let refused = bank.exchange(&request, answer.code()).await;
    assert_eq!(
        refused.expect_status(400).json()["error"],
        "invalid_request"
    );
    // The code is as good as it was, once there is a key for it.
    let fitting = json!({ "oidcPolicy": { "idTokenEncryptionAlgorithm": "ECDH_ES" } });
    house.change_client("bank", fitting).await;
    let tokens = bank.exchange(&request, answer.code()).await;
    let tokens = tokens.expect_status(200).json();
    assert_eq!(
        part(tokens["id_token"].as_str().unwrap(), 0)["alg"],
        "ECDH-ES"
    );
}

#[tokio::test]
async fn a_response_that_cannot_be_encrypted_is_explained_to_whoever_runs_the_application() {
    let house = House::open().await;
    let key = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let fields = json!({
        "jwksSettings": { "jwks": format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap()) },
        "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm": "RSA_OAEP_256",
        "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm": "AES_128_GCM",
    });
    let bank = house.add_client_with("bank", fields).await;
    let request = bank.request().with("prompt", "none");
    let protected = request.clone().with("response_mode", "jwt");
    let page = house.browser().go(&protected).await.expect_status(400);
    let text = page.text();
    assert!(
        text.contains("the client has no key for RSA-OAEP-256"),
        "{text}"
    );
    // What is not protected needs no key.
    let answer = Answer::of(&house.browser().go(&request).await);
    assert_eq!(answer.error(), "login_required");
}
