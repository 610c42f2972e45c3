//! What an engine sees of secrets, and who can read them.

use std::path::Path;

use domain::port::{Expectation, Kind, Page, Store, StoreError};
use store::{Engine, MasterKey, Memory, OpenError, Options, Sealed, Sqlite, rewrap};

use crate::fixture::{TENANT, insert, key, master_key, put, random, with_body};

const SECRET: &str = "a secret that nobody may see";

fn file(path: &Path) -> Sqlite {
    Sqlite::open(path, Options::default()).unwrap()
}

#[tokio::test]
async fn an_engine_sees_the_secrets_of_no_sealed_kind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let sealed = store::open(&path, &master_key(), Options::default(), random()).unwrap();
    let (engine, mut bodies) = (file(&path), Vec::new());
    for kind in Kind::ALL {
        for local in ["a", "b"] {
            sealed
                .commit(vec![insert(kind, local, SECRET)])
                .await
                .unwrap();
            let raw = engine.get(kind, key(local)).await.unwrap().unwrap().body;
            assert_eq!(raw == SECRET.as_bytes(), !kind.is_sealed(), "{kind:?}");
            if kind.is_sealed() {
                assert!(
                    !raw.windows(4)
                        .any(|part| SECRET.as_bytes().starts_with(part))
                );
                assert_eq!(
                    raw.len(),
                    1 + 12 + SECRET.len() + 16,
                    "form, nonce, text, tag"
                );
                assert!(
                    !bodies.contains(&raw),
                    "the same text is sealed differently each time"
                );
                bodies.push(raw);
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_was_moved_or_changed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let sealed = store::open(&path, &master_key(), Options::default(), random()).unwrap();
    sealed
        .commit(vec![insert(Kind::Grant, "a", SECRET)])
        .await
        .unwrap();
    let engine = file(&path);
    let body = engine
        .get(Kind::Grant, key("a"))
        .await
        .unwrap()
        .unwrap()
        .body;
    let lay = async |kind, local: &str, body: &[u8]| {
        engine
            .commit(vec![with_body(insert(kind, local, ""), body)])
            .await
            .unwrap();
        sealed.get(kind, key(local)).await
    };
    let is_refused = |read| matches!(read, Err(StoreError::Unreadable { kind: _, reason: _ }));
    assert!(is_refused(lay(Kind::Grant, "another key", &body).await));
    assert!(
        is_refused(lay(Kind::Client, "a", &body).await),
        "another kind"
    );
    assert!(is_refused(lay(Kind::Grant, "empty", &[]).await));
    assert!(is_refused(
        lay(Kind::Grant, "plain", SECRET.as_bytes()).await
    ));
    for index in 0..body.len() {
        let mut changed = body.clone();
        changed[index] ^= 1;
        let stored = engine.get(Kind::Grant, key("a")).await.unwrap().unwrap();
        let replace = put(Kind::Grant, "a", Expectation::Version(stored.version), "");
        engine
            .commit(vec![with_body(replace, &changed)])
            .await
            .unwrap();
        assert!(
            is_refused(sealed.get(Kind::Grant, key("a")).await),
            "byte {index}"
        );
    }
    let page = Page {
        tenant: TENANT,
        after: None,
        limit: 9,
    };
    assert!(
        sealed.page(Kind::Grant, page).await.is_err(),
        "no page around a broken record"
    );
}

#[tokio::test]
async fn only_its_master_key_opens_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let open =
        |master_key: &MasterKey| store::open(&path, master_key, Options::default(), random());
    open(&master_key())
        .unwrap()
        .commit(vec![insert(Kind::Grant, "a", SECRET)])
        .await
        .unwrap();
    let Err(error) = open(&MasterKey::from_bytes([8; 32])) else {
        panic!("opened with the wrong master key");
    };
    assert!(matches!(error, OpenError::WrongMasterKey));
    assert_eq!(error.to_string(), "the master key does not fit this data");
    let reopened = open(&master_key()).unwrap();
    let stored = reopened.get(Kind::Grant, key("a")).await.unwrap().unwrap();
    assert_eq!(stored.body, SECRET.as_bytes());
}

#[tokio::test]
async fn the_master_key_can_be_changed_under_a_running_server() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let open =
        |master_key: &MasterKey| store::open(&path, master_key, Options::default(), random());
    let (old, new) = (master_key(), MasterKey::generate(&*random()));
    let running = open(&old).unwrap();
    running
        .commit(vec![insert(Kind::Grant, "before", SECRET)])
        .await
        .unwrap();
    let wrong = rewrap(&file(&path), &new, &new, &*random());
    assert!(matches!(wrong, Err(OpenError::WrongMasterKey)));
    rewrap(&file(&path), &old, &new, &*random()).unwrap();
    running
        .commit(vec![insert(Kind::Grant, "after", SECRET)])
        .await
        .unwrap();
    assert!(matches!(open(&old), Err(OpenError::WrongMasterKey)));
    let reopened = open(&new).unwrap();
    for local in ["before", "after"] {
        let stored = reopened
            .get(Kind::Grant, key(local))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.body, SECRET.as_bytes());
    }
}

#[test]
fn the_kept_data_key_is_wrapped_and_kept_once() {
    let engine = Memory::default();
    rewrap(&engine, &master_key(), &master_key(), &*random()).unwrap();
    let kept = engine.wrapped_key().unwrap().unwrap();
    assert_eq!(kept.len(), 1 + 12 + 32 + 16, "form, nonce, key, tag");
    assert!(!engine.replace_wrapped_key(None, b"second").unwrap());
    assert!(
        !engine
            .replace_wrapped_key(Some(b"other"), b"second")
            .unwrap()
    );
    assert_eq!(engine.wrapped_key().unwrap().unwrap(), kept);
    assert!(Sealed::new(engine, &master_key(), random()).is_ok());
}
