//! What a person can prove who they are with. A factor knows its own record, never the door.

pub mod code;
pub mod face;
pub mod mailed;
pub(crate) mod pairing;
pub mod password;
pub mod push;
pub mod recovery;
pub mod totp;
pub mod webauthn;
