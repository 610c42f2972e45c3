//! How the parameters come: in request objects, by references, and with what beside them.

use std::sync::LazyLock;
use std::time::Duration;

use domain::port::Version;
use domain::{HandleKey, ParStatus};
use jose::Header;
use jose::jws::{SigningKey, sign_compact};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::pushed::{reference, use_up};

const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:AAAAAAAAabc";

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());

/// A world whose client can sign requests.
fn signing() -> World {
    World::with_client(|client| {
        let keys = json!({ "keys": [KEY.jwk().to_public_value().unwrap()] });
        client.keys = Some(JwksSettings::Jwks(keys.to_string()));
    })
}

/// The parameters of a request in order, changed as [`parameters`] does, in a request object.
fn object(changes: &[(&str, &str)]) -> String {
    let claims: Map<String, Value> = parameters(changes)
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .chain([
            ("iss".to_owned(), json!("rp")),
            ("aud".to_owned(), json!(ISSUER)),
            ("exp".to_owned(), json!(NOW.seconds() + 60)),
        ])
        .collect();
    signed(&Value::Object(claims))
}

fn signed(claims: &Value) -> String {
    sign_compact(&KEY, Header::new(), claims.to_string().as_bytes()).unwrap()
}

fn sent(parameters: &[(&str, &str)]) -> Parameters {
    parameters.iter().copied().collect()
}

/// The pushed request behind [`REFERENCE`].
fn pushed(parameters: Parameters) -> PushedRequest {
    PushedRequest {
        handle: reference(&sent(&[("request_uri", REFERENCE)])).unwrap(),
        client: ClientId::new("rp"),
        parameters,
        signed: false,
        pushed: NOW,
        expires: NOW + Duration::from_secs(60),
    }
}

fn with_pushed(mut world: World, request: PushedRequest) -> World {
    world.pushed = Some(request);
    world
}

fn refusal(world: &World, parameters: &[(&str, &str)]) -> Refusal {
    world
        .verify_received(&sent(parameters))
        .expect_err("must be refused")
}

#[test]
fn rfc9101_5_nothing_but_the_client_needs_to_be_beside_a_request_object() {
    let object = object(&[("max_age", "7")]);
    let beside = [("client_id", "rp"), ("request", object.as_str())];
    let request = signing().verify_received(&sent(&beside)).unwrap();
    let plain = signing().verify(&[("max_age", "7")]).unwrap();
    assert_eq!(request, plain);
    assert_eq!(request.pushed(), None);
}

#[test]
fn rfc9101_6_3_what_is_only_beside_a_request_object_counts_for_nothing() {
    let object = object(&[("state", ""), ("nonce", "")]);
    let request = signing().verify(&[
        ("request", &object),
        ("state", "beside"),
        ("nonce", "beside"),
        ("prompt", "no such prompt"),
        ("redirect_uri", "https://evil.example"),
    ]);
    let request = request.unwrap();
    assert_eq!((request.target().state(), request.nonce()), (None, None));
    assert_eq!(request.target().redirect_uri(), CALLBACK);
}

#[test]
fn pingfederate_2_4_the_request_object_of_a_client_without_keys_is_ignored() {
    let object = object(&[("state", "inside")]);
    let request = World::usual().verify(&[("request", &object)]).unwrap();
    assert_eq!(request.target().state(), Some("a b&c=d"));
    let nonsense = World::usual().verify(&[("request", "nonsense")]);
    assert!(nonsense.is_ok());
    // It cannot be ignored where it is demanded.
    let world = World::with_client(|client| client.require_signed_requests = true);
    let error = world.error(&[("request", &object)]);
    assert_eq!(error, Some(AuthorizeError::RequestObject));
}

