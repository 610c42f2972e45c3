//! What a recipient accepts, stated before a token is read.

use super::{ContentEncryption, KeyManagement};
use crate::names::shown;
use crate::{DEFAULT_MAX_TOKEN_LEN, Header, Refused};

/// Which encrypted tokens a recipient accepts; there is no default for the algorithms (RFC 8725 §3.1).
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    algorithms: &'a [KeyManagement],
    contents: &'a [ContentEncryption],
    max_len: usize,
}

impl<'a> Policy<'a> {
    /// Accepts these algorithms, and tokens up to [`DEFAULT_MAX_TOKEN_LEN`].
    pub const fn new(algorithms: &'a [KeyManagement], contents: &'a [ContentEncryption]) -> Self {
        Self {
            algorithms,
            contents,
            max_len: DEFAULT_MAX_TOKEN_LEN,
        }
    }

    /// With another longest length, in bytes.
    #[must_use]
    pub const fn with_max_len(mut self, max_len: usize) -> Self {
        self.max_len = max_len;
        self
    }

    pub(super) const fn max_len(&self) -> usize {
        self.max_len
    }

    pub(super) fn algorithm(&self, header: &Header) -> Result<KeyManagement, Refused> {
        let name = header.alg();
        let algorithm = KeyManagement::from_name(name)
            .ok_or_else(|| Refused::UnsupportedAlgorithm { name: shown(name) })?;
        if self.algorithms.contains(&algorithm) {
            return Ok(algorithm);
        }
        let accepted = self
            .algorithms
            .iter()
            .map(|it| it.name())
            .collect::<Vec<_>>()
            .join(", ");
        Err(Refused::AlgorithmNotAllowed {
            name: algorithm.name(),
            accepted,
        })
    }

    pub(super) fn content(&self, header: &Header) -> Result<ContentEncryption, Refused> {
        // RFC 7516 §4.1.2: "This Header Parameter MUST be present and MUST be understood and processed by implementations."
        let name = header
            .enc()
            .ok_or(Refused::HeaderMemberMissing { name: "enc" })?;
        let content = ContentEncryption::from_name(name)
            .ok_or_else(|| Refused::UnsupportedContentEncryption { name: shown(name) })?;
        if self.contents.contains(&content) {
            return Ok(content);
        }
        let accepted = self
            .contents
            .iter()
            .map(|it| it.name())
            .collect::<Vec<_>>()
            .join(", ");
        Err(Refused::ContentEncryptionNotAllowed {
            name: content.name(),
            accepted,
        })
    }
}
