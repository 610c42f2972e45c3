//! Pushed authorization requests (RFC 9126).
//!
//! A client pushes what it asks over a connection of its own, and sends the browser with no more than
//! a reference. The reference opens the request again and again, since people reload pages and press
//! buttons twice; it is used up with the first answer that goes to the client, so that exactly one
//! code comes of it ([`use_up`], docs/decisions/0009-a-pushed-request-is-answered-once.md).

use std::time::Duration;

use domain::port::{Changes, Kind, Random, Record, Versioned};
use domain::{Client, ClientId, Handle, HandleKey, ServerSettings, Timestamp};
use serde::{Deserialize, Serialize};

use crate::authorize::{AuthorizeError, Facts, UnverifiedRequest, VerifiedRequest, verify_pushed};
use crate::client_auth::{AuthenticatedClient, ClientAuthError};
use crate::dpop::{DpopError, VerifiedProof};
use crate::{Decision, Parameters};

/// How references begin (RFC 9126 §2.2).
const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:";

/// For how long it is remembered that a reference was used up: longer than any flow lasts that was
/// begun with it.
const MEMORY: Duration = Duration::from_hours(24);

/// A pushed request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    /// Its DPoP proof is not accepted.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// What it asks would be refused.
    #[error(transparent)]
    Request(#[from] AuthorizeError),
}

/// A pushed request as the store keeps it: found by the hash of the reference that the client holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedRequest {
    /// The hash of the reference.
    pub handle: HandleKey,
    /// Who pushed it.
    pub client: ClientId,
    /// What it asks: verified when it was pushed, to be verified again when it is used.
    pub parameters: Parameters,
    /// Whether it came in a request object.
    pub signed: bool,
    /// When it was pushed.
    pub pushed: Timestamp,
    /// When it ceases to be good.
    pub expires: Timestamp,
}

impl PushedRequest {
    /// Whether `client`, and not an earlier one of the same id, may use it now.
    pub(crate) fn is_good_for(&self, client: &Client, now: Timestamp) -> bool {
        // RFC 9126 §2.2: "The request_uri value MUST be bound to the client that posted the
        // authorization request."
        self.client == client.id && self.pushed >= client.created && now < self.expires
    }
}

impl Record for PushedRequest {
    const KIND: Kind = Kind::PushedRequest;

    fn key(&self) -> Vec<u8> {
        self.handle.as_ref().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

/// What the client is told (RFC 9126 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushedResponse {
    /// The reference.
    pub request_uri: String,
    /// Seconds for which it is good.
    pub expires_in: u32,
}

/// The key of the pushed request that the parameters of an authorization request refer to, if they
/// do.
pub fn reference(parameters: &Parameters) -> Option<HandleKey> {
    let reference = parameters.value("request_uri")?.strip_prefix(REFERENCE)?;
    Some(HandleKey::of(reference))
}

/// What a client pushes, if it would be answered now. With a DPoP proof, the code will be bound to its
/// key (RFC 9449 §10.1).
pub fn verified(
    request: &UnverifiedRequest,
    proof: Option<&VerifiedProof>,
    facts: &Facts<'_>,
) -> Result<VerifiedRequest, AuthorizeError> {
    let verified = verify_pushed(request, facts)?;
    match proof {
        Some(proof) => verified.proved_by(proof),
        None => Ok(verified),
    }
}

/// Keeps what an authenticated client pushes, once it is verified.
pub fn keep(
    client: &AuthenticatedClient<'_>,
    request: &UnverifiedRequest,
    verified: &VerifiedRequest,
    settings: &ServerSettings,
    (now, random): (Timestamp, &dyn Random),
) -> Decision<PushedResponse, PushError> {
    let entropy = usize::try_from(settings.par_reference_length).unwrap_or(usize::MAX);
    let handle = Handle::new(now, entropy, random);
    let expires_in = settings.par_reference_timeout;
    let mut changes = request.spending();
    changes.insert(&PushedRequest {
        handle: handle.key(),
        client: client.id.clone(),
        parameters: request.to_be_kept(verified),
        signed: request.is_signed(),
        pushed: now,
        expires: now + Duration::from_secs(expires_in.into()),
    });
    let request_uri = [REFERENCE, handle.expose()].concat();
    let response = PushedResponse {
        request_uri,
        expires_in,
    };
    Decision::accept(response, changes)
}

/// What keeps a pushed request from being answered again: to be committed with its answer. Of
/// several flows that were begun with one reference, the first that commits this has the only answer.
/// `loaded` is the request, if it is still kept.
pub fn use_up(
    reference: HandleKey,
    loaded: Option<&Versioned<PushedRequest>>,
    now: Timestamp,
) -> Changes {
    // RFC 9126 §4: "Authorization servers SHOULD treat request_uri values as one-time use but MAY
    // allow for duplicate requests due to a user reloading/refreshing their user agent."
    let mut changes = Changes::none();
    changes.claim("pushed_request", &[reference.as_ref()], now + MEMORY);
    if let Some(loaded) = loaded {
        changes.delete(loaded);
    }
    changes
}

#[cfg(test)]
mod tests;
