//! Answers about a person and about tokens that are tokens themselves (OpenID Connect Core §5.3.2,
//! RFC 9701).

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy, decrypt_compact};
use jose::jwk::{Curve, Jwk, JwkSet, NewKey};
use jose::jws::{Algorithm, VerifyingKeys, verify_compact};
use jose::jwt::decrypt_nested;
use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply, Tokens};

const INTROSPECTION: &str = "application/token-introspection+jwt";

/// A key of the client's, and its settings with the public half.
fn key() -> (Jwk, Value) {
    let key = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let key = key.with_kid("enc");
    let jwks = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    (key, json!({ "jwks": jwks }))
}

fn private(key: &Jwk) -> DecryptionKeys {
    let set = JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, *key.to_private_json()));
    DecryptionKeys::new(&set.unwrap())
}

fn policy() -> Policy<'static> {
    Policy::new(&[KeyManagement::EcdhEs], ContentEncryption::ALL)
}

async fn setting(fields: Value) -> (House, RelyingParty, Tokens) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request().with("scope", "openid email");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    (house, shop, tokens)
}

/// The claims of a token that the server has signed by this algorithm, and its type.
async fn verified(house: &House, token: &str, algorithm: Algorithm) -> (Value, String) {
    let keys = VerifyingKeys::new(&house.jwks().await);
    let policy = jose::jws::Policy::new(std::slice::from_ref(&algorithm));
    let verified = verify_compact(token, &keys, &policy).unwrap();
    let typ = verified.header().typ().unwrap().to_owned();
    (Value::Object(verified.claims().unwrap().into_map()), typ)
}

async fn introspected(house: &House, client: &RelyingParty, token: &str) -> Reply {
    let url = house.at("/as/introspect.oauth2");
    let request = house.http.request(Method::POST, url);
    let request = match &client.secret {
        Some(secret) => request.basic(&client.id, secret).form(&[("token", token)]),
        None => request.form(&[("token", token), ("client_id", &client.id)]),
    };
    request.header("accept", INTROSPECTION).send().await
}

/// Settings: `UserInfo` Response Signing Algorithm
#[tokio::test]
async fn oidc_core_5_3_2_what_is_told_about_a_person_is_signed_as_the_client_wants() {
    let algorithm = json!({ "userInfoResponseSigningAlgorithm": "ES384" });
    let (house, shop, tokens) = setting(json!({ "oidcPolicy": algorithm })).await;
    let reply = shop.userinfo(&tokens.access_token).await.expect_status(200);
    assert_eq!(reply.header("content-type"), Some("application/jwt"));
    let (claims, typ) = verified(&house, &reply.text(), Algorithm::Es384).await;
    assert_eq!(typ, "JWT");
    let expected = json!({
        "iss": house.issuer,
        "aud": "shop",
        "sub": tokens.id_claims["sub"],
        "email": "alice@example.com",
        "email_verified": true,
    });
    assert_eq!(claims, expected);
    // It is no ID token, whoever hands it back.
    let request = shop.request().with("id_token_hint", &reply.text());
    let refused = house.browser().get(&request.url()).await;
    assert!(!refused.text().contains("alice"));
    // A secret signs as well, and none is nothing.
    for (algorithm, media_type) in [
        ("HS256", "application/jwt"),
        ("NONE", "application/json;charset=utf-8"),
    ] {
        let fields = json!({ "oidcPolicy": { "userInfoResponseSigningAlgorithm": algorithm } });
        house.change_client("shop", fields).await;
        let reply = shop.userinfo(&tokens.access_token).await.expect_status(200);
        assert_eq!(reply.header("content-type"), Some(media_type));
    }
}

/// Settings: `UserInfo` Response Key Management Encryption Algorithm; `UserInfo` Response Content
/// Encryption Algorithm
#[tokio::test]
async fn oidc_core_5_3_2_what_is_told_about_a_person_is_encrypted_as_the_client_wants() {
    let (key, keys) = key();
    let fields = json!({ "jwksSettings": keys, "oidcPolicy": {
        "userInfoResponseEncryptionAlgorithm": "ECDH_ES",
        "userInfoResponseContentEncryptionAlgorithm": "AES_256_GCM",
    } });
    let (house, shop, tokens) = setting(fields).await;
    // "The response MAY be encrypted without also being signed."
    let reply = shop.userinfo(&tokens.access_token).await.expect_status(200);
    assert_eq!(reply.header("content-type"), Some("application/jwt"));
    let opened = decrypt_compact(&reply.text(), &private(&key), &policy()).unwrap();
    let claims: Value = serde_json::from_slice(opened.plaintext()).unwrap();
    assert_eq!(claims["email"], "alice@example.com");
    // "If both signing and encryption are requested, the response MUST be signed then encrypted".
    let signed = json!({ "oidcPolicy": { "userInfoResponseSigningAlgorithm": "RS256" } });
    house.change_client("shop", signed).await;
    let reply = shop.userinfo(&tokens.access_token).await.expect_status(200);
    let signed = decrypt_nested(&reply.text(), &private(&key), &policy()).unwrap();
    let (claims, _) = verified(&house, &signed, Algorithm::Rs256).await;
    assert_eq!(claims["aud"], "shop");
    // Nothing goes out that others could read, once the key does not fit.
    let other = json!({ "oidcPolicy": { "userInfoResponseEncryptionAlgorithm": "RSA_OAEP_256" } });
    house.change_client("shop", other).await;
    let refused = shop.userinfo(&tokens.access_token).await.expect_status(400);
    assert_eq!(refused.json()["error"], "invalid_request");
}

