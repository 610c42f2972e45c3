//! The file in which SQLite keeps the records.

use std::path::Path;
use std::time::Duration;

use domain::port::{CommitError, Kind, Store, StoreError};
use rusqlite::Connection;
use store::{OpenError, Options, Sqlite};
use tempfile::TempDir;

use crate::fixture::{TERMS, at, claim, claim_for, insert, is_claimed, key};

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(path: &Path) -> Result<Sqlite, OpenError> {
    Sqlite::open(path, Options::default())
}

fn refusal(path: &Path) -> OpenError {
    open(path).err().expect("a refusal")
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_log_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let store = open(&directory.path().join("test.db")).unwrap();
    store
        .commit(vec![insert(Kind::Client, "a", "new")])
        .await
        .unwrap();
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        let mode = directory
            .path()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn closing_leaves_one_file_with_everything_in_it() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let store = open(&path).unwrap();
    store
        .commit(vec![insert(Kind::Client, "a", "kept")])
        .await
        .unwrap();
    assert!(store.get(Kind::Client, key("a")).await.unwrap().is_some());
    drop(store);
    let left: Vec<_> = directory
        .path()
        .read_dir()
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    assert!(left.iter().eq([&path]), "{left:?}");
    let store = open(&path).unwrap();
    assert_eq!(
        store
            .get(Kind::Client, key("a"))
            .await
            .unwrap()
            .unwrap()
            .body,
        b"kept"
    );
}

#[tokio::test]
async fn a_second_opening_of_the_file_sees_what_the_first_one_did() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let (first, second) = (open(&path).unwrap(), open(&path).unwrap());
    for local in ["a", "b", "c"] {
        let before = second.configuration_revision().await.unwrap();
        first
            .commit(vec![insert(Kind::Client, local, "new")])
            .await
            .unwrap();
        assert_eq!(second.configuration_revision().await.unwrap(), before + 1);
        let seen = second.get(Kind::Client, key(local)).await.unwrap().unwrap();
        let gone = crate::fixture::delete(Kind::Client, local, seen.version);
        second.commit(vec![gone]).await.unwrap();
        assert_eq!(first.configuration_revision().await.unwrap(), before + 2);
        assert!(first.get(Kind::Client, key(local)).await.unwrap().is_none());
    }
}

#[test]
fn something_else_is_refused_in_one_sentence_and_left_alone() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let sentence = format!(
        "{} is damaged or not a Countersign database",
        path.display()
    );
    for content in [
        vec![b'x'; 10_000],
        b"SQLite format 3\0".repeat(1000),
        vec![0; 5000],
    ] {
        std::fs::write(&path, &content).unwrap();
        assert_eq!(refusal(&path).to_string(), sentence);
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE client (other)")
        .unwrap();
    assert_eq!(refusal(&path).to_string(), sentence);
}

#[test]
fn a_damaged_file_is_refused_in_one_sentence() {
    let directory = directory();
    let path = directory.path().join("test.db");
    drop(open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..5000]).unwrap();
    assert!(
        matches!(refusal(&path), OpenError::NotOurs { .. }),
        "cut short"
    );
    let mut overwritten = whole;
    overwritten[100..].fill(0xAB);
    std::fs::write(&path, &overwritten).unwrap();
    assert!(
        matches!(refusal(&path), OpenError::NotOurs { .. }),
        "overwritten"
    );
}

