//! Redirect URIs as clients register them: exact, or with wildcards.
//!
//! A wildcard `*` stands for any characters of the path and the query, and as the whole leftmost
//! label of a host for any single label. Everything before the path is otherwise literal, because
//! whoever could choose it could choose who receives the codes.

use url::Url;

/// The longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2048;

/// The most wildcards in one redirect URI.
const MAX_WILDCARDS: usize = 5;

/// Schemes that make a browser run or read what follows.
const UNSAFE_SCHEMES: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

/// Schemes after which a browser looks for a host, wherever the URI has it (WHATWG URL §3.1, "special
/// scheme").
const OF_HOSTS: [&str; 5] = ["http", "https", "ftp", "ws", "wss"];

/// Second-level names under which anybody can register, below the two letters of a country.
const SHARED_SECOND_LEVELS: [&str; 15] = [
    "ac", "co", "com", "edu", "gob", "gouv", "gov", "gv", "id", "ne", "net", "nom", "or", "org",
    "web",
];

/// Domains under which anybody gets a name for the asking. The list is not complete; it is there
/// for the mistakes that are easily made.
const SHARED_HOSTS: [&str; 24] = [
    "appspot.com",
    "azurestaticapps.net",
    "azurewebsites.net",
    "blogspot.com",
    "cloudfront.net",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "glitch.me",
    "herokuapp.com",
    "netlify.app",
    "ngrok-free.app",
    "ngrok.app",
    "ngrok.io",
    "onrender.com",
    "pages.dev",
    "run.app",
    "s3.amazonaws.com",
    "surge.sh",
    "trycloudflare.com",
    "vercel.app",
    "web.app",
    "workers.dev",
];

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unregistrable {
    /// It is longer than [`MAX_LENGTH`].
    #[error("a redirect URI has at most {MAX_LENGTH} bytes")]
    TooLong,
    /// It has characters that no URI has.
    #[error("a redirect URI has printable ASCII characters without blanks")]
    NotPlain,
    /// It is not an absolute URI.
    #[error("a redirect URI is an absolute URI")]
    NotAbsolute,
    /// It has a fragment.
    #[error("a redirect URI has no fragment")]
    Fragment,
    /// It has a scheme that makes a browser run or read what follows.
    #[error("with this scheme a browser could be made to run code")]
    UnsafeScheme,
    /// It has a user name or a password.
    #[error("a redirect URI has no user name and no password")]
    UserInformation,
    /// It has a backslash, which browsers take for a slash.
    #[error("a redirect URI has no backslash")]
    Backslash,
    /// It has too many wildcards.
    #[error("a redirect URI has at most {MAX_WILDCARDS} wildcards")]
    TooManyWildcards,
    /// A wildcard in the scheme.
    #[error("a wildcard in the scheme would match every host")]
    WildcardInScheme,
    /// A wildcard in the port.
    #[error("a wildcard in the port could be continued with another host")]
    WildcardInPort,
    /// A wildcard in the host that is not its whole leftmost label.
    #[error(
        "in a host, a wildcard can only be the whole leftmost label, as in https://*.shop.example/"
    )]
    WildcardInHost,
    /// A wildcard directly below a domain under which anybody can have a name.
    #[error("under this domain anybody can register a host that the wildcard would match")]
    WildcardBelowSharedDomain,
}

/// A registered redirect URI, with or without wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    text: &'a str,
}

impl<'a> Pattern<'a> {
    /// The pattern with this text.
    ///
    /// # Errors
    /// Why it cannot be registered.
    pub fn parse(text: &'a str) -> Result<Self, Unregistrable> {
        if text.len() > MAX_LENGTH {
            return Err(Unregistrable::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unregistrable::NotPlain);
        }
        // RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI [...]. The
        // endpoint URI MUST NOT include a fragment component."
        if text.contains('#') {
            return Err(Unregistrable::Fragment);
        }
        if text.contains('\\') {
            return Err(Unregistrable::Backslash);
        }
        if text.matches('*').count() > MAX_WILDCARDS {
            return Err(Unregistrable::TooManyWildcards);
        }
        let parts = Parts::of(text).ok_or(Unregistrable::NotAbsolute)?;
        check_scheme(parts.scheme)?;
        check_authority(&parts)?;
        // What stands for a wildcard is as good as any other letter.
        let sample = text.replace('*', "w");
        Url::parse(&sample).map_err(|_| Unregistrable::NotAbsolute)?;
        Ok(Self { text })
    }

