//! Camera frame in, template or score out: the computation behind the face factor.
//!
//! [`Engine`] looks at a frame: it decodes it, finds the face in it, sees where the face is turned and
//! measures it; [`Pool`] does that on a bounded number of threads for async callers. [`Challenge`] is
//! what a person is asked to do in front of the camera: a pure state machine that takes one
//! [`Observation`] after another to a [`Passage`] or a [`Failure`]. [`Template`] is what is kept of a
//! face: useless without the secret of the device on which it was enrolled. docs/face.md says what was
//! measured and what none of this can do.
//!
//! Stands alone: depends on no other crate of the house. `server` brings it to `authn` by a port.

mod analyse;
mod challenge;
mod embedding;
#[cfg(any(feature = "tract", feature = "ort"))]
mod engine;
mod frame;
#[cfg(any(feature = "tract", feature = "ort"))]
mod image;
mod observation;
mod pool;
mod template;

pub use analyse::{Analyse, AnalysisError};
pub use challenge::{
    Challenge, Claim, Failure, Hint, Passage, Policy, Pose, Progress, Prompt, SEED_LENGTH,
};
pub use embedding::{DIMENSIONS, Embedding};
#[cfg(any(feature = "tract", feature = "ort"))]
pub use engine::{Engine, EngineError, Runtime};
pub use frame::{Frame, FrameError, LONG_SIDE, MAXIMAL_BYTES, SHORT_SIDE, SMALLEST_SIDE};
pub use observation::{Face, Observation, Track};
pub use pool::{Capacity, Pool, Refusal};
pub use template::{DeviceSecret, MalformedTemplate, Rotation, Template};
