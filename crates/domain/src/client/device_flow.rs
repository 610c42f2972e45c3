//! How a client's devices wait for their person (RFC 8628).

use serde::{Deserialize, Serialize};

use super::Override;

/// What a client has of its own for the device grant, where it is not the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceFlow {
    /// Whether it has anything of its own.
    #[serde(rename = "deviceFlowSettingType")]
    pub kind: Override,
    /// Where people enter the code of a device.
    #[serde(
        rename = "userAuthorizationUrlOverride",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_authorization_url: Option<String>,
    /// Seconds for which the code of a device is good.
    #[serde(
        rename = "pendingAuthorizationTimeoutOverride",
        skip_serializing_if = "Option::is_none"
    )]
    pub timeout: Option<u32>,
    /// Seconds between two polls of a device.
    #[serde(
        rename = "devicePollingIntervalOverride",
        skip_serializing_if = "Option::is_none"
    )]
    pub interval: Option<u32>,
    /// Whether people need not confirm a code that came in the address.
    #[serde(
        rename = "bypassActivationCodeConfirmationOverride",
        skip_serializing_if = "Option::is_none"
    )]
    pub bypass_confirmation: Option<bool>,
}

impl DeviceFlow {
    /// Where people enter the code of a device, if the client says so.
    pub fn user_authorization_url(&self) -> Option<&str> {
        let own = self.user_authorization_url.as_deref();
        own.filter(|url| self.kind.is_own() && !url.is_empty())
    }

    /// Seconds for which the code of a device is good, where the server says `default`.
    pub fn timeout_or(&self, default: u32) -> u32 {
        self.timeout
            .filter(|_| self.kind.is_own())
            .unwrap_or(default)
    }

    /// Seconds between two polls, where the server says `default`.
    pub fn interval_or(&self, default: u32) -> u32 {
        self.interval
            .filter(|_| self.kind.is_own())
            .unwrap_or(default)
    }

    /// Whether people need not confirm a code that came in the address, where the server says
    /// `default`.
    pub fn bypasses_confirmation_or(&self, default: bool) -> bool {
        self.bypass_confirmation
            .filter(|_| self.kind.is_own())
            .unwrap_or(default)
    }
}
