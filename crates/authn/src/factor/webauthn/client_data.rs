//! What the client says of the ceremony (WebAuthn Level 3 §5.8.1).

use jose::digest::{constant_time_eq, sha256};
use jose::{json, strict_base64url};
use serde_json::{Map, Value};

use super::error::WebAuthnError;
use super::relying_party::RelyingParty;

/// Which of the two ceremonies.
#[derive(Clone, Copy)]
pub(super) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    const fn type_(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// The client data ("C"), read.
pub(super) struct ClientData {
    members: Map<String, Value>,
    /// The SHA-256 of the bytes as they came.
    pub(super) hash: [u8; 32],
}

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, WebAuthnError> {
        // WebAuthn §7.1 step 5 and §7.2 step 8: "In particular, any leading byte order mark (BOM)
        // MUST be stripped."
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let members = json::parse_object(text).map_err(|_| WebAuthnError::ClientData)?;
        let hash = sha256(bytes);
        Ok(Self { members, hash })
    }

    /// WebAuthn §7.1 step 7 and §7.2 step 10: "Verify that the value of C.type is [...]".
    pub(super) fn check_type(&self, ceremony: Ceremony) -> Result<(), WebAuthnError> {
        let is_this = self.text("type")? == ceremony.type_();
        is_this.then_some(()).ok_or(WebAuthnError::WrongType)
    }

    /// WebAuthn §7.1 step 8 and §7.2 step 11: "Verify that the value of C.challenge equals the
    /// base64url encoding of pkOptions.challenge."
    pub(super) fn check_challenge(&self, challenge: &[u8]) -> Result<(), WebAuthnError> {
        let expected = strict_base64url::encode(challenge);
        let presented = self.text("challenge")?;
        constant_time_eq(presented.as_bytes(), expected.as_bytes())
            .then_some(())
            .ok_or(WebAuthnError::WrongChallenge)
    }

    /// Checks where the page was (§7.1 steps 9 to 11, §7.2 steps 12 to 14).
    pub(super) fn check_origin(&self, ours: &RelyingParty) -> Result<(), WebAuthnError> {
        // WebAuthn §7.1 step 9 and §7.2 step 12: "Verify that the value of C.origin is an origin
        // expected by the Relying Party."
        let origin = self.origin()?;
        if !ours.expects_origin(origin) {
            return Err(WebAuthnError::WrongOrigin(shortened(origin)));
        }
        // WebAuthn §7.1 step 10 and §7.2 step 13: "If C.crossOrigin is present and set to true,
        // verify that the Relying Party expects that this credential would have been [...] within
        // an iframe that is not same-origin with its ancestors."
        let cross_origin = match self.members.get("crossOrigin") {
            None => false,
            Some(Value::Bool(cross_origin)) => *cross_origin,
            Some(_) => return Err(WebAuthnError::ClientData),
        };
        if cross_origin && !ours.may_be_framed() {
            return Err(WebAuthnError::CrossOrigin);
        }
        // WebAuthn §7.1 step 11 and §7.2 step 14: "If C.topOrigin is present: [...] Verify that the
        // value of C.topOrigin matches the origin of a page that the Relying Party expects to be
        // sub-framed within."
        if self.members.contains_key("topOrigin") {
            let top_origin = self.text("topOrigin")?;
            if !ours.may_be_framed_by(top_origin) {
                return Err(WebAuthnError::WrongTopOrigin(shortened(top_origin)));
            }
        }
        Ok(())
    }

    /// The origin of the page, or of the app.
    pub(super) fn origin(&self) -> Result<&str, WebAuthnError> {
        self.text("origin")
    }

    fn text(&self, name: &str) -> Result<&str, WebAuthnError> {
        let value = self.members.get(name).and_then(Value::as_str);
        value.ok_or(WebAuthnError::ClientData)
    }
}

/// What somebody else wrote, not too long for an error.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
