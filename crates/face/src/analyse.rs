//! The one thing that is done with a frame.

use std::sync::Arc;

use crate::{FrameError, Observation};

/// Looks at a frame. [`Engine`](crate::Engine) does it with networks, tests do it without.
pub trait Analyse: Send + Sync {
    /// What a frame shows: the bytes of a JPEG or a PNG.
    fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError>;
}

impl<T: Analyse + ?Sized> Analyse for Arc<T> {
    fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError> {
        self.as_ref().analyse(frame)
    }
}

/// Why it cannot be said what a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// The frame is none.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A network did not answer as the one that it should be.
    #[error("the network {0} did not answer as it should")]
    Network(&'static str),
}
