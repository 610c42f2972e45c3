//! From where the scripts of an environment's applications call.

use domain::ClientId;
use domain::port::{DocumentName, Kind, Records, StoreError};
use http::HeaderValue;
use serde_json::Value;

/// The documents of the origins, under the ids of the applications that have some.
const ORIGINS: &[u8] = b"environment/origins/";

/// The origins of the applications that have some.
#[derive(Debug, Default)]
pub(crate) struct Origins(Vec<(ClientId, Vec<String>)>);

impl Origins {
    /// The document of the origins of an application.
    pub(crate) fn of(application: &str) -> DocumentName {
        DocumentName::new(Kind::Resource, [ORIGINS, application.as_bytes()].concat())
    }

    /// Reads what is stored. What a deleted application has left behind counts for nothing.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let mut all = Vec::new();
        for (name, document) in records.documents(Kind::Resource, ORIGINS).await? {
            let id = name.key.get(ORIGINS.len()..).unwrap_or_default();
            let client = DocumentName::new(Kind::Client, id);
            if records.document(&client).await?.is_none() {
                continue;
            }
            let origins = document.record.as_array().into_iter().flatten();
            let origins = origins.filter_map(Value::as_str).map(str::to_owned);
            let id = ClientId::new(String::from_utf8_lossy(id));
            all.push((id, origins.collect()));
        }
        Ok(Self(all))
    }

    /// Whether scripts of some application call from this origin.
    pub(crate) fn has(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|(_, origins)| names(origins, origin))
    }

    /// Whether scripts of this application do.
    pub(crate) fn has_of(&self, application: &ClientId, origin: &HeaderValue) -> bool {
        let mut all = self.0.iter();
        all.any(|(id, origins)| id == application && names(origins, origin))
    }
}

fn names(origins: &[String], origin: &HeaderValue) -> bool {
    let mut origins = origins.iter();
    origins.any(|known| known.as_bytes() == origin.as_bytes())
}
