//! How answers reach the client.

use std::time::Duration;

use domain::port::Changes;
use domain::{Grant, HandleKey, ResponseType};
use jose::jws::{Algorithm, Unverified};
use serde_json::Value;

use super::*;
use crate::{Code, CodeChallenge, CodeState};

/// What `world` answers to a request with `changes` when the person allows `scope`.
fn answered(
    world: &World,
    changes: &[(&str, &str)],
    scope: &str,
) -> (AuthorizationResponse, Changes) {
    let request = world.verify(changes).unwrap();
    let granted = Granted {
        user: &fixture::user(),
        client: world.client.as_ref().unwrap(),
        authentication: fixture::authentication(),
        scope: scope.parse().unwrap(),
        approval_receipt: None,
    };
    let server = fixture::Server {
        settings: world.settings.clone(),
        ..fixture::Server::default()
    };
    let answered = respond(&request, &granted, &server.issuer(), NOW);
    answered.unwrap_or_else(|error| panic!("{error}"))
}

fn issued(changes: &[(&str, &str)], scope: &str) -> (AuthorizationResponse, Code) {
    let (response, changes) = answered(&World::usual(), changes, scope);
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
    match World::usual().delivered(response) {
        Delivery::Redirect(uri) => uri,
        Delivery::FormPost { .. } | Delivery::Answer(_) => panic!("a redirect was expected"),
    }
}

fn denied(changes: &[(&str, &str)]) -> AuthorizationResponse {
    let request = World::usual().verify(changes).unwrap();
    AuthorizationResponse::failure(&request, Failure::AccessDenied)
}

#[test]
fn pingfederate_2_4_without_redirects_no_redirect_uri_is_needed_and_nobody_is_sent_anywhere() {
    let redirectless = |uris: &[&str]| {
        World::with_client(|client| {
            client.redirectless = true;
            client.redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
        })
    };
    let asked = [("response_mode", "pi.flow"), ("redirect_uri", "")];
    for world in [redirectless(&[]), redirectless(&[CALLBACK])] {
        let (response, changes) = answered(&world, &asked, "openid");
        let code: Code = fixture::written(changes).unwrap();
        assert_eq!(code.redirect_uri, None);
        let Delivery::Answer(fields) = world.delivered(response) else {
            panic!("somebody is sent somewhere")
        };
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["code", "state", "iss"]);
    }
    let named = [("response_mode", "pi.flow")];
    assert_eq!(
        redirectless(&[]).error(&named),
        Some(AuthorizeError::RedirectUriUnregistered)
    );
    assert!(redirectless(&[CALLBACK]).verify(&named).is_ok());
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
    let Delivery::FormPost { action, fields } = World::usual().delivered(response) else {
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
    assert!(matches!(
        world.delivered(response),
        Delivery::FormPost { .. }
    ));

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

/// A client that may have tokens through the browser.
fn implicit() -> World {
    World::with_client(|client| {
        client.grant_types.insert(GrantType::Implicit);
    })
}

fn claims(token: &str) -> Value {
    let token = Unverified::parse(token, 64 * 1024).unwrap();
    Value::Object(token.unverified_claims().unwrap().into_map())
}

/// OpenID Connect Core §3.3.2.11, in the words of the specification: what a hash in an ID token is.
fn hash(value: &str) -> Value {
    let digest = jose::digest::sha256(value.as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&digest[..16]).into()
}

#[test]
fn oidc_core_3_3_2_5_each_response_type_carries_what_it_names() {
    let world = implicit();
    for kind in ResponseType::ALL {
        let name = kind.to_string();
        let (response, changes) = answered(&world, &[("response_type", &name)], "openid profile");
        let has = |parameter| value(&response, parameter).is_some();
        assert_eq!(has("code"), kind.code, "{name}");
        assert_eq!(has("access_token"), kind.token, "{name}");
        assert_eq!(has("expires_in"), kind.token, "{name}");
        assert_eq!(has("id_token"), kind.id_token, "{name}");
        assert!(!has("refresh_token"), "RFC 6749 §4.2.2: {name}");
        assert_eq!(value(&response, "state"), Some("a b&c=d"), "{name}");
        let deeds = fixture::deeds(changes);
        let expected = [(kind.code, "put code"), (kind.token, "put grant_record")];
        let expected = expected.iter().filter(|it| it.0).map(|it| it.1);
        assert_eq!(deeds, expected.collect::<Vec<_>>(), "{name}");
        let in_fragment = redirect(response).contains('#');
        assert_eq!(in_fragment, kind.carries_token(), "{name}");
    }
}

#[test]
fn oidc_core_3_3_2_11_an_id_token_binds_what_comes_with_it() {
    let asked = [("response_type", "code id_token token")];
    let (response, changes) = answered(&implicit(), &asked, "openid profile");
    let id_token = claims(value(&response, "id_token").unwrap());
    assert_eq!(id_token["c_hash"], hash(value(&response, "code").unwrap()));
    let access_token = value(&response, "access_token").unwrap();
    assert_eq!(id_token["at_hash"], hash(access_token));
    assert_eq!(id_token["s_hash"], hash("a b&c=d"));
    assert_eq!(id_token["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id_token["aud"], "rp");
    // With something to fetch them with, the claims of the scope are not told.
    assert!(id_token.get("name").is_none());
    let grant: Grant = fixture::written(changes).unwrap();
    assert_eq!(claims(access_token)["agid"], grant.id.to_string());
    assert!(grant.refresh.is_none() && grant.expires.is_some());
}

#[test]
fn oidc_core_5_4_an_id_token_that_comes_alone_tells_the_claims_of_the_scope() {
    let asked = [("response_type", "id_token")];
    let (response, changes) = answered(&implicit(), &asked, "openid profile");
    let id_token = claims(value(&response, "id_token").unwrap());
    assert!(id_token["name"].is_string());
    for hash in ["at_hash", "c_hash"] {
        assert!(id_token.get(hash).is_none());
    }
    assert!(changes.is_empty());
}

/// The claims of a protected response that travels in `carrier`, which precedes it.
fn protected(delivery: Delivery, carrier: &str) -> Value {
    let Delivery::Redirect(uri) = delivery else {
        panic!("a redirect was expected");
    };
    let (before, response) = uri.split_once("response=").unwrap();
    assert!(before.ends_with(carrier), "{uri}");
    let keys = fixture::keys();
    let claims = keys.verify(response, TokenType::AuthorizationResponse);
    claims.unwrap().as_map().clone().into()
}

#[test]
fn jarm_2_1_a_protected_response_names_issuer_audience_and_end() {
    let world = World::usual();
    let (response, _) = answered(&world, &[("response_mode", "jwt")], "openid");
    let code = value(&response, "code").unwrap().to_owned();
    let claims = protected(world.delivered(response), "&");
    assert_eq!(claims["code"], code);
    assert_eq!(claims["state"], "a b&c=d");
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&ISSUER.into(), &"rp".into())
    );
    assert_eq!(claims["exp"], NOW.seconds() + 600);
    assert_eq!(claims.as_object().unwrap().len(), 5);
}

#[test]
fn jarm_2_3_4_jwt_is_the_query_for_codes_and_the_fragment_for_tokens() {
    let world = implicit();
    let asked = [("response_mode", "jwt"), ("response_type", "id_token")];
    let (response, _) = answered(&world, &asked, "openid");
    assert!(protected(world.delivered(response), "#")["id_token"].is_string());
    let asked = [("response_mode", "form_post.jwt")];
    let (response, _) = answered(&world, &asked, "openid");
    let Delivery::FormPost { fields, .. } = world.delivered(response) else {
        panic!("a form was expected");
    };
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].0, "response");
}

