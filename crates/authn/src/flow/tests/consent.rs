//! What people allow.

use std::time::Duration;

use domain::port::Record;
use domain::{Consent, Scope};

use super::started;
use crate::flow::{Action, Cause, ConsentDemand, Rejection, Requirement, Step};
use crate::world::{ALICE, BOB, RIGHT, shop};

#[test]
fn consent_is_asked_once_and_remembered() {
    let consenting = || Requirement {
        consent: Some(shop()),
        ..Requirement::default()
    };
    let (mut world, flow) = started(consenting());
    let asked = world.password(&flow, ALICE, RIGHT).step;
    assert!(matches!(asked, Step::Consent { .. }));
    let scope = Scope::from_iter(["openid", "profile", "email", "admin"]);
    let outcome = world.allow(&flow, scope).outcome();
    assert_eq!(
        outcome.scope(),
        Some(&shop().scope),
        "never more than asked"
    );
    let again = world.step(&world.begin(consenting()));
    assert!(matches!(again, Step::Done(_)));
    let more = ConsentDemand {
        scope: Scope::from_iter(["openid", "phone"]),
        ..shop()
    };
    let always = ConsentDemand {
        always: true,
        ..shop()
    };
    let made_anew = ConsentDemand {
        since: world.now + Duration::from_secs(1),
        ..shop()
    };
    for demand in [more, always, made_anew] {
        let step = world.step(&world.begin(Requirement {
            consent: Some(demand),
            ..Requirement::default()
        }));
        assert!(matches!(step, Step::Consent { .. }));
    }
}

#[test]
fn a_part_may_be_allowed_and_the_rest_is_asked_for_again() {
    let lifetime = Some(Duration::from_hours(1));
    let consenting = Requirement {
        consent: Some(ConsentDemand { lifetime, ..shop() }),
        ..Requirement::default()
    };
    let (mut world, flow) = started(consenting.clone());
    world.password(&flow, ALICE, RIGHT);
    let scope = Scope::from_iter(["email"]);
    let outcome = world.allow(&flow, scope).outcome();
    let allowed = Scope::from_iter(["openid", "email"]);
    assert_eq!(outcome.scope(), Some(&allowed), "openid is required");
    let remembered = world.all::<Consent>().remove(0).record;
    assert_eq!(remembered.scope, allowed);
    assert_eq!(
        remembered.expires(),
        Some(world.now + Duration::from_hours(1))
    );
    let again = world.step(&world.begin(consenting));
    assert!(matches!(again, Step::Consent { .. }));
}

#[test]
fn allowing_nothing_is_no_answer() {
    let demand = ConsentDemand {
        required: Scope::empty(),
        ..shop()
    };
    let (mut world, flow) = started(Requirement {
        consent: Some(demand),
        ..Requirement::default()
    });
    world.password(&flow, ALICE, RIGHT);
    let scope = Scope::from_iter(["admin"]);
    let refused = world.allow(&flow, scope);
    assert_eq!(refused.rejected, Some(Rejection::NothingAllowed));
    assert!(matches!(refused.step, Step::Consent { .. }));
}

#[test]
fn nobody_allows_what_somebody_else_was_asked() {
    let consenting = Requirement {
        consent: Some(shop()),
        ..Requirement::default()
    };
    let (mut world, flow) = started(consenting);
    let alice = world.user(ALICE).unwrap().id;
    world.sign_on_as(BOB);
    let scope = shop().scope;
    let stale = world.act(&flow, &Action::Allow { user: alice, scope });
    assert_eq!(stale.rejected, Some(Rejection::NotOffered));
    assert!(matches!(stale.step, Step::Consent { username, .. } if username == BOB));
    assert!(world.all::<Consent>().is_empty());
}

#[test]
fn denying_and_canceling_end_a_flow() {
    let (mut world, flow) = started(Requirement {
        consent: Some(shop()),
        ..Requirement::default()
    });
    world.password(&flow, ALICE, RIGHT);
    world.wait(1);
    let denied = world.act(&flow, &Action::Deny);
    assert_eq!(denied.step, Step::Failed(Cause::ConsentDenied));
    assert!(world.open(&flow).is_none());
    assert_eq!(world.events(), ["sign_on.succeeded", "consent.denied"]);
    let (mut world, flow) = started(Requirement::default());
    assert_eq!(world.act(&flow, &Action::Cancel).step, Step::Canceled);
    assert!(world.open(&flow).is_none());
}
