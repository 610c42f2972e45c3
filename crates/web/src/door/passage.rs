//! The way of a flow from its beginning to its end, the same at every door: it is begun, opened by
//! whoever holds it, shown or acted in, committed, and left.
//!
//! A door says what it takes and how it answers; nothing else about a flow is its own.

mod browser;
mod ended;
mod holder;
mod submission;

use std::sync::Arc;
use std::time::Duration;

use authn::flow::{
    Action, BoundFlow, Door, Facts, Flow, Known, Origin, Rejection, Requirement, Step, Turn, act,
    begin, next, proceed, proceed_bound, spend,
};
use domain::port::{Changes, StoreError, Versioned};
use domain::{Client, Decision, FlowId};

pub(super) use self::browser::Browser;
pub(super) use self::ended::Ended;
pub(super) use self::holder::{Held, Holder};
use self::submission::Attempt;
pub(super) use self::submission::Submission;
use super::exit::{Exit, request_of};
use super::pingone::device::asking_application;
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::limit::{Limited, Purpose};

/// How long an answer takes at the least that must not tell by its time whether there is such a person.
const BLIND: Duration = Duration::from_millis(250);

/// How requests come to a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By its pages.
    Pages,
    /// By the authentication API.
    Api,
    /// By an application that asks for devices alone.
    Devices,
    /// By a client of `PingID`'s REST API.
    PingId,
}

impl Way {
    /// Whether a flow can be come to in this way. One that is left without a redirect has no pages,
    /// and that of a person's own account has nothing else. That of an application that asks for
    /// devices is its own alone.
    fn reaches(self, flow: &Flow) -> Result<bool, Fault> {
        let door = flow.origin().door;
        match self {
            // What is to be allowed for a device is asked on a page, wherever its code was entered.
            Self::Pages => Ok(door == Door::UserCode
                || (!matches!(door, Door::DeviceAuthentication | Door::PingId)
                    && !is_redirectless(flow)?)),
            Self::Api => Ok(matches!(door, Door::Authorize | Door::UserCode)),
            Self::Devices => Ok(door == Door::DeviceAuthentication),
            Self::PingId => Ok(door == Door::PingId),
        }
    }

    /// Whether a flow is left in this way.
    fn leaves(self, flow: &Flow) -> Result<bool, Fault> {
        match self {
            Self::Pages | Self::Devices | Self::PingId => Ok(true),
            Self::Api => is_redirectless(flow),
        }
    }
}

/// Whether the client of a flow is answered without a redirect.
pub(super) fn is_redirectless(flow: &Flow) -> Result<bool, Fault> {
    Ok(match flow.origin().door {
        Door::Authorize => request_of(flow)?.target().mode().is_redirectless(),
        Door::Account | Door::DeviceAuthentication | Door::Ppm | Door::PingId => false,
        Door::UserCode => flow.origin().request.get("redirectless").is_some(),
    })
}

