//! Words that several tables have in common.

/// A client's own value, or the server's.
pub(crate) const OVERRIDE: &[&str] = &["SERVER_DEFAULT", "OVERRIDE_SERVER_DEFAULT"];

/// Yes, no, or as the server says.
pub(crate) const SERVER_DEFAULT_OR: &[&str] = &["SERVER_DEFAULT", "NO", "YES"];

/// Units of the lifetimes of grants.
pub(crate) const GRANT_UNITS: &[&str] = &["MINUTES", "DAYS", "HOURS"];

/// Units of the intervals in which refresh tokens change.
pub(crate) const ROLLING_UNITS: &[&str] = &["SECONDS", "MINUTES", "HOURS"];

/// Whose grants may be used again.
pub(crate) const REUSED_GRANTS: &[&str] = &[
    "IMPLICIT",
    "AUTHORIZATION_CODE",
    "RESOURCE_OWNER_CREDENTIALS",
];

/// Signature algorithms with key pairs.
pub(crate) const ASYMMETRIC: &[&str] = &[
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
    "Ed25519",
];

/// Signature algorithms.
pub(crate) const SIGNING: &[&str] = &[
    "RS256", "RS384", "RS512", "HS256", "HS384", "HS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512", "EdDSA", "Ed25519",
];

/// Signature algorithms, or none.
pub(crate) const SIGNING_OR_NONE: &[&str] = &[
    "NONE", "RS256", "RS384", "RS512", "HS256", "HS384", "HS512", "ES256", "ES384", "ES512",
    "PS256", "PS384", "PS512", "EdDSA", "Ed25519",
];

/// Key management algorithms of JWE.
pub(crate) const KEY_MANAGEMENT: &[&str] = &[
    "DIR",
    "A128KW",
    "A192KW",
    "A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "ECDH_ES",
    "ECDH_ES_A128KW",
    "ECDH_ES_A192KW",
    "ECDH_ES_A256KW",
    "RSA_OAEP",
    "RSA_OAEP_256",
];

/// Content encryption algorithms of JWE.
pub(crate) const CONTENT_ENCRYPTION: &[&str] = &[
    "AES_128_CBC_HMAC_SHA_256",
    "AES_192_CBC_HMAC_SHA_384",
    "AES_256_CBC_HMAC_SHA_512",
    "AES_128_GCM",
    "AES_192_GCM",
    "AES_256_GCM",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jose::jws::Algorithm;

    use super::*;

    #[test]
    fn every_algorithm_can_be_chosen() {
        let of = |words: &[&'static str]| words.iter().copied().collect::<BTreeSet<_>>();
        let named = |wanted: fn(&Algorithm) -> bool| {
            let all = Algorithm::ALL.iter().filter(move |it| wanted(it));
            all.map(|it| it.name()).collect::<BTreeSet<_>>()
        };
        assert_eq!(of(SIGNING), named(|_| true));
        assert_eq!(of(ASYMMETRIC), named(|it| !it.is_symmetric()));
        let or_none = of(SIGNING).into_iter().chain(["NONE"]).collect();
        assert_eq!(of(SIGNING_OR_NONE), or_none);
    }
}
