//! To which browser a flow belongs: to the one that has its cookie.

use authn::flow::{BoundFlow, Flow};
use domain::port::{Changes, Versioned};
use domain::{FlowId, Handle, HandleKey};
use http::HeaderMap;

use crate::app::App;
use crate::cookie::FlowCookie;
use crate::extract::Visit;

/// Random bytes in the cookie that binds flows to a browser.
const ENTROPY: usize = 32;

/// The most cookies for flows that a browser is left with. It gets another only when it brings none,
/// so there are several only when several pages were opened at the same moment, before there was one.
const MAX_COOKIES: usize = 16;

/// A browser, as its cookies for flows tell it from others.
pub(in crate::door) enum Browser<'a> {
    /// It brought some.
    Known {
        /// The one to which its next flow is bound.
        newest: FlowCookie<'a>,
        /// All others, the oldest first.
        older: Vec<FlowCookie<'a>>,
    },
    /// It brought none, and will be given this one.
    New(Handle),
}

impl<'a> Browser<'a> {
    /// The browser that made a request which would have brought its cookies.
    pub(in crate::door) fn of(visit: &'a Visit, app: &App) -> Self {
        let mut brought = app.cookies().flows(&visit.headers);
        match brought.pop() {
            Some(newest) => Self::Known {
                newest,
                older: brought,
            },
            None => Self::New(Handle::new(app.now(), ENTROPY, app.random())),
        }
    }

    /// The key of the cookie to which its next flow is bound.
    pub(super) fn key(&self) -> HandleKey {
        match self {
            Self::Known { newest, .. } => newest.key,
            Self::New(handle) => handle.key(),
        }
    }

    /// A flow that belongs to it.
    pub(super) fn open(&self, loaded: Versioned<Flow>) -> Option<BoundFlow> {
        let key = self.cookie_of(&loaded)?.key;
        BoundFlow::open(loaded, &key)
    }

    /// The same, also for a flow that belongs to no browser yet; it does to this one, once the
    /// changes are true.
    pub(super) fn claim(&self, loaded: Versioned<Flow>) -> Option<(BoundFlow, Changes)> {
        match loaded.is_unclaimed() {
            true => BoundFlow::claim(loaded, self.key()),
            false => Some((self.open(loaded)?, Changes::none())),
        }
    }

    /// What the cookie holds to which a flow of its own is bound.
    pub(in crate::door) fn secret_of(&self, flow: &Flow) -> Option<&str> {
        match self {
            Self::New(handle) => flow.is_bound_to(&handle.key()).then(|| handle.expose()),
            Self::Known { .. } => Some(self.cookie_of(flow)?.value),
        }
    }

    fn cookie_of(&self, flow: &Flow) -> Option<&FlowCookie<'a>> {
        let Self::Known { newest, older } = self else {
            return None;
        };
        let mut all = std::iter::once(newest).chain(older);
        all.find(|cookie| flow.is_bound_to(&cookie.key))
    }

    /// Has it keep what tells it from others, in answer to a request in `flow`, which is its own.
    pub(in crate::door) fn mark(&self, flow: &Flow, app: &App, headers: &mut HeaderMap) {
        match self {
            Self::New(handle) => app.cookies().set_flow(headers, &tag(flow.id()), handle),
            Self::Known { older, .. } => {
                let surplus = (older.len() + 1).saturating_sub(MAX_COOKIES);
                let unneeded = older.iter().filter(|cookie| !flow.is_bound_to(&cookie.key));
                for oldest in unneeded.take(surplus) {
                    app.cookies().remove(headers, oldest.name);
                }
            }
        }
    }
}

/// What tells a cookie from others that may be given to the browser at the same moment: some of the
/// random characters of the flow for which it is made.
fn tag(flow: FlowId) -> String {
    flow.to_string().chars().skip(20).take(4).collect()
}
