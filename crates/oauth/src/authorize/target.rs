//! Where an authorization response goes, and how.

use domain::ResponseType;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

/// Where in what the browser is told an authorization response travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// In the query of the redirect URI (OAuth 2.0 Multiple Response Types §2.1).
    Query,
    /// In its fragment (OAuth 2.0 Multiple Response Types §2.1).
    Fragment,
    /// As a form that the browser posts to it (OAuth 2.0 Form Post Response Mode §2).
    FormPost,
    /// In what the client itself is answered: nobody is redirected.
    Answer,
}

impl Carrier {
    /// The one for a response type, if the request does not say.
    pub const fn of(kind: ResponseType) -> Self {
        // OAuth 2.0 Multiple Response Types §5: "the default Response Mode for this Response Type
        // is the fragment encoding and the query encoding MUST NOT be used."
        if kind.carries_token() {
            Self::Fragment
        } else {
            Self::Query
        }
    }
}

/// The name of the mode in which the client is answered itself, without any redirect.
pub const REDIRECTLESS: &str = "pi.flow";

/// How an authorization response reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseMode {
    /// Where it travels.
    pub carrier: Carrier,
    /// Whether it is a signed token, encrypted if the client wants that (JARM §2.3).
    pub protected: bool,
}

/// Every mode by its name; the carrier of `jwt` depends on the response type (JARM §2.3.4).
const MODES: [(&str, Option<Carrier>, bool); 7] = [
    ("query", Some(Carrier::Query), false),
    ("fragment", Some(Carrier::Fragment), false),
    ("form_post", Some(Carrier::FormPost), false),
    ("query.jwt", Some(Carrier::Query), true),
    ("fragment.jwt", Some(Carrier::Fragment), true),
    ("form_post.jwt", Some(Carrier::FormPost), true),
    ("jwt", None, true),
];

impl ResponseMode {
    /// The names of all modes in which any client can be answered.
    pub fn names() -> [&'static str; 7] {
        MODES.map(|(name, ..)| name)
    }

    /// Whether there is a mode of this name.
    pub fn is_known(name: &str) -> bool {
        name == REDIRECTLESS || Self::names().contains(&name)
    }

    /// Whether nobody is redirected.
    pub fn is_redirectless(self) -> bool {
        self.carrier == Carrier::Answer
    }

    /// The mode that a response of this kind has when the request does not name one.
    pub const fn usual(kind: ResponseType) -> Self {
        Self {
            carrier: Carrier::of(kind),
            protected: false,
        }
    }

    /// The mode with this name, for a response of this kind; names are case-sensitive.
    pub fn named(name: &str, kind: ResponseType) -> Option<Self> {
        if name == REDIRECTLESS {
            return Some(Self {
                carrier: Carrier::Answer,
                protected: false,
            });
        }
        let (_, carrier, protected) = MODES.into_iter().find(|(known, ..)| *known == name)?;
        Some(Self {
            carrier: carrier.unwrap_or(Carrier::of(kind)),
            protected,
        })
    }

    /// Whether it keeps a response of this kind from being left where addresses are left: in logs,
    /// histories and referrers. An encrypted one may lie anywhere.
    pub fn hides(self, kind: ResponseType, is_encrypted: bool) -> bool {
        self.carrier != Carrier::Query || !kind.carries_token() || self.protected && is_encrypted
    }

    /// Whether it can reach this redirect URI: browsers post forms over HTTP only, not to apps.
    pub fn reaches(self, redirect_uri: &str) -> bool {
        let is_web = |scheme: &str| {
            redirect_uri
                .get(..scheme.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(scheme))
        };
        self.carrier != Carrier::FormPost || is_web("https://") || is_web("http://")
    }
}

/// Where the response to an authorization request goes: a redirect URI that was proven to be the
/// client's, and what must go with every response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseTarget {
    /// Empty where nobody is redirected and none was named.
    redirect_uri: String,
    mode: ResponseMode,
    state: Option<String>,
    issuer: Option<String>,
}

impl ResponseTarget {
    /// The target at a redirect URI that the caller has just proven.
    pub(super) const fn new(redirect_uri: String, mode: ResponseMode) -> Self {
        Self {
            redirect_uri,
            mode,
            state: None,
            issuer: None,
        }
    }

    /// The target with the request's `state`.
    pub(super) fn with_state(mut self, state: Option<&str>) -> Self {
        self.state = state.map(str::to_owned);
        self
    }

    /// The target with the issuer, for servers that identify themselves (RFC 9207 §2).
    pub(super) fn with_issuer(mut self, issuer: Option<&str>) -> Self {
        self.issuer = issuer.map(str::to_owned);
        self
    }

    /// The redirect URI.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// How the response reaches it.
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The `state` of the request, to be returned as it came.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The issuer, if responses are to name it.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The redirect URI as a source expression of a Content Security Policy
    /// ([`form_action_source`]).
    pub fn form_action_source(&self) -> String {
        form_action_source(&self.redirect_uri)
    }
}

/// A URI as a source expression of a Content Security Policy, for a page with a form that may lead
/// there: its scheme.
///
/// Browsers apply `form-action` to every redirect that follows a form (CSP Level 3 §6.4.1), also to
/// those that the client makes when the person is back. A client that then sends them on to another
/// origin, as brokers do, would be cut off, and where it sends them nobody here can know.
pub fn form_action_source(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

/// A URI with parameters added to its query, which otherwise stays as it is.
///
/// RFC 6749 §3.1.2: "The endpoint URI MAY include an "application/x-www-form-urlencoded" formatted
/// (per Appendix B) query component, which MUST be retained when adding additional query
/// parameters."
pub(crate) fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let separator = match uri.split_once('?') {
        _ if parameters.is_empty() => "",
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encoded(parameters))
}

/// A URI with parameters as its fragment (OAuth 2.0 Multiple Response Types §2.1).
pub(super) fn with_fragment(uri: &str, parameters: &[(&str, &str)]) -> String {
    format!("{uri}#{}", encoded(parameters))
}

fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}
