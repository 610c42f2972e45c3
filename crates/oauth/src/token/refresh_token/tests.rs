mod bound;
mod narrow;

use domain::{AuthorizationDetails, Override, RefreshToken, Rolling, Scope, ScopeGroup, TimeUnit};
use jose::jws::Unverified;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::client_auth::CertificateChain;
use crate::dpop::VerifiedProof;
use crate::fixture::{
    NOW, Server, client, deeds, grant, public_client, requester_with, stored, user, written,
};

/// A server, a client and the one grant that is stored.
struct World {
    server: Server,
    client: Client,
    grant: Option<Versioned<Grant>>,
    user: Option<User>,
    proof: Option<VerifiedProof>,
    details: Option<AuthorizationDetails>,
    certificates: Option<CertificateChain>,
    now: Timestamp,
}

impl World {
    fn new(client: Client) -> Self {
        let grant = grant(&client, "openid profile");
        Self {
            server: Server::default(),
            grant: Some(stored(grant)),
            client,
            user: Some(user()),
            proof: None,
            details: None,
            certificates: None,
            now: NOW + Duration::from_mins(5),
        }
    }

    fn current(&self) -> String {
        let grant = self.grant.as_ref().unwrap();
        let token = grant.record.refresh.as_ref().unwrap().current(grant.id);
        token.expose().to_string()
    }

    fn decide(&self, token: &str, scope: Option<&str>) -> Decision<TokenResponse, TokenError> {
        let request = RefreshRequest {
            token: token.parse().unwrap(),
            scope: scope.map(|scope| scope.parse().unwrap()),
            authorization_details: self.details.clone(),
        };
        let facts = RefreshFacts {
            grant: self.grant.as_ref(),
            user: self.user.as_ref(),
        };
        let certificates = self.certificates.as_ref();
        let client = requester_with(&self.client, self.proof.as_ref(), certificates);
        refresh_token(&self.server.issuer(), &client, &request, &facts, self.now)
    }

    /// Decides and commits, as the endpoint does.
    fn renew(&mut self, token: &str) -> Result<TokenResponse, TokenError> {
        let decision = self.decide(token, None);
        let placed = self.decide(token, None).changes;
        if deeds(placed).contains(&"delete grant_record".to_owned()) {
            self.grant = None;
        } else if let Some(grant) = written::<Grant>(decision.changes) {
            self.grant = Some(stored(grant));
        }
        decision.answer
    }

    fn refusal(&self, token: &str) -> Option<TokenError> {
        let decision = self.decide(token, None);
        let refusal = decision.answer.err();
        assert!(refusal.is_none() || decision.changes.is_empty());
        refusal
    }
}

#[test]
fn rfc6749_6_renews_and_rolls() {
    let mut world = World::new(client());
    let first = world.current();
    let response = world.renew(&first).ok().unwrap();
    let second = response.refresh_token.unwrap();
    assert_ne!(first, second);
    assert_eq!(second, world.current());
    assert_eq!(response.scope.as_deref(), Some("openid profile"));
    let grant = &world.grant.as_ref().unwrap().record;
    assert_eq!((grant.issued, grant.updated), (NOW, world.now));
}

#[test]
fn rfc9700_4_14_2_revokes_the_grant_when_a_spent_token_comes_back() {
    let mut world = World::new(client());
    let first = world.current();
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    let decision = world.decide(&first, None);
    assert_eq!(decision.answer.err(), Some(TokenError::RefreshTokenSpent));
    assert_eq!(
        deeds(decision.changes),
        ["delete grant_record", "put audit"]
    );
    assert_eq!(
        world.renew(&first).err(),
        Some(TokenError::RefreshTokenSpent)
    );
    assert_eq!(
        world.refusal(&second),
        Some(TokenError::RefreshTokenUnknown)
    );
}

#[test]
fn within_the_grace_period_a_lost_answer_is_told_once_more() {
    let mut world = World::new(client());
    world.server.settings.refresh_token_rolling_grace_period = 60;
    let first = world.current();
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    world.now = world.now + Duration::from_secs(59);
    let again = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    assert_eq!(again, second);
    world.now = world.now + Duration::from_secs(1);
    assert_eq!(
        world.renew(&first).err(),
        Some(TokenError::RefreshTokenSpent)
    );
}

