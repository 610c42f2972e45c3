//! OpenID Connect Core §16, and the issuer in answers (RFC 9207 §4).

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest};

use super::{Setting, key_pair, part, refused, unsigned};

fn implicit() -> Value {
    json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT", "REFRESH_TOKEN"] })
}

/// The error that the client is told of.
async fn told(it: &Setting, request: &AuthorizationRequest) -> String {
    let reply = it.house.browser().go(request).await;
    Answer::of(&reply).error().to_owned()
}

#[tokio::test]
async fn oidc_core_16_3_an_id_token_cannot_be_made_or_changed() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    let (header, mut claims) = (part(tokens.id(), 0), part(tokens.id(), 1));
    let stranger = SigningKey::generate(Algorithm::Rs256).unwrap();
    let kid = header["kid"].as_str().unwrap();
    let bytes = claims.to_string();
    let forged = sign_compact(&stranger, Header::new().with("kid", kid), bytes.as_bytes()).unwrap();
    claims["sub"] = json!("somebody else");
    let [head, _, signature] = tokens.id().split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts");
    };
    let changed = unsigned(&header, &claims);
    let changed = changed
        .trim_end_matches('.')
        .split_once('.')
        .unwrap()
        .1
        .to_owned();
    for forged in [
        forged,
        unsigned(&json!({ "alg": "none" }), &claims),
        format!("{head}.{changed}.{signature}"),
    ] {
        let request = it.shop.request().with("id_token_hint", &forged);
        assert_eq!(told(&it, &request).await, "invalid_request");
    }
}

/// Setting: ID Token Signing Algorithm
#[tokio::test]
async fn oidc_core_2_an_unsigned_id_token_comes_from_the_token_endpoint_alone_and_proves_nothing() {
    let policy = json!({ "oidcPolicy": { "idTokenSigningAlgorithm": "NONE" } });
    let it = Setting::open_with(policy).await;
    let request = it.shop.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let tokens = it.shop.exchange(&request, answer.code()).await;
    let tokens = tokens.expect_status(200).json();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let renewed = it.shop.refresh(refresh).await.expect_status(200).json();
    let issued = [&tokens, &renewed].map(|it| it["id_token"].as_str().unwrap());
    for token in issued {
        assert_eq!(part(token, 0), json!({ "alg": "none", "typ": "JWT" }));
        // RFC 7518 §3.6: the signature is the empty octet sequence.
        assert!(token.ends_with('.') && token.split('.').count() == 3);
        let claims = part(token, 1);
        assert_eq!(claims["iss"], it.house.issuer.as_str());
        assert_eq!(
            (&claims["aud"], claims["sub"].is_string()),
            (&json!("shop"), true)
        );
        // A hash is made as the signature is, and there is none.
        assert_eq!(claims.get("at_hash"), None);
    }
    // It is as ours as can be, and yet anybody could have written it down.
    let request = it.shop.request().with("id_token_hint", issued[0]);
    assert_eq!(told(&it, &request).await, "invalid_request");
    let request = it.shop.request().with("response_type", "code id_token");
    assert_eq!(told(&it, &request).await, "unauthorized_client");
    let advertised = it.house.at("/.well-known/openid-configuration");
    let advertised = it.house.http.get(advertised).await.json();
    let algorithms = advertised["id_token_signing_alg_values_supported"].to_string();
    assert!(!algorithms.contains("none"), "{algorithms}");
}

/// Setting: ID Token Signing Algorithm
#[tokio::test]
async fn oidc_core_2_a_client_with_unsigned_id_tokens_may_have_access_tokens_through_the_browser() {
    let fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"],
        "restrictedResponseTypes": ["code", "token"],
        "oidcPolicy": { "idTokenSigningAlgorithm": "NONE" },
    });
    let it = Setting::open_with(fields).await;
    let request = it.shop.request().with("response_type", "token");
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    assert!(answer.value("access_token").is_some() && answer.value("id_token").is_none());
    let request = it.shop.request().with("response_type", "id_token");
    assert_eq!(told(&it, &request).await, "unauthorized_client");
}

