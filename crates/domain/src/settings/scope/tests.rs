use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{ClientId, Timestamp};

fn scope(name: &str) -> ScopeDescription {
    ScopeDescription {
        name: name.to_owned(),
        description: format!("what {name} is"),
        dynamic: name.contains('*'),
    }
}

fn group(name: &str, scopes: &[&str]) -> ScopeGroup {
    ScopeGroup {
        name: name.to_owned(),
        description: format!("what {name} is"),
        scopes: scopes.iter().copied().collect(),
    }
}

fn settings(common: &[&str], exclusive: &[&str]) -> ServerSettings {
    ServerSettings {
        scopes: common.iter().copied().map(scope).collect(),
        exclusive_scopes: exclusive.iter().copied().map(scope).collect(),
        ..ServerSettings::default()
    }
}

fn client() -> Client {
    Client::new(
        ClientId::new("shop"),
        "Shop",
        BTreeSet::new(),
        Timestamp::EPOCH,
    )
}

fn restricted(to: &[&str]) -> Client {
    Client {
        restrict_scopes: true,
        restricted_scopes: to.iter().copied().collect(),
        ..client()
    }
}

fn with_exclusive(scopes: &[&str]) -> Client {
    Client {
        exclusive_scopes: scopes.iter().copied().collect(),
        ..client()
    }
}

fn allowed(settings: &ServerSettings, client: &Client, asked: &str) -> String {
    let asked: Scope = asked.parse().unwrap();
    settings.allowed(client, &asked).to_string()
}

#[test]
fn seed_restrict_common_scopes_makes_all_others_invalid() {
    let mut settings = settings(&["email", "orders", "payment:*"], &[]);
    settings.scope_groups = vec![group("contact", &["email"]), group("shop", &["orders"])];
    let all = "contact email orders payment:7 shop";
    assert_eq!(allowed(&settings, &client(), all), all);
    assert_eq!(
        allowed(&settings, &restricted(&["email"]), all),
        "email",
        "a scope"
    );
    assert_eq!(
        allowed(&settings, &restricted(&["shop"]), all),
        "shop",
        "a group"
    );
    assert_eq!(
        allowed(&settings, &restricted(&["payment:*"]), all),
        "payment:7",
        "a pattern"
    );
    assert_eq!(allowed(&settings, &restricted(&[]), all), "");
}

#[test]
fn seed_exclusive_scopes_are_for_whom_they_are_assigned_to() {
    let mut settings = settings(&["email"], &["admin", "ledger:*"]);
    settings.exclusive_scope_groups = vec![group("staff", &["admin"])];
    let all = "admin email ledger:7 staff";
    assert_eq!(allowed(&settings, &client(), all), "email");
    let one = with_exclusive(&["ledger:*"]);
    assert_eq!(allowed(&settings, &one, all), "email ledger:7");
    let group = with_exclusive(&["staff"]);
    assert_eq!(allowed(&settings, &group, all), "email staff");
}

#[test]
fn seed_the_default_scope_is_always_allowed() {
    let settings = settings(&[], &[]);
    let none = Scope::empty();
    assert!(none.is_within(&settings.allowed(&restricted(&[]), &none)));
}

#[test]
fn nobody_asks_for_a_pattern_itself() {
    let settings = settings(&["payment:*", "*"], &[]);
    assert_eq!(
        allowed(&settings, &client(), "payment:* payment:"),
        "payment:"
    );
}

