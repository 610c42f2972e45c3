//! Verification: what it returns cannot be made in any other way.

use super::{Algorithm, Policy, VerifyingKey, VerifyingKeys};
use crate::jwt::Claims;
use crate::{Header, Refused, strict_base64url};

/// A payload whose signature has been verified, with the header and the key that verified it.
#[derive(Clone, Debug)]
pub struct Verified {
    header: Header,
    algorithm: Algorithm,
    payload: Vec<u8>,
    key: VerifyingKey,
}

impl Verified {
    /// The header, protected by the signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The key that verified the signature.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The payload as JWT claims, read strictly; their values are not checked yet.
    pub fn claims(&self) -> Result<Claims, Refused> {
        Claims::parse(&self.payload)
    }
}

/// Verifies a compact token (RFC 7515 §5.2).
pub fn verify_compact(
    token: &str,
    keys: &VerifyingKeys,
    policy: &Policy<'_>,
) -> Result<Verified, Refused> {
    Unverified::parse(token, policy.max_len())?.verify(keys, policy)
}

/// A compact token that has been taken apart and proves nothing yet.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    header: Header,
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a compact token of at most `max_len` bytes apart and reads its header.
    pub fn parse(token: &'a str, max_len: usize) -> Result<Self, Refused> {
        if token.len() > max_len {
            return Err(Refused::TooLong {
                limit: max_len,
                actual: token.len(),
            });
        }
        let wrong_count = || Refused::PartCount {
            expected: 3,
            actual: token.split('.').count(),
        };
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(wrong_count)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(wrong_count)?;
        if payload.contains('.') {
            return Err(wrong_count());
        }
        let header = Header::read(header)?;
        // RFC 7797 §6: the payload of a token with "b64" is not what a reader without that extension takes it for.
        if header.member("b64").is_some() {
            return Err(Refused::UnencodedPayload);
        }
        let signature = strict_base64url::decode(signature)
            .map_err(|_| Refused::NotBase64Url { part: "signature" })?;
        Ok(Self {
            header,
            signing_input,
            payload,
            signature,
        })
    }

    /// The header, which anyone may have written.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload, which anyone may have written.
    pub fn unverified_payload(&self) -> Result<Vec<u8>, Refused> {
        strict_base64url::decode(self.payload)
            .map_err(|_| Refused::NotBase64Url { part: "payload" })
    }

    /// The claims, which anyone may have written; for finding out whose keys to verify with, and nothing else.
    pub fn unverified_claims(&self) -> Result<Claims, Refused> {
        Claims::parse(&self.unverified_payload()?)
    }

    pub(crate) fn signature_len(&self) -> usize {
        self.signature.len()
    }

    /// Verifies the signature with one of these keys.
    pub fn verify(self, keys: &VerifyingKeys, policy: &Policy<'_>) -> Result<Verified, Refused> {
        let (algorithm, key) = self.signer(keys, policy)?;
        let payload = self.unverified_payload()?;
        Ok(Verified {
            key,
            header: self.header,
            algorithm,
            payload,
        })
    }

    /// Verifies the signature with the public key in the header, as `DPoP` proofs want it (RFC 9449 §4.3).
    pub fn verify_with_embedded_key(self, policy: &Policy<'_>) -> Result<Verified, Refused> {
        let keys = self.embedded_key(policy)?;
        self.verify(&keys, policy)
    }

    /// The key that made the signature, and with what algorithm.
    pub(crate) fn signer(
        &self,
        keys: &VerifyingKeys,
        policy: &Policy<'_>,
    ) -> Result<(Algorithm, VerifyingKey), Refused> {
        let algorithm = self.check(policy)?;
        let candidates = keys.candidates(&self.header, algorithm)?;
        let message = self.signing_input.as_bytes();
        let key = candidates
            .into_iter()
            .find(|key| key.verifies(algorithm, message, &self.signature))
            .ok_or(Refused::SignatureInvalid)?;
        Ok((algorithm, key.clone()))
    }

    /// The public key in the header.
    pub(crate) fn embedded_key(&self, policy: &Policy<'_>) -> Result<VerifyingKeys, Refused> {
        self.check(policy)?;
        let jwk = self.header.jwk()?.ok_or(Refused::EmbeddedKeyMissing)?;
        Ok(VerifyingKeys::embedded(jwk))
    }

    /// Accepts an unsigned token (RFC 7518 §3.6) for a caller who wants exactly that.
    pub fn accept_unsigned(self) -> Result<Unsecured, Refused> {
        self.check_unsigned()?;
        let payload = self.unverified_payload()?;
        Ok(Unsecured {
            header: self.header,
            payload,
        })
    }

    pub(crate) fn check_unsigned(&self) -> Result<(), Refused> {
        // RFC 7518 §3.6: "Recipients MUST verify that the JWS Signature value is the empty octet sequence."
        match self.header.alg() == "none" && self.signature.is_empty() {
            true => Ok(()),
            false => Err(Refused::NotUnsigned),
        }
    }

    fn check(&self, policy: &Policy<'_>) -> Result<Algorithm, Refused> {
        let algorithm = policy.algorithm(&self.header)?;
        policy.check_typ(&self.header)?;
        Ok(algorithm)
    }
}

impl VerifyingKeys {
    /// The key of a header; a `kid` beside it or in it does not matter.
    fn embedded(jwk: crate::jwk::Jwk) -> Self {
        VerifyingKey::new(&jwk.without_kid()).into()
    }
}

/// A token that says of itself that nobody signed it.
#[derive(Clone, Debug)]
pub struct Unsecured {
    header: Header,
    payload: Vec<u8>,
}

impl Unsecured {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as JWT claims, read strictly; their values are not checked yet.
    pub fn claims(&self) -> Result<Claims, Refused> {
        Claims::parse(&self.payload)
    }
}
