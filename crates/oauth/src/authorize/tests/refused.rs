//! One row for each reason to refuse a request.

use std::collections::HashSet;

use super::*;

/// What is wrong, the world and the request in which it is, and whether the client is told.
struct Row {
    error: AuthorizeError,
    world: World,
    changes: &'static [(&'static str, &'static str)],
    tells_client: bool,
}

/// A client that may have tokens through the browser.
fn implicit() -> World {
    World::with_client(|client| {
        client.grant_types.insert(GrantType::Implicit);
    })
}

fn page(
    error: AuthorizeError,
    world: World,
    changes: &'static [(&'static str, &'static str)],
) -> Row {
    Row {
        error,
        world,
        changes,
        tells_client: false,
    }
}

fn client_is_told(
    error: AuthorizeError,
    world: World,
    changes: &'static [(&'static str, &'static str)],
) -> Row {
    Row {
        error,
        world,
        changes,
        tells_client: true,
    }
}

fn redirecting_to(uris: &[&str]) -> World {
    World::with_client(|client| {
        client.redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
    })
}

fn before_the_redirect_uri_is_proven() -> Vec<Row> {
    use AuthorizeError as E;
    let usual = World::usual;
    let unknown = World {
        client: None,
        ..World::usual()
    };
    let disabled = World::with_client(|client| client.enabled = false);
    vec![
        page(E::ClientMissing, usual(), &[("client_id", "")]),
        page(E::ClientUnknown, unknown, &[]),
        page(E::ClientUnknown, usual(), &[("client_id", "another")]),
        page(E::ClientDisabled, disabled, &[]),
        page(E::RedirectUriMissing, usual(), &[("redirect_uri", "")]),
        page(
            E::RedirectUriMissing,
            redirecting_to(&[CALLBACK, "https://rp.example/2"]),
            &[("redirect_uri", ""), ("scope", "profile")],
        ),
        page(
            E::RedirectUriMissing,
            redirecting_to(&[]),
            &[("redirect_uri", ""), ("scope", "profile")],
        ),
        page(
            E::ResponseModeNotAllowed,
            usual(),
            &[("response_mode", "pi.flow")],
        ),
        page(E::RedirectUriUnregistered, redirecting_to(&[]), &[]),
        page(
            E::RedirectUriUnregistered,
            usual(),
            &[("redirect_uri", "https://evil.example/")],
        ),
        page(
            E::RedirectUriUnregistered,
            usual(),
            &[("redirect_uri", "https://rp.example/cb?tenant=1#x")],
        ),
        page(
            E::RedirectUriUnusable,
            redirecting_to(&["javascript:alert(1)//"]),
            &[("redirect_uri", "javascript:alert(1)//")],
        ),
        page(
            E::RedirectUriUnusable,
            redirecting_to(&["https://rp.example/cb#x"]),
            &[("redirect_uri", "https://rp.example/cb#x")],
        ),
    ]
}

/// A client whose ID tokens nobody signs.
fn unsigned() -> World {
    World::with_client(|client| {
        client.oidc.id_token_signing_algorithm.0 = None;
        client.grant_types.insert(GrantType::Implicit);
    })
}

