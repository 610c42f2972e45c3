//! Signed requests (RFC 9101).

use std::time::Duration;

use domain::port::Random;
use domain::port::fixed::CountingRandom;
use jose::jwe::{ContentEncryption, EncryptionKey, KeyManagement};
use jose::jwk::{Curve, Jwk, NewKey};
use jose::jws::{Algorithm, SigningKey};
use jose::jwt::encrypt_nested;
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest, House, Person, RelyingParty, SignedAssertion};

/// A client that signs its requests, and what belongs to it.
struct Signing {
    house: House,
    alice: Person,
    client: RelyingParty,
    key: SigningKey,
}

impl Signing {
    async fn open() -> Self {
        Self::open_with(json!({})).await
    }

    /// The client has these fields besides.
    async fn open_with(fields: Value) -> Self {
        let house = House::open().await;
        let alice = house.add_person("alice").await;
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let client = add(&house, "signer", &[&key], fields).await;
        Self {
            house,
            alice,
            client,
            key,
        }
    }

    /// What the server answers to a request, be it to the client or, as `None`, to the person.
    async fn error(&self, request: &AuthorizationRequest) -> Option<String> {
        let reply = self.house.browser().go(request).await;
        match reply.status {
            303 => Some(Answer::of(&reply).error().to_owned()),
            status => {
                assert_eq!(status, 400, "{}", reply.text());
                None
            }
        }
    }

    /// Whether a request with these claims is taken.
    async fn takes(&self, object: &str) -> bool {
        let request = self.client.request().carried("request", object);
        // Beside it is what it takes to tell the client.
        let request = request.with("redirect_uri", &self.client.redirect_uri);
        let reply = self.house.browser().go(&request).await;
        match reply.status {
            200 => reply.has_form("sign-on"),
            _ => {
                assert_eq!(Answer::of(&reply).error(), "invalid_request_object");
                false
            }
        }
    }

    fn object(&self) -> SignedAssertion {
        self.client.request_object(&self.client.request())
    }
}

async fn add(house: &House, id: &str, keys: &[&SigningKey], fields: Value) -> RelyingParty {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| Value::Object(key.jwk().to_public_value().unwrap()))
        .collect();
    let mut all = json!({ "jwksSettings": { "jwks": json!({ "keys": keys }).to_string() } });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    house.add_client_with(id, all).await
}

#[tokio::test]
async fn rfc9101_5_1_a_signed_request_is_answered_whether_it_comes_by_get_or_by_post() {
    let it = Signing::open().await;
    let request = it.client.request();
    let signed = request.signed(&it.client, &it.key);
    assert_eq!(signed.form().len(), 2, "client_id and request");
    let answer = it.house.browser().sign_on(&signed, &it.alice).await;
    assert_eq!(answer.value("state"), request.value("state"));
    it.client.redeem(&request, &answer).await;

    let request = it.client.request();
    let signed = request.signed(&it.client, &it.key);
    let mut browser = it.house.browser();
    let page = browser
        .post("/as/authorization.oauth2", &signed.form())
        .await;
    let page = browser.follow(page).await;
    let page = browser.enter_password(&page, &it.alice).await;
    it.client.redeem(&request, &browser.allow(page).await).await;
}

/// Setting: JWKS
#[tokio::test]
async fn rfc9101_4_every_asymmetric_algorithm_can_sign() {
    let house = House::open().await;
    for algorithm in Algorithm::ALL.iter().filter(|it| !it.is_symmetric()) {
        let key = SigningKey::generate(*algorithm).unwrap();
        let id = format!("signer-{}", algorithm.name().to_lowercase());
        let client = add(&house, &id, &[&key], json!({})).await;
        let signed = client.request().signed(&client, &key);
        let page = house.browser().go(&signed).await;
        assert!(page.has_form("sign-on"), "{algorithm}");
    }
}