#[test]
fn what_a_value_means_alone_decides_who_may_have_it() {
    let settings = settings(
        &["payment:*", "both", "tie*"],
        &["payment:admin", "payment:admin:*", "both", "*tie"],
    );
    let taken = "payment:admin payment:admin:7";
    assert_eq!(allowed(&settings, &client(), taken), "");
    let assigned = with_exclusive(&["payment:admin", "payment:admin:*"]);
    assert_eq!(allowed(&settings, &assigned, taken), taken);
    // Of two that are equal, the common one.
    assert_eq!(
        allowed(&settings, &client(), "both tie-tie"),
        "both tie-tie"
    );
    let name = |asked: &str| {
        let asked = Scope::from_iter([asked]);
        let meanings = settings.meanings(&asked).into_iter();
        let names = meanings.filter_map(|(_, it)| Some(it?.name().to_owned()));
        names.collect::<String>()
    };
    assert_eq!(name("tie-tie"), "tie*");
    assert_eq!(name("payment:admin:7"), "payment:admin:*");
}

#[test]
fn a_meaning_has_its_words() {
    let mut settings = settings(&["payment:*", "email"], &[]);
    settings.scope_groups = vec![group("contact", &["email", "phone"])];
    let asked: Scope = "unknown email contact payment:1234".parse().unwrap();
    let meanings = settings.meanings(&asked);
    let values: Vec<&str> = meanings.iter().map(|(value, _)| *value).collect();
    assert_eq!(
        values,
        ["payment:1234", "email", "contact", "unknown"],
        "as they are listed"
    );
    let ScopeMeaning::Dynamic { variable, .. } = meanings[0].1.unwrap() else {
        panic!("{meanings:?}");
    };
    assert_eq!(variable, "1234");
    assert_eq!(
        meanings[2].1.unwrap().description(),
        Some("what contact is")
    );
    assert_eq!(meanings[3].1, None);
    let asked: Scope = "contact other".parse().unwrap();
    let expanded = settings.expanded(&asked).to_string();
    assert_eq!(expanded, "contact email other phone");
    assert_eq!(
        settings.published_scopes().collect::<Vec<_>>(),
        ["email", "contact"],
        "patterns are not published"
    );
}

/// What [`ServerSettings::allowed`] says, put as simply as it can be for one value.
fn is_allowed(settings: &ServerSettings, client: &Client, value: &str) -> bool {
    let common = settings
        .scopes
        .iter()
        .map(|it| (&it.name, it.dynamic, true));
    let exclusive = settings.exclusive_scopes.iter();
    let exclusive = exclusive.map(|it| (&it.name, it.dynamic, false));
    let fit = common
        .chain(exclusive)
        .filter_map(|(name, dynamic, common)| {
            let rank = match dynamic {
                false => (name == value).then_some(usize::MAX),
                true => ScopePattern::of(name)
                    .filter(|pattern| pattern.variable(value).is_some())
                    .map(ScopePattern::specificity),
            };
            Some(((rank?, common), name))
        });
    // Of equals the first, as they stand in the settings.
    let best = fit.rev().max_by_key(|(rank, _)| *rank);
    best.is_some_and(|((_, common), name)| match common {
        true => !client.restrict_scopes || client.restricted_scopes.contains(name),
        false => client.exclusive_scopes.contains(name),
    })
}

proptest! {
    #[test]
    fn many_values_are_judged_like_each_alone(
        names in proptest::collection::vec("[ab]{0,2}\\*?[ab]{0,2}", 0..8),
        common in 0..8usize,
        asked in proptest::collection::btree_set("[ab]{1,4}", 0..12),
        given in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
        restrict in any::<bool>(),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        let (common, exclusive) = names.split_at(common.min(names.len()));
        let settings = settings(common, exclusive);
        let given: Scope = given.iter().filter(|_| !names.is_empty()).map(|it| *it.get(&names)).collect();
        let client = Client {
            restrict_scopes: restrict,
            restricted_scopes: given.clone(),
            exclusive_scopes: given,
            ..client()
        };
        let asked: Scope = asked.into_iter().collect();
        let allowed = settings.allowed(&client, &asked);
        for value in asked.values() {
            prop_assert_eq!(allowed.contains(value), is_allowed(&settings, &client, value), "{}", value);
        }
        prop_assert!(allowed.is_within(&asked));
    }
}
