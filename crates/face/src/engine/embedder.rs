//! Whose face it may be: the residual network of dlib's face recognition (King 2017), 128 numbers.

use super::EngineError;
use super::mesh::Mesh;
use super::network::{Network, Runtime, Source, planes};
use crate::image::{Point, Pyramid, Similarity};
use crate::{AnalysisError, DIMENSIONS, Embedding};

/// The side of the square that the network looks at, in pixels.
const SIDE: u16 = 150;

/// Where dlib has the corners of the eyes and the base of the nose, of a face that fills a square.
const LANDMARKS: [Point; 5] = [
    [0.859_567_5, 0.213_498_16],
    [0.646_060_5, 0.228_967_44],
    [0.120_575_06, 0.213_727_46],
    [0.334_085_06, 0.229_064_25],
    [0.490_112_3, 0.627_797_5],
];

/// How much there is around that square, as a share of its side.
const PADDING: f32 = 0.25;

/// The average colour of what the network was trained with.
const AVERAGE: [f32; 3] = [122.782, 117.001, 104.298];

/// Measures faces.
pub(super) struct Embedder(Network);

/// A face, upright and in the size in which it is measured.
pub(super) struct Portrait {
    pub(super) embedding: Embedding,
    pub(super) brightness: f32,
    pub(super) sharpness: f32,
}

impl Embedder {
    pub(super) fn new(runtime: &Runtime, bytes: Vec<u8>) -> Result<Self, EngineError> {
        let side = usize::from(SIDE);
        let shape = [1, 3, side, side];
        let name = "embedding";
        Network::new(runtime, &Source { name, shape, bytes }).map(Self)
    }

    /// The portrait of the face with these parts.
    pub(super) fn portrait(
        &self,
        mesh: &Mesh,
        pyramid: &Pyramid,
    ) -> Result<Portrait, AnalysisError> {
        let pixels = pyramid.part(alignment(mesh.landmarks()), SIDE);
        let input = planes(&pixels, centred);
        let [embedding] = self.0.run(&input, [DIMENSIONS])?;
        let embedding = Embedding::new(&embedding).ok_or(AnalysisError::Network("embedding"))?;
        let (brightness, sharpness) = quality(&pixels);
        Ok(Portrait {
            embedding,
            brightness,
            sharpness,
        })
    }
}

/// Where the face is in the frame, so that its landmarks come to lie where dlib has them.
fn alignment(landmarks: [Point; 5]) -> Similarity {
    let at = |share: f32| (PADDING + share) / (1.0 + 2.0 * PADDING) * f32::from(SIDE);
    Similarity::fit(&LANDMARKS.map(|point| point.map(at)), &landmarks)
}

fn centred([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = AVERAGE;
    [red - r, green - g, blue - b].map(|colour| colour / 256.0)
}

/// How bright the middle of a portrait is, and how much its pixels differ from those beside and below.
fn quality(pixels: &[[f32; 3]]) -> (f32, f32) {
    let side = usize::from(SIDE);
    let inner = side / 4..side - side / 4;
    let (mut brightness, mut difference, mut count) = (0.0, 0.0, 0.0);
    let rows: Vec<&[[f32; 3]]> = pixels.chunks(side).collect();
    for (row, below) in rows
        .iter()
        .zip(rows.iter().skip(1))
        .skip(inner.start)
        .take(inner.len())
    {
        let beside = row.iter().skip(1);
        let all = row.iter().zip(beside).zip(below.iter());
        for ((here, beside), below) in all.skip(inner.start).take(inner.len()) {
            let here = luma(*here);
            brightness += here;
            difference += f32::midpoint((here - luma(*beside)).abs(), (here - luma(*below)).abs());
            count += 1.0;
        }
    }
    (brightness / count, difference / count)
}

/// Brightness as the eye has it (ITU-R BT.601).
fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}
