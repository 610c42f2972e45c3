//! The types of authorization details, as administrators have defined them.

use std::sync::Arc;

use domain::port::{Kind, Records, StoreError};
use oauth::authorization_details::DetailTypes;
use serde_json::Value;

/// Where the types are among the resources.
const TYPES: &[u8] = b"oauth/authorizationDetailTypes/";
/// Where the processors are.
const PROCESSORS: &[u8] = b"oauth/authorizationDetailProcessors/";

/// The types, and the documents that they were made from: as long as those stay as they are, no
/// schema is compiled again.
pub(super) struct KnownTypes {
    documents: [Vec<Value>; 2],
    types: Arc<DetailTypes>,
}

impl KnownTypes {
    /// The types as they are now, where they were `known` before.
    pub(super) async fn read(
        records: &Records,
        known: Option<Arc<Self>>,
    ) -> Result<Arc<Self>, StoreError> {
        let documents = [
            documents(records, TYPES).await?,
            documents(records, PROCESSORS).await?,
        ];
        if let Some(known) = known.filter(|known| known.documents == documents) {
            return Ok(known);
        }
        let [types, processors] = &documents;
        let (types, unusable) = DetailTypes::read(types, processors);
        for unusable in unusable {
            tracing::error!(cause = %unusable, "a type of authorization details is left out");
        }
        let types = Arc::new(types);
        Ok(Arc::new(Self { documents, types }))
    }

    /// The types.
    pub(super) fn types(&self) -> Arc<DetailTypes> {
        Arc::clone(&self.types)
    }
}

async fn documents(records: &Records, prefix: &[u8]) -> Result<Vec<Value>, StoreError> {
    let found = records.documents(Kind::Resource, prefix).await?;
    Ok(found.into_iter().map(|(_, it)| it.record).collect())
}
