//! The session in which somebody goes on who has signed on.

use authn::flow::{Facts, Outcome, trust};
use authn::session;
use domain::port::{Changes, Versioned};
use domain::{Actor, ClientId, Handle, Password, Session, SessionId};

use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;

/// The session in which an outcome is to be used.
pub(super) struct Begun {
    /// The new cookie, when a session was begun.
    pub(super) handle: Option<Handle>,
    pub(super) authentication: domain::Authentication,
    /// The session of another person that it has ended.
    pub(super) ended: Option<SessionId>,
    /// The new cookie of the trust in the browser, when it is trusted from now on.
    pub(super) trusted: Option<Handle>,
    pub(super) changes: Changes,
}

impl Begun {
    pub(super) async fn of(
        outcome: &Outcome,
        facts: &Facts<'_>,
        visit: &Visit,
        client: Option<&ClientId>,
        app: &App,
    ) -> Result<Self, Fault> {
        let now = app.now();
        // Who is signed on by a client's word is so for that client: no browser is told, and nobody who is
        // signed on there is signed out.
        let is_kept = !outcome.is_vouched();
        let earlier = facts.session.as_ref().filter(|_| is_kept);
        let earlier = earlier.map(|signed_on| &signed_on.session);
        if let Some(id) = outcome.existing_session() {
            let earlier =
                earlier.ok_or_else(|| Fault::Defect("a session has vanished".to_owned()))?;
            return Ok(Self {
                handle: None,
                authentication: outcome.authentication(id),
                ended: None,
                trusted: None,
                changes: session::keep_for_grant(earlier, client, now),
            });
        }
        let noted = session::Visit {
            policy: app.session_policy(),
            client,
            user_agent: &visit.user_agent,
            address: &visit.address,
        };
        let is_theirs = |session: &&Versioned<Session>| session.user == outcome.user();
        let own = earlier.filter(is_theirs);
        let begun = session::begin(outcome, own, noted, now, app.random());
        let mut changes = begun.changes;
        // Who signs on in the place of another signs the other out.
        let others = earlier.filter(|session| !is_theirs(session));
        if let Some(others) = others {
            let actor = facts.who_is(outcome.user());
            let actor = actor.map_or(Actor::Unknown, |it| Actor::User(it.user.username.clone()));
            changes.and(app.end_of_session(others, actor).await?);
        }
        let id = begun.session.authentication.session;
        let trusted = app.trust_browser(outcome, facts, (id, noted)).await?;
        let (trusted, trusting) = trusted.unzip();
        changes.and(trusting.unwrap_or_else(Changes::none));
        Ok(Self {
            trusted,
            handle: is_kept.then_some(begun.handle),
            authentication: begun.session.authentication,
            ended: others.map(|session| session.authentication.session),
            changes,
        })
    }
}

impl App {
    /// The trust in this browser, if whoever has signed on wants it.
    async fn trust_browser(
        &self,
        outcome: &Outcome,
        facts: &Facts<'_>,
        in_session: (SessionId, session::Visit<'_>),
    ) -> Result<Option<(Handle, Changes)>, Fault> {
        if !outcome.trusts_browser() {
            return Ok(None);
        }
        let password = self.records.get::<Password>(&outcome.user()).await?;
        let ground = (facts, password.as_deref());
        let (now, random) = (self.now(), self.random());
        Ok(trust(outcome, ground, in_session, now, random))
    }
}
