mod bound;
mod details;
mod issued;

use std::time::Duration;

use domain::{AuthorizationDetails, HandleKey, Scope, TimeUnit};
use jose::digest::left_half_hash;
use jose::jws::{Algorithm, Unverified};
use serde_json::{Value, json};

use super::*;
use crate::dpop::VerifiedProof;
use crate::fixture::{
    ISSUER, NOW, REDIRECT_URI, Server, authentication, client, deeds, grant, keys, public_client,
    requester, session, stored, user, written,
};
use crate::token::VerifiedAccessToken;
use crate::{CodeChallenge, TokenType};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// Everything that an exchange is decided on.
struct Exchange {
    server: Server,
    client: Client,
    code: Versioned<Code>,
    user: Option<User>,
    session: Option<Versioned<Session>>,
    grant: Option<Versioned<Grant>>,
    proof: Option<VerifiedProof>,
    redirect_uri: Option<&'static str>,
    verifier: Option<&'static str>,
    scope: Option<&'static str>,
    details: Option<AuthorizationDetails>,
    now: Timestamp,
}

impl Exchange {
    fn new(client: Client) -> Self {
        let code = Code {
            approval_receipt: None,
            handle: HandleKey::of("code"),
            client: client.id.clone(),
            redirect_uri: Some(REDIRECT_URI.to_owned()),
            challenge: Some(CodeChallenge::S256(
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
            )),
            dpop_jkt: None,
            user: user().id,
            authentication: authentication(),
            scope: "openid profile email".parse().unwrap(),
            authorization_details: AuthorizationDetails::none(),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
            claims: None,
            issued: NOW,
            state: CodeState::Fresh,
            expires: NOW + Duration::from_mins(1),
            forgotten: NOW + Duration::from_hours(1),
        };
        Self {
            server: Server::default(),
            client,
            code: stored(code),
            user: Some(user()),
            session: Some(stored(session())),
            grant: None,
            proof: None,
            redirect_uri: Some(REDIRECT_URI),
            verifier: Some(VERIFIER),
            scope: None,
            details: None,
            now: NOW,
        }
    }

    fn decide_as(&self, client: &Client) -> Decision<TokenResponse, TokenError> {
        let request = CodeRequest {
            code: self.code.handle,
            redirect_uri: self.redirect_uri,
            verifier: self.verifier,
            scope: self.scope.map(|scope| scope.parse().unwrap()),
            authorization_details: self.details.clone(),
        };
        let facts = CodeFacts {
            code: Some(&self.code),
            grant: self.grant.as_ref(),
            user: self.user.as_ref(),
            session: self.session.as_ref(),
        };
        let client = requester(client, self.proof.as_ref());
        authorization_code(&self.server.issuer(), &client, &request, &facts, self.now)
    }

    fn decide(&self) -> Decision<TokenResponse, TokenError> {
        self.decide_as(&self.client)
    }

    fn response(&self) -> TokenResponse {
        self.decide().answer.ok().unwrap()
    }

    /// Why it is refused, after making sure that nothing changes.
    fn refusal(&self) -> Option<TokenError> {
        let decision = self.decide();
        let refusal = decision.answer.err();
        assert!(refusal.is_none() || decision.changes.is_empty());
        refusal
    }
}

fn claims_of(token: &str) -> Value {
    let unverified = Unverified::parse(token, 64 * 1024).unwrap();
    Value::Object(unverified.unverified_claims().unwrap().into_map())
}

#[test]
fn rfc6749_4_1_4_issues_tokens_and_spends_the_code() {
    let exchange = Exchange::new(client());
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    assert_eq!((response.token_type, response.expires_in), ("Bearer", 7200));
    assert_eq!(response.scope.as_deref(), Some("email openid profile"));
    assert!(response.refresh_token.is_some() && response.id_token.is_some());
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.user, user().id);
    assert_eq!(grant.scope, exchange.code.scope);
    let idle = exchange.server.settings.grant_idle_timeout();
    assert_eq!(grant.expires, idle.map(|idle| NOW + idle));
    let changes = exchange.decide().changes;
    assert_eq!(
        deeds(changes),
        ["put code", "put grant_record", "check session"]
    );
    let spent: Code = written(exchange.decide().changes).unwrap();
    assert!(matches!(spent.state, CodeState::Redeemed(_)));
}

