use std::collections::BTreeSet;

use domain::port::fixed::CountingRandom;
use domain::{HandleKey, OidcPolicy, SessionId};
use jose::jws::Algorithm;
use serde_json::json;

use super::*;
use crate::TokenType;
use crate::fixture::{self, NOW};

const ISSUER: &str = "https://as.example";
const BYE: &str = "https://rp.example/bye?a=1";

fn client() -> Client {
    Client {
        id: ClientId::new("rp"),
        oidc: OidcPolicy {
            post_logout_redirect_uris: vec![BYE.to_owned(), "javascript:alert(1)//".to_owned()],
            ..OidcPolicy::default()
        },
        ..fixture::client()
    }
}

fn session() -> Session {
    Session {
        handle: HandleKey::of("a cookie"),
        user: fixture::user().id,
        authentication: fixture::authentication(),
        devices: Vec::new(),
        created: NOW,
        last_used: NOW,
        ends: NOW,
        idle: None,
        user_agent: String::new(),
        address: String::new(),
        clients: BTreeSet::new(),
    }
}

fn hint(aud: &str, sub: &str, sid: &str) -> IdTokenHint {
    let claims = json!({ "iss": ISSUER, "aud": aud, "sub": sub, "sid": sid, "exp": 1 });
    let token = fixture::keys()
        .sign(Algorithm::Rs256, TokenType::IdToken, &claims)
        .unwrap();
    IdTokenHint::verify(&token, fixture::keys(), ISSUER, None, NOW).unwrap()
}

fn decide(
    parameters: &[(&str, &str)],
    client: Option<&Client>,
    hint: Option<&IdTokenHint>,
    session: Option<&Session>,
) -> SignOut {
    let parameters: Parameters = parameters.iter().copied().collect();
    request(
        &parameters,
        &Facts {
            client,
            id_token_hint: hint,
            session,
        },
    )
}

fn back(state: &str) -> Destination {
    Destination::Client(format!("{BYE}{state}"))
}

#[test]
fn rp_initiated_logout_2_asks_unless_the_hint_belongs_to_the_session() {
    let session = session();
    let (sub, sid) = (
        session.user.to_string(),
        session.authentication.session.to_string(),
    );
    let client = client();
    let page = Destination::SignedOutPage;
    let ask = SignOut::Confirm(page.clone());
    for (hint, expected) in [
        (None, ask.clone()),
        (Some(hint("rp", &sub, &sid)), SignOut::Now(page.clone())),
        (
            Some(hint("rp", &sub, "an earlier one")),
            SignOut::Now(page.clone()),
        ),
        (
            Some(hint("rp", "someone else", &sid)),
            SignOut::Now(page.clone()),
        ),
        (Some(hint("rp", "someone else", "elsewhere")), ask.clone()),
        (Some(hint("another", &sub, &sid)), ask.clone()),
    ] {
        let decided = decide(&[], Some(&client), hint.as_ref(), Some(&session));
        assert_eq!(decided, expected, "{hint:?}");
        assert_eq!(
            decide(&[], Some(&client), hint.as_ref(), None),
            SignOut::Now(page.clone())
        );
    }
}

#[test]
fn rp_initiated_logout_2_the_client_must_be_the_one_of_the_hint() {
    let session = session();
    let (sub, sid) = (
        session.user.to_string(),
        session.authentication.session.to_string(),
    );
    let client = client();
    let parameters = [("client_id", "rp"), ("post_logout_redirect_uri", BYE)];
    let own = hint("rp", &sub, &sid);
    let decided = decide(&parameters, Some(&client), Some(&own), Some(&session));
    assert_eq!(decided, SignOut::Now(back("")));
    let another = hint("another", &sub, &sid);
    let decided = decide(&parameters, Some(&client), Some(&another), Some(&session));
    assert_eq!(decided, SignOut::Confirm(Destination::SignedOutPage));
    // The same when nothing is known of the client that is named.
    let decided = decide(&[("client_id", "rp")], None, Some(&another), Some(&session));
    assert_eq!(decided, SignOut::Confirm(Destination::SignedOutPage));
}

#[test]
fn rp_initiated_logout_3_returns_only_to_a_registered_uri() {
    let client = client();
    let sent = |uri: &str, client: Option<&Client>| {
        let parameters = [("post_logout_redirect_uri", uri), ("state", "x y")];
        decide(&parameters, client, None, None)
    };
    assert_eq!(sent(BYE, Some(&client)), SignOut::Now(back("&state=x+y")));
    for uri in [
        "https://rp.example/bye",
        "https://rp.example/bye?a=1&b=2",
        "https://evil.example/",
        "javascript:alert(1)//",
        "",
    ] {
        assert_eq!(
            sent(uri, Some(&client)),
            SignOut::Now(Destination::SignedOutPage),
            "{uri}"
        );
    }
    // Without a client there is nothing that the URI could be registered for.
    assert_eq!(sent(BYE, None), SignOut::Now(Destination::SignedOutPage));
    let disabled = Client {
        enabled: false,
        ..client
    };
    assert_eq!(
        sent(BYE, Some(&disabled)),
        SignOut::Now(Destination::SignedOutPage)
    );
}

#[test]
fn rp_initiated_logout_4_signing_out_twice_is_no_error() {
    let client = client();
    let hint = hint("rp", "ada", "a session that is over");
    let parameters = [("post_logout_redirect_uri", BYE)];
    let decided = decide(&parameters, Some(&client), Some(&hint), None);
    assert_eq!(decided, SignOut::Now(back("")));
}

#[test]
fn a_state_that_is_too_long_is_not_returned() {
    let client = client();
    let state = "a".repeat(5000);
    let parameters = [("post_logout_redirect_uri", BYE), ("state", &state)];
    assert_eq!(
        decide(&parameters, Some(&client), None, None),
        SignOut::Now(back(""))
    );
}

fn grant(session: SessionId, scope: &str, refreshable: bool) -> Versioned<Grant> {
    let mut grant = fixture::grant(&client(), scope);
    grant.authentication.session = session;
    grant.refresh = grant.refresh.filter(|_| refreshable);
    fixture::stored(grant)
}

#[test]
fn oidc_core_11_only_offline_access_outlives_the_session() {
    let session = fixture::stored(session());
    let sid = session.authentication.session;
    let elsewhere = SessionId::from_bytes([8; 16]);
    for (grant, ends) in [
        (grant(sid, "openid", false), true),
        (grant(sid, "openid", true), true),
        (grant(sid, "openid offline_access", false), true),
        (grant(sid, "openid offline_access", true), false),
        (grant(elsewhere, "openid", false), false),
    ] {
        let random = CountingRandom::default();
        let actor = Actor::User("ada".to_owned());
        let changes = end_session(&session, &[grant], actor.clone(), NOW, &random);
        let deeds: &[&str] = if ends {
            &["delete session", "delete grant_record", "put audit"]
        } else {
            &["delete session", "put audit"]
        };
        assert_eq!(fixture::deeds(changes.clone()), deeds);
        let event: AuditEvent = fixture::written(changes).unwrap();
        assert_eq!(
            (event.event.as_str(), event.actor),
            ("sign_out.succeeded", actor)
        );
        assert_eq!(event.detail["sid"], sid.to_string());
        assert_eq!(event.detail["grants_ended"], usize::from(ends));
    }
}
