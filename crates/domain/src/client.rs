//! Applications that ask for tokens.

use std::collections::BTreeSet;

use jose::jws::Algorithm;
use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record};
use crate::{ClientId, Scope, Secret, Timestamp};

/// A way to obtain tokens that a client may be allowed (RFC 6749 §1.3 and its extensions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 6749 §6.
    RefreshToken,
    /// The client is a resource server that may ask about tokens (RFC 7662).
    AccessTokenValidation,
}

/// What an authorization request asks to get back (OAuth 2.0 Multiple Response Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// An authorization code.
    Code,
}

/// How ID tokens for a client are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdTokenAlgorithm(pub Algorithm);

impl Default for IdTokenAlgorithm {
    /// OpenID Connect Dynamic Client Registration §2: "The default, if omitted, is RS256."
    fn default() -> Self {
        Self(Algorithm::Rs256)
    }
}

/// How a client proves who it is (OpenID Connect Core §9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ClientAuthentication {
    /// It does not: a public client.
    None,
    /// `client_secret_basic` or `client_secret_post`.
    Secret,
    /// `private_key_jwt`, verified with the client's keys.
    PrivateKeyJwt(JwtAuthentication),
    /// `client_secret_jwt`, verified with the client's secret.
    ClientSecretJwt(JwtAuthentication),
}

/// What is asked of the assertions with which a client authenticates (RFC 7523 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtAuthentication {
    /// The only algorithm allowed; any of the method's family, if `None`.
    pub algorithm: Option<Algorithm>,
    /// Whether each assertion may be used only once.
    pub enforce_replay_prevention: bool,
}

/// A client's secret and when it was last changed.
#[derive(Clone, Serialize, Deserialize)]
pub struct ClientSecret {
    /// The secret in use.
    pub current: Secret,
    /// When it was set.
    pub changed: Timestamp,
}

/// An application that asks for tokens (RFC 6749 §2).
#[derive(Clone, Serialize, Deserialize)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// Whether it may do anything at all.
    pub enabled: bool,
    /// Its name, shown to people.
    pub name: String,
    /// What it does, shown to people.
    pub description: String,
    /// Where its logo is, if it has one.
    pub logo_url: Option<String>,
    /// Where people may be sent back to, compared character by character (RFC 9700 §4.1.3).
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants that it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// How it proves who it is.
    pub authentication: ClientAuthentication,
    /// Its secret, if it has one; HMAC algorithms need it back, so it is sealed and not hashed.
    pub secret: Option<ClientSecret>,
    /// Its public keys as a JSON Web Key Set (RFC 7517 §5), if it has any.
    pub jwks: Option<String>,
    /// Whether PKCE is required (RFC 7636).
    pub require_pkce: bool,
    /// Whether consent is assumed.
    pub bypass_approval: bool,
    /// The only common scopes it may have; all of them, if `None`.
    pub restricted_scopes: Option<Scope>,
    /// The exclusive scopes it may have.
    pub exclusive_scopes: Scope,
    /// How its ID tokens are signed.
    pub id_token_algorithm: IdTokenAlgorithm,
    /// Whether refresh tokens change at each use; as the server says, if `None`.
    pub roll_refresh_tokens: Option<bool>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

impl Client {
    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it must prove who it is.
    pub fn is_confidential(&self) -> bool {
        self.authentication != ClientAuthentication::None
    }
}

impl Record for Client {
    const KIND: Kind = Kind::Client;

    fn key(&self) -> Vec<u8> {
        self.id.as_ref().to_vec()
    }
}
