use domain::Timestamp;
use domain::port::fixed::CountingRandom;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::*;
use crate::admin::export_key::{ExportKey, Sealing};
use crate::admin::resource::{PARTS, RESOURCES};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// What reads and writes in tests.
struct Desk {
    export_key: ExportKey,
    random: CountingRandom,
}

impl Desk {
    fn new() -> Self {
        Self {
            export_key: ExportKey::new(&[7; 32]).unwrap(),
            random: CountingRandom::default(),
        }
    }

    fn read(
        &self,
        object: &Object,
        given: &serde_json::Value,
        existing: Option<&Document>,
    ) -> Result<Document, Vec<Problem>> {
        let reading = Reading {
            export_key: &self.export_key,
            existing,
            now: NOW,
            random: &self.random,
        };
        read(object, given, &reading)
    }

    fn write(&self, object: &Object, document: &Document) -> serde_json::Value {
        let writing = Writing {
            export_key: &self.export_key,
            sealing: Sealing::Afresh(&self.random),
            url: "https://localhost:9999/pf-admin-api/v1",
        };
        write(object, document, &writing).into()
    }
}

fn every_object() -> impl Iterator<Item = &'static Object> {
    let resources = RESOURCES.iter().map(|resource| resource.object);
    resources.chain(PARTS.iter().map(|part| part.object))
}

/// Whatever a table allows is read; what is shown of it is read back as it was; and so is what was
/// shown before, as nothing but its form changes.
#[test]
fn what_is_written_is_read_back_unchanged() {
    let desk = Desk::new();
    for object in every_object() {
        let mut runner = TestRunner::new(generate::cases(100));
        let all = runner.run(&generate::any_of(object), |given| {
            let document = desk.read(object, &given, None);
            prop_assert!(document.is_ok(), "{}: {given} {document:?}", object.name);
            let document = document.unwrap();
            let mut completed = document.clone();
            complete(object, &mut completed);
            prop_assert_eq!(&completed, &document, "nothing is missing");
            let shown = desk.write(object, &document);
            let again = desk.read(object, &shown, Some(&document));
            prop_assert_eq!(again.as_ref(), Ok(&document), "{}", shown);
            Ok(())
        });
        all.unwrap();
    }
}

/// What each member may not be is refused under its own path, and nothing else is.
#[test]
fn a_wrong_type_is_told_by_its_path() {
    let desk = Desk::new();
    for object in every_object() {
        let fields = object.fields.iter();
        for field in fields.filter(|field| !matches!(field.presence, Presence::ReadOnly)) {
            let given = json!({ field.name: 1.5 });
            let problems = desk.read(object, &given, None).unwrap_err();
            let unreadable: Vec<_> = problems.iter().filter(|it| it.unreadable).collect();
            assert_eq!(unreadable.len(), 1, "{}: {problems:?}", field.name);
            assert_eq!(unreadable[0].field_path, field.name);
        }
    }
}

#[test]
fn an_unknown_name_is_told_and_shown_harmlessly() {
    let desk = Desk::new();
    let object = PARTS[0].object;
    let given = json!({ "name": "a", "description": "", "x\u{1b}[2J": 1 });
    let problems = desk.read(object, &given, None).unwrap_err();
    assert_eq!(problems[0].error_id, "unknown_field");
    assert_eq!(problems[0].field_path, "x\\u{1b}[2J");
    assert!(problems[0].unreadable);
    for given in [json!([]), json!(null), json!("x")] {
        let problems = desk.read(object, &given, None).unwrap_err();
        assert_eq!(problems.len(), 1, "{given}");
        assert!(problems[0].unreadable && problems[0].field_path.is_empty());
    }
}

static LOCK: Object = Object {
    name: "Lock",
    about: "A door's lock.",
    fields: &[
        text("id", &ID).made(),
        secret_beside("value", "name", &["Code"]),
        text("name", &LINE).required(),
        references("keys", "/keys"),
        map_of_objects("doors", &DOOR),
        map_of_texts("labels", &NAME),
        json("extra"),
        flag("open").kept(),
        time("opened").read_only(),
    ],
};

static DOOR: Object = Object {
    name: "Door",
    about: "A door.",
    fields: &[
        secret("code").required(),
        reference("owner", "/people").shown_empty(),
    ],
};

