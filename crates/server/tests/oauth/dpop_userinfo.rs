//! Tokens that are bound to a key at the `UserInfo` endpoint (RFC 9449 §7).

use std::time::Duration;

use http::Method;
use serde_json::json;
use testkit::Dpop;

use crate::dpop::{TOKEN, USERINFO, challenged, refused, setting};

#[tokio::test]
async fn rfc9449_7_1_userinfo_takes_a_bound_token_with_its_proof_alone() {
    let it = setting().await;
    let token = it.bound_token().await;
    let dpop = format!("DPoP {token}");
    let good = it.proof_for(&token).signed();
    let lower = it.shown(&format!("dpop {token}"), Some(&good)).await;
    let _ = lower.expect_status(200);

    let none = it.shown(&dpop, None).await.expect_status(401);
    assert_eq!(challenged(&none), refused("DPoP", "invalid_dpop_proof"));
    assert_eq!(none.json()["error"], "invalid_dpop_proof");
    let url = it.house.at(USERINFO);
    let bad = [
        it.proof_for("another").signed(),
        it.key.proof("GET", &url).signed(),
        it.proof_for(&token).with("htm", "POST").signed(),
        it.proof_for(&token)
            .with("htu", it.house.at(TOKEN))
            .signed(),
    ];
    for bad in bad {
        let reply = it.shown(&dpop, Some(&bad)).await.expect_status(401);
        assert_eq!(challenged(&reply), refused("DPoP", "invalid_dpop_proof"));
    }
    let thief = Dpop::new(&it.house).proof("GET", &url).with_token(&token);
    let reply = it.shown(&dpop, Some(&thief.signed())).await;
    let reply = reply.expect_status(401);
    assert_eq!(challenged(&reply), refused("DPoP", "invalid_token"));
}

#[tokio::test]
async fn rfc9449_7_2_a_bound_token_is_no_bearer_token_and_no_other_is_bound() {
    let it = setting().await;
    let token = it.bound_token().await;
    let proof = it.proof_for(&token).signed();
    for proof in [None, Some(proof.as_str())] {
        let reply = it.shown(&format!("Bearer {token}"), proof).await;
        let reply = reply.expect_status(401);
        assert_eq!(challenged(&reply), refused("Bearer", "invalid_token"));
    }
    let form = [("access_token", token.as_str())];
    let reply = it.house.http.post(it.house.at(USERINFO), &form).await;
    let _ = reply.expect_status(401);

    let reply = it.redeemed(&it.shop, &[]).await.expect_status(200);
    let unbound = it.shop.tokens(&reply).await.access_token;
    let proof = it.proof_for(&unbound).signed();
    let reply = it.shown(&format!("DPoP {unbound}"), Some(&proof)).await;
    let reply = reply.expect_status(401);
    assert_eq!(challenged(&reply), refused("DPoP", "invalid_token"));
    // RFC 9449 §7.2: without a token, both ways are named and no error.
    let nothing = it.house.http.get(it.house.at(USERINFO)).await;
    let nothing = nothing.expect_status(401);
    assert_eq!(challenged(&nothing).1, None);
    let header = nothing.header("www-authenticate").unwrap();
    assert!(header.starts_with("Bearer, DPoP algs="), "{header}");
}

#[tokio::test]
async fn rfc9449_7_2_a_token_in_two_headers_is_refused() {
    let it = setting().await;
    let token = it.bound_token().await;
    let request = it.house.http.request(Method::GET, it.house.at(USERINFO));
    let request = request.header("authorization", &format!("Bearer {token}"));
    let request = request.header("authorization", &format!("DPoP {token}"));
    let reply = request.send().await.expect_status(400);
    assert_eq!(challenged(&reply).1.as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn rfc9449_11_2_a_proof_ages_and_so_does_its_token() {
    let it = setting().await;
    let token = it.bound_token().await;
    let authorization = format!("DPoP {token}");
    let made_before = it.proof_for(&token).signed();
    it.house.advance(Duration::from_secs(121));
    let reply = it.shown(&authorization, Some(&made_before)).await;
    let reply = reply.expect_status(401);
    assert_eq!(challenged(&reply), refused("DPoP", "invalid_dpop_proof"));
    it.house
        .set(json!({ "dpopProofLifetimeSeconds": 300 }))
        .await;
    let reply = it.shown(&authorization, Some(&made_before)).await;
    let _ = reply.expect_status(200);
    it.house.advance(Duration::from_hours(2));
    let fresh = it.proof_for(&token).signed();
    let reply = it.shown(&authorization, Some(&fresh)).await;
    let reply = reply.expect_status(401);
    assert_eq!(challenged(&reply), refused("DPoP", "invalid_token"));
}
