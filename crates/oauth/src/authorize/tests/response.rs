//! How answers reach the client.

use std::time::Duration;

use domain::HandleKey;
use domain::port::fixed::CountingRandom;

use super::*;
use crate::{Code, CodeChallenge, CodeState};

fn granted(scope: &str) -> Granted {
    Granted {
        user: fixture::user().id,
        authentication: fixture::authentication(),
        scope: scope.parse().unwrap(),
    }
}

fn issued(changes: &[(&str, &str)], scope: &str) -> (AuthorizationResponse, Code) {
    let world = World::usual();
    let request = world.verify(changes).unwrap();
    let random = CountingRandom::default();
    let (response, changes) = issue_code(&request, granted(scope), &world.settings, NOW, &random);
    assert_eq!(fixture::deeds(changes.clone()), ["put code"]);
    (response, fixture::written(changes).unwrap())
}

fn value<'a>(response: &'a AuthorizationResponse, name: &str) -> Option<&'a str> {
    response
        .parameters()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn redirect(response: AuthorizationResponse) -> String {
    match response.delivery() {
        Delivery::Redirect(uri) => uri,
        Delivery::FormPost { .. } => panic!("a redirect was expected"),
    }
}

fn denied(changes: &[(&str, &str)]) -> AuthorizationResponse {
    let request = World::usual().verify(changes).unwrap();
    AuthorizationResponse::failure(&request, Failure::AccessDenied)
}

#[test]
fn rfc6749_4_1_2_a_code_is_bound_to_what_was_asked_and_granted() {
    let claims = r#"{"userinfo":{"email":null}}"#;
    let (response, code) = issued(&[("claims", claims)], "openid email");
    let presented = value(&response, "code").unwrap();
    assert_eq!(code.handle, HandleKey::of(presented));
    assert_eq!(code.client.as_str(), "rp");
    assert_eq!(code.redirect_uri.as_deref(), Some(CALLBACK));
    assert_eq!(
        code.challenge,
        Some(CodeChallenge::S256(CHALLENGE.to_owned()))
    );
    assert_eq!(code.nonce.as_deref(), Some("n-0S6_WzA2Mj"));
    assert!(code.claims.unwrap()["userinfo"].get("email").is_some());
    assert_eq!(code.state, CodeState::Fresh);
    // Of what the person allowed, only what was asked for.
    assert_eq!(code.scope.to_string(), "openid");
    assert_eq!(code.expires, NOW + Duration::from_mins(1));
    assert!(code.forgotten >= code.expires + Duration::from_hours(2));
    let random_bytes = settings().authorization_code_entropy as usize;
    assert_eq!(presented.len(), (6 + random_bytes) * 4 / 3);
}

#[test]
fn oidc_core_5_5_a_claim_that_was_not_allowed_is_not_granted() {
    let claims = r#"{"userinfo":{"email":null,"name":null}}"#;
    let (_, code) = issued(&[("claims", claims)], "openid profile");
    let claims = code.claims.unwrap();
    let claims = claims["userinfo"].as_object().unwrap();
    assert_eq!(claims.keys().collect::<Vec<_>>(), ["name"]);
}

#[test]
fn rfc6749_4_1_3_a_redirect_uri_that_was_not_named_need_not_be_repeated() {
    let (_, code) = issued(&[("redirect_uri", ""), ("scope", "profile")], "profile");
    assert_eq!(code.redirect_uri, None);
}

#[test]
fn rfc6749_3_1_2_the_query_of_the_redirect_uri_is_retained() {
    let (response, _) = issued(&[], "openid");
    let code = value(&response, "code").unwrap().to_owned();
    let expected = format!("{CALLBACK}&code={code}&state=a+b%26c%3Dd&iss=https%3A%2F%2Fas.example");
    assert_eq!(redirect(response), expected);
    for (uri, expected) in [
        ("https://a.example", "https://a.example?x=%C3%A4"),
        ("https://a.example/?", "https://a.example/?x=%C3%A4"),
        ("https://a.example/?b", "https://a.example/?b&x=%C3%A4"),
        ("https://a.example/?b=1&", "https://a.example/?b=1&x=%C3%A4"),
        ("app:/cb", "app:/cb?x=%C3%A4"),
    ] {
        assert_eq!(with_query(uri, &[("x", "ä")]), expected);
    }
    assert_eq!(with_query("https://a.example", &[]), "https://a.example");
}

#[test]
fn multiple_response_types_2_1_fragment_mode_answers_in_the_fragment() {
    let expected = format!(
        "{CALLBACK}#error=access_denied&error_description=The+request+was+denied.\
         &state=a+b%26c%3Dd&iss=https%3A%2F%2Fas.example"
    );
    assert_eq!(redirect(denied(&[("response_mode", "fragment")])), expected);
}

#[test]
fn form_post_2_posts_the_answer_to_the_redirect_uri() {
    let response = denied(&[("response_mode", "form_post")]);
    let Delivery::FormPost { action, fields } = response.delivery() else {
        panic!("a form was expected");
    };
    assert_eq!(action, CALLBACK);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("error", "access_denied"),
            ("error_description", "The request was denied."),
            ("state", "a b&c=d"),
            ("iss", ISSUER),
        ]
    );
}

#[test]
fn rfc9207_2_the_issuer_is_named_when_the_settings_say_so() {
    assert_eq!(value(&denied(&[]), "iss"), Some(ISSUER));
    let world = World::with_settings(|settings| {
        settings.include_issuer_in_authorization_response = false;
    });
    let request = world.verify(&[]).unwrap();
    let response = AuthorizationResponse::failure(&request, Failure::LoginRequired);
    assert_eq!(value(&response, "iss"), None);
    assert_eq!(value(&response, "error"), Some("login_required"));
}

#[test]
fn rfc6749_4_1_2_1_errors_return_the_state_and_go_where_the_answer_would() {
    let world = World::usual();
    let changes = [("scope", "nonsense"), ("response_mode", "form_post")];
    let response = world
        .verify(&changes)
        .expect_err("must be refused")
        .response()
        .unwrap();
    assert_eq!(value(&response, "error"), Some("invalid_scope"));
    assert_eq!(value(&response, "state"), Some("a b&c=d"));
    assert_eq!(value(&response, "iss"), Some(ISSUER));
    assert!(matches!(response.delivery(), Delivery::FormPost { .. }));

    let changes = [("state", ""), ("response_mode", "nonsense")];
    let response = world
        .verify(&changes)
        .expect_err("must be refused")
        .response()
        .unwrap();
    assert_eq!(value(&response, "state"), None);
    assert!(redirect(response).starts_with(&format!("{CALLBACK}&error=invalid_request")));
}

#[test]
fn csp_6_4_1_form_action_allows_the_redirect_target() {
    for (uri, expected) in [
        (CALLBACK, "https:"),
        ("https://rp.example;sandbox/cb", "https:"),
        ("http://127.0.0.1:51004/cb", "http:"),
        ("http://[::1]:51004/cb", "http:"),
        ("com.example.app:/cb", "com.example.app:"),
        ("com.example.app://cb", "com.example.app:"),
    ] {
        let world = World::with_client(|client| client.redirect_uris = vec![uri.to_owned()]);
        let request = world.verify(&[("redirect_uri", uri)]).unwrap();
        assert_eq!(request.target().form_action_source(), expected, "{uri}");
    }
}
