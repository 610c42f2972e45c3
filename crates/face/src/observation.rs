//! What a frame shows.

use crate::Embedding;

/// What was seen in one frame.
#[derive(Clone)]
pub struct Observation {
    /// How many faces there are; those much smaller than the largest, far behind it, do not count.
    pub faces: usize,
    /// The face, if there is exactly one.
    pub face: Option<Face>,
}

/// One face, as one frame shows it.
#[derive(Clone)]
pub struct Face {
    /// Where it is turned: 0 towards the camera, positive to the person's own left, negative to their
    /// right; beyond 0.25 the turn is plain to see, and 0.6 is nearly a profile.
    pub yaw: f32,
    /// How wide it is, as a share of the frame's shorter side.
    pub size: f32,
    /// Where its middle is, as shares of the frame's width and height.
    pub centre: [f32; 2],
    /// How wide and how high it is, as shares of the frame's width and height.
    pub extent: [f32; 2],
    /// How bright it is: 0 is black and 255 white.
    pub brightness: f32,
    /// How much detail it shows: the mean difference of neighbouring pixels from each other, in steps of
    /// brightness, in the face scaled to 150 pixels. Below 1 it is blurred.
    pub sharpness: f32,
    /// Whose it may be.
    pub embedding: Embedding,
    /// Where to look for it in the next frame, if that is known.
    pub track: Option<Track>,
}

/// Where a face was in a frame, in its pixels: there it is looked for in the next one, which takes half of
/// the time that it takes to search for faces everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Track {
    /// Width and height of the frame.
    pub frame: [usize; 2],
    /// The middle of the face.
    pub middle: [f32; 2],
    /// How wide and how high it is, upright as its eyes are.
    pub extent: [f32; 2],
    /// How far it leans, in radians, clockwise as it is seen.
    pub angle: f32,
}
