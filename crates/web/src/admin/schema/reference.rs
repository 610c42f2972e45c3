//! What a document refers to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Document, Object, Shape, Type, below};

/// A place in a document that names something in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The path of the field from the root of the document.
    pub(crate) field_path: String,
    /// The paths of the collections in one of which it is.
    pub(crate) collections: Vec<&'static str>,
    /// The member of the collection's objects by which it is named, if not their id, as
    /// [`texts_at`] has it.
    pub(crate) by: Option<&'static str>,
    /// That member's value.
    pub(crate) value: String,
}

/// Everything in collections that a document names, in the order of the table.
pub(crate) fn mentions(object: &Object, document: &Document) -> Vec<Mention> {
    let mut found = Vec::new();
    of_object(object, document, "", &mut found);
    found
}

/// The texts at a member of a document, or at members within its members: the names of both stand
/// with a dot between them, and of a list each element counts.
pub(crate) fn texts_at<'a>(document: &'a Document, path: &str) -> BTreeSet<&'a str> {
    let mut names = path.split('.');
    let first = names.next().and_then(|name| document.get(name));
    let found = names.fold(elements(first), |found, name| {
        let below = found.into_iter().map(|value| value.get(name));
        below.flat_map(elements).collect()
    });
    found.into_iter().filter_map(Value::as_str).collect()
}

fn elements(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(elements)) => elements.iter().collect(),
        other => other.into_iter().collect(),
    }
}

/// Whether documents of this kind can name something in the collection at `path`.
pub(crate) fn may_mention(object: &Object, path: &str) -> bool {
    object.fields.iter().any(|field| {
        let by_key = matches!(field.shape, Shape::MapBy(_, paths) if paths.contains(&path));
        by_key
            || match field.shape.of() {
                Type::Object(object) | Type::Choice(object) => may_mention(object, path),
                Type::Reference(known) => known == path,
                Type::Name { paths, .. } => paths.contains(&path),
                _ => false,
            }
    })
}

fn of_object(object: &Object, document: &Document, path: &str, found: &mut Vec<Mention>) {
    for field in object.fields {
        let Some(value) = document.get(field.name) else {
            continue;
        };
        let path = below(path, field.name);
        match (field.shape, value) {
            (Shape::One(of), value) => of_value(of, value, path, found),
            (Shape::List(of) | Shape::Set(of), Value::Array(elements)) => {
                for (position, element) in elements.iter().enumerate() {
                    of_value(of, element, format!("{path}[{position}]"), found);
                }
            }
            (Shape::Map(of) | Shape::MapBy(of, _), Value::Object(members)) => {
                for (name, member) in members {
                    let field_path = below(&path, name);
                    if let Shape::MapBy(_, paths) = field.shape {
                        found.push(Mention {
                            field_path: field_path.clone(),
                            collections: paths.to_vec(),
                            by: None,
                            value: name.clone(),
                        });
                    }
                    of_value(of, member, field_path, found);
                }
            }
            _ => {}
        }
    }
}

fn of_value(of: Type, value: &Value, field_path: String, found: &mut Vec<Mention>) {
    let (collections, by, value) = match (of, value) {
        (Type::Object(object) | Type::Choice(object), Value::Object(document)) => {
            return of_object(object, document, &field_path, found);
        }
        (Type::Reference(path), value) => (vec![path], None, value.get("id")),
        (Type::Name { paths, by }, value) => (paths.to_vec(), Some(by), Some(value)),
        _ => return,
    };
    let value = value.and_then(Value::as_str);
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        found.push(Mention {
            field_path,
            collections,
            by,
            value: value.to_owned(),
        });
    }
}
