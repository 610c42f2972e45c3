//! Authorization responses as signed tokens (JARM).

use data_encoding::BASE64URL_NOPAD;
use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy};
use jose::jwk::{Curve, Jwk, JwkSet, NewKey};
use jose::jwt::decrypt_nested;
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest, House, Person, RelyingParty};

async fn setting(fields: Value) -> (House, Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let bank = house.add_client_with("bank", fields).await;
    (house, alice, bank)
}

/// The answer to a request, as it comes.
async fn answered(house: &House, alice: &Person, request: &AuthorizationRequest) -> Answer {
    house.browser().sign_on(request, alice).await
}

/// A part of a token: its header is the first, its claims are the second.
fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn implicit() -> Value {
    json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] })
}

/// Settings: Require JWT Secured Authorization Response Mode
#[tokio::test]
async fn pingfederate_a_client_that_must_be_answered_in_signed_form_asks_for_no_other() {
    let required = json!({ "requireJwtSecuredAuthorizationResponseMode": true });
    let (house, alice, bank) = setting(required).await;
    for mode in ["", "query", "fragment", "form_post"] {
        let request = bank.request().with("response_mode", mode);
        let refused = Answer::of(&house.browser().go(&request).await);
        assert_eq!(refused.error(), "invalid_request", "{mode:?}");
        let pushed = bank.push(&request).await.expect_status(400);
        assert_eq!(pushed.json()["error"], "invalid_request", "{mode:?}");
    }
    for mode in ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"] {
        let request = bank.request().with("response_mode", mode);
        let answer = answered(&house, &alice, &request).await;
        // JARM §2.3: nothing goes beside the token.
        assert_eq!(answer.names(), ["response"], "{mode}");
        bank.redeem(&request, &answer).await;
    }
}

#[tokio::test]
async fn jarm_2_3_4_jwt_is_the_query_for_codes_and_the_fragment_for_tokens() {
    let (house, alice, bank) = setting(implicit()).await;
    for (kind, mode, is_fragment) in [
        ("code", "jwt", false),
        ("code", "fragment.jwt", true),
        ("id_token", "jwt", true),
        ("code id_token", "jwt", true),
        ("token", "jwt", true),
    ] {
        let request = bank
            .request()
            .with("response_type", kind)
            .with("response_mode", mode);
        let mut browser = house.browser();
        let page = browser.go(&request).await;
        let page = browser.enter_password(&page, &alice).await;
        let reply = match page.has_form("consent") {
            true => browser.submit(&page, "consent", "allow", &[]).await,
            false => page,
        };
        let location = reply.location();
        assert_eq!(location.fragment().is_some(), is_fragment, "{kind} {mode}");
        assert_eq!(location.query().is_some(), !is_fragment, "{kind} {mode}");
        let opened = bank.opened(&Answer::of(&reply)).await;
        let named = kind.split(' ').map(|it| match it {
            "token" => "access_token",
            other => other,
        });
        for name in named {
            assert!(opened.value(name).is_some(), "{kind}: {name}");
        }
    }
    // JARM §2.3.1: a token must not travel in the query, unless the response is encrypted.
    let exposed = bank.request().with("response_type", "id_token");
    let exposed = exposed.with("response_mode", "query.jwt");
    let refused = Answer::of(&house.browser().go(&exposed).await);
    // Nor does the refusal travel in the way that was asked for.
    assert_eq!(refused.error(), "invalid_request");
}

#[tokio::test]
async fn jarm_2_1_an_answer_names_its_server_its_client_and_its_end() {
    let (house, alice, bank) = setting(json!({})).await;
    house
        .set(json!({ "jwtSecuredAuthorizationResponseModeLifetime": 60 }))
        .await;
    let request = bank.request().with("response_mode", "jwt");
    let answer = answered(&house, &alice, &request).await;
    let claims = part(answer.value("response").unwrap(), 1);
    assert_eq!(claims["iss"], house.issuer);
    assert_eq!(claims["aud"], "bank");
    assert_eq!(claims["exp"], house.now().seconds() + 60);
    assert_eq!(claims["state"], request.value("state").unwrap());

    // An error is protected just so.
    let passive = request.with("prompt", "none");
    let refused = Answer::of(&house.browser().go(&passive).await);
    assert_eq!(refused.names(), ["response"]);
    let opened = bank.opened(&refused).await;
    assert_eq!(opened.error(), "login_required");
    assert_eq!(opened.value("state"), passive.value("state"));
}

