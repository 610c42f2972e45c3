//! Tables as JSON Schema, for the API's description.

use serde_json::{Value, json};

use super::{Document, Field, Format, MAX_MEMBERS, Object, Presence, Shape, Type, sealed_name};

/// The schemas of objects and of all objects within, by name.
pub(crate) fn describe(object: &'static Object, schemas: &mut Document) {
    if schemas.contains_key(object.name) {
        return;
    }
    // Noted first, so that an object could contain itself.
    schemas.insert(object.name.to_owned(), json!({}));
    let mut members = Document::new();
    for field in object.fields {
        described(field, &mut members);
        if let Some(inner) = field.shape.of().object() {
            describe(inner, schemas);
        }
    }
    let mut schema = json!({
        "type": "object",
        "description": object.about,
        "properties": members,
        "additionalProperties": false,
    });
    let required: Vec<&str> = object
        .fields
        .iter()
        .filter(|field| is_required(field))
        .map(name)
        .collect();
    if let Some(schema) = schema.as_object_mut()
        && !required.is_empty()
    {
        schema.insert("required".to_owned(), json!(required));
    }
    schemas.insert(object.name.to_owned(), schema);
}

/// A reference to the schema of an object.
pub(crate) fn schema_of(object: &Object) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", object.name) })
}

const fn name(field: &Field) -> &'static str {
    field.name
}

/// Whether the member has to be there under its own name: a secret may be given sealed.
fn is_required(field: &Field) -> bool {
    let is_secret = matches!(field.shape.of(), Type::Secret | Type::SecretBeside { .. });
    matches!(field.presence, Presence::Required) && !is_secret
}

fn described(field: &Field, members: &mut Document) {
    // What stands for nothing may be left out, but is no element.
    let is_something = is_required(field) || !matches!(field.shape, Shape::One(_));
    let of = one(field.shape.of(), is_something);
    let mut schema = match field.shape {
        Shape::One(_) => of,
        Shape::List(_) | Shape::Set(_) => {
            json!({ "type": "array", "items": of, "maxItems": MAX_MEMBERS })
        }
        Shape::Map(_) | Shape::MapBy(..) => {
            json!({ "type": "object", "additionalProperties": of, "maxProperties": MAX_MEMBERS })
        }
    };
    if let Some(schema) = schema.as_object_mut() {
        note(field, schema);
    }
    if let Shape::One(Type::Secret | Type::SecretBeside { .. }) = field.shape {
        let sealed = json!({
            "type": ["string", "null"],
            "description": "The same, sealed by this server.",
        });
        members.insert(sealed_name(field.name), sealed);
    }
    members.insert(field.name.to_owned(), nullable(field, schema));
}

/// What the table says besides the shape.
fn note(field: &Field, schema: &mut Document) {
    if !field.about.is_empty() {
        schema.insert("description".to_owned(), json!(field.about));
    }
    match field.presence {
        Presence::ReadOnly => drop(schema.insert("readOnly".to_owned(), json!(true))),
        Presence::Or(literal) | Presence::KeptOr(literal)
            if field.shape.of().object().is_none() =>
        {
            schema.insert("default".to_owned(), literal.value());
        }
        _ => {}
    }
    if matches!(field.shape, Shape::One(Type::Secret)) {
        schema.insert("writeOnly".to_owned(), json!(true));
    }
}

/// The schema with null, which stands for nothing wherever something may be left out.
fn nullable(field: &Field, mut schema: Value) -> Value {
    if is_required(field) || matches!(field.presence, Presence::ReadOnly) {
        return schema;
    }
    match schema
        .get("type")
        .and_then(Value::as_str)
        .map(str::to_owned)
    {
        Some(one) => {
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("type".to_owned(), json!([one, "null"]));
                if let Some(Value::Array(words)) = schema.get_mut("enum") {
                    words.push(Value::Null);
                }
            }
            schema
        }
        None if schema.get("$ref").is_some() => json!({ "anyOf": [schema, { "type": "null" }] }),
        None => schema,
    }
}

fn one(of: Type, is_something: bool) -> Value {
    match of {
        Type::Flag => json!({ "type": "boolean" }),
        Type::Integer(least, most) => {
            json!({ "type": "integer", "format": "int64", "minimum": least, "maximum": most })
        }
        Type::Text(format) => text(format, is_something),
        Type::Word(words) => json!({ "type": "string", "enum": words }),
        Type::Time => json!({ "type": "string", "format": "date-time" }),
        Type::Secret | Type::SecretBeside { .. } | Type::Name { .. } => json!({ "type": "string" }),
        Type::Reference(path) => referred(path, is_something),
        Type::Object(object) | Type::Choice(object) => schema_of(object),
        Type::Json => json!({}),
    }
}

fn text(format: &Format, is_something: bool) -> Value {
    let least = u8::from(is_something && !format.may_be_empty);
    let mut schema = json!({
        "type": "string",
        "minLength": least,
        "maxLength": format.most,
        "examples": [format.example],
    });
    let (name, kind) = match least {
        0 => (
            "anyOf",
            json!([{ "format": format.name }, { "maxLength": 0 }]),
        ),
        _ => ("format", json!(format.name)),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert(name.to_owned(), kind);
    }
    schema
}

fn referred(path: &str, is_something: bool) -> Value {
    let (id, required) = match is_something {
        true => (json!({ "type": "string" }), json!(["id"])),
        false => (json!({ "type": ["string", "null"] }), json!([])),
    };
    json!({
        "type": "object",
        "description": format!("One of {path}."),
        "properties": { "id": id, "location": {} },
        "required": required,
        "additionalProperties": false,
    })
}
