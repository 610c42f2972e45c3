//! Looking at a part of a frame: turned, scaled and without the noise of skipped pixels.

use zeroize::Zeroizing;

use crate::frame::Frame;

/// Where the pixels of a part lie in the whole: `x' = ax - by + x0`, `y' = bx + ay + y0`. A part may
/// be turned, scaled and moved, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Similarity {
    pub(crate) a: f32,
    pub(crate) b: f32,
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// A point, in pixels: to the right and down.
pub(crate) type Point = [f32; 2];

impl Similarity {
    /// A square part around a middle, `side` long, turned by `angle`, seen with `pixels` a side.
    pub(crate) fn square(middle: Point, side: f32, angle: f32, pixels: f32) -> Self {
        let scale = side / pixels;
        let (a, b) = (angle.cos() * scale, angle.sin() * scale);
        let half = pixels / 2.0;
        let [x, y] = middle;
        Self {
            a,
            b,
            x: x - a * half + b * half,
            y: y - b * half - a * half,
        }
    }

    /// The one that brings points of the part closest to points of the whole (least squares).
    pub(crate) fn fit<const N: usize>(part: &[Point; N], whole: &[Point; N]) -> Self {
        let ([px, py], [wx, wy]) = (middle(part), middle(whole));
        let (mut along, mut across, mut size) = (0.0, 0.0, 0.0);
        for ([x, y], [u, v]) in part.iter().zip(whole) {
            let (x, y, u, v) = (x - px, y - py, u - wx, v - wy);
            along += x * u + y * v;
            across += x * v - y * u;
            size += x * x + y * y;
        }
        let (a, b) = (along / size, across / size);
        Self {
            a,
            b,
            x: wx - a * px + b * py,
            y: wy - b * px - a * py,
        }
    }

    /// Where a point of the part lies in the whole.
    pub(crate) fn apply(&self, [x, y]: Point) -> Point {
        let Self { a, b, .. } = self;
        [a * x - b * y + self.x, b * x + a * y + self.y]
    }

    /// How many pixels of the whole make one of the part.
    pub(crate) fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }
}

fn middle<const N: usize>(points: &[Point; N]) -> Point {
    let sum = points
        .iter()
        .fold([0.0, 0.0], |[x, y], [u, v]| [x + u, y + v]);
    #[expect(clippy::cast_precision_loss, reason = "there are five points")]
    sum.map(|sum| sum / N as f32)
}

/// A frame in its own size, half of it, a quarter of it and so on.
pub(crate) struct Pyramid {
    levels: Vec<Level>,
}

struct Level {
    width: usize,
    height: usize,
    pixels: Zeroizing<Vec<[u8; 3]>>,
}

/// From this reduction on, pixels between those that are looked at would be missed.
const NEAR: f32 = 1.6;

impl Pyramid {
    /// The pyramid over a frame.
    pub(crate) fn new(frame: &Frame) -> Self {
        let (pixels, _) = frame.rgb().as_chunks::<3>();
        let mut levels = vec![Level {
            width: frame.width(),
            height: frame.height(),
            pixels: Zeroizing::new(pixels.to_vec()),
        }];
        while let Some(next) = levels.last().and_then(Level::halved) {
            levels.push(next);
        }
        Self { levels }
    }

    /// A part with `side` pixels a side, row by row; what lies outside of the frame is black.
    pub(crate) fn part(&self, part: Similarity, side: u16) -> Zeroizing<Vec<[f32; 3]>> {
        let (mut scale, mut reduction) = (part.scale(), 1.0_f32);
        let mut levels = self.levels.iter();
        let mut level = levels.next();
        while scale > NEAR
            && let Some(smaller) = levels.next()
        {
            (scale, reduction) = (scale / 2.0, reduction * 2.0);
            level = Some(smaller);
        }
        let across = (0..side).flat_map(|y| (0..side).map(move |x| [f32::from(x), f32::from(y)]));
        let colours = across.map(|point| {
            // The middles of pixels are what lies above each other in the levels.
            let point = part.apply(point).map(|at| (at + 0.5) / reduction - 0.5);
            level.map_or([0.0; 3], |level| level.colour(point))
        });
        let mut part = Zeroizing::new(Vec::with_capacity(usize::from(side) * usize::from(side)));
        part.extend(colours);
        part
    }
}

