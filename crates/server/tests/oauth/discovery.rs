//! What the server says about itself is true.

use std::collections::BTreeSet;

use domain::port::Clock;
use http::Method;
use serde_json::{Value, json};
use testkit::House;

async fn document(house: &House) -> Value {
    let url = house.at("/.well-known/openid-configuration");
    house.http.get(url).await.expect_status(200).json()
}

#[tokio::test]
async fn rfc8414_3_both_addresses_have_the_same_document() {
    let house = House::open().await;
    let openid = document(&house).await;
    let url = house.at("/.well-known/oauth-authorization-server");
    let oauth = house.http.get(url).await.expect_status(200);
    assert_eq!(oauth.header("content-type"), Some("application/json"));
    assert_eq!(oauth.json(), openid);
    // RFC 8414 §3.3: "The "issuer" value returned MUST be identical to the authorization server's
    // issuer identifier value".
    assert_eq!(openid["issuer"], house.issuer.as_str());
}

#[tokio::test]
async fn pingfederate_2_1_the_endpoints_are_where_its_clients_look_for_them() {
    let house = House::open().await;
    let document = document(&house).await;
    for (member, path) in [
        ("authorization_endpoint", "/as/authorization.oauth2"),
        ("token_endpoint", "/as/token.oauth2"),
        ("revocation_endpoint", "/as/revoke_token.oauth2"),
        ("userinfo_endpoint", "/idp/userinfo.openid"),
        ("introspection_endpoint", "/as/introspect.oauth2"),
        ("end_session_endpoint", "/idp/init_logout.openid"),
        ("pushed_authorization_request_endpoint", "/as/par.oauth2"),
        ("jwks_uri", "/pf/JWKS"),
    ] {
        assert_eq!(document[member], house.at(path), "{member}");
    }
}

#[tokio::test]
async fn every_advertised_endpoint_answers_in_its_own_way() {
    let house = House::open().await;
    let document = document(&house).await;
    let members = document.as_object().unwrap().iter();
    let urls: Vec<(&String, &str)> = members
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .map(|(name, url)| (name, url.as_str().unwrap()))
        .collect();
    assert_eq!(urls.len(), 9);
    for (name, url) in urls {
        let get = house.http.get(url).await;
        let post = house.http.post(url, &[]).await;
        let expected = match name.as_str() {
            "authorization_endpoint" => (400, 400),
            "token_endpoint"
            | "pushed_authorization_request_endpoint"
            | "device_authorization_endpoint"
            | "revocation_endpoint"
            | "introspection_endpoint" => (405, 401),
            "userinfo_endpoint" => (401, 401),
            "end_session_endpoint" => (200, 200),
            "jwks_uri" => (200, 405),
            other => panic!("{other} is not tested"),
        };
        assert_eq!((get.status, post.status), expected, "{name}");
    }
}

#[tokio::test]
async fn every_advertised_scope_prompt_and_response_mode_is_accepted() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let document = document(&house).await;
    let values = |name: &str| -> Vec<String> {
        let list = document[name].as_array().unwrap().iter();
        list.map(|value| value.as_str().unwrap().to_owned())
            .collect()
    };
    let scope = values("scopes_supported").join(" ");
    for mode in values("response_modes_supported") {
        let request = shop.request().with("scope", &scope);
        let request = request.with("response_mode", &mode);
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = shop.redeem(&request, &answer).await;
        let granted: BTreeSet<&str> = tokens.scope.as_deref().unwrap().split(' ').collect();
        assert_eq!(granted, scope.split(' ').collect());
    }
    for prompt in values("prompt_values_supported") {
        let request = shop.request().with("prompt", &prompt);
        let reply = house.browser().go(&request).await;
        if prompt == "none" {
            assert_eq!(testkit::Answer::of(&reply).error(), "login_required");
        } else {
            assert!(reply.has_form("sign-on"), "{prompt}");
        }
    }
    for locale in values("ui_locales_supported") {
        let request = shop.request().with("ui_locales", &locale);
        let page = house.browser().go(&request).await;
        assert!(page.text().contains(&format!("<html lang=\"{locale}\"")));
    }
}

