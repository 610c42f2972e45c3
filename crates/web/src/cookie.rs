//! The cookies that browsers bring and are given (RFC 6265).

use std::time::Duration;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use domain::{EnvironmentId, Handle, HandleKey, User};

/// How long a browser remembers the user name of whoever wants it to.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The value of the cookie `name`; `None` when the browser sent several, which one does only when
/// somebody else has set one too, and when it is empty.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut named = values(headers, name);
    match (named.next(), named.next()) {
        (Some(value), None) if (1..=128).contains(&value.len()) => Some(value),
        _ => None,
    }
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

/// The cookies of one house. Each house has names of its own, so that it takes none that another one
/// has given.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    /// Cookies are sent over TLS only.
    secure: bool,
    /// Opens a session; changed at every sign-on, so that nobody can plant one (RFC 9700 §4.7).
    session: String,
    /// The same, when the browser was closed.
    persistent: String,
    /// How the names of the cookies begin that bind flows to a browser.
    flow: String,
    /// Tells that the person trusts the browser.
    trust: String,
    /// The user name that is filled in for whoever signs on next.
    name: String,
    /// Where browsers bring those that are not of a whole host.
    path: String,
}

impl Cookies {
    /// The cookies of the server itself, which is reached by TLS or not.
    pub(crate) fn of_server(secure: bool) -> Self {
        Self {
            secure,
            session: "PF".to_owned(),
            persistent: "PF.PERSISTENT".to_owned(),
            flow: flow(secure, "PF.FLOW."),
            trust: flow(secure, "PF.TRUST"),
            name: flow(secure, "PF.NAME"),
            path: "/".to_owned(),
        }
    }

    /// The cookies of an environment of that server.
    pub(crate) fn of_environment(id: EnvironmentId, secure: bool) -> Self {
        Self {
            secure,
            session: format!("ST.{id}"),
            persistent: format!("ST.{id}.PERSISTENT"),
            flow: flow(secure, &format!("ST.{id}.FLOW.")),
            trust: flow(secure, &format!("ST.{id}.TRUST")),
            name: flow(secure, &format!("ST.{id}.NAME")),
            path: format!("/{id}/"),
        }
    }

    /// The cookie that opens the browser's session.
    pub(crate) fn session<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        // Of two of one name neither is believed, nor another in their place.
        match values(headers, &self.session).next() {
            Some(_) => value(headers, &self.session),
            None => value(headers, &self.persistent),
        }
    }

    /// Whether the browser sent a cookie that opens a session, to be believed or not.
    pub(crate) fn has_session(&self, headers: &HeaderMap) -> bool {
        let of_either = |name| values(headers, name).next().is_some();
        of_either(&self.session) || of_either(&self.persistent)
    }

    /// Whether the browser was closed since it was given the cookie that opens its session.
    pub(crate) fn was_closed(&self, headers: &HeaderMap) -> bool {
        values(headers, &self.session).next().is_none()
    }

    /// Gives the browser the cookie that opens its session: until it is closed, and if there is a
    /// lifetime, the same for so long.
    pub(crate) fn set_session(
        &self,
        headers: &mut HeaderMap,
        handle: &Handle,
        lifetime: Option<Duration>,
    ) {
        self.set(headers, &self.session, handle);
        if let Some(lifetime) = lifetime {
            let value = format!("{}; Max-Age={}", handle.expose(), lifetime.as_secs());
            self.append(headers, &self.persistent, &value);
        }
    }

    /// Takes the cookies of its session away from the browser.
    pub(crate) fn remove_session(&self, headers: &mut HeaderMap) {
        self.remove(headers, &self.session);
        self.remove(headers, &self.persistent);
    }

    /// The cookie that tells that the person trusts the browser.
    pub(crate) fn trust<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        value(headers, &self.trust)
    }

    /// Has the browser keep for so long that the person trusts it.
    pub(crate) fn set_trust(&self, headers: &mut HeaderMap, handle: &Handle, lifetime: Duration) {
        let value = format!("{}; Max-Age={}", handle.expose(), lifetime.as_secs());
        // The attribute comes before the path, where its place does not matter (RFC 6265 §4.1.1).
        self.append(headers, &self.trust, &value);
    }

    /// The user name that the browser remembers for whoever signs on next.
    pub(crate) fn remembered_name(&self, headers: &HeaderMap) -> Option<String> {
        let mut brought = values(headers, &self.name);
        let brought = brought.next().filter(|_| brought.next().is_none())?;
        let name = url::form_urlencoded::parse(brought.as_bytes()).next()?.0;
        let is_name = (1..=User::MAX_USERNAME).contains(&name.len());
        (is_name && !name.contains(char::is_control)).then(|| name.into_owned())
    }

    /// Has the browser remember a user name, or no user name any more.
    pub(crate) fn remember_name(
        &self,
        brought: &HeaderMap,
        headers: &mut HeaderMap,
        name: Option<&str>,
    ) {
        match name {
            Some(name) if name.len() <= User::MAX_USERNAME => {
                let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
                let value = format!("{name}; Max-Age={}", REMEMBERED.as_secs());
                self.append(headers, &self.name, &value);
            }
            _ if values(brought, &self.name).next().is_some() => self.remove(headers, &self.name),
            _ => {}
        }
    }

    /// The cookies that bind flows to this browser, the oldest first.
    pub(crate) fn flows<'a>(&self, headers: &'a HeaderMap) -> Vec<FlowCookie<'a>> {
        let flow = |(name, _): &(&str, &str)| name.starts_with(&self.flow);
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
    pub(crate) fn set_flow(&self, headers: &mut HeaderMap, tag: &str, handle: &Handle) {
        self.set(headers, &format!("{}{tag}", self.flow), handle);
    }

    /// Takes a cookie away from the browser.
    pub(crate) fn remove(&self, headers: &mut HeaderMap, name: &str) {
        self.append(headers, name, "; Max-Age=0");
    }

    fn set(&self, headers: &mut HeaderMap, name: &str, handle: &Handle) {
        self.append(headers, name, handle.expose());
    }

    fn append(&self, headers: &mut HeaderMap, name: &str, value: &str) {
        let secure = if self.secure { "; Secure" } else { "" };
        let path = match name.starts_with(OF_HOST) {
            true => "/",
            false => &self.path,
        };
        let cookie = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}");
        // Only base64url and our own words: always a legal header value.
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, value);
        }
    }
}