#[test]
fn what_is_to_be_approved_is_not_ignored_with_the_request_object_that_says_it() {
    for claim in ["pi.template", "pi.webAuthn.challenge", "pi"] {
        let object = object(&[(claim, "x")]);
        let error = World::usual().error(&[("request", &object)]);
        assert_eq!(error, Some(AuthorizeError::TransactionUnheeded), "{claim}");
    }
    // Nor with one that says nobody knows what.
    let error = World::usual().error(&[("request", "e30.a.b.c.d")]);
    assert_eq!(error, Some(AuthorizeError::TransactionUnheeded));
    let object = object(&[("pixel", "x")]);
    assert!(World::usual().verify(&[("request", &object)]).is_ok());
}

#[test]
fn rfc9101_6_2_a_refusal_goes_where_the_parameters_beside_the_object_prove_that_it_may() {
    let world = signing();
    // What is in it names a redirect URI and a state that nobody has vouched for.
    let mut forged = object(&[("state", "inside")]);
    forged.truncate(forged.len() - 4);
    forged.push_str("AAAA");
    let told = refusal(
        &world,
        &[
            ("client_id", "rp"),
            ("request", &forged),
            ("redirect_uri", CALLBACK),
            ("state", "beside"),
        ],
    );
    assert_eq!(told.error, AuthorizeError::RequestObject);
    let response = told.response().expect("the client can be told");
    let state = response.parameters().find(|(name, _)| *name == "state");
    assert_eq!(state, Some(("state", "beside")));

    for beside in ["https://evil.example", "javascript:alert(1)"] {
        let told = refusal(
            &world,
            &[
                ("client_id", "rp"),
                ("request", &forged),
                ("redirect_uri", beside),
            ],
        );
        assert!(matches!(told.answer, Answer::Page), "{beside}");
        assert_eq!(told.error, AuthorizeError::RequestObject);
    }
    // Nothing beside it says which of several it would be.
    let several = World::with_client(|client| {
        client
            .redirect_uris
            .push("https://rp.example/other".to_owned());
        client.require_signed_requests = true;
    });
    let told = refusal(&several, &[("client_id", "rp"), ("request", &forged)]);
    assert!(matches!(told.answer, Answer::Page));
    assert_eq!(told.error, AuthorizeError::RequestObject);
}

#[test]
fn what_is_wrong_in_a_good_request_object_is_told_where_it_says() {
    let object = object(&[("state", "inside"), ("scope", "openid payments")]);
    let told = refusal(
        &signing(),
        &[("client_id", "rp"), ("request", &object), ("state", "x")],
    );
    assert_eq!(told.error, AuthorizeError::ScopeNotAllowed);
    let response = told.response().unwrap();
    assert!(
        response
            .parameters()
            .any(|pair| pair == ("state", "inside"))
    );
}

#[test]
fn rfc9101_10_5_a_client_that_must_sign_cannot_leave_it() {
    let mut world = signing();
    world.client.as_mut().unwrap().require_signed_requests = true;
    let error = world.error(&[]);
    assert_eq!(error, Some(AuthorizeError::RequestObjectMissing));
    let object = object(&[]);
    assert_eq!(world.error(&[("request", &object)]), None);
    // Neither now nor when it pushed the request before.
    for signed in [false, true] {
        let world = with_pushed(
            World {
                client: world.client.clone(),
                ..World::usual()
            },
            PushedRequest {
                signed,
                ..pushed(parameters(&[]))
            },
        );
        let error = world.error(&[("request_uri", REFERENCE)]);
        let expected = (!signed).then_some(AuthorizeError::RequestObjectMissing);
        assert_eq!(error, expected);
    }
}

#[test]
fn rfc9101_5_there_is_one_request_or_one_reference() {
    let world = with_pushed(signing(), pushed(parameters(&[])));
    let object = object(&[]);
    for uri in [REFERENCE, "https://rp.example/request"] {
        let error = world.error(&[("request", &object), ("request_uri", uri)]);
        assert_eq!(error, Some(AuthorizeError::RequestTwice), "{uri}");
    }
}

