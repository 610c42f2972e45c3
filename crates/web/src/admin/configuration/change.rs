//! A change of the configuration: decided, committed and noted as one.

use domain::port::{Changes, CommitError, DocumentName, Kind};
use domain::{Actor, AuditEvent, KeyFamily};
use serde_json::{Value, json};

use super::integrity::Edit;
use super::{Configuration, Loaded, Refusal};
use crate::admin::resource::{Facts, Resource};
use crate::admin::schema::{Document, Problems, Reading, difference, read};
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
        }
    }
}

/// The record that every change of the configuration writes.
fn turn() -> DocumentName {
    DocumentName::new(Kind::Resource, "changes")
}

impl Configuration<'_> {
    /// Decides and makes one change; returns the new document, if there is one.
    ///
    /// One change is made at a time, so that what it was checked against is still so when it is
    /// made: every change writes the same record. Within a process a lock keeps them from trying in
    /// vain.
    pub(crate) async fn change<F>(
        &self,
        actor: &Actor,
        decide: impl Fn() -> F,
    ) -> Result<Option<Document>, Refusal>
    where
        F: Future<Output = Result<Wanted, Refusal>>,
    {
        for _ in 0..TRIES {
            let turn = self.records.document(&turn()).await?;
            let wanted = decide().await?;
            self.is_possible(&wanted).await?;
            self.make_keys(&wanted).await?;
            let mut changes = Changes::none();
            let number = turn.as_ref().and_then(|it| it.record.get("number"));
            let number = number.and_then(Value::as_u64).unwrap_or(0);
            let next = json!({ "number": number.wrapping_add(1) });
            changes.put_document(&self::turn(), turn.map(|it| it.version), &next);
            changes.and(self.committed(actor, &wanted));
            match self.records.commit(changes).await {
                Ok(()) => return Ok(wanted.after),
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
        let reading = Reading {
            export_key: self.export_key,
            existing: before.map(|before| &before.document),
            now: self.now,
            random: self.random,
        };
        let document = read(resource.object, given, &reading).map_err(Refusal::Invalid)?;
        self.finished(resource, document, before).await
    }

    /// A document that is settled, and has what the server keeps.
    pub(crate) async fn finished(
        &self,
        resource: &Resource,
        mut document: Document,
        before: Option<&Loaded>,
    ) -> Result<Document, Refusal> {
        let settings = self.settings().await?;
        let consulted = self.consulted(resource).await?;
        let facts = Facts {
            existing: before.map(|before| &before.document),
            settings: &settings,
            consulted: &consulted,
            now: self.now,
        };
        (resource.rules.settle)(&mut document);
        (resource.rules.keep)(&mut document, &facts);
        Ok(document)
    }

    /// Whether a change can be made.
    ///
    /// # Errors
    /// What does not agree with it.
    pub(crate) async fn is_possible(&self, wanted: &Wanted) -> Result<(), Refusal> {
        let mut problems = Problems::default();
        let before = wanted.before.as_ref().map(|before| &before.document);
        if let Some(after) = &wanted.after {
            let settings = self.settings().await?;
            let consulted = self.consulted(wanted.resource).await?;
            let facts = Facts {
                existing: before,
                settings: &settings,
                consulted: &consulted,
                now: self.now,
            };
            (wanted.resource.rules.check)(after, &facts, &mut problems);
        }
        let edit = Edit {
            configuration: self,
            resource: wanted.resource,
            id: &wanted.id,
            before,
            after: wanted.after.as_ref(),
        };
        edit.check_references(&mut problems).await?;
        problems.check(()).map_err(Refusal::Invalid)
    }

    /// Makes the keys that a document needs, before it is there to need them.
    async fn make_keys(&self, wanted: &Wanted) -> Result<(), Fault> {
        let algorithms = wanted.after.as_ref().map(wanted.resource.rules.signs_with);
        for algorithm in algorithms.unwrap_or_default() {
            if let Some(family) = KeyFamily::of(algorithm) {
                self.keys.ensure(family).await?;
            }
        }
        Ok(())
    }

    /// The document and the event that tells of it.
    fn committed(&self, actor: &Actor, wanted: &Wanted) -> Changes {
        let (resource, mut changes) = (wanted.resource, Changes::none());
        let name = resource.record(&wanted.id);
        let version = wanted.before.as_ref().and_then(|before| before.version);
        match (&wanted.after, version) {
            (Some(after), _) => {
                changes.put_document(&name, version, &Value::Object(after.clone()));
            }
            (None, Some(version)) => changes.delete_document(&name, version),
            (None, None) => {}
        }
        let before = wanted.before.as_ref().map(|before| &before.document);
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
