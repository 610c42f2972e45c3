//! What an app supplies: it implements these, and foreign code is called through them.

use std::fmt::Display;
use std::sync::Arc;

use client::{CameraFailed, Frame, SoftwareStore, StoreFailed};

use crate::number::{signed, unsigned};

/// What an app supplies has failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PlatformError {
    /// It says why, for whoever integrates.
    #[error("{reason}")]
    Failed {
        /// Why.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for PlatformError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::failed(error.reason)
    }
}

impl PlatformError {
    fn failed(reason: impl Display) -> Self {
        let reason = reason.to_string();
        Self::Failed { reason }
    }
}

/// Where an app keeps the device's key and what belongs to it: a keystore, a secure enclave.
///
/// It holds one key (EC P-256, for ES256) and one record. The record has a secret: it must be kept as
/// the key is, encrypted, on this device alone and in no backup.
#[uniffi::export(with_foreign)]
pub trait DeviceStore: Send + Sync {
    /// Makes a new key in place of an earlier one. Its public half: `04 || x || y`, 65 bytes.
    fn create_key(&self) -> Result<Vec<u8>, PlatformError>;
    /// The public half of the key, if there is one.
    fn public_key(&self) -> Result<Option<Vec<u8>>, PlatformError>;
    /// The key's signature over the SHA-256 of a message: in DER, or `r || s` in 64 bytes.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, PlatformError>;
    /// What was kept last.
    fn load(&self) -> Result<Option<Vec<u8>>, PlatformError>;
    /// Keeps this in place of what was kept before.
    fn save(&self, record: Vec<u8>) -> Result<(), PlatformError>;
    /// Deletes key and record.
    fn clear(&self) -> Result<(), PlatformError>;
}

/// A store in files of this directory, for tests and for machines without a keystore.
#[uniffi::export]
pub fn software_device_store(directory: String) -> Result<Arc<dyn DeviceStore>, PlatformError> {
    let store = SoftwareStore::new(directory).map_err(PlatformError::failed)?;
    Ok(Arc::new(Software(store)))
}

struct Software(SoftwareStore);

impl DeviceStore for Software {
    fn create_key(&self) -> Result<Vec<u8>, PlatformError> {
        client::DeviceStore::create_key(&self.0).map_err(PlatformError::failed)
    }

    fn public_key(&self) -> Result<Option<Vec<u8>>, PlatformError> {
        client::DeviceStore::public_key(&self.0).map_err(PlatformError::failed)
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, PlatformError> {
        client::DeviceStore::sign(&self.0, message).map_err(PlatformError::failed)
    }

    fn load(&self) -> Result<Option<Vec<u8>>, PlatformError> {
        client::DeviceStore::load(&self.0).map_err(PlatformError::failed)
    }

    fn save(&self, record: Vec<u8>) -> Result<(), PlatformError> {
        client::DeviceStore::save(&self.0, record).map_err(PlatformError::failed)
    }

    fn clear(&self) -> Result<(), PlatformError> {
        client::DeviceStore::clear(&self.0).map_err(PlatformError::failed)
    }
}

/// A picture of a camera.
#[derive(Clone, uniffi::Record)]
pub struct CameraFrame {
    /// A JPEG picture, not mirrored, of at most 640 x 480 pixels.
    pub jpeg: Vec<u8>,
    /// How long ago it was taken, in milliseconds.
    pub age_milliseconds: i32,
}

/// The app's camera.
#[uniffi::export(with_foreign)]
pub trait Camera: Send + Sync {
    /// Begins to take pictures after so many seconds.
    fn start(&self, delay_seconds: i32) -> Result<(), PlatformError>;
    /// The newest picture, as soon as there is one that was not given before.
    fn frame(&self) -> Result<CameraFrame, PlatformError>;
    /// Ends it. It is called once for each start that has succeeded.
    fn stop(&self) -> Result<(), PlatformError>;
}

/// A label with its value, to be shown letter by letter as plain text.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TransactionPair {
    /// What it is.
    pub label: String,
    /// What it is in this transaction.
    pub value: String,
}

/// What a person agrees to before their face is measured.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Consent {
    /// Which text it is.
    pub version: String,
    /// The text.
    pub text: String,
}

/// How a person is to hold their head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FacePose {
    /// Looking straight into the camera.
    Center,
    /// Turned towards their own left shoulder.
    Left,
    /// Turned towards their own right shoulder.
    Right,
}

/// Where a face is, as parts of the picture's width and height from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, uniffi::Record)]
pub struct FacePlace {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
}

