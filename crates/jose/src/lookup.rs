//! Which keys of a set may belong to a token.

use crate::jwk::{Jwk, Unfit};
use crate::names::shown;
use crate::{Header, Refused};

/// Most keys that are tried for a token whose header names none.
pub const MAX_CANDIDATE_KEYS: usize = 8;

/// A prepared key.
pub(crate) trait Candidate {
    fn jwk(&self) -> &Jwk;
}

/// The keys that the header names, else those that fit the algorithm; at most [`MAX_CANDIDATE_KEYS`].
pub(crate) fn candidates<'k, K: Candidate>(
    keys: &'k [K],
    header: &Header,
    algorithm: &'static str,
    permits: impl Fn(&K) -> Result<(), Unfit>,
) -> Result<Vec<&'k K>, Refused> {
    let named = named(keys, header)?;
    let candidates: Vec<_> = named
        .iter()
        .copied()
        .filter(|key| permits(key).is_ok())
        .collect();
    match (candidates.len(), named.as_slice()) {
        (0, [only]) => permits(only).map(|()| candidates).map_err(Refused::from),
        (0, _) => Err(Refused::NoSuitableKey { name: algorithm }),
        (1..=MAX_CANDIDATE_KEYS, _) => Ok(candidates),
        _ => Err(Refused::TooManyCandidateKeys {
            limit: MAX_CANDIDATE_KEYS,
        }),
    }
}

/// Keys with the header's `kid`; if there are none, keys without any `kid`; without a `kid` in the header, all.
fn named<'k, K: Candidate>(keys: &'k [K], header: &Header) -> Result<Vec<&'k K>, Refused> {
    let Some(kid) = header.kid() else {
        return Ok(keys.iter().collect());
    };
    let with = |wanted: Option<&str>| {
        keys.iter()
            .filter(|key| key.jwk().kid() == wanted)
            .collect::<Vec<_>>()
    };
    let named = with(Some(kid));
    let named = if named.is_empty() { with(None) } else { named };
    if named.is_empty() {
        Err(Refused::NoKeyWithId { kid: shown(kid) })
    } else {
        Ok(named)
    }
}
