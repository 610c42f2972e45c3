//! A change of the configuration: decided, committed and noted as one.

use domain::port::{Changes, DocumentName, Kind};
use domain::{AuditEvent, KeyFamily};
use oauth::Decision;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::configuration::{self, Loaded};
use super::credential::AuthenticatedAdministrator;
use super::integrity::Edit;
use super::resource::{Facts, Resource};
use super::schema::{Document, Problems, Reading, Writing, difference, read, write};
use crate::app::App;
use crate::fault::Fault;

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

/// Decides and makes one change; returns the new document, if there is one.
///
/// One change is made at a time, so that what it was checked against is still so when it is made:
/// within the process by a lock, between processes by a record that every change writes.
pub(crate) async fn change<F>(
    app: &App,
    who: &AuthenticatedAdministrator,
    decide: impl Fn() -> F,
) -> Result<Option<Document>, AdminError>
where
    F: Future<Output = Result<Wanted, AdminError>>,
{
    let _alone = app.changing.lock().await;
    let decide = async || {
        let turn = app.records.document(&turn()).await?;
        let wanted = match decide().await {
            Ok(wanted) => wanted,
            Err(AdminError::Fault(fault)) => return Err(fault),
            Err(refusal) => return Ok(Decision::refuse(refusal)),
        };
        match is_possible(app, &wanted).await {
            Ok(()) => {}
            Err(AdminError::Fault(fault)) => return Err(fault),
            Err(refusal) => return Ok(Decision::refuse(refusal)),
        }
        make_keys(app, &wanted).await?;
        let mut changes = Changes::none();
        let number = turn
            .as_ref()
            .and_then(|it| it.record.get("number")?.as_u64());
        let next = json!({ "number": number.unwrap_or(0).wrapping_add(1) });
        changes.put_document(&self::turn(), turn.map(|it| it.version), &next);
        changes.and(committed(app, who, &wanted));
        Ok(Decision::accept(wanted.after, changes))
    };
    let taken = || AdminError::Fault(Fault::Contention);
    let after = app.carry_out(decide, taken).await??;
    app.live.follow().await?;
    Ok(after)
}

/// The record that every change of the configuration writes.
fn turn() -> DocumentName {
    DocumentName::new(Kind::Resource, "changes")
}

/// What an administrator has written as a document of a resource: read, settled, and with what the
/// server keeps.
///
/// # Errors
/// The mistakes that can be told without looking at other resources.
pub(crate) async fn drafted(
    app: &App,
    resource: &Resource,
    given: &Value,
    before: Option<&Loaded>,
) -> Result<Document, AdminError> {
    let reading = Reading {
        export_key: &app.export_key,
        existing: before.map(|before| &before.document),
        now: app.now(),
        random: app.random(),
    };
    let document = read(resource.object, given, &reading).map_err(AdminError::Invalid)?;
    Ok(finished(app, resource, document, before).await?)
}

/// A document that is settled, and has what the server keeps.
pub(crate) async fn finished(
    app: &App,
    resource: &Resource,
    mut document: Document,
    before: Option<&Loaded>,
) -> Result<Document, Fault> {
    let settings = configuration::settings(&app.records).await?;
    let consulted = configuration::consulted(&app.records, resource).await?;
    let facts = Facts {
        existing: before.map(|before| &before.document),
        settings: &settings,
        consulted: &consulted,
        now: app.now(),
    };
    (resource.rules.settle)(&mut document);
    (resource.rules.keep)(&mut document, &facts);
    Ok(document)
}

/// Whether a change can be made.
///
/// # Errors
/// What does not agree with it.
pub(crate) async fn is_possible(app: &App, wanted: &Wanted) -> Result<(), AdminError> {
    let mut problems = Problems::default();
    let before = wanted.before.as_ref().map(|before| &before.document);
    if let Some(after) = &wanted.after {
        let settings = configuration::settings(&app.records).await?;
        let consulted = configuration::consulted(&app.records, wanted.resource).await?;
        let facts = Facts {
            existing: before,
            settings: &settings,
            consulted: &consulted,
            now: app.now(),
        };
        (wanted.resource.rules.check)(after, &facts, &mut problems);
    }
    let edit = Edit {
        resource: wanted.resource,
        id: &wanted.id,
        before,
        after: wanted.after.as_ref(),
    };
    edit.check_references(&app.records, &mut problems).await?;
    problems.check(()).map_err(AdminError::Invalid)
}

/// Makes the keys that a document needs, before it is there to need them.
async fn make_keys(app: &App, wanted: &Wanted) -> Result<(), Fault> {
    let algorithms = wanted.after.as_ref().map(wanted.resource.rules.signs_with);
    for algorithm in algorithms.unwrap_or_default() {
        if let Some(family) = KeyFamily::of(algorithm) {
            app.ensure_keys(family).await?;
        }
    }
    Ok(())
}

/// The document and the event that tells of it.
fn committed(app: &App, who: &AuthenticatedAdministrator, wanted: &Wanted) -> Changes {
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
    let event = AuditEvent::new(&event, who.actor(), app.now(), app.random());
    let event = match wanted.id.as_str() {
        "" => event,
        id => event.with(resource.noun, id),
    };
    let difference = difference(resource.object, before, wanted.after.as_ref());
    let event = match &wanted.note {
        None => event,
        Some((name, value)) => event.with(name, value.clone()),
    };
    changes.insert(&event.with("changes", difference));
    changes
}

/// A document as it is shown.
pub(crate) fn shown(app: &App, resource: &Resource, document: &Document) -> Value {
    let mut document = document.clone();
    (resource.rules.settle)(&mut document);
    (resource.rules.expire)(&mut document, app.now());
    let writing = Writing {
        export_key: &app.export_key,
        random: app.random(),
        url: &url(app),
    };
    Value::Object(write(resource.object, &document, &writing))
}

/// Where this server's administration API begins.
pub(crate) fn url(app: &App) -> String {
    format!("{}/pf-admin-api/v1", app.settings.admin_url)
}
