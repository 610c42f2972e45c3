//! What an administrator has set for the authorization server as a whole.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record};
use crate::{Client, Scope};

/// A scope that clients may ask for, and what it means to the person who is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeDescription {
    /// The scope value (RFC 6749 §3.3).
    pub name: String,
    /// What it allows, in a sentence for people.
    pub description: String,
}

/// The settings of the authorization server (one record a tenant).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSettings {
    /// What the default scope allows, in a sentence for people.
    pub default_scope_description: String,
    /// The scopes that every client may ask for unless it is restricted.
    pub scopes: Vec<ScopeDescription>,
    /// The scopes that only clients may ask for to which they are assigned.
    pub exclusive_scopes: Vec<ScopeDescription>,
    /// Seconds for which an authorization code is good.
    pub authorization_code_timeout: u32,
    /// Random bytes in an authorization code.
    pub authorization_code_entropy: u32,
    /// Whether the `plain` PKCE method is refused.
    pub disallow_plain_pkce: bool,
    /// Whether authorization responses carry `iss` (RFC 9207).
    pub include_issuer_in_authorization_response: bool,
    /// Seconds for which a grant with refresh tokens lasts; for ever, if `None`.
    pub persistent_grant_lifetime: Option<u64>,
    /// Seconds for which a grant lasts without being used; for ever, if `None`.
    pub persistent_grant_idle_timeout: Option<u64>,
    /// Characters that a refresh token has at the least; ours have 70.
    pub refresh_token_length: u32,
    /// Whether refresh tokens change at each use.
    pub roll_refresh_tokens: bool,
    /// Seconds for which the refresh token before the current one is still good.
    pub refresh_token_rolling_grace_period: u32,
    /// Seconds between two changes of a refresh token, at the least.
    pub refresh_token_rolling_interval: u64,
    /// Whether approval is not asked for again when it was given before.
    pub bypass_authorization_for_approved_consents: bool,
    /// Days for which approval is remembered; for ever, if `None`.
    pub consent_lifetime_days: Option<u32>,
    /// The origins from which browsers' scripts may call the endpoints.
    pub allowed_origins: Vec<String>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            default_scope_description: String::new(),
            scopes: [
                "openid",
                "profile",
                "email",
                "phone",
                "address",
                "offline_access",
            ]
            .map(|name| ScopeDescription {
                name: name.to_owned(),
                description: String::new(),
            })
            .into(),
            exclusive_scopes: Vec::new(),
            authorization_code_timeout: 60,
            authorization_code_entropy: 30,
            disallow_plain_pkce: true,
            include_issuer_in_authorization_response: true,
            persistent_grant_lifetime: None,
            persistent_grant_idle_timeout: Some(30 * 24 * 60 * 60),
            refresh_token_length: 42,
            roll_refresh_tokens: true,
            refresh_token_rolling_grace_period: 0,
            refresh_token_rolling_interval: 0,
            bypass_authorization_for_approved_consents: true,
            consent_lifetime_days: None,
            allowed_origins: Vec::new(),
        }
    }
}

impl ServerSettings {
    /// The key of the one record.
    pub const KEY: &'static [u8] = b"oauth";

    /// All scope values that `client` may ask for.
    pub fn scopes_for(&self, client: &Client) -> Scope {
        let all = self.scopes.iter().chain(&self.exclusive_scopes);
        let names = all.map(|scope| scope.name.as_str());
        names.filter(|name| self.allows(client, name)).collect()
    }

    /// Whether `client` may ask for this scope value: for a common one unless it is restricted to
    /// others, for an exclusive one if it is assigned.
    pub fn allows(&self, client: &Client, scope: &str) -> bool {
        let restricted = client.restricted_scopes.as_ref();
        let common = has(&self.scopes, scope) && restricted.is_none_or(|it| it.contains(scope));
        common || has(&self.exclusive_scopes, scope) && client.exclusive_scopes.contains(scope)
    }
}

fn has(scopes: &[ScopeDescription], name: &str) -> bool {
    scopes.iter().any(|scope| scope.name == name)
}

impl Record for ServerSettings {
    const KIND: Kind = Kind::Settings;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}
