//! The configuration as it is stored.

use std::collections::BTreeMap;

use domain::ServerSettings;
use domain::port::{DocumentName, Records, StoreError, Version, Versioned};
use serde_json::Value;

use super::resource::{Arity, Resource};
use super::schema::Document;

/// A document, and the version in which it was loaded.
#[derive(Clone)]
pub(crate) struct Loaded {
    /// The document.
    pub(crate) document: Document,
    /// Its version; none if nobody has written it yet.
    pub(crate) version: Option<Version>,
}

/// One of a resource, if there is one; a single resource is always there.
pub(crate) async fn load(
    records: &Records,
    resource: &Resource,
    id: &str,
) -> Result<Option<Loaded>, StoreError> {
    let found = records.document(&resource.record(id)).await?;
    match (found, resource.arity) {
        (Some(found), _) => Ok(Some(loaded(found))),
        (None, Arity::One { initial, .. }) => Ok(Some(Loaded {
            document: initial(),
            version: None,
        })),
        (None, Arity::Many { .. }) => Ok(None),
    }
}

/// All of a collection, by id; or the single resource, without id.
pub(crate) async fn load_all(
    records: &Records,
    resource: &Resource,
) -> Result<Vec<(String, Loaded)>, StoreError> {
    if let Arity::One { .. } = resource.arity {
        let one = load(records, resource, "").await?;
        return Ok(one.map(|one| (String::new(), one)).into_iter().collect());
    }
    let prefix = resource.key_prefix();
    let found = records.documents(resource.kind, &prefix).await?;
    let id = |name: &DocumentName| {
        let id = name.key.get(prefix.len()..).unwrap_or_default();
        String::from_utf8_lossy(id).into_owned()
    };
    let all = found.into_iter().map(|(name, it)| (id(&name), loaded(it)));
    Ok(all.collect())
}

fn loaded(found: Versioned<Value>) -> Loaded {
    let document = match found.record {
        Value::Object(document) => document,
        _ => Document::new(),
    };
    Loaded {
        document,
        version: Some(found.version),
    }
}

/// The settings of the authorization server.
pub(crate) async fn settings(records: &Records) -> Result<ServerSettings, StoreError> {
    let found = records.get::<ServerSettings>(ServerSettings::KEY).await?;
    Ok(found.map(|found| found.record).unwrap_or_default())
}

/// The single resources at which the rules of a resource look.
pub(crate) async fn consulted(
    records: &Records,
    resource: &Resource,
) -> Result<BTreeMap<&'static str, Document>, StoreError> {
    let mut consulted = BTreeMap::new();
    for one in resource.rules.consulted {
        if let Some(found) = load(records, one, "").await? {
            consulted.insert(one.path, found.document);
        }
    }
    Ok(consulted)
}
