//! What a good request turns into.

use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::{GrantType, ResponseType, UserId};

use super::*;
use crate::CodeChallenge;

fn accepted(changes: &[(&str, &str)]) -> VerifiedRequest {
    World::usual().verify(changes).unwrap()
}

#[test]
fn oidc_core_3_1_2_1_a_request_keeps_what_it_asked_for() {
    let request = accepted(&[
        ("prompt", "login consent"),
        ("max_age", "300"),
        ("acr_values", "high  low"),
        ("ui_locales", "de-CH en x_y"),
        ("claims_locales", "fr"),
        ("login_hint", "ada@example.com"),
        ("display", "popup"),
        ("response_mode", "fragment"),
    ]);
    assert_eq!(request.client().as_str(), "rp");
    assert_eq!(request.scope().to_string(), "openid profile");
    assert!(request.is_openid());
    assert_eq!(request.requested_redirect_uri(), Some(CALLBACK));
    assert_eq!(request.nonce(), Some("n-0S6_WzA2Mj"));
    let challenge = CodeChallenge::S256(CHALLENGE.to_owned());
    assert_eq!(request.challenge(), Some(&challenge));
    assert!(request.prompts(Prompt::Login) && request.prompts(Prompt::Consent));
    assert!(!request.prompts(Prompt::None) && !request.prompts(Prompt::Create));
    assert_eq!(request.max_age(), Some(Duration::from_mins(5)));
    assert_eq!(request.acr_values(), ["high", "low"]);
    assert_eq!(request.ui_locales(), ["de-CH", "en"]);
    assert_eq!(request.claims_locales(), ["fr"]);
    assert_eq!(request.login_hint(), Some("ada@example.com"));
    assert_eq!(request.display(), Display::Popup);
    assert_eq!(
        request.target().mode(),
        ResponseMode::named("fragment", ResponseType::CODE).unwrap()
    );
    assert_eq!(request.target().state(), Some("a b&c=d"));
    assert_eq!(request.target().issuer(), Some(ISSUER));
}

#[test]
fn a_flow_can_carry_a_request() {
    let request = accepted(&[("claims", r#"{"id_token":{"acr":{"essential":true}}}"#)]);
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<VerifiedRequest>(&text).unwrap(),
        request
    );
}

#[test]
fn rfc6749_3_1_2_3_a_single_redirect_uri_need_not_be_named() {
    let request = accepted(&[("redirect_uri", ""), ("scope", "profile")]);
    assert_eq!(request.target().redirect_uri(), CALLBACK);
    assert_eq!(request.requested_redirect_uri(), None);
    assert!(!request.is_openid());
}

#[test]
fn rfc8252_7_3_a_native_app_is_answered_at_the_port_it_listens_on() {
    let world =
        World::with_client(|client| client.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()]);
    let request = world
        .verify(&[("redirect_uri", "http://127.0.0.1:51004/cb")])
        .unwrap();
    assert_eq!(request.target().redirect_uri(), "http://127.0.0.1:51004/cb");
    assert_eq!(
        request.requested_redirect_uri(),
        Some("http://127.0.0.1:51004/cb")
    );
}

#[test]
fn rfc6749_3_1_ignores_unknown_parameters() {
    assert_eq!(
        accepted(&[("pfidpadapterid", "x"), ("foo", "bar")]),
        accepted(&[])
    );
}

#[test]
fn rfc6749_3_3_no_scope_is_the_default_scope() {
    let world = World::with_client(|client| client.restrict_scopes = true);
    assert!(world.verify(&[("scope", "")]).unwrap().scope().is_empty());
}

#[test]
fn a_client_has_its_restricted_and_its_exclusive_scopes() {
    let world = World::with_client(|client| {
        client.restrict_scopes = true;
        client.restricted_scopes = "openid removed".parse().unwrap();
        client.exclusive_scopes = "payments removed".parse().unwrap();
    });
    assert!(world.verify(&[("scope", "openid payments")]).is_ok());
    for scope in ["profile", "removed", "openid profile"] {
        assert_eq!(
            world.error(&[("scope", scope)]),
            Some(AuthorizeError::ScopeNotAllowed)
        );
    }
}

#[test]
fn rfc7636_4_3_plain_is_the_default_method_where_it_is_allowed() {
    let world = World::with_settings(|settings| settings.disallow_plain_pkce = false);
    let request = world.verify(&[("code_challenge_method", "")]).unwrap();
    let plain = CodeChallenge::Plain(CHALLENGE.to_owned());
    assert_eq!(request.challenge(), Some(&plain));
}

#[test]
fn a_confidential_client_may_do_without_pkce() {
    let world =
        World::with_client(|client| client.authentication.method = AuthenticationMethod::Secret);
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(world.verify(&without).unwrap().challenge(), None);
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_is_required_and_another_is_a_wish() {
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["a","b"]}},"other":1}"#;
    let request = accepted(&[("claims", claims), ("acr_values", "c")]);
    assert_eq!(request.required_acr(), ["a", "b"]);
    assert_eq!(request.acr_values(), ["c"]);
    let claims = r#"{"id_token":{"acr":{"value":"a"}}}"#;
    let request = accepted(&[("claims", claims), ("acr_values", "c")]);
    assert_eq!(request.required_acr(), [""; 0]);
    assert_eq!(request.acr_values(), ["c", "a"]);
}

