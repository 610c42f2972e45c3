//! Client authentication (RFC 6749 §2.3, RFC 7523 §2.2, OpenID Connect Core §9).
//!
//! [`identify`] finds out which client a request says it is from; its record is loaded; then
//! [`authenticate`] checks the proof. Only that makes an [`AuthenticatedClient`].

mod assertion;
mod credentials;
mod error;

use domain::port::Changes;
use domain::{AuthenticationMethod, Client, ClientId, Secret, Timestamp};

use crate::Decision;

pub use credentials::{Credentials, identify};
pub use error::{ClientAuthCause, ClientAuthError};

/// What a client shows to prove who it is.
pub struct Presented<'a> {
    client: ClientId,
    proof: Proof<'a>,
    in_header: bool,
}

/// The proof itself. A TLS certificate (RFC 8705 §2) would be one more.
enum Proof<'a> {
    /// `none`
    Nothing,
    /// `client_secret_basic`, `client_secret_post`
    Secret(Secret),
    /// `private_key_jwt`, `client_secret_jwt`
    Assertion(&'a str),
}

impl Presented<'_> {
    /// The client that it says it is: to be loaded, not to be believed.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    const fn refusal(&self, cause: ClientAuthCause) -> ClientAuthError {
        ClientAuthError {
            cause,
            in_header: self.in_header,
        }
    }
}

/// A client that has proved who it is, or a public one that need not. Only [`authenticate`] makes
/// one.
#[derive(Clone, Copy)]
pub struct AuthenticatedClient<'a>(&'a Client);

impl std::ops::Deref for AuthenticatedClient<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.0
    }
}

/// What client authentication needs to know besides the request and the client.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The issuer identifier.
    pub issuer: &'a str,
    /// The path of the endpoint that was called.
    pub endpoint: &'a str,
}

/// Checks the proof that a client has presented against its record.
pub fn authenticate<'c>(
    presented: &Presented<'_>,
    client: Option<&'c Client>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Decision<AuthenticatedClient<'c>, ClientAuthError> {
    let proved = match &presented.proof {
        Proof::Nothing => by_nothing(client),
        Proof::Secret(secret) => by_secret(secret, client),
        Proof::Assertion(jwt) => assertion::verify(jwt, client, facts, now),
    };
    match (proved, usable(presented, client)) {
        (Ok(changes), Ok(client)) => Decision::accept(AuthenticatedClient(client), changes),
        // What is wrong with the client comes first, so that the log tells the root cause.
        (_, Err(cause)) | (Err(cause), _) => Decision::refuse(presented.refusal(cause)),
    }
}

fn usable<'c>(
    presented: &Presented<'_>,
    client: Option<&'c Client>,
) -> Result<&'c Client, ClientAuthCause> {
    match client {
        Some(client) if client.id != presented.client => Err(ClientAuthCause::Unknown),
        Some(client) if !client.enabled => Err(ClientAuthCause::Disabled),
        Some(client) => Ok(client),
        None => Err(ClientAuthCause::Unknown),
    }
}

fn by_nothing(client: Option<&Client>) -> Result<Changes, ClientAuthCause> {
    match client.map(|client| client.authentication.method) {
        Some(AuthenticationMethod::None) => Ok(Changes::none()),
        _ => Err(ClientAuthCause::WrongMethod),
    }
}

fn by_secret(presented: &Secret, client: Option<&Client>) -> Result<Changes, ClientAuthCause> {
    let configured = client
        .map(|client| &client.authentication)
        .filter(|it| it.method == AuthenticationMethod::Secret)
        .and_then(|it| it.secret.as_ref());
    let Some(secret) = configured else {
        // A client that does not exist, or has no secret, takes as long as one that has.
        let _ = presented.matches(presented.expose());
        return Err(ClientAuthCause::WrongMethod);
    };
    let matches = secret.matches(presented.expose());
    let proved = matches.then(Changes::none);
    proved.ok_or(ClientAuthCause::WrongSecret)
}

#[cfg(test)]
mod tests;
