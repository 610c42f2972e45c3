//! Why a store cannot be opened.

use std::path::PathBuf;

use domain::port::StoreError;

/// A store cannot be opened. The text is one sentence for whoever starts the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made, read or written.
    #[error("{} cannot be opened: {reason}", path.display())]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file holds something else, or what it held was destroyed.
    #[error("{} is damaged or not a Countersign database", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file's format is not known yet.
    #[error(
        "{} was written by a newer Countersign: it has format {found}, and this one knows none above {known}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's format.
        found: usize,
        /// The newest format that this program knows.
        known: usize,
    },
    /// The data key cannot be unwrapped.
    #[error("the master key does not fit this data")]
    WrongMasterKey,
    /// The engine failed after it was opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}
