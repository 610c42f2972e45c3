//! The authorization endpoint, when something is wrong: the person is told until the redirection
//! URI is proven, and the client from then on.

use serde_json::{Value, json};
use testkit::{Answer, House};

/// Settings: Client ID; Enabled; Redirection URIs
#[tokio::test]
async fn rfc6749_4_1_2_1_nobody_is_sent_to_an_uri_that_is_not_proven() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let two = json!({ "redirectUris": ["https://two.example/a", "https://two.example/b"] });
    let two = house.add_client_with("two", two).await;
    let off = house
        .add_client_with("off", json!({ "enabled": false }))
        .await;
    let request = || shop.request();
    for (request, title) in [
        (request().without("client_id"), "This link doesn’t work"),
        (request().with("client_id", ""), "This link doesn’t work"),
        (
            request().with("client_id", "nobody"),
            "We don’t know this application",
        ),
        (off.request(), "We don’t know this application"),
        (
            two.request().without("redirect_uri"),
            "This link doesn’t work",
        ),
        (
            request().with("redirect_uri", "https://evil.example/callback"),
            "We stopped to keep you safe",
        ),
        // RFC 9700 §4.1.3: compared character by character.
        (
            request().with("redirect_uri", "https://shop.example/callback/"),
            "We stopped to keep you safe",
        ),
        (
            request().with("redirect_uri", "https://shop.example/callback?x=1"),
            "We stopped to keep you safe",
        ),
        (
            request().with("redirect_uri", "https://SHOP.example/callback"),
            "We stopped to keep you safe",
        ),
        (
            request().with("redirect_uri", "https://shop.example:443/callback"),
            "We stopped to keep you safe",
        ),
        (
            request().with("redirect_uri", "javascript:alert(1)"),
            "We stopped to keep you safe",
        ),
    ] {
        let page = house.browser().get(&request.url()).await;
        let page = page.expect_status(400);
        assert_eq!(page.header("location"), None);
        assert_eq!(page.title(), title, "{}", request.url());
        assert!(page.text().contains("id=\"reference\">request-"));
    }
}

#[tokio::test]
async fn openid_core_3_1_2_1_the_redirect_uri_is_required_with_openid() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop.request().without("redirect_uri");
    let page = house.browser().get(&request.url()).await.expect_status(400);
    assert!(page.text().contains("redirect_uri is required."));
}

/// A parameter, its value if it is to be sent at all, and what the client is told.
#[rustfmt::skip]
const TOLD: &[(&str, Option<&str>, &str, &str)] = &[
    ("response_type", None, "invalid_request", "response_type is required."),
    ("response_type", Some("code code"), "unsupported_response_type", "response_type is not supported."),
    ("response_type", Some("code id_token"), "unauthorized_client", "The client may not use a grant that this response_type needs."),
    ("response_type", Some("CODE"), "unsupported_response_type", "response_type is not supported."),
    ("response_mode", Some("web_message.jwt"), "invalid_request", "response_mode is not supported."),
    ("response_mode", Some("telepathy"), "invalid_request", "response_mode is not supported."),
    ("scope", Some("openid unheard-of"), "invalid_scope", "The client may not ask for one of the scopes."),
    ("scope", Some("openid \"quoted\""), "invalid_scope", "scope is malformed."),
    ("prompt", Some("none login"), "invalid_request", "prompt must not combine none with another value."),
    ("prompt", Some("dance"), "invalid_request", "prompt has a value that is not supported."),
    ("max_age", Some("-1"), "invalid_request", "max_age must be a number of seconds."),
    ("max_age", Some("soon"), "invalid_request", "max_age must be a number of seconds."),
    ("claims", Some("{"), "invalid_request", "claims is malformed."),
    ("claims", Some("[]"), "invalid_request", "claims is malformed."),
    ("id_token_hint", Some("abc"), "invalid_request", "id_token_hint is not an ID token of this server."),
    ("request_uri", Some("https://shop.example/r"), "request_uri_not_supported", "request_uri is not supported."),
    ("registration", Some("{}"), "registration_not_supported", "registration is not supported."),
    ("code_challenge_method", Some("S512"), "invalid_request", "code_challenge_method is not supported."),
    ("code_challenge_method", Some("s256"), "invalid_request", "code_challenge_method is not supported."),
    ("code_challenge_method", Some("plain"), "invalid_request", "code_challenge_method must be S256."),
    ("code_challenge_method", None, "invalid_request", "code_challenge_method must be S256."),
    ("code_challenge", None, "invalid_request", "code_challenge_method was sent without code_challenge."),
    ("code_challenge", Some("short"), "invalid_request", "code_challenge is not of the form that its code_challenge_method makes."),
];

#[tokio::test]
async fn rfc6749_4_1_2_1_the_client_is_told_everything_else() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    for (parameter, value, error, description) in TOLD {
        let request = match value {
            Some(value) => shop.request().with(parameter, value),
            None => shop.request().without(parameter),
        };
        let reply = house.browser().get(&request.url()).await;
        let answer = Answer::of(&reply.expect_status(303));
        assert_eq!(answer.redirect_uri, shop.redirect_uri);
        assert_eq!(answer.error(), *error, "{description}");
        assert_eq!(answer.value("error_description"), Some(*description));
        assert_eq!(answer.value("state"), request.value("state"));
        // RFC 9207 §2.
        assert_eq!(answer.value("iss"), Some(house.issuer.as_str()));
        assert_eq!(answer.value("code"), None);
    }
}