/// Setting: Refresh Token Rolling Grace Period (seconds)
#[test]
fn seed_the_clients_own_grace_period_wins_over_the_servers() {
    let mut world = World::new(client());
    world.server.settings.refresh_token_rolling_grace_period = 60;
    let policy = &mut world.client.rolling_policy;
    policy.grace_period = Some(120);
    let first = world.current();
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    // It counts only where it is chosen.
    world.now = world.now + Duration::from_secs(90);
    let spent = Some(TokenError::RefreshTokenSpent);
    assert_eq!(world.decide(&first, None).answer.err(), spent);
    let policy = &mut world.client.rolling_policy;
    policy.grace_period_type = Override::OverrideServerDefault;
    let again = world.decide(&first, None).answer.ok().unwrap();
    assert_eq!(again.refresh_token, Some(second));
    world.now = world.now + Duration::from_secs(30);
    assert_eq!(world.decide(&first, None).answer.err(), spent);
    // Neither is there grace where the client has none and the server has.
    world.server.settings.refresh_token_rolling_grace_period = 600;
    let policy = &mut world.client.rolling_policy;
    policy.grace_period = Some(0);
    assert_eq!(world.decide(&first, None).answer.err(), spent);
}

#[test]
fn rfc6749_6_another_client_can_neither_use_nor_revoke() {
    let mut world = World::new(client());
    let first = world.current();
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    world.client = public_client();
    let another = Some(TokenError::RefreshTokenOfAnotherClient);
    assert_eq!(world.refusal(&second), another);
    assert_eq!(world.refusal(&first), another);
    // Nor can one that was made after it was deleted, under the same id.
    world.client = client();
    world.client.created = NOW + Duration::from_secs(1);
    assert_eq!(world.refusal(&second), another);
}

#[test]
fn refuses_a_forged_token_without_revoking() {
    let world = World::new(client());
    let mut forged = world.current().into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    assert_eq!(world.refusal(&forged), Some(TokenError::RefreshTokenForged));
}

#[test]
fn a_grant_ends_when_it_is_too_old_or_was_idle_too_long() {
    let mut world = World::new(client());
    world.server.settings.persistent_grant_lifetime = 1;
    world.server.settings.persistent_grant_idle_timeout = 1;
    world
        .server
        .settings
        .persistent_grant_idle_timeout_time_unit = TimeUnit::Hours;
    let token = world.current();
    let token = world.renew(&token).ok().unwrap().refresh_token.unwrap();
    let expires = world.grant.as_ref().unwrap().record.expires.unwrap();
    assert_eq!(expires, world.now + Duration::from_hours(1));
    world.now = expires;
    assert_eq!(world.refusal(&token), Some(TokenError::RefreshTokenExpired));
    // However often it is used, it ends a day after it was made.
    world.now = NOW + Duration::from_mins(23 * 60 + 30);
    world.grant.as_mut().unwrap().record.expires = Some(world.now + Duration::from_mins(1));
    assert!(world.renew(&token).is_ok());
    let expires = world.grant.as_ref().unwrap().record.expires;
    assert_eq!(expires, Some(NOW + Duration::from_hours(24)));
}

#[test]
fn refuses_when_the_person_is_gone_or_disabled_or_the_grant_type_is_taken_away() {
    let mut world = World::new(client());
    let token = world.current();
    world.user.as_mut().unwrap().enabled = false;
    let inactive = Some(TokenError::RefreshTokenOfInactiveUser);
    assert_eq!(world.refusal(&token), inactive);
    world.user = None;
    assert_eq!(world.refusal(&token), inactive);
    world.client.grant_types.remove(&GrantType::RefreshToken);
    assert_eq!(world.refusal(&token), Some(TokenError::GrantTypeNotAllowed));
}

#[test]
fn rolls_as_the_client_or_else_the_server_says() {
    let mut world = World::new(client());
    world.client.rolling = Rolling::DontRoll;
    let token = world.current();
    assert_eq!(
        world.renew(&token).ok().unwrap().refresh_token,
        Some(token.clone())
    );
    world.client.rolling = Rolling::ServerDefault;
    world.server.settings.roll_refresh_tokens = false;
    assert_eq!(
        world.renew(&token).ok().unwrap().refresh_token,
        Some(token.clone())
    );
    world.client.rolling = Rolling::Roll;
    assert_ne!(world.renew(&token).ok().unwrap().refresh_token, Some(token));
}

#[test]
fn rfc9700_2_2_2_rolls_for_public_clients_whatever_the_settings_say() {
    let mut world = World::new(public_client());
    world.client.rolling = Rolling::DontRoll;
    world.server.settings.roll_refresh_tokens = false;
    world.server.settings.refresh_token_rolling_interval = 10;
    world.server.settings.refresh_token_rolling_interval_unit = TimeUnit::Minutes;
    let token = world.current();
    assert_ne!(world.renew(&token).ok().unwrap().refresh_token, Some(token));
}

#[test]
fn a_token_does_not_roll_before_the_rolling_interval_is_over() {
    let mut world = World::new(client());
    world.server.settings.refresh_token_rolling_interval = 10;
    world.server.settings.refresh_token_rolling_interval_unit = TimeUnit::Minutes;
    let token = world.current();
    assert_eq!(
        world.renew(&token).ok().unwrap().refresh_token,
        Some(token.clone())
    );
    world.now = NOW + Duration::from_mins(10);
    assert_ne!(world.renew(&token).ok().unwrap().refresh_token, Some(token));
}

