//! Access tokens (RFC 9068).

use std::time::Duration;

use domain::{
    AuthorizationDetails, ClientId, Confirmation, EnvironmentId, GrantId, Scope, Timestamp, UserId,
    Uuid,
};
use jose::Refused;
use jose::jws::Algorithm;
use jose::jwt::{ClaimRefused, ClaimsPolicy};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{KeyRing, TokenType};

/// The scope value with which a client may do anything in the administration API.
pub const ADMINISTRATOR_SCOPE: &str = "countersign-admin";
/// The scope value with which a client may look at everything in the administration API.
pub const AUDITOR_SCOPE: &str = "countersign-admin-read";

/// The scope values that are for the server itself: `openid` opens its `UserInfo` endpoint, the
/// others its administration API.
const SCOPES_FOR_SERVER: [&str; 3] = ["openid", ADMINISTRATOR_SCOPE, AUDITOR_SCOPE];

/// What access tokens are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenPolicy {
    /// How long they are good.
    pub lifetime: Duration,
    /// How they are signed.
    pub algorithm: Algorithm,
    /// The resource that they are for (`aud`); the issuer itself, if `None`.
    pub audience: Option<String>,
}

impl Default for AccessTokenPolicy {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_hours(2),
            algorithm: Algorithm::Es256,
            audience: None,
        }
    }
}

impl AccessTokenPolicy {
    /// Whom a token is for: the resource, and also the server itself with the scopes that are for
    /// it.
    pub(super) fn audience(&self, issuer: &str, scope: &Scope) -> Audience {
        let for_server = SCOPES_FOR_SERVER.iter().any(|name| scope.contains(name));
        match &self.audience {
            Some(resource) if resource != issuer && for_server => {
                Audience::Many(vec![resource.clone(), issuer.to_owned()])
            }
            Some(resource) => Audience::One(resource.clone()),
            None => Audience::One(issuer.to_owned()),
        }
    }
}

/// `aud` (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(crate) fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// The claims of an access token (RFC 9068 §2.2), in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessTokenClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Audience,
    pub(crate) client_id: String,
    /// RFC 9068 §2.2.3: "If an authorization request includes a scope parameter, the corresponding
    /// issued JWT access token SHOULD include a "scope" claim".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    /// RFC 9396 §9.1: the details as a claim "in order to provide RSs with the authorization details
    /// data".
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub(crate) authorization_details: AuthorizationDetails,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    /// The environment that has issued it, and whose that is, under the names that `PingOne` gives
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) env: Option<EnvironmentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) org: Option<Uuid>,
    /// The grant from which it comes, under the name that PingFederate gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agid: Option<GrantId>,
    /// The keys to which it is bound (RFC 7800 §3.1).
    #[serde(default, skip_serializing_if = "Confirmation::is_none")]
    pub(crate) cnf: Confirmation,
}

impl AccessTokenClaims {
    /// How the token is to be shown.
    pub(crate) const fn token_type(&self) -> &'static str {
        // RFC 9449 §5: "A token_type of DPoP MUST be included in the access token response to signal
        // to the client that the access token was bound to its DPoP key".
        match self.cnf.jkt {
            Some(_) => "DPoP",
            None => "Bearer",
        }
    }
}

/// An access token that this server has signed and that has not expired. Whether it was revoked is
/// yet to be asked.
#[derive(Clone, Debug)]
pub struct VerifiedAccessToken {
    pub(crate) claims: AccessTokenClaims,
    scope: Scope,
    user: Option<UserId>,
}

impl VerifiedAccessToken {
    /// Verifies an access token of the server with this issuer identifier.
    pub fn verify(
        token: &str,
        keys: &KeyRing,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        const FORM: ClaimRefused = ClaimRefused::WrongForm {
            name: "sub",
            expected: "one of this server's",
        };
        let claims = keys.verify(token, TokenType::AccessToken)?;
        ClaimsPolicy::new()
            .with_issuers(&[issuer])
            .with_required(&["exp", "jti"])
            .check(&claims, now.seconds())?;
        let claims = Value::Object(claims.into_map());
        let claims: AccessTokenClaims = serde_json::from_value(claims).map_err(|_| FORM)?;
        let scope = claims.scope.parse().map_err(|_| FORM)?;
        // Only tokens that come from a grant are about a person.
        let user = claims
            .agid
            .map(|_| claims.sub.parse().map_err(|_| FORM))
            .transpose()?;
        Ok(Self {
            claims,
            scope,
            user,
        })
    }

    /// The person it is about; `None` for a client's own.
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The grant from which it comes; `None` for a client's own.
    pub const fn grant(&self) -> Option<GrantId> {
        self.claims.agid
    }

    /// The client to which it was issued.
    pub fn client(&self) -> ClientId {
        ClientId::new(&*self.claims.client_id)
    }

    /// The keys to which it is bound: whoever shows it has to prove them.
    pub const fn confirmation(&self) -> &Confirmation {
        &self.claims.cnf
    }

    /// What it is good for.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether it is for this resource (RFC 9068 §4: "the resource server MUST validate that the aud
    /// claim contains a resource indicator value corresponding to an identifier the resource server
    /// expects for itself").
    pub fn is_for(&self, resource: &str) -> bool {
        self.claims.aud.names(resource)
    }

    /// Its id, under which it may have been revoked.
    pub fn jti(&self) -> &str {
        &self.claims.jti
    }

    /// When it expires.
    pub const fn expires(&self) -> Timestamp {
        Timestamp::from_seconds(self.claims.exp)
    }
}
