//! The flow engine: who must prove what, for which request, and how far they are.
//!
//! [`next`] alone decides what comes next; [`act`] carries a flow forward and refuses what `next`
//! does not offer. Both are pure and total. A handler loads the flow and the [`Facts`], acts,
//! commits the [`Decision`]'s changes together with its own, and only then answers.
//!
//! | [`Step`] | page | actions |
//! |---|---|---|
//! | [`Step::SignOn`] | sign on: user name and password | [`Action::CheckPassword`], [`Action::Cancel`] |
//! | [`Step::OneTimeCode`] | enter the code | [`Action::CheckCode`], [`Action::Cancel`] |
//! | [`Step::Consent`] | allow access | [`Action::Allow`], [`Action::Deny`], [`Action::Cancel`] |
//! | [`Step::Done`] | none: leave by the door with an [`Outcome`] | |
//! | [`Step::Failed`], [`Step::Canceled`] | none: the door's own failure | |
//!
//! A request that an existing session satisfies is `Done` at once: such a flow is never stored.

mod acr;
mod act;
mod facts;
mod next;
#[cfg(test)]
mod property;
mod record;
mod requirement;
mod standing;
mod step;
#[cfg(test)]
mod tests;

pub use acr::{AcrPolicy, AcrRule};
pub use act::{Action, Decision, Rejection, act};
pub use facts::{Facts, Person, Policy, SignedOn, Who};
pub use next::next;
pub use record::{BoundFlow, Door, Flow, Origin, begin, spend};
pub use requirement::{AcrDemand, ConsentDemand, Requirement, SecondFactor};
pub use step::{Cause, DeviceChoice, Outcome, Step};
