//! What can be done with a resource.

use domain::Actor;
use domain::port::StoreError;
use serde_json::{Value, json};

use super::{Configuration, Loaded, Refusal, Wanted};
use crate::admin::resource::{Arity, Resource};
use crate::admin::schema::{Document, Problems};

impl Configuration<'_> {
    /// Adds one to a collection; returns it as it is shown.
    ///
    /// # Errors
    /// Its mistakes, or that there is one with this id.
    pub async fn create(
        &self,
        actor: &Actor,
        resource: &'static Resource,
        given: &Value,
    ) -> Result<Value, Refusal> {
        let decide = async || {
            let after = self.drafted(resource, given, None).await?;
            let id = id_of(resource, &after);
            if self.load(resource, &id).await?.is_some() {
                return Err(taken(resource));
            }
            Ok(Wanted {
                after: Some(after),
                ..Wanted::nothing(resource, &id)
            })
        };
        let after = self.change(actor, decide).await?.unwrap_or_default();
        Ok(self.shown(resource, &after))
    }

    /// Replaces one, whole; a single resource has no id. Returns it as it is shown.
    ///
    /// # Errors
    /// Its mistakes, or that there is none.
    pub async fn replace(
        &self,
        actor: &Actor,
        resource: &'static Resource,
        id: &str,
        given: &Value,
    ) -> Result<Value, Refusal> {
        let mut given = given.clone();
        // The id in the path wins over the one in the body.
        if let (Value::Object(given), Arity::Many { id: name, .. }) = (&mut given, resource.arity) {
            given.insert(name.to_owned(), json!(id));
        }
        let decide = async || {
            let before = self.load(resource, id).await?;
            let before = before.ok_or_else(|| missing(resource, id))?;
            let after = self.drafted(resource, &given, Some(&before)).await?;
            Ok(Wanted {
                before: Some(before),
                after: Some(after),
                ..Wanted::nothing(resource, id)
            })
        };
        let after = self.change(actor, decide).await?.unwrap_or_default();
        Ok(self.shown(resource, &after))
    }

    /// Deletes one, and then all that belongs to it; returns how much that was. If that breaks off,
    /// the deletion can be asked for again, although there is none any more.
    ///
    /// # Errors
    /// There is none, or it is in use.
    pub async fn delete(
        &self,
        actor: &Actor,
        resource: &'static Resource,
        id: &str,
    ) -> Result<usize, Refusal> {
        let decide = async || {
            let before = self.load(resource, id).await?;
            let before = before.ok_or_else(|| missing(resource, id))?;
            Ok(self.deletion(resource, id, before).await?)
        };
        match self.change(actor, decide).await {
            Ok(_) => Ok(self.delete_belongings(resource, id).await?),
            Err(refusal @ Refusal::Missing(_)) => {
                self.delete_belongings(resource, id).await?;
                Err(refusal)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The wish to delete one, with a note of how much belongs to it.
    pub(super) async fn deletion(
        &self,
        resource: &'static Resource,
        id: &str,
        before: Loaded,
    ) -> Result<Wanted, StoreError> {
        let mut note = None;
        if let Some(belongings) = resource.rules.belongings {
            let number = (belongings.count)(self.records, id).await?;
            note = Some((belongings.noun, json!(number)));
        }
        Ok(Wanted {
            before: Some(before),
            note,
            ..Wanted::nothing(resource, id)
        })
    }

    /// Deletes what belonged to one that is not there any more; says how much that was. Never
    /// before: whoever is asked to delete may find that somebody else has changed it, and stay.
    pub(super) async fn delete_belongings(
        &self,
        resource: &Resource,
        id: &str,
    ) -> Result<usize, StoreError> {
        match resource.rules.belongings {
            Some(belongings) => (belongings.delete)(self.records, id).await,
            None => Ok(0),
        }
    }

    /// One as it is shown.
    ///
    /// # Errors
    /// There is none.
    pub async fn read(&self, resource: &Resource, id: &str) -> Result<Value, Refusal> {
        let found = self.load(resource, id).await?;
        let found = found.ok_or_else(|| missing(resource, id))?;
        Ok(self.shown(resource, &found.document))
    }
}

/// The refusal when there is none with this id.
pub(crate) fn missing(resource: &Resource, id: &str) -> Refusal {
    let called = resource.called();
    Refusal::Missing(format!("There is no {called} with the id {id:?}."))
}

fn taken(resource: &Resource) -> Refusal {
    let mut problems = Problems::default();
    let message = format!("There is a {} with this id already.", resource.called());
    problems.add("not_unique", resource.id(), message);
    Refusal::Invalid(problems.into_vec())
}

fn id_of(resource: &Resource, document: &Document) -> String {
    let id = document.get(resource.id()).and_then(Value::as_str);
    id.unwrap_or_default().to_owned()
}
