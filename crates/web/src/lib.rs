//! The doors, the administration API and the pages, over HTTP.
//!
//! A handler extracts, loads, asks a pure crate to decide, commits, and replies. [`router`] has
//! every route on one page. What the handlers need from the process comes in as [`Ports`] and
//! [`Settings`]; no storage engine, clock or HTTP client is known here.
//!
//! May depend on: `oauth`, `authn`, `domain`, `jose`. Never on `store`.

mod admin;
mod app;
mod asset;
mod bounds;
mod client_keys;
mod cookie;
mod csrf;
mod door;
mod environment;
mod erasure;
mod extract;
mod fault;
mod header;
mod keys;
mod limit;
mod live;
mod organization;
mod page;
mod recognize;
mod rehash;
pub mod router;
mod site;

pub use admin::configuration;
pub use admin::export_key::{ExportKey, NotAnExportKey};
pub use app::{App, KeyFactory, MutualTls, NotReady, Passwords, Ports, Secrets, Settings};
pub use bounds::{RequestLimits, Unserved};
pub use door::authn_api::{NotAStateKey, StateKey};
pub use door::oauth::token::Issued;
pub use environment::{Registry, RegistryError};
pub use extract::{Country, Peer, RequestId};
pub use fault::{Busy, Fault};
pub use header::protect;
pub use keys::{SigningKeys, StoredKeys};
pub use limit::{AddressLimit, Limited, Purpose};
pub use live::LiveError;
pub use organization::{
    OrganizationError, OrganizationSettings, Organizations, properties, read_properties,
};
pub use page::{
    Brand, Colour, ColourFormat, Locale, Locales, Pages, Templates, TemplatesError, WordsError,
};
pub use recognize::{
    FaceAttempt, FaceClaim, Faces, NotLooked, Recognize, RecognizeBounds, TemplateUnusable,
};
pub use site::issuer_of;
