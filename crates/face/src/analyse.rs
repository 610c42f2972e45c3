//! The one thing that is done with a frame.

use std::sync::Arc;

use crate::{FrameError, Observation, Track};

/// Looks at a frame. [`Engine`](crate::Engine) does it with networks, tests do it without.
pub trait Analyse: Send + Sync {
    /// What a frame shows: the bytes of a JPEG or a PNG.
    fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError>;

    /// The same of the next frame, for a face that was just there. Other faces need not be noticed.
    fn follow(&self, frame: &[u8], track: &Track) -> Result<Observation, AnalysisError> {
        let _ = track;
        self.analyse(frame)
    }
}

impl<T: Analyse + ?Sized> Analyse for Arc<T> {
    fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError> {
        self.as_ref().analyse(frame)
    }

    fn follow(&self, frame: &[u8], track: &Track) -> Result<Observation, AnalysisError> {
        self.as_ref().follow(frame, track)
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
