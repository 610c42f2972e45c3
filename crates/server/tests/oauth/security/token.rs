//! What is asked about tokens, and what they are made of: RFC 7636 §7, RFC 7662 §4, RFC 7009 §5,
//! RFC 9068 §5, RFC 9701 §8, and JARM §5.
//!
//! Not here, as it is up to clients, resource servers or TLS: RFC 7636 §7.3 and §7.5, JARM §5.1.

use std::time::Duration;

use http::Method;
use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy};
use jose::jwk::{Curve, Jwk, JwkSet, NewKey};
use jose::jwt::decrypt_nested;
use serde_json::{Value, json};
use testkit::{Answer, Pkce};

use super::{Setting, part, refused, unsigned};

const INTROSPECTION: &str = "/as/introspect.oauth2";
const REVOCATION: &str = "/as/revoke_token.oauth2";

#[tokio::test]
async fn rfc7636_7_1_a_verifier_that_could_be_guessed_is_no_verifier() {
    let it = Setting::open().await;
    it.house.set(json!({ "disallowPlainPKCE": false })).await;
    // With `plain` the challenge is the verifier: what is too short for one is no challenge either.
    for guessable in ["", "1234", &"a".repeat(42)] {
        let request = it.shop.request().with("code_challenge_method", "plain");
        let request = request.with("code_challenge", guessable);
        let reply = it.house.browser().go(&request).await;
        let told = Answer::of(&reply).error().to_owned();
        assert_eq!(told, "invalid_request", "{guessable:?}");
    }
    let request = it.shop.request();
    let code = it.code(&request).await;
    let mut short = request.clone();
    request.pkce.verifier[..42].clone_into(&mut short.pkce.verifier);
    refused(it.shop.exchange(&short, &code).await, 400, "invalid_grant");
}

#[tokio::test]
async fn rfc7636_7_2_whoever_sees_the_challenge_cannot_redeem_the_code() {
    let it = Setting::open().await;
    let request = it.shop.request();
    let code = it.code(&request).await;
    let mut eavesdropper = request.clone();
    request
        .pkce
        .challenge
        .clone_into(&mut eavesdropper.pkce.verifier);
    refused(
        it.shop.exchange(&eavesdropper, &code).await,
        400,
        "invalid_grant",
    );
    // "Clients MUST NOT downgrade to "plain" after trying the "S256" method": nor can anybody make
    // the server do so, as long as nobody has allowed it.
    let plain = it.shop.request().with("code_challenge_method", "plain");
    let plain = plain.with("code_challenge", &Pkce::new(7).verifier);
    let reply = it.house.browser().go(&plain).await;
    assert_eq!(Answer::of(&reply).error(), "invalid_request");
}

