//! What an administrator has set for the authorization server as a whole.
//!
//! Like a client, the settings are stored as administrators write them: the serialised form is
//! PingFederate's `AuthorizationServerSettings` object.

mod scope;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::port::{Kind, Record};
use crate::{Client, Scope};

pub use scope::ScopeMeaning;

/// A scope that clients may ask for, and what it means to the person who is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeDescription {
    /// The scope value (RFC 6749 §3.3); of a dynamic scope, its pattern.
    pub name: String,
    /// What it allows, in a sentence for people.
    pub description: String,
    /// Whether `*` in the name stands for any characters.
    #[serde(default)]
    pub dynamic: bool,
}

/// Several scopes under one name that clients may ask for instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeGroup {
    /// The scope value that stands for them.
    pub name: String,
    /// What they allow together, in a sentence for people.
    pub description: String,
    /// The scopes in it.
    pub scopes: Scope,
}

/// The length of one of a time setting's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeUnit {
    /// One second.
    Seconds,
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 24 hours.
    Days,
}

impl TimeUnit {
    /// So many of them; for ever, if the number is negative.
    pub fn times(self, number: i64) -> Option<Duration> {
        let seconds = match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 60 * 60,
            Self::Days => 24 * 60 * 60,
        };
        let number = u64::try_from(number).ok()?;
        Some(Duration::from_secs(number.saturating_mul(seconds)))
    }
}

/// What becomes of pushed authorization requests (RFC 9126).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParStatus {
    /// Nobody can push.
    Disabled,
    /// Clients may push.
    Enabled,
    /// Clients must push.
    Required,
}

/// When people enter the code of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActivationCodeCheckMode {
    /// Once they have signed on: nobody else can guess at codes.
    #[default]
    AfterAuthentication,
    /// Before they sign on.
    BeforeAuthentication,
}

/// The settings of the authorization server (one record a tenant).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerSettings {
    /// What the default scope allows, in a sentence for people.
    pub default_scope_description: String,
    /// The scopes that every client may ask for unless it is restricted.
    pub scopes: Vec<ScopeDescription>,
    /// The groups of such scopes.
    pub scope_groups: Vec<ScopeGroup>,
    /// The scopes that only clients may ask for to which they are assigned.
    pub exclusive_scopes: Vec<ScopeDescription>,
    /// The groups of such scopes.
    pub exclusive_scope_groups: Vec<ScopeGroup>,
    /// Seconds for which an authorization code is good.
    pub authorization_code_timeout: u32,
    /// Random bytes in an authorization code.
    pub authorization_code_entropy: u32,
    /// Whether the `plain` PKCE method is refused.
    #[serde(rename = "disallowPlainPKCE")]
    pub disallow_plain_pkce: bool,
    /// Whether authorization responses carry `iss` (RFC 9207).
    pub include_issuer_in_authorization_response: bool,
    /// Whether refresh tokens are issued only with the scope `offline_access`.
    pub require_offline_access_scope_to_issue_refresh_tokens: bool,
    /// Whether `offline_access` is granted only when the request has `prompt=consent`.
    pub offline_access_require_consent_prompt: bool,
    /// How long a grant with refresh tokens lasts, in its unit; for ever, if -1.
    pub persistent_grant_lifetime: i64,
    /// The unit of the lifetime.
    pub persistent_grant_lifetime_unit: TimeUnit,
    /// How long a grant lasts without being used, in its unit; for ever, if -1.
    pub persistent_grant_idle_timeout: i64,
    /// The unit of the idle timeout.
    pub persistent_grant_idle_timeout_time_unit: TimeUnit,
    /// Characters that a refresh token has at the least; ours have 70.
    pub refresh_token_length: u32,
    /// Whether refresh tokens change at each use.
    #[serde(rename = "rollRefreshTokenValues")]
    pub roll_refresh_tokens: bool,
    /// Seconds for which the refresh token before the current one is still good.
    pub refresh_token_rolling_grace_period: u32,
    /// The least time between two changes of a refresh token, in its unit.
    #[serde(rename = "refreshRollingInterval")]
    pub refresh_token_rolling_interval: i64,
    /// The unit of the interval.
    #[serde(rename = "refreshRollingIntervalTimeUnit")]
    pub refresh_token_rolling_interval_unit: TimeUnit,
    /// Whether approval is not asked for again when it was given before.
    pub bypass_authorization_for_approved_consents: bool,
    /// Days for which approval is remembered; for ever, if -1.
    pub consent_lifetime_days: i32,
    /// Minutes for which a replaced client secret still serves.
    pub client_secret_retention_period: u32,
    /// What becomes of pushed authorization requests.
    pub par_status: ParStatus,
    /// Seconds for which a pushed request is kept.
    pub par_reference_timeout: u32,
    /// Random bytes in the reference to a pushed request.
    pub par_reference_length: u32,
    /// Seconds for which a protected authorization response is good.
    #[serde(rename = "jwtSecuredAuthorizationResponseModeLifetime")]
    pub jarm_lifetime: u32,
    /// Whether `DPoP` proofs must carry a nonce of ours (RFC 9449 §8).
    pub dpop_proof_require_nonce: bool,
    /// Seconds for which a `DPoP` proof is good.
    pub dpop_proof_lifetime_seconds: u32,
    /// Whether each `DPoP` proof may be used only once.
    pub dpop_proof_enforce_replay_prevention: bool,
    /// The origins from which browsers' scripts may call the endpoints.
    pub allowed_origins: Vec<String>,
    /// Another URL below which the token endpoint is reached, and which client assertions may
    /// therefore name as their audience and DPoP proofs as their target; none, if empty.
    pub token_endpoint_base_url: String,
    /// Where people enter the code of a device; at our own page, if empty.
    pub user_authorization_url: String,
    /// Another path at which they do; none, if empty.
    pub registered_authorization_path: String,
    /// Seconds for which the code of a device is good.
    pub pending_authorization_timeout: u32,
    /// Seconds between two polls of a device.
    pub device_polling_interval: u32,
    /// Whether people enter the code of a device before they sign on.
    pub activation_code_check_mode: ActivationCodeCheckMode,
    /// Whether people need not confirm a device's code that came in the address.
    pub bypass_activation_code_confirmation: bool,
    /// Whether devices are confirmed without cookies where it is done without pages.
    #[serde(rename = "enableCookielessUserAuthorizationAuthenticationApi")]
    pub cookieless_user_authorization: bool,
    /// Whether devices get an ID token with the scope `openid`.
    pub return_id_token_on_open_id_with_device_authz_grant: bool,
    /// What an administrator has set besides.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The common scopes of a new server.
const SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "offline_access",
];

impl Default for ServerSettings {
    fn default() -> Self {
        let scopes = SCOPES.map(|name| ScopeDescription {
            name: name.to_owned(),
            ..ScopeDescription::default()
        });
        Self {
            default_scope_description: String::new(),
            scopes: scopes.into(),
            scope_groups: Vec::new(),
            exclusive_scopes: Vec::new(),
            exclusive_scope_groups: Vec::new(),
            authorization_code_timeout: 60,
            authorization_code_entropy: 30,
            disallow_plain_pkce: true,
            include_issuer_in_authorization_response: true,
            require_offline_access_scope_to_issue_refresh_tokens: false,
            offline_access_require_consent_prompt: false,
            persistent_grant_lifetime: -1,
            persistent_grant_lifetime_unit: TimeUnit::Days,
            persistent_grant_idle_timeout: 30,
            persistent_grant_idle_timeout_time_unit: TimeUnit::Days,
            refresh_token_length: 42,
            roll_refresh_tokens: true,
            refresh_token_rolling_grace_period: 0,
            refresh_token_rolling_interval: 0,
            refresh_token_rolling_interval_unit: TimeUnit::Hours,
            bypass_authorization_for_approved_consents: true,
            consent_lifetime_days: -1,
            client_secret_retention_period: 0,
            par_status: ParStatus::Enabled,
            par_reference_timeout: 60,
            par_reference_length: 24,
            jarm_lifetime: 600,
            dpop_proof_require_nonce: false,
            dpop_proof_lifetime_seconds: 120,
            dpop_proof_enforce_replay_prevention: true,
            allowed_origins: Vec::new(),
            token_endpoint_base_url: String::new(),
            user_authorization_url: String::new(),
            registered_authorization_path: String::new(),
            pending_authorization_timeout: 600,
            device_polling_interval: 5,
            activation_code_check_mode: ActivationCodeCheckMode::default(),
            bypass_activation_code_confirmation: false,
            cookieless_user_authorization: false,
            return_id_token_on_open_id_with_device_authz_grant: false,
            rest: Map::new(),
        }
    }
}

impl ServerSettings {
    /// The key of the one record.
    pub const KEY: &'static [u8] = b"oauth";

    /// How long a grant with refresh tokens lasts; for ever, if `None`.
    pub fn grant_lifetime(&self) -> Option<Duration> {
        self.persistent_grant_lifetime_unit
            .times(self.persistent_grant_lifetime)
    }

    /// How long a grant lasts without being used; for ever, if `None`.
    pub fn grant_idle_timeout(&self) -> Option<Duration> {
        self.persistent_grant_idle_timeout_time_unit
            .times(self.persistent_grant_idle_timeout)
    }

    /// The least time between two changes of a refresh token of `client`.
    pub fn rolling_interval(&self, client: &Client) -> Duration {
        let unit = self.refresh_token_rolling_interval_unit;
        let interval = || unit.times(self.refresh_token_rolling_interval);
        let own = client.rolling_policy.interval();
        own.or_else(interval).unwrap_or(Duration::MAX)
    }

    /// For how long the refresh token of `client` before the current one is still good.
    pub fn rolling_grace_period(&self, client: &Client) -> Duration {
        let seconds = self.refresh_token_rolling_grace_period.into();
        let own = client.rolling_policy.grace_period();
        own.unwrap_or(Duration::from_secs(seconds))
    }

    /// Whether a grant of `client` comes with refresh tokens only if its scope has `offline_access`.
    pub fn refresh_needs_offline_access(&self, client: &Client) -> bool {
        let choice = client.require_offline_access_scope_to_issue_refresh_tokens;
        choice.or(self.require_offline_access_scope_to_issue_refresh_tokens)
    }

    /// Whether a request of `client` has `offline_access` only if it has `prompt=consent`. Where
    /// refresh tokens do without the scope, nothing hangs on it.
    pub fn offline_access_needs_prompt(&self, client: &Client) -> bool {
        let choice = client.offline_access_require_consent_prompt;
        self.refresh_needs_offline_access(client)
            && choice.or(self.offline_access_require_consent_prompt)
    }

    /// How long approval is remembered; for ever, if `None`.
    pub fn consent_lifetime(&self) -> Option<Duration> {
        TimeUnit::Days.times(i64::from(self.consent_lifetime_days))
    }
}

impl Record for ServerSettings {
    const KIND: Kind = Kind::Settings;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}
