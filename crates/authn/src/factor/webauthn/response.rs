//! What clients send: `RegistrationResponseJSON` and `AuthenticationResponseJSON` (WebAuthn Level 3
//! §5.1, `PublicKeyCredential.toJSON()`), every part bounded. Members that are not known
//! do not matter.

use domain::ByteString;
use jose::{json, strict_base64url};
use serde_json::{Map, Value};

use super::error::WebAuthnError;

/// Longest JSON text that is read, in bytes.
pub const MAX_RESPONSE_LEN: usize = 128 * 1024;

/// Longest credential id, in bytes (§4, "credential ID").
pub(super) const MAX_CREDENTIAL_ID: usize = 1023;

const MAX_CLIENT_DATA: usize = 8 * 1024;
const MAX_AUTHENTICATOR_DATA: usize = 8 * 1024;
const MAX_ATTESTATION_OBJECT: usize = super::cbor::MAX_LEN;
const MAX_SIGNATURE: usize = 2 * 1024;
/// WebAuthn §5.4.3: the user handle has "a maximum size of 64 bytes".
const MAX_USER_HANDLE: usize = 64;
/// Transports are kept as they are told, if they are not too many or too long.
const MAX_TRANSPORTS: usize = 8;
const MAX_TRANSPORT: usize = 32;

/// The answer to a request for a new credential; nothing of it has been checked.
#[derive(Clone, Debug)]
pub struct RegistrationResponse {
    pub(super) id: ByteString,
    pub(super) client_data: ByteString,
    pub(super) attestation_object: ByteString,
    pub(super) transports: Vec<String>,
    pub(super) attachment: Option<String>,
    pub(super) discoverable: Option<bool>,
}

/// The answer to a request for a signature; nothing of it has been checked.
#[derive(Clone, Debug)]
pub struct AuthenticationResponse {
    pub(super) id: ByteString,
    pub(super) client_data: ByteString,
    pub(super) authenticator_data: ByteString,
    pub(super) signature: ByteString,
    pub(super) user_handle: Option<ByteString>,
}

impl RegistrationResponse {
    /// Reads it from its JSON.
    pub fn parse(text: &[u8]) -> Result<Self, WebAuthnError> {
        let credential = Credential::read(text)?;
        let response = &credential.response;
        Ok(Self {
            client_data: bytes(response, "clientDataJSON", MAX_CLIENT_DATA)?,
            attestation_object: bytes(response, "attestationObject", MAX_ATTESTATION_OBJECT)?,
            transports: transports(response),
            attachment: attachment(&credential.members),
            discoverable: discoverable(&credential.members),
            id: credential.id,
        })
    }

    /// The credential id, by which whoever has it already is found.
    pub const fn credential_id(&self) -> &ByteString {
        &self.id
    }
}

impl AuthenticationResponse {
    /// Reads it from its JSON.
    pub fn parse(text: &[u8]) -> Result<Self, WebAuthnError> {
        let credential = Credential::read(text)?;
        let response = &credential.response;
        let user_handle = match response.get("userHandle") {
            None | Some(Value::Null) => None,
            Some(_) => Some(bytes(response, "userHandle", MAX_USER_HANDLE)?),
        };
        Ok(Self {
            client_data: bytes(response, "clientDataJSON", MAX_CLIENT_DATA)?,
            authenticator_data: bytes(response, "authenticatorData", MAX_AUTHENTICATOR_DATA)?,
            signature: bytes(response, "signature", MAX_SIGNATURE)?,
            user_handle,
            id: credential.id,
        })
    }

    /// The credential id, by which its record is found.
    pub const fn credential_id(&self) -> &ByteString {
        &self.id
    }

    /// The user handle, by which the user is found who was not known before.
    pub const fn user_handle(&self) -> Option<&ByteString> {
        self.user_handle.as_ref()
    }
}

/// What both responses have.
struct Credential {
    id: ByteString,
    members: Map<String, Value>,
    response: Map<String, Value>,
}

impl Credential {
    fn read(text: &[u8]) -> Result<Self, WebAuthnError> {
        if text.len() > MAX_RESPONSE_LEN {
            return Err(WebAuthnError::Malformed("response"));
        }
        let parsed = json::parse_object(text);
        let mut members = parsed.map_err(|_| WebAuthnError::Malformed("response"))?;
        if members.get("type").and_then(Value::as_str) != Some("public-key") {
            return Err(WebAuthnError::Malformed("type"));
        }
        let id = bytes(&members, "rawId", MAX_CREDENTIAL_ID)?;
        if id.is_empty() {
            return Err(WebAuthnError::Malformed("rawId"));
        }
        // WebAuthn §5.1: `id` is "the base64url encoding of the data contained in the object's
        // [[identifier]] internal slot", which `rawId` is.
        if members.get("id").and_then(Value::as_str) != Some(&id.to_string()) {
            return Err(WebAuthnError::CredentialIdDiffers);
        }
        let Some(Value::Object(response)) = members.remove("response") else {
            return Err(WebAuthnError::Malformed("response"));
        };
        Ok(Self {
            id,
            members,
            response,
        })
    }
}

