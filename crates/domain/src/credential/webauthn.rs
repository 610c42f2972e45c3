//! Public key credentials that people's authenticators have made for us (WebAuthn Level 3).

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::ByteString;

/// A public key credential (WebAuthn Level 3 §4, "credential record").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAuthnCredential {
    /// The credential id, at most 1023 bytes.
    pub id: ByteString,
    /// The RP ID that it is scoped to.
    pub rp_id: String,
    /// The credential public key as a `COSE_Key` (RFC 9052 §7).
    pub public_key: ByteString,
    /// The signature counter when it was last used; 0 if the authenticator has none.
    pub sign_count: u32,
    /// How the authenticator can be reached, as its client told: `usb`, `nfc`, `ble`, `internal`, ...
    #[serde(default)]
    pub transports: Vec<String>,
    /// The model of the authenticator, as far as it tells.
    pub aaguid: Aaguid,
    /// Whether the person was verified when it was made, and not only present.
    pub user_verified_at_registration: bool,
    /// Whether it may be backed up, as synced passkeys are; this never changes.
    pub backup_eligible: bool,
    /// Whether it was backed up when it was last used.
    pub backup_state: bool,
    /// Whether it is found without being named, if the client knew.
    #[serde(default)]
    pub discoverable: Option<bool>,
    /// Whether the authenticator is part of the client device (`platform`) or roams
    /// (`cross-platform`): as the client told, or else as it was asked for, if it was.
    #[serde(default)]
    pub attachment: Option<String>,
    /// The format of the attestation statement that came with it.
    pub attestation_format: String,
    /// Whether a trusted root stands behind that statement.
    pub attested: bool,
}

/// The model of an authenticator (Authenticator Attestation GUID), in text as a UUID.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aaguid([u8; 16]);

/// The text is not an AAGUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an AAGUID is a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12")]
pub struct AaguidFormat;

impl Aaguid {
    /// The AAGUID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) {
                "-"
            } else {
                ""
            };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aaguid({self})")
    }
}

impl FromStr for Aaguid {
    type Err = AaguidFormat;

    fn from_str(text: &str) -> Result<Self, AaguidFormat> {
        let digits: String = text.chars().filter(|it| *it != '-').collect();
        let bytes = HEXLOWER.decode(digits.to_ascii_lowercase().as_bytes());
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        let aaguid = Self(bytes.ok_or(AaguidFormat)?);
        // One way to write it: dashes anywhere else make another text.
        let same = aaguid.to_string().eq_ignore_ascii_case(text);
        same.then_some(aaguid).ok_or(AaguidFormat)
    }
}

impl Serialize for Aaguid {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aaguid {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aaguid_is_a_uuid_in_text() {
        let text = "adce0002-35bc-c60a-648b-0b25f1f05503";
        let aaguid: Aaguid = text.parse().unwrap();
        assert_eq!(aaguid.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(aaguid));
        for wrong in ["", "adce000235bcc60a648b0b25f1f05503", &text[1..], "-"] {
            assert_eq!(wrong.parse::<Aaguid>(), Err(AaguidFormat), "{wrong}");
        }
    }

    #[test]
    fn a_record_is_the_same_after_it_was_stored() {
        let credential = WebAuthnCredential {
            id: vec![1, 2, 3].into(),
            rp_id: "example.com".to_owned(),
            public_key: vec![0xa5].into(),
            sign_count: 7,
            transports: vec!["usb".to_owned()],
            aaguid: Aaguid::default(),
            user_verified_at_registration: true,
            backup_eligible: false,
            backup_state: false,
            discoverable: Some(true),
            attachment: None,
            attestation_format: "none".to_owned(),
            attested: false,
        };
        let json = serde_json::to_value(&credential).unwrap();
        assert_eq!(json["id"], "AQID");
        assert_eq!(json["aaguid"], "00000000-0000-0000-0000-000000000000");
        let read: WebAuthnCredential = serde_json::from_value(json).unwrap();
        assert_eq!(read, credential);
    }
}
