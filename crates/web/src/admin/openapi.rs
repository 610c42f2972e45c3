//! The description of the administration API for tools (`OpenAPI` 3.1), derived from its tables.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::handler::Shared;
use super::resource::config_store::CONFIG_STORE;
use super::resource::{Arity, PARTS, RESOURCES, client};
use super::schema::{Document, Object, describe, schema_of};
use super::{certificate, config_store, descriptor};
use crate::app::App;

/// What tools are told of a path.
pub(crate) struct Described {
    /// The path below the API's, with the names of what varies in braces.
    pub(crate) path: String,
    /// Its methods.
    pub(crate) operations: Vec<Operation>,
}

/// What tools are told of a method of a path.
#[derive(Clone)]
pub(crate) struct Operation {
    /// The method, in lower case.
    pub(crate) method: &'static str,
    /// A sentence that says what it does.
    pub(crate) about: String,
    /// What the body is like, if there is one.
    pub(crate) takes: Option<&'static Object>,
    /// What the answer is like.
    pub(crate) gives: Gives,
    /// The statuses of refusals besides those that every method has.
    pub(crate) refuses: &'static [u16],
}

/// What an answer is like.
#[derive(Clone, Copy)]
pub(crate) enum Gives {
    /// 200 with one object.
    One(&'static Object),
    /// 200 with a list of objects.
    List(&'static Object),
    /// 201 with the object that was made, and the member by which it is found.
    Made(&'static Object, &'static str),
    /// 200 with a text of this media type.
    File(&'static str),
    /// 204, without a body.
    Nothing,
}

/// The route of the description.
pub(crate) fn routes() -> Router<Arc<App>> {
    let document = async |State(app): Shared| Json(document(&app.configuration().url));
    Router::new()
        .route("/swagger.json", get(document))
        .route("/openapi.json", get(document))
}

/// The description of an API that begins at `url`.
pub(crate) fn document(url: &str) -> Value {
    let (mut paths, mut schemas) = (Document::new(), Document::new());
    schemas.insert("ApiResult".to_owned(), api_result());
    for described in described() {
        let mut operations = Document::new();
        for operation in &described.operations {
            let shown = operation.shown(&described.path, &mut schemas);
            operations.insert(operation.method.to_owned(), shown);
        }
        paths.insert(described.path, Value::Object(operations));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign administration",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The administration API, as PingFederate has it.",
        },
        "servers": [{ "url": url }],
        "security": [{ "basic": [] }, { "bearer": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "basic": { "type": "http", "scheme": "basic" },
                "bearer": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

/// Every path.
fn described() -> Vec<Described> {
    let mut all = vec![client::secret_described(), super::version_described()];
    all.extend(config_store::described());
    all.extend(certificate::described());
    all.extend(descriptor::described());
    let usual = RESOURCES.iter().filter(|it| it.path != CONFIG_STORE.path);
    for resource in usual {
        let (called, object) = (resource.called(), resource.object);
        match resource.arity {
            Arity::Many { id, .. } => {
                all.extend(collection((resource.path, "id"), id, &called, object));
            }
            Arity::One { .. } => all.push(Described {
                path: resource.path.to_owned(),
                operations: vec![
                    Operation::read(format!("The {called}."), object),
                    Operation::replace(format!("Replaces the {called}."), object, &[400, 422]),
                ],
            }),
        }
    }
    for part in PARTS.iter().filter(|part| part.is_served) {
        let called = part.noun.replace('_', " ");
        all.extend(collection(
            (part.path, "name"),
            part.id,
            &called,
            part.object,
        ));
    }
    all
}

/// A collection whose objects are found at its path and the member `member`, which is called `id`
/// there.
fn collection(
    (path, id): (&str, &str),
    member: &'static str,
    called: &str,
    object: &'static Object,
) -> [Described; 2] {
    let all = vec![
        Operation {
            method: "get",
            about: format!("A page of all: {called}."),
            takes: None,
            gives: Gives::List(object),
            refuses: &[422],
        },
        Operation {
            method: "post",
            about: format!("Makes a {called}."),
            takes: Some(object),
            gives: Gives::Made(object, member),
            refuses: &[400, 422],
        },
    ];
    let refuses = &[400, 404, 422];
    let one = vec![
        Operation {
            refuses: &[404],
            ..Operation::read(format!("One {called}."), object)
        },
        Operation::replace(format!("Replaces a {called}."), object, refuses),
        Operation {
            method: "delete",
            about: format!("Deletes a {called} that is not in use."),
            takes: None,
            gives: Gives::Nothing,
            refuses: &[404, 422],
        },
    ];
    [
        Described {
            path: path.to_owned(),
            operations: all,
        },
        Described {
            path: format!("{path}/{{{id}}}"),
            operations: one,
        },
    ]
}

impl Operation {
    /// `GET` of one object.
    pub(crate) fn read(about: impl Into<String>, object: &'static Object) -> Self {
        Self {
            method: "get",
            about: about.into(),
            takes: None,
            gives: Gives::One(object),
            refuses: &[],
        }
    }

    /// `PUT` of one object.
    pub(crate) fn replace(
        about: impl Into<String>,
        object: &'static Object,
        refuses: &'static [u16],
    ) -> Self {
        Self {
            method: "put",
            about: about.into(),
            takes: Some(object),
            gives: Gives::One(object),
            refuses,
        }
    }

    fn shown(&self, path: &str, schemas: &mut Document) -> Value {
        let mut shown = json!({
            "summary": self.about,
            "operationId": operation_id(self.method, path),
            "parameters": self.parameters(path),
            "responses": self.responses(path, schemas),
        });
        if let (Some(object), Some(shown)) = (self.takes, shown.as_object_mut()) {
            describe(object, schemas);
            let body = json!({ "required": true, "content": content(&schema_of(object)) });
            shown.insert("requestBody".to_owned(), body);
        }
        shown
    }

    fn parameters(&self, path: &str) -> Vec<Value> {
        let mut parameters = vec![json!({
            "name": "X-XSRF-Header",
            "in": "header",
            "required": true,
            "description": "Any value: no other site's form can send it.",
            "schema": { "type": "string", "minLength": 1, "examples": ["PingFederate"] },
        })];
        parameters.extend(varying(path).map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        }));
        if let Gives::List(_) = self.gives {
            let number =
                |least: u32| json!({ "type": "integer", "minimum": least, "maximum": u32::MAX });
            for (name, schema) in [
                ("page", number(0)),
                ("numberPerPage", number(1)),
                ("filter", json!({ "type": "string" })),
            ] {
                parameters.push(json!({ "name": name, "in": "query", "schema": schema }));
            }
        }
        parameters
    }

    fn responses(&self, path: &str, schemas: &mut Document) -> Value {
        let (status, description, schema) = match self.gives {
            Gives::One(object) => ("200", "Done.", Some((object, false))),
            Gives::List(object) => ("200", "The list.", Some((object, true))),
            Gives::Made(object, _) => ("201", "Made.", Some((object, false))),
            Gives::File(_) => ("200", "The file.", None),
            Gives::Nothing => ("204", "Deleted.", None),
        };
        let mut responses = Document::new();
        let mut done = json!({ "description": description });
        if let (Some((object, is_list)), Some(done)) = (schema, done.as_object_mut()) {
            describe(object, schemas);
            let schema = match is_list {
                true => list_of(object),
                false => schema_of(object),
            };
            done.insert("content".to_owned(), content(&schema));
            if let Gives::Made(_, member) = self.gives {
                done.insert("links".to_owned(), links(path, member));
            }
        }
        if let (Gives::File(media_type), Some(done)) = (self.gives, done.as_object_mut()) {
            let text = json!({ "schema": { "type": "string" } });
            done.insert("content".to_owned(), json!({ media_type: text }));
        }
        responses.insert(status.to_owned(), done);
        let of_bodies: &[u16] = if self.takes.is_some() { &[413] } else { &[] };
        let of_all = [401, 403, 405, 429, 503];
        for refusal in of_all.iter().chain(of_bodies).chain(self.refuses) {
            responses.insert(refusal.to_string(), refused(*refusal));
        }
        Value::Object(responses)
    }
}

/// What can be done with the object that was made in a collection.
fn links(collection: &str, member: &str) -> Value {
    let mut links = Document::new();
    let found = json!(format!("$response.body#/{member}"));
    for described in described() {
        let below = described.path.strip_prefix(collection);
        let below = below.filter(|below| below.starts_with('/'));
        let Some(name) = below.and_then(|below| varying(below).next()) else {
            continue;
        };
        for operation in &described.operations {
            let id = operation_id(operation.method, &described.path);
            let link = json!({ "operationId": id, "parameters": { name: found } });
            links.insert(id, link);
        }
    }
    Value::Object(links)
}

/// What varies in a path.
fn varying(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// A name for a method of a path, of letters only.
fn operation_id(method: &str, path: &str) -> String {
    let mut id = method.to_owned();
    for segment in path.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = segment.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

fn content(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn list_of(object: &Object) -> Value {
    json!({
        "type": "object",
        "properties": { "items": { "type": "array", "items": schema_of(object) } },
        "required": ["items"],
        "additionalProperties": false,
    })
}

fn refused(status: u16) -> Value {
    let description = match status {
        400 => "The body is no such object: not JSON, an unknown name, a wrong type.",
        401 => "The credentials are missing or wrong.",
        403 => "The X-XSRF-Header is missing, or the administrator may not do this.",
        404 => "There is none.",
        405 => "There is no such method.",
        413 => "The body is too large.",
        422 => "A value is not allowed, or values do not agree; or it is in use.",
        429 => "Too many wrong credentials came from this address.",
        _ => "The server cannot answer now.",
    };
    let schema = json!({ "$ref": "#/components/schemas/ApiResult" });
    json!({ "description": description, "content": content(&schema) })
}

fn api_result() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "description": "Why something was refused.",
        "properties": {
            "resultId": text,
            "message": text,
            "developerMessage": text,
            "validationErrors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "errorId": text, "message": text, "fieldPath": text },
                    "required": ["errorId", "message"],
                    "additionalProperties": false,
                },
            },
        },
        "required": ["resultId", "message"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests;
