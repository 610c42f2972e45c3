//! Where the parts of a face are: Face Mesh (Kartynnik et al. 2019), 468 points.

use zeroize::Zeroizing;

use super::EngineError;
use super::network::{Network, Runtime, Source, planes};
use crate::frame::Frame;
use crate::image::{Point, Pyramid, Similarity};
use crate::{AnalysisError, Track};

/// The side of the square that the network looks at, in pixels.
const SIDE: u16 = 192;

const POINTS: usize = 468;

/// How sure the network is that there is a face, at least.
const LEAST_SCORE: f32 = 0.5;

/// Points by their numbers in the mesh; left and right are the person's.
mod point {
    pub(super) const NOSE_TIP: usize = 1;
    pub(super) const NOSE_BASE: usize = 2;
    pub(super) const RIGHT_EYE: [usize; 2] = [33, 133];
    pub(super) const LEFT_EYE: [usize; 2] = [263, 362];
    pub(super) const RIGHT_SIDE: usize = 234;
    pub(super) const LEFT_SIDE: usize = 454;
}

/// Finds the parts of a face.
pub(super) struct Mesher(Network);

/// The points of a face, in pixels of the frame.
pub(super) struct Mesh {
    points: Zeroizing<Vec<Point>>,
}

impl Mesher {
    pub(super) fn new(runtime: &Runtime, bytes: Vec<u8>) -> Result<Self, EngineError> {
        let side = usize::from(SIDE);
        let shape = [1, 3, side, side];
        let name = "mesh";
        Network::new(runtime, &Source { name, shape, bytes }).map(Self)
    }

    /// The parts of a face that is there, unless it turns out to be none.
    pub(super) fn mesh(
        &self,
        there: &Track,
        pyramid: &Pyramid,
    ) -> Result<Option<Mesh>, AnalysisError> {
        let region = there.region(f32::from(SIDE));
        let pixels = pyramid.part(region, SIDE);
        let input = planes(&pixels, |pixel| pixel.map(|colour| colour / 255.0));
        let [score, points] = self.0.run(&input, [1, POINTS * 3])?;
        let certain = score.iter().all(|score| *score >= LEAST_SCORE);
        Ok(certain.then(|| Mesh::new(&points, region)))
    }
}

impl Mesh {
    fn new(points: &[f32], region: Similarity) -> Self {
        let (points, _) = points.as_chunks::<3>();
        let points = points.iter().map(|[x, y, _]| region.apply([*x, *y]));
        Self {
            points: Zeroizing::new(points.collect()),
        }
    }

    /// Where the head is turned: by how much nearer the tip of the nose is to one side of the face.
    /// Positive to the person's own left.
    pub(super) fn yaw(&self) -> f32 {
        let [tip, right, left] =
            [point::NOSE_TIP, point::RIGHT_SIDE, point::LEFT_SIDE].map(|number| self.point(number));
        let (right, left) = (distance(tip, right), distance(tip, left));
        // Should all points be one, the face is turned nowhere that counts.
        let yaw = (right - left) / (right + left);
        if yaw.is_finite() { yaw } else { 0.0 }
    }

    /// Where the face is, upright as the outer corners of its eyes are.
    pub(super) fn track(&self, frame: &Frame) -> Track {
        let ([left, _], [right, _]) = (point::LEFT_EYE, point::RIGHT_EYE);
        let ([left_x, left_y], [right_x, right_y]) = (self.point(left), self.point(right));
        let angle = (left_y - right_y).atan2(left_x - right_x);
        let (sin, cos) = angle.sin_cos();
        let upright = |[x, y]: Point| [cos.mul_add(x, sin * y), cos.mul_add(y, -sin * x)];
        let (mut least, mut most) = ([f32::MAX; 2], [f32::MIN; 2]);
        for point in self.points.iter().copied().map(upright) {
            for ((at, least), most) in point.iter().zip(&mut least).zip(&mut most) {
                (*least, *most) = (least.min(*at), most.max(*at));
            }
        }
        let ([left, top], [right, bottom]) = (least, most);
        let [x, y] = [left.midpoint(right), top.midpoint(bottom)];
        Track {
            frame: [frame.width(), frame.height()],
            middle: [cos.mul_add(x, -sin * y), cos.mul_add(y, sin * x)],
            extent: [right - left, bottom - top],
            angle,
        }
    }

    /// The corners of the left and the right eye, and the base of the nose.
    pub(super) fn landmarks(&self) -> [Point; 5] {
        let [left_outer, left_inner] = point::LEFT_EYE;
        let [right_outer, right_inner] = point::RIGHT_EYE;
        [
            left_outer,
            left_inner,
            right_outer,
            right_inner,
            point::NOSE_BASE,
        ]
        .map(|number| self.point(number))
    }

    fn point(&self, number: usize) -> Point {
        self.points.get(number).copied().unwrap_or_default()
    }
}

fn distance([ax, ay]: Point, [bx, by]: Point) -> f32 {
    (ax - bx).hypot(ay - by)
}