/// Why nobody gets anywhere in a flow.
#[derive(Debug, thiserror::Error)]
pub(super) enum Impasse {
    /// There is no such flow, or not any more, or not in this way.
    #[error("there is no such flow")]
    Gone,
    /// The client that it was for is not there any more.
    #[error("the client of the flow is gone")]
    Client,
    /// It is somebody else's.
    #[error("the flow is held by another")]
    Others,
    /// Too many begin one at this address.
    #[error("too many flows begin at one address")]
    Limited(Limited),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for Impasse {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// Where a request in a flow leads.
pub(super) enum Next {
    /// Out.
    Leave(Box<Ended>, Box<Exit>),
    /// Out, at another door.
    Elsewhere(Box<Ended>),
    /// On: the person is asked.
    Ask(Box<Asked>),
}

/// What the person is asked in a flow.
pub(super) struct Asked {
    pub(super) flow: Flow,
    pub(super) step: Step,
    /// Who is known there.
    pub(super) known: Option<Known>,
    /// Why what they have done had no effect, if it had none.
    pub(super) rejected: Option<Rejection>,
}

impl App {
    /// Begins a flow, and goes as far as it goes without asking the person anything. Without a holder
    /// the flow belongs to whoever opens it first, and it is not known who is signed on there.
    pub(super) async fn begin(
        &self,
        origin: Origin,
        requirement: Requirement,
        holder: Option<&Holder<'_>>,
        visit: &Visit,
    ) -> Result<Next, Impasse> {
        let demand = (requirement, &Changes::none());
        self.begin_with(origin, demand, holder, visit).await
    }

    /// The same, together with changes that are to be true if it is begun and not otherwise.
    /// [`Impasse::Gone`] says that what they claim is taken: it was begun before.
    pub(super) async fn begin_with(
        &self,
        origin: Origin,
        (requirement, beside): (Requirement, &Changes),
        holder: Option<&Holder<'_>>,
        visit: &Visit,
    ) -> Result<Next, Impasse> {
        let binding = holder.map(Holder::key);
        let turn = requirement.register.then_some(Turn::Registration);
        let flow = begin(origin, requirement, binding, self.now(), self.random());
        let decide = || async {
            let facts = self.facts(&flow, visit, None).await?;
            // Initiating User Registration via OpenID Connect §4: whoever "desires to create an account"
            // is shown how, rather than how to sign on.
            let turned = turn.and_then(|turn| flow.turned(turn, &facts, self.now()));
            let flow = turned.as_ref().unwrap_or(&flow);
            let step = next(flow, &facts, self.now());
            if step.is_final() && holder.is_some() {
                let (exit, mut changes) = Exit::of(&step, flow, &facts, visit, self).await?;
                changes.and(beside.clone());
                let ended = Ended::of(flow, &step, &facts, self.now());
                let leave = Next::Leave(Box::new(ended), Box::new(exit));
                return Ok(Decision::accept(leave, changes));
            }
            // Anybody can have us keep flows.
            if holder.is_none_or(Holder::is_stranger)
                && let Err(limited) = self.admit(Purpose::SignOn, visit.peer)
            {
                return Ok(Decision::refuse(Impasse::Limited(limited)));
            }
            let proceeded = match holder {
                Some(_) => proceed(flow, &facts, self.now(), self.random()),
                None => None,
            };
            let (flow, mut changes) = proceeded.unwrap_or_else(|| (flow.clone(), Changes::none()));
            changes.insert(&flow);
            changes.and(beside.clone());
            let asked = Asked {
                step: next(&flow, &facts, self.now()),
                known: Known::of(&flow, &facts, self.now()),
                flow,
                rejected: None,
            };
            Ok(Decision::accept(Next::Ask(Box::new(asked)), changes))
        };
        self.carry_out(decide, || Impasse::Gone).await?
    }
}

/// A request in a flow.
pub(super) struct Passage<'a> {
    pub(super) app: &'a App,
    pub(super) way: Way,
    /// Which flow it names.
    pub(super) id: &'a str,
    pub(super) holder: &'a Holder<'a>,
    pub(super) visit: &'a Visit,
}

impl Passage<'_> {
    /// Where the flow is.
    pub(super) async fn look(&self) -> Result<Next, Impasse> {
        let app = self.app;
        let decide = || async {
            let flow = match self.load().await? {
                Ok(flow) => flow,
                Err(impasse) => return Ok(Decision::refuse(impasse)),
            };
            let Some((flow, claimed)) = self.holder.claim(flow) else {
                return Ok(Decision::refuse(Impasse::Others));
            };
            let facts = Box::pin(app.facts_to_look(&flow, self.visit)).await?;
            let (flow, claimed) = proceed_bound(flow, claimed, &facts, app.now(), app.random());
            let step = next(&flow, &facts, app.now());
            if !step.is_final() {
                let asked = Asked {
                    flow: Flow::clone(&flow),
                    step,
                    known: Known::of(&flow, &facts, app.now()),
                    rejected: None,
                };
                return Ok(Decision::accept(Next::Ask(Box::new(asked)), claimed));
            }
            let ended = Box::new(Ended::of(&flow, &step, &facts, app.now()));
            if !self.way.leaves(&flow)? {
                return Ok(Decision::accept(Next::Elsewhere(ended), claimed));
            }
            let (exit, proof) = Exit::of(&step, &flow, &facts, self.visit, app).await?;
            let mut changes = spend(&flow, &facts);
            changes.and(proof);
            Ok(Decision::accept(
                Next::Leave(ended, Box::new(exit)),
                changes,
            ))
        };
        app.carry_out(decide, || Impasse::Gone).await?
    }

    /// The flow as [`Passage::look`] would find it, to be answered though nothing can be done in it.
    pub(super) async fn held(&self) -> Option<BoundFlow> {
        let loaded = self.load().await.ok()?.ok()?;
        Some(self.holder.claim(loaded)?.0)
    }

    /// The flow, in the hands of whoever holds it.
    pub(super) async fn open(&self) -> Result<BoundFlow, Impasse> {
        self.holder.open(self.load().await??).ok_or(Impasse::Others)
    }

    /// Acts in `flow` as it was opened, if the door itself offers that at the step at which it is.
    pub(super) async fn act(
        &self,
        flow: &Flow,
        submission: Submission<'_>,
        offers: impl Fn(&Step) -> bool,
    ) -> Result<Next, Impasse> {
        if self.holder.is_stranger() && submission.is_costly() {
            // Anybody can have us hash passwords and mail codes to others.
            let admitted = self.app.count_failure(Purpose::SignOn, self.visit.peer);
            admitted.map_err(Impasse::Limited)?;
        }
        let is_blind = submission.is_blind();
        // Boxed, as what is around it would be moved with it again and again.
        let carried = Box::pin(self.carry_forward(flow, submission, offers));
        match is_blind {
            true => tokio::join!(carried, tokio::time::sleep(BLIND)).0,
            false => carried.await,
        }
    }

