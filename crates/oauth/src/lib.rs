//! Request to decision for the authorization server (OAuth 2.0, OpenID Connect and their kin).
//!
//! Everything here is a pure function: it takes the facts, the request and `now`, and returns a
//! [`Decision`]: the answer together with the changes that must become true first. Nothing reads a
//! clock, a socket or a store.
//!
//! May depend on: `domain`, `jose`.

pub mod authorization_details;
pub mod authorize;
pub mod claims;
pub mod client_auth;
mod code;
pub mod device;
pub mod discovery;
pub mod dpop;
pub mod encryption;
mod error;
#[cfg(test)]
mod fixture;
pub mod introspection;
mod key_ring;
pub mod logout;
mod parameters;
mod protection;
pub mod pushed;
pub mod redirect_uri;
pub mod request_object;
pub mod revocation;
pub mod token;
pub mod transaction_request;
pub mod userinfo;

pub use code::{Code, CodeChallenge, CodeState};
pub use domain::{Confirmation, Decision, Thumbprint};
pub use error::{Description, ErrorBody, ErrorResponse};
pub use key_ring::{KeyRing, SigningError, TokenType, UnusableKey};
pub use parameters::{ParameterError, Parameters};
pub use protection::ProtectionError;
