//! The keys to which a token is bound: whoever shows it must hold them (RFC 7800).

use std::fmt;
use std::str::FromStr;

use jose::jwk::{Jwk, certificate_thumbprint};
use jose::strict_base64url;
use serde::{Deserialize, Serialize};

/// The SHA-256 of a key or of a certificate, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thumbprint(String);

/// The text is not a thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a thumbprint is the base64url of 32 bytes")]
pub struct ThumbprintFormat;

impl Thumbprint {
    /// The thumbprint of a key (RFC 7638).
    pub fn of_key(jwk: &Jwk) -> Self {
        Self(jwk.thumbprint())
    }

    /// The thumbprint of a certificate in DER (RFC 8705 §3.1, `x5t#S256`).
    pub fn of_certificate(der: &[u8]) -> Self {
        Self(certificate_thumbprint(der))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Thumbprint {
    type Err = ThumbprintFormat;

    fn from_str(text: &str) -> Result<Self, ThumbprintFormat> {
        let is_sha256 = strict_base64url::decode(text).is_ok_and(|hash| hash.len() == 32);
        let thumbprint = is_sha256.then(|| Self(text.to_owned()));
        thumbprint.ok_or(ThumbprintFormat)
    }
}

/// The keys to which something is bound, as `cnf` tells it (RFC 7800 §3.1); a bearer token has
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The key of the client's `DPoP` proofs (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<Thumbprint>,
    /// The certificate that the client shows in TLS (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256", default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Thumbprint>,
}

impl Confirmation {
    /// Bound to nothing.
    pub const NONE: Self = Self {
        jkt: None,
        certificate: None,
    };

    /// Whether it is bound to nothing.
    pub const fn is_none(&self) -> bool {
        self.jkt.is_none() && self.certificate.is_none()
    }

    /// Whether whoever has proved to hold the keys of `proved` may use what is bound to this.
    pub fn is_met_by(&self, proved: &Self) -> bool {
        let met = |bound: &Option<Thumbprint>, proved| bound.is_none() || bound == proved;
        met(&self.jkt, &proved.jkt) && met(&self.certificate, &proved.certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumbprint(byte: u8) -> Thumbprint {
        Thumbprint(strict_base64url::encode([byte; 32]))
    }

    fn bound(jkt: Option<u8>, certificate: Option<u8>) -> Confirmation {
        Confirmation {
            jkt: jkt.map(thumbprint),
            certificate: certificate.map(thumbprint),
        }
    }

    #[test]
    fn rfc7638_3_a_thumbprint_is_a_sha256_in_base64url() {
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
        let jkt = Thumbprint::of_key(&Jwk::parse(jwk).unwrap());
        // The key of the examples of RFC 9449.
        assert_eq!(jkt.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!(jkt.to_string().parse(), Ok(jkt.clone()));
        for text in [
            "",
            "abc",
            &format!("{jkt}="),
            &jkt.as_str()[1..],
            &"A".repeat(86),
        ] {
            assert_eq!(text.parse::<Thumbprint>(), Err(ThumbprintFormat), "{text}");
        }
    }

    #[test]
    fn rfc7800_3_1_is_written_with_the_registered_names() {
        let json = serde_json::to_value(bound(Some(0), Some(0))).unwrap();
        let hash = "A".repeat(43);
        assert_eq!(json, serde_json::json!({ "jkt": hash, "x5t#S256": hash }));
        assert_eq!(serde_json::to_string(&Confirmation::NONE).unwrap(), "{}");
        let read: Confirmation = serde_json::from_str("{}").unwrap();
        assert!(read.is_none());
    }

    #[test]
    fn every_key_that_something_is_bound_to_has_to_be_proved() {
        let both = bound(Some(1), Some(2));
        assert!(both.is_met_by(&both));
        assert!(bound(Some(1), None).is_met_by(&both));
        assert!(bound(None, Some(2)).is_met_by(&both));
        assert!(Confirmation::NONE.is_met_by(&both));
        assert!(Confirmation::NONE.is_met_by(&Confirmation::NONE));
        for less in [
            Confirmation::NONE,
            bound(Some(1), None),
            bound(None, Some(2)),
            bound(Some(2), Some(1)),
            bound(Some(1), Some(1)),
        ] {
            assert!(!both.is_met_by(&less), "{less:?}");
        }
    }
}