#[test]
fn jarm_2_3_errors_are_protected_too() {
    let world = World::usual();
    let changes = [("scope", "nonsense"), ("response_mode", "query.jwt")];
    let refusal = world.verify(&changes).expect_err("must be refused");
    let claims = protected(world.delivered(refusal.response().unwrap()), "&");
    assert_eq!(claims["error"], "invalid_scope");
    assert_eq!(claims["iss"], ISSUER);
}

#[test]
fn jarm_3_the_client_says_how_responses_are_signed_and_encrypted() {
    use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy};
    use jose::jwk::{Curve, Jwk, JwkSet, NewKey};

    let key = Jwk::generate(NewKey::Curve(Curve::P256))
        .unwrap()
        .with_kid("enc");
    let public = format!(r#"{{"keys":[{}]}}"#, key.to_public_json().unwrap());
    let world = World::with_client(|client| {
        client.keys = Some(JwksSettings::Jwks(public));
        client.jarm.signing = Some(Algorithm::Es256);
        client.jarm.encryption = Some(KeyManagement::EcdhEs);
        client.jarm.content_encryption = Some(ContentEncryption::A256Gcm);
        client.grant_types.insert(GrantType::Implicit);
    });
    // Encrypted, even a token may travel in the query.
    let asked = [
        ("response_mode", "query.jwt"),
        ("response_type", "id_token"),
    ];
    let (response, _) = answered(&world, &asked, "openid");
    let Delivery::Redirect(uri) = world.delivered(response) else {
        panic!("a redirect was expected");
    };
    let (_, sealed) = uri.split_once("&response=").unwrap();
    let private = JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, &*key.to_private_json())).unwrap();
    let policy = Policy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A256Gcm]);
    let signed = jose::jwt::decrypt_nested(sealed, &DecryptionKeys::new(&private), &policy);
    let signed = signed.unwrap();
    let header = Unverified::parse(&signed, 64 * 1024).unwrap();
    assert_eq!(header.header().alg(), "ES256");
    assert!(claims(&signed)["id_token"].is_string());
}
