//! Proof of possession (RFC 9449 §11).

use std::time::Duration;

use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{Dpop, SignedAssertion};

use super::{Setting, key_pair, refused, unsigned};
use crate::dpop::{TOKEN, USERINFO};

const FORM: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// A service, and the key with which it proves its requests.
async fn setting() -> (Setting, Dpop) {
    let grants =
        json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"] });
    let it = Setting::open_with(grants).await;
    let key = Dpop::new(&it.house);
    (it, key)
}

#[tokio::test]
async fn rfc9449_11_1_a_proof_is_for_one_method_one_address_and_one_token() {
    let (it, key) = setting().await;
    let (token, userinfo) = (it.house.at(TOKEN), it.house.at(USERINFO));
    for proof in [
        key.proof("GET", &token),
        key.proof("post", &token),
        key.proof("POST", &userinfo),
        key.proof("POST", &format!("{token}/")),
        key.proof("POST", &it.house.at("/as/par.oauth2")),
        key.proof("POST", "https://other.example/as/token.oauth2"),
    ] {
        let reply = it.shop.call_with(Some(&proof.signed()), TOKEN, &FORM).await;
        refused(reply, 400, "invalid_dpop_proof");
    }
    let access_token = it.tokens(&it.shop.proving(&key)).await.access_token;
    let other = it.tokens(&it.shop.proving(&key)).await.access_token;
    let show = async |proof: &str| {
        let request = it.house.http.request(http::Method::GET, &userinfo);
        let request = request.header("authorization", &format!("DPoP {access_token}"));
        request.header("dpop", proof).send().await
    };
    for proof in [
        key.proof("POST", &userinfo).with_token(&access_token),
        key.proof("GET", &token).with_token(&access_token),
        key.proof("GET", &userinfo).with_token(&other),
        key.proof("GET", &userinfo),
    ] {
        refused(show(&proof.signed()).await, 401, "invalid_dpop_proof");
    }
    let thief = Dpop::new(&it.house);
    let proof = thief.proof("GET", &userinfo).with_token(&access_token);
    refused(show(&proof.signed()).await, 401, "invalid_token");
    let proof = key
        .proof("GET", &userinfo)
        .with_token(&access_token)
        .signed();
    let _ = show(&proof).await.expect_status(200);
    refused(show(&proof).await, 401, "invalid_dpop_proof");
}

#[tokio::test]
async fn rfc9449_11_2_proofs_that_were_made_beforehand_are_not_taken() {
    let (it, key) = setting().await;
    let now = it.house.now().seconds();
    for iat in [now + 3600, now - 3600] {
        let proof = key.proof("POST", &it.house.at(TOKEN)).with("iat", iat);
        let reply = it.shop.call_with(Some(&proof.signed()), TOKEN, &FORM).await;
        refused(reply, 400, "invalid_dpop_proof");
    }
    let stored = key.proof("POST", &it.house.at(TOKEN)).signed();
    it.house.advance(Duration::from_mins(10));
    let reply = it.shop.call_with(Some(&stored), TOKEN, &FORM).await;
    refused(reply, 400, "invalid_dpop_proof");
}

