//! Best Current Practice for OAuth 2.0 Security (RFC 9700 §4).

use data_encoding::BASE64URL_NOPAD;
use jose::digest::left_half_hash;
use jose::jws::Algorithm;
use serde_json::{Value, json};
use testkit::{Answer, Dpop};

use super::{Setting, part, refused};

/// Setting: Redirection URIs
#[tokio::test]
async fn rfc9700_4_1_1_a_wildcard_does_not_reach_beyond_its_host() {
    let wild = json!({ "redirectUris": ["https://*.shop.example/callback/*"] });
    let it = Setting::open_with(wild).await;
    for uri in [
        "https://evil.example/.shop.example/callback/x",
        "https://evil.example/?.shop.example/callback/x",
        "https://evil.example#.shop.example/callback/x",
        "https://evil.example\\.shop.example/callback/x",
        "https://user@evil.example/.shop.example/callback/x",
        "https://shop.example.evil.example/callback/x",
        "https://evilshop.example/callback/x",
        "https://shop.example/callback/x",
        "http://eu.shop.example/callback/x",
        "https://eu.shop.example:8443/callback/x",
        "https://eu.shop.example/elsewhere/x",
        "https://eu.shop.example/callback/../elsewhere",
        "https://eu.shop.example/callback/%2e%2e/elsewhere",
    ] {
        let request = it.shop.request().with("redirect_uri", uri);
        let reply = it.house.browser().get(&request.url()).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (400, None),
            "{uri}"
        );
    }
    // Where wildcards stand, the address is named in both requests, and is the same in both.
    let nowhere = it
        .shop
        .request()
        .without("redirect_uri")
        .with("scope", "email");
    assert_eq!(it.house.browser().get(&nowhere.url()).await.status, 400);
    let request = it
        .shop
        .request()
        .with("redirect_uri", "https://eu.shop.example/callback/x");
    let code = it.code(&request).await;
    let other = request
        .clone()
        .with("redirect_uri", "https://us.shop.example/callback/x");
    refused(it.shop.exchange(&other, &code).await, 400, "invalid_grant");
    let unnamed = request.clone().without("redirect_uri");
    assert_eq!(it.shop.exchange(&unnamed, &code).await.status, 400);
    let _ = it.shop.exchange(&request, &code).await.expect_status(200);
}

#[tokio::test]
async fn rfc9700_4_2_4_no_address_of_ours_is_told_to_other_sites() {
    let it = Setting::open().await;
    let request = it.shop.request().with("response_mode", "form_post");
    let mut browser = it.house.browser();
    let sign_on = browser.go(&request).await;
    let consent = browser.enter_password(&sign_on, &it.alice).await;
    let last = browser.submit(&consent, "consent", "allow", &[]).await;
    assert!(last.has_form("form-post"));
    for page in [sign_on, consent, last] {
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
}

#[tokio::test]
async fn rfc9700_4_3_1_a_code_in_the_history_is_worth_nothing() {
    let it = Setting::open().await;
    let request = it.shop.request();
    let mut browser = it.house.browser();
    let answer = browser.sign_on(&request, &it.alice).await;
    it.shop.redeem(&request, &answer).await;
    refused(
        it.shop.exchange(&request, answer.code()).await,
        400,
        "invalid_grant",
    );
    // Nothing of it is kept by the browser.
    let reply = browser.go(&request).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_ne!(Answer::of(&reply).code(), answer.code());
}

#[tokio::test]
async fn rfc9700_4_3_2_no_token_is_taken_from_an_address() {
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    let url = it
        .house
        .at(&format!("/idp/userinfo.openid?access_token={token}"));
    assert_eq!(it.house.http.get(url).await.status, 401);
}

#[tokio::test]
async fn rfc9700_4_4_2_1_every_answer_says_whose_it_is() {
    let it = Setting::open_with(json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] })).await;
    let document = it
        .house
        .http
        .get(it.house.at("/.well-known/openid-configuration"))
        .await;
    let document = document.json();
    assert_eq!(document["issuer"], it.house.issuer);
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        true
    );
    for mode in ["query", "fragment", "form_post"] {
        let request = it.shop.request().with("response_mode", mode);
        let answer = it.house.browser().sign_on(&request, &it.alice).await;
        assert_eq!(
            answer.value("iss"),
            Some(it.house.issuer.as_str()),
            "{mode}"
        );
        let passive = request.with("prompt", "none");
        let refused = Answer::of(&it.house.browser().go(&passive).await);
        assert_eq!(refused.error(), "login_required");
        assert_eq!(
            refused.value("iss"),
            Some(it.house.issuer.as_str()),
            "{mode}"
        );
    }
}

#[tokio::test]
async fn rfc9700_4_5_3_1_a_code_of_another_browser_is_bound_to_its_verifier() {
    // The attacker has the victim's code, and injects it into a session of their own at the shop.
    let it = Setting::open().await;
    let victim = it.shop.request();
    let stolen = it.code(&victim).await;
    let attackers = it.shop.request();
    assert_ne!(victim.pkce.verifier, attackers.pkce.verifier);
    refused(
        it.shop.exchange(&attackers, &stolen).await,
        400,
        "invalid_grant",
    );
    let without = victim.clone().without("code_challenge");
    refused(
        it.shop.exchange(&without, &stolen).await,
        400,
        "invalid_grant",
    );
}

