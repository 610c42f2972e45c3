//! JOSE for Countersign: JWS, JWE, JWK, JWK sets and JWTs, every primitive from aws-lc-rs.
//!
//! This crate knows no OAuth, does no I/O, reads no clock and starts no task. It depends on no other crate of the house.
//! What has been checked is a type that only the check can make: [`jws::Verified`], [`jwe::Decrypted`],
//! [`jwt::VerifiedJwt`]. A refusal names the deed ([`Refused`]) and never shows a secret.
//!
//! ```
//! use countersign_jose::jws::{Algorithm, Policy, Signer, SigningKey, Typ, VerifyingKeys};
//! use countersign_jose::jwt::{self, ClaimsPolicy};
//! use countersign_jose::Header;
//!
//! // Once: make or import the key, encode the header.
//! let key = SigningKey::generate(Algorithm::Es256)?;
//! let signer = Signer::new(key, Header::new().with_typ("at+jwt"));
//! // For each token: sign the claims.
//! let token = signer.sign(br#"{"iss":"https://sso.example.com","aud":"api","exp":1800003600}"#)?;
//!
//! // The verifier states what it accepts, and tells the time.
//! let keys = VerifyingKeys::from(signer.key().jwk());
//! let signature = Policy::new(&[Algorithm::Es256]).with_typ(Typ::Required("at+jwt"));
//! let claims = ClaimsPolicy::new().with_issuers(&["https://sso.example.com"]).with_audiences(&["api"]);
//! let verified = jwt::verify(&token, &keys, &signature, &claims, 1_800_000_000)?;
//! assert_eq!(verified.header().kid(), signer.key().kid());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Specifications: RFC 7515 (JWS), RFC 7516 (JWE), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7519 (JWT), RFC 7638 (thumbprint),
//! RFC 8037 (Ed25519, X25519), RFC 8725 (JWT best practice), RFC 9864 (`Ed25519` as an algorithm's name).

mod error;
mod header;
mod inspect;
mod lookup;
mod names;
mod random;

pub mod digest;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod strict_base64url;

pub use digest::constant_time_eq;
pub use error::Refused;
pub use header::Header;
pub use inspect::{Inspection, Payload, inspect};
pub use lookup::MAX_CANDIDATE_KEYS;
pub use names::UnknownName;
pub use random::{Random, RandomFailed};

/// Longest compact token that is read where a policy does not say otherwise, in bytes.
pub const DEFAULT_MAX_TOKEN_LEN: usize = 64 * 1024;
