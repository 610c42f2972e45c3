//! Passkeys and security keys (W3C WebAuthn Level 3, FIDO2): the relying party's part.
//!
//! [`CreationOptions`] and [`RequestOptions`] are what a client is asked. What it answers is read by
//! [`RegistrationResponse`] and [`AuthenticationResponse`], and proves nothing until
//! [`Registration::verify`] or [`Authentication::verify`] has gone through the steps of §7.1 or §7.2:
//! only they make a [`RegisteredCredential`] and a [`VerifiedAssertion`].
//!
//! Why this is our own: docs/decisions/0012-webauthn-on-our-own.md.

mod attestation;
mod authentication;
mod authenticator_data;
mod cbor;
mod challenge;
mod client_data;
mod cose;
mod error;
mod flags;
mod material;
mod options;
mod registration;
mod relying_party;
mod response;
#[cfg(test)]
pub(crate) mod tests;

pub use attestation::{AttestationError, AttestationPolicy, AttestationRoots, NotARoot};
pub use authentication::{Authentication, ExpectedUser, VerifiedAssertion};
pub use cbor::NotCbor;
pub use challenge::{Challenge, ChallengeFormat};
pub use cose::{CoseAlgorithm, CoseKeyError, CredentialPublicKey};
pub use error::WebAuthnError;
pub use material::{AssertionMaterial, VerifiedMaterial, verify_material};
pub use options::{
    Attachment, AttestationConveyance, BytesAs, CreationOptions, Descriptor, Hint, RequestOptions,
    ResidentKey, UserEntity, UserVerification,
};
pub use registration::{RegisteredCredential, Registration};
pub use relying_party::{RelyingParty, RelyingPartyError};
pub use response::{AuthenticationResponse, MAX_RESPONSE_LEN, RegistrationResponse};