#[test]
fn a_file_of_a_newer_format_is_refused_and_left_alone() {
    let directory = directory();
    let path = directory.path().join("test.db");
    drop(open(&path).unwrap());
    let format = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    format("UPDATE meta SET value = 1000 WHERE name = 'format'");
    let error = refusal(&path);
    assert!(
        matches!(error, OpenError::Newer { found: 1000, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("written by a newer Countersign"),
        "{error}"
    );
}

#[tokio::test]
async fn what_was_claimed_in_the_first_format_is_claimed_in_the_newest() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let first = include_str!("../../src/sqlite/0001_claims_and_meta.sql");
    let before = Connection::open(&path).unwrap();
    before.execute_batch(first).unwrap();
    let ours = "PRAGMA application_id = 1129531214; INSERT INTO meta VALUES ('format', 1)";
    before.execute_batch(ours).unwrap();
    let insert = "INSERT INTO claim (key, until) VALUES (?1, ?2)";
    for (local, until) in [("late", at(90)), ("early", at(60))] {
        before
            .execute(insert, (key(local).as_bytes(), until.millis()))
            .unwrap();
    }
    drop(before);
    let store = open(&path).unwrap();
    for local in ["late", "early"] {
        for term in TERMS {
            let again = store.commit(vec![claim_for(term, local, at(60))]).await;
            assert!(is_claimed(&again), "{local}");
        }
    }
    assert_eq!(store.sweep(at(61), 10).await.unwrap(), 1);
    store.commit(vec![claim("early", at(99))]).await.unwrap();
    assert!(is_claimed(&store.commit(vec![claim("late", at(99))]).await));
}

#[tokio::test]
async fn what_is_claimed_by_one_is_claimed_for_all_who_have_the_file_open() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let [one, other] = [open(&path).unwrap(), open(&path).unwrap()];
    let claim = |local, until| vec![claim(local, until)];
    one.commit(claim("early", at(60))).await.unwrap();
    one.commit([claim("early too", at(60)), claim("late", at(90))].concat())
        .await
        .unwrap();
    for local in ["early", "early too", "late"] {
        assert!(is_claimed(&other.commit(claim(local, at(60))).await));
    }
    other.commit(claim("others'", at(60))).await.unwrap();
    assert!(is_claimed(&one.commit(claim("others'", at(60))).await));

    // One sweeps, and what it has removed is claimed anew; the other sweeps when there is nothing left.
    assert_eq!(one.sweep(at(61), 10).await.unwrap(), 3);
    one.commit(claim("early", at(120))).await.unwrap();
    assert!(is_claimed(&other.commit(claim("early", at(120))).await));
    assert_eq!(other.sweep(at(61), 10).await.unwrap(), 0);
    for local in ["early", "late"] {
        assert!(is_claimed(&other.commit(claim(local, at(120))).await));
    }
    for local in ["early too", "others'"] {
        other.commit(claim(local, at(120))).await.unwrap();
        assert!(is_claimed(&one.commit(claim(local, at(120))).await));
    }
    drop((one, other));
    let later = open(&path).unwrap();
    for local in ["early", "early too", "late", "others'"] {
        assert!(is_claimed(&later.commit(claim(local, at(120))).await));
    }
    assert_eq!(later.sweep(at(121), 3).await.unwrap(), 3);
    assert_eq!(later.sweep(at(121), 3).await.unwrap(), 1);
    later.commit(claim("late", at(180))).await.unwrap();
}

/// What another has swept is neither counted nor written again, and in the end nothing of it is held.
#[tokio::test]
async fn two_that_sweep_one_file_leave_nothing_behind() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let [one, other] = [open(&path).unwrap(), open(&path).unwrap()];
    for second in 0..30 {
        let claims = (0..3).map(|n| claim(&format!("{second} {n}"), at(second)));
        one.commit(claims.collect()).await.unwrap();
    }
    assert_eq!(other.sweep(at(10), 7).await.unwrap(), 7);
    assert_eq!(one.sweep(at(10), 50).await.unwrap(), 23);
    assert_eq!(other.sweep(at(10), 7).await.unwrap(), 0);
    assert_eq!(one.sweep(at(20), 20).await.unwrap(), 20);
    assert_eq!(other.sweep(at(20), 7).await.unwrap(), 7);
    assert_eq!(other.sweep(at(20), 7).await.unwrap(), 3);
    assert_eq!(one.sweep(at(20), 7).await.unwrap(), 0);
    for second in 0..30 {
        let again = vec![claim(&format!("{second} 1"), at(99))];
        // Who comes first has it, if it is free.
        let first = one.commit(again.clone()).await;
        assert_eq!(is_claimed(&first), second >= 20, "{second}");
        assert!(is_claimed(&other.commit(again).await), "{second}");
    }
    drop((one, other));
    let left = "SELECT count(*) FROM claim_batch";
    let count = || -> i64 {
        let file = Connection::open(&path).unwrap();
        file.query_row(left, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(), 10 + 20);
    assert_eq!(open(&path).unwrap().sweep(at(100), 500).await.unwrap(), 50);
    assert_eq!(count(), 0);
}

