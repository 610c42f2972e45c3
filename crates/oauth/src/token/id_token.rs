//! ID tokens (OpenID Connect Core §2).

use std::time::Duration;

use domain::{EnvironmentId, Timestamp, Uuid};
use jose::digest::left_half_hash;
use jose::jws::Algorithm;
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
    #[serde(flatten)]
    hashes: Map<String, Value>,
    sid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<EnvironmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Uuid>,
    #[serde(flatten)]
    requested: Map<String, Value>,
}

impl<'a> IdTokenClaims<'a> {
    /// The claims of an ID token that is issued together with what has these hashes.
    pub(super) fn new(
        issuer: &Issuer<'a>,
        issuance: &Issuance<'a>,
        hashes: &Hashes<'_>,
        now: Timestamp,
    ) -> Self {
        let (grant, client) = (issuance.grant, issuance.client);
        let authentication = &grant.authentication;
        let request = ClaimsRequest::granted(grant, client, issuer.settings);
        // OpenID Connect Core §5.4: "when the response_type value is id_token", so that no access
        // token is issued, the claims of the scope "are returned in the ID Token."
        let requested = match hashes.is_alone() {
            true => {
                let scope = issuer.settings.expanded(&issuance.access.scope);
                claims::for_id_token_alone(issuance.user, &scope, &request)
            }
            false => claims::for_id_token(issuance.user, &request),
        };
        Self {
            iss: issuer.url,
            sub: issuer.subject(grant.user),
            aud: grant.client.as_str(),
            azp: grant.client.as_str(),
            exp: (now + issuer.id_token.lifetime).seconds(),
            iat: now.seconds(),
            auth_time: authentication.time.seconds(),
            nonce: None,
            acr: authentication.acr.as_deref(),
            amr: &authentication.amr,
            hashes: hashes.claims(client.id_token_algorithm()),
            sid: issuer.session(authentication.session),
            env: issuer.environment.map(|it| it.env),
            org: issuer.environment.map(|it| it.org),
            requested,
        }
    }

    /// With the nonce of the authorization request (OpenID Connect Core §2: "If present in the
    /// Authentication Request, Authorization Servers MUST include a nonce Claim").
    pub(super) const fn with_nonce(mut self, nonce: Option<&'a str>) -> Self {
        self.nonce = nonce;
        self
    }
}

/// What an ID token is issued together with, and binds to itself by hash.
#[derive(Clone, Copy, Default)]
pub(super) struct Hashes<'a> {
    pub(super) access_token: Option<&'a str>,
    pub(super) code: Option<&'a str>,
    pub(super) state: Option<&'a str>,
}

impl<'a> Hashes<'a> {
    /// With this access token.
    pub(super) const fn of_access_token(mut self, token: &'a str) -> Self {
        self.access_token = Some(token);
        self
    }

    /// Whether there is nothing with which the claims could be fetched.
    const fn is_alone(&self) -> bool {
        self.access_token.is_none() && self.code.is_none()
    }

    /// OpenID Connect Core §3.1.3.6, §3.3.2.11: the left half of the hash made with "the hash
    /// algorithm used in the alg Header Parameter of the ID Token's JOSE Header"; `s_hash` likewise
    /// (Financial-grade API 1.0 Part 2 §5.1.1).
    ///
    /// Where there is no signature there is no hash to make them with, and nobody to believe them.
    fn claims(&self, algorithm: Option<Algorithm>) -> Map<String, Value> {
        let Some(algorithm) = algorithm else {
            return Map::new();
        };
        let named = [
            ("at_hash", self.access_token),
            ("c_hash", self.code),
            ("s_hash", self.state),
        ];
        let hashed = named.into_iter().filter_map(|(name, value)| {
            let hash = left_half_hash(algorithm, value?);
            Some((name.to_owned(), hash.into()))
        });
        hashed.collect()
    }
}
