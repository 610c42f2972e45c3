//! The configuration: read, checked and changed, by whichever way an administrator comes.

mod change;
mod file;
mod import;
mod integrity;
mod operation;

use domain::Timestamp;
use domain::port::{DocumentName, Random, Records, StoreError, Version, Versioned};
use oauth::client_auth::TrustedIssuers;
use serde_json::Value;

pub(crate) use change::{Wanted, take_turn};
pub use file::{Deed, Step};
pub use import::{Fate, Verdict};
pub(crate) use operation::missing;

pub use super::resource::Resource;
pub use super::resource::client::CLIENTS;
use super::resource::{Arity, RESOURCES};
pub use super::schema::Problem;
use super::schema::{Document, Writing, complete, write};
use crate::admin::export_key::{ExportKey, Sealing};
use crate::fault::Fault;
use crate::keys::SigningKeys;

/// What it takes to read and change the configuration.
pub struct Configuration<'a> {
    /// Where it is stored.
    pub records: &'a Records,
    /// Seals the secrets in it, and opens those that are given sealed.
    pub export_key: &'a ExportKey,
    /// Where randomness comes from.
    pub random: &'a dyn Random,
    /// Makes the keys that clients need.
    pub keys: &'a dyn SigningKeys,
    /// The time now.
    pub now: Timestamp,
    /// Where the administration API begins, without a trailing slash.
    pub url: String,
    /// What the operator has said.
    pub operator: Operator,
}

/// What the operator has said, and documents have to agree with.
#[derive(Clone, Default)]
pub struct Operator {
    /// Who is trusted to issue certificates of clients, besides those that are stored.
    pub trusted_issuers: TrustedIssuers,
    /// Whether this machine itself may be reached without TLS.
    pub loopback_http: bool,
}

/// Why the configuration is not changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What is given has mistakes; never empty.
    #[error("{}", listed(.0))]
    Invalid(Vec<Problem>),
    /// There is no such thing; says which.
    #[error("{0}")]
    Missing(String),
    /// The server cannot do it now.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

/// A document, and the version in which it was loaded.
#[derive(Clone)]
pub(crate) struct Loaded {
    /// The document.
    pub(crate) document: Document,
    /// Its version; none if nobody has written it yet.
    pub(crate) version: Option<Version>,
}

/// The resource at a path.
pub fn resource(path: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|it| it.path == path).copied()
}

impl Configuration<'_> {
    /// One of a resource, if there is one; a single resource is always there.
    pub(crate) async fn load(
        &self,
        resource: &Resource,
        id: &str,
    ) -> Result<Option<Loaded>, StoreError> {
        let found = self.records.document(&resource.record(id)).await?;
        match (found, resource.arity) {
            (Some(found), _) => Ok(Some(loaded(resource, found))),
            (None, Arity::One { initial, .. }) => Ok(Some(Loaded {
                document: completed(resource, initial()),
                version: None,
            })),
            (None, Arity::Many { .. }) => Ok(None),
        }
    }

    /// All of a collection, by id; or the single resource, without id.
    pub(crate) async fn load_all(
        &self,
        resource: &Resource,
    ) -> Result<Vec<(String, Loaded)>, StoreError> {
        if let Arity::One { .. } = resource.arity {
            let one = self.load(resource, "").await?;
            return Ok(one.map(|one| (String::new(), one)).into_iter().collect());
        }
        let prefix = resource.key_prefix();
        let found = self.records.documents(resource.kind, &prefix).await?;
        let id = |name: &DocumentName| {
            let id = name.key.get(prefix.len()..).unwrap_or_default();
            String::from_utf8_lossy(id).into_owned()
        };
        let all = found.into_iter();
        let all = all.map(|(name, it)| (id(&name), loaded(resource, it)));
        Ok(all.collect())
    }

    /// A document as it is shown.
    pub(crate) fn shown(&self, resource: &Resource, document: &Document) -> Value {
        Value::Object(self.written(resource, document, Sealing::Afresh(self.random)))
    }

    /// A document as it is shown, with its secrets sealed in this way.
    fn written(&self, resource: &Resource, document: &Document, sealing: Sealing<'_>) -> Document {
        let mut document = document.clone();
        (resource.rules.expire)(&mut document, self.now);
        let writing = Writing {
            export_key: self.export_key,
            sealing,
            url: &self.url,
        };
        write(resource.object, &document, &writing)
    }
}

fn loaded(resource: &Resource, found: Versioned<Value>) -> Loaded {
    let document = match found.record {
        Value::Object(document) => document,
        _ => Document::new(),
    };
    Loaded {
        document: completed(resource, document),
        version: Some(found.version),
    }
}

/// A document as it would be if it had been written through its table.
fn completed(resource: &Resource, mut document: Document) -> Document {
    complete(resource.object, &mut document);
    (resource.rules.settle)(&mut document);
    document
}