/// What to tell a person in front of the camera.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum Guidance {
    /// A pose is asked for.
    Pose {
        /// Which.
        pose: FacePose,
        /// How many seconds there are for it.
        seconds: i64,
    },
    /// A picture was looked at.
    Feedback {
        /// What to tell the person: `ok`, `turn-left`, `too-dark`, ... (docs/recognize-protocol.md §3.7).
        hint: String,
        /// How much is done, from 0 to 1.
        progress: f64,
        /// Where the face is.
        face: Option<FacePlace>,
    },
    /// An attempt has failed, and another one follows.
    AttemptFailed {
        /// How many are left.
        attempts_left: i32,
    },
}

/// The app's screen. Nothing in it may answer in the person's place; what fails has not been approved.
#[uniffi::export(with_foreign)]
pub trait Screen: Send + Sync {
    /// Shows a transaction in this order; whether the person approves.
    fn approve(&self, pairs: Vec<TransactionPair>) -> Result<bool, PlatformError>;
    /// Shows what is done with a face; whether the person agrees.
    fn agree(&self, consent: Consent) -> Result<bool, PlatformError>;
    /// Asks for the PIN again after a wrong one; nothing if the person gives up.
    fn enter_pin(&self, attempts_left: i32) -> Result<Option<String>, PlatformError>;
    /// Tells the person what to do in front of the camera. Returns at once.
    fn guide(&self, guidance: Guidance) -> Result<(), PlatformError>;
}

/// An app's things as the client has them.
pub(crate) struct Foreign<T: ?Sized>(pub(crate) Arc<T>);

impl client::DeviceStore for Foreign<dyn DeviceStore> {
    fn create_key(&self) -> Result<Vec<u8>, StoreFailed> {
        self.0.create_key().map_err(store_failed)
    }

    fn public_key(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.0.public_key().map_err(store_failed)
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, StoreFailed> {
        self.0.sign(message).map_err(store_failed)
    }

    fn load(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.0.load().map_err(store_failed)
    }

    fn save(&self, record: Vec<u8>) -> Result<(), StoreFailed> {
        self.0.save(record).map_err(store_failed)
    }

    fn clear(&self) -> Result<(), StoreFailed> {
        self.0.clear().map_err(store_failed)
    }
}

fn store_failed(PlatformError::Failed { reason }: PlatformError) -> StoreFailed {
    StoreFailed(reason)
}

fn camera_failed(PlatformError::Failed { reason }: PlatformError) -> CameraFailed {
    CameraFailed(reason)
}

impl client::Camera for Foreign<dyn Camera> {
    fn start(&self, delay_seconds: u32) -> Result<(), CameraFailed> {
        self.0.start(signed(delay_seconds)).map_err(camera_failed)
    }

    fn frame(&self) -> Result<Frame, CameraFailed> {
        let frame = self.0.frame().map_err(camera_failed)?;
        Ok(Frame {
            jpeg: frame.jpeg,
            age: unsigned(frame.age_milliseconds),
        })
    }

    fn stop(&self) {
        // It has done what it was for.
        let _ = self.0.stop();
    }
}

impl client::Screen for Foreign<dyn Screen> {
    fn approve(&self, pairs: Vec<client::Pair>) -> bool {
        let pair = |client::Pair { label, value }| TransactionPair { label, value };
        self.0.approve(pairs.into_iter().map(pair).collect()) == Ok(true)
    }

    fn agree(&self, client::Consent { version, text }: client::Consent) -> bool {
        self.0.agree(Consent { version, text }) == Ok(true)
    }

    fn enter_pin(&self, attempts_left: u32) -> Option<String> {
        self.0.enter_pin(signed(attempts_left)).ok().flatten()
    }

    fn guide(&self, guidance: client::Guidance) {
        // Who sees nothing does nothing, which the server sees.
        let _ = self.0.guide(guidance.into());
    }
}

impl From<client::Guidance> for Guidance {
    fn from(guidance: client::Guidance) -> Self {
        match guidance {
            client::Guidance::Pose(turn) => Self::Pose {
                pose: turn.pose.into(),
                seconds: signed(turn.seconds),
            },
            client::Guidance::Feedback(feedback) => Self::Feedback {
                hint: feedback.hint,
                progress: feedback.progress,
                face: feedback.face.map(FacePlace::from),
            },
            client::Guidance::Failed { attempts_left } => Self::AttemptFailed {
                attempts_left: signed(attempts_left),
            },
        }
    }
}

impl From<client::Pose> for FacePose {
    fn from(pose: client::Pose) -> Self {
        match pose {
            client::Pose::Center => Self::Center,
            client::Pose::Left => Self::Left,
            client::Pose::Right => Self::Right,
        }
    }
}

impl From<client::Place> for FacePlace {
    fn from(place: client::Place) -> Self {
        Self {
            x: place.x,
            y: place.y,
            width: place.width,
            height: place.height,
        }
    }
}
