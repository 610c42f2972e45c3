//! Configuration records as JSON, whatever their type.
//!
//! Administrators read and write every kind of configuration in the same way; what reads a record
//! to act on it has a [`Record`](super::Record) of its own for the same bytes.

use serde_json::Value;

use super::{
    Changes, Expectation, Key, Kind, MAX_FOUND, Page, Records, StoreError, Stored, Version,
    Versioned,
};

/// The name of a document among the records of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentName {
    /// Its kind.
    pub kind: Kind,
    /// Its key among the records of its kind.
    pub key: Vec<u8>,
}

impl DocumentName {
    /// The document of this kind and key.
    pub fn new(kind: Kind, key: impl Into<Vec<u8>>) -> Self {
        let key = key.into();
        Self { kind, key }
    }
}

impl Records {
    /// The document with this name.
    pub async fn document(
        &self,
        name: &DocumentName,
    ) -> Result<Option<Versioned<Value>>, StoreError> {
        let key = Key::new(self.tenant(), &name.key);
        let stored = self.store().get(name.kind, key).await?;
        stored.map(|it| document(name.kind, &it)).transpose()
    }

    /// The documents of a kind whose keys begin with `prefix`, in the order of their keys.
    pub async fn documents(
        &self,
        kind: Kind,
        prefix: &[u8],
    ) -> Result<Vec<(DocumentName, Versioned<Value>)>, StoreError> {
        let mut found = Vec::new();
        // The key before all that begin with the prefix: the prefix itself names none of them.
        let mut after = Some(Key::new(self.tenant(), prefix)).filter(|_| !prefix.is_empty());
        loop {
            let (tenant, limit) = (self.tenant(), MAX_FOUND);
            let page = Page {
                tenant,
                after,
                limit,
            };
            let stored = self.store().page(kind, page).await?;
            for stored in &stored {
                if !stored.key.local().starts_with(prefix) {
                    return Ok(found);
                }
                let name = DocumentName::new(kind, stored.key.local());
                found.push((name, document(kind, stored)?));
            }
            match stored.last() {
                Some(last) if stored.len() == MAX_FOUND => after = Some(last.key.clone()),
                _ => return Ok(found),
            }
        }
    }
}

impl Changes {
    /// Writes a document over the version that was loaded, or anew if there was none.
    pub fn put_document(&mut self, name: &DocumentName, loaded: Option<Version>, value: &Value) {
        let expect = loaded.map_or(Expectation::Absent, Expectation::Version);
        let body = value.to_string().into_bytes();
        self.put_body(name.kind, name.key.clone(), expect, body);
    }

    /// Deletes the document that was loaded in this version.
    pub fn delete_document(&mut self, name: &DocumentName, loaded: Version) {
        self.delete_key(name.kind, name.key.clone(), loaded);
    }
}

fn document(kind: Kind, stored: &Stored) -> Result<Versioned<Value>, StoreError> {
    let record = serde_json::from_slice(&stored.body).map_err(|error| StoreError::Unreadable {
        kind: kind.name(),
        // The classification only: serde's text could quote the record.
        reason: format!("{:?} error at column {}", error.classify(), error.column()),
    })?;
    let version = stored.version;
    Ok(Versioned { version, record })
}
