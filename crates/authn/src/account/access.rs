//! Ending sessions, and taking back what clients were granted.

use domain::port::{Changes, Versioned};
use domain::{ClientId, Consent, Grant, Session, SessionId};

use super::{Decision, Owner, Refusal};
use crate::audit::{GRANT_REVOKED, SESSION_REVOKED};

/// Where a person is signed on, and what came of it.
pub struct Access {
    /// All sessions of the person.
    pub sessions: Vec<Versioned<Session>>,
    /// All that they have granted.
    pub grants: Vec<Versioned<Grant>>,
}

/// Ends one session of the person, and with it the grants that end with it.
pub fn revoke_session(owner: Owner<'_>, access: &Access, id: SessionId) -> Decision {
    let mut theirs = access
        .sessions
        .iter()
        .filter(|session| session.user == owner.user.id);
    let Some(session) = theirs.find(|session| session.authentication.session == id) else {
        return Decision::refuse(Refusal::SessionGone, Changes::none());
    };
    let mut changes = Changes::none();
    changes.delete(session);
    let ended = end_grants(owner, access, |session| session == id, &mut changes);
    let event = owner.auditor().by(owner.user, SESSION_REVOKED);
    let event = event.with("session", id.to_string());
    changes.insert(&event.with("grants_ended", ended));
    Decision::accept((), changes)
}

/// Ends all sessions of the person but the one in which they act; answers how many.
pub fn revoke_other_sessions(
    owner: Owner<'_>,
    access: &Access,
    current: SessionId,
) -> Decision<usize> {
    let mut changes = Changes::none();
    let (sessions, grants) = end_others(owner, access, current, &mut changes);
    if sessions + grants > 0 {
        let event = owner.auditor().by(owner.user, SESSION_REVOKED);
        let event = event.with("sessions_ended", sessions);
        changes.insert(&event.with("grants_ended", grants));
    }
    Decision::accept(sessions, changes)
}

/// Takes back a grant, and forgets the consent behind it, so that the client has to ask again;
/// answers which client.
pub fn revoke_grant(
    owner: Owner<'_>,
    grant: Option<&Versioned<Grant>>,
    consent: Option<&Versioned<Consent>>,
) -> Decision<ClientId> {
    let Some(grant) = grant.filter(|grant| grant.user == owner.user.id) else {
        return Decision::refuse(Refusal::GrantGone, Changes::none());
    };
    let mut changes = Changes::none();
    changes.delete(grant);
    let behind_it = |consent: &&Versioned<Consent>| {
        consent.user == grant.user && consent.client == grant.client
    };
    if let Some(consent) = consent.filter(behind_it) {
        changes.delete(consent);
    }
    let event = owner.auditor().by(owner.user, GRANT_REVOKED);
    let event = event.with("client_id", grant.client.as_str());
    changes.insert(&event.with("grant", grant.id.to_string()));
    Decision::accept(grant.client.clone(), changes)
}

/// Ends all sessions but one, and the grants that do not outlive theirs; answers how many of each.
pub(super) fn end_others(
    owner: Owner<'_>,
    access: &Access,
    current: SessionId,
    changes: &mut Changes,
) -> (usize, usize) {
    let others = access.sessions.iter().filter(|session| {
        session.user == owner.user.id && session.authentication.session != current
    });
    let sessions = others.fold(0, |ended, session| {
        changes.delete(session);
        ended + 1
    });
    let grants = end_grants(owner, access, |session| session != current, changes);
    (sessions, grants)
}

/// Takes back what was granted in sessions that end, unless it was to last; answers how much.
fn end_grants(
    owner: Owner<'_>,
    access: &Access,
    ends: impl Fn(SessionId) -> bool,
    changes: &mut Changes,
) -> usize {
    let ending = access.grants.iter().filter(|grant| {
        let in_ending = ends(grant.authentication.session);
        grant.user == owner.user.id && in_ending && !grant.outlives_session()
    });
    ending.fold(0, |ended, grant| {
        changes.delete(grant);
        ended + 1
    })
}
