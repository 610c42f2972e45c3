//! What the person is to approve.

use super::Checked;
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};
use crate::transaction_request::TransactionRequest;

/// `pi.template` and what belongs to it, from a request object.
pub(in crate::authorize) fn asked(seen: Seen<'_>) -> Checked {
    let asked = TransactionRequest::of(seen.parameters());
    let asked = asked.map_err(|_| AuthorizeError::TransactionMalformed)?;
    Ok(asked.map_or(Finding::Nothing, |asked| {
        Finding::Transaction(Box::new(asked))
    }))
}
