//! The whole configuration as one file, and a file made true.
//!
//! The file has the form of PingFederate's bulk exports: a list of operations, each of which saves
//! the objects of one resource.

mod read;

use std::collections::BTreeSet;

use domain::Actor;
use serde_json::{Value, json};

use super::change::{Paths, place};
use super::{Configuration, Refusal, Wanted, completed};
use crate::admin::CONTRACT_VERSION;
use crate::admin::export_key::Sealing;
use crate::admin::resource::config_store::{CONFIG_STORE, SWITCHES};
use crate::admin::resource::{Arity, RESOURCES, Resource};
use crate::admin::schema::{Document, Field, Object, Presence, Shape, Type, difference};

/// What becomes of one object when a file is made true.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its path below the administration API's.
    pub place: String,
    /// What becomes of it.
    pub deed: Deed,
    /// Its members that change, each as `{"path", "before", "after"}`, without secrets.
    pub changes: Vec<Value>,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is made.
    Create,
    /// It is changed.
    Change,
    /// It is deleted.
    Delete,
}

impl Configuration<'_> {
    /// The whole configuration, always in the same order: without what the server sets itself, and
    /// with secrets sealed, so that only a server with the same master key can open them. What has
    /// not changed looks as it did.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn export(&self) -> Result<Value, Refusal> {
        let mut operations = Vec::new();
        for path in paths() {
            if let Some((resource, prefix)) = resource_at(&path) {
                let all = self.load_all(resource).await?;
                let named = all.iter().filter(|(id, _)| id.starts_with(&prefix));
                let items: Vec<Value> = named
                    .map(|(id, it)| self.exported(resource, id, &it.document))
                    .collect();
                operations.push(json!({
                    "resourceType": path,
                    "operationType": "SAVE",
                    "items": items,
                }));
            }
        }
        let server = concat!("Countersign ", env!("CARGO_PKG_VERSION"));
        Ok(json!({
            "metadata": { "pfVersion": CONTRACT_VERSION, "server": server },
            "operations": operations,
        }))
    }

    fn exported(&self, resource: &Resource, id: &str, document: &Document) -> Value {
        let place = place(resource, id);
        let written = self.written(resource, document, Sealing::At(&place));
        Value::Object(stripped(resource.object, &written))
    }

    /// What would become of the configuration if a file were made true. Resources that the file
    /// does not name stay as they are; of those that it names, what it does not have is deleted.
    ///
    /// # Errors
    /// The mistakes in the file, or in what the configuration would be.
    pub async fn plan(&self, file: &Value) -> Result<Vec<Step>, Refusal> {
        let wanted = self.wanted_by(file).await?;
        self.are_possible(&wanted, Paths::OfAll).await?;
        Ok(wanted.iter().map(Wanted::step).collect())
    }

    /// Makes a file true, all of it or nothing; returns what has changed.
    ///
    /// # Errors
    /// As for [`Configuration::plan`].
    pub async fn apply(&self, actor: &Actor, file: &Value) -> Result<Vec<Step>, Refusal> {
        let decide = async || self.wanted_by(file).await;
        let made = self.change_together(actor, decide).await?;
        for deleted in made.iter().filter(|it| it.after.is_none()) {
            self.delete_belongings(deleted.resource, &deleted.id)
                .await?;
        }
        Ok(made.iter().map(Wanted::step).collect())
    }
}

impl Wanted {
    fn step(&self) -> Step {
        let deed = match (&self.before, &self.after) {
            (_, None) => Deed::Delete,
            (Some(_), Some(_)) => Deed::Change,
            (None, Some(_)) => Deed::Create,
        };
        let object = self.resource.object;
        let written = |document: &Document| stripped(object, document);
        let (before, after) = (self.before(), self.after.as_ref());
        let (before, after) = (before.map(written), after.map(written));
        let changes = match deed {
            Deed::Create => {
                let usual = written(&completed(self.resource, Document::new()));
                let unusual = difference(object, Some(&usual), after.as_ref());
                unusual.into_iter().map(without_before).collect()
            }
            _ => difference(object, before.as_ref(), after.as_ref()),
        };
        Step {
            place: self.place(),
            deed,
            changes,
        }
    }
}

/// What there was before a thing was made is nothing.
fn without_before(mut change: Value) -> Value {
    if let Value::Object(change) = &mut change {
        change.remove("before");
    }
    change
}

/// What an operation can be about: everything, in an order that does not change.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for resource in RESOURCES {
        if resource.path != CONFIG_STORE.path {
            paths.push(resource.path.to_owned());
            continue;
        }
        let bundles: BTreeSet<&str> = SWITCHES.iter().map(|(bundle, _)| *bundle).collect();
        let bundles = bundles.into_iter();
        paths.extend(bundles.map(|bundle| format!("{}/{bundle}", resource.path)));
    }
    paths
}

/// An object without what the server sets itself, and without empty lists that would keep it from
/// keeping what it has.
fn stripped(object: &Object, shown: &Document) -> Document {
    let mut kept = Document::new();
    for (name, value) in shown {
        let field = object.field(name);
        let is_left_out = |field: &Field| match field.presence {
            Presence::ReadOnly => true,
            Presence::KeptOr(_) => value.as_array().is_some_and(Vec::is_empty),
            _ => false,
        };
        if field.is_some_and(is_left_out) {
            continue;
        }
        let value = match field.map(|field| field.shape) {
            Some(shape) => stripped_value(shape, value),
            None => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    kept
}

fn stripped_value(shape: Shape, value: &Value) -> Value {
    let of = shape.of();
    match (shape, value) {
        (Shape::List(_) | Shape::Set(_), Value::Array(elements)) => {
            elements.iter().map(|it| stripped_one(of, it)).collect()
        }
        (Shape::Map(_) | Shape::MapBy(..), Value::Object(members)) => members
            .iter()
            .map(|(name, it)| (name.clone(), stripped_one(of, it)))
            .collect(),
        (_, value) => stripped_one(of, value),
    }
}

fn stripped_one(of: Type, value: &Value) -> Value {
    match (of, of.object(), value) {
        (_, Some(object), Value::Object(document)) => Value::Object(stripped(object, document)),
        (Type::Reference(_), _, Value::Object(reference)) => {
            let mut reference = reference.clone();
            reference.remove("location");
            Value::Object(reference)
        }
        _ => value.clone(),
    }
}

/// The resource that an operation is about, and what its objects' ids begin with.
pub(super) fn resource_at(path: &str) -> Option<(&'static Resource, String)> {
    let bundle = path.strip_prefix(CONFIG_STORE.path);
    if let Some(bundle) = bundle.and_then(|bundle| bundle.strip_prefix('/')) {
        return Some((&CONFIG_STORE, format!("{bundle}/")));
    }
    let known = super::resource(path).filter(|it| it.path != CONFIG_STORE.path);
    known.map(|resource| (resource, String::new()))
}

/// Whether there are many of a resource, each with an id under this name.
pub(super) const fn id_name(resource: &Resource) -> Option<&'static str> {
    match resource.arity {
        Arity::Many { id, .. } => Some(id),
        Arity::One { .. } => None,
    }
}
