//! Nonces that the server supplies for DPoP proofs (RFC 9449 §8, §9).

use std::time::Duration;

use http::Method;
use serde_json::json;
use testkit::{RelyingParty, Reply};

use crate::dpop::{CREDENTIALS, Setting, TOKEN, USERINFO, service, setting};

/// A house that asks for nonces, and a service in it.
async fn strict() -> (Setting, RelyingParty) {
    let it = setting().await;
    it.house.set(json!({ "dpopProofRequireNonce": true })).await;
    let service = service(&it.house).await;
    (it, service)
}

/// A token request of the service whose proof has this nonce.
async fn with_nonce(it: &Setting, service: &RelyingParty, nonce: Option<&str>) -> Reply {
    let proof = it.key.proof("POST", &it.house.at(TOKEN));
    let proof = match nonce {
        Some(nonce) => proof.with("nonce", nonce),
        None => proof,
    };
    let proof = proof.signed();
    service.call_with(Some(&proof), TOKEN, &CREDENTIALS).await
}

/// The nonce that comes with an answer, if one does.
fn supplied(reply: &Reply) -> Option<String> {
    let nonces = reply.headers("dpop-nonce");
    assert!(nonces.len() < 2, "RFC 9449 §8: not more than one");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    nonces.first().map(|nonce| (*nonce).to_owned())
}

#[track_caller]
fn asked_for(reply: Reply) -> String {
    let reply = reply.expect_status(400);
    assert_eq!(reply.json()["error"], "use_dpop_nonce");
    supplied(&reply).unwrap()
}

#[tokio::test]
async fn rfc9449_8_a_client_without_a_nonce_is_given_one_and_tries_again() {
    let (it, service) = strict().await;
    let nonce = asked_for(with_nonce(&it, &service, None).await);
    let reply = with_nonce(&it, &service, Some(&nonce)).await;
    let reply = reply.expect_status(200);
    assert_eq!(reply.json()["token_type"], "DPoP");
    assert_eq!(supplied(&reply), None, "it has the newest");
    // RFC 9449 §8: "it is acceptable for clients to use the same nonce multiple times".
    let reply = with_nonce(&it, &service, Some(&nonce)).await;
    let _ = reply.expect_status(200);
    let unknown = with_nonce(&it, &service, Some("unknown")).await;
    assert_eq!(asked_for(unknown), nonce);
}

#[tokio::test]
async fn rfc9449_8_2_a_new_nonce_comes_with_a_good_answer() {
    let (it, service) = strict().await;
    let first = asked_for(with_nonce(&it, &service, None).await);
    it.house.advance(Duration::from_mins(1));
    let reply = with_nonce(&it, &service, Some(&first)).await;
    let second = supplied(&reply.expect_status(200)).unwrap();
    assert_ne!(first, second);
    it.house.advance(Duration::from_mins(1));
    let late = with_nonce(&it, &service, Some(&first)).await;
    let third = asked_for(late);
    let reply = with_nonce(&it, &service, Some(&second)).await;
    assert_eq!(supplied(&reply.expect_status(200)), Some(third));
}

#[tokio::test]
async fn rfc9449_11_3_a_proof_without_a_nonce_is_refused_even_if_it_is_bad_in_other_ways() {
    let (it, service) = strict().await;
    let _ = asked_for(with_nonce(&it, &service, None).await);
    let old = it.key.proof("POST", &it.house.at(TOKEN));
    let old = old.with("iat", it.house.now().seconds() - 3600).signed();
    let reply = service.call_with(Some(&old), TOKEN, &CREDENTIALS).await;
    let _ = asked_for(reply);
    // With a nonce the server's clock counts, not the client's.
    let nonce = asked_for(with_nonce(&it, &service, None).await);
    let old = it.key.proof("POST", &it.house.at(TOKEN));
    let old = old.with("iat", it.house.now().seconds() - 3600);
    let old = old.with("nonce", nonce).signed();
    let reply = service.call_with(Some(&old), TOKEN, &CREDENTIALS).await;
    let _ = reply.expect_status(200);
    // A client that proves nothing needs none.
    let bearer = service.token(&CREDENTIALS).await.expect_status(200);
    assert_eq!(supplied(&bearer), None);
}

#[tokio::test]
async fn rfc9449_9_userinfo_asks_for_a_nonce_and_takes_that_of_the_token_endpoint() {
    let it = setting().await;
    let token = it.bound_token().await;
    it.house.set(json!({ "dpopProofRequireNonce": true })).await;
    let ask = async |nonce: Option<&str>| {
        let proof = it.proof_for(&token);
        let proof = match nonce {
            Some(nonce) => proof.with("nonce", nonce),
            None => proof,
        };
        let request = it.house.http.request(Method::GET, it.house.at(USERINFO));
        let request = request.header("authorization", &format!("DPoP {token}"));
        request.header("dpop", &proof.signed()).send().await
    };
    let reply = ask(None).await.expect_status(401);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("DPoP error=\"use_dpop_nonce\", algs=\""),
        "{challenge}"
    );
    let nonce = supplied(&reply).unwrap();
    let reply = ask(Some(&nonce)).await.expect_status(200);
    assert_eq!(supplied(&reply), None);
    // Clients keep one nonce for an origin.
    let service = service(&it.house).await;
    assert_eq!(asked_for(with_nonce(&it, &service, None).await), nonce);
    it.house.advance(Duration::from_mins(1));
    let reply = ask(Some(&nonce)).await.expect_status(200);
    assert!(supplied(&reply).is_some_and(|new| new != nonce));
}

#[tokio::test]
async fn rfc9449_8_scripts_of_allowed_origins_can_read_the_nonce() {
    let (it, _) = strict().await;
    let origins = json!({ "allowedOrigins": ["https://app.example"] });
    it.house.set(origins).await;
    let request = it.house.http.request(Method::POST, it.house.at(TOKEN));
    let request = request.header("origin", "https://app.example");
    let request = request.header("dpop", "x").form(&CREDENTIALS);
    let reply = request.send().await;
    assert!(supplied(&reply).is_some());
    let exposed = reply.header("access-control-expose-headers").unwrap();
    for name in ["DPoP-Nonce", "WWW-Authenticate"] {
        assert!(exposed.split(", ").any(|it| it == name), "{exposed}");
    }
}
