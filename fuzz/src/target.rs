//! The targets, one a file.

mod admin;
mod authorization_details;
mod authorize;
mod certificate;
mod client_assertion;
mod client_secret;
mod config;
mod cookbook;
mod door;
mod dpop;
mod frame;
mod house;
mod json;
mod jwe;
mod jwk;
mod jws;
mod jws_signed;
mod parameters;
mod ppm;
mod record;
mod redirect_uri;
mod request_object;
mod sealed;
mod signer;
mod webauthn;

use crate::Target;

/// Every target.
pub const TARGETS: &[Target] = &[
    jws::TARGET,
    jws_signed::TARGET,
    jwe::TARGET,
    jwk::TARGET,
    json::TARGET,
    parameters::TARGET,
    ppm::TARGET,
    client_secret::TARGET,
    client_assertion::TARGET,
    dpop::TARGET,
    redirect_uri::TARGET,
    authorize::TARGET,
    request_object::TARGET,
    authorization_details::TARGET,
    certificate::TARGET,
    admin::TARGET,
    door::TARGET,
    record::TARGET,
    sealed::TARGET,
    config::TARGET,
    webauthn::TARGET,
    frame::TARGET,
];

/// The text before the first line break, and what follows it.
fn two_parts(input: &[u8]) -> Option<(&str, &[u8])> {
    let position = input.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = input.split_at(position);
    Some((std::str::from_utf8(first).ok()?, rest.get(1..)?))
}
