//! The access token of a request, and whether whoever shows it may (RFC 6750 §2, RFC 9449 §7).

use domain::{Confirmation, Thumbprint};

use super::UserinfoError;
use crate::Parameters;
use crate::dpop::VerifiedProof;
use crate::token::VerifiedAccessToken;

/// How an access token is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As it is (RFC 6750).
    #[default]
    Bearer,
    /// With a proof (RFC 9449 §7.1).
    Dpop,
}

/// An access token as a request shows it, not yet believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentedAccessToken<'a> {
    /// How it is shown.
    pub scheme: Scheme,
    /// The token.
    pub text: &'a str,
}

impl<'a> PresentedAccessToken<'a> {
    /// The access token in the `Authorization` headers of a request (RFC 6750 §2.1, RFC 9449 §7.1)
    /// or in its form (RFC 6750 §2.2).
    pub fn of(authorization: &[&'a str], form: &'a Parameters) -> Result<Self, UserinfoError> {
        let header = match authorization {
            [] => None,
            [only] => in_header(only),
            _ => return Err(UserinfoError::SeveralTokens),
        };
        let form = form.value("access_token").map(|text| Self {
            scheme: Scheme::Bearer,
            text,
        });
        match (header, form) {
            (Some(_), Some(_)) => Err(UserinfoError::SeveralTokens),
            (header, form) => header.or(form).ok_or(UserinfoError::TokenMissing),
        }
    }
}

fn in_header(value: &str) -> Option<PresentedAccessToken<'_>> {
    let (scheme, text) = value.split_once(' ')?;
    let scheme = match scheme {
        scheme if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        scheme if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => return None,
    };
    let text = text.trim_start_matches(' ');
    Some(PresentedAccessToken { scheme, text })
}

/// An access token that is shown by whoever holds the keys to which it is bound.
#[derive(Clone, Debug)]
pub struct ConfirmedAccessToken(VerifiedAccessToken);

impl ConfirmedAccessToken {
    /// Confirms that a token may be shown in this way, by whoever has made this proof and has shown
    /// the certificate with this thumbprint.
    pub fn new(
        token: VerifiedAccessToken,
        scheme: Scheme,
        proof: Option<&VerifiedProof>,
        certificate: Option<&Thumbprint>,
    ) -> Result<Self, UserinfoError> {
        let is_bound = token.confirmation().jkt.is_some();
        let jkt = match (scheme, is_bound, proof) {
            // RFC 9449 §7.2: "such a protected resource MUST reject a DPoP-bound access token
            // received as a bearer token".
            (Scheme::Bearer, true, _) => return Err(UserinfoError::ProofUnused),
            (Scheme::Bearer, false, _) => None,
            // RFC 9449 §7.1: "a resource server MUST check that a DPoP proof was also received".
            (Scheme::Dpop, _, None) => return Err(UserinfoError::ProofMissing),
            (Scheme::Dpop, false, Some(_)) => return Err(UserinfoError::NotBound),
            (Scheme::Dpop, true, Some(proof)) => Some(proof.jkt().clone()),
        };
        let holds = Confirmation {
            jkt,
            certificate: certificate.cloned(),
        };
        // RFC 9449 §4.3 item 12: "confirm that the public key to which the access token is bound
        // matches the public key from the DPoP proof." RFC 8705 §3: the protected resource "MUST
        // verify that the certificate matches the certificate associated with the access token. If
        // they do not match, the resource access attempt MUST be rejected with an error, per
        // [RFC6750], using an HTTP 401 status code and the "invalid_token" error code."
        match token.confirmation().is_met_by(&holds) {
            true => Ok(Self(token)),
            false => Err(UserinfoError::KeyDiffers),
        }
    }
}

impl std::ops::Deref for ConfirmedAccessToken {
    type Target = VerifiedAccessToken;

    fn deref(&self) -> &VerifiedAccessToken {
        &self.0
    }
}