#[test]
fn rfc6749_4_1_3_refuses_a_code_of_another_client() {
    let exchange = Exchange::new(client());
    let other = public_client();
    let decision = exchange.decide_as(&other);
    assert_eq!(decision.answer.err(), Some(TokenError::CodeOfAnotherClient));
    assert!(decision.changes.is_empty());
}

#[test]
fn rfc6749_4_1_3_refuses_a_code_of_an_earlier_client_of_the_same_id() {
    let mut exchange = Exchange::new(client());
    exchange.client.created = NOW + Duration::from_millis(1);
    assert_eq!(exchange.refusal(), Some(TokenError::CodeOfAnotherClient));
    // Nor can that client revoke what came of it.
    let grant = grant(&client(), "openid");
    exchange.code.record.state = CodeState::Redeemed(grant.id);
    exchange.grant = Some(stored(grant));
    assert_eq!(exchange.refusal(), Some(TokenError::CodeOfAnotherClient));
}

#[test]
fn rfc6749_4_1_3_wants_the_redirect_uri_of_the_authorization_request() {
    let mut exchange = Exchange::new(client());
    exchange.redirect_uri = None;
    assert_eq!(exchange.refusal(), Some(TokenError::RedirectUriMissing));
    exchange.redirect_uri = Some("https://shop.example/callback/");
    assert_eq!(exchange.refusal(), Some(TokenError::RedirectUriDiffers));
    exchange.code.record.redirect_uri = None;
    assert_eq!(exchange.refusal(), Some(TokenError::RedirectUriDiffers));
    for sent_now in [None, Some(REDIRECT_URI)] {
        exchange.redirect_uri = sent_now;
        assert_eq!(exchange.refusal(), None);
    }
}

#[test]
fn rfc7636_4_6_refuses_a_wrong_verifier_and_does_not_spend_the_code() {
    let mut exchange = Exchange::new(public_client());
    exchange.verifier = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_eq!(
        exchange.refusal(),
        Some(TokenError::VerifierDiffers("S256"))
    );
    exchange.verifier = None;
    assert_eq!(exchange.refusal(), Some(TokenError::VerifierMissing));
    exchange.verifier = Some(VERIFIER);
    assert_eq!(exchange.refusal(), None);
    exchange.code.record.challenge = None;
    assert_eq!(exchange.refusal(), Some(TokenError::VerifierUnexpected));
}

#[test]
fn rfc6749_4_1_2_refuses_an_expired_code() {
    let mut exchange = Exchange::new(client());
    exchange.now = exchange.code.expires;
    assert_eq!(exchange.refusal(), Some(TokenError::CodeExpired));
    exchange.now = exchange.code.expires - Duration::from_millis(1);
    assert_eq!(exchange.refusal(), None);
}

#[test]
fn rfc6749_4_1_2_revokes_the_grant_of_a_code_that_is_used_twice() {
    let mut exchange = Exchange::new(client());
    let grant = grant(&exchange.client, "openid");
    exchange.code.record.state = CodeState::Redeemed(grant.id);
    exchange.grant = Some(stored(grant));
    // Long after the code has expired as well.
    exchange.now = exchange.code.forgotten;
    let decision = exchange.decide();
    assert_eq!(decision.answer.err(), Some(TokenError::CodeRedeemedTwice));
    assert_eq!(
        deeds(decision.changes),
        ["delete grant_record", "put audit"]
    );
    exchange.grant = None;
    assert_eq!(exchange.refusal(), Some(TokenError::CodeRedeemedTwice));
}

#[test]
fn rfc9700_4_5_lets_nobody_revoke_who_could_not_have_redeemed() {
    let mut exchange = Exchange::new(public_client());
    let grant = grant(&exchange.client, "openid");
    exchange.code.record.state = CodeState::Redeemed(grant.id);
    exchange.grant = Some(stored(grant));
    exchange.verifier = None;
    assert_eq!(exchange.refusal(), Some(TokenError::VerifierMissing));
    let decision = exchange.decide_as(&client());
    assert_eq!(decision.answer.err(), Some(TokenError::CodeOfAnotherClient));
    assert!(decision.changes.is_empty());
}

