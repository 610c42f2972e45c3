//! Who asks for credentials: the RP ID, and where it may be used (WebAuthn Level 3 §5.1.2, §5.11,
//! §13.4.9).

use jose::strict_base64url;
use url::{Host, Url};

/// Why a relying party cannot be as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// There is no origin.
    #[error("there must be an origin at which credentials are used")]
    NoOrigin,
    /// The RP ID is not a domain in its normal form.
    #[error("the RP ID `{0}` is not a domain name in lower case; IP addresses are none")]
    NotADomain(String),
    /// The origin is not one in its normal form.
    #[error("`{0}` is not an origin: scheme, host, and port if it is not the usual one")]
    NotAnOrigin(String),
    /// The origin is not a secure one.
    #[error("the origin `{0}` must have https, which only localhost goes without")]
    NotSecure(String),
    /// The RP ID is not the origin's host, nor an end of it.
    #[error("the RP ID is neither the host of `{0}` nor a domain above it")]
    OutOfScope(String),
    /// The RP ID is a domain that nobody but a registry has.
    #[error("the RP ID `{0}` is a public suffix")]
    PublicSuffix(String),
}

/// A relying party, whose origins have been found to fit its RP ID.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    id: String,
    name: String,
    origins: Vec<String>,
    related_origins: Vec<String>,
    top_origins: Vec<String>,
}

impl RelyingParty {
    /// The relying party of this RP ID at these origins. Apps have origins too:
    /// `android:apk-key-hash:` and the SHA-256 of their certificate in base64url.
    pub fn new(id: &str, name: &str, origins: &[&str]) -> Result<Self, RelyingPartyError> {
        let is_domain = matches!(Host::parse(id), Ok(Host::Domain(domain)) if domain == id);
        if !is_domain || id.ends_with('.') {
            return Err(RelyingPartyError::NotADomain(id.to_owned()));
        }
        if origins.is_empty() {
            return Err(RelyingPartyError::NoOrigin);
        }
        for origin in origins.iter().filter(|origin| !is_app(origin)) {
            check_scope(id, origin)?;
        }
        Ok(Self {
            id: id.to_owned(),
            name: name.to_owned(),
            origins: owned(origins),
            related_origins: Vec::new(),
            top_origins: Vec::new(),
        })
    }

    /// With origins of other domains where its credentials may be used as well (§5.11).
    pub fn with_related_origins(mut self, origins: &[&str]) -> Result<Self, RelyingPartyError> {
        for origin in origins {
            secure_host(origin)?;
        }
        self.related_origins = owned(origins);
        Ok(self)
    }

    /// With origins whose pages may have ours in a frame; without any, none may.
    pub fn with_top_origins(mut self, origins: &[&str]) -> Result<Self, RelyingPartyError> {
        for origin in origins {
            secure_host(origin)?;
        }
        self.top_origins = owned(origins);
        Ok(self)
    }

    /// The RP ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name that clients may show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `/.well-known/webauthn` lists (§5.11.1).
    pub fn related_origins(&self) -> &[String] {
        &self.related_origins
    }

    /// Whether credentials may be used at this origin: it is one of those that were given, letter
    /// for letter (§13.4.9).
    pub fn expects_origin(&self, origin: &str) -> bool {
        let mut expected = self.origins.iter().chain(&self.related_origins);
        expected.any(|expected| expected == origin)
    }

    pub(super) const fn may_be_framed(&self) -> bool {
        !self.top_origins.is_empty()
    }

    pub(super) fn may_be_framed_by(&self, origin: &str) -> bool {
        self.top_origins.iter().any(|expected| expected == origin)
    }
}

fn owned(origins: &[&str]) -> Vec<String> {
    origins.iter().map(|&origin| origin.to_owned()).collect()
}

/// WebAuthn §5.1.2 by way of HTML ("is a registrable domain suffix of or is equal to"): the RP ID
/// is the host of the origin, or a domain above it that is no public suffix.
fn check_scope(id: &str, origin: &str) -> Result<(), RelyingPartyError> {
    let host = secure_host(origin)?;
    if host == id {
        return Ok(());
    }
    let above = host.strip_suffix(id).is_some_and(|it| it.ends_with('.'));
    if !above {
        return Err(RelyingPartyError::OutOfScope(origin.to_owned()));
    }
    match psl::domain(id.as_bytes()) {
        Some(_) => Ok(()),
        None => Err(RelyingPartyError::PublicSuffix(id.to_owned())),
    }
}

