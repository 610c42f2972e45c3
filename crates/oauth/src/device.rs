//! Device authorization (RFC 8628): a device without a browser asks here, and waits while its person
//! allows it in a browser of theirs.

mod request;
mod user_code;

use domain::port::{Kind, Lookups, Record};
use domain::{
    Authentication, AuthorizationDetails, Client, ClientId, GrantId, HandleKey, Scope, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};

pub use request::{DeviceError, DeviceResponse, Facts, authorize, new_user_code};
pub use user_code::UserCode;

/// What became of a device authorization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Nobody has decided yet.
    Pending,
    /// Somebody has allowed it.
    Allowed {
        /// Who.
        user: UserId,
        /// How they proved who they are.
        authentication: Authentication,
        /// What they have allowed of it.
        scope: Scope,
    },
    /// Somebody has denied it.
    Denied,
    /// The device has its tokens, of this grant.
    Redeemed(GrantId),
}

/// A device authorization as the store keeps it: found by the hash of the device code, and by that of
/// the user code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// The hash of the device code.
    pub handle: HandleKey,
    /// What people enter.
    pub user_code: UserCode,
    /// Whose device asks.
    pub client: ClientId,
    /// What it asks for.
    pub scope: Scope,
    /// What it asks for in detail (RFC 9396).
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// When it asked.
    pub issued: Timestamp,
    /// When its codes cease to be good.
    pub expires: Timestamp,
    /// Seconds that it must wait between two polls.
    pub interval: u32,
    /// When it polled last.
    pub polled: Option<Timestamp>,
    /// What became of it.
    pub state: DeviceState,
}

impl DeviceAuthorization {
    /// Whether it is of this client, and not of an earlier one of the same id.
    pub fn is_of(&self, client: &Client) -> bool {
        self.client == client.id && self.issued >= client.created
    }

    /// Whether somebody may still decide.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Pending && now < self.expires
    }

    /// It, after what somebody has decided.
    #[must_use]
    pub fn decided(&self, state: DeviceState) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }
}

impl Record for DeviceAuthorization {
    const KIND: Kind = Kind::DeviceAuthorization;

    fn key(&self) -> Vec<u8> {
        self.handle.as_ref().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.user_code.key().as_ref().into()), None, None]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}
