use domain::port::fixed::CountingRandom;
use domain::{Client, ServerSettings};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::admin::export_key::ExportKey;
use crate::admin::schema::{Reading, generate, read};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// Whatever can be written of a resource is understood by what acts on it, and nothing in it is lost.
fn is_understood_whole<T: Serialize + DeserializeOwned>(resource: &'static Resource) {
    let (export_key, random) = (ExportKey::new(&[7; 32]).unwrap(), CountingRandom::default());
    let reading = Reading {
        export_key: &export_key,
        existing: None,
        now: NOW,
        random: &random,
    };
    let facts = Facts {
        existing: None,
        settings: &ServerSettings::default(),
        consulted: &BTreeMap::new(),
        operator: &Operator::default(),
        now: NOW,
    };
    let mut runner = TestRunner::new(generate::cases(300));
    let all = runner.run(&generate::any_of(resource.object), |given| {
        let mut document = read(resource.object, &given, &reading).unwrap();
        (resource.rules.settle)(&mut document);
        (resource.rules.keep)(&mut document, &facts);
        let typed = serde_json::from_value::<T>(Value::Object(document.clone()));
        prop_assert!(
            typed.is_ok(),
            "{:?}: {}",
            typed.err(),
            Value::Object(document)
        );
        let back = serde_json::to_value(typed.unwrap()).unwrap();
        prop_assert!(contains(&back, &Value::Object(document.clone())), "{back}");
        Ok(())
    });
    all.unwrap();
}

/// Whether all that is in one value is in the other too, whatever else is; the order of lists does
/// not count, as some of them are sets.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| contains(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            let is_in = |part: &Value| whole.iter().any(|whole| contains(whole, part));
            whole.len() <= part.len() && part.iter().all(is_in)
        }
        // The values of a response type stand in any order.
        (Value::String(whole), Value::String(part)) => sorted(whole) == sorted(part),
        (whole, part) => whole == part,
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words
}

#[test]
fn every_client_is_understood_whole() {
    is_understood_whole::<Client>(&client::CLIENTS);
}

#[test]
fn all_settings_are_understood_whole() {
    is_understood_whole::<ServerSettings>(&server_settings::SETTINGS);
}

#[test]
fn what_is_settled_stays_so() {
    let (export_key, random) = (ExportKey::new(&[7; 32]).unwrap(), CountingRandom::default());
    for resource in RESOURCES {
        let reading = Reading {
            export_key: &export_key,
            existing: None,
            now: NOW,
            random: &random,
        };
        let mut runner = TestRunner::new(generate::cases(100));
        let all = runner.run(&generate::any_of(resource.object), |given| {
            let mut once = read(resource.object, &given, &reading).unwrap();
            (resource.rules.settle)(&mut once);
            let mut twice = once.clone();
            (resource.rules.settle)(&mut twice);
            prop_assert_eq!(twice, once, "{}", resource.path);
            Ok(())
        });
        all.unwrap();
    }
}

#[test]
fn a_collection_and_a_single_resource_never_share_a_record() {
    let mut names: Vec<DocumentName> = RESOURCES.iter().map(|it| it.record("x")).collect();
    names.push(DocumentName::new(Kind::Resource, "changes"));
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    let prefixes = RESOURCES.iter().map(|it| (it.kind, it.key_prefix()));
    for (kind, prefix) in prefixes.filter(|(kind, _)| *kind == Kind::Resource) {
        let within = names
            .iter()
            .filter(|it| it.kind == kind && it.key.starts_with(&prefix));
        assert!(within.count() <= 1, "{prefix:?}");
    }
}
