use domain::Client;
use proptest::prelude::*;
use serde_json::json;

use super::example::{accounts, detail_type, field, payment, processors, types};
use super::*;
use crate::fixture;

/// A client that may use these types.
fn client(kinds: &[&str]) -> Client {
    Client {
        authorization_detail_types: kinds.iter().map(|it| (*it).to_owned()).collect(),
        ..fixture::client()
    }
}

fn bank() -> Client {
    client(&["payment_initiation", "account_information"])
}

fn refusal(types: &DetailTypes, details: &Value, client: &Client) -> Option<DetailsError> {
    types.parse(&details.to_string(), client).err()
}

/// The payment with one member changed, or taken out where it is `null`.
fn changed(name: &str, value: Value) -> Value {
    let mut payment = payment();
    let members = payment.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
    payment
}

fn processor(fields: &[(&str, &str)]) -> Value {
    let fields: Value = fields
        .iter()
        .map(|(name, value)| field(name, value))
        .collect();
    json!({ "id": "own", "configuration": { "fields": fields } })
}

/// What is told about a detail of the type `own`, each line as one text; values in brackets.
fn told(template: &str, detail: &Value, language: &str) -> (String, Vec<String>) {
    let schema = r#"{"additionalProperties":true}"#;
    let processor = processor(&[("JSON Schema", schema), ("Consent Template", template)]);
    let (types, unusable) = DetailTypes::read(&[detail_type("own", "own")], &[processor]);
    assert_eq!(unusable, []);
    let detail = AuthorizationDetails::parse(&json!([detail]).to_string()).unwrap();
    shown(&types.told(detail.iter().next().unwrap(), language))
}

fn shown(told: &Told) -> (String, Vec<String>) {
    let text = |parts: &[Part]| {
        let part = |part: &Part| match part.is_value {
            true => format!("[{}]", part.text),
            false => part.text.clone(),
        };
        parts.iter().map(part).collect::<String>()
    };
    let line = |line: &Line| match &line.label {
        Some(label) => format!("{label} = {}", text(&line.parts)),
        None => text(&line.parts),
    };
    (text(&told.title), told.lines.iter().map(line).collect())
}

#[test]
fn rfc9396_5_accepts_what_is_as_its_type_says() {
    let types = types();
    assert_eq!(
        types.names().collect::<Vec<_>>(),
        ["account_information", "payment_initiation"]
    );
    assert_eq!(
        refusal(&types, &json!([payment(), accounts()]), &bank()),
        None
    );
    assert_eq!(refusal(&types, &json!([]), &bank()), None);
}

#[test]
fn rfc9396_5_refuses_unknown_types_and_types_that_the_client_may_not_use() {
    let types = types();
    let other = json!([payment(), { "type": "other" }]);
    assert_eq!(
        refusal(&types, &other, &bank()),
        Some(DetailsError::TypeUnknown)
    );
    let both = json!([payment(), accounts()]);
    let few = client(&["payment_initiation"]);
    assert_eq!(
        refusal(&types, &both, &few),
        Some(DetailsError::TypeNotAllowed)
    );
    let none = client(&[]);
    assert_eq!(
        refusal(&types, &both, &none),
        Some(DetailsError::TypeNotAllowed)
    );
    let malformed = types.parse("{}", &bank()).err();
    assert_eq!(malformed, Some(DetailsError::Malformed));
}

#[test]
fn rfc9396_5_refuses_unknown_fields_wrong_types_invalid_values_and_missing_fields() {
    let types = types();
    for (name, value) in [
        ("colour", json!("blue")),
        ("creditorName", json!(7)),
        ("creditorName", json!("")),
        ("creditorName", Value::Null),
        (
            "instructedAmount",
            json!({ "currency": "EUR", "amount": "1e9" }),
        ),
        (
            "instructedAmount",
            json!({ "currency": "EUR", "amount": 123.5 }),
        ),
        (
            "instructedAmount",
            json!({ "currency": "EUR", "amount": "1", "tip": "1" }),
        ),
        ("locations", json!(["not a uri"])),
        ("actions", json!([])),
    ] {
        let details = json!([changed(name, value.clone())]);
        let refused = refusal(&types, &details, &bank());
        assert_eq!(refused, Some(DetailsError::Invalid), "{name}: {value}");
    }
}

