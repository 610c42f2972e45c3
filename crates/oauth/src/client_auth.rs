//! Client authentication (RFC 6749 §2.3, RFC 7523 §2.2, OpenID Connect Core §9, RFC 8705 §2).
//!
//! [`identify`] finds out which client a request says it is from; its record and what its proof is
//! checked with are loaded; then [`authenticate`] checks the proof. Only that makes an
//! [`AuthenticatedClient`].

mod assertion;
pub(crate) mod certificate;
mod credentials;
mod error;
mod keys;

use domain::port::Changes;
use domain::{AuthenticationMethod, Client, ClientId, Secret, Thumbprint, Timestamp};
use jose::jwt::UnverifiedJwt;

use crate::Decision;

pub use certificate::{
    CertificateChain, CertificateDescription, CertificateFormat, CertificateRefused,
    DistinguishedName, IssuerFault, NameFormat, TrustedIssuer, TrustedIssuers, certificates_in,
};
pub use credentials::{Credentials, identify};
pub use error::{ClientAuthCause, ClientAuthError};
pub use keys::{ClientKeys, UnusableKeys};

/// What a client shows to prove who it is.
pub struct Presented<'a> {
    client: ClientId,
    proof: Proof<'a>,
    certificates: Option<&'a CertificateChain>,
    in_header: bool,
}

/// The proof itself.
enum Proof<'a> {
    /// `none`, or `tls_client_auth`: the certificate is of the connection, not of the request.
    Nothing,
    /// `client_secret_basic`, `client_secret_post`
    Secret(Secret),
    /// `private_key_jwt`, `client_secret_jwt`
    Assertion(UnverifiedJwt<'a>),
}

impl Presented<'_> {
    /// The client that it says it is: to be loaded, not to be believed.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// Whether checking it takes the public keys of `client`.
    pub fn needs_keys_of(&self, client: &Client) -> bool {
        let method = client.authentication.method;
        matches!(self.proof, Proof::Assertion(_))
            && method == AuthenticationMethod::PrivateKeyJwt
            && usable(self, Some(client)).is_ok()
    }

    /// The id of the key that it was signed with (RFC 7515 §4.1.4), if it says so.
    pub fn key_id(&self) -> Option<&str> {
        match &self.proof {
            Proof::Assertion(jwt) => jwt.header().kid(),
            Proof::Nothing | Proof::Secret(_) => None,
        }
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
#[derive(Clone)]
pub struct AuthenticatedClient<'a> {
    client: &'a Client,
    certificate: Option<Thumbprint>,
}

impl AuthenticatedClient<'_> {
    /// The certificate that it has shown, whether or not that is how it has proved who it is.
    pub const fn certificate(&self) -> Option<&Thumbprint> {
        self.certificate.as_ref()
    }
}

impl std::ops::Deref for AuthenticatedClient<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client
    }
}

/// What client authentication needs to know besides the request and the client.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The issuer identifier.
    pub issuer: &'a str,
    /// The path of the endpoint that was called.
    pub endpoint: &'a str,
    /// The path of the token endpoint.
    pub token_endpoint: &'a str,
    /// Further URLs below which the endpoints are reached, without a trailing slash.
    pub other_urls: &'a [&'a str],
    /// Whether the issuer of an assertion must be the client.
    pub issuer_is_client: bool,
    /// The client's public keys, if they are needed and could be had.
    pub keys: Option<&'a ClientKeys>,
    /// Who is trusted to issue certificates.
    pub issuers: &'a TrustedIssuers,
}

/// Checks the proof that a client has presented against its record.
pub fn authenticate<'c>(
    presented: &Presented<'_>,
    client: Option<&'c Client>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Decision<AuthenticatedClient<'c>, ClientAuthError> {
    let proved = match &presented.proof {
        Proof::Nothing => by_connection(presented, client, facts, now),
        Proof::Secret(secret) => by_secret(secret, client, now),
        Proof::Assertion(jwt) => assertion::verify(jwt, client, facts, now),
    };
    match (proved, usable(presented, client)) {
        (Ok(changes), Ok(client)) => {
            let certificate = presented.certificates.map(|it| it.thumbprint().clone());
            let client = AuthenticatedClient {
                client,
                certificate,
            };
            Decision::accept(client, changes)
        }
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

/// A client that sends no more than its id is a public one, or its certificate is its proof.
fn by_connection(
    presented: &Presented<'_>,
    client: Option<&Client>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Changes, ClientAuthCause> {
    let client = client.ok_or(ClientAuthCause::Unknown)?;
    match client.authentication.method {
        AuthenticationMethod::None => {}
        AuthenticationMethod::Certificate => {
            certificate::verify(presented.certificates, client, facts.issuers, now)?;
        }
        _ => return Err(ClientAuthCause::WrongMethod),
    }
    Ok(Changes::none())
}

fn by_secret(
    presented: &Secret,
    client: Option<&Client>,
    now: Timestamp,
) -> Result<Changes, ClientAuthCause> {
    let authentication = client.map(|client| &client.authentication);
    let by_secret = authentication.filter(|it| it.method == AuthenticationMethod::Secret);
    let secrets: Vec<&Secret> = by_secret.iter().flat_map(|it| it.secrets(now)).collect();
    if secrets.is_empty() {
        // A client that does not exist, or has no secret, takes as long as one that has.
        let _ = presented.matches(presented.expose());
        return Err(ClientAuthCause::WrongMethod);
    }
    // All of them, so that the time tells nothing about which of them it was.
    let matching = secrets.iter().filter(|it| it.matches(presented.expose()));
    match matching.count() {
        0 => Err(ClientAuthCause::WrongSecret),
        _ => Ok(Changes::none()),
    }
}

#[cfg(test)]
mod tests;
