//! The OAuth 2.0 Authorization Framework (RFC 6749 §10) and its threat model (RFC 6819).

use http::Method;
use jose::Header;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::Answer;

use super::{Setting, part, refused, unsigned};

#[tokio::test]
async fn rfc6749_10_2_nobody_is_a_confidential_client_by_its_name_alone() {
    let it = Setting::open().await;
    let request = it.shop.request();
    let code = it.code(&request).await;
    let mut nameless = it.shop.clone();
    nameless.secret = None;
    refused(
        nameless.exchange(&request, &code).await,
        401,
        "invalid_client",
    );
    refused(nameless.push(&request).await, 401, "invalid_client");
    let tokens = it.tokens(&it.shop).await;
    refused(
        nameless.refresh(tokens.refresh()).await,
        401,
        "invalid_client",
    );
    refused(
        nameless.introspect(&tokens.access_token).await,
        401,
        "invalid_client",
    );
    refused(
        nameless.revoke(tokens.refresh()).await,
        401,
        "invalid_client",
    );
    // None of it has cost the client anything.
    let _ = it.shop.exchange(&request, &code).await.expect_status(200);
    let _ = it.shop.refresh(tokens.refresh()).await.expect_status(200);
}

#[tokio::test]
async fn rfc6749_10_3_an_access_token_cannot_be_made_or_changed() {
    // RFC 6749 §10.3: "The authorization server MUST ensure that access tokens cannot be generated,
    // modified, or guessed to produce valid access tokens by unauthorized parties."
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let algorithm = Algorithm::from_name(header["alg"].as_str().unwrap()).unwrap();
    let stranger = SigningKey::generate(algorithm).unwrap();
    let kid = header["kid"].as_str().unwrap();
    let published = it.house.jwks().await;
    let public = published.keys().iter().find(|it| it.kid() == Some(kid));
    let public = public.unwrap().to_public_json().unwrap();
    let confused = SigningKey::new(&Jwk::from_secret(public.as_bytes()), Algorithm::Hs256);
    let signed = |key: &SigningKey, claims: &Value| {
        let head = Header::new().with_typ("at+jwt").with("kid", kid);
        sign_compact(key, head, claims.to_string().as_bytes()).unwrap()
    };
    let mut wider = claims.clone();
    wider["scope"] = json!("openid profile email phone");
    let [head, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts");
    };
    let changed = unsigned(&header, &wider);
    let changed = changed
        .trim_end_matches('.')
        .split_once('.')
        .unwrap()
        .1
        .to_owned();
    for forged in [
        format!("{head}.{changed}.{signature}"),
        unsigned(&json!({ "alg": "none", "typ": "at+jwt" }), &claims),
        signed(&stranger, &claims),
        signed(&confused.unwrap(), &claims),
    ] {
        refused(it.shop.userinfo(&forged).await, 401, "invalid_token");
        let told = it.shop.introspect(&forged).await.expect_status(200);
        assert_eq!(told.json(), json!({ "active": false }));
    }
    let _ = it.shop.userinfo(&token).await.expect_status(200);
}

#[tokio::test]
async fn rfc6749_10_4_a_refresh_token_is_its_clients_alone_and_cannot_be_changed() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    let token = tokens.refresh();
    refused(it.evil.refresh(token).await, 400, "invalid_grant");
    let told = it.evil.introspect(token).await.expect_status(200);
    assert_eq!(told.json(), json!({ "active": false }));
    let _ = it.evil.revoke(token).await;
    for changed in [
        format!("{token}A"),
        token[1..].to_owned(),
        token.to_uppercase(),
        token.chars().rev().collect(),
    ] {
        refused(it.shop.refresh(&changed).await, 400, "invalid_grant");
    }
    let _ = it.shop.refresh(token).await.expect_status(200);
}