#[tokio::test]
async fn rfc7662_4_nobody_can_try_out_tokens_without_being_known() {
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    // "the authorization server MUST require authentication of protected resources that need to
    // access the introspection endpoint": one who names another, or nobody, learns nothing.
    for caller in [
        vec![],
        vec![("client_id", "shop")],
        vec![("client_id", "shop"), ("client_secret", "guessed")],
        vec![("client_id", "nobody"), ("client_secret", "guessed")],
    ] {
        let form = [&caller[..], &[("token", token.as_str())]].concat();
        let reply = it.house.http.post(it.house.at(INTROSPECTION), &form).await;
        assert!(!reply.text().contains("active"), "{caller:?}");
        refused(reply, 401, "invalid_client");
    }
    // "the server MAY [...] disallow HTTP GET": a token in an address is left in logs.
    let got = format!("{}?token={token}", it.house.at(INTROSPECTION));
    assert_eq!(it.house.http.get(got).await.status, 405);
    // Somebody else's token is as little known as one that nobody has.
    let unknown = it.evil.introspect("unknown").await.expect_status(200);
    let theirs = it.evil.introspect(&token).await.expect_status(200);
    assert_eq!(unknown.json(), json!({ "active": false }));
    assert_eq!(theirs.json(), unknown.json());
    assert_eq!(theirs.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn rfc7662_4_every_check_of_a_token_is_made() {
    let it = Setting::open().await;
    let active = async |token: &str| {
        let told = it.shop.introspect(token).await.expect_status(200).json();
        told["active"].as_bool().unwrap()
    };
    let tokens = it.tokens(&it.shop).await;
    let token = tokens.access_token.clone();
    assert!(active(&token).await);
    // "If the token has been signed, the authorization server MUST validate the signature."
    let forged = unsigned(&part(&token, 0), &part(&token, 1));
    assert!(!active(&forged).await);
    let (content, signature) = token.rsplit_once('.').unwrap();
    let mirrored: String = signature.chars().rev().collect();
    assert!(!active(&format!("{content}.{mirrored}")).await);
    // "If the token can be revoked after it was issued, the authorization server MUST determine
    // whether or not such a revocation has taken place."
    let _ = it.shop.revoke(&token).await.expect_status(200);
    assert!(!active(&token).await);
    // "If the token can expire, the authorization server MUST determine whether or not the token has
    // expired."
    let renewed = it.shop.refresh(tokens.refresh()).await.expect_status(200);
    let renewed = it.shop.tokens(&renewed).await.access_token;
    assert!(active(&renewed).await);
    it.house.advance(Duration::from_hours(3));
    assert!(!active(&renewed).await);
}

#[tokio::test]
async fn rfc7009_5_tokens_are_not_guessed_at_the_revocation_endpoint() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    // "Malicious clients might [...] guess valid tokens": who is not known cannot try.
    for caller in [
        vec![],
        vec![("client_id", "shop")],
        vec![("client_id", "shop"), ("client_secret", "guessed")],
    ] {
        let form = [&caller[..], &[("token", tokens.access_token.as_str())]].concat();
        let reply = it.house.http.post(it.house.at(REVOCATION), &form).await;
        refused(reply, 401, "invalid_client");
    }
    // Who is known ends nothing that is another's. §2.1: "the request is refused and the client is
    // informed of the error".
    for token in [&tokens.access_token, tokens.refresh()] {
        refused(it.evil.revoke(token).await, 400, "invalid_grant");
    }
    let _ = it.evil.revoke("unknown").await.expect_status(200);
    let told = it.shop.userinfo(&tokens.access_token).await;
    let _ = told.expect_status(200);
    let _ = it.shop.refresh(tokens.refresh()).await.expect_status(200);
}

#[tokio::test]
async fn rfc7009_5_a_wrong_hint_spares_no_token() {
    let it = Setting::open().await;
    // "A malicious client [could] use [...] wrong token_type_hint": what it says is looked up last.
    for hint in ["access_token", "refresh_token", "no such type"] {
        let tokens = it.tokens(&it.shop).await;
        for token in [&tokens.access_token, tokens.refresh()] {
            let form = [("token", token), ("token_type_hint", hint)];
            let _ = it.shop.call(REVOCATION, &form).await.expect_status(200);
        }
        assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
        refused(
            it.shop.refresh(tokens.refresh()).await,
            400,
            "invalid_grant",
        );
    }
}

#[tokio::test]
async fn rfc9068_5_a_token_of_a_clients_own_is_never_a_persons() {
    let it = Setting::open().await;
    // "Authorization servers should prevent scenarios where clients can affect the value of the "sub"
    // claim in ways that could confuse resource servers": one that has chosen a person's identifier
    // as its own has tokens without what those of people have.
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "redirectUris": Value::Null,
    });
    let id = it.alice.id.to_string();
    let twin = it.house.add_client_with(&id, fields).await;
    let own = [("grant_type", "client_credentials")];
    let own = twin.token(&own).await.expect_status(200).json();
    let own = own["access_token"].as_str().unwrap();
    let hers = it.tokens(&it.shop).await.access_token;
    let (own_claims, hers) = (part(own, 1), part(&hers, 1));
    assert_eq!(own_claims["sub"], hers["sub"]);
    assert_eq!(own_claims["client_id"], own_claims["sub"]);
    for of_people in ["auth_time", "sid"] {
        assert!(hers.get(of_people).is_some() && own_claims.get(of_people).is_none());
    }
    assert!(matches!(twin.userinfo(own).await.status, 401 | 403));
}

#[tokio::test]
async fn rfc9068_5_an_access_token_says_that_it_is_one_and_for_whom() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    // "explicitly typing [...] prevents confusion": neither stands in for the other.
    assert_eq!(part(&tokens.access_token, 0)["typ"], "at+jwt");
    assert_ne!(part(tokens.id(), 0)["typ"], "at+jwt");
    refused(it.shop.userinfo(tokens.id()).await, 401, "invalid_token");
    let request = it.shop.request();
    let hinted = request.with("id_token_hint", &tokens.access_token);
    let reply = it.house.browser().go(&hinted).await;
    assert_eq!(Answer::of(&reply).error(), "invalid_request");
    // Resources are told apart by the audience, which no request can make another one.
    let audience = part(&tokens.access_token, 1)["aud"].clone();
    assert_ne!(audience, part(tokens.id(), 1)["aud"]);
    let elsewhere = it.shop.request().with("resource", "https://evil.example");
    let answer = it.house.browser().sign_on(&elsewhere, &it.alice).await;
    let token = it.shop.exchange(&elsewhere, answer.code()).await;
    let token = token.expect_status(200).json();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(part(token, 1)["aud"], audience);
}

#[tokio::test]
async fn jarm_5_2_an_answer_that_was_replayed_brings_nothing() {
    let it = Setting::open().await;
    let request = it.shop.request().with("response_mode", "jwt");
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let claims = part(answer.value("response").unwrap(), 1);
    // What binds it to the browser in which it was asked for is signed with the code.
    assert_eq!(claims["state"].as_str(), request.value("state"));
    let opened = it.shop.opened(&answer).await;
    it.shop.redeem(&request, &answer).await;
    let again = it.shop.exchange(&request, opened.code()).await;
    refused(again, 400, "invalid_grant");
}