#[test]
fn rfc6749_3_1_two_request_objects_or_references_are_none() {
    let world = with_pushed(signing(), pushed(parameters(&[])));
    let object = object(&[]);
    for (name, value) in [("request", object.as_str()), ("request_uri", REFERENCE)] {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters(&[]).iter());
        query.extend_pairs([(name, value), (name, value)]);
        let sent = Parameters::parse_authorization(query.finish().as_bytes()).unwrap();
        let refusal = world.verify_received(&sent).expect_err("must be refused");
        assert_eq!(refusal.error, AuthorizeError::ParameterRepeated, "{name}");
    }
}

#[test]
fn rfc9126_4_a_reference_opens_what_was_pushed_and_nothing_beside_it_counts() {
    let request = pushed(parameters(&[("state", "pushed"), ("nonce", "")]));
    let world = with_pushed(World::usual(), request.clone());
    let request_uri = ("request_uri", REFERENCE);
    let verified = world
        .verify_received(&sent(&[
            ("client_id", "rp"),
            request_uri,
            ("state", "beside"),
            ("nonce", "beside"),
            ("redirect_uri", "https://evil.example"),
        ]))
        .unwrap();
    assert_eq!(verified.target().state(), Some("pushed"));
    assert_eq!(
        (verified.nonce(), verified.target().redirect_uri()),
        (None, CALLBACK)
    );
    assert_eq!(verified.pushed(), Some(request.handle));
}

#[test]
fn rfc9126_2_2_a_reference_is_good_for_its_client_and_its_time() {
    let good = pushed(parameters(&[]));
    let other = || HandleKey::of("another");
    let cases = [
        (
            "another's",
            PushedRequest {
                client: ClientId::new("other"),
                ..good.clone()
            },
        ),
        (
            "expired",
            PushedRequest {
                expires: NOW,
                ..good.clone()
            },
        ),
        (
            "of an earlier client of this id",
            PushedRequest {
                pushed: NOW - Duration::from_secs(1),
                ..good.clone()
            },
        ),
        (
            "another reference",
            PushedRequest {
                handle: other(),
                ..good.clone()
            },
        ),
    ];
    for (what, request) in cases {
        let world = with_pushed(World::usual(), request);
        // The redirect URI beside it is the client's; nobody is told but the person.
        let told = refusal(
            &world,
            &[
                ("client_id", "rp"),
                ("request_uri", REFERENCE),
                ("redirect_uri", CALLBACK),
            ],
        );
        assert_eq!(told.error, AuthorizeError::PushUnknown, "{what}");
        assert!(matches!(told.answer, Answer::Page), "{what}");
    }
    let unknown = refusal(
        &World::usual(),
        &[("client_id", "rp"), ("request_uri", REFERENCE)],
    );
    assert_eq!(unknown.error.wire().0, "invalid_request_uri");
}

#[test]
fn rfc9126_4_what_was_pushed_is_verified_again_with_what_holds_now() {
    let mut world = with_pushed(World::usual(), pushed(parameters(&[])));
    let request_uri = [("client_id", "rp"), ("request_uri", REFERENCE)];
    assert!(world.verify_received(&sent(&request_uri)).is_ok());
    world
        .settings
        .scopes
        .retain(|scope| scope.name != "profile");
    let told = refusal(&world, &request_uri);
    assert_eq!(told.error, AuthorizeError::ScopeNotAllowed);
    world.client.as_mut().unwrap().redirect_uris = vec!["https://rp.example/new".to_owned()];
    let told = refusal(&world, &request_uri);
    assert_eq!(told.error, AuthorizeError::RedirectUriUnregistered);
}

