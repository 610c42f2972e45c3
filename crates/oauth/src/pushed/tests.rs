use domain::Client;
use domain::port::fixed::CountingRandom;

use super::*;
use crate::authorization_details::DetailTypes;
use crate::authorize::UnverifiedRequest;
use crate::fixture::{self, ISSUER, NOW, REDIRECT_URI};
use crate::request_object::Opened;
use crate::{ErrorResponse, request_object};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A request in order, and these parameters.
fn sent(more: &[(&str, &str)]) -> Parameters {
    let usual = [
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid"),
        ("state", "abc"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    usual.iter().chain(more).copied().collect()
}

fn pushing(
    client: &Client,
    settings: &ServerSettings,
    sent: &Parameters,
) -> Decision<PushedResponse, PushError> {
    let opened = Opened::sent(client, false, sent, fixture::keys());
    let object = request_object::Facts {
        client,
        client_keys: None,
        object: opened.as_ref(),
        is_application: false,
        issuer: ISSUER,
    };
    let facts = Facts {
        client: Some(client),
        settings,
        detail_types: &DetailTypes::default(),
        issuer: ISSUER,
        id_token_hint: None,
        login_hint: None,
        is_environment: false,
        can_register: false,
    };
    let request = UnverifiedRequest::pushed(sent, &object, NOW);
    let client = fixture::authenticated(client);
    let random = CountingRandom::default();
    match verified(&request, None, &facts) {
        Ok(verified) => keep(&client, &request, &verified, settings, (NOW, &random)),
        Err(error) => Decision::refuse(error.into()),
    }
}

#[test]
fn rfc9126_2_2_the_reference_is_random_and_as_long_and_good_as_the_settings_say() {
    let settings = ServerSettings {
        par_reference_timeout: 5,
        par_reference_length: 40,
        ..ServerSettings::default()
    };
    let Decision { answer, changes } = pushing(&fixture::client(), &settings, &sent(&[]));
    let response = answer.unwrap();
    assert_eq!(response.expires_in, 5);
    let value = response.request_uri.strip_prefix(REFERENCE).unwrap();
    // The time in 6 bytes, then 40 random ones, in base64url.
    assert_eq!(value.len(), 62);
    let stored: PushedRequest = fixture::written(changes).unwrap();
    let uri = [("request_uri", response.request_uri.as_str())];
    assert_eq!(reference(&uri.into_iter().collect()), Some(stored.handle));
    assert_eq!(stored.expires, NOW + Duration::from_secs(5));
    assert_eq!(Record::expires(&stored), Some(stored.expires));
    assert_eq!((stored.client.as_str(), stored.signed), ("shop", false));
}

#[test]
fn rfc9126_2_1_what_authenticates_the_client_is_not_kept() {
    let sent = sent(&[
        ("client_secret", fixture::SECRET),
        ("client_assertion", "a.b.c"),
        ("client_assertion_type", "x"),
    ]);
    let settings = ServerSettings::default();
    let pushed = pushing(&fixture::client(), &settings, &sent);
    let stored: PushedRequest = fixture::written(pushed.changes).unwrap();
    let names: Vec<&str> = stored.parameters.iter().map(|(name, _)| name).collect();
    assert!(
        names
            .iter()
            .all(|name| !name.starts_with("client_secret") && !name.contains("assertion"))
    );
    assert_eq!(stored.parameters.value("client_id"), Some("shop"));
    assert_eq!(stored.parameters.value("state"), Some("abc"));
    // It can be read back as it was.
    let again: PushedRequest = serde_json::from_slice(&stored.body()).unwrap();
    assert_eq!(again.parameters, stored.parameters);
}

#[test]
fn rfc9126_2_3_what_would_be_refused_is_refused_at_once() {
    let settings = ServerSettings::default();
    for (more, error) in [
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (
            ("request_uri", "https://shop.example/request"),
            "invalid_request",
        ),
        (("prompt", "none login"), "invalid_request"),
        (("registration", "{}"), "registration_not_supported"),
    ] {
        let pushed = pushing(&fixture::client(), &settings, &sent(&[more]));
        assert!(pushed.changes.is_empty());
        let response = ErrorResponse::from(&pushed.answer.unwrap_err());
        assert_eq!(response.status, 400);
        assert_eq!(response.body.unwrap().error, error, "{more:?}");
    }
    let elsewhere = sent(&[]).with("redirect_uri", "https://evil.example");
    let refused = pushing(&fixture::client(), &settings, &elsewhere).answer;
    let response = ErrorResponse::from(&refused.unwrap_err());
    assert_eq!(response.body.unwrap().error, "invalid_request");
}

#[test]
fn rfc9126_2_3_a_client_that_must_sign_pushes_request_objects() {
    let client = Client {
        require_signed_requests: true,
        ..fixture::client()
    };
    let settings = ServerSettings::default();
    let refused = pushing(&client, &settings, &sent(&[])).answer.unwrap_err();
    assert_eq!(
        refused,
        PushError::Request(AuthorizeError::RequestObjectMissing)
    );
    // Without keys none can be verified, with a redirect URI beside it or without one.
    for sent in [
        sent(&[("request", "a.b.c")]),
        [("request", "a.b.c")].into_iter().collect(),
    ] {
        let refused = pushing(&client, &settings, &sent).answer.unwrap_err();
        assert_eq!(refused, PushError::Request(AuthorizeError::RequestObject));
        let response = ErrorResponse::from(&refused);
        assert_eq!(response.body.unwrap().error, "invalid_request_object");
    }
}

#[test]
fn only_a_reference_of_ours_is_one() {
    for uri in [
        "https://shop.example/r",
        "urn:example:x",
        "URN:IETF:params:oauth:request_uri:x",
        "",
    ] {
        assert_eq!(
            reference(&[("request_uri", uri)].into_iter().collect()),
            None,
            "{uri}"
        );
    }
}
