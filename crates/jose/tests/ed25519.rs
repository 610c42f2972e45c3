//! One algorithm with two names: `EdDSA` (RFC 8037), whose key says the curve, and `Ed25519` (RFC 9864).
#![cfg(test)]

mod common;

use common::signed;
use countersign_jose::Refused;
use countersign_jose::digest::left_half_hash;
use countersign_jose::jwk::{Curve, Jwk, NewKey, Unfit};
use countersign_jose::jws::Algorithm::{Ed25519, EdDsa};
use countersign_jose::jws::{
    Algorithm, Policy, SigningKey, Verified, VerifyingKeys, sign_compact, verify_compact,
};

fn key() -> Jwk {
    Jwk::generate(NewKey::Curve(Curve::Ed25519)).unwrap()
}

/// Verifies what `key` has signed under the name `alg` with `known`, if only `accepted` is.
fn verify(
    key: &Jwk,
    alg: Algorithm,
    known: &Jwk,
    accepted: Algorithm,
) -> Result<Verified, Refused> {
    let key = SigningKey::new(key, alg).unwrap();
    let header = countersign_jose::Header::new();
    let token = sign_compact(&key, header, b"{}").unwrap();
    let known = VerifyingKeys::from(&known.clone().without_kid());
    verify_compact(&token, &known, &Policy::new(&[accepted]))
}

#[test]
fn rfc9864_2_2_ed25519_is_accepted_wherever_eddsa_is() {
    let key = key();
    for (alg, accepted) in [(EdDsa, EdDsa), (Ed25519, EdDsa), (Ed25519, Ed25519)] {
        let verified = verify(&key, alg, &key, accepted).unwrap();
        assert_eq!(verified.algorithm(), alg);
        assert_eq!(verified.header().alg(), alg.name());
    }
}

#[test]
fn whoever_accepts_the_full_name_only_gets_no_other() {
    let key = key();
    let refused = verify(&key, EdDsa, &key, Ed25519).unwrap_err();
    let (name, accepted) = ("EdDSA", "Ed25519".to_owned());
    assert_eq!(refused, Refused::AlgorithmNotAllowed { name, accepted });
}

#[test]
fn rfc9864_2_2_a_key_for_one_of_the_names_is_for_both() {
    let key = key();
    for declared in ["EdDSA", "Ed25519"] {
        let declared = key.clone().with_alg(declared);
        for alg in [EdDsa, Ed25519] {
            assert!(SigningKey::new(&declared, alg).is_ok());
            assert!(verify(&key, alg, &declared, EdDsa).is_ok());
        }
    }
    let other = key.clone().with_alg("ES256");
    let (declared, wanted) = ("ES256".to_owned(), "Ed25519");
    let cause = Unfit::Algorithm { declared, wanted };
    assert_eq!(SigningKey::new(&other, Ed25519).unwrap_err(), cause);
}

#[test]
fn rfc9864_4_1_1_ed25519_is_on_no_other_curve() {
    for curve in [Curve::X25519, Curve::P256] {
        let jwk = Jwk::generate(NewKey::Curve(curve)).unwrap();
        assert!(SigningKey::new(&jwk, Ed25519).is_err());
        let forged = signed(
            &SigningKey::new(&key(), Ed25519).unwrap(),
            r#"{"alg":"Ed25519"}"#,
            "{}",
        );
        let refused = verify_compact(
            &forged,
            &VerifyingKeys::from(&jwk),
            &Policy::new(Algorithm::ALL),
        );
        assert!(matches!(refused, Err(Refused::KeyUnfit(_))), "{curve}");
    }
}

#[test]
fn the_name_makes_no_other_hash() {
    assert_eq!(left_half_hash(EdDsa, "x"), left_half_hash(Ed25519, "x"));
}