#[test]
fn refuses_when_the_person_is_gone_or_disabled() {
    let mut exchange = Exchange::new(client());
    exchange.user.as_mut().unwrap().enabled = false;
    assert_eq!(exchange.refusal(), Some(TokenError::CodeOfInactiveUser));
    exchange.user = None;
    assert_eq!(exchange.refusal(), Some(TokenError::CodeOfInactiveUser));
}

#[test]
fn rfc6749_5_2_refuses_a_code_whose_session_has_ended() {
    let mut exchange = Exchange::new(client());
    let of_session = |session: Session| Some(stored(session));
    let ended = [
        None,
        of_session(Session {
            ends: NOW,
            ..session()
        }),
        of_session(Session {
            user: UserId::from_bytes([8; 16]),
            ..session()
        }),
        of_session(Session {
            authentication: Authentication {
                session: domain::SessionId::from_bytes([8; 16]),
                ..authentication()
            },
            ..session()
        }),
    ];
    for session in ended {
        exchange.session = session;
        assert_eq!(exchange.refusal(), Some(TokenError::CodeOfEndedSession));
    }
    // Who has proved themselves again is in the same session, by another cookie.
    exchange.session = of_session(Session {
        handle: HandleKey::of("another cookie"),
        ..session()
    });
    assert_eq!(exchange.refusal(), None);
}

#[test]
fn rfc6749_3_3_a_code_brings_only_what_the_client_may_still_have() {
    let mut exchange = Exchange::new(client());
    exchange.client.restrict_scopes = true;
    exchange.client.restricted_scopes = "openid email".parse().unwrap();
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    assert_eq!(response.scope.as_deref(), Some("email openid"));
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.scope, exchange.code.scope, "the grant stays whole");
    exchange.client.restrict_scopes = true;
    exchange.client.restricted_scopes = Scope::empty();
    assert_eq!(exchange.refusal(), Some(TokenError::ScopeLost));
}

#[test]
fn pingfederate_2_5_narrows_the_scope_but_never_widens_it() {
    let mut exchange = Exchange::new(client());
    exchange.scope = Some("openid");
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    assert_eq!(response.scope.as_deref(), Some("openid"));
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.scope, exchange.code.scope, "the grant stays whole");
    exchange.scope = Some("openid phone");
    assert_eq!(exchange.refusal(), Some(TokenError::ScopeTooWide));
}

#[test]
fn without_the_refresh_grant_there_is_no_refresh_token_and_the_grant_ends_with_its_token() {
    let mut exchange = Exchange::new(client());
    exchange.client.grant_types.remove(&GrantType::RefreshToken);
    let decision = exchange.decide();
    let response = decision.answer.ok().unwrap();
    assert!(response.refresh_token.is_none());
    let grant: Grant = written(decision.changes).unwrap();
    assert!(grant.refresh.is_none());
    assert_eq!(grant.expires, Some(NOW + Duration::from_hours(2)));
    exchange.client.grant_types.clear();
    assert_eq!(exchange.refusal(), Some(TokenError::GrantTypeNotAllowed));
}

#[test]
fn seed_refresh_tokens_are_issued_only_with_offline_access_where_it_is_required() {
    use domain::ServerDefaultOr::{No, ServerDefault, Yes};
    let refreshed = |server, of_client, scope: &str| {
        let mut exchange = Exchange::new(client());
        exchange.code.record.scope = scope.parse().unwrap();
        let settings = &mut exchange.server.settings;
        settings.require_offline_access_scope_to_issue_refresh_tokens = server;
        let setting = &mut exchange
            .client
            .require_offline_access_scope_to_issue_refresh_tokens;
        *setting = of_client;
        let decision = exchange.decide();
        let response = decision.answer.ok().unwrap();
        let grant: Grant = written(decision.changes).unwrap();
        assert_eq!(grant.refresh.is_some(), response.refresh_token.is_some());
        // What nothing renews ends with its token.
        let access_token = exchange.server.access_token.lifetime;
        assert_eq!(
            grant.expires == Some(NOW + access_token),
            grant.refresh.is_none()
        );
        response.refresh_token.is_some()
    };
    assert!(refreshed(false, ServerDefault, "openid"));
    assert!(!refreshed(true, ServerDefault, "openid"));
    assert!(refreshed(true, ServerDefault, "openid offline_access"));
    assert!(refreshed(true, No, "openid"));
    assert!(!refreshed(false, Yes, "openid"));
    assert!(refreshed(false, Yes, "openid offline_access"));
}
