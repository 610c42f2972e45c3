//! The files that the networks are read from, each known by its SHA-256.

use std::path::Path;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::EngineError;

/// The bytes of the networks.
pub(super) struct Models {
    pub(super) detector: Vec<u8>,
    pub(super) mesh: Vec<u8>,
    pub(super) embedding: Vec<u8>,
}

/// What the files must be, as `sha256sum --check` reads it.
const SUMS: &str = include_str!("../../models/SHA256SUMS");

impl Models {
    /// Reads and checks the models in a directory.
    pub(super) fn read(directory: &Path) -> Result<Self, EngineError> {
        Ok(Self {
            detector: read(directory, "detector.onnx")?,
            mesh: read(directory, "mesh.onnx")?,
            embedding: read(directory, "embedding.onnx")?,
        })
    }
}

fn read(directory: &Path, file: &str) -> Result<Vec<u8>, EngineError> {
    let path = directory.join(file);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(reason) => return Err(EngineError::Missing { path, reason }),
    };
    match expected(file).is_some_and(|expected| expected == sha256(&bytes)) {
        true => Ok(bytes),
        false => Err(EngineError::Wrong { path }),
    }
}

fn expected(file: &str) -> Option<&'static str> {
    let mut sums = SUMS.lines().filter_map(|line| line.split_once("  "));
    sums.find_map(|(sum, name)| (name == file).then_some(sum))
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}
