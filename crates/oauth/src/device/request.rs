//! A device asks (RFC 8628 §3.1).

use std::time::Duration;

use domain::port::{Changes, Random};
use domain::{GrantType, Handle, Timestamp};
use serde::Serialize;

use super::{DeviceAuthorization, DeviceState, UserCode};
use crate::authorize::{self, AuthorizeError, UnverifiedRequest};
use crate::client_auth::{AuthenticatedClient, ClientAuthError};
use crate::{Decision, ParameterError, Parameters};

/// Random bytes in a device code.
const ENTROPY: usize = 32;

/// Why a device may not wait here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    /// The client may not use this grant.
    #[error("the client may not use the device grant")]
    GrantTypeNotAllowed,
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// What it asks would be refused.
    #[error(transparent)]
    Request(#[from] AuthorizeError),
}

/// What a device is told (RFC 8628 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceResponse {
    /// What the device polls with.
    pub device_code: String,
    /// What its person enters.
    pub user_code: String,
    /// Where they do.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: String,
    /// Seconds for which both codes are good.
    pub expires_in: u32,
    /// Seconds that the device must wait between two polls.
    pub interval: u32,
}

/// What a device's request is judged by.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// What the checks need to know.
    pub checks: &'a authorize::Facts<'a>,
    /// Our own page on which people enter codes.
    pub page: &'a str,
    /// The code that its person is to enter, which nobody else has now ([`new_user_code`]).
    pub user_code: &'a UserCode,
}

/// A code for a person to enter; whether another device waits with it is to be seen.
pub fn new_user_code(random: &dyn Random) -> UserCode {
    UserCode::new(random)
}

/// Has a device of `client` wait for its person.
pub fn authorize(
    client: &AuthenticatedClient<'_>,
    parameters: &Parameters,
    facts: &Facts<'_>,
    (now, random): (Timestamp, &dyn Random),
) -> Decision<DeviceResponse, DeviceError> {
    if !client.may_use(GrantType::DeviceCode) {
        return Decision::refuse(DeviceError::GrantTypeNotAllowed);
    }
    let request = UnverifiedRequest::plain(parameters.clone());
    let (scope, authorization_details) = match authorize::verify_device(&request, facts.checks) {
        Ok(asked) => asked,
        Err(error) => return Decision::refuse(error.into()),
    };
    let (own, settings) = (&client.device_flow, facts.checks.settings);
    let expires_in = own.timeout_or(settings.pending_authorization_timeout);
    let interval = own.interval_or(settings.device_polling_interval);
    let handle = Handle::new(now, ENTROPY, random);
    let mut changes = Changes::none();
    changes.insert(&DeviceAuthorization {
        handle: handle.key(),
        user_code: facts.user_code.clone(),
        client: client.id.clone(),
        scope,
        authorization_details,
        issued: now,
        expires: now + Duration::from_secs(expires_in.into()),
        interval,
        polled: None,
        state: DeviceState::Pending,
    });
    let set = Some(settings.user_authorization_url.as_str()).filter(|url| !url.is_empty());
    let page = own.user_authorization_url().or(set).unwrap_or(facts.page);
    let user_code = facts.user_code.shown();
    let join = if page.contains('?') { '&' } else { '?' };
    let response = DeviceResponse {
        device_code: handle.expose().to_owned(),
        verification_uri_complete: format!("{page}{join}user_code={user_code}"),
        verification_uri: page.to_owned(),
        user_code,
        expires_in,
        interval,
    };
    Decision::accept(response, changes)
}
