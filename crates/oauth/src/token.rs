//! The token endpoint (RFC 6749 §3.2): one file for each grant, all of them issue through
//! [`Issuer`].

mod access_token;
mod authorization_code;
mod client_credentials;
mod device_code;
mod error;
mod id_token;
mod issuance;
mod pkce;
mod refresh_token;
mod request;
mod requester;

use domain::port::Random;
use domain::{EnvironmentId, ServerSettings, SessionId, UserId, Uuid};
use jose::jwk::JwkSet;

use crate::KeyRing;
use crate::authorization_details::DetailTypes;

pub(crate) use access_token::AccessTokenClaims;
pub use access_token::{
    ADMINISTRATOR_SCOPE, AUDITOR_SCOPE, AccessTokenPolicy, VerifiedAccessToken,
};
pub use authorization_code::{CodeFacts, authorization_code};
pub use client_credentials::client_credentials;
pub use device_code::{DeviceFacts, device_code};
pub use error::TokenError;
pub use id_token::IdTokenPolicy;
#[cfg(test)]
pub(crate) use issuance::Access;
pub use issuance::TokenResponse;
pub(crate) use issuance::{Asked, FrontChannel, IdTokenWish, Issuance};
pub use refresh_token::{RefreshFacts, refresh_token};
pub use request::{
    ClientCredentialsRequest, CodeRequest, DEVICE_CODE, DeviceCodeRequest, RefreshRequest,
    TokenRequest,
};
pub use requester::Requester;

/// What tokens are issued with.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// The issuer identifier (`iss`).
    pub url: &'a str,
    /// The environment that issues, if one does: every identifier is a UUID there.
    pub environment: Option<EnvironmentClaims>,
    /// The keys that sign.
    pub keys: &'a KeyRing,
    /// The keys of the client that gets the tokens, if it wants some encrypted to one of them and
    /// they are known.
    pub client_keys: Option<&'a JwkSet>,
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// The types of authorization details.
    pub detail_types: &'a DetailTypes,
    /// What access tokens are like.
    pub access_token: &'a AccessTokenPolicy,
    /// What ID tokens are like.
    pub id_token: &'a IdTokenPolicy,
    /// Where unguessable ids come from.
    pub random: &'a dyn Random,
}

/// What the tokens of an environment say about it, under the names that `PingOne` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvironmentClaims {
    /// Which it is (`env`).
    pub env: EnvironmentId,
    /// Whose it is (`org`).
    pub org: Uuid,
}

impl Issuer<'_> {
    /// A person as tokens name them (`sub`).
    pub(crate) fn subject(&self, user: UserId) -> String {
        match self.environment {
            Some(_) => user.uuid().to_string(),
            None => user.to_string(),
        }
    }

    /// A session as tokens name it (`sid`).
    pub(crate) fn session(&self, session: SessionId) -> String {
        match self.environment {
            Some(_) => session.uuid().to_string(),
            None => session.to_string(),
        }
    }
}

/// An access token of this grant, for tests of the endpoints that take one.
#[cfg(test)]
pub(crate) fn access_token_for(
    issuer: &Issuer<'_>,
    client: &domain::Client,
    grant: &domain::Grant,
    now: domain::Timestamp,
) -> String {
    let issuance = Issuance {
        client,
        holds: &domain::Confirmation::NONE,
        user: &crate::fixture::user(),
        grant,
        access: &Access {
            scope: grant.scope.clone(),
            details: grant.authorization_details.clone(),
        },
        id_token: IdTokenWish::No,
    };
    let response = issuer.issue(&issuance, now);
    response.ok().unwrap().access_token
}