/// Setting: JARM Signing Algorithm
#[tokio::test]
async fn jarm_3_the_client_says_how_answers_are_signed() {
    let (house, alice, bank) = setting(json!({})).await;
    for algorithm in [
        "RS256", "RS384", "PS512", "ES256", "ES512", "EdDSA", "HS256", "HS512",
    ] {
        let signed = json!({ "jwtSecuredAuthorizationResponseModeSigningAlgorithm": algorithm });
        house.change_client("bank", signed).await;
        let request = bank.request().with("response_mode", "jwt");
        let answer = answered(&house, &alice, &request).await;
        let header = part(answer.value("response").unwrap(), 0);
        assert_eq!(header["alg"], algorithm);
        bank.redeem(&request, &answer).await;
    }
}

/// Settings: JARM Key Management Encryption Algorithm; JARM Content Encryption Algorithm
#[tokio::test]
async fn jarm_3_the_client_says_how_answers_are_encrypted() {
    let key = Jwk::generate(NewKey::Curve(Curve::P256))
        .unwrap()
        .with_kid("enc");
    let keys = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    let mut fields = implicit();
    fields["jwksSettings"] = json!({ "jwks": keys });
    fields["jwtSecuredAuthorizationResponseModeEncryptionAlgorithm"] = json!("ECDH_ES_A128KW");
    fields["jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm"] = json!("AES_256_GCM");
    let (house, alice, bank) = setting(fields).await;
    // Now a token may even travel in the query.
    for (kind, mode, carried) in [
        ("code", "jwt", "code"),
        ("id_token", "query.jwt", "id_token"),
    ] {
        let request = bank
            .request()
            .with("response_type", kind)
            .with("response_mode", mode);
        let answer = answered(&house, &alice, &request).await;
        let sealed = answer.value("response").unwrap();
        let header = part(sealed, 0);
        assert_eq!(header["alg"], "ECDH-ES+A128KW");
        assert_eq!(header["enc"], "A256GCM");
        assert_eq!(header["cty"], "JWT");
        let private = format!(r#"{{"keys":[{}]}}"#, &*key.to_private_json());
        let set = JwkSet::parse(private).unwrap();
        let (algorithms, contents) = ([KeyManagement::EcdhEsA128Kw], [ContentEncryption::A256Gcm]);
        let policy = Policy::new(&algorithms, &contents);
        let signed = decrypt_nested(sealed, &DecryptionKeys::new(&set), &policy).unwrap();
        let claims = part(&signed, 1);
        assert!(claims[carried].is_string(), "{kind}");
        assert_eq!(claims["aud"], "bank");
    }
}

#[tokio::test]
async fn jarm_2_1_an_answer_is_for_one_client_and_of_one_server() {
    // The same client id at two servers: what one of them says is not believed of the other.
    let (house, alice, bank) = setting(json!({})).await;
    let (other, bob, same) = setting(json!({})).await;
    other
        .set(json!({ "jwtSecuredAuthorizationResponseModeLifetime": 60 }))
        .await;
    let request = bank.request().with("response_mode", "jwt");
    let answer = answered(&house, &alice, &request).await;
    let foreign = same.request().with("response_mode", "jwt");
    let foreign = answered(&other, &bob, &foreign).await;
    let claims = |answer: &Answer| part(answer.value("response").unwrap(), 1);
    assert_eq!(claims(&answer)["iss"], house.issuer);
    assert_eq!(claims(&foreign)["iss"], other.issuer);
    assert_ne!(house.issuer, other.issuer);
    // A code of the one is nothing to the other.
    let code = bank.opened(&answer).await.code().to_owned();
    let refused = same.exchange(&request, &code).await.expect_status(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
    bank.redeem(&request, &answer).await;
}
