//! Refresh tokens that are bound to the key of a DPoP proof (RFC 9449 §5).

use domain::{Confirmation, Thumbprint};
use jose::jws::{Algorithm, SigningKey};

use super::*;
use crate::dpop::fixture::proved;
use crate::fixture::certificates;

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

fn bound_to(key: &SigningKey) -> Confirmation {
    Confirmation {
        jkt: Some(Thumbprint::of_key(key.jwk())),
        ..Confirmation::NONE
    }
}

/// A public client whose grant is bound to this key.
fn bound(key: &SigningKey) -> World {
    let mut world = World::new(public_client());
    world.grant.as_mut().unwrap().record.bound_to = bound_to(key);
    world
}

#[test]
fn rfc9449_5_a_bound_refresh_token_is_used_by_the_holder_of_the_key_alone() {
    let [key, other] = [key(), key()];
    let mut world = bound(&key);
    let token = world.current();
    let differs = Some(TokenError::RefreshTokenOfAnotherKey);
    for proof in [None, Some(proved(&other))] {
        world.proof = proof;
        assert_eq!(world.refusal(&token), differs);
    }
    world.proof = Some(proved(&key));
    let renewed = world.renew(&token).ok().unwrap();
    assert_eq!(renewed.token_type, "DPoP");
    assert_eq!(world.grant.unwrap().bound_to, bound_to(&key));
}

#[test]
fn rfc9449_5_whoever_lacks_the_key_cannot_revoke_with_a_spent_token() {
    let key = key();
    let mut world = bound(&key);
    let spent = world.current();
    world.proof = Some(proved(&key));
    world.renew(&spent).ok().unwrap();
    world.proof = None;
    let differs = Some(TokenError::RefreshTokenOfAnotherKey);
    assert_eq!(world.refusal(&spent), differs);
    world.proof = Some(proved(&key));
    let decision = world.decide(&spent, None);
    assert_eq!(decision.answer.err(), Some(TokenError::RefreshTokenSpent));
}

#[test]
fn rfc9449_5_a_public_client_that_begins_to_prove_a_key_is_bound_to_it() {
    let key = key();
    let mut world = World::new(public_client());
    let first = world.current();
    world.proof = Some(proved(&key));
    let second = world.renew(&first).ok().unwrap().refresh_token.unwrap();
    world.proof = None;
    let differs = Some(TokenError::RefreshTokenOfAnotherKey);
    assert_eq!(world.refusal(&second), differs);
}

#[test]
fn rfc9449_5_a_binding_is_stored_even_if_the_token_stays() {
    let key = key();
    let mut world = World::new(public_client());
    world.server.settings.refresh_token_rolling_grace_period = 60;
    let first = world.current();
    world.renew(&first).ok().unwrap();
    // The answer was lost; the client asks again, with a proof.
    world.proof = Some(proved(&key));
    let decision = world.decide(&first, None);
    assert!(decision.answer.is_ok());
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.bound_to, bound_to(&key));
}

#[test]
fn rfc9449_5_a_confidential_client_may_change_its_key() {
    let mut world = World::new(client());
    for key in [Some(key()), Some(key()), None] {
        let token = world.current();
        world.proof = key.as_ref().map(proved);
        let renewed = world.renew(&token).ok().unwrap();
        let bound = renewed.token_type == "DPoP";
        assert_eq!(bound, key.is_some());
        assert!(world.grant.as_ref().unwrap().bound_to.is_none());
    }
}

#[test]
fn rfc9700_2_2_2_a_bound_refresh_token_changes_only_if_the_settings_say_so() {
    let key = key();
    let mut world = bound(&key);
    world.client.rolling = Rolling::DontRoll;
    world.proof = Some(proved(&key));
    let token = world.current();
    let renewed = world.renew(&token).ok().unwrap();
    assert_eq!(renewed.refresh_token, Some(token));
    world.client.rolling = Rolling::Roll;
    let token = world.current();
    let renewed = world.renew(&token).ok().unwrap();
    assert_ne!(renewed.refresh_token, Some(token));
}

#[test]
fn rfc8705_4_a_bound_refresh_token_is_good_with_its_certificate_alone() {
    let [own, other] = [certificates(), certificates()];
    let mut world = World::new(public_client());
    let binding = Confirmation {
        certificate: Some(own.thumbprint().clone()),
        ..Confirmation::NONE
    };
    world.grant.as_mut().unwrap().record.bound_to = binding.clone();
    let token = world.current();
    let differs = Some(TokenError::RefreshTokenOfAnotherKey);
    for certificates in [None, Some(other)] {
        world.certificates = certificates;
        assert_eq!(world.refusal(&token), differs);
    }
    world.certificates = Some(own);
    let renewed = world.renew(&token).ok().unwrap();
    assert_eq!(renewed.token_type, "Bearer");
    assert_eq!(world.grant.unwrap().bound_to, binding);
}

#[test]
fn rfc8705_3_a_confidential_client_may_change_its_certificate() {
    let mut world = World::new(client());
    for certificates in [Some(certificates()), Some(certificates()), None] {
        let token = world.current();
        let shown = certificates.as_ref().map(|it| it.thumbprint().clone());
        world.certificates = certificates;
        let renewed = world.renew(&token).ok().unwrap();
        let access = Unverified::parse(&renewed.access_token, 4096).unwrap();
        let claims = access.unverified_claims().unwrap().into_map();
        let expected = shown.map(|shown| serde_json::json!({ "x5t#S256": shown }));
        assert_eq!(claims.get("cnf"), expected.as_ref());
        assert!(world.grant.as_ref().unwrap().bound_to.is_none());
    }
}
