//! Objects of every kind, made from their tables: whatever it is that a table allows.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::{Document, Field, Format, Object, Presence, Shape, Type};

/// So many cases, of which none is written to a file.
pub(crate) fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(number)
    }
}

/// Any object that its table allows.
pub(crate) fn any_of(object: &'static Object) -> BoxedStrategy<Value> {
    members(object).prop_map(Value::Object).boxed()
}

fn members(object: &'static Object) -> BoxedStrategy<Document> {
    let fields = object.fields.iter();
    let written = fields.filter(|field| !matches!(field.presence, Presence::ReadOnly));
    let written: Vec<_> = written.map(member).collect();
    let collected =
        written.prop_map(|members| members.into_iter().flatten().collect::<Map<_, _>>());
    collected.boxed()
}

fn member(field: &'static Field) -> BoxedStrategy<Option<(String, Value)>> {
    let of = field.shape.of();
    let value = match field.shape {
        Shape::One(_) => match field.presence {
            Presence::Required => one(of),
            _ => prop_oneof![one(of), nothing(of)].boxed(),
        },
        Shape::List(_) | Shape::Set(_) => proptest::collection::vec(one(of), 0..4)
            .prop_map(Value::Array)
            .boxed(),
        Shape::Map(_) | Shape::MapBy(..) => proptest::collection::vec(one(of), 0..3)
            .prop_map(|values| {
                let named = values.into_iter().enumerate();
                named
                    .map(|(n, value)| (format!("name {n}"), value))
                    .collect()
            })
            .boxed(),
    };
    let named = value.prop_map(|value| Some((field.name.to_owned(), value)));
    match field.presence {
        Presence::Required => named.boxed(),
        _ => prop_oneof![
            Just(None),
            Just(Some((field.name.to_owned(), Value::Null))),
            named
        ]
        .boxed(),
    }
}

fn one(of: Type) -> BoxedStrategy<Value> {
    match of {
        Type::Flag => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Integer(least, most) => (least..=most).prop_map(|number| json!(number)).boxed(),
        Type::Text(format) => text(format),
        Type::Word(words) => select(words).prop_map(|word| json!(word)).boxed(),
        Type::Time => (0..4_000_000_000_000_i64)
            .prop_map(|millis| json!(domain::Timestamp::from_millis(millis).to_string()))
            .boxed(),
        Type::Secret | Type::SecretBeside { .. } => "[ -~]{1,40}".prop_map(Value::String).boxed(),
        Type::Name { .. } => "[a-z*:]{1,8}".prop_map(Value::String).boxed(),
        Type::Reference(_) => prop_oneof![
            "[ -~]{1,8}".prop_map(|id| json!({ "id": id })),
            "[a-z]{1,8}".prop_map(|id| json!({ "id": id, "location": "https://elsewhere" })),
        ]
        .boxed(),
        Type::Object(object) => any_of(object),
        Type::Choice(object) => (0..=object.fields.len(), members(object))
            .prop_map(|(chosen, members)| {
                let chosen = object.fields.get(chosen).map(|field| field.name);
                let one = members
                    .into_iter()
                    .filter(|(name, _)| chosen == Some(name.as_str()));
                Value::Object(one.collect())
            })
            .boxed(),
        Type::Json => Just(json!({ "any": ["thing", 1, null] })).boxed(),
    }
}

/// What stands for nothing, where something may be left out.
fn nothing(of: Type) -> BoxedStrategy<Value> {
    match of {
        Type::Text(_) | Type::Name { .. } => Just(json!("")).boxed(),
        Type::Reference(_) => prop_oneof![
            Just(json!({})),
            Just(json!({ "id": "" })),
            Just(json!({ "id": null }))
        ]
        .boxed(),
        _ => Just(Value::Null).boxed(),
    }
}

fn text(format: &'static Format) -> BoxedStrategy<Value> {
    let example = Just(json!(format.example)).boxed();
    let written = match format.name {
        "line" | "text" => prop_oneof![example, "[ -~ä-ü€]{1,20}".prop_map(Value::String)].boxed(),
        _ => example,
    };
    match format.may_be_empty {
        true => prop_oneof![Just(json!("")), written].boxed(),
        false => written,
    }
}
