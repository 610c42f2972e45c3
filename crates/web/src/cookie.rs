//! The cookies that browsers bring and are given (RFC 6265).

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use domain::{Handle, HandleKey};

/// Opens a session; changed at every sign-on, so that nobody can plant one (RFC 9700 §4.7).
pub(crate) const SESSION: &str = "PF";

/// How the names of the cookies begin that bind flows to a browser, where the server is reached
/// without TLS.
const FLOW: &str = "PF.FLOW.";

/// The same over TLS: browsers take a cookie with this prefix from this host alone, so that no
/// sibling domain can plant one (RFC 6265bis §4.1.3.2).
const FLOW_OF_HOST: &str = "__Host-PF.FLOW.";

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
    all(headers)
        .filter(move |(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lists = headers.get_all(COOKIE).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// A cookie that binds flows to the browser that has it.
pub(crate) struct FlowCookie<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) key: HandleKey,
}

/// Whether the server is reached by TLS, which decides how cookies are protected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    /// Cookies are sent over TLS only.
    pub(crate) secure: bool,
}

impl Protection {
    /// The cookies that bind flows to this browser, the oldest first.
    pub(crate) fn flows(self, headers: &HeaderMap) -> Vec<FlowCookie<'_>> {
        let flow = |(name, _): &(&str, &str)| name.starts_with(self.flow());
        let known = all(headers).filter(flow).filter_map(|(name, _)| {
            let value = value(headers, name)?;
            let key = HandleKey::of(value);
            Some(FlowCookie { name, value, key })
        });
        let mut known: Vec<_> = known.collect();
        known.sort_by(|one, other| one.key.as_ref().cmp(other.key.as_ref()));
        known
    }

    /// Gives the browser a cookie to bind flows to, beside those that it may have: requests that are
    /// under way at the same time must not take each other's away.
    pub(crate) fn set_flow(self, headers: &mut HeaderMap, tag: &str, handle: &Handle) {
        self.set(headers, &format!("{}{tag}", self.flow()), handle);
    }

    /// Gives the browser a cookie that lasts until it is closed.
    pub(crate) fn set(self, headers: &mut HeaderMap, name: &str, handle: &Handle) {
        self.append(headers, &format!("{name}={}", handle.expose()));
    }

    /// Takes a cookie away from the browser.
    pub(crate) fn remove(self, headers: &mut HeaderMap, name: &str) {
        self.append(headers, &format!("{name}=; Max-Age=0"));
    }

    /// How the names of the cookies begin that bind flows to a browser.
    const fn flow(self) -> &'static str {
        match self.secure {
            true => FLOW_OF_HOST,
            false => FLOW,
        }
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
    use domain::Timestamp;
    use domain::port::fixed::CountingRandom;

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
            value(&headers(&["a=1; PF=xyz; PF.FLOW.x=q"]), SESSION),
            Some("xyz")
        );
        assert_eq!(value(&headers(&["a=1", "PF=xyz"]), SESSION), Some("xyz"));
        assert_eq!(value(&headers(&["XPF=xyz"]), SESSION), None);
    }

    #[test]
    fn rfc6265bis_4_1_3_2_over_tls_the_flow_cookies_are_of_this_host_alone() {
        let [secure, plain] = [true, false].map(|secure| Protection { secure });
        let brought = headers(&["PF.FLOW.x=planted; __Host-PF.FLOW.y=own"]);
        let values = |protection: Protection| {
            let cookies = protection.flows(&brought);
            cookies.iter().map(|it| it.value).collect::<Vec<_>>()
        };
        assert_eq!(values(secure), ["own"]);
        assert_eq!(values(plain), ["planted"]);
        let mut given = HeaderMap::new();
        secure.remove(&mut given, "__Host-PF.FLOW.y");
        assert_eq!(
            given[SET_COOKIE],
            "__Host-PF.FLOW.y=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn flow_cookies_are_told_by_their_names_and_sorted_by_age() {
        let random = CountingRandom::default();
        let made = |seconds| Handle::new(Timestamp::from_seconds(seconds), 32, &random);
        let [old, new] = [made(1_700_000_000), made(1_700_000_009)];
        let protection = Protection { secure: false };
        let mut given = HeaderMap::new();
        protection.set_flow(&mut given, "b", &new);
        protection.set_flow(&mut given, "a", &old);
        let mut brought = HeaderMap::new();
        for cookie in given.get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            brought.append(COOKIE, pair.parse().unwrap());
        }
        for other in ["PF=x", "PF.FLOW.c=1; PF.FLOW.c=2", "PF.FLOW.d="] {
            brought.append(COOKIE, HeaderValue::from_static(other));
        }
        let cookies = protection.flows(&brought);
        let names: Vec<&str> = cookies.iter().map(|it| it.name).collect();
        assert_eq!(names, ["PF.FLOW.a", "PF.FLOW.b"]);
        assert_eq!(cookies[0].key, old.key());
    }

    #[test]
    fn believes_none_of_two_cookies_of_one_name() {
        let planted = headers(&["PF=mine; PF=planted"]);
        assert_eq!(value(&planted, SESSION), None);
        assert!(is_present(&planted, SESSION));
        assert_eq!(value(&headers(&["PF="]), SESSION), None);
    }
}
