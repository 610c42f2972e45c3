//! The JOSE header, read strictly (RFC 7515 §4, RFC 7516 §4).

use serde_json::{Map, Value};

use crate::jwk::Jwk;
use crate::names::shown;
use crate::{Refused, json, strict_base64url};

/// A JOSE header: what it says is only a claim until the token is verified.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    members: Map<String, Value>,
}

/// Members that RFC 7515, 7516 and 7518 define, which `crit` may therefore not name.
const REGISTERED: [&str; 20] = [
    "alg", "apu", "apv", "crit", "cty", "enc", "epk", "iv", "jku", "jwk", "kid", "p2c", "p2s",
    "tag", "typ", "x5c", "x5t", "x5t#S256", "x5u", "zip",
];

/// Registered members whose value is a string.
const STRINGS: [&str; 15] = [
    "alg", "apu", "apv", "cty", "enc", "iv", "jku", "kid", "p2s", "tag", "typ", "x5t", "x5t#S256",
    "x5u", "zip",
];

impl Header {
    /// An empty header; the key that signs or encrypts adds `alg` (and `enc`).
    pub fn new() -> Self {
        Self::default()
    }

    /// With a key id (`kid`, RFC 7515 §4.1.4).
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        self.with("kid", kid.into())
    }

    /// With a token type (`typ`, RFC 7515 §4.1.9).
    #[must_use]
    pub fn with_typ(self, typ: impl Into<String>) -> Self {
        self.with("typ", typ.into())
    }

    /// With a content type (`cty`, RFC 7515 §4.1.10).
    #[must_use]
    pub fn with_cty(self, cty: impl Into<String>) -> Self {
        self.with("cty", cty.into())
    }

    /// With any other member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The algorithm (`alg`, RFC 7515 §4.1.1), or an empty text where a header has none yet.
    pub fn alg(&self) -> &str {
        self.string("alg").unwrap_or_default()
    }

    /// The content encryption (`enc`, RFC 7516 §4.1.2).
    pub fn enc(&self) -> Option<&str> {
        self.string("enc")
    }

    /// The key id (`kid`, RFC 7515 §4.1.4).
    pub fn kid(&self) -> Option<&str> {
        self.string("kid")
    }

    /// The token type (`typ`, RFC 7515 §4.1.9).
    pub fn typ(&self) -> Option<&str> {
        self.string("typ")
    }

    /// The content type (`cty`, RFC 7515 §4.1.10).
    pub fn cty(&self) -> Option<&str> {
        self.string("cty")
    }

    /// The SHA-256 thumbprint of a certificate (`x5t#S256`, RFC 7515 §4.1.8).
    pub fn x5t_s256(&self) -> Option<&str> {
        self.string("x5t#S256")
    }

    /// The public key in the header (`jwk`, RFC 7515 §4.1.3); refuses private and symmetric keys.
    pub fn jwk(&self) -> Result<Option<Jwk>, Refused> {
        let Some(value) = self.members.get("jwk") else {
            return Ok(None);
        };
        let jwk = Jwk::from_value(value.clone())
            .map_err(|cause| Refused::HeaderKey { name: "jwk", cause })?;
        if jwk.is_private() {
            return Err(Refused::HeaderKeyNotPublic { name: "jwk" });
        }
        Ok(Some(jwk))
    }

    /// Any member.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Reads the encoded protected header of a compact token.
    pub(crate) fn read(encoded: &str) -> Result<Self, Refused> {
        let text = strict_base64url::decode(encoded)
            .map_err(|_| Refused::NotBase64Url { part: "header" })?;
        let members = json::parse_object(&text).map_err(|cause| Refused::Json {
            part: "header",
            cause,
        })?;
        let header = Self { members };
        header.check_forms()?;
        header.check_critical()?;
        Ok(header)
    }

    /// The header as it is signed or authenticated: JSON in base64url.
    pub(crate) fn encoded(&self) -> String {
        strict_base64url::encode(Value::Object(self.members.clone()).to_string())
    }

    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    fn check_forms(&self) -> Result<(), Refused> {
        for name in STRINGS {
            if self
                .members
                .get(name)
                .is_some_and(|value| !value.is_string())
            {
                return Err(Refused::HeaderMember {
                    name,
                    expected: "a string",
                });
            }
        }
        for name in ["epk", "jwk"] {
            if self
                .members
                .get(name)
                .is_some_and(|value| !value.is_object())
            {
                return Err(Refused::HeaderMember {
                    name,
                    expected: "a JSON object",
                });
            }
        }
        // RFC 7515 §4.1.1: "This Header Parameter MUST be present and MUST be understood and processed by implementations."
        if !self.members.contains_key("alg") {
            return Err(Refused::HeaderMemberMissing { name: "alg" });
        }
        Ok(())
    }

    fn check_critical(&self) -> Result<(), Refused> {
        let malformed = |fault| Err(Refused::CriticalMalformed { fault });
        let Some(critical) = self.members.get("crit") else {
            return Ok(());
        };
        let Some(names) = critical.as_array() else {
            return malformed("must be an array of strings");
        };
        // RFC 7515 §4.1.11: "Producers MUST NOT use the empty list "[]" as the "crit" value."
        if names.is_empty() {
            return malformed("must not be empty");
        }
        for (index, name) in names.iter().enumerate() {
            let Some(name) = name.as_str() else {
                return malformed("must be an array of strings");
            };
            // RFC 7515 §4.1.11: "Producers MUST NOT include Header Parameter names defined by this specification or [JWA]
            // for use with JWS, duplicate names, or names that do not occur as Header Parameter names within the JOSE Header"
            if REGISTERED.contains(&name) {
                return malformed("names a member that is always understood");
            }
            if names
                .iter()
                .take(index)
                .any(|earlier| earlier.as_str() == Some(name))
            {
                return malformed("names a member twice");
            }
            if !self.members.contains_key(name) {
                return malformed("names a member that is not in the header");
            }
        }
        // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters are not understood and supported by the
        // recipient, then the JWS is invalid." This crate supports no extension.
        let first = names.first().and_then(Value::as_str).unwrap_or_default();
        Err(Refused::UnknownCritical { name: shown(first) })
    }
}
