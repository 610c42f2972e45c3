//! ID tokens (OpenID Connect Core §2).

use std::time::Duration;

use domain::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Issuer;
use super::issuance::Issuance;
use crate::claims::{self, ClaimsRequest};

/// What ID tokens are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdTokenPolicy {
    /// How long they are good.
    pub lifetime: Duration,
    /// Whether a refresh token brings a new one (OpenID Connect Core §12.2: it "might not contain
    /// an `id_token`").
    pub on_refresh: bool,
}

impl Default for IdTokenPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_mins(5),
            on_refresh: true,
        }
    }
}

/// The claims of an ID token (OpenID Connect Core §2).
#[derive(Serialize)]
pub(super) struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    /// "the party to which the ID Token was issued", which is the one audience as well.
    azp: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'a [String],
    at_hash: String,
    sid: String,
    #[serde(flatten)]
    requested: Map<String, Value>,
}

impl<'a> IdTokenClaims<'a> {
    /// The claims of an ID token that is issued together with `at_hash`'s access token.
    pub(super) fn new(
        issuer: &Issuer<'a>,
        issuance: &Issuance<'a>,
        at_hash: String,
        now: Timestamp,
    ) -> Self {
        let (grant, client) = (issuance.grant, issuance.client);
        let authentication = &grant.authentication;
        let request = ClaimsRequest::granted(grant, client, issuer.settings);
        Self {
            iss: issuer.url,
            sub: grant.user.to_string(),
            aud: grant.client.as_str(),
            azp: grant.client.as_str(),
            exp: (now + issuer.id_token.lifetime).seconds(),
            iat: now.seconds(),
            auth_time: authentication.time.seconds(),
            nonce: None,
            acr: authentication.acr.as_deref(),
            amr: &authentication.amr,
            at_hash,
            sid: authentication.session.to_string(),
            requested: claims::for_id_token(issuance.user, &request),
        }
    }

    /// With the nonce of the authorization request (OpenID Connect Core §2: "If present in the
    /// Authentication Request, Authorization Servers MUST include a nonce Claim").
    pub(super) const fn with_nonce(mut self, nonce: Option<&'a str>) -> Self {
        self.nonce = nonce;
        self
    }
}
