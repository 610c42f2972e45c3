//! What holds for every request.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 22] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "ui_locales",
    "claims_locales",
    "login_hint",
    "id_token_hint",
    "claims",
    "display",
    "request",
    "request_uri",
    "registration",
    "resource",
];

const REGISTERED: [&str; 4] = [
    CALLBACK,
    "http://127.0.0.1/cb",
    "com.example.app:/cb",
    "javascript:alert(1)//",
];

fn a_value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "rp",
        CALLBACK,
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "com.example.app:/cb",
        "javascript:alert(1)//",
        "https://evil.example/cb",
        "code",
        "form_post",
        "fragment",
        "openid",
        "none",
        "S256",
        CHALLENGE,
        r#"{"id_token":{"sub":{"value":"eve"}}}"#,
        "",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,60}"]
}

fn a_request() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    prop::collection::vec((prop::sample::select(NAMES.to_vec()), a_value()), 0..10)
}

fn a_world() -> impl Strategy<Value = (usize, bool, bool, bool)> {
    (
        0..=REGISTERED.len(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
}

/// Whether a browser that is sent to `uri` arrives at a redirect URI of the client.
fn is_registered(client: &Client, uri: &str) -> bool {
    let without_port = |uri: &str| {
        let url = url::Url::parse(uri)
            .ok()
            .filter(|url| url.host_str() == Some("127.0.0.1"))?;
        (url.username(), url.password())
            .eq(&("", None))
            .then(|| url.path().to_owned())
    };
    client.redirect_uris.iter().any(|registered| {
        registered == uri
            || without_port(registered)
                .is_some_and(|path| without_port(uri).is_some_and(|other| path == other))
    })
}

proptest! {
    #[test]
    fn no_answer_is_ever_sent_to_a_uri_that_is_not_registered(
        changes in a_request(),
        (registered, enabled, confidential, hinted) in a_world(),
    ) {
        let mut world = World::with_client(|client| {
            client.redirect_uris =
                REGISTERED.iter().take(registered).map(|uri| (*uri).to_owned()).collect();
            client.enabled = enabled;
            if confidential {
                client.authentication.method = AuthenticationMethod::Secret;
            }
        });
        world.hint = hinted.then(|| hint("rp", "ada"));
        let changes: Vec<_> = changes.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let target = match world.verify(&changes) {
            Ok(request) => Some(request.target().clone()),
            Err(Refusal { answer: Answer::Client(target), .. }) => Some(target),
            Err(Refusal { answer: Answer::Page, .. }) => None,
        };
        if let Some(target) = target {
            prop_assert!(enabled, "a disabled client is never answered");
            prop_assert!(is_registered(world.client.as_ref().unwrap(), target.redirect_uri()));
            prop_assert!(!target.redirect_uri().starts_with("javascript:"));
            prop_assert!(target.mode().reaches(target.redirect_uri()));
        }
    }

    #[test]
    fn no_query_string_makes_it_panic(query in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(parameters) = Parameters::parse(&query) {
            let refused = World::usual().verify_received(&parameters).is_err();
            prop_assert!(refused, "noise is no request");
        }
    }

    #[test]
    fn what_the_client_sent_comes_back_as_it_was(state in ".{1,300}") {
        let request = World::usual().verify(&[("state", &state)]).unwrap();
        let response = AuthorizationResponse::failure(&request, Failure::LoginRequired);
        let Delivery::Redirect(uri) = World::usual().delivered(response) else {
            return Err(TestCaseError::fail("a redirect was expected"));
        };
        let uri = url::Url::parse(&uri).unwrap();
        let returned = uri.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        prop_assert_eq!(returned, state);
    }
}
