//! Authorization responses as signed tokens (JWT Secured Authorization Response Mode, JARM).

use std::time::Duration;

use domain::port::Random;
use domain::{Client, ServerSettings, Timestamp};
use jose::jwk::JwkSet;
use jose::jws::Algorithm;
use serde_json::{Map, Value, json};

use super::AuthorizationResponse;
use crate::encryption::Encryption;
use crate::protection::ProtectionError;
use crate::{KeyRing, TokenType};

/// With what an authorization response is protected.
#[derive(Clone, Copy)]
pub struct Protection<'a> {
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// The client to which it goes.
    pub client: &'a Client,
    /// The client's keys, if it has any and they are known.
    pub client_keys: Option<&'a JwkSet>,
    /// The keys that sign.
    pub keys: &'a KeyRing,
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// Where unguessable keys come from.
    pub random: &'a dyn Random,
}

impl Protection<'_> {
    /// The response as a token (JARM §2.1): signed, and encrypted if the client wants that.
    pub(super) fn seal(
        &self,
        response: &AuthorizationResponse,
        now: Timestamp,
    ) -> Result<String, ProtectionError> {
        // JARM §3: "The default, if omitted, is RS256."
        let algorithm = self.client.jarm.signing.unwrap_or(Algorithm::Rs256);
        let claims = self.claims(response, now);
        let typ = TokenType::AuthorizationResponse;
        let signed = self.keys.sign_by(algorithm, self.client, typ, &claims)?;
        let Some(encryption) = Encryption::of_responses(self.client) else {
            return Ok(signed);
        };
        let sealed = encryption.seal(&signed, self.client, self.client_keys, &self.random)?;
        Ok(sealed)
    }

    /// JARM §2.1: "The JWT always contains the following data utilized to secure the transmission:
    /// iss [...] aud [...] exp", and "the authorization response parameters".
    fn claims(&self, response: &AuthorizationResponse, now: Timestamp) -> Map<String, Value> {
        let lifetime = Duration::from_secs(self.settings.jarm_lifetime.into());
        let mut claims: Map<String, Value> = response
            .parameters()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        claims.insert("iss".to_owned(), json!(self.issuer));
        claims.insert("aud".to_owned(), json!(self.client.id));
        claims.insert("exp".to_owned(), json!((now + lifetime).seconds()));
        claims
    }
}