/// Setting: Refresh Token Rolling Interval
#[test]
fn seed_the_clients_own_rolling_interval_wins_over_the_servers() {
    let mut world = World::new(client());
    world.server.settings.refresh_token_rolling_interval = 10;
    world.server.settings.refresh_token_rolling_interval_unit = TimeUnit::Minutes;
    let policy = &mut world.client.rolling_policy;
    policy.interval = Some(1);
    world.now = NOW + Duration::from_mins(10);
    let token = world.current();
    let rolls = |world: &World| {
        let answer = world.decide(&token, None).answer.ok().unwrap();
        answer.refresh_token.is_some_and(|next| next != token)
    };
    // It counts only where it is chosen, and is in hours unless its unit says otherwise.
    assert!(rolls(&world));
    let policy = &mut world.client.rolling_policy;
    policy.interval_type = Override::OverrideServerDefault;
    assert!(!rolls(&world));
    world.now = NOW + Duration::from_hours(1);
    assert!(rolls(&world));
    world.now = NOW + Duration::from_secs(30);
    let policy = &mut world.client.rolling_policy;
    policy.interval_unit = TimeUnit::Seconds;
    assert!(rolls(&world));
}

#[test]
fn a_use_that_changes_no_token_is_noted_once_a_minute() {
    let mut world = World::new(client());
    world.client.rolling = Rolling::DontRoll;
    let token = world.current();
    assert_eq!(
        deeds(world.decide(&token, None).changes),
        ["put grant_record"]
    );
    world.now = NOW + Duration::from_secs(59);
    assert!(world.decide(&token, None).changes.is_empty());
}

#[test]
fn two_rolls_at_the_same_instant_are_both_stored() {
    let mut world = World::new(client());
    world.now = NOW;
    let first = world.current();
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    let third = world.renew(&second).ok().unwrap().refresh_token.unwrap();
    assert_eq!(third, world.current());
}

#[test]
fn oidc_core_12_2_keeps_what_the_first_id_token_said() {
    let mut world = World::new(client());
    let token = world.current();
    let id_token = world
        .decide(&token, None)
        .answer
        .ok()
        .unwrap()
        .id_token
        .unwrap();
    let claims = Unverified::parse(&id_token, 64 * 1024).unwrap();
    let claims = claims.unverified_claims().unwrap().into_map();
    assert_eq!(claims["iat"], world.now.seconds());
    assert_eq!(claims["auth_time"], NOW.seconds() - 30);
    assert_eq!(claims["sub"], user().id.to_string());
    assert_eq!(claims["aud"], "shop");
    assert!(!claims.contains_key("nonce"));
    world.server.id_token.on_refresh = false;
    assert!(
        world
            .decide(&token, None)
            .answer
            .ok()
            .unwrap()
            .id_token
            .is_none()
    );
}

/// What someone does with the refresh tokens that were ever handed out.
#[derive(Clone, Debug)]
enum Step {
    Present(prop::sample::Index),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<prop::sample::Index>().prop_map(Step::Present),
        1 => (0..90_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn there_are_never_two_good_tokens_beyond_grace(
        steps in proptest::collection::vec(step(), 1..25),
        grace in prop_oneof![Just(0_u32), 1..60_u32],
    ) {
        let mut world = World::new(client());
        world.server.id_token.on_refresh = false;
        world.server.settings.refresh_token_rolling_grace_period = grace;
        let mut known = vec![world.current()];
        let mut rolled = NOW;
        for step in steps {
            match step {
                Step::Wait(seconds) => world.now = world.now + Duration::from_secs(seconds),
                Step::Present(which) => {
                    let token = which.get(&known).clone();
                    let was_current = world.grant.is_some() && token == world.current();
                    match world.renew(&token) {
                        Ok(response) => {
                            let next = response.refresh_token.unwrap();
                            if was_current {
                                rolled = world.now;
                            }
                            if !known.contains(&next) {
                                known.push(next);
                            }
                        }
                        // Once a spent token was seen, no token of the grant is good any more.
                        Err(_) => prop_assert!(world.grant.is_none()),
                    }
                }
            }
            let good = known.iter().filter(|token| world.decide(token, None).answer.is_ok()).count();
            let in_grace = world.now < rolled + Duration::from_secs(grace.into());
            prop_assert!(good <= 1 + usize::from(in_grace), "{good} good tokens");
        }
    }

    #[test]
    fn parsing_a_refresh_token_never_panics(text in ".{0,100}") {
        let _ = text.parse::<RefreshToken>();
    }
}