#[test]
fn a_text_is_secret_or_not_by_what_is_beside_it() {
    let desk = Desk::new();
    let clear = json!({ "name": "Colour", "value": "blue" });
    let clear = desk.read(&LOCK, &clear, None).unwrap();
    assert_eq!(desk.write(&LOCK, &clear)["value"], "blue");
    let code = json!({ "name": "Code", "value": "1234" });
    let code = desk.read(&LOCK, &code, None).unwrap();
    let shown = desk.write(&LOCK, &code);
    assert_eq!(
        (code["value"].as_str(), shown.get("value")),
        (Some("1234"), None)
    );
    let sealed = shown["encryptedValue"].as_str().unwrap();
    assert!(sealed.starts_with("OBF:JWE:"));
    let back = json!({ "name": "Code", "encryptedValue": sealed });
    assert_eq!(desk.read(&LOCK, &back, None).unwrap()["value"], "1234");
}

#[test]
fn the_server_makes_ids_and_keeps_what_it_has_set() {
    let desk = Desk::new();
    let given = json!({ "name": "a", "opened": "1970-01-01T00:00:00.000Z" });
    let mut made = desk.read(&LOCK, &given, None).unwrap();
    assert_eq!(made["id"].as_str().unwrap().len(), 26);
    assert_eq!((made.get("opened"), &made["open"]), (None, &json!(false)));
    made.insert("opened".to_owned(), json!("2026-11-22T12:00:00.000Z"));
    made.insert("open".to_owned(), json!(true));
    let again = desk.read(&LOCK, &given, Some(&made)).unwrap();
    assert_eq!(
        again, made,
        "the time is the server's, and the flag was left out"
    );
    let closed = json!({ "name": "a", "open": false });
    assert_eq!(
        desk.read(&LOCK, &closed, Some(&made)).unwrap()["open"],
        false
    );
}

#[test]
fn mentions_are_found_wherever_they_are() {
    let desk = Desk::new();
    let given = json!({
        "name": "a",
        "keys": [{ "id": "k1" }, { "id": "k2", "location": "x" }],
        "doors": { "front": { "code": "1", "owner": { "id": "a/b" } }, "back": { "code": "2" } },
    });
    let document = desk.read(&LOCK, &given, None).unwrap();
    let found = mentions(&LOCK, &document);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|it| (it.field_path.as_str(), it.value.as_str()))
        .collect();
    let expected = [
        ("keys[0]", "k1"),
        ("keys[1]", "k2"),
        ("doors.front.owner", "a/b"),
    ];
    assert_eq!(found, expected);
    assert!(may_mention(&LOCK, "/people") && !may_mention(&LOCK, "/cats"));
    let shown = desk.write(&LOCK, &document);
    let location = "https://localhost:9999/pf-admin-api/v1/people/a%2Fb";
    assert_eq!(shown["doors"]["front"]["owner"]["location"], location);
    assert_eq!(shown["doors"]["back"]["owner"], json!({}));
}

#[test]
fn a_difference_is_small_and_has_no_secret() {
    let desk = Desk::new();
    let before = json!({
        "id": "one", "name": "Code", "value": "1234", "labels": { "a": "b" },
        "doors": { "front": { "code": "open sesame" } },
    });
    let mut after = before.clone();
    after["value"] = json!("5678");
    after["doors"]["front"]["code"] = json!("shut sesame");
    after["labels"] = json!({});
    let before = desk.read(&LOCK, &before, None).unwrap();
    let after = desk.read(&LOCK, &after, None).unwrap();
    let found = difference(&LOCK, Some(&before), Some(&after));
    let masked = json!({ "front": { "code": "********" } });
    assert_eq!(
        found,
        [
            json!({ "path": "doors", "before": masked, "after": masked }),
            json!({ "path": "labels", "before": { "a": "b" }, "after": {} }),
            json!({ "path": "value", "before": "********", "after": "********" }),
        ]
    );
    let whole = difference(&LOCK, Some(&before), None);
    assert!(whole.iter().all(|change| change.get("after").is_none()));
    let text = format!("{found:?} {whole:?}");
    for secret in ["1234", "5678", "sesame"] {
        assert!(!text.contains(secret), "{text}");
    }
}
