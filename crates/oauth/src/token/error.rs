//! Why no tokens are issued.

use domain::ScopeFormat;

use crate::authorization_details::DetailsError;
use crate::client_auth::ClientAuthError;
use crate::dpop::DpopError;
use crate::encryption::EncryptionError;
use crate::{ParameterError, SigningError};

/// Why no tokens are issued; the wire forms are in one table (`crate::ErrorResponse`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// `authorization_details` cannot be had.
    #[error(transparent)]
    AuthorizationDetails(#[from] DetailsError),
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    /// The code was issued to another client.
    #[error("the authorization code was issued to another client")]
    CodeOfAnotherClient,
    /// The code is for a client that holds another key (`dpop_jkt`).
    #[error("the authorization code is bound to another key")]
    CodeOfAnotherKey,
    /// The session in which the code was granted has ended.
    #[error("the session of the authorization code has ended")]
    CodeOfEndedSession,
    /// The person who granted the code may not sign on any more.
    #[error("the person who granted the authorization code is gone or disabled")]
    CodeOfInactiveUser,
    /// The code has expired.
    #[error("the authorization code has expired")]
    CodeExpired,
    /// The code is not of a form that this server makes.
    #[error("the authorization code is malformed")]
    CodeMalformed,
    /// The code was used before; its grant is revoked.
    #[error("the authorization code was used before")]
    CodeRedeemedTwice,
    /// There is no such code.
    #[error("the authorization code is unknown")]
    CodeUnknown,
    /// The person of the device has denied it.
    #[error("the person of the device has denied it")]
    DeviceDenied,
    /// The device code has expired.
    #[error("the device code has expired")]
    DeviceExpired,
    /// The person of the device has not decided yet.
    #[error("the person of the device has not decided yet")]
    DevicePending,
    /// The device polls more often than it may.
    #[error("the device polls too often")]
    DeviceTooFast,
    /// There is no such device code, or it was used, or what was allowed is not any more.
    #[error("the device code is unknown, used, or of another client")]
    DeviceUnknown,
    /// The DPoP proof is not believed.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// The ID token cannot be encrypted to the client.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The request has no `grant_type`.
    #[error("grant_type is missing")]
    GrantTypeMissing,
    /// The client may not use this grant.
    #[error("the client may not use this grant type")]
    GrantTypeNotAllowed,
    /// There is no such grant.
    #[error("the grant type is not supported")]
    GrantTypeUnsupported,
    /// A parameter that the grant needs is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The client has to send a DPoP proof.
    #[error("the client has to send a DPoP proof")]
    ProofMissing,
    /// `redirect_uri` is not the one of the authorization request.
    #[error("redirect_uri is not the one of the authorization request")]
    RedirectUriDiffers,
    /// `redirect_uri` was sent with the authorization request and is missing now.
    #[error("redirect_uri is missing")]
    RedirectUriMissing,
    /// The grant of the refresh token has ended.
    #[error("the grant of the refresh token has ended")]
    RefreshTokenExpired,
    /// The refresh token is not of its grant.
    #[error("the refresh token was not made by this server")]
    RefreshTokenForged,
    /// The refresh token was issued to another client.
    #[error("the refresh token was issued to another client")]
    RefreshTokenOfAnotherClient,
    /// The refresh token is bound to a key that was not proved.
    #[error("the refresh token is bound to another key")]
    RefreshTokenOfAnotherKey,
    /// The person who granted the refresh token may not sign on any more.
    #[error("the person of the refresh token is gone or disabled")]
    RefreshTokenOfInactiveUser,
    /// The refresh token was used before; its grant is revoked.
    #[error("the refresh token was used before")]
    RefreshTokenSpent,
    /// The refresh token names no grant that is known.
    #[error("the refresh token is unknown")]
    RefreshTokenUnknown,
    /// Of what is asked for, the client may have nothing any more.
    #[error("the client may have none of the scopes any more")]
    ScopeLost,
    /// `scope` has characters that no scope has.
    #[error(transparent)]
    ScopeMalformed(#[from] ScopeFormat),
    /// `scope` has more than was granted or may be asked for.
    #[error("the scope is wider than what was granted")]
    ScopeTooWide,
    /// A token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// `code_verifier` does not match the S256 or plain challenge, which is named.
    #[error("code_verifier does not match the {0} challenge")]
    VerifierDiffers(&'static str),
    /// `code_verifier` is not of the form that RFC 7636 §4.1 describes.
    #[error("code_verifier is malformed")]
    VerifierMalformed,
    /// There was a `code_challenge`, but there is no `code_verifier`.
    #[error("code_verifier is missing")]
    VerifierMissing,
    /// There is a `code_verifier`, but there was no `code_challenge`.
    #[error("code_verifier without a code_challenge")]
    VerifierUnexpected,
}