#[tokio::test]
async fn nothing_is_claimed_beside_a_damaged_batch() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let store = open(&path).unwrap();
    store.commit(vec![claim("first", at(60))]).await.unwrap();
    drop(store);
    let damage = "UPDATE claim_batch SET claims = substr(claims, 1, length(claims) - 1)";
    let damaged = Connection::open(&path).unwrap().execute(damage, []);
    assert_eq!(damaged.unwrap(), 1);
    let store = open(&path).unwrap();
    for local in ["first", "second"] {
        let refused = store.commit(vec![claim(local, at(60))]).await.unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("a damaged batch of claims"), "{told}");
    }
    let others = vec![insert(Kind::Client, "a", "new")];
    store.commit(others).await.unwrap();
}

#[tokio::test]
async fn a_kind_that_is_new_gets_its_table() {
    let directory = directory();
    let path = directory.path().join("test.db");
    drop(open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE consent")
        .unwrap();
    let store = open(&path).unwrap();
    store
        .commit(vec![insert(Kind::Consent, "a", "new")])
        .await
        .unwrap();
    assert!(store.get(Kind::Consent, key("a")).await.unwrap().is_some());
}

#[test]
fn what_cannot_be_made_is_told_with_its_path() {
    let directory = directory();
    let path = directory.path().join("nowhere").join("test.db");
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Inaccessible { .. }));
    assert!(
        error
            .to_string()
            .starts_with(&format!("{} cannot be opened: ", path.display()))
    );
    assert!(
        matches!(refusal(directory.path()), OpenError::Inaccessible { .. }),
        "a directory"
    );
}

#[tokio::test]
async fn what_the_engine_cannot_do_is_no_refusal_and_changes_nothing() {
    let directory = directory();
    let path = directory.path().join("test.db");
    let busy_timeout = Duration::from_millis(50);
    let store = Sqlite::open(
        &path,
        Options {
            busy_timeout,
            ..Options::default()
        },
    )
    .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let changes = || vec![claim("once", at(60)), insert(Kind::Client, "a", "new")];
    for _ in 0..2 {
        let failed = store.commit(changes()).await;
        assert!(matches!(
            failed,
            Err(CommitError::Store(StoreError::Unavailable(_)))
        ));
    }
    assert!(store.sweep(at(90), 10).await.is_err());
    assert!(
        store.get(Kind::Client, key("a")).await.unwrap().is_none(),
        "reading goes on"
    );
    other.execute_batch("ROLLBACK").unwrap();
    store.commit(changes()).await.unwrap();
}

/// Every query goes through an index and none sorts, however the planner's mood.
#[test]
fn no_query_reads_a_whole_table() {
    let directory = directory();
    let path = directory.path().join("test.db");
    drop(open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    for kind in Kind::ALL {
        let table = kind.name();
        for (condition, index) in [
            ("key = ?1", "sqlite_autoindex"),
            ("key >= ?1 ORDER BY key", "sqlite_autoindex"),
            ("lookup0 = ?1 AND key > ?1 ORDER BY key", "lookup0"),
            ("lookup1 = ?1 AND key > ?1 ORDER BY key", "lookup1"),
            ("lookup2 = ?1 AND key > ?1 ORDER BY key", "lookup2"),
            ("expires < ?1 ORDER BY expires", "expires"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT body FROM {table} WHERE {condition}");
            let mut statement = connection.prepare(&sql).unwrap();
            let plan: Vec<String> = statement
                .query_map([0], |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(plan.len(), 1, "{plan:?}");
            assert!(
                plan[0].starts_with("SEARCH") && plan[0].contains(index),
                "{plan:?}"
            );
        }
    }
}