/// The host of an origin that may have credentials: one with https, or localhost.
fn secure_host(origin: &str) -> Result<String, RelyingPartyError> {
    let not_an_origin = || RelyingPartyError::NotAnOrigin(origin.to_owned());
    let url = Url::parse(origin).map_err(|_| not_an_origin())?;
    if url.origin().ascii_serialization() != origin {
        return Err(not_an_origin());
    }
    let Some(Host::Domain(host)) = url.host() else {
        return Err(not_an_origin());
    };
    let is_local = host == "localhost" || host.ends_with(".localhost");
    match url.scheme() {
        "https" => Ok(host.to_owned()),
        "http" if is_local => Ok(host.to_owned()),
        _ => Err(RelyingPartyError::NotSecure(origin.to_owned())),
    }
}

/// Whether the origin is that of an Android app.
fn is_app(origin: &str) -> bool {
    let hash = origin.strip_prefix("android:apk-key-hash:");
    hash.and_then(|hash| strict_base64url::decode(hash).ok())
        .is_some_and(|hash| hash.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use RelyingPartyError as E;

    fn at(id: &str, origin: &str) -> Result<(), RelyingPartyError> {
        RelyingParty::new(id, "Shop", &[origin]).map(drop)
    }

    #[test]
    fn webauthn_5_1_2_the_rp_id_is_the_host_or_a_domain_above_it() {
        for (id, origin) in [
            ("example.com", "https://example.com"),
            ("example.com", "https://sso.example.com:8443"),
            ("example.co.uk", "https://a.b.example.co.uk"),
            ("localhost", "http://localhost:9031"),
            ("sso.localhost", "http://sso.localhost"),
            ("intranet", "https://intranet"),
        ] {
            assert_eq!(at(id, origin), Ok(()), "{id} at {origin}");
        }
        for (id, origin) in [
            ("example.com", "https://badexample.com"),
            ("example.com", "https://example.com.evil.org"),
            ("sso.example.com", "https://example.com"),
        ] {
            assert_eq!(at(id, origin), Err(E::OutOfScope(origin.to_owned())));
        }
    }

    #[test]
    fn webauthn_5_1_2_a_public_suffix_is_no_rp_id() {
        for (id, origin) in [
            ("com", "https://example.com"),
            ("co.uk", "https://example.co.uk"),
            ("github.io", "https://somebody.github.io"),
        ] {
            assert_eq!(at(id, origin), Err(E::PublicSuffix(id.to_owned())));
        }
    }

    #[test]
    fn webauthn_5_1_2_an_rp_id_is_a_domain_and_an_origin_is_secure() {
        for id in [
            "127.0.0.1",
            "[::1]",
            "Example.com",
            "example.com.",
            "",
            "a b",
        ] {
            let origin = "https://example.com";
            assert_eq!(at(id, origin), Err(E::NotADomain(id.to_owned())), "{id}");
        }
        let plain = "http://example.com";
        assert_eq!(
            at("example.com", plain),
            Err(E::NotSecure(plain.to_owned()))
        );
        for origin in [
            "https://example.com/",
            "https://example.com:443",
            "https://EXAMPLE.com",
            "https://127.0.0.1",
            "example.com",
            "android:apk-key-hash:abc",
        ] {
            let refused = Err(E::NotAnOrigin(origin.to_owned()));
            assert_eq!(at("example.com", origin), refused);
        }
        let none = RelyingParty::new("example.com", "Shop", &[]).map(drop);
        assert_eq!(none, Err(E::NoOrigin));
    }

    #[test]
    fn webauthn_13_4_9_origins_are_compared_letter_for_letter() {
        let app = "android:apk-key-hash:sha256_hash-of-apk-signing-cert-0123456789a";
        let hash = strict_base64url::encode([7; 32]);
        assert!(at("example.com", app).is_err());
        let app = format!("android:apk-key-hash:{hash}");
        let shop = RelyingParty::new("example.com", "Shop", &["https://example.com", &app])
            .unwrap()
            .with_related_origins(&["https://example.de"])
            .unwrap();
        for expected in ["https://example.com", "https://example.de", &app] {
            assert!(shop.expects_origin(expected), "{expected}");
        }
        for other in [
            "https://sso.example.com",
            "https://example.com:444",
            "http://example.com",
            "https://example.com/",
            "null",
            "",
        ] {
            assert!(!shop.expects_origin(other), "{other}");
        }
        assert!(!shop.may_be_framed());
    }
}
