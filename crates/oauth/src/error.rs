//! How refusals of the back-channel endpoints look on the wire: the one table that knows RFC 6749
//! §5.2 and RFC 6750 §3.1, in the words of PingFederate where its clients may look for them.

mod description;

use std::borrow::Cow;

use serde::Serialize;

use crate::ParameterError;
use crate::client_auth::{ClientAuthCause, ClientAuthError};
use crate::introspection::IntrospectionError;
use crate::revocation::RevocationError;
use crate::token::TokenError;
use crate::userinfo::UserinfoError;

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

    fn bearer(status: u16, error: &'static str, attributes: &'static str) -> Self {
        let challenge = Some(Cow::Borrowed(attributes));
        let body = Some(ErrorBody {
            error_description: None,
            error,
        });
        Self {
            status,
            challenge,
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

impl From<&TokenError> for ErrorResponse {
    #[rustfmt::skip]
    fn from(error: &TokenError) -> Self {
        use TokenError as E;
        match error {
            E::Client(error) => error.into(),
            E::Parameters(error) => error.into(),
            E::GrantTypeMissing => Self::bad("invalid_request", "grant_type is required"),
            E::Missing(name) => Self::bad("invalid_request", format!("{name} is required")),
            E::GrantTypeUnsupported => {
                let body = Some(ErrorBody { error_description: None, error: "unsupported_grant_type" });
                Self { status: 400, challenge: None, body }
            }
            E::GrantTypeNotAllowed => Self::bad("unauthorized_client", "The client is not authorized to use this grant type."),
            E::CodeMalformed => Self::bad("invalid_grant", "Authorization code is malformed."),
            E::CodeUnknown | E::CodeExpired | E::CodeOfAnotherClient | E::CodeOfEndedSession | E::CodeOfInactiveUser | E::CodeRedeemedTwice =>
                Self::bad("invalid_grant", "Authorization code is invalid or expired."),
            E::RedirectUriMissing => Self::bad("invalid_grant", "redirect_uri is required if it was included in the authorization request."),
            E::RedirectUriDiffers => Self::bad("invalid_grant", "redirect_uri does not match the one included in the authorization request."),
            E::VerifierDiffers(method) => Self::bad("invalid_grant", format!("The code_verifier sent does not match code_challenge included in the authorization request using the {method} code_challenge_method.")),
            E::VerifierMissing => Self::bad("invalid_grant", "code_verifier is required if code_challenge was included in the authorization request."),
            E::VerifierMalformed => Self::bad("invalid_grant", "code_verifier is malformed."),
            E::VerifierUnexpected => Self::bad("invalid_grant", "code_verifier was sent but no code_challenge was included in the authorization request."),
            E::RefreshTokenExpired | E::RefreshTokenForged | E::RefreshTokenOfAnotherClient
            | E::RefreshTokenOfInactiveUser | E::RefreshTokenSpent | E::RefreshTokenUnknown =>
                Self::bad("invalid_grant", "unknown, invalid, or expired refresh token"),
            E::ScopeMalformed(_) => Self::bad("invalid_scope", "scope is malformed."),
            E::ScopeLost => Self::bad("invalid_scope", "The client may no longer have the requested scope(s)."),
            E::ScopeTooWide => Self::bad("invalid_scope", "The requested scope(s) must be blank or a subset of the provided scopes."),
            E::Signing(_) => Self::new(500, "server_error", "The token could not be signed."),
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
                "The answer is application/json, which the Accept header does not admit.",
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

impl From<&UserinfoError> for ErrorResponse {
    fn from(error: &UserinfoError) -> Self {
        match error {
            // RFC 6750 §3.1: "If the request lacks any authentication information [...], the
            // resource server SHOULD NOT include an error code or other error information."
            UserinfoError::TokenMissing => Self {
                status: 401,
                challenge: Some(Cow::Borrowed("Bearer")),
                body: None,
            },
            // RFC 6750 §3.1: invalid_request when the request "includes an unsupported parameter or
            // parameter value, repeats the same parameter, uses more than one method for including
            // an access token, or is otherwise malformed. The resource server SHOULD respond with
            // the HTTP 400 (Bad Request) status code."
            UserinfoError::SeveralTokens
            | UserinfoError::Parameters(_)
            | UserinfoError::Unreadable => Self {
                challenge: Some(Cow::Borrowed(r#"Bearer error="invalid_request""#)),
                ..Self::invalid_request(error.to_string())
            },
            UserinfoError::Token(_)
            | UserinfoError::NotForUserinfo
            | UserinfoError::Revoked
            | UserinfoError::ClientInactive
            | UserinfoError::UserInactive => {
                Self::bearer(401, "invalid_token", r#"Bearer error="invalid_token""#)
            }
            // RFC 6750 §3.1: "The resource server SHOULD respond with the HTTP 403 (Forbidden) status
            // code and MAY include the "scope" attribute with the scope necessary to access the
            // protected resource."
            UserinfoError::ScopeInsufficient => Self::bearer(
                403,
                "insufficient_scope",
                r#"Bearer error="insufficient_scope", scope="openid""#,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(error: &TokenError) -> (u16, String) {
        let response = ErrorResponse::from(error);
        (response.status, response.json())
    }

    #[test]
    fn pingfederate_2_5_says_exactly_these_words() {
        let client = |in_header| {
            TokenError::Client(ClientAuthError {
                cause: ClientAuthCause::WrongSecret,
                in_header,
            })
        };
        let cases = [
            (
                TokenError::GrantTypeMissing,
                r#"{"error_description":"grant_type is required","error":"invalid_request"}"#,
            ),
            (
                TokenError::GrantTypeUnsupported,
                r#"{"error":"unsupported_grant_type"}"#,
            ),
            (
                TokenError::VerifierDiffers("S256"),
                r#"{"error_description":"The code_verifier sent does not match code_challenge included in the authorization request using the S256 code_challenge_method.","error":"invalid_grant"}"#,
            ),
            (
                TokenError::RedirectUriMissing,
                r#"{"error_description":"redirect_uri is required if it was included in the authorization request.","error":"invalid_grant"}"#,
            ),
            (
                TokenError::CodeMalformed,
                r#"{"error_description":"Authorization code is malformed.","error":"invalid_grant"}"#,
            ),
            (
                TokenError::CodeRedeemedTwice,
                r#"{"error_description":"Authorization code is invalid or expired.","error":"invalid_grant"}"#,
            ),
            (
                TokenError::RefreshTokenSpent,
                r#"{"error_description":"unknown, invalid, or expired refresh token","error":"invalid_grant"}"#,
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(json(&error), (400, format!("{expected}\r\n")));
        }
        let refused = r#"{"error_description":"Invalid client or client credentials.","error":"invalid_client"}"#;
        assert_eq!(json(&client(false)), (401, format!("{refused}\r\n")));
    }

    #[test]
    fn rfc6749_5_2_challenges_only_a_client_that_used_the_header() {
        for in_header in [true, false] {
            let error = ClientAuthError {
                cause: ClientAuthCause::Unknown,
                in_header,
            };
            let response = ErrorResponse::from(&error);
            assert_eq!(response.challenge.is_some(), in_header);
        }
        let several = ClientAuthError {
            cause: ClientAuthCause::SeveralMethods,
            in_header: true,
        };
        let response = ErrorResponse::from(&several);
        assert_eq!(response.status, 400);
        assert_eq!(response.body.unwrap().error, "invalid_request");
    }

    #[test]
    fn nobody_learns_which_clients_there_are() {
        let causes = [
            ClientAuthCause::Unknown,
            ClientAuthCause::Disabled,
            ClientAuthCause::WrongMethod,
            ClientAuthCause::WrongSecret,
            ClientAuthCause::WithoutKeys,
            ClientAuthCause::AssertionParties,
        ];
        let answers = causes.map(|cause| {
            ErrorResponse::from(&ClientAuthError {
                cause,
                in_header: true,
            })
        });
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn rfc6750_3_1_names_the_error_in_the_challenge() {
        let missing = ErrorResponse::from(&UserinfoError::TokenMissing);
        assert_eq!((missing.status, missing.json()), (401, String::new()));
        assert_eq!(missing.challenge.as_deref(), Some("Bearer"));
        let scope = ErrorResponse::from(&UserinfoError::ScopeInsufficient);
        assert_eq!(scope.status, 403);
        assert_eq!(
            scope.challenge.as_deref(),
            Some(r#"Bearer error="insufficient_scope", scope="openid""#)
        );
        assert_eq!(ErrorResponse::from(&UserinfoError::Revoked).status, 401);
    }
}
