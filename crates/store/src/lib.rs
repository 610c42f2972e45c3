//! The storage engines behind the [`Store`] port.
//!
//! - [`Sqlite`] keeps the records in one file, and is what a server starts with.
//! - [`Memory`] keeps them until it is dropped, for tests and dry runs. It does everything in the plainest way
//!   and is the model that the other engines are compared with.
//! - [`Sealed`] stands before either and seals the kinds of record that hold secrets.
//!
//! All of them pass one contract suite (`tests/contract.rs`).
//!
//! May depend on: `domain`. Nothing but the binary knows which engine is in use.

mod engine;
mod error;
mod memory;
mod sealed;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use domain::port::{Random, Store};

pub use engine::Engine;
pub use error::OpenError;
pub use memory::Memory;
pub use sealed::{MasterKey, Sealed, rewrap};
pub use sqlite::{Options, Sqlite};

/// Opens the records in the file at `path`, and makes it if there is none.
pub fn open(
    path: &Path,
    master_key: &MasterKey,
    options: Options,
    random: Arc<dyn Random>,
) -> Result<Arc<dyn Store>, OpenError> {
    let engine = Sqlite::open(path, options)?;
    Ok(Arc::new(Sealed::new(engine, master_key, random)?))
}

/// An empty store that is forgotten when it is dropped, for tests; sealed like a real one.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "an empty store has no data key that could be wrapped under another master key"
)]
pub fn memory(random: Arc<dyn Random>) -> Arc<dyn Store> {
    let master_key = MasterKey::generate(&*random);
    let sealed = Sealed::new(Memory::default(), &master_key, random).expect("a new data key");
    Arc::new(sealed)
}
