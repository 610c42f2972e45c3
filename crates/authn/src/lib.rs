//! Who is this, and what did they approve?
//!
//! A door turns a verified request into a [`flow::Flow`]: who must prove what, for which request.
//! [`flow::next()`] says what comes next, [`flow::act()`] carries the flow forward, and an
//! [`flow::Outcome`], which only `next` can make, is what the door turns into its proof. The
//! factors ([`factor`]) check what is presented and are the only ones that make
//! [`evidence::Evidence`]. What a signed-on person may do to their own account is decided in
//! [`account`].
//!
//! Everything here is pure: facts, `now` and randomness come in, decisions with the changes to be
//! committed go out. Specifications: RFC 6238 (TOTP), RFC 8176 (`amr`), RFC 9106 (Argon2id),
//! NIST SP 800-63B (passwords), W3C WebAuthn Level 3 (passkeys and security keys),
//! Regulation (EU) 2018/389 art. 4 (RTS).
//!
//! May depend on: `domain`, `jose`.

pub mod account;
pub mod approval;
mod audit;
pub mod evidence;
pub mod factor;
pub mod flow;
pub mod lockout;
pub mod pingid;
pub mod session;
#[cfg(test)]
mod world;