/// Setting: ID Token Signing Algorithm
#[tokio::test]
async fn every_advertised_id_token_algorithm_signs_and_rs256_is_among_them() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let document = document(&house).await;
    let algorithms = document["id_token_signing_alg_values_supported"].as_array();
    let algorithms = algorithms.unwrap();
    // OpenID Connect Discovery §3: "The algorithm RS256 MUST be included."
    assert!(algorithms.contains(&json!("RS256")));
    for algorithm in algorithms {
        let id = format!("signs-{}", algorithm.as_str().unwrap().to_lowercase());
        let policy = json!({ "oidcPolicy": { "idTokenSigningAlgorithm": algorithm } });
        let client = house.add_client_with(&id, policy).await;
        let request = client.request();
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = client.exchange(&request, answer.code()).await;
        let tokens = tokens.expect_status(200).json();
        let token = tokens["id_token"].as_str().unwrap();
        assert_eq!(header(token)["alg"], *algorithm);
    }
}

#[tokio::test]
async fn a_client_can_have_any_algorithm_of_ours_even_if_its_keys_are_yet_to_be_made() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    for algorithm in [
        "ES384", "ES512", "EdDSA", "PS256", "HS256", "HS384", "HS512",
    ] {
        let id = format!("signs-{}", algorithm.to_lowercase());
        let policy = json!({ "oidcPolicy": { "idTokenSigningAlgorithm": algorithm } });
        let client = house.add_client_with(&id, policy).await;
        let request = client.request();
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = client.redeem(&request, &answer).await;
        assert_eq!(header(tokens.id())["alg"], algorithm);
    }
    let advertised = document(&house).await;
    let advertised = advertised["id_token_signing_alg_values_supported"].to_string();
    assert!(advertised.contains("ES384") && advertised.contains("EdDSA"));
}

fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    let header = data_encoding::BASE64URL_NOPAD
        .decode(header.as_bytes())
        .unwrap();
    serde_json::from_slice(&header).unwrap()
}

#[tokio::test]
async fn discovery_follows_the_settings() {
    let house = House::open().await;
    house
        .set(json!({
            "disallowPlainPKCE": false,
            "includeIssuerInAuthorizationResponse": false,
            "scopes": [{ "name": "openid", "description": "" }, { "name": "orders", "description": "" }],
        }))
        .await;
    let document = document(&house).await;
    assert_eq!(
        document["code_challenge_methods_supported"],
        json!(["S256", "plain"])
    );
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        false
    );
    assert_eq!(document["scopes_supported"], json!(["openid", "orders"]));
}

#[tokio::test]
async fn rfc7517_4_7_every_published_key_has_a_certificate_and_nothing_private() {
    let house = House::open().await;
    let reply = house.http.get(house.at("/pf/JWKS")).await;
    let document = reply.expect_status(200).json();
    let keys = document["keys"].as_array().unwrap();
    let used = |purpose: &str| keys.iter().filter(|key| key["use"] == purpose).count();
    assert_eq!(
        used("sig"),
        4,
        "one that signs and the next, of two families"
    );
    assert_eq!(used("enc"), 2, "the one to encrypt to, of two families");
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert!(key["kid"].is_string());
        assert!(key["x5c"][0].as_str().unwrap().len() > 100);
    }
    let kids: BTreeSet<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(kids.len(), 6);
    // jose reads x5c and refuses a certificate of another key (RFC 7517 §4.7).
    let set = house.jwks().await;
    assert_eq!((set.keys().len(), set.ignored().len()), (6, 0));
}

#[tokio::test]
async fn documents_may_be_cached_for_a_moment_and_know_head() {
    let house = House::open().await;
    for path in ["/.well-known/openid-configuration", "/pf/JWKS"] {
        let reply = house.http.get(house.at(path)).await;
        assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
        let head = house
            .http
            .request(Method::HEAD, house.at(path))
            .send()
            .await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
    }
    assert_eq!(house.now(), house.clock.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_new_family_are_made_once_and_before_the_client_that_needs_them() {
    let house = House::open().await;
    let before = house.jwks().await.keys().len();
    let mut adding = tokio::task::JoinSet::new();
    for number in 0..12 {
        let administration = house.administration();
        let client = json!({
            "clientId": format!("client-{number}"),
            "name": "A client",
            "redirectUris": ["https://client.example/callback"],
            "grantTypes": ["AUTHORIZATION_CODE"],
            "clientAuth": { "type": "SECRET", "secret": "long enough for anybody to use here" },
            "oidcPolicy": { "idTokenSigningAlgorithm": "ES384" },
        });
        adding.spawn(async move { administration.post("/oauth/clients", &client).await.status });
    }
    assert!(adding.join_all().await.iter().all(|status| *status == 201));
    let jwks = house.jwks().await;
    assert_eq!(
        jwks.keys().len(),
        before + 2,
        "one that signs and the one after it"
    );
}
