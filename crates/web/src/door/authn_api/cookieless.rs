//! What a client without cookies holds of a flow: sealed, so that nobody can make or read one, bound
//! to the flow, and good for a while and for one action.

use domain::port::Random;
use domain::{FlowId, Secret, Timestamp};
use jose::Header;
use jose::jwe::{
    ContentEncryption, DecryptionKey, DecryptionKeys, EncryptionKey, KeyManagement, Policy,
    decrypt_compact, encrypt_compact,
};
use jose::jwk::Jwk;
use serde::{Deserialize, Serialize};

/// The longest state that is looked at, in bytes.
const MAX_STATE: usize = 1024;

/// Seals what clients without cookies hold.
pub struct StateKey {
    seal: EncryptionKey,
    open: DecryptionKeys,
}

/// The state key has the wrong length.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a state key has 32 bytes")]
pub struct NotAStateKey;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed<'a> {
    /// Which flow it opens.
    flow: FlowId,
    /// What opens it.
    secret: &'a str,
    /// Until when, in seconds.
    expires: i64,
}

impl StateKey {
    /// The key made of 32 secret bytes.
    ///
    /// # Errors
    /// There are more or fewer bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, NotAStateKey> {
        let jwk = Jwk::from_secret(bytes);
        let (algorithm, content) = (KeyManagement::Dir, ContentEncryption::A256Gcm);
        let seal = EncryptionKey::new(&jwk, algorithm, content).map_err(|_| NotAStateKey)?;
        let open = DecryptionKey::new(&jwk).map_err(|_| NotAStateKey)?;
        Ok(Self {
            seal,
            open: DecryptionKeys::from(open),
        })
    }

    /// The state with which `flow` can be opened until `expires`.
    pub(super) fn seal(
        &self,
        flow: FlowId,
        secret: &str,
        expires: Timestamp,
        random: &dyn Random,
    ) -> String {
        let expires = expires.seconds();
        let sealed = Sealed {
            flow,
            secret,
            expires,
        };
        let plaintext = serde_json::to_vec(&sealed).unwrap_or_default();
        // The key fits its algorithm, or `new` would have refused it: nothing is left to fail.
        encrypt_compact(&self.seal, Header::new(), &plaintext, &random).unwrap_or_default()
    }

    /// What opens `flow`, if this state was made for it and is still good.
    pub(super) fn open(&self, state: &str, flow: FlowId, now: Timestamp) -> Option<Secret> {
        if state.len() > MAX_STATE {
            return None;
        }
        let policy = Policy::new(&[KeyManagement::Dir], &[ContentEncryption::A256Gcm]);
        let opened = decrypt_compact(state, &self.open, &policy).ok()?;
        let sealed: Sealed<'_> = serde_json::from_slice(opened.plaintext()).ok()?;
        let is_good = sealed.flow == flow && now.seconds() < sealed.expires;
        is_good.then(|| Secret::new(sealed.secret))
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

    fn flow(byte: u8) -> FlowId {
        FlowId::from_bytes([byte; 16])
    }

    fn key(byte: u8) -> StateKey {
        StateKey::new(&[byte; 32]).unwrap()
    }

    fn sealed() -> String {
        let expires = Timestamp::from_seconds(NOW.seconds() + 60);
        key(1).seal(flow(7), "the secret", expires, &CountingRandom::default())
    }

    #[test]
    fn a_state_opens_its_own_flow_for_a_while() {
        let open = |key: &StateKey, flow, seconds| {
            let now = Timestamp::from_seconds(NOW.seconds() + seconds);
            let opened = key.open(&sealed(), flow, now);
            opened.map(|secret| secret.expose().to_owned())
        };
        assert_eq!(open(&key(1), flow(7), 59).as_deref(), Some("the secret"));
        assert_eq!(open(&key(1), flow(7), 60), None);
        assert_eq!(open(&key(1), flow(8), 0), None);
        assert_eq!(open(&key(2), flow(7), 0), None);
        assert!(!sealed().contains("the secret"));
        assert!(StateKey::new(&[1; 16]).is_err());
    }

    proptest! {
        #[test]
        fn a_state_that_was_changed_opens_nothing(at in any::<prop::sample::Index>(), with in "[ -~]") {
            let state = sealed();
            let at = at.index(state.len());
            let changed = format!("{}{with}{}", &state[..at], &state[at + 1..]);
            prop_assume!(changed != state);
            prop_assert!(key(1).open(&changed, flow(7), NOW).is_none());
        }

        #[test]
        fn what_is_no_state_opens_nothing(text in ".{0,200}") {
            prop_assert!(key(1).open(&text, flow(7), NOW).is_none());
        }
    }
}