/// A name of cookies that say which browser it is, or how they begin. Over TLS browsers take such a
/// cookie from this host alone, so that no sibling domain can plant one (RFC 6265bis §4.1.3.2).
fn flow(secure: bool, name: &str) -> String {
    match secure {
        true => [OF_HOST, name].concat(),
        false => name.to_owned(),
    }
}

/// RFC 6265bis §4.1.3.2: a cookie whose name begins so has been set "with a Path attribute with a
/// value of /".
const OF_HOST: &str = "__Host-";

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
            value(&headers(&["a=1; PF=xyz; PF.FLOW.x=q"]), "PF"),
            Some("xyz")
        );
        assert_eq!(value(&headers(&["a=1", "PF=xyz"]), "PF"), Some("xyz"));
        assert_eq!(value(&headers(&["XPF=xyz"]), "PF"), None);
    }

    #[test]
    fn rfc6265bis_4_1_3_2_over_tls_the_flow_cookies_are_of_this_host_alone() {
        let [secure, plain] = [true, false].map(Cookies::of_server);
        let brought = headers(&["PF.FLOW.x=planted; __Host-PF.FLOW.y=own"]);
        let values = |cookies: &Cookies| {
            let flows = cookies.flows(&brought);
            flows.iter().map(|it| it.value).collect::<Vec<_>>()
        };
        assert_eq!(values(&secure), ["own"]);
        assert_eq!(values(&plain), ["planted"]);
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
        let cookies = Cookies::of_server(false);
        let mut given = HeaderMap::new();
        cookies.set_flow(&mut given, "b", &new);
        cookies.set_flow(&mut given, "a", &old);
        let mut brought = HeaderMap::new();
        for cookie in given.get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            brought.append(COOKIE, pair.parse().unwrap());
        }
        for other in ["PF=x", "PF.FLOW.c=1; PF.FLOW.c=2", "PF.FLOW.d="] {
            brought.append(COOKIE, HeaderValue::from_static(other));
        }
        let cookies = cookies.flows(&brought);
        let names: Vec<&str> = cookies.iter().map(|it| it.name).collect();
        assert_eq!(names, ["PF.FLOW.a", "PF.FLOW.b"]);
        assert_eq!(cookies[0].key, old.key());
    }

    #[test]
    fn believes_none_of_two_cookies_of_one_name() {
        let planted = headers(&["PF=mine; PF=planted"]);
        assert_eq!(value(&planted, "PF"), None);
        assert!(Cookies::of_server(false).has_session(&planted));
        assert_eq!(value(&headers(&["PF="]), "PF"), None);
    }

    #[test]
    fn no_house_takes_a_cookie_that_another_one_has_given() {
        let random = CountingRandom::default();
        let made = Handle::new(Timestamp::from_seconds(1_700_000_000), 32, &random);
        for secure in [true, false] {
            let mut houses = vec![Cookies::of_server(secure)];
            let ids = std::iter::repeat_with(|| EnvironmentId::new(&random)).take(2);
            houses.extend(ids.map(|id| Cookies::of_environment(id, secure)));
            for (giver, taker) in (0..9).map(|it| (it / 3, it % 3)) {
                let mut given = HeaderMap::new();
                let persistent = Some(Duration::from_secs(60));
                houses[giver].set_session(&mut given, &made, persistent);
                houses[giver].set_flow(&mut given, "tag", &made);
                let mut brought = HeaderMap::new();
                for cookie in given.get_all(SET_COOKIE) {
                    let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
                    brought.append(COOKIE, pair.parse().unwrap());
                }
                let taker_is_giver = giver == taker;
                let taker = &houses[taker];
                assert_eq!(taker.session(&brought).is_some(), taker_is_giver);
                assert_eq!(taker.has_session(&brought), taker_is_giver);
                assert_eq!(taker.flows(&brought).len(), usize::from(taker_is_giver));
            }
        }
    }
}
