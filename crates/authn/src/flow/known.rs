//! Who is known to whoever holds a flow.

use domain::{SessionId, Timestamp, User};

use super::facts::Facts;
use super::record::Flow;
use super::standing::{Basis, Standing};

/// Who has proven who they are in a flow, or is signed on where it is, or is vouched for.
#[derive(Clone)]
pub struct Known {
    /// Who.
    pub user: User,
    /// The session in which they are signed on there.
    pub session: Option<SessionId>,
    /// Whether they have proven anything themselves.
    pub is_proven: bool,
}

impl Known {
    /// Who is known in `flow`. Nobody is whose name was only typed.
    pub fn of(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Option<Self> {
        let standing = Standing::of(flow, facts, now)?;
        let session = match standing.basis {
            Basis::Session(session) | Basis::SteppedUp(session) => Some(session),
            Basis::Fresh | Basis::Vouched => None,
        };
        Some(Self {
            user: standing.person.user.clone(),
            session,
            is_proven: standing.basis != Basis::Vouched,
        })
    }
}
