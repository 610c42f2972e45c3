//! What refers to what: nothing refers to something that is not there.

use std::collections::BTreeSet;

use domain::port::StoreError;
use serde_json::Value;

use super::Configuration;
use crate::admin::resource::{PARTS, Part, RESOURCES, Resource};
use crate::admin::schema::{Document, Mention, Problems, may_mention, mentions};

/// A change that is about to be made: what one document of a resource was, and what it will be.
#[derive(Clone, Copy)]
pub(super) struct Edit<'a> {
    /// What it is a change of.
    pub(super) configuration: &'a Configuration<'a>,
    /// The resource.
    pub(super) resource: &'static Resource,
    /// Which of it; empty for a single one.
    pub(super) id: &'a str,
    /// What it was.
    pub(super) before: Option<&'a Document>,
    /// What it will be.
    pub(super) after: Option<&'a Document>,
}

/// Something that will not be there any more.
struct Withdrawn {
    path: &'static str,
    by: Option<&'static str>,
    value: String,
}

impl Edit<'_> {
    /// Notes every reference of the new document to something that is not there, and a reference
    /// of another to something that will not be there any more.
    pub(super) async fn check_references(&self, problems: &mut Problems) -> Result<(), StoreError> {
        let object = self.resource.object;
        let named = self.after.map(|after| mentions(object, after));
        for mention in named.unwrap_or_default() {
            if !self.has(&mention).await? {
                let places = mention.collections.join(" or ");
                let message = format!("There is no {:?} in {places}.", mention.value);
                problems.add("not_found", &mention.field_path, message);
            }
        }
        let withdrawn = self.withdrawn();
        for resource in RESOURCES {
            let may = |it: &Withdrawn| may_mention(resource.object, it.path);
            if withdrawn.iter().any(may) {
                let users = self.check_users(resource, &withdrawn, problems);
                users.await?;
            }
        }
        Ok(())
    }

    /// Notes another who refers to something that will not be there any more.
    async fn check_users(
        &self,
        users: &'static Resource,
        withdrawn: &[Withdrawn],
        problems: &mut Problems,
    ) -> Result<(), StoreError> {
        for (id, user) in self.configuration.load_all(users).await? {
            if self.is_of(users, &id) {
                continue;
            }
            for mention in mentions(users.object, &user.document) {
                let gone = withdrawn.iter().find(|it| it.is_meant_by(&mention));
                if let Some(gone) = gone
                    && !self.has(&mention).await?
                {
                    let user = format!("{} {id:?}", users.called());
                    let user = user.trim_end_matches(" \"\"");
                    let (value, path) = (&gone.value, &mention.field_path);
                    let message = format!("{value:?} is in use by the {user} ({path}).");
                    problems.add("in_use", gone.member(), message);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether what is mentioned is there, once the change is made.
    async fn has(&self, mention: &Mention) -> Result<bool, StoreError> {
        for path in &mention.collections {
            let resource = RESOURCES.iter().find(|resource| resource.path == *path);
            let part = PARTS.iter().find(|part| part.path == *path);
            let found = match (part, resource) {
                (Some(part), _) => {
                    let whole = self.load(part.whole, "").await?;
                    let names = whole.map(|whole| part.names(&whole)).unwrap_or_default();
                    names.contains(&mention.value)
                }
                (None, Some(resource)) => self.is_in(resource, mention).await?,
                (None, None) => false,
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_in(
        &self,
        resource: &'static Resource,
        mention: &Mention,
    ) -> Result<bool, StoreError> {
        let Some(by) = mention.by.filter(|by| *by != resource.id()) else {
            let found = self.load(resource, &mention.value).await?;
            return Ok(found.is_some());
        };
        let is = |document: &Document| document.get(by).is_some_and(|it| *it == *mention.value);
        if resource.path == self.resource.path && self.after.is_some_and(is) {
            return Ok(true);
        }
        let all = self.configuration.load_all(resource).await?;
        let mut others = all.iter().filter(|(id, _)| !self.is_of(resource, id));
        Ok(others.any(|(_, loaded)| is(&loaded.document)))
    }

    /// One of a resource, once the change is made.
    async fn load(
        &self,
        resource: &'static Resource,
        id: &str,
    ) -> Result<Option<Document>, StoreError> {
        if self.is_of(resource, id) {
            return Ok(self.after.cloned());
        }
        let found = self.configuration.load(resource, id).await?;
        Ok(found.map(|found| found.document))
    }

    fn is_of(&self, resource: &Resource, id: &str) -> bool {
        resource.path == self.resource.path && id == self.id
    }

    /// What will not be there any more.
    fn withdrawn(&self) -> Vec<Withdrawn> {
        let Some(before) = self.before else {
            return Vec::new();
        };
        let path = self.resource.path;
        let mut withdrawn = Vec::new();
        if self.after.is_none() {
            let (by, value) = (None, self.id.to_owned());
            withdrawn.push(Withdrawn { path, by, value });
        }
        for by in self.resource.object.fields.iter().map(|field| field.name) {
            let after = self.after.and_then(|after| after.get(by));
            let was = before.get(by).filter(|was| Some(*was) != after);
            if let Some(Value::String(was)) = was {
                let (by, value) = (Some(by), was.clone());
                withdrawn.push(Withdrawn { path, by, value });
            }
        }
        for part in PARTS.iter().filter(|part| part.whole.path == path) {
            let after = self.after.map(|after| part.names(after));
            let (after, before) = (after.unwrap_or_default(), part.names(before));
            let gone = before.into_iter().filter(|it| !after.contains(it));
            withdrawn.extend(gone.map(|value| Withdrawn {
                path: part.path,
                by: None,
                value,
            }));
        }
        withdrawn
    }
}

impl Withdrawn {
    fn is_meant_by(&self, mention: &Mention) -> bool {
        let part = PARTS.iter().find(|part| part.path == self.path);
        let resource = RESOURCES.iter().find(|it| it.path == self.path);
        let id = part.map(|part| part.id).or(resource.map(|it| it.id()));
        // Ids are mentioned with the member's name and without.
        let member = |by: Option<&'static str>| by.or(id);
        mention.collections.contains(&self.path)
            && mention.value == self.value
            && member(mention.by) == member(self.by)
    }

    /// The member of the changed document that is to stay.
    fn member(&self) -> &'static str {
        let part = PARTS.iter().find(|part| part.path == self.path);
        part.map(|part| part.member).or(self.by).unwrap_or_default()
    }
}

impl Part {
    /// The names of its elements in the document that it is a part of.
    pub(crate) fn names(&self, whole: &Document) -> BTreeSet<String> {
        let elements = whole.get(self.member).and_then(Value::as_array);
        let names = elements.into_iter().flatten().map(|it| it.get(self.id));
        names
            .filter_map(|name| name.and_then(Value::as_str).map(str::to_owned))
            .collect()
    }
}
