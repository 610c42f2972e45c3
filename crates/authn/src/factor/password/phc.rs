//! Argon2id hashes as text: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (the PHC string format).

use argon2::{Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE64_NOPAD;
use domain::Secret;
use jose::digest::constant_time_eq;
use zeroize::Zeroizing;

/// The bytes of a hash.
const HASH_LENGTH: usize = 32;

/// The most memory in KiB that a stored hash may ask for: 1 GiB.
const MAX_MEMORY: u32 = 1 << 20;

/// A hash, and how it was made.
pub(super) struct Phc {
    params: Params,
    salt: Vec<u8>,
    hash: Zeroizing<Vec<u8>>,
}

impl Phc {
    /// The hash of `password`.
    pub(super) fn computed(params: &Params, password: &str, salt: &[u8]) -> Self {
        let mut hash = Zeroizing::new(vec![0; HASH_LENGTH]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        #[expect(
            clippy::expect_used,
            reason = "the lengths are in range; without memory for the hash there is no going on"
        )]
        argon2
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, memory(params))
            .expect("Argon2id computes");
        Self {
            params: params.clone(),
            salt: salt.to_vec(),
            hash,
        }
    }

    /// The hash that is written as `text`, if it is one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$")?;
        let [params, salt, hash] = split(rest, '$')?;
        let params = params_of(params)?;
        let salt = BASE64_NOPAD.decode(salt.as_bytes()).ok()?;
        let hash = Zeroizing::new(BASE64_NOPAD.decode(hash.as_bytes()).ok()?);
        let in_range = hash.len() == HASH_LENGTH && (8..=64).contains(&salt.len());
        in_range.then_some(Self { params, salt, hash })
    }

    /// Whether `presented` has this hash.
    pub(super) fn matches(&self, presented: &str) -> bool {
        let computed = Self::computed(&self.params, presented, &self.salt);
        constant_time_eq(&self.hash, &computed.hash)
    }

    /// Whether it was made at this cost.
    pub(super) fn costs(&self, params: &Params) -> bool {
        let cost = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
        cost(&self.params) == cost(params)
    }

    /// The hash as text.
    pub(super) fn to_secret(&self) -> Secret {
        Secret::new(format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            self.params.m_cost(),
            self.params.t_cost(),
            self.params.p_cost(),
            BASE64_NOPAD.encode(&self.salt),
            BASE64_NOPAD.encode(&self.hash),
        ))
    }
}

/// The memory that a hash takes, given back to the system afterwards.
///
/// At least 33 MiB are reserved, of which only the hash's part is ever touched: up to 32 MiB an
/// allocator may keep what is freed, and a server that has hashed a few passwords at once would
/// stay as large as it was then.
fn memory(params: &Params) -> Vec<Block> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(33 * 1024));
    memory.resize(blocks, Block::default());
    memory
}

fn params_of(text: &str) -> Option<Params> {
    let [memory, passes, lanes] = split(text, ',')?;
    let memory = memory.strip_prefix("m=")?.parse().ok()?;
    let passes = passes.strip_prefix("t=")?.parse().ok()?;
    let lanes = lanes.strip_prefix("p=")?.parse().ok()?;
    let params = Params::new(memory, passes, lanes, None).ok()?;
    (memory <= MAX_MEMORY).then_some(params)
}

fn split(text: &str, separator: char) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1`
    /// (the version 19 vector of its test suite).
    const REFERENCE: &str =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn agrees_with_the_reference_implementation() {
        let phc = Phc::read(REFERENCE).unwrap();
        assert!(phc.matches("password"));
        assert!(!phc.matches("Password"));
        assert_eq!(phc.to_secret().expose(), REFERENCE);
    }

    #[test]
    fn refuses_text_that_is_no_argon2id_hash() {
        for text in [
            "",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$t=2,m=65536,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ",
        ] {
            assert!(Phc::read(text).is_none(), "{text}");
        }
    }
}