/// Setting: Request Object Signing Algorithm
#[tokio::test]
async fn pingfederate_one_algorithm_can_be_demanded() {
    let house = House::open().await;
    let [es256, es384] = [Algorithm::Es256, Algorithm::Es384]
        .map(|algorithm| SigningKey::generate(algorithm).unwrap());
    let fields = json!({ "requestObjectSigningAlgorithm": "ES384" });
    let client = add(&house, "signer", &[&es256, &es384], fields).await;
    for (key, taken) in [(&es384, true), (&es256, false)] {
        let signed = client.request().signed(&client, key);
        let page = house.browser().go(&signed).await;
        assert_eq!(page.has_form("sign-on"), taken);
    }
}

#[tokio::test]
async fn rfc9101_6_3_what_is_inside_wins_and_what_is_only_outside_is_ignored() {
    let it = Signing::open().await;
    let request = it.client.request().without("state").without("nonce");
    let mixed = request
        .signed(&it.client, &it.key)
        .with("redirect_uri", "https://evil.example/callback")
        .with("response_type", "nonsense")
        .with("response_mode", "form_post")
        .with("scope", "openid profile email phone nonsense")
        .with("state", "outside")
        .with("nonce", "outside")
        .with("prompt", "none")
        .with("claims", "{")
        .with("code_challenge", "outside");
    let answer = it.house.browser().sign_on(&mixed, &it.alice).await;
    assert_eq!(answer.redirect_uri, it.client.redirect_uri);
    assert_eq!(answer.names(), ["code", "iss"]);
    let tokens = it.client.redeem(&request, &answer).await;
    assert_eq!(tokens.scope.as_deref(), Some("openid"));
    assert_eq!(tokens.id_claims.get("nonce"), None);
}

#[tokio::test]
async fn rfc9101_6_3_the_client_is_the_same_inside_and_outside() {
    let it = Signing::open().await;
    let other = add(&it.house, "other", &[&it.key], json!({})).await;
    // Whoever changes it outside has nobody's signature; the keys may even be the same.
    let request = it.client.request().signed(&it.client, &it.key);
    let swapped = request.clone().with("client_id", &other.id);
    let answer = Answer::of(&it.house.browser().go(&swapped).await);
    assert_eq!(answer.error(), "invalid_request_object");
    assert_eq!(answer.redirect_uri, other.redirect_uri);
    assert_eq!(
        answer.value("state"),
        None,
        "what is inside is not for its eyes"
    );
    for id in [json!("other"), json!(["signer"]), json!(7)] {
        let object = it.object().with("client_id", id);
        assert!(!it.takes(&object.signed(&it.key)).await);
    }
    let nobody = request.without("client_id");
    assert_eq!(it.error(&nobody).await, None);
}

#[tokio::test]
async fn rfc9101_4_a_request_object_for_another_server_or_of_another_client_is_refused() {
    let it = Signing::open().await;
    for (name, value, taken) in [
        ("aud", json!("https://honest.example"), false),
        ("aud", json!(it.house.at("/as/token.oauth2")), false),
        ("aud", Value::Null, false),
        (
            "aud",
            json!([it.house.issuer, "https://honest.example"]),
            true,
        ),
        ("iss", json!("other"), false),
        ("iss", Value::Null, false),
    ] {
        let object = it.object().with(name, value.clone());
        assert_eq!(
            it.takes(&object.signed(&it.key)).await,
            taken,
            "{name} {value}"
        );
    }
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    add(&it.house, "other", &[&stranger], json!({})).await;
    assert!(!it.takes(&it.object().signed(&stranger)).await);
}

#[tokio::test]
async fn rfc9700_4_4_a_client_of_two_servers_is_not_mixed_up() {
    // The same client, with the same key, is registered at an honest and at a dishonest server. What
    // it signs for the one is worth nothing at the other, and each answer says whose it is.
    let (honest, dishonest) = (Signing::open().await, Signing::open().await);
    let jwk = honest.key.jwk().to_public_value().unwrap();
    let keys = json!({ "keys": [jwk] }).to_string();
    let fields = json!({ "jwksSettings": { "jwks": keys } });
    dishonest.house.change_client("signer", fields).await;
    let request = dishonest.client.request();
    let object = dishonest
        .client
        .request_object(&request)
        .signed(&honest.key);
    assert!(dishonest.takes(&object).await);
    assert!(!honest.takes(&object).await);
    let request = honest.client.request().signed(&honest.client, &honest.key);
    let answer = honest
        .house
        .browser()
        .sign_on(&request, &honest.alice)
        .await;
    assert_eq!(answer.value("iss"), Some(honest.house.issuer.as_str()));
}

