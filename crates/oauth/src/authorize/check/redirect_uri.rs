//! Where the answer goes: the check on which the safety of all others rests.

use url::Url;

use super::Checked;
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::{AuthorizeError, ResponseMode, ResponseTarget};

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

/// The redirect URI is one of the client's.
pub(in crate::authorize) fn registered(seen: Seen<'_>) -> Checked {
    let registered = &seen.client()?.redirect_uris;
    let named = seen.value("redirect_uri");
    let uri = match (named, registered.as_slice()) {
        (Some(named), all) if all.iter().any(|uri| matches(uri, named)) => named,
        (Some(_), _) => return Err(AuthorizeError::RedirectUriUnregistered),
        // RFC 6749 §3.1.2.3: "If multiple redirection URIs have been registered, if only part of
        // the redirection URI has been registered, or if no redirection URI has been registered,
        // the client MUST include a redirection URI". OpenID Connect Core §3.1.2.1:
        // "redirect_uri REQUIRED."
        (None, [only]) if !asks_for_openid(seen) => only,
        (None, _) => return Err(AuthorizeError::RedirectUriMissing),
    };
    if !is_usable(uri) {
        return Err(AuthorizeError::RedirectUriUnusable);
    }
    Ok(Finding::Target {
        target: target(seen, uri),
        named: named.is_some(),
    })
}

/// Errors from here on go where and how the client wants them, as far as that is known to be good.
fn target(seen: Seen<'_>, uri: &str) -> ResponseTarget {
    let mode = super::response::mode_of(seen).filter(|mode| mode.reaches(uri));
    let mode = mode.unwrap_or_else(|| ResponseMode::usual(super::response::kind_of(seen)));
    let names_issuer = seen.facts.settings.include_issuer_in_authorization_response;
    ResponseTarget::new(uri.to_owned(), mode)
        .with_state(super::response::returnable_state(seen))
        .with_issuer(names_issuer.then_some(seen.facts.issuer))
}

fn asks_for_openid(seen: Seen<'_>) -> bool {
    seen.value("scope")
        .is_some_and(|scope| scope.split(' ').any(|value| value == "openid"))
}

/// Whether `requested` is the registered URI.
///
/// RFC 9700 §2.1: "authorization servers MUST utilize exact string matching except for port
/// numbers in localhost redirection URIs of native apps"
fn matches(registered: &str, requested: &str) -> bool {
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

/// Whether a browser may be sent to this URI, once parameters are added to it.
pub(crate) fn is_usable(uri: &str) -> bool {
    let is_plain = uri.bytes().all(|b| b.is_ascii_graphic());
    // RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI [...]. The endpoint
    // URI MUST NOT include a fragment component."
    is_plain
        && !uri.contains('#')
        && Url::parse(uri).is_ok_and(|url| !UNSAFE_SCHEMES.contains(&url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9700_2_1_compares_character_by_character() {
        let registered = "https://rp.example/cb?a=1";
        assert!(matches(registered, registered));
        for other in [
            "https://rp.example/cb",
            "https://rp.example/cb?a=1&b=2",
            "https://rp.example/cb/?a=1",
            "https://rp.example/CB?a=1",
            "https://RP.example/cb?a=1",
            "https://rp.example:443/cb?a=1",
            "https://rp.example/x/../cb?a=1",
            "https://rp.example/%63b?a=1",
            "https://rp.example/cb?a=1#",
            " https://rp.example/cb?a=1",
            "https://rp.example.evil.example/cb?a=1",
            "https://rp.example@evil.example/cb?a=1",
            "",
        ] {
            assert!(!matches(registered, other), "{other}");
        }
    }

    #[test]
    fn rfc8252_7_3_allows_any_port_of_a_loopback_ip() {
        for (registered, requested) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
            ("http://[::1]/cb?x=1", "http://[::1]:61023/cb?x=1"),
            ("http://127.0.0.1", "http://127.0.0.1:1"),
        ] {
            assert!(matches(registered, requested), "{registered} {requested}");
        }
    }

    #[test]
    fn rfc8252_7_3_allows_nothing_but_the_port_to_differ() {
        for (registered, requested) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1"),
            ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:51004/cb"),
            ("http://127.0.0.1/cb", "http://[::1]:51004/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1@evil.example/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1:80\\@evil.example/cb",
            ),
            ("http://localhost/cb", "http://localhost:51004/cb"),
        ] {
            assert!(!matches(registered, requested), "{registered} {requested}");
        }
    }

    #[test]
    fn rfc6749_3_1_2_wants_an_absolute_uri_without_fragment() {
        for uri in [
            "https://rp.example/cb",
            "com.example.app:/cb",
            "http://[::1]:80/?a=b",
        ] {
            assert!(is_usable(uri), "{uri}");
        }
        for uri in [
            "/cb",
            "rp.example/cb",
            "https://rp.example/cb#",
            "https://rp.example/cb#x",
            "javascript:alert(1)//",
            "JavaScript:alert(1)//",
            "data:text/html,x",
            "https://rp.example/\u{fc}",
            "https://rp.example/a b",
            "https://rp.example/\r\nset-cookie:a",
            "",
        ] {
            assert!(!is_usable(uri), "{uri}");
        }
    }
}
