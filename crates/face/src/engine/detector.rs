//! Where the faces are: the network `BlazeFace` (Bazarevsky et al. 2019), for faces at some distance.

use super::EngineError;
use super::network::{Network, Runtime, Source, planes};
use super::track::pixels;
use crate::frame::Frame;
use crate::image::{Point, Pyramid, Similarity};
use crate::{AnalysisError, Track};

/// The side of the square that the network looks at, in pixels.
const SIDE: u16 = 256;

/// The grids of places at which it looks for faces: how many a side, and how many faces at each.
const GRIDS: [(u16, usize); 2] = [(16, 2), (8, 6)];

/// The numbers for each place: middle, width and height, and six points of the face.
const NUMBERS: usize = 16;

/// How sure the network is of a face, at least.
const LEAST_SCORE: f32 = 0.5;

/// Two findings that share this much of their area are one face.
const SAME: f32 = 0.3;

/// Faces narrower than this share of the widest are somebody in the background.
const BACKGROUND: f32 = 0.4;

/// Finds faces.
pub(super) struct Detector(Network);

/// A face that was found, in pixels of the frame.
#[derive(Clone, Debug)]
pub(super) struct Detection {
    score: f32,
    middle: Point,
    width: f32,
    height: f32,
    /// The right and the left eye of the person.
    eyes: [Point; 2],
}

impl Detector {
    pub(super) fn new(runtime: &Runtime, bytes: Vec<u8>) -> Result<Self, EngineError> {
        let side = usize::from(SIDE);
        let shape = [1, 3, side, side];
        let name = "detector";
        Network::new(runtime, &Source { name, shape, bytes }).map(Self)
    }

    /// The faces in a frame, the surest first.
    pub(super) fn detect(
        &self,
        frame: &Frame,
        pyramid: &Pyramid,
    ) -> Result<Vec<Detection>, AnalysisError> {
        let whole = whole(frame);
        let pixels = pyramid.part(whole, SIDE);
        let input = planes(&pixels, |pixel| pixel.map(|colour| colour / 127.5 - 1.0));
        let [first, second] = GRIDS.map(|(side, each)| usize::from(side).pow(2) * each);
        let lengths = [first, first * NUMBERS, second, second * NUMBERS];
        let [scores, places, more_scores, more_places] = self.0.run(&input, lengths)?;
        let mut found = Vec::new();
        for (grid, (scores, places)) in GRIDS
            .iter()
            .zip([(scores, places), (more_scores, more_places)])
        {
            let (places, _) = places.as_chunks::<NUMBERS>();
            let all = anchors(*grid).zip(scores.iter().zip(places));
            let likely = all.filter_map(|(anchor, (score, place))| {
                let score = 1.0 / (1.0 + (-score).exp());
                (score >= LEAST_SCORE).then(|| Detection::new(score, anchor, place, whole))
            });
            found.extend(likely);
        }
        Ok(foreground(distinct(found)))
    }
}

impl Detection {
    /// What the network's numbers for a place mean.
    fn new(score: f32, [x, y]: Point, place: &[f32; NUMBERS], whole: Similarity) -> Self {
        let [dx, dy, width, height, right_x, right_y, left_x, left_y, ..] = *place;
        let point = |dx: f32, dy: f32| whole.apply([x + dx, y + dy]);
        Self {
            score,
            middle: point(dx, dy),
            width: width * whole.scale(),
            height: height * whole.scale(),
            eyes: [point(right_x, right_y), point(left_x, left_y)],
        }
    }

    /// In pixels of the frame.
    fn width(&self) -> f32 {
        self.width
    }

    /// Where the face is, upright as the eyes are.
    pub(super) fn track(&self, frame: &Frame) -> Track {
        let [[right_x, right_y], [left_x, left_y]] = self.eyes;
        Track {
            frame: [frame.width(), frame.height()],
            middle: self.middle,
            extent: [self.width, self.height],
            angle: (left_y - right_y).atan2(left_x - right_x),
        }
    }

    /// The share of both areas that two findings have in common.
    fn overlap(&self, other: &Self) -> f32 {
        let common = |axis: fn(Point) -> f32, [one, two]: [f32; 2]| {
            let (a, b) = (axis(self.middle), axis(other.middle));
            let end = (a + one / 2.0).min(b + two / 2.0);
            (end - (a - one / 2.0).max(b - two / 2.0)).max(0.0)
        };
        let both = common(|[x, _]| x, [self.width, other.width])
            * common(|[_, y]| y, [self.height, other.height]);
        both / (self.width * self.height + other.width * other.height - both)
    }
}

/// The whole frame in the middle of the smallest square around it.
fn whole(frame: &Frame) -> Similarity {
    let (width, height) = (pixels(frame.width()), pixels(frame.height()));
    let middle = [width / 2.0, height / 2.0];
    Similarity::square(middle, width.max(height), 0.0, f32::from(SIDE))
}

/// The places of a grid, in pixels of what the network looks at.
fn anchors((side, each): (u16, usize)) -> impl Iterator<Item = Point> {
    let at = move |index: u16| (f32::from(index) + 0.5) / f32::from(side) * f32::from(SIDE);
    let places = (0..side).flat_map(move |y| (0..side).map(move |x| [at(x), at(y)]));
    places.flat_map(move |place| std::iter::repeat_n(place, each))
}

/// Each face once: of findings that overlap, the surest.
fn distinct(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut faces: Vec<Detection> = Vec::new();
    for next in found {
        if faces.iter().all(|face| face.overlap(&next) < SAME) {
            faces.push(next);
        }
    }
    faces
}

/// The faces that are not far behind the nearest.
fn foreground(mut faces: Vec<Detection>) -> Vec<Detection> {
    let widest = faces.iter().map(Detection::width).fold(0.0, f32::max);
    faces.retain(|face| face.width >= BACKGROUND * widest);
    faces
}
