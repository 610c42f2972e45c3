//! What comes of a flow.

use domain::{Authentication, DeviceId, Scope, SessionId, Timestamp, UserId};

use super::standing::{Basis, Standing};
use crate::approval::ApprovedTransaction;

/// That everything required was proven and allowed. Only [`super::next()`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    approved: Option<Box<ApprovedTransaction>>,
    user: UserId,
    time: Timestamp,
    amr: Vec<String>,
    devices: Vec<DeviceId>,
    acr: Option<String>,
    scope: Option<Scope>,
    basis: Basis,
    trusts: bool,
}

impl Outcome {
    pub(super) fn new(
        standing: Standing<'_>,
        acr: Option<String>,
        scope: Option<Scope>,
        approved: Option<ApprovedTransaction>,
    ) -> Self {
        Self {
            approved: approved.map(Box::new),
            user: standing.person.user.id,
            time: standing.time,
            amr: standing.amr,
            devices: standing.devices,
            acr,
            scope,
            basis: standing.basis,
            trusts: false,
        }
    }

    pub(super) fn trusting(self, trusts: bool) -> Self {
        Self { trusts, ..self }
    }

    /// Whether the browser in which it was reached is to be trusted.
    pub const fn trusts_browser(&self) -> bool {
        self.trusts
    }

    /// What they have approved, if anything was to be.
    pub fn approved(&self) -> Option<&ApprovedTransaction> {
        self.approved.as_deref()
    }

    /// Who they are.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// When they proved it (`auth_time`).
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// With what (`amr`, RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// With which of their devices.
    pub fn devices(&self) -> &[DeviceId] {
        &self.devices
    }

    /// Whether nothing but a client's word says who they are, besides their devices: then they are
    /// signed on to that client and to nobody else.
    pub const fn is_vouched(&self) -> bool {
        matches!(self.basis, Basis::Vouched)
    }

    /// Which authentication context class was reached (`acr`).
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// What was allowed, now or before; `None` when no consent was demanded.
    pub const fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// The existing session that it comes from, when nothing was proven anew: that session is
    /// kept. Otherwise [`crate::session::begin`] makes one.
    pub const fn existing_session(&self) -> Option<SessionId> {
        match self.basis {
            Basis::Session(session) => Some(session),
            Basis::SteppedUp(_) | Basis::Fresh | Basis::Vouched => None,
        }
    }

    /// The existing session to which something was added.
    pub(crate) const fn stepped_up_session(&self) -> Option<SessionId> {
        match self.basis {
            Basis::SteppedUp(session) => Some(session),
            Basis::Session(_) | Basis::Fresh | Basis::Vouched => None,
        }
    }

    /// How and when they proved who they are, in this session.
    pub fn authentication(&self, session: SessionId) -> Authentication {
        Authentication {
            time: self.time,
            amr: self.amr.clone(),
            acr: self.acr.clone(),
            session,
        }
    }
}
