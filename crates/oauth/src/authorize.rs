//! The authorization request and its answer (RFC 6749 §4.1, OpenID Connect Core §3.1.2).
//!
//! [`UnverifiedRequest`] says which parameters of a request count: its own, those of a request
//! object, or those that were pushed before. [`verify`] runs them through one ordered matrix of
//! checks and returns a [`VerifiedRequest`], which only it can make and which holds nothing that was
//! not checked, or a [`Refusal`], which knows whether the client may be told. [`verify_pushed`] does
//! the same where no person is there yet. What the person then does with the
//! request is the flow engine's business; [`respond`] and [`Failure`] turn the outcome into the
//! [`AuthorizationResponse`] that goes back to the client.

mod check;
mod draft;
mod error;
mod failure;
mod id_token_hint;
mod jarm;
mod matrix;
mod prompt;
mod request;
mod response;
mod target;
mod unverified;

use domain::{AuthorizationDetails, Client, Scope, ServerSettings};

use crate::authorization_details::DetailTypes;
use crate::transaction_request::LoginHint;
use draft::Draft;

pub use error::AuthorizeError;
pub use failure::Failure;
pub use id_token_hint::IdTokenHint;
pub use jarm::Protection;
pub use prompt::{Display, Prompt};
pub use request::VerifiedRequest;
pub use response::{AuthorizationResponse, Delivery, Granted, respond};
pub(crate) use target::with_query;
pub use target::{Carrier, REDIRECTLESS, ResponseMode, ResponseTarget, form_action_source};
pub use unverified::{Sources, UnverifiedRequest};

/// What the checks need to know besides the request itself.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The client that the `client_id` parameter names, if there is one.
    pub client: Option<&'a Client>,
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// The types of authorization details.
    pub detail_types: &'a DetailTypes,
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// The `id_token_hint` parameter, if there is one and it was found to be ours.
    pub id_token_hint: Option<&'a IdTokenHint>,
    /// The `login_hint_token` parameter, if there is one and the client has signed it for us.
    pub login_hint: Option<&'a LoginHint>,
    /// Whether it is an environment, every application of which may be answered without a redirect.
    pub is_environment: bool,
    /// Whether people can register themselves.
    pub can_register: bool,
}

/// An authorization request was refused.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong with it.
    pub error: AuthorizeError,
    /// Who is told.
    pub answer: Answer,
}

/// Who is told that an authorization request was refused.
#[derive(Debug)]
pub enum Answer {
    /// The person in front of the browser, on a page of ours.
    ///
    /// RFC 6749 §4.1.2.1: "the authorization server SHOULD inform the resource owner of the error
    /// and MUST NOT automatically redirect the user-agent to the invalid redirection URI."
    Page,
    /// The client, at a redirect URI that was proven to be its own.
    Client(ResponseTarget),
}

impl Refusal {
    /// The response to send to the client, if it is the client that is told.
    pub fn response(&self) -> Option<AuthorizationResponse> {
        match &self.answer {
            Answer::Page => None,
            Answer::Client(target) => {
                let (error, description) = self.error.wire();
                Some(AuthorizationResponse::error(target, error, description))
            }
        }
    }
}

/// Verifies a request to the authorization endpoint.
pub fn verify(request: &UnverifiedRequest, facts: &Facts<'_>) -> Result<VerifiedRequest, Refusal> {
    let (draft, verdict) = matrix::run(matrix::Endpoint::Authorize, request, facts);
    match verdict.and_then(|()| draft.clone().into_request()) {
        Ok(request) => Ok(request),
        Err(error) => Err(Refusal {
            error,
            answer: answer(draft),
        }),
    }
}

/// Verifies a request that a client pushes (RFC 9126 §2.1): it is the client that is told, whatever
/// is wrong.
pub fn verify_pushed(
    request: &UnverifiedRequest,
    facts: &Facts<'_>,
) -> Result<VerifiedRequest, AuthorizeError> {
    let (draft, verdict) = matrix::run(matrix::Endpoint::Par, request, facts);
    verdict.and_then(|()| draft.into_request())
}

/// Verifies what a device asks (RFC 8628 §3.1): the scope, and the same in detail.
pub fn verify_device(
    request: &UnverifiedRequest,
    facts: &Facts<'_>,
) -> Result<(Scope, AuthorizationDetails), AuthorizeError> {
    let (draft, verdict) = matrix::run(matrix::Endpoint::Device, request, facts);
    verdict.map(|()| draft.into_asked())
}

/// Until a redirect URI was proven, there is nobody to tell but the person.
fn answer(draft: Draft) -> Answer {
    draft.into_target().map_or(Answer::Page, Answer::Client)
}

#[cfg(test)]
mod tests;
