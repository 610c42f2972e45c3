//! Compact signed tokens as they come: nothing but what the keys signed is believed (RFC 7515).

use std::sync::LazyLock;

use jose::jwk::{Jwk, JwkSet};
use jose::jws::{Algorithm, Policy, Unverified, VerifyingKeys, verify_compact};

use super::cookbook::{EXAMPLES, tokens};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "jws",
    run,
    seeds: || tokens(true),
};

static KEYS: LazyLock<VerifyingKeys> = LazyLock::new(|| {
    let signed = EXAMPLES.iter().filter(|it| it.is_signed);
    let keys = signed.map(|it| Jwk::from_value(it.jwk.clone()).expect("a key"));
    VerifyingKeys::new(&keys.collect::<JwkSet>())
});

fn run(input: &[u8]) -> bool {
    let Ok(token) = std::str::from_utf8(input) else {
        return false;
    };
    let _ = jose::inspect(token);
    if let Ok(unverified) = Unverified::parse(token, input.len()) {
        let policy = Policy::new(Algorithm::ALL);
        let _ = unverified.clone().accept_unsigned();
        // Anyone can sign with a key of their own.
        let _ = unverified.verify_with_embedded_key(&policy);
    }
    let Ok(verified) = verify_compact(token, &KEYS, &Policy::new(Algorithm::ALL)) else {
        return false;
    };
    // An ECDSA signature has two forms, but what was signed has one.
    let (signed, _) = token.rsplit_once('.').expect("a verified token has parts");
    let known = EXAMPLES.iter().find(|it| {
        it.token
            .rsplit_once('.')
            .is_some_and(|(known, _)| known == signed)
    });
    let known = known.expect("nobody has signed this");
    assert_eq!(verified.payload(), known.content.as_bytes());
    let _ = verified.claims();
    true
}
