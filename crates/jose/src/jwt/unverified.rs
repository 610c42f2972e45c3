//! A JWT whose claims say whose keys to verify it with.

use super::Claims;
use crate::jws::{Policy, Unverified, VerifyingKey, VerifyingKeys};
use crate::{Header, Refused};

/// A signed JWT that has been read once, to the end, and proves nothing yet.
#[derive(Clone, Debug)]
pub struct UnverifiedJwt<'a> {
    token: Unverified<'a>,
    claims: Claims,
}

/// The claims of a JWT whose signature has been verified; their values are not checked yet.
#[derive(Clone, Debug)]
pub struct SignedClaims<'j> {
    claims: &'j Claims,
    key: VerifyingKey,
}

impl<'a> UnverifiedJwt<'a> {
    /// Reads a compact token of at most `max_len` bytes.
    pub fn parse(token: &'a str, max_len: usize) -> Result<Self, Refused> {
        let token = Unverified::parse(token, max_len)?;
        let claims = token.unverified_claims()?;
        Ok(Self { token, claims })
    }

    /// The header, which anyone may have written.
    pub fn header(&self) -> &Header {
        self.token.header()
    }

    /// The claims, which anyone may have written; for finding out whose keys to verify with, and nothing else.
    pub fn unverified_claims(&self) -> &Claims {
        &self.claims
    }

    /// Verifies the signature with one of these keys.
    pub fn verify(
        &self,
        keys: &VerifyingKeys,
        policy: &Policy<'_>,
    ) -> Result<SignedClaims<'_>, Refused> {
        let (_, key) = self.token.signer(keys, policy)?;
        let claims = &self.claims;
        Ok(SignedClaims { claims, key })
    }

    /// Verifies the signature with the public key in the header, as `DPoP` proofs want it (RFC 9449 §4.3).
    pub fn verify_with_embedded_key(
        &self,
        policy: &Policy<'_>,
    ) -> Result<SignedClaims<'_>, Refused> {
        self.verify(&self.token.embedded_key(policy)?, policy)
    }

    /// The claims, if nobody has signed them (RFC 7518 §3.6), for a caller who wants exactly that.
    pub fn accept_unsigned(&self) -> Result<&Claims, Refused> {
        self.token.check_unsigned().map(|()| &self.claims)
    }
}

impl<'j> SignedClaims<'j> {
    /// The claims.
    pub fn claims(&self) -> &'j Claims {
        self.claims
    }

    /// The key that verified the signature.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }
}
