//! Ending sessions, and taking back what clients were granted.

use domain::port::{Changes, Versioned};
use domain::{Consent, Grant, Session, SessionId};

use super::{Decision, Owner, Refusal};
use crate::audit::{GRANT_REVOKED, SESSION_REVOKED};

/// Ends one session of the person. `sessions` are all of theirs.
pub fn revoke_session(
    owner: Owner<'_>,
    sessions: &[Versioned<Session>],
    id: SessionId,
) -> Decision {
    let mut theirs = sessions
        .iter()
        .filter(|session| session.user == owner.user.id);
    let Some(session) = theirs.find(|session| session.authentication.session == id) else {
        return Decision::refuse(Refusal::SessionGone, Changes::none());
    };
    let mut changes = Changes::none();
    changes.delete(session);
    let event = owner.auditor().by(owner.user, SESSION_REVOKED);
    changes.insert(&event.with("session", id.to_string()));
    Decision::accept((), changes)
}

/// Ends all sessions of the person but the one in which they act; answers how many.
pub fn revoke_other_sessions(
    owner: Owner<'_>,
    sessions: &[Versioned<Session>],
    current: SessionId,
) -> Decision<usize> {
    let mut changes = Changes::none();
    let ended = end_others(owner, sessions, current, &mut changes);
    if ended > 0 {
        let event = owner.auditor().by(owner.user, SESSION_REVOKED);
        changes.insert(&event.with("sessions_ended", ended));
    }
    Decision::accept(ended, changes)
}

/// Takes back a grant, and forgets the consent behind it, so that the client has to ask again.
pub fn revoke_grant(
    owner: Owner<'_>,
    grant: Option<&Versioned<Grant>>,
    consent: Option<&Versioned<Consent>>,
) -> Decision {
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
    Decision::accept((), changes)
}

pub(super) fn end_others(
    owner: Owner<'_>,
    sessions: &[Versioned<Session>],
    current: SessionId,
    changes: &mut Changes,
) -> usize {
    let others = sessions.iter().filter(|session| {
        session.user == owner.user.id && session.authentication.session != current
    });
    others.fold(0, |ended, session| {
        changes.delete(session);
        ended + 1
    })
}
