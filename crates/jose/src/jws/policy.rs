//! What a caller accepts, stated before a token is read.

use crate::names::shown;
use crate::{DEFAULT_MAX_TOKEN_LEN, Header, Refused};

use super::Algorithm;

/// Which signed tokens a caller accepts; there is no default for the algorithms (RFC 8725 §3.1).
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    algorithms: &'a [Algorithm],
    typ: Typ<'a>,
    max_len: usize,
}

/// Which token types (`typ`) a caller accepts (RFC 8725 §3.11); compared as media types, so `application/` and case do not matter.
#[derive(Clone, Copy, Debug)]
pub enum Typ<'a> {
    /// Any type or none.
    Any,
    /// Exactly this type.
    Required(&'a str),
    /// None, or one of these types.
    AbsentOr(&'a [&'a str]),
}

impl<'a> Policy<'a> {
    /// Accepts these algorithms, any type, and tokens up to [`DEFAULT_MAX_TOKEN_LEN`]. With `EdDSA` goes `Ed25519`, its
    /// name that says the curve (RFC 9864 §2.2).
    pub const fn new(algorithms: &'a [Algorithm]) -> Self {
        Self {
            algorithms,
            typ: Typ::Any,
            max_len: DEFAULT_MAX_TOKEN_LEN,
        }
    }

    /// With a rule for the token type.
    #[must_use]
    pub const fn with_typ(mut self, typ: Typ<'a>) -> Self {
        self.typ = typ;
        self
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

    /// The algorithm of the header, if it is acceptable.
    pub(super) fn algorithm(&self, header: &Header) -> Result<Algorithm, Refused> {
        let name = header.alg();
        // RFC 7518 §3.6: "Implementations that support Unsecured JWSs MUST NOT accept such objects as valid unless the
        // application specifies that it is acceptable for a specific object to not be integrity protected."
        if name == "none" {
            return Err(Refused::Unsigned);
        }
        let algorithm = Algorithm::from_name(name)
            .ok_or_else(|| Refused::UnsupportedAlgorithm { name: shown(name) })?;
        // RFC 8725 §3.1: "Libraries MUST enable the caller to specify a supported set of algorithms and MUST NOT use any
        // other algorithms when performing cryptographic operations."
        if !self.algorithms.iter().any(|it| it.covers(algorithm)) {
            let accepted = self
                .algorithms
                .iter()
                .map(|it| it.name())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Refused::AlgorithmNotAllowed {
                name: algorithm.name(),
                accepted,
            });
        }
        Ok(algorithm)
    }

    pub(super) fn check_typ(&self, header: &Header) -> Result<(), Refused> {
        self.typ.check(header.typ())
    }
}

impl Typ<'_> {
    pub(crate) fn check(self, actual: Option<&str>) -> Result<(), Refused> {
        let (fits, expected) = match (self, actual) {
            (Self::Any, _) | (Self::AbsentOr(_), None) => return Ok(()),
            (Self::Required(typ), None) => (false, format!("`{typ}`")),
            (Self::Required(typ), Some(actual)) => {
                (same_media_type(typ, actual), format!("`{typ}`"))
            }
            (Self::AbsentOr(types), Some(actual)) => {
                let fits = types.iter().any(|typ| same_media_type(typ, actual));
                (fits, format!("none or one of `{}`", types.join("`, `")))
            }
        };
        if fits {
            return Ok(());
        }
        let actual = actual.map_or_else(|| "none".to_owned(), |typ| format!("`{}`", shown(typ)));
        Err(Refused::TypeMismatch { expected, actual })
    }
}

/// RFC 7515 §4.1.9: "a recipient using the media type value MUST treat it as if "application/" were prepended to any
/// "typ" value not containing a '/'."
pub(crate) fn same_media_type(a: &str, b: &str) -> bool {
    strip_application(a).eq_ignore_ascii_case(strip_application(b))
}

fn strip_application(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => media_type,
    }
}
