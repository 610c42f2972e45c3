//! Resources of an environment that are kept as documents: all of one sort on one shelf.

use domain::port::{CommitError, DocumentName, Kind, Version};
use serde_json::{Map, Value};

use super::house::House;
use super::user::event;
use crate::admin::AuthenticatedAdministrator;
use crate::admin::configuration::take_turn;
use crate::app::App;
use crate::environment::error::ApiError;
use crate::fault::Fault;

/// How often a change is decided anew when others change the configuration at the same moment.
const TRIES: usize = 8;
/// The most characters of a text that an audit event tells.
const TOLD: usize = 256;

/// A sort of documents.
pub(super) struct Shelf {
    /// What their keys begin with.
    pub(super) prefix: &'static str,
    /// What one is called in audit events.
    pub(super) noun: &'static str,
}

/// A document on a shelf.
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) members: Map<String, Value>,
    version: Version,
}

impl Kept {
    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

/// What is to become of a document.
pub(super) struct Deed {
    pub(super) id: String,
    /// What it is to be; nothing, to take it away.
    pub(super) after: Option<Map<String, Value>>,
}

impl Shelf {
    fn name(&self, id: &str) -> DocumentName {
        DocumentName::new(Kind::Resource, format!("{}{id}", self.prefix))
    }

    /// All that is there.
    pub(super) async fn all(&self, app: &App) -> Result<Vec<Kept>, ApiError> {
        let prefix = self.prefix.as_bytes();
        let found = app.records.documents(Kind::Resource, prefix).await?;
        let kept = found.into_iter().filter_map(|(name, it)| {
            let id = name.key.get(prefix.len()..)?;
            let Value::Object(members) = it.record else {
                return None;
            };
            Some(Kept {
                id: String::from_utf8(id.to_vec()).ok()?,
                members,
                version: it.version,
            })
        });
        Ok(kept.collect())
    }

    /// The one with this id.
    pub(super) async fn find(&self, app: &App, id: &str) -> Result<Kept, ApiError> {
        let all = self.all(app).await?;
        let found = all.into_iter().find(|it| it.id == id);
        found.ok_or(ApiError::NotFound)
    }

    /// Makes one change, which is decided with all that is there in view: nobody changes anything
    /// meanwhile.
    pub(super) async fn change(
        &self,
        house: &House,
        who: &AuthenticatedAdministrator,
        decide: impl Fn(&[Kept]) -> Result<Deed, ApiError>,
    ) -> Result<(), ApiError> {
        let app = &house.app;
        let _alone = app.changing.lock().await;
        for _ in 0..TRIES {
            let mut changes = take_turn(&app.records).await?;
            let all = self.all(app).await?;
            let deed = decide(&all)?;
            let before = all.iter().find(|it| it.id == deed.id);
            let name = self.name(&deed.id);
            let done = match (before, &deed.after) {
                (None, None) => return Err(ApiError::NotFound),
                (None, Some(_)) => "created",
                (Some(_), Some(_)) => "changed",
                (Some(_), None) => "deleted",
            };
            match (before, &deed.after) {
                (before, Some(after)) => {
                    let value = Value::Object(after.clone());
                    changes.put_document(&name, before.map(|it| it.version), &value);
                }
                (Some(before), None) => changes.delete_document(&name, before.version),
                (None, None) => {}
            }
            let event = event(app, &format!("{}.{done}", self.noun), who);
            let event = event.with("id", deed.id.as_str());
            let event = event.with("before", audited(before.map(|it| &it.members)));
            changes.insert(&event.with("after", audited(deed.after.as_ref())));
            match app.records.commit(changes).await {
                Ok(()) => return Ok(app.live.follow().await.map_err(Fault::from)?),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(Fault::Contention.into())
    }
}

/// What an audit event tells of a document: of long texts the beginning.
fn audited(members: Option<&Map<String, Value>>) -> Value {
    let told = |(name, value): (&String, &Value)| {
        let shortened = value.as_str().map(|text| text.chars().take(TOLD).collect());
        (
            name.clone(),
            shortened.map_or_else(|| value.clone(), Value::String),
        )
    };
    members.map_or(Value::Null, |members| members.iter().map(told).collect())
}
