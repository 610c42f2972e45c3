//! JOSE for Countersign: JWS, JWE, JWK, JWK sets and JWTs, every primitive from aws-lc-rs.
//!
//! This crate knows no OAuth, does no I/O, reads no clock and starts no task. It depends on no other crate of the house.
//! What has been checked is a type that only the check can make: [`jws::Verified`], [`jwe::Decrypted`],
//! [`jwt::VerifiedJwt`]. A refusal names the deed ([`Refused`]) and never shows a secret.
//!
//! Specifications: RFC 7515 (JWS), RFC 7516 (JWE), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7519 (JWT), RFC 7638 (thumbprint),
//! RFC 8037 (Ed25519, X25519), RFC 8725 (JWT best practice).

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