#[tokio::test]
async fn rfc8725_2_1_neither_unsigned_nor_signed_with_what_is_public() {
    let it = Signing::open().await;
    let claims = it.object();
    let none = data_encoding::BASE64URL_NOPAD.encode(b"{\"alg\":\"none\"}");
    let payload = data_encoding::BASE64URL_NOPAD.encode(claims.claims().to_string().as_bytes());
    assert!(!it.takes(&format!("{none}.{payload}.")).await);
    let public = it.key.jwk().to_public_json().unwrap();
    let secret = it.client.secret.clone().unwrap();
    let pem = data_encoding::BASE64.encode(public.as_bytes());
    for key in [&public, &pem, &secret] {
        assert!(!it.takes(&claims.signed_with_secret(key)).await, "{key}");
    }
    let good = claims.signed(&it.key);
    let (content, signature) = good.rsplit_once('.').unwrap();
    for broken in [
        format!("{content}."),
        content.to_owned(),
        format!("{content}.{}", signature.to_lowercase()),
        format!("{good}.{signature}"),
        "x".to_owned(),
    ] {
        assert!(!it.takes(&broken).await, "{broken}");
    }
    assert!(it.takes(&good).await);
}

#[tokio::test]
async fn rfc9101_10_8_a_token_of_another_kind_is_no_request_object_nor_the_other_way_round() {
    let it = Signing::open_with(json!({
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null },
        "grantTypes": ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"],
    }))
    .await;
    for (typ, taken) in [
        ("oauth-authz-req+jwt", true),
        ("application/oauth-authz-req+jwt", true),
        ("JWT", true),
        ("client-authentication+jwt", false),
        ("dpop+jwt", false),
        ("at+jwt", false),
    ] {
        let object = it.object().signed_as(typ, &it.key);
        assert_eq!(it.takes(&object).await, taken, "{typ}");
    }
    assert!(!it.takes(&it.client.assertion().signed(&it.key)).await);
    let form = [("grant_type", "client_credentials")];
    let typed = it.object().signed_as("oauth-authz-req+jwt", &it.key);
    for object in [it.object().signed(&it.key), typed] {
        let token = it
            .client
            .call_with_assertion("/as/token.oauth2", &object, &form);
        assert_eq!(token.await.status, 401);
    }
}

#[tokio::test]
async fn rfc7519_4_1_a_request_object_is_good_for_a_short_while() {
    let it = Signing::open().await;
    let now = it.house.now().seconds();
    for (name, value) in [
        ("exp", json!(now - 120)),
        ("exp", json!(now + 86_400)),
        ("exp", json!("tomorrow")),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
    ] {
        let object = it.object().with(name, value.clone());
        assert!(!it.takes(&object.signed(&it.key)).await, "{name} {value}");
    }
    let endless = it.object().with("exp", Value::Null);
    let unknown = it
        .object()
        .with("exp", Value::Null)
        .with("iat", Value::Null);
    let [endless, unknown] = [endless, unknown].map(|it_is| it_is.signed(&it.key));
    assert!(it.takes(&endless).await);
    assert!(!it.takes(&unknown).await);
    it.house.advance(Duration::from_mins(62));
    assert!(!it.takes(&endless).await);
}

