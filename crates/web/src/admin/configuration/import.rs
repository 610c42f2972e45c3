//! What another server exported, taken over: whole objects or none of an object, all in one change.

mod mend;
mod path;

use std::collections::BTreeSet;

use domain::Actor;
use serde_json::{Value, json};

use super::change::place;
use super::file::{id_name, resource_at};
use super::integrity::Outlook;
use super::{Configuration, Refusal, Wanted};
use crate::admin::resource::{Arity, Resource};
use crate::admin::schema::shortened;

/// What becomes of one object of a foreign export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its path below the administration API's.
    pub place: String,
    /// Whether it is taken.
    pub fate: Fate,
    /// What is changed in it, or why it is not taken: a sentence each.
    pub notes: Vec<String>,
}

/// Whether an object is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// As it is.
    Taken,
    /// With changes.
    Changed,
    /// Not at all.
    Refused,
    /// The configuration has it just so already.
    Same,
}

/// What becomes of the objects, and what that makes of the configuration.
#[derive(Default)]
struct Considered {
    verdicts: Vec<Verdict>,
    /// Each with the place of its verdict.
    wanted: Vec<(usize, Wanted)>,
}

/// One operation of an export.
struct Operation<'b> {
    /// Its resource, as the file calls it.
    path: &'b str,
    resource: &'static Resource,
    /// What the ids begin with.
    prefix: String,
    items: Vec<Value>,
}

impl Configuration<'_> {
    /// What would become of each object of PingFederate's bulk export. Objects that the
    /// configuration has besides them stay.
    ///
    /// # Errors
    /// It is no bulk export, or the store cannot be read.
    pub async fn plan_import(&self, bulk: &Value) -> Result<Vec<Verdict>, Refusal> {
        Ok(self.considered(bulk).await?.verdicts)
    }

    /// Takes over what can be taken of PingFederate's bulk export, in one change; says what became
    /// of each object.
    ///
    /// # Errors
    /// As for [`Configuration::plan_import`].
    pub async fn import(&self, actor: &Actor, bulk: &Value) -> Result<Vec<Verdict>, Refusal> {
        let verdicts = std::sync::Mutex::new(Vec::new());
        let decide = async || {
            let considered = self.considered(bulk).await?;
            if let Ok(mut verdicts) = verdicts.lock() {
                *verdicts = considered.verdicts;
            }
            Ok(considered.wanted.into_iter().map(|(_, it)| it).collect())
        };
        self.change_together(actor, decide).await?;
        Ok(verdicts.into_inner().unwrap_or_default())
    }

    async fn considered(&self, bulk: &Value) -> Result<Considered, Refusal> {
        let operations = bulk.get("operations").and_then(Value::as_array);
        let operations = operations.ok_or_else(|| {
            Refusal::Missing("The file is no bulk export: it has no list of operations.".to_owned())
        })?;
        let mut considered = Considered::default();
        let mut seen = BTreeSet::new();
        for operation in operations {
            match understood(operation) {
                Ok(operation) => {
                    self.consider(&operation, &mut considered, &mut seen)
                        .await?;
                }
                Err(refused) => considered.verdicts.extend(refused),
            }
        }
        self.hold_together(&mut considered).await?;
        Ok(considered)
    }

    /// What becomes of the objects of one operation, each taken by itself.
    async fn consider(
        &self,
        operation: &Operation<'_>,
        considered: &mut Considered,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), Refusal> {
        for (position, item) in operation.items.iter().enumerate() {
            let place = operation.place_of(position, item);
            let verdict = |fate, notes| Verdict {
                place: place.clone(),
                fate,
                notes,
            };
            let id = operation.id_of(item);
            let id = id.filter(|_| seen.insert(place.clone()));
            let Some(id) = id else {
                let message = "It has no id, or the file has it twice.".to_owned();
                considered
                    .verdicts
                    .push(verdict(Fate::Refused, vec![message]));
                continue;
            };
            let before = self.load(operation.resource, &id).await?;
            let mended = match self.mended(operation.resource, item, before.as_ref())? {
                Ok(mended) => mended,
                Err(reasons) => {
                    considered.verdicts.push(verdict(Fate::Refused, reasons));
                    continue;
                }
            };
            if before
                .as_ref()
                .is_some_and(|it| it.document == mended.document)
            {
                considered.verdicts.push(verdict(Fate::Same, mended.notes));
                continue;
            }
            let after = self.kept(operation.resource, mended.document, before.as_ref());
            let wanted = Wanted {
                after: Some(after.await?),
                before,
                ..Wanted::nothing(operation.resource, &id)
            };
            let fate = match mended.notes.is_empty() {
                true => Fate::Taken,
                false => Fate::Changed,
            };
            considered.wanted.push((considered.verdicts.len(), wanted));
            considered.verdicts.push(verdict(fate, mended.notes));
        }
        Ok(())
    }

    /// Refuses what would not agree with its rules or refers to what will not be there, then what
    /// refers to that, until all the rest holds together.
    async fn hold_together(&self, considered: &mut Considered) -> Result<(), Refusal> {
        loop {
            let (places, wanted): (Vec<usize>, Vec<Wanted>) = considered.wanted.drain(..).unzip();
            let outlook = Outlook {
                configuration: self,
                wanted: &wanted,
            };
            let problems = outlook.problems().await?;
            let mut is_whole = true;
            for ((place, wanted), problems) in places.into_iter().zip(wanted).zip(problems) {
                let reasons: Vec<String> = problems
                    .into_vec()
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let verdict = considered.verdicts.get_mut(place);
                match verdict.filter(|_| !reasons.is_empty()) {
                    None => considered.wanted.push((place, wanted)),
                    Some(verdict) => {
                        is_whole = false;
                        verdict.fate = Fate::Refused;
                        verdict.notes = reasons;
                    }
                }
            }
            if is_whole {
                return Ok(());
            }
        }
    }
}