impl Level {
    /// The level above, with half the pixels a side, unless it would be tiny.
    fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        if width.min(height) < 16 {
            return None;
        }
        let mut pixels = Zeroizing::new(Vec::with_capacity(width * height));
        for y in 0..height {
            let [upper, lower] = [2 * y, 2 * y + 1].map(|y| self.row(y));
            let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
            pixels.extend(
                upper
                    .iter()
                    .zip(lower)
                    .map(|([a, b], [c, d])| average([a, b, c, d])),
            );
        }
        Some(Self {
            width,
            height,
            pixels,
        })
    }

    fn row(&self, y: usize) -> &[[u8; 3]] {
        let start = y * self.width;
        self.pixels
            .get(start..start + self.width)
            .unwrap_or_default()
    }

    /// The colour between the four pixels around a point.
    fn colour(&self, [x, y]: Point) -> [f32; 3] {
        let (left, top) = (x.floor(), y.floor());
        let (right, below) = (x - left, y - top);
        let corners = [
            (left, top, (1.0 - right) * (1.0 - below)),
            (left + 1.0, top, right * (1.0 - below)),
            (left, top + 1.0, (1.0 - right) * below),
            (left + 1.0, top + 1.0, right * below),
        ];
        let mut colour = [0.0; 3];
        for (x, y, weight) in corners {
            let pixel = self.pixel(x, y).unwrap_or_default();
            let parts = colour.iter_mut().zip(pixel);
            parts.for_each(|(colour, pixel)| *colour += weight * f32::from(pixel));
        }
        colour
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the numbers are whole, not negative, and beyond the frame if they are large"
    )]
    fn pixel(&self, x: f32, y: f32) -> Option<[u8; 3]> {
        if x < 0.0 || y < 0.0 {
            return None;
        }
        let (x, y) = (x as usize, y as usize);
        let inside = x < self.width && y < self.height;
        inside
            .then(|| self.pixels.get(y * self.width + x).copied())
            .flatten()
    }
}

/// The average of four pixels, rounded.
fn average(pixels: [&[u8; 3]; 4]) -> [u8; 3] {
    let sum = pixels.iter().fold([2_u16; 3], |[r, g, b], pixel| {
        let [red, green, blue] = pixel.map(u16::from);
        [r + red, g + green, b + blue]
    });
    sum.map(|sum| u8::try_from(sum / 4).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame whose red grows to the right and whose green grows downwards.
    fn frame(width: u32, height: u32) -> Frame {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let rows = (0..height).flat_map(|y| (0..width).map(move |x| [x / 3, y / 3, 7]));
        let pixels: Vec<u8> = rows
            .flatten()
            .map(|part| u8::try_from(part).unwrap())
            .collect();
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&pixels)
            .unwrap();
        Frame::decode(&bytes).unwrap()
    }

    fn near(one: f32, other: f32) -> bool {
        (one - other).abs() < 1.0
    }

    #[test]
    fn a_part_shows_what_is_there_near_and_from_afar() {
        let pyramid = Pyramid::new(&frame(600, 450));
        for side in [400.0_f32, 200.0, 100.0] {
            let part = Similarity::square([300.0, 210.0], side, 0.0, 50.0);
            let pixels = pyramid.part(part, 50);
            let [red, green, blue] = pixels[25 * 50 + 25];
            assert!(
                near(red, 100.0) && near(green, 70.0) && near(blue, 7.0),
                "{red} {green} {blue}"
            );
            let [left, ..] = pixels[25 * 50];
            assert!(near(left, (300.0 - side / 2.0) / 3.0), "{left}");
        }
    }

    #[test]
    fn beyond_the_frame_everything_is_black() {
        let pyramid = Pyramid::new(&frame(600, 450));
        let pixels = pyramid.part(Similarity::square([0.0, 0.0], 400.0, 0.0, 50.0), 50);
        let black = |pixel: [f32; 3]| pixel.into_iter().all(|colour| colour.abs() < f32::EPSILON);
        assert!(black(pixels[0]));
        let far = Similarity::square([f32::MAX, 0.0], 400.0, 0.0, 50.0);
        assert!(black(pyramid.part(far, 50)[0]));
    }

    #[test]
    fn a_fit_finds_how_points_were_turned_scaled_and_moved() {
        let part = [[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [3.0, 8.0]];
        let how = Similarity {
            a: 0.8,
            b: 1.1,
            x: 40.0,
            y: -7.0,
        };
        let found = Similarity::fit(&part, &part.map(|point| how.apply(point)));
        for (one, other) in [
            (found.a, how.a),
            (found.b, how.b),
            (found.x, how.x),
            (found.y, how.y),
        ] {
            assert!((one - other).abs() < 1e-4);
        }
    }

    #[test]
    fn a_square_has_its_middle_in_the_middle_however_it_is_turned() {
        let square = Similarity::square([30.0, 40.0], 96.0, 0.7, 192.0);
        let [x, y] = square.apply([96.0, 96.0]);
        assert!((x - 30.0).abs() < 1e-4 && (y - 40.0).abs() < 1e-4);
        assert!((square.scale() - 0.5).abs() < 1e-6);
    }
}
