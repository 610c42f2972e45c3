//! How the parameters of the request came: in a request object, by a reference to what was pushed,
//! or as they are.

use domain::ParStatus;

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::unverified::Carriage;
use crate::request_object::RequestObjectError;

/// What was pushed is still there, for this client, and may be used.
pub(in crate::authorize) fn reference(seen: Seen<'_>) -> Checked {
    let enabled = seen.facts.settings.par_status != ParStatus::Disabled;
    match seen.carriage() {
        Carriage::Pushed { reference, .. } if enabled => Ok(Finding::Pushed(*reference)),
        // RFC 9126 §4: "An expired request_uri MUST be rejected as invalid." Nobody else's is told
        // apart from one that there is not.
        Carriage::Pushed { .. } | Carriage::PushedUnknown => Err(AuthorizeError::PushUnknown),
        _ => Ok(Finding::Nothing),
    }
}

/// There are not two requests in one.
pub(in crate::authorize) fn single(seen: Seen<'_>) -> Checked {
    // RFC 9101 §5: "If this parameter is present in the authorization request, request_uri MUST NOT
    // be present."
    let both = seen.value("request").is_some() && seen.value("request_uri").is_some();
    ensure(!both, AuthorizeError::RequestTwice)
}

/// What is pushed is not itself a reference.
pub(in crate::authorize) fn no_reference(seen: Seen<'_>) -> Checked {
    // RFC 9126 §2.1: "The request_uri authorization request parameter is one exception, and it MUST
    // NOT be provided."
    let none = seen.value("request_uri").is_none();
    ensure(none, AuthorizeError::PushedReference)
}

/// No request object at an address of the client's.
pub(in crate::authorize) fn request_uri(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §3.1.2.6: "request_uri_not_supported The OP does not support use of the
    // request_uri parameter defined in Section 6."
    let none = seen.value("request_uri").is_none();
    ensure(none, AuthorizeError::RequestUri)
}

/// The request object, if there is one, is the client's, for this server, for now.
pub(in crate::authorize) fn request_object(seen: Seen<'_>) -> Checked {
    // RFC 9101 §6.2: "if signature validation fails, the authorization server MUST return an
    // invalid_request_object error to the client in response to the authorization request."
    match seen.carriage() {
        Carriage::Refused(RequestObjectError::Unheeded) => Err(AuthorizeError::TransactionUnheeded),
        Carriage::Refused(_) => Err(AuthorizeError::RequestObject),
        _ => Ok(Finding::Nothing),
    }
}

/// The client has signed what it must sign.
pub(in crate::authorize) fn signed(seen: Seen<'_>) -> Checked {
    // RFC 9101 §10.5: "When the value of it as client metadata is true, then the server MUST reject
    // the authorization request from the client that does not conform to this specification."
    let needed = seen.client()?.require_signed_requests;
    let signed = seen.is_signed() || !needed;
    ensure(signed, AuthorizeError::RequestObjectMissing)
}

/// What must be pushed was pushed.
pub(in crate::authorize) fn pushed(seen: Seen<'_>) -> Checked {
    // RFC 9126 §4: "the authorization server will refuse, using the invalid_request error code, to
    // process any request to the authorization endpoint that does not have a request_uri parameter
    // with a value obtained from the PAR endpoint."
    let settings = seen.facts.settings;
    let needed = seen.client()?.require_par || settings.par_status == ParStatus::Required;
    let pushed = matches!(seen.carriage(), Carriage::Pushed { .. }) || !needed;
    ensure(pushed, AuthorizeError::PushMissing)
}

/// Something may be pushed.
pub(in crate::authorize) fn pushing(seen: Seen<'_>) -> Checked {
    let enabled = seen.facts.settings.par_status != ParStatus::Disabled;
    ensure(enabled, AuthorizeError::PushDisabled)
}