/// An operation as this server understands it.
///
/// # Errors
/// What becomes of its objects if it does not.
fn understood(operation: &Value) -> Result<Operation<'_>, Vec<Verdict>> {
    let path = operation.get("resourceType").and_then(Value::as_str);
    let path = path.unwrap_or_default();
    let items = operation.get("items").and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let refused = |item: &Value, reason: &str| Verdict {
        place: foreign_place(path, item),
        fate: Fate::Refused,
        notes: vec![reason.to_owned()],
    };
    if operation.get("operationType").is_none_or(|it| it != "SAVE") {
        return Err(vec![refused(
            &Value::Null,
            "Only operations SAVE are taken.",
        )]);
    }
    let Some((resource, prefix)) = resource_at(path) else {
        let reason = format!("This server has no {}.", shortened(path));
        return Err(items.iter().map(|item| refused(item, &reason)).collect());
    };
    let items = match resource.arity {
        Arity::One { .. } => single(resource, items),
        Arity::Many { .. } => items.to_vec(),
    };
    Ok(Operation {
        path,
        resource,
        prefix,
        items,
    })
}

/// A single resource that is a list has its elements for items.
fn single(resource: &Resource, items: &[Value]) -> Vec<Value> {
    let is_whole = |item: &Value| item.get("items").is_some();
    match resource.object.field("items") {
        Some(_) if !items.iter().any(is_whole) => vec![json!({ "items": items })],
        _ => items.to_vec(),
    }
}

/// Where an object is that this server does not know.
fn foreign_place(path: &str, item: &Value) -> String {
    let names = ["id", "clientId", "name", "username"].into_iter();
    let mut names = names.filter_map(|name| item.get(name)?.as_str());
    let path = shortened(path);
    match names.next() {
        Some(name) => format!("{path}/{}", shortened(name)),
        None => path,
    }
}

impl Operation<'_> {
    /// The id of an object, as its record has it; a single one has none.
    fn id_of(&self, item: &Value) -> Option<String> {
        let Some(name) = id_name(self.resource) else {
            return Some(String::new());
        };
        let id = item.get(name).and_then(Value::as_str);
        let id = id.filter(|id| !id.is_empty());
        id.map(|id| format!("{}{id}", self.prefix))
    }

    fn place_of(&self, position: usize, item: &Value) -> String {
        match self.id_of(item) {
            Some(id) => place(self.resource, &shortened(&id)),
            None => format!("{}.items[{position}]", self.path),
        }
    }
}