#[test]
fn rfc9396_5_a_schema_that_is_silent_about_other_members_refuses_them() {
    let own = |schema: &str| {
        let processor = processor(&[("JSON Schema", schema)]);
        DetailTypes::read(&[detail_type("own", "own")], &[processor]).0
    };
    let accepts = |schema: &str, detail: Value| {
        refusal(&own(schema), &json!([detail]), &client(&["own"])).is_none()
    };
    let amount = r#"{"properties":{"amount":{"type":"string"}}}"#;
    assert!(accepts(amount, json!({ "type": "own", "amount": "1" })));
    assert!(!accepts(amount, json!({ "type": "own", "tip": "1" })));
    // What another part of the schema describes is not unknown.
    let parts = r##"{"allOf":[{"$ref":"#/$defs/amount"}],"$defs":{"amount":{"properties":{"amount":{}}}}}"##;
    assert!(accepts(parts, json!({ "type": "own", "amount": "1" })));
    assert!(!accepts(parts, json!({ "type": "own", "tip": "1" })));
    // Unless the schema says that others may be there, or says itself that none may.
    let open = r#"{"additionalProperties":true}"#;
    assert!(accepts(open, json!({ "type": "own", "tip": "1" })));
    assert!(accepts(
        r#"{"additionalProperties":false}"#,
        json!({ "type": "own" })
    ));
}

#[test]
fn rfc9396_2_2_without_a_schema_the_common_members_alone_are_known() {
    let processor = json!({ "id": "own" });
    let (types, _) = DetailTypes::read(&[detail_type("own", "own")], &[processor]);
    let accepts = |detail: Value| refusal(&types, &json!([detail]), &client(&["own"])).is_none();
    assert!(accepts(json!({
        "type": "own",
        "locations": ["https://example.com"],
        "actions": ["read"],
        "datatypes": ["photos"],
        "identifier": "7",
        "privileges": ["admin"],
    })));
    assert!(!accepts(json!({ "type": "own", "actions": "read" })));
    assert!(!accepts(json!({ "type": "own", "amount": "1" })));
}

#[test]
fn what_is_switched_off_or_cannot_be_used_is_unknown() {
    let mut off = detail_type("off", "payments");
    off["active"] = json!(false);
    let documents = [
        off,
        detail_type("homeless", "nowhere"),
        json!({ "type": "damaged" }),
        detail_type("faulty", "faulty"),
        detail_type("payment_initiation", "payments"),
    ];
    let [payments, _] = processors();
    let faulty =
        json!({ "id": "faulty", "configuration": { "fields": [field("JSON Schema", "{")] } });
    let (types, unusable) = DetailTypes::read(&documents, &[payments, faulty]);
    assert_eq!(types.names().collect::<Vec<_>>(), ["payment_initiation"]);
    let named: Vec<&str> = unusable.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(named, ["homeless", "damaged", "faulty"]);
}

