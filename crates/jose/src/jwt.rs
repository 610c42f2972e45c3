//! JSON Web Tokens (RFC 7519): claims read strictly and checked against a policy and a given time.

mod claims;
mod nested;
mod policy;
mod unverified;

use crate::jws::{self, VerifyingKey, VerifyingKeys};
use crate::{Header, Refused};

pub use claims::{ClaimRefused, Claims};
pub use nested::{decrypt_nested, encrypt_nested};
pub use policy::ClaimsPolicy;
pub use unverified::{SignedClaims, UnverifiedJwt};

/// A JWT whose signature and registered claims have been checked.
#[derive(Clone, Debug)]
pub struct VerifiedJwt {
    header: Header,
    claims: Claims,
    key: VerifyingKey,
}

impl VerifiedJwt {
    /// The header, protected by the signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The key that verified the signature.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Gives up the proof and keeps the claims.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

/// Verifies a signed JWT and checks its registered claims at `now` (unix seconds; RFC 7519 §7.2).
pub fn verify(
    token: &str,
    keys: &VerifyingKeys,
    signature: &jws::Policy<'_>,
    claims: &ClaimsPolicy<'_>,
    now: i64,
) -> Result<VerifiedJwt, Refused> {
    let verified = jws::verify_compact(token, keys, signature)?;
    let content = verified.claims()?;
    claims.check(&content, now)?;
    Ok(VerifiedJwt {
        header: verified.header().clone(),
        claims: content,
        key: verified.key().clone(),
    })
}
