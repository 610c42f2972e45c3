//! The Demo Shop: a relying party that signs people in with OpenID Connect.
//!
//! It is meant to be read. [`relying_party`] is the protocol, step by step; [`session`] is what the
//! shop remembers of a browser; [`shop`] is the web application; [`page`] is what it shows.
//! [`face`] has payments approved by the person's face. [`intranet`] is another one beside it, which was written for PingID. They
//! know the server only by its public endpoints, as any application would.

pub(crate) mod authenticator;
pub(crate) mod face;
pub(crate) mod intranet;
mod page;
mod relying_party;
mod session;
mod shop;

pub(crate) use relying_party::{Registration, RelyingParty, SignInError};
pub(crate) use shop::router;