#[tokio::test]
async fn jarm_5_3_an_answer_says_whose_it_is_and_for_whom() {
    let it = Setting::open().await;
    let request = it.shop.request().with("response_mode", "jwt");
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let claims = part(answer.value("response").unwrap(), 1);
    assert_eq!(claims["iss"], it.house.issuer.as_str());
    assert_eq!(claims["aud"], "shop");
    assert_eq!(claims["exp"], it.house.now().seconds() + 600);
    // The code in it is for the client that it names.
    let code = it.shop.opened(&answer).await.code().to_owned();
    refused(
        it.evil.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
}

#[tokio::test]
async fn jarm_5_4_a_code_in_an_encrypted_answer_is_the_clients_alone() {
    let key = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let keys = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    let it = Setting::open_with(json!({
        "jwksSettings": { "jwks": keys },
        "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm": "ECDH_ES",
        "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm": "AES_256_GCM",
    }))
    .await;
    let request = it.shop.request().with("response_mode", "jwt");
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    // In the address there is nothing but what the client alone can open.
    assert_eq!(answer.names(), ["response"]);
    let sealed = answer.value("response").unwrap();
    let private = format!(r#"{{"keys":[{}]}}"#, &*key.to_private_json());
    let opening = DecryptionKeys::new(&JwkSet::parse(private).unwrap());
    let policy = Policy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]);
    let signed = decrypt_nested(sealed, &opening, &policy).unwrap();
    let code = part(&signed, 1)["code"].as_str().unwrap().to_owned();
    assert!(!sealed.contains(&code));
    let stranger = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let stranger = format!(r#"{{"keys":[{}]}}"#, &*stranger.to_private_json());
    let stranger = DecryptionKeys::new(&JwkSet::parse(stranger).unwrap());
    assert!(decrypt_nested(sealed, &stranger, &policy).is_err());
    let redeemed = it.shop.exchange(&request, &code).await;
    let _ = redeemed.expect_status(200);
}

#[tokio::test]
async fn rfc7662_4_and_rfc7009_5_neither_endpoint_is_reached_by_another_method() {
    let it = Setting::open().await;
    for path in [INTROSPECTION, REVOCATION] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = it.house.http.request(method, it.house.at(path));
            assert_eq!(request.send().await.status, 405, "{path}");
        }
    }
}

#[tokio::test]
async fn rfc9701_8_1_an_answer_about_a_token_is_no_token() {
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    let url = it.house.at(INTROSPECTION);
    let asked = it.house.http.request(Method::POST, url);
    let asked = asked.basic("shop", it.shop.secret.as_deref().unwrap());
    let asked = asked.form(&[("token", &token)]);
    let media = "application/token-introspection+jwt";
    let answer = asked.header("accept", media).send().await;
    let answer = answer.expect_status(200).text();
    // "resource servers [...] MUST NOT" take it for another JWT: its type and its claims say what it
    // is, and nothing in it stands where an access token or an ID token has its own.
    assert_eq!(part(&answer, 0)["typ"], "token-introspection+jwt");
    let claims = part(&answer, 1);
    for name in ["sub", "exp", "scope", "client_id", "active", "nonce"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
    // Nor does this server take it for one.
    let _ = it.shop.userinfo(&answer).await.expect_status(401);
    let told = it.shop.introspect(&answer).await.expect_status(200).json();
    assert_eq!(told, json!({ "active": false }));
    let administration = testkit::Administration {
        token: Some(answer.clone()),
        ..it.house.administration()
    };
    let _ = administration.get("/version").await.expect_status(401);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion", answer.as_str()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
    ];
    let url = it.house.at("/as/token.oauth2");
    refused(it.house.http.post(url, &form).await, 401, "invalid_client");
}

#[tokio::test]
async fn rfc9701_8_2_only_who_proves_who_it_is_is_told_in_a_signed_answer() {
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    let url = it.house.at(INTROSPECTION);
    let media = "application/token-introspection+jwt";
    let ask = async |name: &str, secret: &str| {
        let asked = it.house.http.request(Method::POST, &url);
        let asked = asked.basic(name, secret).form(&[("token", &token)]);
        asked.header("accept", media).send().await
    };
    refused(ask("shop", "guessed").await, 401, "invalid_client");
    // To anybody else the token is as unknown as one that there is not.
    let evil = it.evil.secret.as_deref().unwrap();
    let told = ask("evil", evil).await.expect_status(200).text();
    let claims = part(&told, 1);
    assert_eq!(claims["aud"], "evil");
    assert_eq!(claims["token_introspection"], json!({ "active": false }));
}
