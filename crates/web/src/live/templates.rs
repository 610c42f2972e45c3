//! The texts of an environment.

use authn::approval::template::{Content, Templates};
use domain::port::{Kind, Records, StoreError};

/// The documents of its own texts, under their ids.
pub(crate) const CONTENTS: &str = "environment/contents/";

/// The member of such a document that is the text; what is beside it is the interface's.
pub(crate) const CONTENT: &str = "content";

/// What is stored, before what is built in. A text that cannot be read is not there.
pub(super) async fn read(records: &Records) -> Result<Templates, StoreError> {
    let documents = records.documents(Kind::Resource, CONTENTS.as_bytes());
    let contents = documents.await?.into_iter().filter_map(|(_, it)| {
        let content = it.record.get(CONTENT)?.clone();
        let content = serde_json::from_value::<Content>(content);
        content
            .inspect_err(|cause| tracing::error!(%cause, "a text of a template is left out"))
            .ok()
    });
    Ok(Templates::new(contents.collect()))
}
