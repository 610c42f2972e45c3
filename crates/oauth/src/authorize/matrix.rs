//! Which checks a request goes through, in which order, at which endpoint.

use super::check::{
    authorization_details, carriage, claims, client, dpop, extension, hint, pkce, prompt,
    redirect_uri, repetition, response, scope, transaction,
};
use super::draft::{Draft, Finding, Seen};
use super::{AuthorizeError, Facts, UnverifiedRequest};

/// An endpoint that takes authorization requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// RFC 6749 §3.1.
    Authorize,
    /// Pushed authorization requests (RFC 9126 §2).
    Par,
    /// Device authorization (RFC 8628 §3.1).
    Device,
    /// Backchannel authentication (OpenID Connect CIBA Core §7).
    Ciba,
}

/// Looks at one thing.
type Check = fn(Seen<'_>) -> Result<Finding, AuthorizeError>;

const A: Option<Endpoint> = Some(Endpoint::Authorize);
const P: Option<Endpoint> = Some(Endpoint::Par);
const D: Option<Endpoint> = Some(Endpoint::Device);
const C: Option<Endpoint> = Some(Endpoint::Ciba);
const __: Option<Endpoint> = None;

/// The checks in their order, and the endpoints at which each is made.
///
/// Up to `redirect_uri::registered`, a refusal is told to the person; after it, to the client.
/// Parameters that no row reads are ignored (RFC 6749 §3.1: "The authorization server MUST ignore
/// unrecognized request parameters").
#[rustfmt::skip]
const CHECKS: &[(Check, [Option<Endpoint>; 4])] = &[
    (repetition::of_target,      [A, P, __, __]),
    (client::named,              [A, P, __, __]),
    (client::known,              [A, P, D, C]),
    (client::enabled,            [A, P, D, C]),
    (carriage::pushing,          [__, P, __, __]),
    (carriage::reference,        [A, __, __, __]),
    (redirect_uri::registered,   [A, P, __, __]),
    (repetition::of_any,         [A, P, __, __]),
    (response::state,            [A, P, __, __]),
    (carriage::single,           [A, __, __, __]),
    (carriage::request_uri,      [A, __, __, __]),
    (carriage::no_reference,     [__, P, __, __]),
    (carriage::request_object,   [A, P, __, __]),
    (carriage::signed,           [A, P, __, __]),
    (carriage::pushed,           [A, __, __, __]),
    (extension::registration,    [A, P, __, __]),
    (response::kind,             [A, P, __, __]),
    (response::grants,           [A, P, __, __]),
    (response::mode,             [A, P, __, __]),
    (scope::allowed_for_client,  [A, P, D, C]),
    (authorization_details::allowed_for_client, [A, P, D, C]),
    (authorization_details::unapproved, [__, __, D, C]),
    (pkce::challenge,            [A, P, __, __]),
    (dpop::key,                  [A, P, __, __]),
    (response::nonce,            [A, P, __, __]),
    (prompt::prompts,            [A, P, __, __]),
    (scope::offline_access,      [A, P, __, __]),
    (prompt::max_age,            [A, P, __, __]),
    (prompt::display,            [A, P, __, __]),
    (hint::acr_values,           [A, P, __, C]),
    (hint::ui_locales,           [A, P, __, __]),
    (hint::claims_locales,       [A, P, __, __]),
    (hint::login_hint,           [A, P, __, C]),
    (hint::id_token_hint,        [A, P, __, C]),
    (hint::login_hint_token,     [A, P, __, C]),
    (transaction::asked,         [A, P, __, __]),
    (claims::claims,             [A, P, __, __]),
];

/// Makes the checks of an endpoint until one fails; what was found until then stays known.
pub(super) fn run(
    endpoint: Endpoint,
    request: &UnverifiedRequest,
    facts: &Facts<'_>,
) -> (Draft, Result<(), AuthorizeError>) {
    let mut draft = Draft::default();
    for (check, endpoints) in CHECKS {
        if !endpoints.contains(&Some(endpoint)) {
            continue;
        }
        match check(Seen::new(request, facts, &draft)) {
            Ok(finding) => draft = draft.with(finding),
            Err(error) => return (draft, Err(error)),
        }
    }
    (draft, Ok(()))
}
