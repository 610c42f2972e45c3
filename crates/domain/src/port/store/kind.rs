//! The kinds of record.

/// What a record is. Engines keep each kind in a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`crate::Activation`]
    Activation,
    /// [`crate::Administrator`]
    Administrator,
    /// [`crate::ApplicationServerKey`]
    ApplicationServerKey,
    /// [`crate::Attempts`]
    Attempts,
    /// [`crate::AuditEvent`]
    Audit,
    /// [`crate::AuditLink`]
    AuditLink,
    /// [`crate::AuditMark`]
    AuditMark,
    /// [`crate::Bypass`]
    Bypass,
    /// [`crate::Client`]
    Client,
    /// An authorization code (`oauth::Code`).
    Code,
    /// [`crate::Consent`]
    Consent,
    /// [`crate::Deployment`]
    Deployment,
    /// [`crate::Device`]
    Device,
    /// A device authorization (`oauth::DeviceAuthorization`).
    DeviceAuthorization,
    /// [`crate::Environment`]
    Environment,
    /// Leave for one session of Recognize (`authn::factor::face::FaceTicket`).
    FaceTicket,
    /// A flow (`authn::Flow`).
    Flow,
    /// [`crate::Grant`]
    Grant,
    /// [`crate::Message`]
    Message,
    /// [`crate::Organization`]
    Organization,
    /// [`crate::Password`]
    Password,
    /// What an authenticator is asked (`authn::factor::push::PushRequest`).
    PushRequest,
    /// A pushed authorization request (`oauth::PushedRequest`).
    PushedRequest,
    /// A customer of Recognize (`authn::recognize::Customer`).
    RecognizeCustomer,
    /// A device with which a face was enrolled (`authn::recognize::EnrolledDevice`).
    RecognizeDevice,
    /// An operation that a customer gave an id (`authn::recognize::OperationRecord`).
    RecognizeOperation,
    /// Somebody who has enrolled their face (`authn::recognize::Person`).
    RecognizePerson,
    /// A configuration object without a kind of its own, as a JSON document.
    Resource,
    /// [`crate::RevokedToken`]
    RevokedToken,
    /// [`crate::Session`]
    Session,
    /// [`crate::ServerSettings`]
    Settings,
    /// [`crate::SigningKeyRecord`]
    SigningKey,
    /// [`crate::TrustedBrowser`]
    TrustedBrowser,
    /// [`crate::User`]
    User,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 34] = [
        Self::Activation,
        Self::Administrator,
        Self::ApplicationServerKey,
        Self::Attempts,
        Self::Audit,
        Self::AuditLink,
        Self::AuditMark,
        Self::Bypass,
        Self::Client,
        Self::Code,
        Self::Consent,
        Self::Deployment,
        Self::Device,
        Self::DeviceAuthorization,
        Self::Environment,
        Self::FaceTicket,
        Self::Flow,
        Self::Grant,
        Self::Message,
        Self::Organization,
        Self::Password,
        Self::PushRequest,
        Self::PushedRequest,
        Self::RecognizeCustomer,
        Self::RecognizeDevice,
        Self::RecognizeOperation,
        Self::RecognizePerson,
        Self::Resource,
        Self::RevokedToken,
        Self::Session,
        Self::Settings,
        Self::SigningKey,
        Self::TrustedBrowser,
        Self::User,
    ];

    /// Its name: lower-case letters and underscores, stable for ever.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Administrator => "administrator",
            Self::ApplicationServerKey => "application_server_key",
            Self::Attempts => "attempts",
            Self::Audit => "audit",
            Self::AuditLink => "audit_link",
            Self::AuditMark => "audit_mark",
            Self::Bypass => "bypass",
            Self::Client => "client",
            Self::Code => "code",
            Self::Consent => "consent",
            Self::Deployment => "deployment",
            Self::Device => "device",
            Self::DeviceAuthorization => "device_authorization",
            Self::Environment => "environment",
            Self::FaceTicket => "face_ticket",
            Self::Flow => "flow",
            Self::Grant => "grant_record",
            Self::Message => "message",
            Self::Organization => "organization",
            Self::Password => "password",
            Self::PushRequest => "push_request",
            Self::PushedRequest => "pushed_request",
            Self::RecognizeCustomer => "recognize_customer",
            Self::RecognizeDevice => "recognize_device",
            Self::RecognizeOperation => "recognize_operation",
            Self::RecognizePerson => "recognize_person",
            Self::Resource => "resource",
            Self::RevokedToken => "revoked_token",
            Self::Session => "session",
            Self::Settings => "settings",
            Self::SigningKey => "signing_key",
            Self::TrustedBrowser => "trusted_browser",
            Self::User => "user_record",
        }
    }

    /// Whether its records hold secrets, so that their body is sealed before an engine sees it.
    pub const fn is_sealed(self) -> bool {
        matches!(
            self,
            Self::Administrator
                | Self::ApplicationServerKey
                | Self::Client
                | Self::Code
                | Self::Device
                | Self::DeviceAuthorization
                | Self::FaceTicket
                | Self::Flow
                | Self::Grant
                | Self::Message
                | Self::Organization
                | Self::Password
                | Self::PushRequest
                | Self::PushedRequest
                | Self::RecognizeDevice
                | Self::RecognizeOperation
                | Self::RecognizePerson
                | Self::Resource
                | Self::SigningKey
        )
    }

    /// Whether its records are configuration, which every process keeps in a cache.
    pub const fn is_configuration(self) -> bool {
        matches!(
            self,
            Self::Client | Self::Environment | Self::Resource | Self::Settings | Self::SigningKey
        )
    }

    /// Whether no two records of a tenant may have the same value in their first lookup.
    pub const fn first_lookup_is_unique(self) -> bool {
        matches!(self, Self::Organization | Self::User)
    }
}