/// Setting: Replay Prevention
#[tokio::test]
async fn pingfederate_replay_prevention_takes_each_request_object_once() {
    let it = Signing::open().await;
    let enforced = json!({ "type": "CLIENT_SECRET_JWT", "enforceReplayPrevention": true });
    let fields = json!({ "clientAuth": enforced });
    let lax = it.object().signed(&it.key);
    for _ in 0..2 {
        assert!(it.takes(&lax).await);
    }
    it.house.change_client("signer", fields).await;
    let object = it.object().signed(&it.key);
    assert!(it.takes(&object).await);
    assert!(!it.takes(&object).await);
    assert!(
        !it.takes(&it.object().with("jti", Value::Null).signed(&it.key))
            .await
    );
    // What is refused for another reason is not spent.
    let wrong = it.object().with("jti", json!("chosen"));
    let refused = wrong
        .with("scope", json!("openid nonsense"))
        .signed(&it.key);
    let request = it.client.request().carried("request", &refused);
    assert_eq!(it.error(&request).await.as_deref(), Some("invalid_scope"));
    let right = it.object().with("jti", json!("chosen")).signed(&it.key);
    assert!(it.takes(&right).await);
    // It is told where the object itself says, which is its client's.
    let state = it.object().with("state", json!("inside")).signed(&it.key);
    let request = it.client.request().carried("request", &state);
    assert!(it.house.browser().go(&request).await.has_form("sign-on"));
    let answer = Answer::of(&it.house.browser().go(&request).await);
    assert_eq!(answer.error(), "invalid_request_object");
    assert_eq!(answer.value("state"), Some("inside"));
}

/// Setting: Require Signed Request
#[tokio::test]
async fn rfc9101_10_5_a_client_that_must_sign_is_heard_in_no_other_way() {
    let it = Signing::open_with(json!({ "requireSignedRequests": true })).await;
    let plain = it.client.request();
    assert_eq!(it.error(&plain).await.as_deref(), Some("invalid_request"));
    let request = plain.signed(&it.client, &it.key);
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    it.client.redeem(&plain, &answer).await;
}