    /// Whether it matches more than one URI.
    pub fn has_wildcard(&self) -> bool {
        self.text.contains('*')
    }

    /// Whether `requested` is this redirect URI, or one of those for which it stands.
    ///
    /// RFC 9700 §2.1: "authorization servers MUST utilize exact string matching except for port
    /// numbers in localhost redirection URIs of native apps". A wildcard is the client's own waiver.
    pub fn matches(&self, requested: &str) -> bool {
        if !self.has_wildcard() {
            return is_same(self.text, requested);
        }
        // Who receives the answer must not hang on how a browser tidies up what the wildcard let
        // through.
        if requested.len() > MAX_LENGTH || !is_tidy(requested) {
            return false;
        }
        // RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time
        // of the request for loopback IP redirect URIs"
        if let (Some(ours), Some(theirs)) = (loopback(self.text), loopback(requested)) {
            return ours.0 == theirs.0 && follows(ours.1, theirs.1);
        }
        let (Some(ours), Some(theirs)) = (Parts::of(self.text), Parts::of(requested)) else {
            return false;
        };
        ours.scheme == theirs.scheme
            && is_authority(ours.authority, theirs.authority)
            && follows(ours.rest, theirs.rest)
    }
}

/// Whether `requested` is one of these registered redirect URIs.
pub fn is_registered(registered: &[String], requested: &str) -> bool {
    let is = |text: &String| Pattern { text }.matches(requested);
    registered.iter().any(is)
}

/// The redirect URI that is meant when a request names none, if there can be only one.
///
/// RFC 6749 §3.1.2.3: "If multiple redirection URIs have been registered, if only part of the
/// redirection URI has been registered, or if no redirection URI has been registered, the client
/// MUST include a redirection URI"
pub fn only(registered: &[String]) -> Option<&str> {
    match registered {
        [only] if !only.contains('*') => Some(only),
        _ => None,
    }
}

/// Whether a browser may be sent to this URI, once parameters are added to it.
pub fn is_usable(uri: &str) -> bool {
    let is_plain = uri.bytes().all(|b| b.is_ascii_graphic());
    // RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI [...]. The endpoint
    // URI MUST NOT include a fragment component."
    is_plain
        && !uri.contains('#')
        && Url::parse(uri).is_ok_and(|url| !UNSAFE_SCHEMES.contains(&url.scheme()))
}

/// The parts of a URI that a wildcard tells apart.
struct Parts<'a> {
    scheme: &'a str,
    /// Without the slashes before it; nothing where there are none.
    authority: Option<&'a str>,
    /// The path and the query.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (scheme, after) = text.split_once(':')?;
        let Some(after) = after.strip_prefix("//") else {
            return Some(Self {
                scheme,
                authority: None,
                rest: after,
            });
        };
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        Some(Self {
            scheme,
            authority: Some(authority),
            rest,
        })
    }
}

fn check_scheme(scheme: &str) -> Result<(), Unregistrable> {
    let known = scheme.to_ascii_lowercase();
    match known.as_str() {
        _ if scheme.contains('*') => Err(Unregistrable::WildcardInScheme),
        known if UNSAFE_SCHEMES.contains(&known) => Err(Unregistrable::UnsafeScheme),
        _ => Ok(()),
    }
}

fn check_authority(parts: &Parts<'_>) -> Result<(), Unregistrable> {
    let scheme = parts.scheme.to_ascii_lowercase();
    let is_web = OF_HOSTS.contains(&scheme.as_str());
    let authority = match parts.authority {
        // Browsers skip any number of slashes: to them, `https:///*` is every host there is.
        Some("") if is_web => return Err(Unregistrable::NotAbsolute),
        authority => authority,
    };
    let Some(authority) = authority else {
        // `https:shop.example` is a URL to a browser, and so is `https:*`.
        return match is_web {
            true => Err(Unregistrable::NotAbsolute),
            false => Ok(()),
        };
    };
    if authority.contains('@') {
        return Err(Unregistrable::UserInformation);
    }
    let (host, port) = host_and_port(authority);
    if port.contains('*') {
        return Err(Unregistrable::WildcardInPort);
    }
    match host.strip_prefix("*.") {
        None if host.contains('*') => Err(Unregistrable::WildcardInHost),
        Some(domain) if domain.contains('*') || !is_web => Err(Unregistrable::WildcardInHost),
        Some(domain) if is_shared(domain) => Err(Unregistrable::WildcardBelowSharedDomain),
        None | Some(_) => Ok(()),
    }
}

