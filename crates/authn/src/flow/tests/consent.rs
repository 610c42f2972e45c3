//! What people allow.

use std::time::Duration;

use domain::port::Record;
use domain::{AuditEvent, AuthorizationDetails, Consent, Scope};

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

#[test]
fn rfc9396_5_details_are_allowed_anew_each_time_and_whole() {
    let payment = r#"[{"type":"payment_initiation","amount":"10.00"}]"#;
    let details = AuthorizationDetails::parse(payment).unwrap();
    let paying = |scope: &[&str]| Requirement {
        consent: Some(ConsentDemand {
            details: details.clone(),
            scope: scope.iter().copied().collect(),
            required: Scope::empty(),
            ..shop()
        }),
        ..Requirement::default()
    };
    let (mut world, flow) = started(paying(&["email"]));
    let asked = world.password(&flow, ALICE, RIGHT).step;
    let Step::Consent { details: shown, .. } = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(shown, details);
    // The payment alone is something to allow.
    let outcome = world.allow(&flow, Scope::empty()).outcome();
    assert_eq!(outcome.scope(), Some(&Scope::empty()));
    let given = world.all::<AuditEvent>();
    let given = given.iter().find(|it| it.event == "consent.given").unwrap();
    assert_eq!(given.detail["authorization_details"], details.to_value());
    // What was allowed is not a reason to allow it again.
    for scope in [&["email"][..], &[]] {
        let step = world.step(&world.begin(paying(scope)));
        assert!(matches!(step, Step::Consent { .. }));
    }
    let silent = Requirement {
        passive: true,
        ..paying(&[])
    };
    let step = world.step(&world.begin(silent));
    assert_eq!(step, Step::Failed(Cause::ConsentRequired));
}