fn about_tokens_through_the_browser() -> Vec<Row> {
    use AuthorizeError as E;
    let usual = World::usual;
    vec![
        client_is_told(
            E::ResponseModeExposesTokens,
            implicit(),
            &[("response_type", "code token"), ("response_mode", "query")],
        ),
        client_is_told(
            E::ResponseModeExposesTokens,
            implicit(),
            &[
                ("response_type", "id_token"),
                ("response_mode", "query.jwt"),
            ],
        ),
        client_is_told(
            E::ResponseModeUnprotected,
            World::with_client(|client| client.jarm.required = true),
            &[("response_mode", "form_post")],
        ),
        client_is_told(
            E::ResponseTypeNotAllowed,
            World::with_client(|client| {
                client.restricted_response_types =
                    BTreeSet::from(["code id_token".parse().unwrap()]);
            }),
            &[("response_type", "code")],
        ),
        client_is_told(
            E::ResponseTypeNotAllowed,
            unsigned(),
            &[("response_type", "code id_token"), ("nonce", "n")],
        ),
        client_is_told(
            E::ResponseTypeUnbound,
            World::with_client(|client| {
                client.require_dpop = true;
                client.grant_types.insert(GrantType::Implicit);
            }),
            &[("response_type", "token")],
        ),
        client_is_told(
            E::GrantNotAllowed,
            usual(),
            &[("response_type", "code id_token")],
        ),
        client_is_told(
            E::NonceMissing,
            implicit(),
            &[("response_type", "id_token"), ("nonce", "")],
        ),
        client_is_told(
            E::ScopeWithoutOpenid,
            implicit(),
            &[("response_type", "id_token"), ("scope", "profile")],
        ),
    ]
}

fn about_the_answer() -> Vec<Row> {
    use AuthorizeError as E;
    let usual = World::usual;
    let no_codes = World::with_client(|client| {
        client.grant_types = BTreeSet::from([GrantType::ClientCredentials]);
    });
    let app = redirecting_to(&["com.example.app:/cb"]);
    vec![
        client_is_told(
            E::ResponseModeUnknown,
            usual(),
            &[("response_mode", "Query")],
        ),
        client_is_told(
            E::ResponseModeUnknown,
            usual(),
            &[("response_mode", "web_message")],
        ),
        client_is_told(
            E::ResponseModeUnfit,
            app,
            &[
                ("redirect_uri", "com.example.app:/cb"),
                ("response_mode", "form_post"),
            ],
        ),
        client_is_told(
            E::RequestUri,
            usual(),
            &[("request_uri", "https://rp.example/r")],
        ),
        client_is_told(E::Registration, usual(), &[("registration", "{}")]),
        client_is_told(E::ResponseTypeMissing, usual(), &[("response_type", "")]),
        client_is_told(
            E::ResponseTypeUnsupported,
            usual(),
            &[("response_type", "token code token")],
        ),
        client_is_told(
            E::ResponseTypeUnsupported,
            usual(),
            &[("response_type", "code  id_token")],
        ),
        client_is_told(E::GrantNotAllowed, no_codes, &[]),
        client_is_told(E::ScopeMalformed, usual(), &[("scope", "openid \"")]),
        client_is_told(E::ScopeNotAllowed, usual(), &[("scope", "openid payments")]),
        client_is_told(E::ScopeNotAllowed, usual(), &[("scope", "openid OpenID")]),
    ]
}

fn about_pkce() -> Vec<Row> {
    use AuthorizeError as E;
    let usual = World::usual;
    let confidential =
        || World::with_client(|client| client.authentication.method = AuthenticationMethod::Secret);
    let must_prove = World::with_client(|client| {
        client.authentication.method = AuthenticationMethod::Secret;
        client.require_pkce = true;
    });
    let lax = || World::with_settings(|settings| settings.disallow_plain_pkce = false);
    let none = &[("code_challenge", ""), ("code_challenge_method", "")];
    let plain = &[
        ("code_challenge_method", "plain"),
        ("code_challenge", "too-short"),
    ];
    vec![
        client_is_told(E::ChallengeMissing, usual(), none),
        client_is_told(E::ChallengeMissing, must_prove, none),
        client_is_told(
            E::ChallengeMethodWithoutChallenge,
            confidential(),
            &[("code_challenge", "")],
        ),
        client_is_told(
            E::ChallengeMethodUnknown,
            usual(),
            &[("code_challenge_method", "s256")],
        ),
        client_is_told(
            E::ChallengePlain,
            usual(),
            &[("code_challenge_method", "plain")],
        ),
        client_is_told(E::ChallengePlain, usual(), &[("code_challenge_method", "")]),
        client_is_told(E::ChallengeMalformed, lax(), plain),
        client_is_told(
            E::ChallengeMalformed,
            usual(),
            &[("code_challenge", "too-short")],
        ),
        client_is_told(
            E::ChallengeMalformed,
            usual(),
            &[(
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
            )],
        ),
        client_is_told(
            E::ChallengeMalformed,
            usual(),
            // The last character has bits that no hash leaves behind.
            &[(
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
            )],
        ),
    ]
}

