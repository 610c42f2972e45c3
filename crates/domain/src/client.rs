//! Applications that ask for tokens.
//!
//! A client is stored as administrators write it: its serialised form is PingFederate's Client
//! object, with the secrets in clear (the kind is sealed). What this house acts on has a field
//! here; whatever else an administrator has set is kept as it came in [`Client::rest`].

mod answer;
mod authentication;
mod choice;
mod device_flow;
mod response_type;
mod rolling;

use std::collections::{BTreeMap, BTreeSet};

use jose::jwe::{ContentEncryption, KeyManagement};
use jose::jws::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use answer::{IntrospectionPolicy, SigningOrNone};
pub use authentication::{AuthenticationMethod, ClientAuthentication, RetainedSecret, TRUST_ANY};
pub use choice::{Override, Rolling, ServerDefaultOr};
pub use device_flow::DeviceFlow;
pub use response_type::{ResponseType, ResponseTypeFormat};
pub use rolling::RollingPolicy;

use crate::port::{Kind, Record};
use crate::{ClientId, Scope, Secret, Timestamp};

/// A way to obtain tokens that a client may be allowed (RFC 6749 §1.3 and its extensions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §4.2, and the response types of OpenID Connect with tokens in them.
    Implicit,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628.
    DeviceCode,
    /// OpenID Connect CIBA Core.
    Ciba,
    /// RFC 8693.
    TokenExchange,
    /// RFC 6749 §4.3.
    ResourceOwnerCredentials,
    /// JWT and SAML 2.0 bearer assertions (RFC 7521).
    Extension,
    /// The client is a resource server that may ask about tokens (RFC 7662).
    AccessTokenValidation,
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

/// Where a client's public keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JwksSettings {
    /// Here: a JSON Web Key Set (RFC 7517 §5).
    Jwks(String),
    /// At this address.
    JwksUrl(String),
}

impl JwksSettings {
    /// The set itself, if it is here.
    pub fn inline(&self) -> Option<&str> {
        match self {
            Self::Jwks(set) => Some(set),
            Self::JwksUrl(_) => None,
        }
    }
}

/// What an administrator has set for a client beyond the protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendedValues {
    /// The values, in their order.
    pub values: Vec<String>,
}

/// The OpenID Connect side of a client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OidcPolicy {
    /// How its ID tokens are signed.
    pub id_token_signing_algorithm: IdTokenAlgorithm,
    /// How the key is found that encrypts them; they are not encrypted, if `None`.
    #[serde(
        rename = "idTokenEncryptionAlgorithm",
        with = "crate::wire::key_management",
        skip_serializing_if = "Option::is_none"
    )]
    pub id_token_encryption: Option<KeyManagement>,
    /// How their content is encrypted.
    #[serde(
        rename = "idTokenContentEncryptionAlgorithm",
        with = "crate::wire::content_encryption",
        skip_serializing_if = "Option::is_none"
    )]
    pub id_token_content_encryption: Option<ContentEncryption>,
    /// How answers about a person are signed; not at all, if `None`.
    #[serde(
        rename = "userInfoResponseSigningAlgorithm",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_info_signing: Option<SigningOrNone>,
    /// How the key is found that encrypts them; they are not encrypted, if `None`.
    #[serde(
        rename = "userInfoResponseEncryptionAlgorithm",
        with = "crate::wire::key_management",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_info_encryption: Option<KeyManagement>,
    /// How their content is encrypted.
    #[serde(
        rename = "userInfoResponseContentEncryptionAlgorithm",
        with = "crate::wire::content_encryption",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_info_content_encryption: Option<ContentEncryption>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// What an administrator has set besides.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How authorization responses to a client are protected (JARM §2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JarmPolicy {
    /// Whether every authorization request must ask for a protected response.
    #[serde(rename = "requireJwtSecuredAuthorizationResponseMode", default)]
    pub required: bool,
    /// How responses are signed; RS256, if `None`.
    #[serde(
        rename = "jwtSecuredAuthorizationResponseModeSigningAlgorithm",
        skip_serializing_if = "Option::is_none"
    )]
    pub signing: Option<Algorithm>,
    /// How the key is found that encrypts them; they are not encrypted, if `None`.
    #[serde(
        rename = "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm",
        with = "crate::wire::key_management",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encryption: Option<KeyManagement>,
    /// How their content is encrypted.
    #[serde(
        rename = "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm",
        with = "crate::wire::content_encryption",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub content_encryption: Option<ContentEncryption>,
}