#[tokio::test]
async fn parameters_that_are_too_long_are_told_to_the_client() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let long = "x".repeat(20_000);
    for (parameter, description) in [
        ("nonce", "nonce is too long."),
        ("login_hint", "login_hint is too long."),
        ("acr_values", "acr_values is too long."),
        ("ui_locales", "ui_locales or claims_locales is too long."),
    ] {
        let request = shop.request().with(parameter, &long);
        let reply = house.browser().get(&request.url()).await;
        let answer = Answer::of(&reply.expect_status(303));
        assert_eq!(answer.error(), "invalid_request");
        assert_eq!(answer.value("error_description"), Some(description));
    }
}

#[tokio::test]
async fn rfc6749_4_1_2_1_a_repeated_parameter_is_told_to_the_client_if_it_is_proven() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let repeating = async |more: &str| {
        let url = format!("{}&{more}", request.url());
        house.browser().get(&url).await
    };
    let answer = Answer::of(&repeating("scope=email").await.expect_status(303));
    assert_eq!(answer.redirect_uri, shop.redirect_uri);
    assert_eq!(answer.error(), "invalid_request");
    assert_eq!(answer.value("state"), request.value("state"));
    for more in ["client_id=shop", "redirect_uri=x", "state=x"] {
        let page = repeating(more).await.expect_status(400);
        assert_eq!(page.header("location"), None, "{more}");
        assert!(page.text().contains("A parameter is repeated."), "{more}");
    }
}

/// Setting: Authorization Code
#[tokio::test]
async fn the_client_may_not_use_the_code_grant() {
    let house = House::open().await;
    let fields = json!({ "grantTypes": ["CLIENT_CREDENTIALS"] });
    let robot = house.add_client_with("robot", fields).await;
    let reply = house.browser().get(&robot.request().url()).await;
    let answer = Answer::of(&reply.expect_status(303));
    assert_eq!(answer.error(), "unauthorized_client");
}

/// Settings: Restrict Common Scopes; Exclusive Scopes
#[tokio::test]
async fn restricted_and_exclusive_scopes_are_held_apart() {
    let house = House::open().await;
    house
        .set(json!({ "exclusiveScopes": [{ "name": "vault", "description": "Open the vault" }] }))
        .await;
    let restricted = json!({ "restrictScopes": true, "restrictedScopes": ["openid", "email"] });
    let narrow = house.add_client_with("narrow", restricted).await;
    let exclusive = json!({ "exclusiveScopes": ["vault"] });
    let bank = house.add_client_with("bank", exclusive).await;
    for (request, allowed) in [
        (narrow.request().with("scope", "openid email"), true),
        (narrow.request().with("scope", "openid phone"), false),
        (narrow.request().with("scope", "openid vault"), false),
        (bank.request().with("scope", "openid vault phone"), true),
    ] {
        let reply = house.browser().go(&request).await;
        assert_eq!(reply.has_form("sign-on"), allowed, "{}", request.url());
        if !allowed {
            assert_eq!(Answer::of(&reply).error(), "invalid_scope");
        }
    }
}

/// Setting: Require Proof Key for Code Exchange (PKCE)
#[tokio::test]
async fn rfc7636_4_4_1_a_client_that_must_use_pkce_is_refused_without() {
    let house = House::open().await;
    let public = json!({ "clientAuth": Value::Null });
    let required = json!({ "requireProofKeyForCodeExchange": true });
    for client in [
        house.add_client_with("public", public).await,
        house.add_client_with("careful", required).await,
    ] {
        let request = client.request().without("code_challenge");
        let request = request.without("code_challenge_method");
        let answer = Answer::of(&house.browser().get(&request.url()).await);
        assert_eq!(answer.error(), "invalid_request", "{}", client.id);
        assert_eq!(
            answer.value("error_description"),
            Some("code_challenge is required.")
        );
    }
}

#[tokio::test]
async fn an_id_token_of_another_client_is_no_hint() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let [shop, bank] = [
        house.add_client("shop").await,
        house.add_client("bank").await,
    ];
    let request = bank.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = bank.redeem(&request, &answer).await;
    let hinted = shop.request().with("id_token_hint", tokens.id());
    let answer = Answer::of(&house.browser().go(&hinted).await);
    assert_eq!(answer.error(), "invalid_request");
    assert_eq!(
        answer.value("error_description"),
        Some("id_token_hint was issued to another client.")
    );
    // An access token is no ID token (RFC 8725 §3.11).
    let hinted = bank.request().with("id_token_hint", &tokens.access_token);
    let answer = Answer::of(&house.browser().go(&hinted).await);
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn a_state_that_cannot_be_returned_is_refused() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("state", &"s".repeat(20_000));
    let reply = house.browser().get(&request.url()).await;
    let answer = Answer::of(&reply.expect_status(303));
    assert_eq!(answer.error(), "invalid_request");
    assert_eq!(
        answer.value("error_description"),
        Some("state is too long.")
    );
    assert_eq!(answer.value("state"), None);
}

#[tokio::test]
async fn errors_take_the_response_mode_that_was_asked_for() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", "unheard-of");
    let fragment = request.clone().with("response_mode", "fragment");
    let reply = house.browser().get(&fragment.url()).await;
    assert!(
        reply
            .location()
            .fragment()
            .unwrap()
            .contains("error=invalid_scope")
    );
    assert_eq!(reply.location().query(), None);
    let form_post = request.with("response_mode", "form_post");
    let reply = house.browser().get(&form_post.url()).await;
    let answer = Answer::of(&reply.expect_status(200));
    assert_eq!(answer.error(), "invalid_scope");
}