    async fn carry_forward(
        &self,
        flow: &Flow,
        submission: Submission<'_>,
        offers: impl Fn(&Step) -> bool,
    ) -> Result<Next, Impasse> {
        let (app, begun) = (self.app, flow);
        let attempt = Box::pin(submission.compared(app, flow, self.visit)).await?;
        let decide = || async {
            let (flow, is_left_here) = match self.taken().await? {
                Ok(taken) => taken,
                Err(impasse) => return Ok(Decision::refuse(impasse)),
            };
            let facts = app.facts(&flow, self.visit, attempt.claimed()).await?;
            let is_offered = offers(&next(&flow, &facts, app.now()));
            let (flow, facts) = self.turned(&attempt, (flow, facts)).await?;
            let access = attempt.access(app, &flow).await?;
            let named = self.named(&flow, &attempt).await?;
            let action = match is_offered {
                true => attempt.action(&access, named.as_ref()),
                false => Action::Unasked,
            };
            let trusting = Action::Trusting(&action);
            let action = if attempt.trusts() { &trusting } else { &action };
            let decided = act(&flow, action, &facts, app.now(), app.random());
            let (mut changes, rejected) = (decided.changes, decided.rejected);
            let facts = named.filter(|_| rejected.is_none()).unwrap_or(facts);
            let ended = |step| Box::new(Ended::of(&decided.flow, step, &facts, app.now()));
            let next = match decided.step {
                step if !step.is_final() => Next::Ask(Box::new(Asked {
                    known: Known::of(&decided.flow, &facts, app.now()),
                    flow: decided.flow,
                    step,
                    rejected,
                })),
                step if !is_left_here => Next::Elsewhere(ended(&step)),
                step => {
                    let (exit, proof) =
                        Exit::of(&step, &decided.flow, &facts, self.visit, app).await?;
                    changes.and(proof);
                    Next::Leave(ended(&step), Box::new(exit))
                }
            };
            Ok(Decision::accept((next, rejected), changes))
        };
        let carried = Box::pin(app.carry_out(decide, || Impasse::Gone));
        let (next, rejected) = carried.await??;
        match rejected {
            None => {
                attempt.end_late_access(app, begun).await?;
                attempt.renew_hash(app).await;
            }
            Some(_) if matches!(next, Next::Ask(_)) && self.holder.is_stranger() => {
                app.note_failure(Purpose::SignOn, self.visit.peer);
            }
            Some(_) => {}
        }
        Ok(next)
    }

    /// The flow in the hands of whoever acts in it, and whether it is left at this door.
    async fn taken(&self) -> Result<Result<(BoundFlow, bool), Impasse>, Fault> {
        let flow = match self.load().await? {
            Ok(flow) => flow,
            Err(impasse) => return Ok(Err(impasse)),
        };
        let Some(flow) = self.holder.take(flow) else {
            return Ok(Err(Impasse::Others));
        };
        Ok(Ok(match self.way.leaves(&flow)? {
            true => (flow, true),
            false => (flow.left_elsewhere(), false),
        }))
    }

    /// What counts for whoever allows the device that is named, if one is.
    async fn named<'f>(
        &'f self,
        flow: &BoundFlow,
        attempt: &Attempt<'_>,
    ) -> Result<Option<Facts<'f>>, Fault> {
        let Some(device) = attempt.device() else {
            return Ok(None);
        };
        let named = flow.with_device(device);
        let facts = self.app.facts(&named, self.visit, attempt.claimed());
        Ok(Some(facts.await?))
    }

    /// The flow where its person turns, if they do, with the facts that count there.
    async fn turned<'f>(
        &'f self,
        attempt: &Attempt<'_>,
        (flow, facts): (BoundFlow, Facts<'f>),
    ) -> Result<(BoundFlow, Facts<'f>), Fault> {
        let (app, turn) = (self.app, attempt.turn());
        let turned = turn.and_then(|turn| flow.turned(turn, &facts, app.now()));
        match turned {
            None => Ok((flow, facts)),
            Some(flow) => {
                let facts = Box::pin(app.facts(&flow, self.visit, attempt.claimed()));
                let facts = facts.await?;
                Ok((flow, facts))
            }
        }
    }

    /// The flow, if it is not in vain: the client that it is for may have been deleted or disabled
    /// since it began, and another may have been made of the same id.
    async fn load(&self) -> Result<Result<Versioned<Flow>, Impasse>, Fault> {
        let Ok(id) = self.id.parse::<FlowId>() else {
            return Ok(Err(Impasse::Gone));
        };
        let Some(flow) = self.app.records.get::<Flow>(&id).await? else {
            return Ok(Err(Impasse::Gone));
        };
        if !self.way.reaches(&flow)? {
            return Ok(Err(Impasse::Gone));
        }
        let client = match flow.origin().door {
            Door::Authorize => Some(request_of(&flow)?.client().clone()),
            Door::UserCode => flow.device().map(|device| device.client.clone()),
            Door::DeviceAuthentication => asking_application(&flow),
            Door::Account | Door::Ppm | Door::PingId => None,
        };
        if let Some(client) = client {
            let client = self.app.live.client(&client).await?;
            let is_its = |client: &Arc<Client>| client.enabled && client.created <= flow.created();
            if !client.as_ref().is_some_and(is_its) {
                return Ok(Err(Impasse::Client));
            }
        }
        Ok(Ok(flow))
    }
}