fn about_the_person() -> Vec<Row> {
    use AuthorizeError as E;
    let usual = World::usual;
    let [for_another, for_ada] = [hint("another", "ada"), hint("rp", "ada")];
    let hinted = &[("id_token_hint", "a.b.c")];
    vec![
        client_is_told(E::PromptUnknown, usual(), &[("prompt", "Login")]),
        client_is_told(E::PromptUnknown, usual(), &[("prompt", "create")]),
        client_is_told(E::PromptUnknown, usual(), &[("prompt", "login create")]),
        client_is_told(
            E::PromptNoneWithOthers,
            usual(),
            &[("prompt", "none login")],
        ),
        client_is_told(E::MaxAgeMalformed, usual(), &[("max_age", "-1")]),
        client_is_told(E::MaxAgeMalformed, usual(), &[("max_age", "+1")]),
        client_is_told(E::MaxAgeMalformed, usual(), &[("max_age", "1.5")]),
        client_is_told(
            E::MaxAgeMalformed,
            usual(),
            &[("max_age", "99999999999999999999")],
        ),
        client_is_told(E::IdTokenHintUnknown, usual(), hinted),
        client_is_told(
            E::IdTokenHintOfAnotherClient,
            World::with_hint(for_another),
            hinted,
        ),
        client_is_told(E::ClaimsMalformed, usual(), &[("claims", "{")]),
        client_is_told(E::ClaimsMalformed, usual(), &[("claims", "[]")]),
        client_is_told(
            E::ClaimsMalformed,
            usual(),
            &[("claims", r#"{"id_token":[]}"#)],
        ),
        client_is_told(
            E::ClaimsMalformed,
            usual(),
            &[("claims", r#"{"id_token":{"acr":{"essential":"yes"}}}"#)],
        ),
        client_is_told(
            E::ClaimsMalformed,
            usual(),
            &[("claims", r#"{"id_token":{"sub":{"values":["a","b"]}}}"#)],
        ),
        client_is_told(
            E::SubjectsDiffer,
            World::with_hint(for_ada),
            &[
                ("id_token_hint", "a.b.c"),
                ("claims", r#"{"id_token":{"sub":{"value":"eve"}}}"#),
            ],
        ),
    ]
}

fn assert_refused(rows: Vec<Row>) {
    for Row {
        error,
        world,
        changes,
        tells_client,
    } in rows
    {
        let refusal = world.verify(changes).expect_err("must be refused");
        assert_eq!(refusal.error, error, "{changes:?}");
        let told = refusal.response().is_some();
        assert_eq!(told, tells_client, "{error:?} {changes:?}");
    }
}

#[test]
fn rfc6749_4_1_2_1_until_the_redirect_uri_is_proven_every_error_is_a_page() {
    assert_refused(before_the_redirect_uri_is_proven());
}

#[test]
fn rfc6749_4_1_1_a_request_names_its_client() {
    let error = World::usual().error(&[("client_id", "")]);
    assert_eq!(error, Some(AuthorizeError::ClientMissing));
}

#[test]
fn rfc6749_3_1_1_a_request_names_a_response_type_that_is_understood() {
    for (kind, error) in [
        ("", AuthorizeError::ResponseTypeMissing),
        ("CODE", AuthorizeError::ResponseTypeUnsupported),
        ("none code", AuthorizeError::ResponseTypeUnsupported),
        ("id_token  token", AuthorizeError::ResponseTypeUnsupported),
    ] {
        assert_eq!(
            World::usual().error(&[("response_type", kind)]),
            Some(error),
            "{kind}"
        );
    }
}

#[test]
fn rfc7636_4_2_a_challenge_is_what_its_method_makes() {
    let plain = World::with_settings(|settings| settings.disallow_plain_pkce = false);
    for (challenge, is_hash, is_verifier) in [
        (CHALLENGE, true, true),
        (&"~".repeat(43), false, true),
        (&"a".repeat(128), false, true),
        (&"a".repeat(129), false, false),
        (&"a".repeat(42), false, false),
        (&"ä".repeat(43), false, false),
    ] {
        for (method, fits) in [("S256", is_hash), ("plain", is_verifier)] {
            let changes = [
                ("code_challenge", challenge),
                ("code_challenge_method", method),
            ];
            let error = (!fits).then_some(AuthorizeError::ChallengeMalformed);
            assert_eq!(plain.error(&changes), error, "{method} {challenge}");
        }
    }
}

#[test]
fn a_page_it_stays_whatever_else_is_wrong() {
    for row in before_the_redirect_uri_is_proven() {
        let mut changes = vec![
            ("response_type", "token"),
            ("response_mode", "form_post"),
            ("scope", "openid \""),
            ("prompt", "none login"),
        ];
        changes.retain(|(name, _)| !row.changes.iter().any(|(changed, _)| changed == name));
        changes.extend(row.changes);
        let refusal = row.world.verify(&changes).expect_err("must be refused");
        assert!(matches!(refusal.answer, Answer::Page), "{:?}", row.error);
    }
}

#[test]
fn oidc_core_3_1_2_6_tells_the_client_what_is_wrong_with_the_answer_it_wants() {
    assert_refused(about_the_answer());
    assert_refused(about_tokens_through_the_browser());
}

#[test]
fn rfc7636_4_4_1_refuses_challenges_that_prove_nothing() {
    assert_refused(about_pkce());
}

#[test]
fn oidc_core_3_1_2_1_refuses_contradictions_about_the_person() {
    assert_refused(about_the_person());
}

#[test]
fn refuses_what_is_too_long() {
    for (name, limit, error) in [
        ("state", 4096, AuthorizeError::StateTooLong),
        ("nonce", 1024, AuthorizeError::NonceTooLong),
        ("acr_values", 1024, AuthorizeError::AcrValuesTooLong),
        ("ui_locales", 512, AuthorizeError::LocalesTooLong),
        ("claims_locales", 512, AuthorizeError::LocalesTooLong),
        ("login_hint", 512, AuthorizeError::LoginHintTooLong),
        ("claims", 8192, AuthorizeError::ClaimsMalformed),
    ] {
        let world = World::usual();
        let long = "a".repeat(limit + 1);
        assert_eq!(world.error(&[(name, &long)]), Some(error), "{name}");
        // A word is no request for claims, however short.
        let longest = "a".repeat(limit);
        let expected = (name == "claims").then_some(error);
        assert_eq!(world.error(&[(name, &longest)]), expected, "{name}");
    }
}

#[test]
fn a_state_that_is_too_long_is_not_returned() {
    let long = "a".repeat(5000);
    let refusal = World::usual()
        .verify(&[("state", &long)])
        .expect_err("must be refused");
    let response = refusal.response().unwrap();
    assert!(response.parameters().all(|(name, _)| name != "state"));
}

#[test]
fn rfc6749_a_7_and_a_8_errors_are_written_in_the_allowed_characters() {
    let rows = [
        before_the_redirect_uri_is_proven(),
        about_the_answer(),
        about_pkce(),
        about_the_person(),
    ];
    let mut sentences = HashSet::new();
    for row in rows.into_iter().flatten() {
        let (code, description) = row.error.wire();
        sentences.insert((row.error, description));
        let allowed = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(
            code.bytes().chain(description.bytes()).all(allowed),
            "{description}"
        );
        assert_eq!(row.error.to_string(), description);
    }
    let distinct: HashSet<&str> = sentences.iter().map(|(_, sentence)| *sentence).collect();
    assert_eq!(
        distinct.len(),
        sentences.len(),
        "every error has a sentence of its own"
    );
}
