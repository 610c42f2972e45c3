//! How messages get to people.

use std::fmt;
use std::path::PathBuf;

use domain::Secret;
use http::{HeaderName, Method};
use lettre::message::Mailbox;
use url::Url;

/// Something in the configuration that is never shown.
#[derive(Clone)]
pub(crate) struct Hidden(pub(crate) Secret);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// A secret that is in the configuration, or in a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) here: Option<Hidden>,
    pub(crate) file: Option<PathBuf>,
}

/// Where mail is handed over (RFC 6409).
#[derive(Clone, Debug, Default)]
pub(crate) struct Mail {
    /// The server; no mail is sent, if `None`.
    pub(crate) url: Option<Url>,
    pub(crate) password: Kept,
    pub(crate) from: Option<Mailbox>,
    pub(crate) reply_to: Option<Mailbox>,
    /// Whether mail leaves this machine without TLS.
    pub(crate) insecure: bool,
}

/// Where text messages or calls are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    /// The address; none are asked for, if `None`.
    pub(crate) url: Option<Url>,
    pub(crate) method: Method,
    pub(crate) content_type: ContentType,
    /// Lines such as `Authorization: Bearer ...`.
    pub(crate) headers: Vec<Hidden>,
    /// A file of such lines.
    pub(crate) headers_file: Option<PathBuf>,
    /// The template of the body; one that suits the content type, if `None`.
    pub(crate) body: Option<String>,
    pub(crate) signing_secret: Kept,
    pub(crate) signature_header: HeaderName,
    /// Whether they leave this machine without TLS.
    pub(crate) insecure: bool,
}

/// What the body is that a gateway is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentType {
    Json,
    Form,
    Xml,
}

impl ContentType {
    /// Its name (RFC 9110 §8.3).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::Xml => "application/xml",
        }
    }
}

/// How authenticators are notified while nobody looks at them (RFC 8030).
#[derive(Clone, Debug, Default)]
pub(crate) struct Push {
    /// Whom push services ask about us (RFC 8292 §2.1); they are asked nothing, if `None`.
    pub(crate) subject: Option<String>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            url: None,
            method: Method::POST,
            content_type: ContentType::Json,
            headers: Vec::new(),
            headers_file: None,
            body: None,
            signing_secret: Kept::default(),
            signature_header: HeaderName::from_static("x-countersign-signature"),
            insecure: false,
        }
    }
}
