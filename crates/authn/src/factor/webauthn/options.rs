//! What clients are asked: `PublicKeyCredentialCreationOptions` and
//! `PublicKeyCredentialRequestOptions` in JSON (WebAuthn Level 3 §5.4, §5.5, §5.1.8, §5.1.9).

use std::time::Duration;

use domain::{ByteString, WebAuthnCredential};
use jose::strict_base64url;
use serde_json::{Map, Value, json};

use super::challenge::Challenge;
use super::cose::CoseAlgorithm;
use super::relying_party::RelyingParty;

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesAs {
    /// In base64url, as `parseCreationOptionsFromJSON()` and `parseRequestOptionsFromJSON()` read
    /// them.
    Base64Url,
    /// As arrays of numbers, as scripts for `PingOne` read them.
    Numbers,
}

/// Whether the authenticator must verify who is present (§5.8.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserVerification {
    /// It must, and a response without is refused.
    Required,
    /// If it can.
    #[default]
    Preferred,
    /// Rather not.
    Discouraged,
}

/// Whether the credential must be found without being named (§5.4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResidentKey {
    /// It must.
    Required,
    /// If it can.
    #[default]
    Preferred,
    /// Rather not.
    Discouraged,
}

/// Where the authenticator is (§5.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// In the client device.
    Platform,
    /// In another one.
    CrossPlatform,
}

/// What the person will probably use (§5.8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A security key.
    SecurityKey,
    /// The client device.
    ClientDevice,
    /// A phone, by way of Bluetooth and the network.
    Hybrid,
}

/// What the authenticator shall tell of itself (§5.4.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttestationConveyance {
    /// Nothing.
    #[default]
    None,
    /// What the client lets through.
    Indirect,
    /// The statement as the authenticator made it.
    Direct,
    /// The same, with what identifies the single device, for managed ones.
    Enterprise,
}

/// A credential by its name (§5.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The credential id.
    pub id: ByteString,
    /// How its authenticator can be reached.
    pub transports: Vec<String>,
}

impl From<&WebAuthnCredential> for Descriptor {
    fn from(credential: &WebAuthnCredential) -> Self {
        Self {
            id: credential.id.clone(),
            transports: credential.transports.clone(),
        }
    }
}

/// For whom a credential is made (§5.4.3).
#[derive(Clone, Copy, Debug)]
pub struct UserEntity<'a> {
    /// The user handle: 1 to 64 bytes that tell nothing of the person. §14.6.1: "It is RECOMMENDED
    /// to let the user handle be 64 random bytes".
    pub id: &'a [u8],
    /// The name with which they sign on.
    pub name: &'a str,
    /// What they are called.
    pub display_name: &'a str,
}

/// A request for a new credential.
#[derive(Clone, Debug)]
pub struct CreationOptions<'a> {
    /// Who asks.
    pub relying_party: &'a RelyingParty,
    /// For whom.
    pub user: UserEntity<'a>,
    /// What is signed.
    pub challenge: &'a Challenge,
    /// The algorithms that it may have, the most wanted first.
    pub algorithms: &'a [CoseAlgorithm],
    /// How long the person may take.
    pub timeout: Duration,
    /// Credentials whose authenticators shall not make another one.
    pub exclude: &'a [Descriptor],
    /// Where the authenticator must be.
    pub attachment: Option<Attachment>,
    /// Whether the credential must be found without being named.
    pub resident_key: ResidentKey,
    /// Whether the authenticator must verify who is present.
    pub user_verification: UserVerification,
    /// What it shall tell of itself.
    pub attestation: AttestationConveyance,
    /// What the person will probably use.
    pub hints: &'a [Hint],
}

/// A request for a signature.
#[derive(Clone, Debug)]
pub struct RequestOptions<'a> {
    /// Who asks.
    pub relying_party: &'a RelyingParty,
    /// What is signed.
    pub challenge: &'a Challenge,
    /// How long the person may take.
    pub timeout: Duration,
    /// The credentials that may be used; none named means any that is found.
    pub allow: &'a [Descriptor],
    /// Whether the authenticator must verify who is present.
    pub user_verification: UserVerification,
    /// What the person will probably use.
    pub hints: &'a [Hint],
}

impl CreationOptions<'_> {
    /// The options in JSON.
    pub fn json(&self, form: BytesAs) -> Value {
        let algorithms = self.algorithms.iter().map(|it| it.id());
        let parameters: Vec<Value> = algorithms
            .map(|alg| json!({"type": "public-key", "alg": alg}))
            .collect();
        let mut options = json!({
            "rp": {"id": self.relying_party.id(), "name": self.relying_party.name()},
            "user": {
                "id": form.value(self.user.id),
                "name": self.user.name,
                "displayName": self.user.display_name,
            },
            "challenge": form.value(self.challenge.as_bytes()),
            "pubKeyCredParams": parameters,
            "timeout": milliseconds(self.timeout),
            "excludeCredentials": form.descriptors(self.exclude),
            "authenticatorSelection": self.selection(),
            "attestation": self.attestation.as_str(),
            "extensions": {"credProps": true},
        });
        with_hints(&mut options, self.hints);
        options
    }

    fn selection(&self) -> Value {
        let mut selection = Map::new();
        if let Some(attachment) = self.attachment {
            selection.insert(
                "authenticatorAttachment".to_owned(),
                attachment.as_str().into(),
            );
        }
        selection.insert("residentKey".to_owned(), self.resident_key.as_str().into());
        // WebAuthn §5.4.4: "Relying Parties SHOULD set it to true if, and only if, residentKey is
        // set to required."
        let required = self.resident_key == ResidentKey::Required;
        selection.insert("requireResidentKey".to_owned(), required.into());
        selection.insert(
            "userVerification".to_owned(),
            self.user_verification.as_str().into(),
        );
        selection.into()
    }
}