/// Setting: JWKS
#[tokio::test]
async fn pingfederate_2_4_the_request_object_of_a_client_without_keys_is_ignored() {
    let it = Signing::open().await;
    let shop = it.house.add_client("shop").await;
    let request = shop.request();
    let inside = request.clone().with("state", "inside");
    let object = shop.request_object(&inside).signed(&it.key);
    let request = request.with("request", &object);
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    assert_eq!(answer.value("state"), request.value("state"));
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc9101_6_2_nothing_is_believed_of_an_object_that_nobody_has_signed() {
    let it = Signing::open().await;
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let inside = it.client.request().with("state", "inside");
    let inside = inside.with("response_mode", "form_post");
    let forged = inside
        .signed(&it.client, &stranger)
        .with("state", "outside");
    let forged = forged.with("redirect_uri", &it.client.redirect_uri);
    let answer = Answer::of(&it.house.browser().go(&forged).await);
    assert_eq!(answer.error(), "invalid_request_object");
    assert_eq!(answer.redirect_uri, it.client.redirect_uri);
    assert_eq!(answer.value("state"), Some("outside"));
    // A place that is not the client's is not gone to, wherever it is named.
    for uri in ["https://evil.example/callback", "javascript:alert(1)"] {
        let outside = forged.clone().with("redirect_uri", uri);
        assert_eq!(it.error(&outside).await, None, "{uri}");
        let inside = it.client.request().with("redirect_uri", uri);
        let inside = inside.signed(&it.client, &it.key);
        assert_eq!(it.error(&inside).await, None, "{uri}");
    }
}

#[tokio::test]
async fn rfc9101_4_claims_that_are_no_texts_are_understood() {
    let it = Signing::open().await;
    let mut browser = it.house.browser();
    browser.sign_on(&it.client.request(), &it.alice).await;
    it.house.advance(Duration::from_secs(100));
    let ask = async |object: SignedAssertion| {
        let request = it
            .client
            .request()
            .carried("request", &object.signed(&it.key));
        it.house.http.get(request.url()).await
    };
    let aged = it.object().with("max_age", json!(50)).signed(&it.key);
    let page = browser
        .go(&it.client.request().carried("request", &aged))
        .await;
    assert!(page.has_form("sign-on"), "the person is asked again");
    let fresh = it.object().with("max_age", json!(500)).signed(&it.key);
    let page = browser
        .go(&it.client.request().carried("request", &fresh))
        .await;
    assert_eq!(page.status, 303);

    let request = it.client.request();
    let claims = json!({ "id_token": { "email": { "essential": true } } });
    let object = it.client.request_object(&request).with("claims", claims);
    let object = object.with("scope", json!("openid email"));
    let resource = json!(["https://one.example", "https://two.example"]);
    let object = object.with("resource", resource).signed(&it.key);
    let carried = request.carried("request", &object);
    let page = browser.go(&carried).await;
    let answer = browser.allow(page).await;
    let tokens = it.client.redeem(&request, &answer).await;
    assert!(tokens.id_claims.contains_key("email"));

    for (name, value, error) in [
        ("max_age", json!({}), "invalid_request"),
        ("scope", json!(["openid"]), "invalid_scope"),
        ("claims", json!("{"), "invalid_request"),
        ("prompt", json!(["login"]), "invalid_request"),
    ] {
        let reply = ask(it.object().with(name, value)).await;
        assert_eq!(Answer::of(&reply).error(), error, "{name}");
    }
    for name in ["request", "request_uri"] {
        let object = it.object().with(name, json!("urn:x"));
        assert!(!it.takes(&object.signed(&it.key)).await, "{name}");
    }
}

#[tokio::test]
async fn rfc9101_6_1_a_request_can_be_encrypted_to_a_key_that_the_server_publishes() {
    let it = Signing::open().await;
    let published = it.house.jwks().await;
    let document = it.house.at("/.well-known/openid-configuration");
    let document = it.house.http.get(document).await.json();
    let values = |name: &str| -> Vec<String> {
        let values = document[name].as_array().unwrap().iter();
        values.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let random = CountingRandom::default();
    let random: &dyn Random = &random;
    for algorithm in values("request_object_encryption_alg_values_supported") {
        for content in values("request_object_encryption_enc_values_supported") {
            let (algorithm, content) = (algorithm.parse().unwrap(), content.parse().unwrap());
            let key = |jwk: &Jwk| EncryptionKey::new(jwk, algorithm, content).ok();
            let fit = published
                .keys()
                .iter()
                .filter(|jwk| jwk.key_use() == Some("enc"));
            let keys: Vec<EncryptionKey> = fit.filter_map(key).collect();
            assert_eq!(keys.len(), 1, "{algorithm}");
            let seal = |signed: &str| encrypt_nested(&keys[0], signed, &random).unwrap();
            assert!(it.takes(&seal(&it.object().signed(&it.key))).await);
            let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
            assert!(!it.takes(&seal(&it.object().signed(&stranger))).await);
        }
    }
    // One that is encrypted to somebody else is not theirs to bring here.
    let foreign = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let (algorithm, content) = (KeyManagement::EcdhEs, ContentEncryption::A128Gcm);
    let key = EncryptionKey::new(&foreign, algorithm, content).unwrap();
    let sealed = encrypt_nested(&key, &it.object().signed(&it.key), &random).unwrap();
    assert!(!it.takes(&sealed).await);
}

#[tokio::test]
async fn rfc9101_10_5_discovery_says_how_requests_can_be_signed() {
    let house = House::open().await;
    let document = house.at("/.well-known/openid-configuration");
    let document = house.http.get(document).await.json();
    assert_eq!(document["request_parameter_supported"], true);
    assert_eq!(document["request_uri_parameter_supported"], false);
    let algorithms = document["request_object_signing_alg_values_supported"].as_array();
    let algorithms: Vec<&str> = algorithms
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(algorithms.contains(&"ES256") && algorithms.contains(&"PS512"));
    assert!(
        !algorithms
            .iter()
            .any(|it| it.starts_with("HS") || *it == "none")
    );
}
