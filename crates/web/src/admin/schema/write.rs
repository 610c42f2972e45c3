//! From a stored document to what an administrator is shown.

use std::fmt::Write;

use domain::Secret;
use serde_json::{Value, json};

use super::{Document, Field, Literal, Object, Presence, Shape, Type, sealed_name};
use crate::admin::export_key::{ExportKey, Sealing};

/// What an object is shown with.
pub(crate) struct Writing<'a> {
    /// Seals secrets.
    pub(crate) export_key: &'a ExportKey,
    /// Where sealed secrets are.
    pub(crate) sealing: Sealing<'a>,
    /// Where this server's administration API begins, without a trailing slash.
    pub(crate) url: &'a str,
}

impl Writing<'_> {
    /// What is shown of the member of this name.
    fn within<T>(&self, name: &str, show: impl FnOnce(&Writing<'_>) -> T) -> T {
        let Sealing::At(place) = self.sealing else {
            return show(self);
        };
        let place = format!("{place} {name}");
        show(&Writing {
            sealing: Sealing::At(&place),
            ..*self
        })
    }
}

/// The object as it is shown: with everything that its table fills in, secrets sealed, and
/// references with their location.
pub(crate) fn write(object: &Object, document: &Document, context: &Writing<'_>) -> Document {
    let mut shown = Document::new();
    for field in object.fields {
        let stored = document.get(field.name).filter(|value| !value.is_null());
        let value = match stored {
            Some(stored) if is_secret(field, document) => {
                let sealed = context.within(field.name, |context| sealed(stored, context));
                shown.insert(sealed_name(field.name), sealed);
                None
            }
            Some(stored) => {
                let within = |context: &Writing<'_>| shaped(field.shape, stored, context);
                Some(context.within(field.name, within))
            }
            None => filled(field, context),
        };
        if let Some(value) = value {
            shown.insert(field.name.to_owned(), value);
        }
    }
    shown
}

/// Whether the field is a secret in this document.
pub(super) fn is_secret(field: &Field, document: &Document) -> bool {
    match field.shape {
        Shape::One(Type::Secret) => true,
        Shape::One(Type::SecretBeside { beside, among }) => {
            let beside = document.get(beside).and_then(Value::as_str);
            beside.is_some_and(|beside| among.contains(&beside))
        }
        _ => false,
    }
}

fn shaped(shape: Shape, stored: &Value, context: &Writing<'_>) -> Value {
    match (shape, stored) {
        (Shape::List(of) | Shape::Set(of), Value::Array(elements)) => {
            let elements = elements.iter().enumerate();
            let shown = elements.map(|(position, it)| {
                context.within(&position.to_string(), |context| one(of, it, context))
            });
            shown.collect()
        }
        (Shape::Map(of) | Shape::MapBy(of, _), Value::Object(members)) => members
            .iter()
            .map(|(name, it)| {
                let shown = context.within(name, |context| one(of, it, context));
                (name.clone(), shown)
            })
            .collect(),
        (Shape::One(of), stored) => one(of, stored, context),
        (_, stored) => stored.clone(),
    }
}

fn one(of: Type, stored: &Value, context: &Writing<'_>) -> Value {
    match (of, of.object(), stored) {
        (_, Some(object), Value::Object(document)) => {
            Value::Object(write(object, document, context))
        }
        (Type::Reference(path), ..) => referred(path, stored, context),
        _ => stored.clone(),
    }
}

/// A reference with the address of what it refers to.
fn referred(path: &str, stored: &Value, context: &Writing<'_>) -> Value {
    let Some(id) = stored.get("id").and_then(Value::as_str) else {
        return json!({});
    };
    let location = format!("{}{path}/{}", context.url, segment(id));
    json!({ "id": id, "location": location })
}

/// A text as a segment of a path (RFC 3986 §3.3).
fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

fn sealed(stored: &Value, context: &Writing<'_>) -> Value {
    let secret = Secret::new(stored.as_str().unwrap_or_default());
    json!(context.export_key.seal(&secret, context.sealing))
}

/// What is shown of a field that is not stored: documents may be older than a field.
fn filled(field: &Field, context: &Writing<'_>) -> Option<Value> {
    match (field.presence, field.shape.of().object()) {
        (Presence::Or(Literal::Filled), Some(object)) => {
            Some(Value::Object(write(object, &Document::new(), context)))
        }
        (Presence::Or(literal) | Presence::KeptOr(literal), _) => Some(literal.value()),
        (Presence::ShownEmpty, _) => Some(json!({})),
        _ => None,
    }
}