#[test]
fn mistakes_of_processors_are_named_by_their_place() {
    let mistake = |fields: &[(&str, &str)]| {
        let read = Processor::read(&processor(fields));
        read.err().map(|it| (it.path, it.message))
    };
    assert_eq!(mistake(&[("JSON Schema", "  "), ("Other", "x")]), None);
    for (schema, told) in [
        ("{", "The schema is not JSON"),
        ("[]", "The schema is not a JSON object"),
        (r#"{"type":"objekt"}"#, "The schema cannot be used"),
        (
            r#"{"properties":{"a":{"pattern":"("}}}"#,
            "The schema cannot be used",
        ),
        // Nothing is fetched, and nothing is read from disk.
        (
            r#"{"$ref":"https://example.com/schema.json"}"#,
            "The schema cannot be used",
        ),
        (
            r#"{"$ref":"file:///etc/passwd"}"#,
            "The schema cannot be used",
        ),
        (
            r#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#,
            "The schema's $schema must be",
        ),
    ] {
        let (path, message) = mistake(&[("Name", "x"), ("JSON Schema", schema)]).unwrap();
        assert_eq!(path, "configuration.fields[1].value", "{schema}");
        assert!(message.starts_with(told), "{schema}: {message}");
    }
    for template in [
        "Pay {amount",
        "Pay amount}",
        "Pay {}",
        "Pay {a..b}",
        "Pay {a{b}",
    ] {
        let (path, _) = mistake(&[("Consent Template", template)]).unwrap();
        assert_eq!(path, "configuration.fields[0].value", "{template}");
    }
    let table = |name: &str, fields: Value| {
        let tables = json!([{ "name": name, "rows": [{ "fields": fields }] }]);
        let read = Processor::read(&json!({ "configuration": { "tables": tables } }));
        read.err().map(|it| it.path)
    };
    let row = "configuration.tables[0].rows[0]";
    let words = json!([field("Value", "a"), field("Words", "b")]);
    assert_eq!(table("Words", words.clone()), None);
    assert_eq!(table("Translations", words.clone()).as_deref(), Some(row));
    assert_eq!(table("Wörter", words).as_deref(), Some(row));
    let translation = json!([field("Language", "de"), field("Consent Template", "{")]);
    let path = format!("{row}.fields[1].value");
    assert_eq!(table("Translations", translation), Some(path));
}

#[test]
fn the_examples_are_told_in_each_language() {
    let types = types();
    let details = json!([payment(), accounts()]).to_string();
    let details = AuthorizationDetails::parse(&details).unwrap();
    let told = |language: &str| -> Vec<_> {
        details
            .iter()
            .map(|it| shown(&types.told(it, language)))
            .collect()
    };
    let lines = |lines: &[&str]| lines.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let english = told("en");
    assert_eq!(
        english[0],
        (
            "Pay [123.50] [EUR] to [Merchant A]".to_owned(),
            lines(&[
                "Account = [DE02100100109307118603]",
                "Reference = [Ref Number Merchant]"
            ])
        )
    );
    assert_eq!(
        english[1],
        (
            "See your accounts".to_owned(),
            lines(&[
                "What = which accounts you have, balances, transactions",
                "Where = [https://example.com/accounts]"
            ])
        )
    );
    assert_eq!(told("de")[0].0, "[123.50] [EUR] an [Merchant A] zahlen");
    assert_eq!(
        told("fr")[1].1[0],
        "Quoi = les comptes que vous avez, soldes, opérations"
    );
    assert_eq!(told("es")[1].0, "Ver sus cuentas");
    assert_eq!(told("ja"), english, "for others as for all");
    // Whatever the words say, everything can be looked at.
    let everything = &types.told(details.iter().next().unwrap(), "en").everything;
    let labels: Vec<&str> = everything
        .iter()
        .filter_map(|it| it.label.as_deref())
        .collect();
    assert!(labels.contains(&"instructedAmount.currency") && labels.contains(&"locations"));
    assert!(!labels.contains(&"type"));
}

#[test]
fn a_line_without_its_member_is_left_out_and_without_a_title_all_is_shown() {
    let template = "Pay {amount}\nTo: {to.name}\nFirst: {list.0.name}\nthanks: no label {{here}}";
    let detail = json!({ "type": "own", "amount": 5, "list": [{ "name": "Ada" }], "to": {} });
    let (title, lines) = told(template, &detail, "en");
    assert_eq!(title, "Pay [5]");
    assert_eq!(lines, ["First = [Ada]", "thanks = no label {here}"]);
    let detail = json!({ "type": "own", "other": [true, null, 2], "list": [{ "name": "Ada" }] });
    let (title, lines) = told(template, &detail, "en");
    assert_eq!(title, "What own is");
    assert_eq!(lines, ["list.0.name = [Ada]", "other = [true], [2]"]);
}

#[test]
fn values_cannot_disguise_what_is_approved() {
    let name = "Shop\u{202e}drac\n\u{200b}pay\u{2066}\u{e0041}";
    let detail = json!({ "type": "own", "to": name, "x\u{202e}": "" });
    let (title, _) = told("Pay {to}", &detail, "en");
    assert_eq!(title, "Pay [Shop drac  pay  ]");
    let (_, lines) = told("{none}", &detail, "en");
    assert!(lines.iter().any(|it| it == "x  = []"), "{lines:?}");
}

proptest! {
    #[test]
    fn no_template_and_no_value_makes_it_panic(template in "[a-c{}:. \n]{0,30}", value in ".{0,20}") {
        let processor = processor(&[("Consent Template", &template)]);
        let (types, _) = DetailTypes::read(&[detail_type("own", "own")], &[processor]);
        let detail = json!([{ "type": "own", "a": value, "b": [[value]], "c": { "a": null } }]);
        let detail = AuthorizationDetails::parse(&detail.to_string()).unwrap();
        let told = types.told(detail.iter().next().unwrap(), "en");
        let parts = told.lines.iter().flat_map(|it| &it.parts).chain(&told.title);
        prop_assert!(parts.filter(|it| it.is_value).all(|it| !it.text.contains(char::is_control)));
    }

    #[test]
    fn braces_that_are_written_twice_are_braces(text in "[a-c{} ]{1,20}") {
        prop_assume!(!text.trim().is_empty());
        let template = text.replace('{', "{{").replace('}', "}}");
        let (title, _) = told(&template, &json!({ "type": "own" }), "en");
        prop_assert_eq!(title, text.trim());
    }
}
