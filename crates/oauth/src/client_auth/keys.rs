//! The public keys of a client.

use jose::jwk::{InvalidKey, Jwk, JwkSet};
use jose::jws::VerifyingKeys;

/// Why a client's key set cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKeys {
    /// It is no key set.
    #[error("it is not a JSON Web Key Set: {0}")]
    Malformed(#[from] InvalidKey),
    /// It holds a key that nobody else may have.
    #[error("it holds a private or symmetric key")]
    Private,
}

/// The public keys of a client, read and ready.
#[derive(Clone, Debug)]
pub struct ClientKeys {
    set: JwkSet,
    verifying: VerifyingKeys,
}

impl ClientKeys {
    /// Reads a JSON Web Key Set (RFC 7517 §5).
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, UnusableKeys> {
        let set = JwkSet::parse(text)?;
        // Whoever can read the set could speak for the client.
        if set.has_private_keys() {
            return Err(UnusableKeys::Private);
        }
        let verifying = VerifyingKeys::new(&set);
        Ok(Self { set, verifying })
    }

    /// All of them, for instance to encrypt for the client.
    pub const fn set(&self) -> &JwkSet {
        &self.set
    }

    /// Those that verify what the client has signed.
    pub const fn verifying(&self) -> &VerifyingKeys {
        &self.verifying
    }

    /// Whether a token that names this key may have been signed with one of them: keys without an
    /// id may be any.
    pub fn may_have(&self, key_id: &str) -> bool {
        let is_it = |key: &Jwk| key.kid().is_none_or(|kid| kid == key_id);
        self.set.keys().iter().any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","kid":"one"}"#;

    #[test]
    fn a_key_is_looked_for_by_its_id_unless_it_has_none() {
        let parse = |key: &str| ClientKeys::parse(format!(r#"{{"keys":[{key}]}}"#)).unwrap();
        let keys = parse(PUBLIC);
        assert!(keys.may_have("one"));
        assert!(!keys.may_have("two"));
        assert_eq!(keys.set().keys().len(), 1);
        assert_eq!(keys.verifying().keys().len(), 1);
        assert!(parse(&PUBLIC.replace(r#","kid":"one""#, "")).may_have("two"));
        assert!(!parse("").may_have("one"));
    }

    #[test]
    fn a_set_that_holds_what_only_the_client_may_have_is_refused() {
        let secret = r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
        assert_eq!(ClientKeys::parse(secret).err(), Some(UnusableKeys::Private));
        for text in ["", "[]", r#"{"key":[]}"#] {
            let refused = ClientKeys::parse(text).err();
            assert!(
                matches!(refused, Some(UnusableKeys::Malformed(_))),
                "{text}"
            );
        }
    }
}
