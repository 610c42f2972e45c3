//! The claims of a JWT and typed access to them (RFC 7519 §4).

use serde_json::{Map, Value};

use crate::{Refused, json};

/// Why a claim is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimRefused {
    /// `aud` names none of the accepted audiences.
    #[error("the token is for another audience (`aud`)")]
    Audience,
    /// `exp` has passed.
    #[error("the token expired {seconds} s ago (`exp`)")]
    Expired {
        /// How long ago, in seconds.
        seconds: i64,
    },
    /// `iss` is not an accepted issuer.
    #[error("the token is from another issuer (`iss`)")]
    Issuer,
    /// `iat` lies in the future.
    #[error("the token is issued {seconds} s in the future (`iat`)")]
    IssuedInFuture {
        /// How far, in seconds.
        seconds: i64,
    },
    /// `exp` lies too far in the future.
    #[error("the token lives {actual} s, at most {limit} s are accepted (`exp`)")]
    LivesTooLong {
        /// The longest accepted life in seconds.
        limit: i64,
        /// The token's life in seconds.
        actual: i64,
    },
    /// A required claim is missing.
    #[error("the claim `{name}` is missing")]
    Missing {
        /// The claim.
        name: String,
    },
    /// `nbf` has not come yet.
    #[error("the token is not valid for another {seconds} s (`nbf`)")]
    NotYetValid {
        /// How long until then, in seconds.
        seconds: i64,
    },
    /// `sub` is not the expected subject.
    #[error("the token is about another subject (`sub`)")]
    Subject,
    /// `iat` lies too long ago.
    #[error("the token was issued {actual} s ago, at most {limit} s are accepted (`iat`)")]
    TooOld {
        /// The greatest accepted age in seconds.
        limit: i64,
        /// The token's age in seconds.
        actual: i64,
    },
    /// A claim is of the wrong form.
    #[error("the claim `{name}` must be {expected}")]
    WrongForm {
        /// The claim.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

/// The claims of a JWT: a JSON object without duplicate names at any depth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads claims strictly from JSON text.
    pub fn parse(text: &[u8]) -> Result<Self, Refused> {
        json::parse_object(text)
            .map(Self)
            .map_err(|cause| Refused::Json {
                part: "payload",
                cause,
            })
    }

    /// The issuer (`iss`, RFC 7519 §4.1.1).
    pub fn issuer(&self) -> Result<Option<&str>, ClaimRefused> {
        self.string("iss")
    }

    /// The subject (`sub`, RFC 7519 §4.1.2).
    pub fn subject(&self) -> Result<Option<&str>, ClaimRefused> {
        self.string("sub")
    }

    /// The audiences (`aud`, RFC 7519 §4.1.3), one or many, or none where the claim is absent.
    pub fn audiences(&self) -> Result<Vec<&str>, ClaimRefused> {
        const FORM: ClaimRefused = ClaimRefused::WrongForm {
            name: "aud",
            expected: "a string or an array of strings",
        };
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(audience)) => Ok(vec![audience]),
            Some(Value::Array(many)) => many
                .iter()
                .map(|audience| audience.as_str().ok_or(FORM))
                .collect(),
            Some(_) => Err(FORM),
        }
    }

    /// When the token expires, in unix seconds (`exp`, RFC 7519 §4.1.4).
    pub fn expires_at(&self) -> Result<Option<i64>, ClaimRefused> {
        self.date("exp")
    }

    /// When the token starts to be valid, in unix seconds (`nbf`, RFC 7519 §4.1.5).
    pub fn not_before(&self) -> Result<Option<i64>, ClaimRefused> {
        self.date("nbf")
    }

    /// When the token was issued, in unix seconds (`iat`, RFC 7519 §4.1.6).
    pub fn issued_at(&self) -> Result<Option<i64>, ClaimRefused> {
        self.date("iat")
    }

    /// The token's id (`jti`, RFC 7519 §4.1.7).
    pub fn token_id(&self) -> Result<Option<&str>, ClaimRefused> {
        self.string("jti")
    }

    /// A claim that is a string, if present.
    pub fn string(&self, name: &'static str) -> Result<Option<&str>, ClaimRefused> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ClaimRefused::WrongForm {
                name,
                expected: "a string",
            }),
        }
    }

    /// A claim that is a `NumericDate` (RFC 7519 §2), in whole unix seconds, if present.
    pub fn date(&self, name: &'static str) -> Result<Option<i64>, ClaimRefused> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        whole_seconds(value)
            .map(Some)
            .ok_or(ClaimRefused::WrongForm {
                name,
                expected: "a number of seconds between 0 and 253402300799 (the year 9999)",
            })
    }

    /// Any claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All claims.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// All claims, without the wrapping.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

/// RFC 7519 §2: a `NumericDate` is "a JSON numeric value [...] non-integer values can be represented".
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked first, and the fraction is dropped on purpose"
)]
fn whole_seconds(value: &Value) -> Option<i64> {
    const END_OF_9999: i64 = 253_402_300_799;
    let seconds = match (value.as_i64(), value.as_f64()) {
        (Some(seconds), _) => seconds,
        (None, Some(seconds)) if (0.0..=253_402_300_799.0).contains(&seconds) => {
            seconds.floor() as i64
        }
        _ => return None,
    };
    (0..=END_OF_9999).contains(&seconds).then_some(seconds)
}
