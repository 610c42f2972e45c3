//! The three networks that look at a frame, one after the other.

mod detector;
mod embedder;
mod mesh;
mod model;
mod network;
mod track;

use std::path::{Path, PathBuf};

use crate::image::Pyramid;
use crate::{Analyse, AnalysisError, Face, Frame, Observation, Track};
use detector::Detector;
use embedder::Embedder;
use mesh::{Mesh, Mesher};
use model::Models;
pub use network::Runtime;

/// Finds the faces in a frame, and says of a single one where it is turned and whose it may be.
pub struct Engine {
    detector: Detector,
    mesher: Mesher,
    embedder: Embedder,
}

/// Why the engine cannot start. Each is a sentence for whoever runs the server.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A model is not there.
    #[error("the face model {} cannot be read ({reason}): `make models` makes it", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// Why it cannot be read.
        reason: std::io::Error,
    },
    /// A model is another one.
    #[error("the face model {} is not the one that this version was measured with: `make models` makes that", path.display())]
    Wrong {
        /// Where it is.
        path: PathBuf,
    },
    /// The library of the runtime cannot be loaded.
    #[error("the ONNX Runtime {} cannot be loaded: {reason}", path.display())]
    Library {
        /// Where it should be.
        path: PathBuf,
        /// Why it cannot be loaded.
        reason: String,
    },
    /// The runtime does not take a model.
    #[error("the face model {name} cannot be loaded: {reason}")]
    Runtime {
        /// Of which model.
        name: &'static str,
        /// What the runtime says.
        reason: String,
    },
}

impl Engine {
    /// Loads the models from a directory, each checked by its SHA-256.
    pub fn load(models: &Path, runtime: &Runtime) -> Result<Self, EngineError> {
        let models = Models::read(models)?;
        Ok(Self {
            detector: Detector::new(runtime, models.detector)?,
            mesher: Mesher::new(runtime, models.mesh)?,
            embedder: Embedder::new(runtime, models.embedding)?,
        })
    }

    /// What a decoded frame shows.
    pub fn look(&self, frame: &Frame) -> Result<Observation, AnalysisError> {
        self.search(frame, &Pyramid::new(frame))
    }

    /// What the next frame shows of a face that was just there. It is searched for everywhere if it is
    /// there no more; if it is, other faces are not noticed.
    pub fn follow(&self, frame: &Frame, track: &Track) -> Result<Observation, AnalysisError> {
        let pyramid = Pyramid::new(frame);
        if track.is_of(frame)
            && let Some(mesh) = self.mesher.mesh(track, &pyramid)?
            && mesh.track(frame).follows(track)
        {
            return self.single(&mesh, &mesh.track(frame), (frame, &pyramid));
        }
        self.search(frame, &pyramid)
    }

    fn search(&self, frame: &Frame, pyramid: &Pyramid) -> Result<Observation, AnalysisError> {
        let detections = self.detector.detect(frame, pyramid)?;
        let [detection] = detections.as_slice() else {
            return Ok(Observation {
                faces: detections.len(),
                face: None,
            });
        };
        let found = detection.track(frame);
        match self.mesher.mesh(&found, pyramid)? {
            Some(mesh) => self.single(&mesh, &found, (frame, pyramid)),
            None => Ok(Observation {
                faces: 0,
                face: None,
            }),
        }
    }

    /// What is to be said of the one face, which is there.
    fn single(
        &self,
        mesh: &Mesh,
        there: &Track,
        (frame, pyramid): (&Frame, &Pyramid),
    ) -> Result<Observation, AnalysisError> {
        let portrait = self.embedder.portrait(mesh, pyramid)?;
        let face = Face {
            yaw: mesh.yaw(),
            size: there.size(),
            centre: there.centre(),
            extent: there.extent(),
            brightness: portrait.brightness,
            sharpness: portrait.sharpness,
            embedding: portrait.embedding,
            track: Some(mesh.track(frame)),
        };
        Ok(Observation {
            faces: 1,
            face: Some(face),
        })
    }
}

impl Analyse for Engine {
    fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError> {
        self.look(&Frame::decode(frame)?)
    }

    fn follow(&self, frame: &[u8], track: &Track) -> Result<Observation, AnalysisError> {
        Self::follow(self, &Frame::decode(frame)?, track)
    }
}