/// Settings: Token Introspection Signing Algorithm
#[tokio::test]
async fn rfc9701_5_an_answer_about_a_token_is_signed_for_who_wants_that() {
    let (house, shop, tokens) = setting(json!({})).await;
    let reply = introspected(&house, &shop, &tokens.access_token).await;
    let reply = reply.expect_status(200);
    assert_eq!(reply.header("content-type"), Some(INTROSPECTION));
    let (claims, typ) = verified(&house, &reply.text(), Algorithm::Rs256).await;
    assert_eq!(typ, "token-introspection+jwt");
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["aud", "iat", "iss", "token_introspection"]);
    assert_eq!(claims["iss"], house.issuer);
    assert_eq!(claims["aud"], "shop");
    assert_eq!(claims["iat"], house.now().seconds());
    assert_eq!(claims["token_introspection"]["active"], true);
    assert_eq!(claims["token_introspection"]["scope"], "email openid");
    let algorithm = json!({ "tokenIntrospectionSigningAlgorithm": "ES256" });
    house.change_client("shop", algorithm).await;
    let reply = introspected(&house, &shop, "nonsense").await;
    let (claims, _) = verified(&house, &reply.text(), Algorithm::Es256).await;
    assert_eq!(claims["token_introspection"], json!({ "active": false }));
}

#[tokio::test]
async fn rfc9701_5_nobody_who_proves_nothing_gets_a_signed_answer() {
    let fields = json!({
        "clientAuth": { "type": "NONE", "secret": null },
        "requireProofKeyForCodeExchange": true,
    });
    let (house, shop, tokens) = setting(fields).await;
    let refused = introspected(&house, &shop, &tokens.access_token).await;
    let refused = refused.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_request");
    let plain = shop.introspect(&tokens.access_token).await;
    assert_eq!(plain.expect_status(200).json()["active"], true);
}

/// Settings: Token Introspection Key Management Encryption Algorithm; Token Introspection Content
/// Encryption Algorithm
#[tokio::test]
async fn rfc9701_6_an_answer_about_a_token_is_encrypted_as_the_client_wants() {
    let (key, keys) = key();
    let fields = json!({
        "jwksSettings": keys,
        "tokenIntrospectionEncryptionAlgorithm": "ECDH_ES",
        "tokenIntrospectionContentEncryptionAlgorithm": "AES_128_GCM",
    });
    let (house, shop, tokens) = setting(fields).await;
    let reply = introspected(&house, &shop, &tokens.access_token).await;
    let reply = reply.expect_status(200);
    let text = reply.text();
    let header = text.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(
        (&header["enc"], &header["cty"]),
        (&json!("A128GCM"), &json!("JWT"))
    );
    let signed = decrypt_nested(&reply.text(), &private(&key), &policy()).unwrap();
    let (claims, _) = verified(&house, &signed, Algorithm::Rs256).await;
    assert_eq!(claims["token_introspection"]["active"], true);
}

#[tokio::test]
async fn oidc_core_3_1_2_1_an_id_token_may_come_back_encrypted_to_the_server() {
    use jose::jwe::EncryptionKey;
    use jose::jwt::encrypt_nested;
    let (house, shop, tokens) = setting(json!({})).await;
    let published = house.jwks().await;
    let key = |jwk| EncryptionKey::new(jwk, KeyManagement::EcdhEs, ContentEncryption::A256Gcm).ok();
    let key = published.keys().iter().find_map(key).unwrap();
    let random = domain::port::fixed::CountingRandom::default();
    let random: &dyn domain::port::Random = &random;
    let hint = encrypt_nested(&key, tokens.id(), &random).unwrap();
    let mut browser = house.browser();
    let request = shop.request().with("prompt", "none");
    let bob = house.add_person("bob").await;
    let _ = browser.sign_on(&shop.request(), &bob).await;
    // It is understood: another person than the one whom it names has signed on.
    let reply = browser
        .get(&request.with("id_token_hint", &hint).url())
        .await;
    assert_eq!(testkit::Answer::of(&reply).error(), "login_required");
}