#[tokio::test]
async fn rfc9700_4_5_3_2_a_code_of_another_browser_brings_the_nonce_of_that_one() {
    let it = Setting::open().await;
    let bare = |request: testkit::AuthorizationRequest| {
        request
            .without("code_challenge")
            .without("code_challenge_method")
    };
    let (victim, attackers) = (bare(it.shop.request()), bare(it.shop.request()));
    let stolen = it.code(&victim).await;
    let reply = it
        .shop
        .exchange(&attackers, &stolen)
        .await
        .expect_status(200);
    let tokens = it.shop.tokens(&reply).await;
    assert_eq!(tokens.id_claims["nonce"], victim.value("nonce").unwrap());
    assert_ne!(tokens.id_claims["nonce"], attackers.value("nonce").unwrap());
}

#[tokio::test]
async fn rfc9700_4_6_an_access_token_that_was_swapped_does_not_fit_the_id_token() {
    let it = Setting::open_with(json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] })).await;
    let request = it.shop.request().with("response_type", "id_token token");
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let claims = part(answer.value("id_token").unwrap(), 1);
    let hash = |token: &str| json!(left_half_hash(Algorithm::Rs256, token));
    assert_eq!(
        claims["at_hash"],
        hash(answer.value("access_token").unwrap())
    );
    let leaked = it.tokens(&it.evil).await.access_token;
    assert_ne!(claims["at_hash"], hash(&leaked));
}

#[tokio::test]
async fn rfc9700_4_8_2_a_challenge_that_was_stripped_is_noticed() {
    let it = Setting::open().await;
    let request = it.shop.request();
    let stripped = request
        .clone()
        .without("code_challenge")
        .without("code_challenge_method");
    let code = it.code(&stripped).await;
    // The client knows nothing of it, and sends its verifier.
    refused(
        it.shop.exchange(&request, &code).await,
        400,
        "invalid_grant",
    );
    it.house
        .change_client("shop", json!({ "requireProofKeyForCodeExchange": true }))
        .await;
    let answer = Answer::of(&it.house.browser().go(&stripped).await);
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn rfc9700_4_10_1_a_stolen_token_is_of_no_use_without_its_key() {
    let it = Setting::open().await;
    let (key, thief) = (Dpop::new(&it.house), Dpop::new(&it.house));
    let owner = it.shop.proving(&key);
    let tokens = it.tokens(&owner).await;
    assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
    let stolen = it.shop.proving(&thief).userinfo(&tokens.access_token).await;
    assert_eq!(stolen.status, 401);
    let _ = owner
        .userinfo(&tokens.access_token)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn rfc9700_4_11_2_whoever_comes_of_an_unknown_client_is_sent_nowhere() {
    let it = Setting::open().await;
    it.house
        .change_client("evil", json!({ "enabled": false }))
        .await;
    for request in [
        it.evil.request(),
        it.shop.request().with("client_id", "nobody"),
        it.shop
            .request()
            .with("redirect_uri", &it.evil.redirect_uri),
    ] {
        for broken in [request.clone(), request.with("response_type", "nonsense")] {
            let reply = it
                .house
                .browser()
                .get(&broken.url())
                .await
                .expect_status(400);
            assert_eq!(reply.header("location"), None);
            assert!(
                !reply.text().contains("=\"https://"),
                "there is no link to it"
            );
        }
    }
}

#[tokio::test]
async fn rfc9700_4_12_a_password_is_never_posted_on() {
    let it = Setting::open().await;
    for mode in ["query", "form_post"] {
        let request = it.shop.request().with("response_mode", mode);
        let mut browser = it.house.browser();
        let page = browser.go(&request).await;
        let filled = [
            ("username", "alice"),
            ("password", it.alice.password.as_str()),
        ];
        let reply = browser.press(&page, "sign-on", "submit", &filled).await;
        assert_eq!(reply.status, 303, "a browser goes on with a GET");
        assert!(!reply.text().contains(&it.alice.password));
    }
}

#[tokio::test]
async fn rfc9700_4_14_2_a_stolen_refresh_token_ends_both_its_holders() {
    let it = Setting::open().await;
    let first = it.tokens(&it.shop).await;
    let second = it.shop.refresh(first.refresh()).await.expect_status(200);
    let second = it.shop.tokens(&second).await;
    refused(it.shop.refresh(first.refresh()).await, 400, "invalid_grant");
    refused(
        it.shop.refresh(second.refresh()).await,
        400,
        "invalid_grant",
    );
    for token in [&first.access_token, &second.access_token] {
        assert_eq!(it.shop.userinfo(token).await.status, 401);
    }
}

#[tokio::test]
async fn rfc9700_4_15_a_client_with_the_name_of_a_person_is_nobody() {
    // A client calls itself what the person's sub is, and asks for a token of its own.
    let it = Setting::open().await;
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "redirectUris": Value::Null,
    });
    let twin = it
        .house
        .add_client_with(&it.alice.id.to_string(), fields)
        .await;
    for scope in ["", "openid", "openid profile email"] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let reply = twin.token(&form).await;
        let Some(token) = reply.json()["access_token"].as_str().map(str::to_owned) else {
            continue;
        };
        let told = twin.userinfo(&token).await;
        assert!(matches!(told.status, 401 | 403), "{scope}: {}", told.text());
        assert!(!told.text().contains("alice"));
    }
}

#[tokio::test]
async fn rfc9700_2_3_a_token_is_good_for_no_more_than_was_granted() {
    let it = Setting::open().await;
    let token = it.tokens(&it.shop).await.access_token;
    let told = it.shop.userinfo(&token).await.expect_status(200).json();
    assert_eq!(told.as_object().unwrap().len(), 1, "sub alone: {told}");
    let header = BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes());
    let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
    assert_eq!(header["typ"], "at+jwt");
}
