//! How two versions of a document differ, for the audit trail: no more than what has changed, and
//! no secret.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::write::is_secret;
use super::{Document, Object, Shape, Type, below};

/// What stands for a secret.
const MASK: &str = "********";

/// The changes from one version of a document to the next: `{"path", "before", "after"}` for each
/// field that differs, without `before` where there was nothing and without `after` where there is
/// nothing any more.
pub(crate) fn difference(
    object: &Object,
    before: Option<&Document>,
    after: Option<&Document>,
) -> Vec<Value> {
    let mut changes = Vec::new();
    let nothing = Document::new();
    let both = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    of_objects(object, both, "", &mut changes);
    changes
}

type Both<'a> = (&'a Document, &'a Document);

fn of_objects(object: &Object, (before, after): Both<'_>, path: &str, changes: &mut Vec<Value>) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        let path = below(path, name);
        let inner = match object.field(name).map(|field| field.shape) {
            Some(Shape::One(of)) => of.object(),
            _ => None,
        };
        if let (Some(object), Some(Value::Object(was)), Some(Value::Object(is))) = (inner, was, is)
        {
            of_objects(object, (was, is), &path, changes);
            continue;
        }
        let mut change = Document::new();
        change.insert("path".to_owned(), json!(path));
        for (side, document) in [("before", before), ("after", after)] {
            if let Some(value) = masked(object, document, name) {
                change.insert(side.to_owned(), value);
            }
        }
        changes.push(Value::Object(change));
    }
}

/// A member of a document with a mask for every secret in it.
fn masked(object: &Object, document: &Document, name: &str) -> Option<Value> {
    let value = document.get(name)?;
    let Some(field) = object.field(name) else {
        return Some(value.clone());
    };
    if is_secret(field, document) {
        return Some(json!(MASK));
    }
    let of = field.shape.of();
    Some(match (field.shape, value) {
        (Shape::List(_) | Shape::Set(_), Value::Array(elements)) => {
            elements.iter().map(|it| masked_one(of, it)).collect()
        }
        (Shape::Map(_) | Shape::MapBy(..), Value::Object(members)) => members
            .iter()
            .map(|(name, it)| (name.clone(), masked_one(of, it)))
            .collect(),
        (_, value) => masked_one(of, value),
    })
}

fn masked_one(of: Type, value: &Value) -> Value {
    match (of.object(), value) {
        (Some(object), Value::Object(document)) => {
            let names = document.keys();
            let members =
                names.filter_map(|name| Some((name.clone(), masked(object, document, name)?)));
            members.collect()
        }
        (_, value) => value.clone(),
    }
}