fn bytes(
    members: &Map<String, Value>,
    name: &'static str,
    max_len: usize,
) -> Result<ByteString, WebAuthnError> {
    let text = members.get(name).and_then(Value::as_str);
    let bytes = text.and_then(|text| strict_base64url::decode(text).ok());
    let bytes = bytes.filter(|bytes| bytes.len() <= max_len);
    bytes.map(Into::into).ok_or(WebAuthnError::Malformed(name))
}

/// How the authenticator can be reached, as far as that is told in words.
fn transports(response: &Map<String, Value>) -> Vec<String> {
    // WebAuthn §5.2.1: "The values SHOULD be members of AuthenticatorTransport but Relying Parties
    // SHOULD accept and store unknown values."
    let told = response.get("transports").and_then(Value::as_array);
    let words = told.into_iter().flatten().filter_map(Value::as_str);
    let is_word = |word: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !word.is_empty() && word.len() <= MAX_TRANSPORT && word.bytes().all(plain)
    };
    let words = words.filter(is_word).take(MAX_TRANSPORTS);
    words.map(str::to_owned).collect()
}

fn attachment(members: &Map<String, Value>) -> Option<String> {
    let told = members.get("authenticatorAttachment")?.as_str()?;
    // WebAuthn §5.4.5: values that are not known are treated as if there were none.
    let is_known = matches!(told, "platform" | "cross-platform");
    is_known.then(|| told.to_owned())
}

/// WebAuthn §10.1.3: `clientExtensionResults.credProps.rk`; without it, "it is not known whether
/// the credential is a discoverable credential".
fn discoverable(members: &Map<String, Value>) -> Option<bool> {
    let results = members.get("clientExtensionResults")?;
    results.get("credProps")?.get("rk")?.as_bool()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn registration() -> Value {
        json!({
            "id": "AQID", "rawId": "AQID", "type": "public-key", "unknown": {"a": [1]},
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}, "other": null},
            "response": {
                "clientDataJSON": "e30", "attestationObject": "oA", "publicKeyAlgorithm": -7,
                "transports": ["internal", "hybrid", "a b", 7, ""],
            },
        })
    }

    fn assertion() -> Value {
        json!({
            "id": "AQID", "rawId": "AQID", "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA",
                "userHandle": null,
            },
        })
    }

    fn register(json: &Value) -> Result<RegistrationResponse, WebAuthnError> {
        RegistrationResponse::parse(json.to_string().as_bytes())
    }

    fn assert_with(json: &Value) -> Result<AuthenticationResponse, WebAuthnError> {
        AuthenticationResponse::parse(json.to_string().as_bytes())
    }

    #[test]
    fn webauthn_5_1_reads_what_clients_write_and_leaves_the_rest() {
        let read = register(&registration()).unwrap();
        assert_eq!(read.transports, ["internal", "hybrid"]);
        assert_eq!(read.attachment.as_deref(), Some("platform"));
        assert_eq!(read.discoverable, Some(true));
        assert_eq!(&**read.credential_id(), [1, 2, 3]);
        assert!(assert_with(&assertion()).unwrap().user_handle().is_none());
        let mut handled = assertion();
        handled["response"]["userHandle"] = json!("AQ");
        let handle = assert_with(&handled).unwrap().user_handle().cloned();
        assert_eq!(handle, Some(vec![1].into()));
    }

    #[test]
    fn webauthn_5_1_id_and_raw_id_are_one() {
        let mut other = registration();
        other["id"] = json!("AQIE");
        assert_eq!(
            register(&other).err(),
            Some(WebAuthnError::CredentialIdDiffers)
        );
        other["id"] = Value::Null;
        assert_eq!(
            register(&other).err(),
            Some(WebAuthnError::CredentialIdDiffers)
        );
    }

    #[test]
    fn every_member_is_bounded_and_base64url() {
        let long = strict_base64url::encode(vec![0; MAX_RESPONSE_LEN]);
        for name in ["clientDataJSON", "attestationObject"] {
            for wrong in [json!("=="), json!(null), json!([1]), json!(&long[..90_000])] {
                let mut json = registration();
                json["response"][name] = wrong;
                assert_eq!(register(&json).err(), Some(WebAuthnError::Malformed(name)));
            }
        }
        for name in [
            "clientDataJSON",
            "authenticatorData",
            "signature",
            "userHandle",
        ] {
            for wrong in [json!("+/"), json!(7), json!(&long[..20_000])] {
                let mut json = assertion();
                json["response"][name] = wrong;
                assert_eq!(
                    assert_with(&json).err(),
                    Some(WebAuthnError::Malformed(name))
                );
            }
        }
        let mut json = assertion();
        json["type"] = json!("password");
        assert_eq!(
            assert_with(&json).err(),
            Some(WebAuthnError::Malformed("type"))
        );
        for raw in [json!(""), json!(&long[..1400])] {
            let mut json = assertion();
            json["rawId"] = raw;
            assert_eq!(
                assert_with(&json).err(),
                Some(WebAuthnError::Malformed("rawId"))
            );
        }
        for text in [long.as_bytes(), b"[]", b"{", b"", b"{\"a\":1,\"a\":1}"] {
            let refused = AuthenticationResponse::parse(text).err();
            assert_eq!(refused, Some(WebAuthnError::Malformed("response")));
        }
    }
}
