//! `countersign audit`: what happened, and whether somebody changed what was noted of it.

use std::path::Path;

use domain::port::{Change, Expectation, Kind, Lookups, Page, Store, Stored, Tenant};
use serde_json::{Value, json};

use super::{Files, Keeper, Server};

/// The database of a server, as whoever has the file sees it.
fn with_database<T>(data: &str, work: impl AsyncFnOnce(&store::Sqlite) -> T) -> T {
    let path = Path::new(data).join("countersign.db");
    let database = store::Sqlite::open(&path, store::Options::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    runtime.block_on(work(&database))
}

async fn page(database: &store::Sqlite, kind: Kind, tenant: Tenant) -> Vec<Stored> {
    let (after, limit) = (None, 1000);
    let page = Page {
        tenant,
        after,
        limit,
    };
    database.page(kind, page).await.unwrap()
}

/// A server that was used and stopped.
fn used(files: &Files) -> Keeper {
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let add = ["user", "add", "alice", "--password-stdin"];
    keeper.json(&add, "correct horse\n");
    keeper.json(&["keys", "rotate", "--family", "p256"], "");
    keeper.json(&["user", "delete", "alice"], "");
    assert!(server.stop().contains("the audit log is sealed up to here"));
    keeper
}

fn heads(verified: &Value) -> Vec<&str> {
    let heads = verified["heads"].as_array().unwrap().iter();
    heads.map(|head| head.as_str().unwrap()).collect()
}

#[test]
fn a_log_that_is_what_was_written_is_good_and_stays_so_over_starts() {
    let files = Files::new();
    let keeper = used(&files);
    let verified = keeper.json(&["audit", "verify"], "");
    assert_eq!(verified["unsealed"], 0);
    assert_eq!(heads(&verified).len(), 1);
    let sealed = verified["sealed"].as_u64().unwrap();
    // Without a server, what happens waits for the next one.
    keeper.json(&["keys", "rotate", "--family", "p256"], "");
    let waiting = keeper.json(&["audit", "verify"], "");
    assert_eq!(
        (&waiting["sealed"], &waiting["unsealed"]),
        (&json!(sealed), &json!(1))
    );
    Server::start(&keeper.data).stop();
    let again = keeper.json(&["audit", "verify"], "");
    assert_eq!(again["sealed"], sealed + 1);
    let head = heads(&verified)[0];
    assert_eq!(keeper.json(&["audit", "verify", "--head", head], ""), again);
    let never = format!("{}:900:{}", &head[..26], head.rsplit(':').next().unwrap());
    let refused = keeper.refusal(&["audit", "verify", "--head", &never], "");
    assert!(refused.contains("link 900 of the chain"), "{refused}");
}

#[test]
fn whoever_has_the_file_cannot_change_what_happened_unnoticed() {
    let files = Files::new();
    let keeper = used(&files);
    let put = |stored: &Stored, body: Vec<u8>, expect| Change::Put {
        kind: Kind::Audit,
        key: stored.key.clone(),
        expect,
        expires: None,
        lookups: Lookups::default(),
        body,
    };
    let entry = with_database(&keeper.data, async |database| {
        let entry = page(database, Kind::Audit, Tenant::DEFAULT).await.remove(0);
        let body = String::from_utf8(entry.body.clone()).unwrap();
        let body = body.replacen("operator", "unknown_", 1).into_bytes();
        assert_ne!(body, entry.body);
        let change = put(&entry, body, Expectation::Version(entry.version));
        database.commit(vec![change]).await.unwrap();
        page(database, Kind::Audit, Tenant::DEFAULT).await.remove(0)
    });
    let refused = keeper.refusal(&["audit", "verify"], "");
    assert!(
        refused.contains("was changed after it was written."),
        "{refused}"
    );
    with_database(&keeper.data, async |database| {
        let (kind, key, version) = (Kind::Audit, entry.key.clone(), entry.version);
        let deletion = Change::Delete { kind, key, version };
        database.commit(vec![deletion]).await.unwrap();
    });
    let refused = keeper.refusal(&["audit", "verify"], "");
    assert!(
        refused.contains("the entry ") && refused.contains(" was removed."),
        "{refused}"
    );
    with_database(&keeper.data, async |database| {
        let link = page(database, Kind::AuditLink, Tenant::SYSTEM)
            .await
            .remove(0);
        let (kind, key, version) = (Kind::AuditLink, link.key, link.version);
        let deletion = Change::Delete { kind, key, version };
        database.commit(vec![deletion]).await.unwrap();
    });
    let refused = keeper.refusal(&["audit", "verify"], "");
    assert!(refused.contains("link "), "{refused}");
}

#[test]
fn what_happened_is_listed_by_name_by_whom_and_by_when() {
    let files = Files::new();
    let keeper = used(&files);
    let names = |arguments: &[&str]| {
        let listed = keeper.json(&[&["audit", "list"], arguments].concat(), "");
        let events = listed.as_array().unwrap().iter();
        let names = events.map(|event| event["event"].as_str().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    let all = names(&[]);
    assert!(all.contains(&"key.rotated".to_owned()), "{all:?}");
    assert_eq!(names(&["--event", "key"]), ["key.rotated"]);
    assert_eq!(names(&["--event", "key.rot"]), [""; 0]);
    assert_eq!(names(&["--until", "2020-01-01T00:00:00Z"]), [""; 0]);
    assert_eq!(names(&["--since", "2020-01-01T00:00:00Z"]), all);
    let of_alice = names(&["--user", "alice"]);
    assert!(
        !of_alice.is_empty() && of_alice.len() < all.len(),
        "{all:?} {of_alice:?}"
    );
    assert_eq!(names(&["--user", "bob"]), [""; 0]);
    // Of an environment, by its id; of none, by nothing.
    let added = keeper.json(&["env", "add", "Shop"], "");
    let env = added["id"].as_str().unwrap();
    let add = [
        "user",
        "add",
        "carol",
        "--password-stdin",
        "--environment",
        env,
    ];
    keeper.json(&add, "correct horse\n");
    let listed = |arguments: &[&str]| {
        let all = keeper.json(&[&["audit", "list"], arguments].concat(), "");
        all.as_array().unwrap().clone()
    };
    let theirs = listed(&["--environment", env]);
    assert!(!theirs.is_empty());
    assert!(
        theirs.iter().all(|it| it["environment"] == env),
        "{theirs:?}"
    );
    let of_carol = listed(&["--user", "carol"]);
    assert!(of_carol.iter().all(|it| it["environment"] == env));
    let of_alice = listed(&["--user", "alice"]);
    assert!(of_alice.iter().all(|it| it["environment"].is_null()));
    let table = super::run(&["audit", "list", "--data-dir", &keeper.data]);
    assert!(table.out.contains(env), "{}", table.out);
    assert!(
        table.out.starts_with("TIME") && table.out.contains("operator"),
        "{}",
        table.out
    );
}
