//! Whether a frame shows a face well enough to judge by.

use super::Policy;
use crate::observation::{Face, Observation};

/// Why a frame was of no use; the next one may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// There is no face.
    NoFace,
    /// There is more than one face.
    SeveralFaces,
    /// The face is too small.
    TooFar,
    /// The face is too large.
    TooNear,
    /// The face is at the edge.
    OffCentre,
    /// The face is too dark.
    TooDark,
    /// The face is too bright.
    TooBright,
    /// The face is blurred.
    Blurred,
    /// The head is where it should be, but was not seen on its way.
    TooFast,
}

/// The face in a frame that is good enough.
pub(super) fn usable<'a>(observation: &'a Observation, policy: &Policy) -> Result<&'a Face, Hint> {
    let face = match (&observation.face, observation.faces) {
        (_, 2..) => return Err(Hint::SeveralFaces),
        (Some(face), 1) if is_measured(face) => face,
        _ => return Err(Hint::NoFace),
    };
    match face {
        face if face.size < policy.smallest => Err(Hint::TooFar),
        face if face.size > policy.largest => Err(Hint::TooNear),
        face if !face
            .centre
            .iter()
            .all(|share| policy.centre.contains(share)) =>
        {
            Err(Hint::OffCentre)
        }
        face if face.brightness < policy.darkest => Err(Hint::TooDark),
        face if face.brightness > policy.brightest => Err(Hint::TooBright),
        face if face.sharpness < policy.blurriest => Err(Hint::Blurred),
        face => Ok(face),
    }
}

/// Whether all that is said of a face are numbers.
fn is_measured(face: &Face) -> bool {
    let [x, y] = face.centre;
    let numbers = [face.yaw, face.size, x, y, face.brightness, face.sharpness];
    numbers.into_iter().all(f32::is_finite)
}
