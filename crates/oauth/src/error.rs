//! How refusals of the back-channel endpoints look on the wire: the one table that knows RFC 6749
//! §5.2 and RFC 6750 §3.1, in the words of PingFederate where its clients may look for them.

mod description;

use std::borrow::Cow;

use serde::Serialize;

use crate::authorization_details::DetailsError;
use crate::authorize::AuthorizeError;
use crate::client_auth::{ClientAuthCause, ClientAuthError};
use crate::device::DeviceError;
use crate::dpop::{self, DpopError};
use crate::encryption::EncryptionError;
use crate::introspection::IntrospectionError;
use crate::pushed::PushError;
use crate::revocation::RevocationError;
use crate::token::TokenError;
use crate::userinfo::{Scheme, UserinfoError, UserinfoRefusal};
use crate::{ParameterError, ProtectionError};

pub use description::Description;
pub(crate) use description::legible;

/// An error answer of an OAuth endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The HTTP status code.
    pub status: u16,
    /// The `WWW-Authenticate` header, if there is one.
    pub challenge: Option<Cow<'static, str>>,
    /// The body, if there is one.
    pub body: Option<ErrorBody>,
}

/// The body of an error answer (RFC 6749 §5.2), its members in PingFederate's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// A sentence for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<Description>,
    /// The code of the error.
    pub error: &'static str,
}

impl ErrorResponse {
    /// The refusal of a request that cannot be understood.
    pub fn invalid_request(description: impl Into<Description>) -> Self {
        Self::bad("invalid_request", description)
    }

    /// The refusal of a request whose body is longer than any that is taken.
    pub fn too_large() -> Self {
        Self::new(413, "invalid_request", "The request is too large.")
    }

    /// The refusal of a request by a method that the endpoint does not have.
    pub fn method_not_allowed() -> Self {
        let description = "The endpoint does not have this method.";
        Self::new(405, "invalid_request", description)
    }

    /// The answer where there is no endpoint.
    pub fn not_found() -> Self {
        Self::new(404, "invalid_request", "There is no such endpoint.")
    }

    /// The answer of a server that met what should not happen.
    pub fn server_error() -> Self {
        let description = "The server met an unexpected condition.";
        Self::new(500, "server_error", description)
    }

    /// The answer of a server that may be able to answer later.
    pub fn temporarily_unavailable() -> Self {
        let description = "The server cannot handle the request now.";
        Self::new(503, "temporarily_unavailable", description)
    }

    /// The answer at an address where too many clients failed to authenticate.
    pub fn too_many_failed_clients() -> Self {
        let description = "Too many failed client authentications came from this address.";
        Self::new(429, "temporarily_unavailable", description)
    }

    /// The answer at an address from which too much comes of what anybody may send.
    pub fn too_many_requests() -> Self {
        let description = "Too many requests came from this address.";
        Self::new(429, "temporarily_unavailable", description)
    }

    /// The body as JSON, ending a line as PingFederate's do; empty where there is none.
    pub fn json(&self) -> String {
        let body = self.body.as_ref().map(serde_json::to_string);
        body.and_then(Result::ok)
            .map(|json| json + "\r\n")
            .unwrap_or_default()
    }

    fn new(status: u16, error: &'static str, description: impl Into<Description>) -> Self {
        let error_description = Some(description.into());
        let body = Some(ErrorBody {
            error_description,
            error,
        });
        Self {
            status,
            challenge: None,
            body,
        }
    }

    fn bad(error: &'static str, description: impl Into<Description>) -> Self {
        Self::new(400, error, description)
    }

    /// A refusal of which the code says enough.
    fn silent(status: u16, error: &'static str) -> Self {
        let body = Some(ErrorBody {
            error_description: None,
            error,
        });
        Self {
            status,
            challenge: None,
            body,
        }
    }
}

