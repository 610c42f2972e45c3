//! The OAuth and OpenID Connect endpoints.

mod accept;
pub(crate) mod authorize;
pub(super) mod caller;
pub(crate) mod device_authorization;
pub(crate) mod discovery;
mod dpop;
pub(crate) mod introspection;
pub(crate) mod logout;
pub(crate) mod par;
pub(crate) mod reply;
pub(crate) mod revocation;
mod shown;
pub(crate) mod token;
pub(crate) mod user_authorization;
pub(crate) mod userinfo;