#[tokio::test]
async fn rfc6749_10_5_a_code_is_good_once_for_its_client_and_for_a_moment() {
    // RFC 6749 §10.5: "Authorization codes MUST be short lived and single-use."
    let it = Setting::open().await;
    let request = it.shop.request();
    let code = it.code(&request).await;
    refused(
        it.evil.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
    let _ = it.shop.exchange(&request, &code).await.expect_status(200);
    refused(
        it.shop.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
    let late = it.code(&request).await;
    it.house.advance(std::time::Duration::from_secs(61));
    refused(
        it.shop.exchange(&request, &late).await,
        400,
        "invalid_grant",
    );
}

#[tokio::test]
async fn rfc6749_10_6_a_code_is_redeemed_with_the_address_to_which_it_was_sent() {
    // An attacker has had the code sent to another of the client's addresses, and now has the client
    // redeem it as if it had come to the usual one.
    let both = json!({ "redirectUris": ["https://shop.example/a", "https://shop.example/b"] });
    let it = Setting::open_with(both).await;
    let request = it.shop.request();
    let elsewhere = request
        .clone()
        .with("redirect_uri", "https://shop.example/b");
    let code = it.code(&elsewhere).await;
    refused(
        it.shop.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
    let without = elsewhere.clone().without("redirect_uri");
    let reply = it.shop.exchange(&without, &code).await;
    assert_eq!(reply.status, 400, "{}", reply.text());
    let _ = it.shop.exchange(&elsewhere, &code).await.expect_status(200);
}

#[tokio::test]
async fn rfc6749_10_10_what_could_be_guessed_is_too_long_for_it() {
    // RFC 6749 §10.10: "The probability of an attacker guessing generated tokens (and other credentials
    // not intended for handling by end-users) MUST be less than or equal to 2^(-128) and SHOULD be less
    // than or equal to 2^(-160)."
    let it = Setting::open().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let request = it.shop.request();
        let code = it.code(&request).await;
        let reply = it.shop.exchange(&request, &code).await.expect_status(200);
        let refresh = it.shop.tokens(&reply).await.refresh().to_owned();
        let pushed = it.shop.pushed(&request).await;
        let reference = pushed.value("request_uri").unwrap();
        let reference = reference.rsplit(':').next().unwrap().to_owned();
        for text in [code, refresh, reference] {
            let letters = text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
            assert!(letters && text.len() * 6 >= 160, "{text}");
            assert!(seen.insert(text), "it is another one each time");
        }
    }
}

#[tokio::test]
async fn rfc6749_10_12_another_site_cannot_grant_anything_for_a_person() {
    let it = Setting::open().await;
    let mut browser = it.house.browser();
    let page = browser.go(&it.evil.request()).await;
    let page = browser.enter_password(&page, &it.alice).await;
    let form = page.form("consent");
    let address = page.url.join(&form.action).unwrap();
    let mut fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let (_, (name, value)) = form.buttons.iter().find(|(id, _)| id == "allow").unwrap();
    fields.push((name, value));
    // With everything that is on the page, but from another site.
    let reply = browser.post_cross_site(address.as_str(), &fields).await;
    assert_ne!(reply.status, 303, "{}", reply.text());
    // In the person's browser, but without what is on the page.
    let guessed = [(name.as_str(), value.as_str())];
    let reply = browser.post(address.as_str(), &guessed).await;
    assert!(
        reply
            .header("location")
            .is_none_or(|it| !it.contains("code="))
    );
    // The person is still asked.
    let answer = browser.allow(page).await;
    assert!(answer.value("code").is_some());
}

#[tokio::test]
async fn rfc6749_10_13_no_page_is_shown_within_another() {
    let it = Setting::open().await;
    let mut browser = it.house.browser();
    let sign_on = browser.go(&it.shop.request()).await;
    let consent = browser.enter_password(&sign_on, &it.alice).await;
    assert!(consent.has_form("consent"));
    for page in [sign_on, consent] {
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn rfc6749_10_14_what_a_request_carries_is_text_wherever_it_comes_out() {
    // RFC 6749 §10.14: "The authorization server and client MUST sanitize (and validate when possible)
    // any value received -- in particular, the value of the "state" and "redirect_uri" parameters."
    let it = Setting::open().await;
    let odd = "\r\nSet-Cookie: x=1\r\n\r\n<script>alert(1)</script>&code=forged#";
    let request = it.shop.request().with("state", odd);
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    assert_eq!(answer.value("state"), Some(odd));
    assert_ne!(answer.code(), "forged");
    let refusal = request.with("prompt", "none");
    let reply = it.house.browser().go(&refusal).await;
    assert_eq!(
        reply
            .headers("set-cookie")
            .iter()
            .filter(|it| it.starts_with("x="))
            .count(),
        0
    );
    let answer = Answer::of(&reply);
    assert_eq!(answer.value("state"), Some(odd));
    assert_eq!(answer.value("code"), None);
    // On a page it is escaped.
    let hinted = it
        .shop
        .request()
        .with("login_hint", "\"><script>alert(1)</script>");
    let page = it.house.browser().go(&hinted).await;
    assert!(page.has_form("sign-on") && !page.text().contains("<script>alert"));
}

#[tokio::test]
async fn rfc6749_10_15_nobody_is_sent_to_an_address_that_no_client_has() {
    let it = Setting::open().await;
    for uri in [
        "https://evil.example/callback",
        "https://shop.example.evil.example/callback",
        "https://shop.example@evil.example/callback",
        "https://shop.example/callback/../../evil",
        "https://shop.example/callback?next=https://evil.example",
        "//evil.example/callback",
        "https://shop.example\\@evil.example/callback",
    ] {
        for request in [it.shop.request(), it.shop.request().with("prompt", "none")] {
            let request = request.with("redirect_uri", uri);
            let reply = it
                .house
                .browser()
                .get(&request.url())
                .await
                .expect_status(400);
            assert_eq!(reply.header("location"), None, "{uri}");
        }
    }
    // Not after signing out either.
    let path = "/idp/init_logout.openid?post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
    let reply = it.house.browser().get(path).await;
    assert_eq!(reply.header("location"), None);
}

#[tokio::test]
async fn rfc6749_10_16_a_token_says_for_which_client_it_is() {
    // A token that the evil client got is not one of the shop's, and the shop can tell.
    let it = Setting::open().await;
    let tokens = it.tokens(&it.evil).await;
    assert_eq!(part(&tokens.access_token, 1)["client_id"], "evil");
    assert_eq!(tokens.id_claims["aud"], "evil");
    let told = it
        .shop
        .introspect(&tokens.access_token)
        .await
        .expect_status(200);
    assert_eq!(told.json(), json!({ "active": false }));
    let resource_server = json!({ "grantTypes": ["ACCESS_TOKEN_VALIDATION"] });
    let resource_server = it.house.add_client_with("api", resource_server).await;
    let told = resource_server.introspect(&tokens.access_token).await;
    assert_eq!(told.json()["client_id"], "evil");
}

#[tokio::test]
async fn rfc6819_4_4_1_10_a_client_cannot_approve_in_the_place_of_a_person() {
    // A client that drives the person's browser still has to say what is on the page alone.
    let it = Setting::open().await;
    let mut browser = it.house.browser();
    browser.sign_on(&it.shop.request(), &it.alice).await;
    let page = browser.go(&it.evil.request()).await;
    let address = page.url.join(&page.form("consent").action).unwrap();
    for method in [Method::GET, Method::POST] {
        let request = browser.request(method, address.as_str());
        let request = request.form(&[("allow", "allow"), ("scope", "openid")]);
        let reply = browser.send(request).await;
        assert!(
            reply
                .header("location")
                .is_none_or(|it| !it.contains("code="))
        );
    }
}

#[tokio::test]
async fn rfc6819_4_4_2_4_consent_is_for_one_client_and_for_what_it_asked() {
    let it = Setting::open().await;
    let mut browser = it.house.browser();
    browser.sign_on(&it.shop.request(), &it.alice).await;
    assert!(browser.go(&it.evil.request()).await.has_form("consent"));
    let wider = it.shop.request().with("scope", "openid email");
    assert!(browser.go(&wider).await.has_form("consent"));
    let answer = Answer::of(&browser.go(&it.shop.request()).await);
    assert!(
        answer.value("code").is_some(),
        "what was allowed is allowed"
    );
}