#[test]
fn oidc_core_5_5_keeps_what_is_asked_of_userinfo_and_the_id_token_alone() {
    let request = accepted(&[("claims", r#"{"userinfo":{"name":null},"other":{"a":1}}"#)]);
    let claims = request.claims().unwrap();
    assert!(claims["userinfo"].as_object().unwrap().contains_key("name"));
    assert!(claims.get("other").is_none());
}

#[test]
fn oidc_core_5_5_a_claim_has_to_be_allowed_like_its_scope_value() {
    let claims = r#"{"userinfo":{"email":null},"id_token":{"acr":null}}"#;
    let request = accepted(&[("scope", "openid"), ("claims", claims)]);
    assert_eq!(request.scope().to_string(), "openid");
    assert_eq!(request.consent_scope().to_string(), "email openid");

    let world = World::with_client(|client| {
        client.restrict_scopes = true;
        client.restricted_scopes = "openid".parse().unwrap();
    });
    let restricted = world.verify(&[("scope", "openid"), ("claims", claims)]);
    let request = restricted.unwrap();
    assert_eq!(request.consent_scope().to_string(), "openid");
    let claims = request.claims().unwrap();
    assert!(claims["userinfo"].as_object().unwrap().is_empty());
    assert!(claims["id_token"].as_object().unwrap().contains_key("acr"));
}

#[test]
fn claims_are_ignored_where_there_is_no_id_token() {
    let request = accepted(&[("scope", "profile"), ("claims", "{")]);
    assert_eq!(request.claims(), None);
}

#[test]
fn oidc_core_3_1_2_2_only_the_person_named_may_answer() {
    let random = CountingRandom::default();
    let [ada, eve] = [UserId::new(NOW, &random), UserId::new(NOW, &random)];
    assert!(accepted(&[]).accepts(ada));

    let world = World::with_hint(hint("rp", &ada.to_string()));
    let hinted = world.verify(&[("id_token_hint", "a.b.c")]).unwrap();
    let claims = json!({ "id_token": { "sub": { "value": ada.to_string() } } }).to_string();
    let claimed = accepted(&[("claims", &claims)]);
    let both = world
        .verify(&[("id_token_hint", "a.b.c"), ("claims", &claims)])
        .unwrap();
    for request in [hinted, claimed, both] {
        assert_eq!(request.required_subject(), Some(&*ada.to_string()));
        assert!(request.accepts(ada) && !request.accepts(eve));
    }
}

#[test]
fn oidc_core_15_1_an_unknown_display_or_language_is_no_error() {
    let request = accepted(&[("display", "hologram"), ("ui_locales", "tlh <script>")]);
    assert_eq!(request.display(), Display::Page);
    assert_eq!(request.ui_locales(), ["tlh"]);
}

#[test]
fn the_other_endpoints_check_what_applies_to_them() {
    use matrix::{Endpoint, run};
    let world = World::with_client(|client| {
        client.authentication.method = AuthenticationMethod::Secret;
        client.grant_types = BTreeSet::from([GrantType::RefreshToken]);
    });
    let facts = world.facts();
    let scope = |scope: &str| {
        let sent = [("scope", scope)].into_iter().collect();
        UnverifiedRequest::plain(sent)
    };
    let (bare, wrong) = (scope("openid"), scope("nonsense"));
    for endpoint in [Endpoint::Device, Endpoint::Ciba] {
        assert_eq!(run(endpoint, &bare, &facts).1, Ok(()), "{endpoint:?}");
        let refused = Err(AuthorizeError::ScopeNotAllowed);
        assert_eq!(run(endpoint, &wrong, &facts).1, refused, "{endpoint:?}");
    }
    assert_eq!(
        run(Endpoint::Par, &bare, &facts).1,
        Err(AuthorizeError::ClientMissing)
    );
}
