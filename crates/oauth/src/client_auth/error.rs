//! Why a client is not believed.

use jose::Refused;

use super::CertificateRefused;

/// A client is not believed. The wire tells hardly any of it apart (see `crate::ErrorResponse`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct ClientAuthError {
    /// Why not, for the log.
    pub cause: ClientAuthCause,
    /// Whether it tried with the `Authorization` header, which the answer then has to challenge.
    pub in_header: bool,
}

impl ClientAuthError {
    /// The answer when the store finds that an assertion was used before.
    pub const REPLAYED: Self = Self {
        cause: ClientAuthCause::AssertionReplayed,
        in_header: false,
    };
}

/// Why a client is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthCause {
    /// The assertion is not one that this client may authenticate with.
    #[error("the client assertion is refused: {0}")]
    Assertion(#[from] Refused),
    /// The issuer or the subject of the assertion is not whom it must be.
    #[error("`iss` and `sub` of the client assertion are not both the client's id")]
    AssertionParties,
    /// The assertion was used before.
    #[error("the client assertion was used before")]
    AssertionReplayed,
    /// The assertion has no `jti`, but replay prevention is on.
    #[error("the client assertion has no `jti`")]
    AssertionWithoutId,
    /// `client_assertion_type` is missing or not the one for JWTs.
    #[error("`client_assertion_type` is not that of a JWT")]
    AssertionType,
    /// The certificate does not prove that it is the client.
    #[error(transparent)]
    Certificate(#[from] CertificateRefused),
    /// The header and the parameters, or the assertion and the parameters, name two clients.
    #[error("the request names two clients")]
    ClientIdsDiffer,
    /// The client is switched off.
    #[error("the client is disabled")]
    Disabled,
    /// The `Authorization` header is not of the form that RFC 6749 §2.3.1 describes.
    #[error("the Authorization header is not Basic with a form-encoded id and secret")]
    HeaderMalformed,
    /// There is nothing that says which client it is.
    #[error("the request names no client")]
    Missing,
    /// More than one method of authentication.
    #[error("the request uses more than one method of client authentication")]
    SeveralMethods,
    /// There is no such client.
    #[error("the client is unknown")]
    Unknown,
    /// The client has no keys, or they cannot be had or read.
    #[error("the client has no usable keys")]
    WithoutKeys,
    /// The client is configured for another method.
    #[error("the client is configured for another method of authentication")]
    WrongMethod,
    /// The secret is not the client's.
    #[error("the client secret is wrong")]
    WrongSecret,
}