/// The host, and the port behind its colon, of an authority without user information.
fn host_and_port(authority: &str) -> (&str, &str) {
    let end_of_address = authority.rfind(']').unwrap_or(0);
    let colon = authority
        .get(end_of_address..)
        .and_then(|rest| rest.find(':'));
    match colon.and_then(|at| authority.split_at_checked(end_of_address + at)) {
        Some((host, port)) => (host, port),
        None => (authority, ""),
    }
}

/// Whether anybody can have a name directly below this domain.
fn is_shared(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    let by_country = match labels.as_slice() {
        [] | [_] => true,
        [second, country] => country.len() == 2 && SHARED_SECOND_LEVELS.contains(second),
        _ => false,
    };
    by_country || labels.contains(&"") || SHARED_HOSTS.contains(&domain.as_str())
}

/// Whether `requested` is the registered URI without wildcards.
fn is_same(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    // RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of
    // the request for loopback IP redirect URIs"
    match (loopback(registered), loopback(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// A loopback IP redirect URI without its port: the host and what follows the authority.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let (host, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|host| uri.strip_prefix(host).map(|rest| (host, rest)))?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port_and_rest) => {
            let end = port_and_rest.find(|c: char| !c.is_ascii_digit());
            let (port, rest) = port_and_rest.split_at(end.unwrap_or(port_and_rest.len()));
            port.parse::<u16>().ok().filter(|port| *port != 0)?;
            rest
        }
    };
    // What follows must not be more of the authority: `http://127.0.0.1:80@elsewhere`.
    matches!(rest.as_bytes().first(), None | Some(b'/' | b'?')).then_some((host, rest))
}

/// Whether a browser would go where this URI says, letter by letter, and a server would find there
/// what it says: many decode a path, or drop the parameters of its segments, before they resolve it.
fn is_tidy(uri: &str) -> bool {
    let plain = uri.bytes().all(|byte| byte.is_ascii_graphic());
    let (path, _) = uri.split_once('?').unwrap_or((uri, ""));
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    let path = path.replace("%2f", "/").replace("%5c", "/");
    let names = path.split('/').map(|segment| segment.split(';').next());
    let has_dots = names.flatten().any(|name| matches!(name, "." | ".."));
    plain && !uri.contains(['#', '\\', '*']) && !has_dots
}

/// Whether an authority is this one, whose leftmost label may be a wildcard.
fn is_authority(ours: Option<&str>, theirs: Option<&str>) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return ours.is_none() && theirs.is_none();
    };
    let Some(domain) = ours.strip_prefix('*') else {
        return ours == theirs;
    };
    let label = theirs.strip_suffix(domain).unwrap_or_default();
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    !label.is_empty() && label.bytes().all(legal)
}

/// Whether what follows the authority is as the pattern says. A wildcard of the path stays in the
/// path, unless it is the last character: `/callback*` is also `/callback?tenant=1`, and
/// `/*/callback` is not `/x?y=/callback`.
fn follows(pattern: &str, text: &str) -> bool {
    let (begin, mut wild) = pattern.split_once('*').unwrap_or((pattern, ""));
    let Some(mut rest) = text.strip_prefix(begin) else {
        return false;
    };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut in_query = begin.contains('?');
    // `wild` is what follows a wildcard.
    while let Some((piece, after)) = wild.split_once('*') {
        let at = rest.find(piece).and_then(|at| rest.split_at_checked(at));
        let legal = |(skipped, _): &(&str, &str)| in_query || !skipped.contains('?');
        let Some((_, found)) = at.filter(legal) else {
            return false;
        };
        rest = found.strip_prefix(piece).unwrap_or_default();
        in_query |= piece.contains('?');
        wild = after;
    }
    let skipped = rest.strip_suffix(wild);
    skipped.is_some_and(|skipped| in_query || wild.is_empty() || !skipped.contains('?'))
}

#[cfg(test)]
mod tests;
