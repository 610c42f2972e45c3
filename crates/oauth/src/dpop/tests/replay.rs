use domain::port::{Change, Tenant};

use super::*;
use crate::fixture::deeds;

fn claim(changes: Changes) -> (Vec<u8>, Timestamp) {
    match changes.of_tenant(Tenant::DEFAULT).as_slice() {
        [Change::Claim { key, until, .. }] => (key.as_bytes().to_vec(), *until),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc9449_11_1_each_proof_is_spent_once_for_its_key_and_uri() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let spent = |proof: &Proof, situation: &Situation<'_>| {
        let (judged, changes) = judge(&proof.signed(), situation);
        judged.unwrap();
        claim(changes).0
    };
    let here = Situation::default();
    let first = spent(&Proof::by(&key), &here);
    assert_eq!(spent(&Proof::by(&key), &here), first, "the same again");
    // However the URI is spelled.
    let respelled = Proof::by(&key).with("htu", format!("{TOKEN_ENDPOINT}?again"));
    assert_eq!(spent(&respelled, &here), first);
    assert_ne!(spent(&Proof::by(&key).with("jti", "2"), &here), first);
    assert_ne!(spent(&Proof::new(), &here), first, "another key");
    let mut there = Situation::default();
    there.request.uris = &["https://id.example/as/par.oauth2"];
    let elsewhere = Proof::by(&key).with("htu", there.request.uris[0]);
    assert_ne!(spent(&elsewhere, &there), first, "another endpoint");
}

#[test]
fn rfc9449_11_1_a_spent_proof_is_remembered_for_as_long_as_it_could_be_used() {
    let mut situation = Situation::with_nonces();
    situation.settings.dpop_proof_lifetime_seconds = 600;
    let early = Proof::new().with("iat", NOW.seconds() + LEEWAY);
    let nonce = nonces().current(&situation.settings, NOW + Duration::from_secs(300));
    let noncy = Proof::new().with("nonce", nonce);
    for (proof, require_nonce) in [(early, false), (noncy, true)] {
        situation.settings.dpop_proof_require_nonce = require_nonce;
        situation.now = NOW;
        let (judged, changes) = judge(&proof.signed(), &situation);
        judged.unwrap();
        let (_, until) = claim(changes);
        situation.now = until;
        assert!(proof.judged_in(&situation).is_err());
    }
}

#[test]
fn without_replay_prevention_nothing_is_spent() {
    let mut situation = Situation::default();
    situation.settings.dpop_proof_enforce_replay_prevention = false;
    let (judged, changes) = judge(&Proof::new().signed(), &situation);
    judged.unwrap();
    assert!(changes.is_empty());
    // And never by a proof that is refused.
    let (judged, changes) = judge(
        &Proof::new().with("htm", "GET").signed(),
        &Situation::default(),
    );
    assert!(judged.is_err());
    assert!(deeds(changes).is_empty());
}