#[tokio::test]
async fn oidc_core_16_8_an_access_token_is_not_another_kind_of_token() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    // None stands in for another: at userinfo, as a hint, as a refresh token.
    for token in [tokens.id(), tokens.refresh()] {
        refused(it.shop.userinfo(token).await, 401, "invalid_token");
    }
    for token in [&tokens.access_token, tokens.refresh()] {
        let request = it.shop.request().with("id_token_hint", token);
        assert_eq!(told(&it, &request).await, "invalid_request");
    }
    for token in [tokens.id(), &tokens.access_token] {
        refused(it.shop.refresh(token).await, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn oidc_core_16_9_tokens_say_for_whom_they_are_and_until_when() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    let now = it.house.now().seconds();
    for token in [tokens.id(), &tokens.access_token] {
        let claims = part(token, 1);
        assert_eq!(claims["iss"], it.house.issuer);
        assert_eq!(claims["iat"], now);
        assert!(claims["exp"].as_i64().unwrap() > now);
        assert!(claims["aud"].is_string() || claims["aud"].is_array());
    }
    // An ID token of one client is no hint of another's.
    let request = it.evil.request().with("id_token_hint", tokens.id());
    assert_eq!(told(&it, &request).await, "invalid_request");
}

#[tokio::test]
async fn oidc_core_16_11_a_code_or_token_that_was_swapped_does_not_fit_the_id_token() {
    let it = Setting::open_with(implicit()).await;
    let mut claims = Vec::new();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = it
            .shop
            .request()
            .with("response_type", "code id_token token");
        let answer = it.house.browser().sign_on(&request, &it.alice).await;
        claims.push(part(answer.value("id_token").unwrap(), 1));
        answers.push(answer);
    }
    for (hash, what) in [
        ("c_hash", "code"),
        ("at_hash", "access_token"),
        ("s_hash", "state"),
    ] {
        let of = |answer: &Answer| {
            let value = answer.value(what).unwrap();
            json!(jose::digest::left_half_hash(Algorithm::Rs256, value))
        };
        assert_eq!(claims[0][hash], of(&answers[0]), "{hash}");
        assert_ne!(claims[0][hash], of(&answers[1]), "{hash}");
    }
}

#[tokio::test]
async fn oidc_core_16_15_an_issuer_is_the_same_to_the_letter_everywhere() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    let answer = it
        .house
        .browser()
        .sign_on(&it.shop.request(), &it.alice)
        .await;
    let document = it
        .house
        .http
        .get(it.house.at("/.well-known/openid-configuration"))
        .await;
    let issuer = document.json()["issuer"].clone();
    assert_eq!(json!(answer.value("iss")), issuer);
    for token in [tokens.id(), &tokens.access_token] {
        assert_eq!(part(token, 1)["iss"], issuer);
    }
}

#[tokio::test]
async fn oidc_core_16_18_tokens_end_and_can_be_ended() {
    let it = Setting::open().await;
    let tokens = it.tokens(&it.shop).await;
    let _ = it.shop.revoke(tokens.refresh()).await.expect_status(200);
    refused(
        it.shop.refresh(tokens.refresh()).await,
        400,
        "invalid_grant",
    );
    assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
    let tokens = it.tokens(&it.shop).await;
    it.house.advance(std::time::Duration::from_hours(3));
    assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
}

#[tokio::test]
async fn oidc_core_16_19_a_secret_that_signs_is_as_long_as_the_hash() {
    let it = Setting::open().await;
    let administration = it.house.administration();
    for (algorithm, least) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        for (length, status) in [(least - 1, 422), (least, 201)] {
            let client = json!({
                "clientId": format!("{algorithm}-{length}"),
                "name": "Short",
                "grantTypes": ["CLIENT_CREDENTIALS"],
                "clientAuth": { "type": "CLIENT_SECRET_JWT", "secret": "s".repeat(length), "tokenEndpointAuthSigningAlgorithm": algorithm },
                "oidcPolicy": { "idTokenSigningAlgorithm": algorithm },
            });
            let reply = administration.post("/oauth/clients", &client).await;
            assert_eq!(reply.status, status, "{algorithm} {length}");
        }
    }
}

#[tokio::test]
async fn oidc_core_16_20_a_signed_request_that_was_changed_on_its_way_is_refused() {
    let (key, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    let object = it.shop.request_object(&it.shop.request());
    let signed = object.signed(&key);
    let mut claims = object.claims().clone();
    claims["scope"] = json!("openid profile email phone");
    let [head, _, signature] = signed.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts");
    };
    let changed = unsigned(&json!({}), &claims);
    let changed = changed
        .trim_end_matches('.')
        .split_once('.')
        .unwrap()
        .1
        .to_owned();
    let request = it
        .shop
        .request()
        .carried("request", &format!("{head}.{changed}.{signature}"));
    let request = request.with("redirect_uri", &it.shop.redirect_uri);
    assert_eq!(told(&it, &request).await, "invalid_request_object");
}

#[tokio::test]
async fn rfc9207_4_an_honest_and_a_dishonest_server_cannot_be_confused() {
    // The same client and the same person at two servers: each answer says whose it is, and what the
    // one has given is nothing to the other.
    let (honest, dishonest) = (Setting::open().await, Setting::open().await);
    let request = honest.shop.request();
    let answer = honest
        .house
        .browser()
        .sign_on(&request, &honest.alice)
        .await;
    assert_eq!(answer.value("iss"), Some(honest.house.issuer.as_str()));
    let begun = dishonest.shop.request();
    let other = dishonest
        .house
        .browser()
        .sign_on(&begun, &dishonest.alice)
        .await;
    assert_eq!(other.value("iss"), Some(dishonest.house.issuer.as_str()));
    assert_ne!(answer.value("iss"), other.value("iss"));
    refused(
        dishonest.shop.exchange(&request, answer.code()).await,
        400,
        "invalid_grant",
    );
    let tokens = honest.shop.redeem(&request, &answer).await;
    assert_eq!(
        dishonest.shop.userinfo(&tokens.access_token).await.status,
        401
    );
    refused(
        dishonest.shop.refresh(tokens.refresh()).await,
        400,
        "invalid_grant",
    );
}
