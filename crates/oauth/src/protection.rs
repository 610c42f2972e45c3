//! Answers to a client as tokens: signed, encrypted to it, or both, as its settings say.

use domain::Client;
use jose::jws::Algorithm;
use serde::Serialize;

use crate::encryption::{Encryption, EncryptionError};
use crate::token::Issuer;
use crate::{SigningError, TokenType};

/// Something cannot be protected as the client's settings or its request demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectionError {
    /// It cannot be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// It cannot be encrypted.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
}

/// How an answer to a client is protected: at least one of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AnswerProtection {
    pub(crate) signing: Option<Algorithm>,
    pub(crate) encryption: Option<Encryption>,
}

impl AnswerProtection {
    /// How what is told about a person is protected; it is plain JSON, if `None`.
    pub(crate) fn of_userinfo(client: &Client) -> Option<Self> {
        let protection = Self {
            signing: client.oidc.user_info_signing.and_then(|it| it.0),
            encryption: Encryption::of_userinfo(client),
        };
        let is_plain = protection.signing.is_none() && protection.encryption.is_none();
        (!is_plain).then_some(protection)
    }

    /// How an answer about a token is protected when it is wanted as a token.
    pub(crate) fn of_introspection(client: &Client) -> Self {
        // RFC 9701 §6: "The default, if omitted, is RS256."
        let signing = client.introspection.signing.unwrap_or(Algorithm::Rs256);
        Self {
            signing: Some(signing),
            encryption: Encryption::of_introspection(client),
        }
    }

    /// The claims as a token for `client`: signed first, then encrypted.
    pub(crate) fn seal(
        self,
        typ: TokenType,
        claims: &impl Serialize,
        client: &Client,
        issuer: &Issuer<'_>,
    ) -> Result<String, ProtectionError> {
        let (keys, random) = (issuer.client_keys, &issuer.random);
        match (self.signing, self.encryption) {
            (Some(algorithm), None) => Ok(issuer.keys.sign_by(algorithm, client, typ, claims)?),
            (Some(algorithm), Some(encryption)) => {
                let signed = issuer.keys.sign_by(algorithm, client, typ, claims)?;
                Ok(encryption.seal(&signed, client, keys, random)?)
            }
            (None, Some(encryption)) => {
                let claims = serde_json::to_vec(claims).map_err(|_| EncryptionError::Failed)?;
                Ok(encryption.seal_unsigned(&claims, client, keys, random)?)
            }
            (None, None) => Err(SigningError::Failed.into()),
        }
    }
}
