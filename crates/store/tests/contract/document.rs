//! Configuration records as JSON.

use std::sync::Arc;

use domain::port::{Changes, CommitError, DocumentName, Kind, MAX_FOUND, Records};
use serde_json::json;

use crate::fixture::{OTHER, TENANT, engines};

fn named(path: &str) -> DocumentName {
    DocumentName::new(Kind::Resource, path)
}

#[tokio::test]
async fn documents_are_listed_by_prefix_in_their_tenant_however_many() {
    for (engine, fixture) in engines() {
        let records = Records::new(Arc::clone(&fixture.store), TENANT);
        let mut changes = Changes::none();
        for number in 0..=MAX_FOUND {
            let name = named(&format!("b/{number:05}"));
            changes.put_document(&name, None, &json!({ "number": number }));
        }
        for outside in ["a/1", "b", "b.", "b0", "c/1"] {
            changes.put_document(&named(outside), None, &json!({}));
        }
        records.commit(changes).await.unwrap();
        let found = records.documents(Kind::Resource, b"b/").await.unwrap();
        assert_eq!(found.len(), MAX_FOUND + 1, "{engine}");
        let last = found.last().unwrap();
        assert_eq!(last.0, named(&format!("b/{MAX_FOUND:05}")), "{engine}");
        assert_eq!(last.1.record["number"], MAX_FOUND, "{engine}");
        let all = records.documents(Kind::Resource, b"").await.unwrap();
        assert_eq!(all.len(), MAX_FOUND + 6, "{engine}");
        let none = records.documents(Kind::Resource, b"d/").await.unwrap();
        assert!(none.is_empty(), "{engine}");
        let other = records.of(OTHER).documents(Kind::Resource, b"").await;
        assert!(other.unwrap().is_empty(), "{engine}");
    }
}

#[tokio::test]
async fn a_document_is_changed_only_in_the_version_that_was_loaded() {
    for (engine, fixture) in engines() {
        let records = Records::new(Arc::clone(&fixture.store), TENANT);
        let put = async |loaded, value| {
            let mut changes = Changes::none();
            changes.put_document(&named("a/1"), loaded, &json!(value));
            records.commit(changes).await
        };
        put(None, 1).await.unwrap();
        let again = put(None, 2).await;
        assert!(matches!(again, Err(CommitError::Conflict)), "{engine}");
        let loaded = records.document(&named("a/1")).await.unwrap().unwrap();
        put(Some(loaded.version), 3).await.unwrap();
        let late = put(Some(loaded.version), 4).await;
        assert!(matches!(late, Err(CommitError::Conflict)), "{engine}");
        let loaded = records.document(&named("a/1")).await.unwrap().unwrap();
        assert_eq!(loaded.record, json!(3), "{engine}");
        let mut changes = Changes::none();
        changes.delete_document(&named("a/1"), loaded.version);
        records.commit(changes).await.unwrap();
        let gone = records.document(&named("a/1")).await.unwrap();
        assert!(gone.is_none(), "{engine}");
    }
}