#[test]
fn pingfederate_par_status_and_the_client_s_requirement() {
    use AuthorizeError::{PushDisabled, PushMissing, PushUnknown};
    use ParStatus::{Disabled, Enabled, Required};
    // The server's status and the client's requirement; then what becomes of a request that comes
    // as it is, of one that was pushed, and of pushing.
    let cases = [
        (Disabled, false, None, Some(PushUnknown), Some(PushDisabled)),
        // "If PAR is Disabled on the AS and required on the client, the client cannot access the AS."
        (
            Disabled,
            true,
            Some(PushMissing),
            Some(PushUnknown),
            Some(PushDisabled),
        ),
        // "If PAR is Enabled on the AS but not required on the client, the client can use PAR."
        (Enabled, false, None, None, None),
        // "If PAR is Enabled on the AS and required on the client, the client must use PAR."
        (Enabled, true, Some(PushMissing), None, None),
        // "If PAR is Required on the AS but not required on the client, the client must use PAR."
        (Required, false, Some(PushMissing), None, None),
        (Required, true, Some(PushMissing), None, None),
    ];
    for (status, required, plain, by_reference, pushing) in cases {
        let mut world = World::with_client(|client| client.require_par = required);
        world.settings.par_status = status;
        let world = with_pushed(world, pushed(parameters(&[])));
        let what = format!("{status:?}, {required}");
        assert_eq!(world.error(&[]), plain, "{what}");
        let error = world.error(&[("request_uri", REFERENCE)]);
        assert_eq!(error, by_reference, "{what}");
        let request = UnverifiedRequest::plain(parameters(&[]));
        let error = verify_pushed(&request, &world.facts()).err();
        assert_eq!(error, pushing, "{what}");
    }
}

#[test]
fn rfc9126_4_that_a_reference_was_used_up_is_remembered_longer_than_any_flow_lasts() {
    let request = pushed(parameters(&[]));
    let stored = domain::port::Versioned {
        version: Version(1),
        record: request.clone(),
    };
    let spent = use_up(request.handle, Some(&stored), NOW);
    assert_eq!(fixture::deeds(spent), ["claim", "delete pushed_request"]);
    assert_eq!(fixture::deeds(use_up(request.handle, None, NOW)), ["claim"]);
}

proptest! {
    #[test]
    fn rfc9101_6_3_parameters_beside_a_request_object_never_win(
        beside in prop::collection::vec(("[a-z_]{1,12}|state|scope|redirect_uri|nonce|claims", ".{0,20}"), 0..8),
        by_reference in any::<bool>(),
    ) {
        let kept = |name: &str| !["client_id", "request", "request_uri"].contains(&name);
        let beside = beside.iter().filter(|(name, _)| kept(name));
        let beside = beside.map(|(name, value)| (name.as_str(), value.as_str()));
        let object = object(&[]);
        let (world, carrier) = match by_reference {
            true => (with_pushed(signing(), pushed(parameters(&[]))), ("request_uri", REFERENCE)),
            false => (signing(), ("request", object.as_str())),
        };
        let alone = [("client_id", "rp"), carrier];
        let all: Parameters = alone.into_iter().chain(beside).collect();
        let alone = world.verify_received(&sent(&alone)).unwrap();
        prop_assert_eq!(world.verify_received(&all).unwrap(), alone);
    }

    #[test]
    fn rfc9101_6_3_no_claim_is_lost_or_invented(
        state in "\\PC{0,40}",
        max_age in 0_u32..1_000_000,
        nonce in proptest::option::of("[ -~]{1,40}"),
    ) {
        let mut claims = json!({
            "iss": "rp", "aud": ISSUER, "exp": NOW.seconds() + 60, "response_type": "code",
            "redirect_uri": CALLBACK, "scope": "openid", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", "state": state, "max_age": max_age,
        });
        claims["nonce"] = json!(nonce);
        let object = signed(&claims);
        let request = sent(&[("client_id", "rp"), ("request", &object)]);
        let request = signing().verify_received(&request).unwrap();
        let expected = Some(state.as_str()).filter(|state| !state.is_empty());
        prop_assert_eq!(request.target().state(), expected);
        prop_assert_eq!(request.max_age(), Some(Duration::from_secs(max_age.into())));
        prop_assert_eq!(request.nonce(), nonce.as_deref());
    }
}