#[tokio::test]
async fn rfc9449_11_3_whoever_is_asked_for_a_nonce_cannot_leave_it() {
    let (it, key) = setting().await;
    it.house.set(json!({ "dpopProofRequireNonce": true })).await;
    let proof = || key.proof("POST", &it.house.at(TOKEN));
    let first = it
        .shop
        .call_with(Some(&proof().signed()), TOKEN, &FORM)
        .await;
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    refused(first, 400, "use_dpop_nonce");
    for wrong in [
        proof(),
        proof().with("nonce", ""),
        proof().with("nonce", "made up"),
        proof().with("nonce", 7),
    ] {
        let reply = it.shop.call_with(Some(&wrong.signed()), TOKEN, &FORM).await;
        let error = reply.expect_status(400).json()["error"].clone();
        assert!(
            error == "use_dpop_nonce" || error == "invalid_dpop_proof",
            "{error}"
        );
    }
    let right = proof().with("nonce", nonce).signed();
    let _ = it
        .shop
        .call_with(Some(&right), TOKEN, &FORM)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn rfc9449_11_5_a_token_for_another_purpose_is_no_proof_nor_the_other_way_round() {
    let (it, _) = setting().await;
    // One key for everything, which nobody should do.
    let (pair, mut fields) = key_pair();
    fields["grantTypes"] = json!(["CLIENT_CREDENTIALS"]);
    fields["clientAuth"] = json!({ "type": "PRIVATE_KEY_JWT", "secret": null });
    let robot = it.house.add_client_with("robot", fields).await;
    let url = it.house.at(TOKEN);
    let jwk = Value::Object(pair.jwk().to_public_value().unwrap());
    let claims = robot
        .assertion()
        .with("htm", json!("POST"))
        .with("htu", json!(url));
    let typed = |typ: &str| {
        let header = jose::Header::new().with_typ(typ).with("jwk", jwk.clone());
        jose::jws::sign_compact(&pair, header, claims.claims().to_string().as_bytes()).unwrap()
    };
    let ask = async |assertion: &str, proof: &str| {
        let form = [
            FORM[0],
            ("client_assertion_type", SignedAssertion::TYPE),
            ("client_assertion", assertion),
        ];
        let request = it.house.http.request(http::Method::POST, &url).form(&form);
        request.header("dpop", proof).send().await
    };
    let assertion = || robot.assertion().signed(&pair);
    for typ in [
        "JWT",
        "client-authentication+jwt",
        "oauth-authz-req+jwt",
        "at+jwt",
        "dpop",
    ] {
        refused(
            ask(&assertion(), &typed(typ)).await,
            400,
            "invalid_dpop_proof",
        );
    }
    refused(
        ask(&typed("dpop+jwt"), &typed("dpop+jwt")).await,
        401,
        "invalid_client",
    );
    let _ = ask(&assertion(), &typed("dpop+jwt"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn rfc9449_11_6_a_proof_is_signed_by_a_key_pair() {
    let (it, key) = setting().await;
    let url = it.house.at(TOKEN);
    let jwk = Value::Object(key.key().jwk().to_public_value().unwrap());
    let claims = json!({ "jti": "x", "htm": "POST", "htu": url, "iat": it.house.now().seconds() });
    let secret = Jwk::from_secret(b"a secret that everybody knows, as it is in the header");
    let shared = SigningKey::new(&secret, Algorithm::Hs256).unwrap();
    let oct: Value = serde_json::from_str(&secret.to_private_json()).unwrap();
    for forged in [
        unsigned(
            &json!({ "alg": "none", "typ": "dpop+jwt", "jwk": jwk }),
            &claims,
        ),
        key.proof("POST", &url).signed_by(&shared),
        key.proof("POST", &url)
            .with_header("jwk", oct)
            .signed_by(&shared),
    ] {
        let reply = it.shop.call_with(Some(&forged), TOKEN, &FORM).await;
        refused(reply, 400, "invalid_dpop_proof");
    }
}

#[tokio::test]
async fn rfc9449_11_8_a_bound_token_names_its_key() {
    let (it, key) = setting().await;
    let token = it.tokens(&it.shop.proving(&key)).await.access_token;
    let claims = super::part(&token, 1);
    assert_eq!(claims["cnf"], json!({ "jkt": key.jkt() }));
}

#[tokio::test]
async fn rfc9449_11_9_a_stolen_code_is_of_no_use_with_another_key() {
    let (it, key) = setting().await;
    let request = it.shop.request().with("dpop_jkt", &key.jkt());
    let code = it.code(&request).await;
    // Even with the client's secret and the verifier: without a key, and with the thief's.
    refused(
        it.shop.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
    let thief = it.shop.proving(&Dpop::new(&it.house));
    refused(thief.exchange(&request, &code).await, 400, "invalid_grant");
    let owner = it.shop.proving(&key);
    let _ = owner.exchange(&request, &code).await.expect_status(200);
}

#[tokio::test]
async fn rfc9449_11_11_a_key_is_no_name() {
    // Another client with the very same key is another client.
    let (it, key) = setting().await;
    let tokens = it.tokens(&it.shop.proving(&key)).await;
    let twin = it.evil.proving(&key);
    refused(twin.refresh(tokens.refresh()).await, 400, "invalid_grant");
    let request = it.shop.request().with("dpop_jkt", &key.jkt());
    let code = it.code(&request).await;
    refused(twin.exchange(&request, &code).await, 400, "invalid_grant");
    // Nor does a proof authenticate anybody.
    let mut nameless = it.shop.proving(&key);
    nameless.secret = None;
    refused(
        nameless.exchange(&request, &code).await,
        401,
        "invalid_client",
    );
}
