//! Rules by where and when somebody signs on.

use std::time::Duration;

use domain::port::Tenant;
use domain::{ClientId, EnvironmentId};

use super::acr;
use crate::flow::{Action, Cause, Circumstances, Requirement, Rule, SecondFactor, Step, Verdict};
use crate::world::{ALICE, BOB, RIGHT, World};

const ANYWHERE: Rule = Rule::always(Verdict::Deny);

fn networks(of: &[&str], verdict: Verdict) -> Rule {
    Rule {
        networks: of.iter().map(|it| it.parse().unwrap()).collect(),
        verdict,
        ..ANYWHERE
    }
}

fn at(address: &str, country: &str, client: &str) -> Circumstances {
    Circumstances {
        tenant: None,
        context: serde_json::Map::new(),
        address: address.parse().ok(),
        country: (!country.is_empty()).then(|| country.to_owned()),
        client: (!client.is_empty()).then(|| ClientId::new(client)),
        groups: None,
    }
}

fn countries(of: &[&str], verdict: Verdict) -> Rule {
    Rule {
        countries: of.iter().map(|it| (*it).to_owned()).collect(),
        verdict,
        ..ANYWHERE
    }
}

fn clients(of: &str, verdict: Verdict) -> Rule {
    Rule {
        clients: vec![ClientId::new(of)],
        verdict,
        ..ANYWHERE
    }
}

