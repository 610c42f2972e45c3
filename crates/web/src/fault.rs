//! What keeps the house from answering, whatever was asked.

use domain::port::StoreError;

use crate::live::LiveError;

/// The house cannot answer, whatever was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same records were changed by others again and again.
    #[error("others changed the same records again and again")]
    Contention,
    /// Too much is waiting already.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// Something that a test should have found.
    #[error("{0}")]
    Defect(String),
}

impl From<LiveError> for Fault {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Store(error) => Self::Store(error),
            LiveError::Keys(reason) => Self::Defect(reason),
        }
    }
}

/// Too much work is waiting already.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many passwords are waiting to be checked")]
pub struct Busy;
