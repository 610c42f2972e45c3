//! The cookies that browsers bring and are given (RFC 6265).

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use domain::Handle;

/// Opens a session; changed at every sign-on, so that nobody can plant one (RFC 9700 §4.7).
pub(crate) const SESSION: &str = "PF";

/// Binds flows to the browser in which they began, where the server is reached without TLS.
const FLOW: &str = "PF.FLOW";

/// The same over TLS: browsers take a cookie with this prefix from this host alone, so that no
/// sibling domain can plant one (RFC 6265bis §4.1.3.2).
const FLOW_OF_HOST: &str = "__Host-PF.FLOW";

/// The value of the cookie `name`; `None` when the browser sent several, which one does only when
/// somebody else has set one too, and when it is empty.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut named = values(headers, name);
    match (named.next(), named.next()) {
        (Some(value), None) if (1..=128).contains(&value.len()) => Some(value),
        _ => None,
    }
}

/// Whether the browser sent a cookie `name`, to be believed or not.
pub(crate) fn is_present(headers: &HeaderMap, name: &str) -> bool {
    values(headers, name).next().is_some()
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok());
    pairs
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Whether the server is reached by TLS, which decides how cookies are protected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    /// Cookies are sent over TLS only.
    pub(crate) secure: bool,
}

impl Protection {
    /// The name of the cookie that binds flows to the browser in which they began.
    pub(crate) const fn flow(self) -> &'static str {
        match self.secure {
            true => FLOW_OF_HOST,
            false => FLOW,
        }
    }

    /// Gives the browser a cookie that lasts until it is closed.
    pub(crate) fn set(self, headers: &mut HeaderMap, name: &str, handle: &Handle) {
        self.append(headers, &format!("{name}={}", handle.expose()));
    }

    /// Takes a cookie away from the browser.
    pub(crate) fn remove(self, headers: &mut HeaderMap, name: &str) {
        self.append(headers, &format!("{name}=; Max-Age=0"));
    }

    fn append(self, headers: &mut HeaderMap, cookie: &str) {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{cookie}; Path=/; HttpOnly; SameSite=Lax{secure}");
        // Only base64url and our own words: always a legal header value.
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        headers
    }

    #[test]
    fn finds_a_cookie_among_others() {
        assert_eq!(
            value(&headers(&["a=1; PF=xyz; PF.FLOW=q"]), SESSION),
            Some("xyz")
        );
        assert_eq!(value(&headers(&["a=1", "PF=xyz"]), SESSION), Some("xyz"));
        assert_eq!(value(&headers(&["XPF=xyz"]), SESSION), None);
    }

    #[test]
    fn rfc6265bis_4_1_3_2_over_tls_the_flow_cookie_is_of_this_host_alone() {
        let secure = Protection { secure: true };
        assert_eq!(secure.flow(), "__Host-PF.FLOW");
        assert_eq!(Protection { secure: false }.flow(), "PF.FLOW");
        let planted = headers(&["PF.FLOW=planted"]);
        assert!(!is_present(&planted, secure.flow()));
        let mut given = HeaderMap::new();
        secure.remove(&mut given, secure.flow());
        assert_eq!(
            given[SET_COOKIE],
            "__Host-PF.FLOW=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn believes_none_of_two_cookies_of_one_name() {
        let planted = headers(&["PF=mine; PF=planted"]);
        assert_eq!(value(&planted, SESSION), None);
        assert!(is_present(&planted, SESSION) && !is_present(&planted, FLOW));
        assert_eq!(value(&headers(&["PF="]), SESSION), None);
    }
}
