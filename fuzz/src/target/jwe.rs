//! Compact encrypted tokens as they come (RFC 7516).

use std::sync::LazyLock;

use jose::jwe::{ContentEncryption, DecryptionKeys, KeyManagement, Policy, decrypt_compact};
use jose::jwk::{Jwk, JwkSet};

use super::cookbook::{EXAMPLES, tokens};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "jwe",
    run,
    seeds: || tokens(false),
};

static KEYS: LazyLock<DecryptionKeys> = LazyLock::new(|| {
    let encrypted = EXAMPLES.iter().filter(|it| !it.is_signed);
    let keys = encrypted.map(|it| Jwk::from_value(it.jwk.clone()).expect("a key"));
    DecryptionKeys::new(&keys.collect::<JwkSet>())
});

fn run(input: &[u8]) -> bool {
    let Ok(token) = std::str::from_utf8(input) else {
        return false;
    };
    let _ = jose::inspect(token);
    let policy = Policy::new(KeyManagement::ALL, ContentEncryption::ALL);
    let Ok(decrypted) = decrypt_compact(token, &KEYS, &policy) else {
        return false;
    };
    // Everything in a token is authenticated: what opens is what was sealed, letter by letter.
    let known = EXAMPLES.iter().find(|it| it.token == token);
    let known = known.expect("nobody has sealed this");
    assert_eq!(decrypted.plaintext(), known.content.as_bytes());
    true
}
