//! The properties that administrators can give to clients beyond those of the protocol.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Facts, Part, Resource, Rules};
use crate::admin::schema::{Document, NAME, Object, PROSE, Problems, flag, objects, text};

/// `/extendedProperties`
pub(crate) static EXTENDED_PROPERTIES: Resource = Resource::one(
    "/extendedProperties",
    "extended_properties",
    &EXTENDED_PROPERTIES_OBJECT,
)
.with(Rules {
    check,
    ..Rules::NONE
});

/// The properties, as they are named elsewhere.
pub(crate) static PROPERTIES: Part = Part {
    path: "/extendedProperties",
    noun: "extended_property",
    whole: &EXTENDED_PROPERTIES,
    member: "items",
    object: &EXTENDED_PROPERTY,
    id: "name",
    is_served: false,
};

const EXTENDED_PROPERTIES_OBJECT: Object = Object {
    name: "ExtendedProperties",
    about: "The properties that clients can have beyond those of the protocol.",
    fields: &[objects("items", &EXTENDED_PROPERTY)],
};

const EXTENDED_PROPERTY: Object = Object {
    name: "ExtendedProperty",
    about: "A property that clients can have.",
    fields: &[
        text("name", &NAME).required(),
        text("description", &PROSE).or_text(""),
        flag("multiValued").about("Whether a client can have several values."),
    ],
};

fn check(properties: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (position, property) in items(properties).iter().enumerate() {
        let name = property.get("name").and_then(Value::as_str);
        if !seen.insert(name) {
            let path = format!("items[{position}].name");
            problems.add("not_unique", &path, "The property is there already.");
        }
    }
}

/// The names of the properties of which a client has at most one value.
pub(crate) fn single_valued<'a>(facts: &Facts<'a>) -> BTreeSet<&'a str> {
    let properties = facts.one(&EXTENDED_PROPERTIES);
    let items = properties.map(items).unwrap_or_default();
    let single = items
        .iter()
        .filter(|it| it.get("multiValued") != Some(&Value::Bool(true)));
    single
        .filter_map(|it| it.get("name").and_then(Value::as_str))
        .collect()
}

fn items(properties: &Document) -> &[Value] {
    let items = properties.get("items").and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}
