//! Recognize on a device for Kotlin and Swift (docs/recognize-mobile.md).
//!
//! Everything here is in the words of apps; what is done is in `countersign-client`. UniFFI makes from it what
//! foreign code calls (docs/decisions/0019-bindings-by-uniffi.md), and `kotlin/` and `swift/` beside it have
//! what it cannot make: `Keyless` with completions.

mod config;
mod number;
mod platform;
mod recognition;

pub use config::{
    BiomAuthConfig, BiomEnrollConfig, DynamicLinkingInfo, JwtSigningInfo, OperationInfo,
    PinAuthConfig, PinEnrollConfig, SetupConfig,
};
pub use platform::{
    Camera, CameraFrame, Consent, DeviceStore, FacePlace, FacePose, Guidance, PlatformError,
    Screen, TransactionPair, software_device_store,
};
pub use recognition::{AuthenticationSuccess, EnrollmentSuccess, Recognition, RecognitionError};

uniffi::setup_scaffolding!();
