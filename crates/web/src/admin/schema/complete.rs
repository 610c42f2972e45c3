//! Documents that are older than their table, or were written by what knows only a part of it.

use serde_json::Value;

use super::{Document, Field, Literal, Object, Presence, Shape};

/// Fills in what a document lacks, as if it had been read without these members.
pub(crate) fn complete(object: &Object, document: &mut Document) {
    for field in object.fields {
        let inner = field.shape.of().object();
        match (document.get_mut(field.name), inner) {
            (None, _) => {
                if let Some(value) = default(field) {
                    document.insert(field.name.to_owned(), value);
                }
            }
            (Some(value), Some(inner)) => complete_value(field.shape, inner, value),
            (Some(_), None) => {}
        }
    }
}

fn complete_value(shape: Shape, object: &Object, value: &mut Value) {
    let within: Vec<&mut Value> = match (shape, value) {
        (Shape::List(_) | Shape::Set(_), Value::Array(elements)) => elements.iter_mut().collect(),
        (Shape::Map(_) | Shape::MapBy(..), Value::Object(members)) => {
            members.iter_mut().map(|(_, member)| member).collect()
        }
        (_, value) => vec![value],
    };
    for document in within.into_iter().filter_map(Value::as_object_mut) {
        complete(object, document);
    }
}

/// The value of a field that is left out, if it has one then.
fn default(field: &Field) -> Option<Value> {
    let (Presence::Or(literal) | Presence::KeptOr(literal)) = field.presence else {
        return None;
    };
    let mut value = literal.value();
    if let (Literal::Filled, Some(inner), Value::Object(document)) =
        (literal, field.shape.of().object(), &mut value)
    {
        complete(inner, document);
    }
    Some(value)
}
