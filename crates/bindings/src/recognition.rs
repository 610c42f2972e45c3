//! What an app does: every call takes as long as the person does, and belongs in the background.

use std::fmt;
use std::sync::Arc;

use client::{Error, Platform, Recognizer, Success};

use crate::config::{
    BiomAuthConfig, BiomEnrollConfig, PinAuthConfig, PinEnrollConfig, SetupConfig,
};
use crate::number::signed;
use crate::platform::{Camera, DeviceStore, Foreign, Screen};

/// Somebody has enrolled.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct EnrollmentSuccess {
    /// The opaque id of the person.
    pub keyless_id: String,
    /// The id of the device.
    pub device_id: String,
    /// What the app gives to its backend, which verifies it.
    pub signed_jwt: String,
}

/// Somebody has authenticated, and approved the transaction if there was one.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct AuthenticationSuccess {
    /// The opaque id of the person.
    pub keyless_id: String,
    /// The id of the device.
    pub device_id: String,
    /// What the app gives to its backend, which verifies it.
    pub signed_jwt: String,
    /// The evidence of an approved transaction, if the customer wants one.
    pub receipt: Option<String>,
}

/// A JWT is nothing for a log.
impl fmt::Display for EnrollmentSuccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrollmentSuccess of {}", self.keyless_id)
    }
}

impl fmt::Display for AuthenticationSuccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthenticationSuccess of {}", self.keyless_id)
    }
}

/// Why an operation has not succeeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum RecognitionError {
    /// What apps know it by.
    #[error("{code} {name}: {reason}")]
    Failed {
        /// Its number: from 30000 what concerns the person, from 20000 the app, below the SDK and the server.
        code: i32,
        /// Its name: the server's, if it is the server's.
        name: String,
        /// A sentence in English, for whoever integrates.
        reason: String,
        /// When it is worth trying again, in seconds.
        retry_after_seconds: Option<i64>,
    },
}

impl From<Error> for RecognitionError {
    fn from(error: Error) -> Self {
        Self::Failed {
            code: signed(error.number()),
            name: error.name().to_owned(),
            reason: error.to_string(),
            retry_after_seconds: error.retry_after().map(signed),
        }
    }
}

/// Enrols and authenticates people; one operation at a time.
#[derive(uniffi::Object)]
pub struct Recognition(Recognizer);

#[uniffi::export]
impl Recognition {
    /// An app that is set up like this and supplies these.
    #[uniffi::constructor]
    pub fn new(
        setup: SetupConfig,
        store: Arc<dyn DeviceStore>,
        camera: Arc<dyn Camera>,
        screen: Arc<dyn Screen>,
    ) -> Result<Self, RecognitionError> {
        let platform = Platform {
            store: Arc::new(Foreign(store)),
            camera: Arc::new(Foreign(camera)),
            screen: Arc::new(Foreign(screen)),
        };
        Ok(Self(Recognizer::new(setup.into(), platform)?))
    }

    /// Enrols a face on this device.
    pub fn enroll_face(
        &self,
        configuration: BiomEnrollConfig,
    ) -> Result<EnrollmentSuccess, RecognitionError> {
        Ok(enrolled(self.0.enroll(&configuration.into())?))
    }

    /// Enrols a PIN on this device.
    pub fn enroll_pin(
        &self,
        configuration: PinEnrollConfig,
    ) -> Result<EnrollmentSuccess, RecognitionError> {
        Ok(enrolled(self.0.authenticate(&configuration.into())?))
    }

    /// Authenticates by the face.
    pub fn authenticate_by_face(
        &self,
        configuration: BiomAuthConfig,
    ) -> Result<AuthenticationSuccess, RecognitionError> {
        Ok(authenticated(
            self.0.authenticate(&configuration.try_into()?)?,
        ))
    }

    /// Authenticates by the PIN.
    pub fn authenticate_by_pin(
        &self,
        configuration: PinAuthConfig,
    ) -> Result<AuthenticationSuccess, RecognitionError> {
        Ok(authenticated(
            self.0.authenticate(&configuration.try_into()?)?,
        ))
    }

    /// Asks the server whether it still has the person and this device, without any biometrics. Where the user
    /// authorization type is `RemoteJWKSet`, that takes a token.
    pub fn validate_user_and_device_active(
        &self,
        authorization_token: Option<String>,
    ) -> Result<(), RecognitionError> {
        Ok(self.0.validate(authorization_token)?)
    }

    /// Who has enrolled on this device: their opaque id.
    pub fn user_id(&self) -> Result<String, RecognitionError> {
        Ok(self.0.user_id()?)
    }

    /// The public half of the device's key: `04 || x || y`, 65 bytes.
    pub fn device_public_signing_key(&self) -> Result<Vec<u8>, RecognitionError> {
        Ok(self.0.public_key()?)
    }

    /// Deletes what is on this device. The server is not told.
    pub fn reset(&self) -> Result<(), RecognitionError> {
        Ok(self.0.reset()?)
    }

    /// Ends the operation that is under way, as if the person had cancelled it.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

fn enrolled(success: Success) -> EnrollmentSuccess {
    EnrollmentSuccess {
        keyless_id: success.keyless_id,
        device_id: success.device_id,
        signed_jwt: success.signed_jwt,
    }
}

fn authenticated(success: Success) -> AuthenticationSuccess {
    AuthenticationSuccess {
        keyless_id: success.keyless_id,
        device_id: success.device_id,
        signed_jwt: success.signed_jwt,
        receipt: success.receipt,
    }
}
