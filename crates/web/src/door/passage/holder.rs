//! Who holds a flow.

use authn::flow::{BoundFlow, Flow};
use domain::port::{Changes, Versioned};
use domain::{Handle, HandleKey, Secret};

use super::Browser;

/// Who may act in a flow, as a request shows it.
pub(in crate::door) enum Holder<'a> {
    /// A browser, by its cookies.
    Browser(Browser<'a>),
    /// A client without cookies, by the state that it was given last.
    State(Held),
    /// An application that has proven who it is.
    Application(HandleKey),
}

/// What a client without cookies holds.
pub(in crate::door) struct Held {
    /// What opens the flow now.
    pub(in crate::door) now: Secret,
    /// What opens it once a request has acted in it.
    pub(in crate::door) next: Handle,
}

impl Held {
    fn key(&self) -> HandleKey {
        HandleKey::of(self.now.expose())
    }
}

impl Holder<'_> {
    /// Whether it is counted what comes from its address. An application that has proven who it is
    /// asks for many people at one address, and must not wait because one of them mistypes.
    pub(super) const fn is_stranger(&self) -> bool {
        !matches!(self, Self::Application(_))
    }

    /// To what its next flow is bound.
    pub(super) fn key(&self) -> HandleKey {
        match self {
            Self::Browser(browser) => browser.key(),
            Self::State(held) => held.key(),
            Self::Application(key) => *key,
        }
    }

    /// A flow that it holds.
    pub(super) fn open(&self, loaded: Versioned<Flow>) -> Option<BoundFlow> {
        match self {
            Self::Browser(browser) => browser.open(loaded),
            Self::State(held) => BoundFlow::open(loaded, &held.key()),
            Self::Application(key) => BoundFlow::open(loaded, key),
        }
    }

    /// The same, to act in it.
    pub(super) fn take(&self, loaded: Versioned<Flow>) -> Option<BoundFlow> {
        let opened = self.open(loaded)?;
        match self {
            Self::Browser(_) | Self::Application(_) => Some(opened),
            Self::State(held) => Some(opened.handed_on(held.next.key())),
        }
    }

    /// The same, to show it; one that belongs to nobody yet belongs to this browser, once the changes
    /// are true.
    pub(super) fn claim(&self, loaded: Versioned<Flow>) -> Option<(BoundFlow, Changes)> {
        match self {
            Self::Browser(browser) => browser.claim(loaded),
            Self::State(_) | Self::Application(_) => Some((self.open(loaded)?, Changes::none())),
        }
    }
}
