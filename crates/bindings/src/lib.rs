//! Recognize for Kotlin and Swift.

uniffi::setup_scaffolding!();

/// A pair
#[derive(uniffi::Record)]
pub struct TransactionPair {
    /// label
    pub label: String,
}

/// A store.
#[uniffi::export(with_foreign)]
pub trait DeviceStore: Send + Sync {
    /// a
    fn load(&self) -> Result<Option<Vec<u8>>, PlatformError>;
}

/// err
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum PlatformError {
    /// f
    #[error("{reason}")]
    Failed {
        /// r
        reason: String,
    },
}
impl From<uniffi::UnexpectedUniFFICallbackError> for PlatformError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: e.reason }
    }
}

/// An obj
#[derive(uniffi::Object)]
pub struct Recognition;

#[uniffi::export]
impl Recognition {
    /// new
    #[uniffi::constructor]
    pub fn new(_store: std::sync::Arc<dyn DeviceStore>) -> Self {
        Self
    }
}
