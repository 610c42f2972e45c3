//! What the house needs from the world.
//!
//! Each port is a small trait that the binary implements with an adapter and tests with a value.

mod fetch;
pub mod fixed;
mod store;

pub use fetch::{Fetch, FetchError, Fetched, Wanted};
pub use store::{
    Body, Change, Changes, CommitError, DocumentName, Expectation, Key, Kind, Lookup, Lookups,
    MAX_FOUND, Page, Pending, Record, Records, Store, StoreError, Stored, Tenant, Term, Version,
    Versioned, ready,
};

use crate::Timestamp;

/// Tells the time. Decisions never ask it: their caller does, and hands them `now`.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// Makes unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` with cryptographically secure randomness.
    ///
    /// A system that cannot is not one to go on with: an adapter aborts the request by panicking.
    fn fill(&self, bytes: &mut [u8]);
}

/// The house's randomness serves JOSE as well.
impl jose::Random for &dyn Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), jose::RandomFailed> {
        Random::fill(*self, bytes);
        Ok(())
    }
}