/// An application that asks for tokens (RFC 6749 §2).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Its `client_id`.
    #[serde(rename = "clientId")]
    pub id: ClientId,
    /// Whether it may do anything at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its name, shown to people; also the alias under which translations are looked up.
    pub name: String,
    /// What it does, shown to people.
    #[serde(default)]
    pub description: String,
    /// Where its logo is, if it has one.
    #[serde(default, with = "crate::wire::text_or_nothing")]
    pub logo_url: Option<String>,
    /// Where people may be sent back to: exact, or with wildcards.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The grants that it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// How it proves who it is.
    #[serde(rename = "clientAuth", default)]
    pub authentication: ClientAuthentication,
    /// When its secret was last changed, if it has one.
    #[serde(
        rename = "clientSecretChangedTime",
        with = "crate::wire::time_or_nothing",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub secret_changed: Option<Timestamp>,
    /// Whether it has its own retention period for replaced secrets.
    #[serde(default)]
    pub client_secret_retention_period_type: Override,
    /// Its own retention period for replaced secrets, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_retention_period: Option<u32>,
    /// Its public keys, if it has any.
    #[serde(
        rename = "jwksSettings",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub keys: Option<JwksSettings>,
    /// Whether PKCE is required (RFC 7636).
    #[serde(rename = "requireProofKeyForCodeExchange", default)]
    pub require_pkce: bool,
    /// Whether every token must be bound by `DPoP` (RFC 9449).
    #[serde(default)]
    pub require_dpop: bool,
    /// Whether authorization requests must be pushed first (RFC 9126).
    #[serde(rename = "requirePushedAuthorizationRequests", default)]
    pub require_par: bool,
    /// Whether authorization requests must be signed (RFC 9101).
    #[serde(default)]
    pub require_signed_requests: bool,
    /// Whether its request objects may be unsigned (RFC 9101 §4). An application of an environment says
    /// so; a client of `PingFederate`'s has no such setting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub support_unsigned_request_object: bool,
    /// The only algorithm with which it signs requests; any asymmetric one, if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_algorithm: Option<Algorithm>,
    /// How authorization responses to it are protected.
    #[serde(flatten)]
    pub jarm: JarmPolicy,
    /// How answers about tokens are protected that it wants as tokens.
    #[serde(flatten)]
    pub introspection: IntrospectionPolicy,
    /// The only response types that it may ask for; all of its grants', if empty.
    #[serde(default)]
    pub restricted_response_types: BTreeSet<ResponseType>,
    /// Whether consent is assumed.
    #[serde(rename = "bypassApprovalPage", default)]
    pub bypass_approval: bool,
    /// Whether it may be answered without redirects (`response_mode=pi.flow`).
    #[serde(rename = "allowAuthenticationApiInit", default)]
    pub redirectless: bool,
    /// Whether it then holds the state of a flow itself, in place of the browser's cookies.
    #[serde(rename = "enableCookielessAuthenticationApi", default)]
    pub cookieless: bool,
    /// Whether it may have only some of the common scopes.
    #[serde(default)]
    pub restrict_scopes: bool,
    /// The common scopes and scope groups that it may have, if it may not have all.
    #[serde(default)]
    pub restricted_scopes: Scope,
    /// The exclusive scopes and scope groups that it may have.
    #[serde(default)]
    pub exclusive_scopes: Scope,
    /// The types of authorization details that it may use (RFC 9396 §2).
    #[serde(default)]
    pub authorization_detail_types: BTreeSet<String>,
    /// Whether refresh tokens are issued only with the scope `offline_access`.
    #[serde(default)]
    pub require_offline_access_scope_to_issue_refresh_tokens: ServerDefaultOr,
    /// Whether `offline_access` is granted only when the request has `prompt=consent`.
    #[serde(default)]
    pub offline_access_require_consent_prompt: ServerDefaultOr,
    /// Whether refresh tokens change at each use.
    #[serde(rename = "refreshRolling", default)]
    pub rolling: Rolling,
    /// How often they do, and how long the one before is still good.
    #[serde(flatten)]
    pub rolling_policy: RollingPolicy,
    /// How its devices wait for their person.
    #[serde(flatten)]
    pub device_flow: DeviceFlow,
    /// Its OpenID Connect side.
    #[serde(rename = "oidcPolicy", default)]
    pub oidc: OidcPolicy,
    /// The extended properties that an administrator has given it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extended_parameters: BTreeMap<String, ExtendedValues>,
    /// When it was made.
    #[serde(rename = "creationDate", with = "crate::wire::time")]
    pub created: Timestamp,
    /// When it was last changed.
    #[serde(rename = "modificationDate", with = "crate::wire::time")]
    pub modified: Timestamp,
    /// What an administrator has set besides.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// A client that may do nothing yet but use `grant_types`, and does not prove who it is.
    pub fn new(id: ClientId, name: &str, grant_types: BTreeSet<GrantType>, now: Timestamp) -> Self {
        Self {
            id,
            enabled: true,
            name: name.to_owned(),
            description: String::new(),
            logo_url: None,
            redirect_uris: Vec::new(),
            grant_types,
            authentication: ClientAuthentication::default(),
            secret_changed: None,
            client_secret_retention_period_type: Override::default(),
            client_secret_retention_period: None,
            keys: None,
            require_pkce: false,
            require_dpop: false,
            require_par: false,
            require_signed_requests: false,
            support_unsigned_request_object: false,
            request_object_signing_algorithm: None,
            jarm: JarmPolicy::default(),
            introspection: IntrospectionPolicy::default(),
            restricted_response_types: BTreeSet::new(),
            bypass_approval: false,
            redirectless: false,
            cookieless: false,
            restrict_scopes: false,
            restricted_scopes: Scope::empty(),
            exclusive_scopes: Scope::empty(),
            authorization_detail_types: BTreeSet::new(),
            require_offline_access_scope_to_issue_refresh_tokens: ServerDefaultOr::default(),
            offline_access_require_consent_prompt: ServerDefaultOr::default(),
            rolling: Rolling::default(),
            rolling_policy: RollingPolicy::default(),
            device_flow: DeviceFlow::default(),
            oidc: OidcPolicy::default(),
            extended_parameters: BTreeMap::new(),
            created: now,
            modified: now,
            rest: Map::new(),
        }
    }

    /// The client with a secret with which it authenticates.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.authentication.method = AuthenticationMethod::Secret;
        self.authentication.secret = Some(secret);
        self.secret_changed = Some(self.modified);
        self
    }

    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it is an application that looks after an environment, and not after people who sign on
    /// (`WORKER` of `PingOne`).
    pub fn is_worker(&self) -> bool {
        let attributes = self.rest.get("pingOne");
        let kind = attributes.and_then(|it| it.get("type")?.as_str());
        kind == Some("WORKER")
    }

    /// Whether it must prove who it is.
    pub fn is_confidential(&self) -> bool {
        self.authentication.method != AuthenticationMethod::None
    }

    /// Its current secret, if it has one.
    pub const fn secret(&self) -> Option<&Secret> {
        self.authentication.secret.as_ref()
    }

    /// How its ID tokens are signed.
    pub const fn id_token_algorithm(&self) -> Algorithm {
        self.oidc.id_token_signing_algorithm.0
    }
}

impl Record for Client {
    const KIND: Kind = Kind::Client;

    fn key(&self) -> Vec<u8> {
        self.id.as_ref().to_vec()
    }
}

const fn yes() -> bool {
    true
}