impl RequestOptions<'_> {
    /// The options in JSON.
    pub fn json(&self, form: BytesAs) -> Value {
        let mut options = json!({
            "challenge": form.value(self.challenge.as_bytes()),
            "timeout": milliseconds(self.timeout),
            "rpId": self.relying_party.id(),
            "allowCredentials": form.descriptors(self.allow),
            "userVerification": self.user_verification.as_str(),
        });
        with_hints(&mut options, self.hints);
        options
    }
}

impl BytesAs {
    fn value(self, bytes: &[u8]) -> Value {
        match self {
            Self::Base64Url => strict_base64url::encode(bytes).into(),
            Self::Numbers => bytes.to_vec().into(),
        }
    }

    fn descriptors(self, descriptors: &[Descriptor]) -> Value {
        let values = descriptors.iter().map(|descriptor| {
            let mut value = json!({"type": "public-key", "id": self.value(&descriptor.id)});
            if let (Some(members), false) =
                (value.as_object_mut(), descriptor.transports.is_empty())
            {
                members.insert(
                    "transports".to_owned(),
                    descriptor.transports.clone().into(),
                );
            }
            value
        });
        values.collect()
    }
}

fn with_hints(options: &mut Value, hints: &[Hint]) {
    if let (Some(members), false) = (options.as_object_mut(), hints.is_empty()) {
        let hints: Vec<&str> = hints.iter().map(|hint| hint.as_str()).collect();
        members.insert("hints".to_owned(), hints.into());
    }
}

fn milliseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)
}

/// Gives an enumeration its words.
macro_rules! words {
    ($($name:ident { $($variant:ident => $word:literal),+ $(,)? })+) => {
        $(impl $name {
            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        })+
    };
}

words! {
    UserVerification { Required => "required", Preferred => "preferred", Discouraged => "discouraged" }
    ResidentKey { Required => "required", Preferred => "preferred", Discouraged => "discouraged" }
    Attachment { Platform => "platform", CrossPlatform => "cross-platform" }
    Hint { SecurityKey => "security-key", ClientDevice => "client-device", Hybrid => "hybrid" }
    AttestationConveyance {
        None => "none", Indirect => "indirect", Direct => "direct", Enterprise => "enterprise",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> RelyingParty {
        RelyingParty::new("example.com", "Demo Shop", &["https://example.com"]).unwrap()
    }

    fn challenge() -> Challenge {
        Challenge::of_caller("AAECAwQFBgcICQoLDA0ODw").unwrap()
    }

    fn key() -> Descriptor {
        Descriptor {
            id: vec![1, 2, 3].into(),
            transports: vec!["usb".to_owned()],
        }
    }

    #[test]
    fn webauthn_5_4_asks_for_a_credential() {
        let (shop, challenge) = (shop(), challenge());
        let options = CreationOptions {
            relying_party: &shop,
            user: UserEntity {
                id: &[7, 8],
                name: "alice",
                display_name: "Alice",
            },
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            timeout: Duration::from_secs(300),
            exclude: &[key()],
            attachment: Some(Attachment::CrossPlatform),
            resident_key: ResidentKey::Required,
            user_verification: UserVerification::Required,
            attestation: AttestationConveyance::Direct,
            hints: &[Hint::SecurityKey],
        };
        let expected = json!({
            "rp": {"id": "example.com", "name": "Demo Shop"},
            "user": {"id": "Bwg", "name": "alice", "displayName": "Alice"},
            "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "pubKeyCredParams": [
                {"type": "public-key", "alg": -7},
                {"type": "public-key", "alg": -8},
                {"type": "public-key", "alg": -257},
                {"type": "public-key", "alg": -35},
                {"type": "public-key", "alg": -36},
            ],
            "timeout": 300_000,
            "excludeCredentials": [{"type": "public-key", "id": "AQID", "transports": ["usb"]}],
            "authenticatorSelection": {
                "authenticatorAttachment": "cross-platform",
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "direct",
            "extensions": {"credProps": true},
            "hints": ["security-key"],
        });
        assert_eq!(options.json(BytesAs::Base64Url), expected);
        let numbers = options.json(BytesAs::Numbers);
        assert_eq!(numbers["user"]["id"], json!([7, 8]));
        assert_eq!(numbers["excludeCredentials"][0]["id"], json!([1, 2, 3]));
        assert_eq!(numbers["challenge"][15], 15);
    }

    #[test]
    fn webauthn_5_5_asks_for_a_signature() {
        let (shop, challenge) = (shop(), challenge());
        let unnamed = RequestOptions {
            relying_party: &shop,
            challenge: &challenge,
            timeout: Duration::from_secs(60),
            allow: &[],
            user_verification: UserVerification::Preferred,
            hints: &[],
        };
        let expected = json!({
            "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "timeout": 60_000,
            "rpId": "example.com",
            "allowCredentials": [],
            "userVerification": "preferred",
        });
        assert_eq!(unnamed.json(BytesAs::Base64Url), expected);
        let named = RequestOptions {
            allow: &[Descriptor {
                transports: Vec::new(),
                ..key()
            }],
            ..unnamed
        };
        let allowed = json!([{"type": "public-key", "id": [1, 2, 3]}]);
        assert_eq!(named.json(BytesAs::Numbers)["allowCredentials"], allowed);
    }
}
