//! From a file to what it makes of the configuration.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{id_name, resource_at};
use crate::admin::configuration::change::place;
use crate::admin::configuration::{Configuration, Refusal, Wanted};
use crate::admin::resource::Resource;
use crate::admin::resource::config_store::{CONFIG_STORE, SWITCHES};
use crate::admin::schema::{Problem, Problems, shortened};

/// One operation of a file.
struct Operation<'f> {
    /// Its place in the file.
    place: String,
    resource: &'static Resource,
    /// What the ids begin with.
    prefix: String,
    items: &'f [Value],
}

impl Configuration<'_> {
    /// What a file makes of the configuration: only what differs.
    pub(super) async fn wanted_by(&self, file: &Value) -> Result<Vec<Wanted>, Refusal> {
        let (mut wanted, mut problems) = (Vec::new(), Vec::new());
        for operation in operations(file).map_err(Refusal::Invalid)? {
            let mut named = BTreeSet::new();
            for (position, item) in operation.items.iter().enumerate() {
                let place = operation.place_of(position, item);
                match self.wanted_item(&operation, item, &mut named).await {
                    Ok(changed) => wanted.extend(changed),
                    Err(Refusal::Invalid(all)) => {
                        problems.extend(all.into_iter().map(|it| it.at(&place)));
                    }
                    Err(other) => return Err(other),
                }
            }
            wanted.extend(self.absent(&operation, &named).await?);
        }
        match problems.is_empty() {
            true => Ok(wanted),
            false => Err(Refusal::Invalid(problems)),
        }
    }

    /// What an item makes of its object, if it changes anything.
    async fn wanted_item(
        &self,
        operation: &Operation<'_>,
        item: &Value,
        named: &mut BTreeSet<String>,
    ) -> Result<Option<Wanted>, Refusal> {
        let resource = operation.resource;
        let id = operation.id_of(item)?;
        if !named.insert(id.clone()) {
            return Err(refused("", "It is there twice."));
        }
        let before = self.load(resource, &id).await?;
        let settled = self.settled(resource, item, before.as_ref())?;
        if before.as_ref().is_some_and(|it| it.document == settled) {
            return Ok(None);
        }
        let after = self.kept(resource, settled, before.as_ref()).await?;
        Ok(Some(Wanted {
            before,
            after: Some(after),
            ..Wanted::nothing(resource, &id)
        }))
    }

    /// The deletions of what an operation does not name.
    async fn absent(
        &self,
        operation: &Operation<'_>,
        named: &BTreeSet<String>,
    ) -> Result<Vec<Wanted>, Refusal> {
        if id_name(operation.resource).is_none() {
            return Ok(Vec::new());
        }
        let all = self.load_all(operation.resource).await?.into_iter();
        let unnamed =
            all.filter(|(id, _)| id.starts_with(&operation.prefix) && !named.contains(id));
        let mut deleted = Vec::new();
        for (id, before) in unnamed {
            deleted.push(self.deletion(operation.resource, &id, before).await?);
        }
        Ok(deleted)
    }
}

impl Operation<'_> {
    /// The id of an object, as its record has it; a single one has none.
    fn id_of(&self, item: &Value) -> Result<String, Refusal> {
        let Some(name) = id_name(self.resource) else {
            return Ok(String::new());
        };
        let id = given_id(name, item);
        let id = id.ok_or_else(|| refused(name, "It is required here."))?;
        let bundle = self.prefix.trim_end_matches('/');
        if self.resource.path == CONFIG_STORE.path && !SWITCHES.contains(&(bundle, id)) {
            return Err(refused(name, "This server has no such switch."));
        }
        Ok(format!("{}{id}", self.prefix))
    }

    /// Where an object is: by its id, if it has one.
    fn place_of(&self, position: usize, item: &Value) -> String {
        let Some(name) = id_name(self.resource) else {
            return place(self.resource, "");
        };
        match given_id(name, item) {
            Some(id) => place(self.resource, &format!("{}{}", self.prefix, shortened(id))),
            None => format!("{}.items[{position}]", self.place),
        }
    }
}

fn given_id<'i>(name: &str, item: &'i Value) -> Option<&'i str> {
    let id = item.get(name).and_then(Value::as_str);
    id.filter(|id| !id.is_empty())
}

fn refused(path: &str, message: &str) -> Refusal {
    Refusal::Invalid(vec![Problem::invalid(path, message)])
}

/// The operations of a file.
fn operations(file: &Value) -> Result<Vec<Operation<'_>>, Vec<Problem>> {
    let mut problems = Problems::default();
    let given = file.get("operations").and_then(Value::as_array);
    if given.is_none() {
        problems.invalid("operations", "A file has a list of operations.");
    }
    let (mut read, mut seen) = (Vec::new(), BTreeSet::new());
    for (position, given) in given.into_iter().flatten().enumerate() {
        let place = format!("operations[{position}]");
        let path = given.get("resourceType").and_then(Value::as_str);
        let path = path.unwrap_or_default();
        if given.get("operationType").is_none_or(|it| it != "SAVE") {
            let place = format!("{place}.operationType");
            problems.invalid(&place, "The only operation is SAVE.");
        }
        let resource = resource_at(path);
        let items = given.get("items").and_then(Value::as_array);
        let place_of_type = format!("{place}.resourceType");
        match (resource, items) {
            (None, _) => {
                let message = format!("This server has no {path:?}.");
                problems.invalid(&place_of_type, message);
            }
            (_, None) => problems.invalid(&format!("{place}.items"), "It is a list."),
            (Some(_), Some(_)) if !seen.insert(path) => {
                problems.invalid(&place_of_type, "There is an operation for it already.");
            }
            (Some((resource, _)), Some(items))
                if id_name(resource).is_none() && items.len() != 1 =>
            {
                problems.invalid(&format!("{place}.items"), "There is exactly one.");
            }
            (Some((resource, prefix)), Some(items)) => read.push(Operation {
                place,
                resource,
                prefix,
                items,
            }),
        }
    }
    problems.check(read)
}
