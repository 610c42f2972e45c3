//! A change of the configuration: decided, committed and noted as one.

use std::collections::BTreeSet;

use domain::port::{Changes, CommitError, DocumentName, Kind, Records, StoreError};
use domain::{Actor, AuditEvent, KeyFamily};
use serde_json::{Value, json};

use super::integrity::Outlook;
use super::{Configuration, Loaded, Refusal};
use crate::admin::resource::Resource;
use crate::admin::schema::{Document, Reading, difference, read};
use crate::fault::Fault;

/// How often a change is decided anew when another process makes one at the same moment.
const TRIES: usize = 8;

/// What an administrator wants a document to become.
pub(crate) struct Wanted {
    /// The resource.
    pub(crate) resource: &'static Resource,
    /// Which of it; empty for a single one.
    pub(crate) id: String,
    /// What it was.
    pub(crate) before: Option<Loaded>,
    /// What it is to be; nothing, to delete it.
    pub(crate) after: Option<Document>,
    /// What else the event tells.
    pub(crate) note: Option<(&'static str, Value)>,
    /// What else becomes true.
    pub(crate) besides: Changes,
}

impl Wanted {
    /// One of a resource that is not there, to stay so.
    pub(crate) fn nothing(resource: &'static Resource, id: &str) -> Self {
        Self {
            resource,
            id: id.to_owned(),
            before: None,
            after: None,
            note: None,
            besides: Changes::none(),
        }
    }
}

/// From where the paths of mistakes begin.
#[derive(Clone, Copy)]
pub(super) enum Paths {
    /// From the document, as there is only one.
    OfOne,
    /// From the configuration.
    OfAll,
}

impl Wanted {
    /// Where it is, for a list of several.
    pub(super) fn place(&self) -> String {
        place(self.resource, &self.id)
    }
}

/// Where one of a resource is.
pub(super) fn place(resource: &Resource, id: &str) -> String {
    match id {
        "" => resource.path.to_owned(),
        id => format!("{}/{id}", resource.path),
    }
}

/// What every change of the configuration writes besides: of two that are decided at the same moment
/// one is decided anew.
pub(crate) async fn take_turn(records: &Records) -> Result<Changes, StoreError> {
    let name = DocumentName::new(Kind::Resource, "changes");
    let turn = records.document(&name).await?;
    let number = turn.as_ref().and_then(|it| it.record.get("number"));
    let number = number.and_then(Value::as_u64).unwrap_or(0);
    let next = json!({ "number": number.wrapping_add(1) });
    let mut changes = Changes::none();
    changes.put_document(&name, turn.map(|it| it.version), &next);
    Ok(changes)
}

impl Configuration<'_> {
    /// Decides and makes one change; returns the new document, if there is one.
    pub(crate) async fn change<F>(
        &self,
        actor: &Actor,
        decide: impl Fn() -> F,
    ) -> Result<Option<Document>, Refusal>
    where
        F: Future<Output = Result<Wanted, Refusal>>,
    {
        let decide = async || Ok(vec![decide().await?]);
        let mut made = self.carry_out(actor, decide, Paths::OfOne).await?;
        Ok(made.pop().and_then(|wanted| wanted.after))
    }

    /// Decides and makes several changes, all of them or none; returns them.
    pub(super) async fn change_together<F>(
        &self,
        actor: &Actor,
        decide: impl Fn() -> F,
    ) -> Result<Vec<Wanted>, Refusal>
    where
        F: Future<Output = Result<Vec<Wanted>, Refusal>>,
    {
        self.carry_out(actor, decide, Paths::OfAll).await
    }

