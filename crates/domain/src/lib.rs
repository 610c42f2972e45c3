//! The nouns of the house, their legal transitions, and the ports through which it meets the
//! outside.
//!
//! A noun is a plain value: a [`Client`], a [`User`], a [`Grant`]. It knows which changes are legal
//! and nothing of how it is stored, sent or shown. The ports ([`port`]) say what the house needs
//! from the world: a [`port::Store`] of typed records, a [`port::Clock`], [`port::Random`].
//!
//! May depend on: `jose`. Never on an async runtime, HTTP or SQL; a CI step checks it.

mod activation;
mod application_server_key;
mod attempts;
mod audit;
mod authorization_details;
mod bypass;
mod byte_string;
mod client;
mod confirmation;
mod consent;
mod contact;
mod credential;
mod decision;
mod deployment;
mod environment;
mod grant;
mod handle;
mod id;
mod key;
mod message;
mod organization;
pub mod port;
mod revoked_token;
mod scope;
mod secret;
mod session;
mod settings;
mod time;
mod transaction;
mod trusted_browser;
mod user;
#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls a field's functions by reference"
)]
mod wire;

pub use activation::Activation;
pub use application_server_key::ApplicationServerKey;
pub use attempts::{Attempts, AttemptsKey, LockoutPolicy};
pub use audit::{
    Actor, AuditBreach, AuditCheckpoint, AuditEvent, AuditLink, AuditMark, AuditSummary,
    AuditVerifier, LinkContent, LinkReference, SealedEntry, entry_digest,
};
pub use authorization_details::{
    AuthorizationDetail, AuthorizationDetails, AuthorizationDetailsFormat,
};
pub use bypass::Bypass;
pub use byte_string::ByteString;
pub use client::{
    AuthenticationMethod, Client, ClientAuthentication, DeviceFlow, ExtendedValues, GrantType,
    IdTokenAlgorithm, IntrospectionPolicy, JarmPolicy, JwksSettings, OidcPolicy, Override,
    ResponseType, ResponseTypeFormat, RetainedSecret, Rolling, RollingPolicy, ServerDefaultOr,
    SigningOrNone, TRUST_ANY,
};
pub use confirmation::{Confirmation, Thumbprint, ThumbprintFormat};
pub use consent::Consent;
pub use contact::{is_mail_address, telephone_number};
pub use credential::{
    Aaguid, AaguidFormat, Administrator, AdministratorRole, Authenticator, ConsentGiven, Device,
    DeviceKind, DeviceStatus, Face, Password, PushSubscription, RecoveryCodes, Totp,
    WebAuthnCredential,
};
pub use decision::Decision;
pub use deployment::Deployment;
pub use environment::{Environment, EnvironmentId};
pub use grant::{Authentication, Grant, RefreshFamily, RefreshToken, RefreshVerdict};
pub use handle::{Handle, HandleKey};
pub use id::{
    AuditId, ClientId, DeviceId, FlowId, GrantId, IdFormat, MessageId, PushRequestId, SessionId,
    TimeId, UserId, Uuid, UuidFormat,
};
pub use key::{KeyFamily, KeyState, SigningKeyRecord};
pub use message::{Channel, Message, MessageContent};
pub use organization::{
    KeyRefusal, Organization, OrganizationKey, OrganizationKeySize, ReturnOrigin,
    ReturnOriginFormat,
};
pub use revoked_token::RevokedToken;
pub use scope::{Scope, ScopeFormat, ScopePattern};
pub use secret::Secret;
pub use session::{Session, SessionPolicy};
pub use settings::{
    ActivationCodeCheckMode, ParStatus, ScopeDescription, ScopeGroup, ScopeMeaning, ServerSettings,
    TimeUnit,
};
pub use time::{Timestamp, TimestampFormat};
pub use transaction::{
    Amount, AmountFormat, Bound, Digest, Display, ExactDetails, Labelled, OWN_CHALLENGE, Pairs,
    Payment, Told, Transaction, TransactionDraft, TransactionFormat, TransactionId,
    TransactionSource, Variable, Variables, claim_challenge, digest_of, requested_challenge,
};
pub use trusted_browser::TrustedBrowser;
pub use user::{Address, Profile, User};
