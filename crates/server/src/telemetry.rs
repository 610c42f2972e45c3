//! What the operator sees of the server at work: the log, metrics and traces.

pub(crate) mod logs;
pub(crate) mod metrics;
mod peer;
pub(crate) mod requests;
pub(crate) mod traces;