    /// It is done by one at a time, so that what was checked is still so when the changes are made:
    /// all write the same record. Within a process a lock keeps them from trying in vain.
    async fn carry_out<F>(
        &self,
        actor: &Actor,
        decide: impl Fn() -> F,
        paths: Paths,
    ) -> Result<Vec<Wanted>, Refusal>
    where
        F: Future<Output = Result<Vec<Wanted>, Refusal>>,
    {
        for _ in 0..TRIES {
            let mut changes = take_turn(self.records).await?;
            let wanted = decide().await?;
            self.are_possible(&wanted, paths).await?;
            self.make_keys(&wanted).await?;
            for wanted in &wanted {
                changes.and(self.committed(actor, wanted));
            }
            match self.records.commit(changes).await {
                Ok(()) => return Ok(wanted),
                Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Fault::Contention.into())
    }

    /// What an administrator has written as a document of a resource: read, settled, and with what
    /// the server keeps.
    ///
    /// # Errors
    /// The mistakes that can be told without looking at other resources.
    pub(crate) async fn drafted(
        &self,
        resource: &Resource,
        given: &Value,
        before: Option<&Loaded>,
    ) -> Result<Document, Refusal> {
        let document = self.settled(resource, given, before)?;
        self.kept(resource, document, before).await
    }

    /// What an administrator has written as a document of a resource: read and settled.
    ///
    /// # Errors
    /// The mistakes that can be told without looking at other resources.
    pub(super) fn settled(
        &self,
        resource: &Resource,
        given: &Value,
        before: Option<&Loaded>,
    ) -> Result<Document, Refusal> {
        let reading = Reading {
            export_key: self.export_key,
            existing: before.map(|before| &before.document),
            now: self.now,
            random: self.random,
        };
        let read = read(resource.object, given, &reading);
        let mut document = read.map_err(Refusal::Invalid)?;
        (resource.rules.settle)(&mut document);
        Ok(document)
    }

    /// A settled document with what the server keeps.
    pub(crate) async fn kept(
        &self,
        resource: &Resource,
        mut document: Document,
        before: Option<&Loaded>,
    ) -> Result<Document, Refusal> {
        let now = Outlook {
            configuration: self,
            wanted: &[],
        };
        let surroundings = now.surroundings(resource).await?;
        let facts = surroundings.facts(before.map(|before| &before.document));
        (resource.rules.keep)(&mut document, &facts);
        Ok(document)
    }

    /// Whether changes can be made together.
    ///
    /// # Errors
    /// What does not agree with them.
    pub(super) async fn are_possible(
        &self,
        wanted: &[Wanted],
        paths: Paths,
    ) -> Result<(), Refusal> {
        let outlook = Outlook {
            configuration: self,
            wanted,
        };
        let mut found = Vec::new();
        for (wanted, problems) in wanted.iter().zip(outlook.problems().await?) {
            found.extend(problems.into_vec().into_iter().map(|problem| match paths {
                Paths::OfOne => problem,
                Paths::OfAll => problem.at(&wanted.place()),
            }));
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(Refusal::Invalid(found)),
        }
    }

    /// Makes the keys that a document needs, before it is there to need them.
    async fn make_keys(&self, wanted: &[Wanted]) -> Result<(), Fault> {
        let needed = wanted.iter().filter_map(|wanted| {
            let signs_with = wanted.resource.rules.signs_with;
            wanted.after.as_ref().map(signs_with)
        });
        let families: BTreeSet<KeyFamily> = needed.flatten().filter_map(KeyFamily::of).collect();
        for family in families {
            self.keys.ensure(family).await?;
        }
        Ok(())
    }

    /// The document and the event that tells of it.
    fn committed(&self, actor: &Actor, wanted: &Wanted) -> Changes {
        let (resource, mut changes) = (wanted.resource, wanted.besides.clone());
        let name = resource.record(&wanted.id);
        let version = wanted.before.as_ref().and_then(|before| before.version);
        match (&wanted.after, version) {
            (Some(after), _) => {
                changes.put_document(&name, version, &Value::Object(after.clone()));
            }
            (None, Some(version)) => changes.delete_document(&name, version),
            (None, None) => {}
        }
        let before = wanted.before();
        let deed = match (before, &wanted.after) {
            (None, _) => "created",
            (_, Some(_)) => "changed",
            (_, None) => "deleted",
        };
        let event = format!("{}.{deed}", resource.noun);
        let mut event = AuditEvent::new(&event, actor.clone(), self.now, self.random);
        if !wanted.id.is_empty() {
            event = event.with(resource.noun, wanted.id.as_str());
        }
        if let Some((name, value)) = &wanted.note {
            event = event.with(name, value.clone());
        }
        let difference = difference(resource.object, before, wanted.after.as_ref());
        changes.insert(&event.with("changes", difference));
        changes
    }
}
