//! Answers to PPM requests.

use std::time::Duration;

use domain::port::Random;
use domain::{Organization, Timestamp};
use jose::strict_base64url;
use serde_json::{Map, Value, json};

use super::{Channel, PpmError, Respondent, VerifiedPpm};
use crate::evidence::FactorKind;
use crate::pingid::NotSigned;

/// Random bytes in a `jti`.
const TOKEN_ID: usize = 18;

/// The authentication context class of what cannot be said.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// That somebody has proven who they are, or has set up what they were to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// By what.
    pub factor: FactorKind,
}

/// The authentication context class of a factor (SAML 2.0 Authentication Context §3.4), as it is told
/// in `authnContext`.
pub const fn authentication_context(factor: FactorKind) -> &'static str {
    match factor {
        FactorKind::Voice => "urn:oasis:names:tc:SAML:2.0:ac:classes:Telephony",
        FactorKind::Sms => "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
        FactorKind::Push => "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        FactorKind::Totp => "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
        FactorKind::WebAuthn => "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        FactorKind::Password => "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        FactorKind::Email | FactorKind::Face | FactorKind::RecoveryCode => UNSPECIFIED,
    }
}

/// How much a factor is worth (`assuranceLevel`): 3 for a key that no other site can ask for, 2 for what
/// the person has at hand, 1 for what comes over a network of others or is on paper.
const fn assurance_level(factor: FactorKind) -> u8 {
    match factor {
        FactorKind::WebAuthn => 3,
        FactorKind::Totp | FactorKind::Push | FactorKind::Face => 2,
        _ => 1,
    }
}

impl VerifiedPpm {
    /// The answer of a success, signed.
    ///
    /// # Errors
    /// The organisation has no key that could sign it.
    pub fn succeeded(
        &self,
        organization: &Organization,
        success: Success,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<String, NotSigned> {
        let to = &self.respondent;
        let mut answer = to.answer("success", now, random);
        let context = authentication_context(success.factor);
        answer.insert("authnContext".to_owned(), context.into());
        let level = assurance_level(success.factor);
        answer.insert("assuranceLevel".to_owned(), level.into());
        let groups = self.attributes.groups.as_ref();
        if let Some(groups) = groups.filter(|groups| !groups.is_empty()) {
            answer.insert("group".to_owned(), groups.clone().into());
        }
        to.signature.sign(organization, &Value::Object(answer))
    }
}

impl Respondent {
    /// The answer of a failure, signed.
    ///
    /// # Errors
    /// The organisation has no key that could sign it.
    pub fn failed(
        &self,
        organization: &Organization,
        error: PpmError,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<String, NotSigned> {
        let mut answer = self.answer("failure", now, random);
        if self.channel == Channel::Registration {
            answer.insert("authnContext".to_owned(), UNSPECIFIED.into());
        }
        if let Some(wire) = error.wire(self.channel) {
            answer.insert("errorCode".to_owned(), wire.code.into());
            answer.insert("message".to_owned(), wire.message.into());
        }
        self.signature.sign(organization, &Value::Object(answer))
    }

    /// How long an answer is good.
    const fn lifetime(&self) -> Duration {
        match self.channel {
            Channel::Authentication | Channel::Hybrid => Duration::from_mins(5),
            Channel::Registration => Duration::from_secs(30),
        }
    }

    /// What every answer says.
    fn answer(&self, status: &str, now: Timestamp, random: &dyn Random) -> Map<String, Value> {
        let mut token_id = [0; TOKEN_ID];
        random.fill(&mut token_id);
        let answer = json!({
            "iss": self.audience,
            "sub": self.subject,
            "aud": self.issuer,
            "exp": (now + self.lifetime()).seconds(),
            "iat": now.seconds(),
            "jti": strict_base64url::encode(token_id),
            "status": status,
            "idpAccountId": self.account,
            "inResponseTo": self.tracking_id(),
            "dst": self.asked_url,
        });
        let mut answer = answer.as_object().cloned().unwrap_or_default();
        // "The value is passed without modification, from the authentication request to the
        // authentication response."
        if let Some(nonce) = &self.nonce {
            answer.insert("nonce".to_owned(), nonce.clone().into());
        }
        answer
    }

    /// "The tracking ID, passed from the request's jti field." Where clients register they send an empty
    /// one, and are answered with it; where somebody signs on and there is none, the nonce stands for it.
    fn tracking_id(&self) -> &str {
        let token_id = self.token_id.as_deref().unwrap_or_default();
        match self.channel {
            Channel::Registration => token_id,
            _ if token_id.is_empty() => self.nonce.as_deref().unwrap_or_default(),
            _ => token_id,
        }
    }
}
