//! What a store must keep besides records.

use domain::port::{Store, StoreError};

/// A store that can keep the wrapped data key of [`crate::Sealed`].
pub trait Engine: Store {
    /// The wrapped data key, if one was kept.
    fn wrapped_key(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps `wrapped` in the place of `expected`; tells whether `expected` was still there.
    ///
    /// Two processes may open an empty store at once: one of them must lose.
    fn replace_wrapped_key(
        &self,
        expected: Option<&[u8]>,
        wrapped: &[u8],
    ) -> Result<bool, StoreError>;
}
