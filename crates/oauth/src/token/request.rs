//! What is asked of the token endpoint (RFC 6749 §4.1.3, §4.4.2, §6).

use domain::{AuthorizationDetails, HandleKey, RefreshToken, Scope};

use super::TokenError;
use super::issuance::Asked;
use crate::Parameters;
use crate::authorization_details::DetailsError;

/// The `grant_type` of a device (RFC 8628 §3.4).
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A request to the token endpoint.
pub enum TokenRequest<'a> {
    /// `authorization_code`
    AuthorizationCode(CodeRequest<'a>),
    /// `refresh_token`
    RefreshToken(RefreshRequest),
    /// `client_credentials`
    ClientCredentials(ClientCredentialsRequest),
    /// `urn:ietf:params:oauth:grant-type:device_code`
    DeviceCode(DeviceCodeRequest),
}

/// A device code to be exchanged for tokens (RFC 8628 §3.4).
pub struct DeviceCodeRequest {
    /// The key of its record.
    pub code: HandleKey,
    /// What the access token is to be good for; all that was granted, if `None`.
    pub scope: Option<Scope>,
    /// The same in detail (RFC 9396 §6).
    pub authorization_details: Option<AuthorizationDetails>,
}

/// A code to be exchanged for tokens (RFC 6749 §4.1.3).
pub struct CodeRequest<'a> {
    /// The key of the code's record.
    pub code: HandleKey,
    /// The `redirect_uri` parameter.
    pub redirect_uri: Option<&'a str>,
    /// The `code_verifier` parameter (RFC 7636 §4.5).
    pub verifier: Option<&'a str>,
    /// What the access token is to be good for; all that was granted, if `None`.
    pub scope: Option<Scope>,
    /// The same in detail (RFC 9396 §6).
    pub authorization_details: Option<AuthorizationDetails>,
}

/// A refresh token to be exchanged for tokens (RFC 6749 §6).
pub struct RefreshRequest {
    /// The refresh token, which says to which grant it belongs.
    pub token: RefreshToken,
    /// What the access token is to be good for; all that was granted, if `None`.
    pub scope: Option<Scope>,
    /// The same in detail (RFC 9396 §6).
    pub authorization_details: Option<AuthorizationDetails>,
}

/// A client that asks for an access token of its own (RFC 6749 §4.4.2).
#[derive(Default)]
pub struct ClientCredentialsRequest {
    /// What the access token is to be good for; the default scope, if `None`.
    pub scope: Option<Scope>,
    /// The same in detail (RFC 9396 §6).
    pub authorization_details: Option<AuthorizationDetails>,
}

impl<'a> TokenRequest<'a> {
    /// Reads the parameters of a request; who sent it is another matter.
    pub fn parse(parameters: &'a Parameters) -> Result<Self, TokenError> {
        let scope = parameters.value("scope").map(str::parse).transpose()?;
        let details = parameters.value("authorization_details");
        let authorization_details = details.map(AuthorizationDetails::parse).transpose();
        let authorization_details = authorization_details.map_err(DetailsError::from)?;
        match parameters
            .value("grant_type")
            .ok_or(TokenError::GrantTypeMissing)?
        {
            "authorization_code" => Ok(Self::AuthorizationCode(CodeRequest {
                code: code(parameters)?,
                redirect_uri: parameters.value("redirect_uri"),
                verifier: parameters.value("code_verifier"),
                scope,
                authorization_details,
            })),
            "refresh_token" => {
                let token = parameters.value("refresh_token");
                let token = token.ok_or(TokenError::Missing("refresh_token"))?;
                let token = token.parse().map_err(|_| TokenError::RefreshTokenUnknown)?;
                Ok(Self::RefreshToken(RefreshRequest {
                    token,
                    scope,
                    authorization_details,
                }))
            }
            "client_credentials" => Ok(Self::ClientCredentials(ClientCredentialsRequest {
                scope,
                authorization_details,
            })),
            DEVICE_CODE => {
                let code = parameters.value("device_code");
                let code = code.ok_or(TokenError::Missing("device_code"))?;
                Ok(Self::DeviceCode(DeviceCodeRequest {
                    code: HandleKey::of(code),
                    scope,
                    authorization_details,
                }))
            }
            _ => Err(TokenError::GrantTypeUnsupported),
        }
    }
}

impl CodeRequest<'_> {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            details: self.authorization_details.as_ref(),
        }
    }
}

impl DeviceCodeRequest {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            details: self.authorization_details.as_ref(),
        }
    }
}

impl RefreshRequest {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            scope: self.scope.as_ref(),
            details: self.authorization_details.as_ref(),
        }
    }
}

fn code(parameters: &Parameters) -> Result<HandleKey, TokenError> {
    // A handle has 22 to 134 bytes in base64url.
    const LENGTHS: std::ops::RangeInclusive<usize> = 30..=179;
    let code = parameters
        .value("code")
        .ok_or(TokenError::Missing("code"))?;
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if LENGTHS.contains(&code.len()) && code.bytes().all(is_base64url) {
        Ok(HandleKey::of(code))
    } else {
        Err(TokenError::CodeMalformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(body: &str) -> Option<TokenError> {
        TokenRequest::parse(&Parameters::parse(body.as_bytes()).unwrap()).err()
    }

    #[test]
    fn rfc6749_5_2_tells_missing_from_unsupported() {
        assert_eq!(refusal(""), Some(TokenError::GrantTypeMissing));
        assert_eq!(
            refusal("grant_type=magic"),
            Some(TokenError::GrantTypeUnsupported)
        );
        assert_eq!(
            refusal("grant_type=authorization_code"),
            Some(TokenError::Missing("code"))
        );
        assert_eq!(
            refusal("grant_type=refresh_token"),
            Some(TokenError::Missing("refresh_token"))
        );
        assert_eq!(refusal("grant_type=client_credentials"), None);
    }

    #[test]
    fn refuses_what_cannot_be_a_code_or_a_refresh_token() {
        for code in [
            "abc",
            "%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21%21",
            &"a".repeat(180),
        ] {
            let body = format!("grant_type=authorization_code&code={code}");
            assert_eq!(refusal(&body), Some(TokenError::CodeMalformed), "{code}");
        }
        assert_eq!(
            refusal("grant_type=refresh_token&refresh_token=abc"),
            Some(TokenError::RefreshTokenUnknown)
        );
        let scope = refusal("grant_type=client_credentials&scope=%22");
        assert_eq!(scope, Some(TokenError::ScopeMalformed(domain::ScopeFormat)));
    }

    proptest! {
        #[test]
        fn never_panics(
            grant in "authorization_code|refresh_token|client_credentials|.{0,5}",
            names in proptest::collection::vec("code|scope|refresh_token|redirect_uri|code_verifier", 0..5),
            value in ".{0,200}",
        ) {
            let named = names.into_iter().map(|name| (name, value.clone()));
            let parameters: Parameters = named.chain([("grant_type".to_owned(), grant)]).collect();
            let _ = TokenRequest::parse(&parameters);
        }
    }
}
