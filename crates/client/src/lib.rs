//! Recognize on a device: enrols a person's face, and authenticates them by it or by a PIN, from the side
//! of an app (docs/recognize-mobile.md).
//!
//! [`Recognizer`] is what an app has. The app supplies what only it can: a [`DeviceStore`] for the device's
//! key, a [`Camera`], and a [`Screen`] on which the person approves. Within, the protocol is pure: a session
//! is a chain of steps that take messages and give messages, and knows no connection, no clock and no
//! randomness; [`transport`](mod@transport) brings those.
//!
//! This crate is no part of the server, and knows nothing of it but `docs/recognize-protocol.md`.

mod attempt;
mod device;
mod error;
mod message;
mod picture;
mod pin;
mod proof;
mod recognizer;
mod session;
mod software;
mod transaction;
pub mod transport;

pub use device::{DeviceStore, StoreFailed};
pub use error::{Deviation, Error, Refusal};
pub use message::{Consent, Feedback, Place, Pose, Turn};
pub use picture::Frame;
pub use pin::Pin;
pub use recognizer::{
    Authentication, By, Camera, CameraFailed, Enrollment, Guidance, Platform, Recognizer, Screen,
    Setup,
};
pub use session::{OperationInfo, Success};
pub use software::SoftwareStore;
pub use transaction::{MalformedTransactionData, Pair, TransactionData};