impl From<&ParameterError> for ErrorResponse {
    fn from(error: &ParameterError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<&ClientAuthError> for ErrorResponse {
    fn from(error: &ClientAuthError) -> Self {
        match error.cause {
            // RFC 6749 §5.2: invalid_request when the request "utilizes more than one mechanism for
            // authenticating the client, or is otherwise malformed"
            ClientAuthCause::SeveralMethods => Self::bad(
                "invalid_request",
                "Only one method of client authentication may be used.",
            ),
            ClientAuthCause::ClientIdsDiffer => {
                Self::bad("invalid_request", "The request names more than one client.")
            }
            // Everything else looks the same, so that nobody learns which clients there are.
            _ => {
                let mut response = Self::new(
                    401,
                    "invalid_client",
                    "Invalid client or client credentials.",
                );
                // RFC 6749 §5.2: "If the client attempted to authenticate via the "Authorization"
                // request header field, the authorization server MUST respond with an HTTP 401
                // (Unauthorized) status code and include the "WWW-Authenticate" response header
                // field matching the authentication scheme used by the client."
                response.challenge = error
                    .in_header
                    .then_some(Cow::Borrowed(r#"Basic realm="OAuth", charset="UTF-8""#));
                response
            }
        }
    }
}

impl From<&DpopError> for ErrorResponse {
    fn from(error: &DpopError) -> Self {
        match error.wants_nonce() {
            // RFC 9449 §8: "the authorization server responds to requests that do not include a
            // nonce with an HTTP 400 (Bad Request) error response per Section 5.2 of [RFC6749] using
            // use_dpop_nonce as the error code value."
            true => Self::bad(
                "use_dpop_nonce",
                "Authorization server requires nonce in DPoP proof",
            ),
            // RFC 9449 §5: "If the DPoP proof is invalid, the authorization server issues an error
            // response per Section 5.2 of [RFC6749] with invalid_dpop_proof as the value of the
            // error parameter."
            false => Self::bad("invalid_dpop_proof", error.to_string()),
        }
    }
}

impl From<&TokenError> for ErrorResponse {
    #[rustfmt::skip]
    fn from(error: &TokenError) -> Self {
        use TokenError as E;
        match error {
            E::AuthorizationDetails(error) => Self::bad(DetailsError::CODE, error.description()),
            E::Client(error) => error.into(),
            E::Dpop(error) => error.into(),
            E::Parameters(error) => error.into(),
            E::ProofMissing => Self::bad("invalid_request", "A DPoP proof is required."),
            E::GrantTypeMissing => Self::bad("invalid_request", "grant_type is required"),
            E::Missing(name) => Self::bad("invalid_request", format!("{name} is required")),
            E::GrantTypeUnsupported => Self::silent(400, "unsupported_grant_type"),
            E::GrantTypeNotAllowed => Self::bad("unauthorized_client", "The client is not authorized to use this grant type."),
            E::CodeMalformed => Self::bad("invalid_grant", "Authorization code is malformed."),
            E::CodeUnknown | E::CodeExpired | E::CodeOfAnotherClient | E::CodeOfEndedSession | E::CodeOfInactiveUser | E::CodeRedeemedTwice =>
                Self::bad("invalid_grant", "Authorization code is invalid or expired."),
            // RFC 8628 §3.5
            E::DevicePending => Self::silent(400, "authorization_pending"),
            E::DeviceTooFast => Self::silent(400, "slow_down"),
            E::DeviceDenied => Self::silent(400, "access_denied"),
            E::DeviceExpired => Self::silent(400, "expired_token"),
            E::DeviceUnknown => Self::bad("invalid_grant", "Device code is invalid or expired."),
            E::CodeOfAnotherKey => Self::bad("invalid_grant", "Authorization code is bound to another DPoP key."),
            E::RedirectUriMissing => Self::bad("invalid_grant", "redirect_uri is required if it was included in the authorization request."),
            E::RedirectUriDiffers => Self::bad("invalid_grant", "redirect_uri does not match the one included in the authorization request."),
            E::VerifierDiffers(method) => Self::bad("invalid_grant", format!("The code_verifier sent does not match code_challenge included in the authorization request using the {method} code_challenge_method.")),
            E::VerifierMissing => Self::bad("invalid_grant", "code_verifier is required if code_challenge was included in the authorization request."),
            E::VerifierMalformed => Self::bad("invalid_grant", "code_verifier is malformed."),
            E::VerifierUnexpected => Self::bad("invalid_grant", "code_verifier was sent but no code_challenge was included in the authorization request."),
            E::RefreshTokenExpired | E::RefreshTokenForged | E::RefreshTokenOfAnotherClient
            | E::RefreshTokenOfInactiveUser | E::RefreshTokenSpent | E::RefreshTokenUnknown =>
                Self::bad("invalid_grant", "unknown, invalid, or expired refresh token"),
            E::RefreshTokenOfAnotherKey => Self::bad("invalid_grant", "The refresh token is bound to another key."),
            E::ScopeMalformed(_) => Self::bad("invalid_scope", "scope is malformed."),
            E::ScopeLost => Self::bad("invalid_scope", "The client may no longer have the requested scope(s)."),
            E::ScopeTooWide => Self::bad("invalid_scope", "The requested scope(s) must be blank or a subset of the provided scopes."),
            E::Encryption(EncryptionError::NoKey(_)) => Self::bad("invalid_request", "The client has no key to which its ID token could be encrypted."),
            E::Encryption(EncryptionError::Failed) | E::Signing(_) => Self::server_error(),
        }
    }
}

impl From<&ProtectionError> for ErrorResponse {
    fn from(error: &ProtectionError) -> Self {
        match error {
            ProtectionError::Encryption(EncryptionError::NoKey(_)) => Self::bad(
                "invalid_request",
                "The client has no key to which the answer could be encrypted.",
            ),
            _ => Self::server_error(),
        }
    }
}

impl From<&PushError> for ErrorResponse {
    fn from(error: &PushError) -> Self {
        match error {
            PushError::Client(error) => error.into(),
            PushError::Dpop(error) => error.into(),
            // RFC 9126 §2.3: "an error response with the same format as is specified for error
            // responses from the token endpoint in Section 5.2 of [RFC6749] using the appropriate
            // error code from therein or from Section 4.1.2.1 of [RFC6749]."
            PushError::Request(error) => {
                let (error, description) = error.wire();
                Self::bad(error, description)
            }
        }
    }
}

impl From<&DeviceError> for ErrorResponse {
    fn from(error: &DeviceError) -> Self {
        match error {
            DeviceError::Client(error) => error.into(),
            DeviceError::Parameters(error) => error.into(),
            DeviceError::GrantTypeNotAllowed => (&TokenError::GrantTypeNotAllowed).into(),
            DeviceError::Request(AuthorizeError::ScopeNotAllowed) => {
                (&TokenError::ScopeTooWide).into()
            }
            DeviceError::Request(error) => {
                let (error, description) = error.wire();
                Self::bad(error, description)
            }
        }
    }
}

impl From<&IntrospectionError> for ErrorResponse {
    fn from(error: &IntrospectionError) -> Self {
        match error {
            IntrospectionError::Client(error) => error.into(),
            IntrospectionError::Parameters(error) => error.into(),
            // RFC 9110 §15.5.7: "The server SHOULD generate content containing a list of available
            // representation characteristics".
            IntrospectionError::NotAcceptable => Self::new(
                406,
                "invalid_request",
                "The answer is application/json or application/token-introspection+jwt.",
            ),
            IntrospectionError::Protection(error) => error.into(),
            IntrospectionError::Unauthenticated => Self::bad(
                "invalid_request",
                "The client must authenticate to have the answer as a token.",
            ),
            IntrospectionError::TokenMissing => Self::bad("invalid_request", "token is required"),
        }
    }
}

impl From<&RevocationError> for ErrorResponse {
    fn from(error: &RevocationError) -> Self {
        match error {
            RevocationError::Client(error) => error.into(),
            RevocationError::Parameters(error) => error.into(),
            RevocationError::TokenMissing => Self::bad("invalid_request", "token is required"),
            // RFC 6749 §5.2: invalid_grant when the token "was issued to another client"
            RevocationError::AnotherClients => {
                Self::bad("invalid_grant", "The token was issued to another client.")
            }
        }
    }
}

impl From<&UserinfoRefusal> for ErrorResponse {
    #[rustfmt::skip]
    fn from(refusal: &UserinfoRefusal) -> Self {
        use UserinfoError as E;
        let UserinfoRefusal { error, scheme } = refusal;
        let answer = match error {
            // However it were asked again, it could not be answered.
            E::Protection(error) => return error.into(),
            // RFC 6750 §3.1: "If the request lacks any authentication information [...], the
            // resource server SHOULD NOT include an error code or other error information."
            E::TokenMissing => Self { status: 401, challenge: None, body: None },
            // RFC 6750 §3.1: invalid_request when the request "includes an unsupported parameter or
            // parameter value, repeats the same parameter, uses more than one method for including
            // an access token, or is otherwise malformed. The resource server SHOULD respond with
            // the HTTP 400 (Bad Request) status code."
            E::SeveralTokens | E::Parameters(_) | E::Unreadable => Self::invalid_request(error.to_string()),
            // RFC 9449 §9: "Resource servers use an HTTP 401 (Unauthorized) error code with an
            // accompanying WWW-Authenticate: DPoP value and DPoP-Nonce value".
            E::Proof(proof) => Self { status: 401, ..proof.into() },
            E::ProofMissing => Self::new(401, "invalid_dpop_proof", error.to_string()),
            E::KeyDiffers | E::NotBound | E::ProofUnused => Self::new(401, "invalid_token", error.to_string()),
            E::Token(_) | E::NotForUserinfo | E::Revoked | E::ClientInactive | E::UserInactive =>
                Self::silent(401, "invalid_token"),
            // RFC 6750 §3.1: "The resource server SHOULD respond with the HTTP 403 (Forbidden) status
            // code and MAY include the "scope" attribute with the scope necessary to access the
            // protected resource."
            E::ScopeInsufficient => Self::silent(403, "insufficient_scope"),
        };
        let code = answer.body.as_ref().map(|body| body.error);
        let challenge = Some(challenge(*scheme, code).into());
        Self { challenge, ..answer }
    }
}

/// How a client should show its access token, and what is wrong with how it did.
fn challenge(scheme: Scheme, error: Option<&'static str>) -> String {
    let error = error.map(|code| match code {
        "insufficient_scope" => format!(r#"error="{code}", scope="openid""#),
        code => format!(r#"error="{code}""#),
    });
    // RFC 9449 §7.1: "An algs parameter SHOULD be included to signal to the client the JWS
    // algorithms that are acceptable for the DPoP proof JWT."
    let algorithms = dpop::ALGORITHMS.iter().map(|algorithm| algorithm.name());
    let algorithms = algorithms.collect::<Vec<_>>().join(" ");
    let algorithms = format!(r#"algs="{algorithms}""#);
    // RFC 9449 §7.2: "If the mechanism used to attempt authentication could be established
    // unambiguously, then the corresponding challenge SHOULD be used to deliver error information".
    match (scheme, error) {
        (Scheme::Bearer, None) => format!("Bearer, DPoP {algorithms}"),
        (Scheme::Bearer, Some(error)) => format!("Bearer {error}, DPoP {algorithms}"),
        (Scheme::Dpop, None) => format!("DPoP {algorithms}"),
        (Scheme::Dpop, Some(error)) => format!("DPoP {error}, {algorithms}"),
    }
}

#[cfg(test)]
mod tests;
