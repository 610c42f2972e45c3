//! What the person is to approve.

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};
use crate::transaction_request::TransactionRequest;

/// `pi.template` and what belongs to it, from a request object.
pub(in crate::authorize) fn asked(seen: Seen<'_>) -> Checked {
    let asked = TransactionRequest::of(seen.parameters());
    let asked = asked.map_err(|_| AuthorizeError::TransactionMalformed)?;
    // What people approve with a factor is one thing, of which nothing hides another.
    let has_template = asked.as_ref().is_some_and(|asked| asked.source.is_some());
    let unapproved = seen.facts.detail_types.check_unapproved(seen.details());
    ensure(
        !has_template || unapproved.is_ok(),
        AuthorizeError::TransactionTwice,
    )?;
    Ok(asked.map_or(Finding::Nothing, |asked| {
        // What nobody has signed the person may have written, and rules go by it.
        let remote_ip = asked.remote_ip.filter(|_| seen.is_signed());
        Finding::Transaction(Box::new(TransactionRequest { remote_ip, ..asked }))
    }))
}
