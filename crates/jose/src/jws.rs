//! JSON Web Signatures in compact form (RFC 7515, RFC 7518 §3, RFC 8037 §3.1).

mod algorithm;
mod policy;
mod sign;
mod verify;
mod verifying_key;

pub use algorithm::Algorithm;
pub(crate) use policy::same_media_type;
pub use policy::{Policy, Typ};
pub use sign::{Signer, SigningFailed, SigningKey, sign_compact, unsecured_compact};
pub use verify::{Unsecured, Unverified, Verified, verify_compact};
pub use verifying_key::{VerifyingKey, VerifyingKeys};
