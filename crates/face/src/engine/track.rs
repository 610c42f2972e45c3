//! Where a face is, and whether one that is seen next can be the same.

use crate::Track;
use crate::frame::Frame;
use crate::image::Similarity;

/// How much is looked at: the face and a quarter of it on all sides.
const MARGIN: f32 = 1.5;

/// How far the middle of a face moves from one frame to the next, as a share of what is looked at: not
/// farther than that all of it is still seen.
const FARTHEST: f32 = 0.15;

/// How much larger or smaller a face becomes at most from one frame to the next.
const GROWTH: f32 = 1.3;

impl Track {
    /// The square around the face with a margin.
    pub(super) fn region(&self, pixels: f32) -> Similarity {
        Similarity::square(self.middle, self.side(), self.angle, pixels)
    }

    /// Whether it is about frames like this one.
    pub(super) fn is_of(&self, frame: &Frame) -> bool {
        self.frame == [frame.width(), frame.height()]
    }

    /// Whether a face that was there can be here in the next frame. One that was only half in sight is not
    /// measured as it should be.
    pub(super) fn follows(&self, before: &Self) -> bool {
        let ([x, y], [was_x, was_y]) = (self.middle, before.middle);
        let growth = self.side() / before.side();
        (x - was_x).hypot(y - was_y) <= FARTHEST * before.side()
            && (1.0 / GROWTH..=GROWTH).contains(&growth)
    }

    /// How wide the face is, as a share of the frame's shorter side.
    pub(super) fn size(&self) -> f32 {
        let ([width, height], [wide, _]) = (self.frame, self.extent);
        wide / pixels(width.min(height))
    }

    /// Where its middle is, as shares of the frame's sides.
    pub(super) fn centre(&self) -> [f32; 2] {
        let ([width, height], [x, y]) = (self.frame, self.middle);
        [x / pixels(width), y / pixels(height)]
    }

    /// How wide and how high it is, as shares of the frame's sides.
    pub(super) fn extent(&self) -> [f32; 2] {
        let ([width, height], [wide, high]) = (self.frame, self.extent);
        [wide / pixels(width), high / pixels(height)]
    }

    /// The side of what is looked at.
    fn side(&self) -> f32 {
        let [width, height] = self.extent;
        width.max(height) * MARGIN
    }
}

pub(super) fn pixels(side: usize) -> f32 {
    u16::try_from(side).map_or(f32::MAX, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THERE: Track = Track {
        frame: [640, 480],
        middle: [320.0, 240.0],
        extent: [100.0, 120.0],
        angle: 0.0,
    };

    #[test]
    fn a_face_that_moved_too_far_or_grew_too_much_is_searched_for() {
        let moved = |x: f32, y: f32| Track {
            middle: [320.0 + x, 240.0 + y],
            ..THERE
        };
        let grown = |by: f32| Track {
            extent: [100.0, 120.0 * by],
            ..THERE
        };
        assert!(THERE.follows(&THERE) && moved(15.0, 20.0).follows(&THERE));
        assert!(!moved(20.0, 20.0).follows(&THERE) && !moved(f32::NAN, 0.0).follows(&THERE));
        assert!(grown(1.2).follows(&THERE) && grown(0.9).follows(&THERE));
        assert!(!grown(1.6).follows(&THERE));
    }
}
