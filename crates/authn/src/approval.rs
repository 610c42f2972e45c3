//! What did they approve? What is shown is what is signed.
//!
//! A verified request becomes a [`domain::TransactionDraft`]. [`check`] refuses one that could not be
//! shown: an unknown template, a missing variable. Once it is known who is asked, [`present`] makes the
//! [`domain::Transaction`] and everything that is shown of it, by every method of delivery. The digest
//! of the transaction, which covers the digests of what is shown, is what factors are bound to: a code
//! is derived from it ([`code`]), a passkey or a device key signs it ([`SignatureMaterial`]). What
//! comes of that is an [`ApprovedTransaction`], of which a [`receipt`] tells everyone.
//!
//! Specifications: Regulation (EU) 2018/389 art. 4 and 5 (RTS), RFC 8785 (JCS).

pub mod code;
mod material;
mod presented;
pub mod receipt;
mod shown;
mod statement;
pub mod template;
mod visible;

#[cfg(test)]
mod rts;
#[cfg(test)]
pub(crate) mod scene;

pub use material::{
    DeviceKeyMaterial, MaterialError, PROOF_TYP, SignatureMaterial, WebAuthnChallenge,
    WebAuthnMaterial, webauthn_challenge,
};
pub use presented::{
    ApprovedTransaction, ApprovingFactor, Binding, NotApproved, Presented, check, present, tell,
};
pub use shown::{Message, Shown};
pub use visible::{visible, visible_again};