/// What bob's right password leads to: "in", "code" or "denied".
fn outcome(world: &mut World, requirement: Requirement) -> &'static str {
    let flow = world.begin(requirement);
    world.store(&flow);
    match world.password(&flow, BOB, RIGHT).step {
        Step::Done(_) => "in",
        Step::OneTimeCode { .. } => "code",
        Step::Failed(Cause::Denied) => "denied",
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_rule_that_holds_decides() {
    use SecondFactor::{Never, Required};
    let [never, required] = [Never, Required].map(Verdict::SecondFactor);
    let office = || networks(&["10.0.0.0/8", "2001:db8::/32"], never);
    let table = [
        (vec![], at("10.1.2.3", "", ""), "code"),
        (vec![office()], at("10.1.2.3", "", ""), "in"),
        (vec![office()], at("::ffff:10.1.2.3", "", ""), "in"),
        (vec![office()], at("2001:db8::1", "", ""), "in"),
        (vec![office()], at("11.1.2.3", "", ""), "code"),
        (vec![office()], at("", "", ""), "code"),
        (vec![ANYWHERE], at("", "", ""), "denied"),
        (vec![office(), ANYWHERE], at("10.1.2.3", "", ""), "in"),
        (vec![ANYWHERE, office()], at("10.1.2.3", "", ""), "denied"),
        (
            vec![countries(&["DE", "FR"], never)],
            at("", "fr", ""),
            "in",
        ),
        (
            vec![countries(&["DE", "FR"], never)],
            at("", "ES", ""),
            "code",
        ),
        (
            vec![countries(&["DE", "FR"], never)],
            at("", "", ""),
            "code",
        ),
        (vec![clients("shop", never)], at("", "", "shop"), "in"),
        (vec![clients("shop", never)], at("", "", "bank"), "code"),
        (
            vec![clients("shop", required), office()],
            at("10.1.2.3", "", "shop"),
            "code",
        ),
        (
            vec![Rule {
                networks: office().networks,
                ..clients("shop", Verdict::Deny)
            }],
            at("10.1.2.3", "", "bank"),
            "code",
        ),
    ];
    for (rules, circumstances, expected) in table {
        let mut world = World::new();
        world.circumstances = circumstances.clone();
        world.policy.rules.clone_from(&rules);
        let seen = outcome(&mut world, Requirement::default());
        assert_eq!(seen, expected, "{rules:?} at {circumstances:?}");
    }
}

#[test]
fn a_rule_for_environments_holds_for_their_people_and_nobody_else() {
    let environment = |id: &str| id.parse::<EnvironmentId>().unwrap();
    let bank = environment("5ca1ab1e-0000-4000-8000-000000000001");
    let shop = environment("0ddba115-0000-4000-8000-000000000002");
    let rule = Rule {
        environments: vec![bank],
        ..ANYWHERE
    };
    for (tenant, expected) in [
        (Some(bank.tenant()), "denied"),
        (Some(shop.tenant()), "code"),
        (Some(Tenant::DEFAULT), "code"),
        (None, "code"),
    ] {
        let mut world = World::new();
        world.circumstances.tenant = tenant;
        world.policy.rules = vec![rule.clone()];
        let seen = outcome(&mut world, Requirement::default());
        assert_eq!(seen, expected, "{tenant:?}");
    }
}

#[test]
fn a_rule_for_groups_holds_where_they_are_known_or_where_it_says_that_they_need_not_be() {
    let never = Verdict::SecondFactor(SecondFactor::Never);
    let of = |groups: &[&str], groups_unknown: bool, verdict| Rule {
        groups: groups.iter().map(|it| (*it).to_owned()).collect(),
        groups_unknown,
        verdict,
        ..ANYWHERE
    };
    let staff = || of(&["Staff", "Ärzte"], false, never);
    let strangers = || of(&["guests"], true, Verdict::Deny);
    let unknown = || of(&[], true, Verdict::Deny);
    let table: [(Rule, Option<&[&str]>, &str); 12] = [
        (staff(), Some(&["payroll", "staff"]), "in"),
        (staff(), Some(&["ÄRZTE"]), "in"),
        (staff(), Some(&["payroll"]), "code"),
        (staff(), Some(&[]), "code"),
        (staff(), None, "code"),
        (of(&["guests"], false, Verdict::Deny), None, "code"),
        (strangers(), Some(&["guests"]), "denied"),
        (strangers(), Some(&["staff"]), "code"),
        (strangers(), Some(&[]), "code"),
        (strangers(), None, "denied"),
        (unknown(), None, "denied"),
        (unknown(), Some(&[]), "code"),
    ];
    for (rule, groups, expected) in table {
        let mut world = World::new();
        let owned = |groups: &[&str]| groups.iter().map(|it| (*it).to_owned()).collect();
        world.circumstances.groups = groups.map(owned);
        world.policy.rules = vec![rule.clone()];
        let seen = outcome(&mut world, Requirement::default());
        assert_eq!(seen, expected, "{rule:?} among {groups:?}");
    }
}

#[test]
fn a_second_factor_that_was_given_long_ago_may_be_asked_for_again() {
    let older = Rule {
        strong_older_than: Some(Duration::from_hours(12)),
        verdict: Verdict::SecondFactor(SecondFactor::Required),
        ..ANYWHERE
    };
    let else_never = Rule {
        verdict: Verdict::SecondFactor(SecondFactor::Never),
        ..ANYWHERE
    };
    let mut world = World::new();
    world.policy.rules = vec![older, else_never];
    // Bob's authenticator was set up an hour before the world began.
    assert_eq!(outcome(&mut world, Requirement::default()), "in");
    world.cookie = None;
    world.wait(Duration::from_hours(11).as_secs());
    assert_eq!(outcome(&mut world, Requirement::default()), "code");
    // Who never gave one is asked as well, and has none.
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let step = world.password(&flow, ALICE, RIGHT).step;
    assert_eq!(step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn who_is_signed_on_by_two_factors_gives_the_second_again_when_a_rule_says_that_it_has_aged() {
    let rule = |asked| Rule {
        strong_older_than: Some(Duration::from_mins(10)),
        verdict: Verdict::SecondFactor(asked),
        ..ANYWHERE
    };
    let mut world = World::new();
    world.policy.rules = vec![rule(SecondFactor::Required)];
    let first = world.sign_on_as(BOB);
    assert!(first.amr().contains(&"mfa".to_owned()));
    let at_once = world.step(&world.begin(Requirement::default()));
    assert!(matches!(at_once, Step::Done(_)), "{at_once:?}");
    world.wait(Duration::from_mins(11).as_secs());
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let asked = world.step(&flow);
    assert!(matches!(asked, Step::OneTimeCode { .. }), "{asked:?}");
    let nobody_is_there = Requirement {
        passive: true,
        ..Requirement::default()
    };
    let silent = world.step(&world.begin(nobody_is_there));
    assert!(matches!(silent, Step::Failed(_)), "{silent:?}");
    let code = world.shown();
    let again = world.code(&flow, &code).outcome();
    assert_eq!(again.user(), first.user());
    let at_once = world.step(&world.begin(Requirement::default()));
    assert!(matches!(at_once, Step::Done(_)), "{at_once:?}");
    world.wait(Duration::from_mins(11).as_secs());
    world.policy.rules = vec![rule(SecondFactor::Never)];
    let spared = world.step(&world.begin(Requirement::default()));
    assert!(matches!(spared, Step::Done(_)), "{spared:?}");
}

#[test]
fn a_rule_spares_nothing_that_a_request_asks_for() {
    let mut world = World::new();
    world.policy.rules = vec![Rule {
        verdict: Verdict::SecondFactor(SecondFactor::Never),
        ..ANYWHERE
    }];
    let strong = Requirement {
        acr: acr(&["mfa"], true),
        ..Requirement::default()
    };
    assert_eq!(outcome(&mut world, strong), "code");
}

#[test]
fn a_rule_that_asks_is_heard_in_trusted_browsers_too_and_deny_ends_sessions_use() {
    let mut world = World::new();
    world.policy.identity.trusted_browser = Some(Duration::from_hours(1));
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.password(&flow, BOB, RIGHT);
    let code = world.shown();
    let check = Action::CheckCode { code: &code };
    world.act(&flow, &Action::Trusting(&check)).outcome();
    let again = world.begin(Requirement::default());
    assert!(matches!(world.step(&again), Step::Done(_)));
    world.policy.rules = vec![ANYWHERE];
    assert_eq!(world.step(&again), Step::Failed(Cause::Denied));
    world.policy.rules = vec![Rule {
        verdict: Verdict::SecondFactor(SecondFactor::Required),
        ..ANYWHERE
    }];
    world.cookie = None;
    assert_eq!(outcome(&mut world, Requirement::default()), "code");
}
