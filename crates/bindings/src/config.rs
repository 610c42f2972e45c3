//! What an app asks for, by the names of PingOne Recognize.

use client::{Authentication, By, Enrollment, Error, Setup};

use crate::number::unsigned;

/// Where the server is, and whose app this is.
#[derive(Clone, Debug, uniffi::Record)]
pub struct SetupConfig {
    /// The name of the customer. It is no secret, and no key of the server API, which no app may have.
    pub api_key: String,
    /// Where the server is: `https://sso.example.com`; the first that answers.
    pub hosts: Vec<String>,
    /// Whom to trust, as certificates in DER; Mozilla's list if there is none here.
    #[uniffi(default = [])]
    pub trusted_certificates: Vec<Vec<u8>>,
    /// The languages of the person, as in `Accept-Language`.
    #[uniffi(default = None)]
    pub lang: Option<String>,
}

/// What the person is shown, approves, and finds in the `td` of the signed JWT.
#[derive(Clone, Debug, uniffi::Record)]
pub struct DynamicLinkingInfo {
    /// A JSON array of objects with one pair each: `[{"Amount": "12.50 EUR"}, {"Payee": "Demo Shop"}]`.
    pub transaction_data: String,
}

/// What is to be the `td` of the signed JWT. Nothing is signed here that was not shown, and so it is as
/// [`DynamicLinkingInfo`] is.
#[derive(Clone, Debug, uniffi::Record)]
pub struct JwtSigningInfo {
    /// A JSON array of objects with one pair each.
    pub claim_transaction_data: String,
}

/// By what the customer's backend finds an operation.
#[derive(Clone, Debug, uniffi::Record)]
pub struct OperationInfo {
    /// The customer's id of it, good once: 1 to 128 characters.
    pub operation_id: String,
    /// What the customer notes of it, which says nothing to the service: at most 1 KiB.
    #[uniffi(default = None)]
    pub payload: Option<String>,
}

/// Authenticates by the face.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct BiomAuthConfig {
    /// How many seconds the camera waits before it takes pictures.
    #[uniffi(default = 0)]
    pub camera_delay_seconds: i32,
    /// What is to be signed.
    #[uniffi(default = None)]
    pub jwt_signing_info: Option<JwtSigningInfo>,
    /// What is to be shown, approved and signed.
    #[uniffi(default = None)]
    pub dynamic_linking_info: Option<DynamicLinkingInfo>,
    /// By what the operation is found.
    #[uniffi(default = None)]
    pub operation_info: Option<OperationInfo>,
    /// Whether the PIN of this device is removed.
    #[uniffi(default = false)]
    pub should_remove_pin: bool,
    /// The customer's word that it is this person, if its user authorization type is `RemoteJWKSet`.
    #[uniffi(default = None)]
    pub authorization_token: Option<String>,
}

/// Authenticates by the PIN.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct PinAuthConfig {
    /// The PIN.
    pub pin: String,
    /// What is to be signed.
    #[uniffi(default = None)]
    pub jwt_signing_info: Option<JwtSigningInfo>,
    /// What is to be shown, approved and signed.
    #[uniffi(default = None)]
    pub dynamic_linking_info: Option<DynamicLinkingInfo>,
    /// By what the operation is found.
    #[uniffi(default = None)]
    pub operation_info: Option<OperationInfo>,
    /// The customer's word that it is this person, if its user authorization type is `RemoteJWKSet`.
    #[uniffi(default = None)]
    pub authorization_token: Option<String>,
}

/// Enrols a face on this device.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct BiomEnrollConfig {
    /// The person, as the customer names them.
    pub username: String,
    /// How many seconds the camera waits before it takes pictures.
    #[uniffi(default = 0)]
    pub camera_delay_seconds: i32,
    /// By what the operation is found.
    #[uniffi(default = None)]
    pub operation_info: Option<OperationInfo>,
    /// The customer's word that it is this person, if its user authorization type is `RemoteJWKSet`.
    #[uniffi(default = None)]
    pub authorization_token: Option<String>,
}

/// Enrols a PIN on this device, for who has enrolled their face on it: they show it once more.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Display)]
pub struct PinEnrollConfig {
    /// The PIN: 6 to 12 digits, neither all the same nor consecutive.
    pub pin: String,
    /// How many seconds the camera waits before it takes pictures.
    #[uniffi(default = 0)]
    pub camera_delay_seconds: i32,
    /// By what the operation is found.
    #[uniffi(default = None)]
    pub operation_info: Option<OperationInfo>,
    /// The customer's word that it is this person, if its user authorization type is `RemoteJWKSet`.
    #[uniffi(default = None)]
    pub authorization_token: Option<String>,
}

/// PINs and tokens are nothing for a log: `toString` of Kotlin would have them.
macro_rules! untold {
    ($($name:ident),*) => {
        $(impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        })*
    };
}

untold!(
    BiomAuthConfig,
    PinAuthConfig,
    BiomEnrollConfig,
    PinEnrollConfig
);

impl From<SetupConfig> for Setup {
    fn from(config: SetupConfig) -> Self {
        Self {
            customer: config.api_key,
            hosts: config.hosts,
            trusted_certificates: config.trusted_certificates,
            lang: config.lang,
        }
    }
}

impl From<OperationInfo> for client::OperationInfo {
    fn from(info: OperationInfo) -> Self {
        Self {
            id: info.operation_id,
            payload: info.payload,
        }
    }
}

impl From<BiomEnrollConfig> for Enrollment {
    fn from(config: BiomEnrollConfig) -> Self {
        Self {
            username: config.username,
            pin: None,
            authorization: config.authorization_token,
            operation_info: config.operation_info.map(Into::into),
            camera_delay_seconds: unsigned(config.camera_delay_seconds),
        }
    }
}

impl From<PinEnrollConfig> for Authentication {
    fn from(config: PinEnrollConfig) -> Self {
        Self {
            by: By::Face {
                new_pin: Some(config.pin),
                remove_pin: false,
                camera_delay_seconds: unsigned(config.camera_delay_seconds),
            },
            transaction_data: None,
            authorization: config.authorization_token,
            operation_info: config.operation_info.map(Into::into),
        }
    }
}

impl TryFrom<BiomAuthConfig> for Authentication {
    type Error = Error;

    fn try_from(config: BiomAuthConfig) -> Result<Self, Error> {
        Ok(Self {
            by: By::Face {
                new_pin: None,
                remove_pin: config.should_remove_pin,
                camera_delay_seconds: unsigned(config.camera_delay_seconds),
            },
            transaction_data: one(config.dynamic_linking_info, config.jwt_signing_info)?,
            authorization: config.authorization_token,
            operation_info: config.operation_info.map(Into::into),
        })
    }
}

impl TryFrom<PinAuthConfig> for Authentication {
    type Error = Error;

    fn try_from(config: PinAuthConfig) -> Result<Self, Error> {
        Ok(Self {
            by: By::Pin(config.pin),
            transaction_data: one(config.dynamic_linking_info, config.jwt_signing_info)?,
            authorization: config.authorization_token,
            operation_info: config.operation_info.map(Into::into),
        })
    }
}

/// A JWT has one `td`.
fn one(
    linking: Option<DynamicLinkingInfo>,
    signing: Option<JwtSigningInfo>,
) -> Result<Option<String>, Error> {
    match (linking, signing) {
        (Some(_), Some(_)) => Err(Error::Configuration(
            "dynamicLinkingInfo and jwtSigningInfo are two transactions",
        )),
        (linking, signing) => Ok(linking
            .map(|it| it.transaction_data)
            .or(signing.map(|it| it.claim_transaction_data))),
    }
}
