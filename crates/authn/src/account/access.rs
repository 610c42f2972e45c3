//! Ending sessions, and taking back what clients were granted.

use domain::port::{Changes, Versioned};
use domain::{ClientId, Consent, Grant, Session, SessionId, TrustedBrowser, UserId};

use super::{Decision, Owner, Refusal};
use crate::audit::{BROWSER_FORGOTTEN, GRANT_REVOKED, SESSION_REVOKED};

/// Where a person is signed on, and what came of it, as far as it may end ([`Ending::ends_grant`]).
pub struct Access {
    /// Sessions of the person.
    pub sessions: Vec<Versioned<Session>>,
    /// What they have granted.
    pub grants: Vec<Versioned<Grant>>,
}

/// Which sessions of a person end.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// This one.
    One(SessionId),
    /// All but the one in which they act.
    AllBut(SessionId),
    /// All.
    All,
    /// All, and whatever was granted to outlast them: somebody else may have been the person.
    Everything,
}

impl Ending {
    fn ends(self, session: SessionId) -> bool {
        match self {
            Self::One(one) => session == one,
            Self::AllBut(current) => session != current,
            Self::All | Self::Everything => true,
        }
    }

    /// Whether what was granted in one of these sessions ends with it.
    pub fn ends_grant(self, grant: &Grant) -> bool {
        let outlives = grant.outlives_session() && !matches!(self, Self::Everything);
        self.ends(grant.authentication.session) && !outlives
    }
}

/// How much has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Sessions.
    pub sessions: usize,
    /// Grants that ended with them.
    pub grants: usize,
}

impl Ended {
    /// Nothing.
    pub const NONE: Self = Self {
        sessions: 0,
        grants: 0,
    };
}

impl std::ops::Add for Ended {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            sessions: self.sessions + more.sessions,
            grants: self.grants + more.grants,
        }
    }
}

/// Ends sessions of the person, and with them the grants that do not outlive them.
///
/// To be done again until there is nothing to end: the store finds so many at a time, and a grant
/// may be made in a session at the moment at which it is ended.
pub fn revoke_sessions(owner: Owner<'_>, access: &Access, ending: Ending) -> Decision<Ended> {
    let (ended, mut changes) = end_sessions(owner.user.id, access, ending);
    if ended != Ended::NONE {
        let event = owner.auditor().by(owner.user, SESSION_REVOKED);
        let event = match ending {
            Ending::One(session) => event.with("session", session.to_string()),
            Ending::AllBut(_) | Ending::All | Ending::Everything => {
                event.with("sessions_ended", ended.sessions)
            }
        };
        changes.insert(&event.with("grants_ended", ended.grants));
    }
    Decision::accept(ended, changes)
}

/// Takes back all that the person has granted a client, and forgets the consent behind it, so that
/// the client has to ask again; answers how many grants.
///
/// To be done again until there is nothing to take back: a grant may be made at that very moment.
pub fn revoke_grants(
    owner: Owner<'_>,
    client: &ClientId,
    grants: &[Versioned<Grant>],
    consent: Option<&Versioned<Consent>>,
) -> Decision<usize> {
    let mut changes = Changes::none();
    let is_theirs = |user: UserId, of: &ClientId| user == owner.user.id && of == client;
    let theirs = grants.iter().filter(|it| is_theirs(it.user, &it.client));
    let ended = theirs.inspect(|grant| changes.delete(*grant)).count();
    if let Some(consent) = consent.filter(|it| is_theirs(it.user, &it.client)) {
        changes.delete(consent);
    }
    if changes.is_empty() {
        return Decision::refuse(Refusal::GrantGone);
    }
    let event = owner.auditor().by(owner.user, GRANT_REVOKED);
    let event = event.with("client_id", client.as_str());
    changes.insert(&event.with("grants_ended", ended));
    Decision::accept(ended, changes)
}

/// Forgets a browser that the person has trusted.
pub fn forget_browser(owner: Owner<'_>, browser: Option<&Versioned<TrustedBrowser>>) -> Decision {
    let Some(browser) = browser.filter(|browser| browser.user == owner.user.id) else {
        return Decision::refuse(Refusal::BrowserGone);
    };
    let mut changes = Changes::none();
    changes.delete(browser);
    changes.insert(&owner.auditor().by(owner.user, BROWSER_FORGOTTEN));
    Decision::accept((), changes)
}

/// The same as a part of another deed, which tells of it.
pub fn end_sessions(user: UserId, access: &Access, ending: Ending) -> (Ended, Changes) {
    let (mut ended, mut changes) = (Ended::NONE, Changes::none());
    for session in &access.sessions {
        if session.user == user && ending.ends(session.authentication.session) {
            changes.delete(session);
            ended.sessions += 1;
        }
    }
    for grant in &access.grants {
        if grant.user == user && ending.ends_grant(grant) {
            changes.delete(grant);
            ended.grants += 1;
        }
    }
    (ended, changes)
}
