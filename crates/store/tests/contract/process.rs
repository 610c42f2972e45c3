//! Several processes with one file, and what is left when one is killed.
//!
//! A child process is this test program, told by the environment to run [`child`] alone.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use domain::port::{CommitError, Expectation, Kind, Store};
use store::Options;
use tokio::task::JoinSet;

use crate::fixture::{at, claim, insert, is_claimed, key, master_key, put, random};

const ROLE: &str = "COUNTERSIGN_STORE_TEST_ROLE";
const FILE: &str = "COUNTERSIGN_STORE_TEST_FILE";
const TASKS: usize = 16;

fn open(path: &Path) -> Arc<dyn Store> {
    store::open(path, &master_key(), Options::default(), random()).unwrap()
}

fn spawn(role: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::child", "--nocapture"])
        .env(ROLE, role)
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The child's part; nothing in a run that is not a child's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let (Ok(role), Some(file)) = (std::env::var(ROLE), std::env::var_os(FILE)) else {
        return;
    };
    let store = open(Path::new(&file));
    let mut tasks = JoinSet::new();
    if let Some(life) = role.strip_prefix("until killed ") {
        for task in 0..TASKS {
            tasks.spawn(step_for_ever(Arc::clone(&store), format!("{life}.{task}")));
        }
    } else {
        for task in 0..4 {
            tasks.spawn(count(Arc::clone(&store), format!("{role}.{task}")));
        }
    }
    tasks.join_all().await;
}

/// Takes one step after another, each a commit of four changes, and tells which are made.
async fn step_for_ever(store: Arc<dyn Store>, name: String) {
    for step in 1.. {
        let expect = match store.get(Kind::Flow, key(&name)).await.unwrap() {
            Some(stored) => Expectation::Version(stored.version),
            None => Expectation::Absent,
        };
        let at_step = format!("{name}:{step}");
        let changes = vec![
            put(Kind::Flow, &name, expect, &step.to_string()),
            insert(Kind::Grant, &at_step, &"g".repeat(700)),
            insert(Kind::Audit, &at_step, &"a".repeat(300)),
            claim(&at_step, at(60)),
        ];
        store.commit(changes).await.unwrap();
        println!("made {name} {step}");
    }
}

const COUNTS: u32 = 50;

/// Adds to the counter that all processes share, and writes down each time.
async fn count(store: Arc<dyn Store>, name: String) {
    for time in 0..COUNTS {
        loop {
            let stored = store
                .get(Kind::Client, key("counter"))
                .await
                .unwrap()
                .unwrap();
            let counted: u32 = String::from_utf8(stored.body).unwrap().parse().unwrap();
            let next = (counted + 1).to_string();
            let expect = Expectation::Version(stored.version);
            let note = insert(Kind::Grant, &format!("{name} {time}"), "counted");
            let add = put(Kind::Client, "counter", expect, &next);
            match store.commit(vec![note, add]).await {
                Ok(()) => break,
                Err(CommitError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test]
async fn every_acknowledged_commit_outlives_kill_9_and_none_is_half_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let mut acknowledged = std::collections::BTreeMap::new();
    for life in 0..5 {
        let mut child = spawn(&format!("until killed {life}"), &path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut made = 0;
        for line in lines {
            let line = line.unwrap();
            let Some((name, step)) = line.strip_prefix("made ").and_then(|l| l.split_once(' '))
            else {
                continue;
            };
            acknowledged.insert(name.to_owned(), step.parse::<u32>().unwrap());
            made += 1;
            if made == 300 + 77 * life {
                // SIGKILL on Unix. What was told before it is still read.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(made >= 300, "the child made {made} steps");
        let store = open(&path);
        for (name, acknowledged) in &acknowledged {
            let stored = store.get(Kind::Flow, key(name)).await.unwrap().unwrap();
            let steps: u32 = String::from_utf8(stored.body).unwrap().parse().unwrap();
            assert!(steps >= *acknowledged, "{name} lost step {acknowledged}");
            assert!(
                steps <= acknowledged + 1,
                "{name} took a step without telling"
            );
            for step in 1..=steps + 1 {
                let at_step = format!("{name}:{step}");
                for kind in [Kind::Grant, Kind::Audit] {
                    let part = store.get(kind, key(&at_step)).await.unwrap();
                    assert_eq!(part.is_some(), step <= steps, "{kind:?} {at_step}");
                }
            }
            // (That the claim is there is tried by taking it, so only for steps that were made.)
            let last = claim(&format!("{name}:{steps}"), at(60));
            assert!(
                is_claimed(&store.commit(vec![last]).await),
                "{name} {steps}"
            );
        }
    }
    let intact: String = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(intact, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_write_at_once_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let store = open(&path);
    store
        .commit(vec![insert(Kind::Client, "counter", "0")])
        .await
        .unwrap();
    let before = store.configuration_revision().await.unwrap();
    let children = ["one", "two"].map(|role| spawn(role, &path));
    count(Arc::clone(&store), "parent".to_owned()).await;
    for child in children {
        let ended = child.wait_with_output().unwrap();
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stdout)
        );
    }
    let times = u64::from(COUNTS * 9);
    let counter = store
        .get(Kind::Client, key("counter"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(counter.body, times.to_string().into_bytes());
    assert_eq!(
        store.configuration_revision().await.unwrap(),
        before + times
    );
}

#[tokio::test]
async fn a_process_beside_a_busy_one_gets_its_turn() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let mut busy = spawn("until killed 0", &path);
    let mut lines = BufReader::new(busy.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("made ")));
    let reading = std::thread::spawn(move || lines.count());
    let store = open(&path);
    for turn in 0..20 {
        let local = turn.to_string();
        store
            .commit(vec![insert(Kind::Client, &local, "beside")])
            .await
            .unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    busy.kill().unwrap();
    busy.wait().unwrap();
    assert!(reading.join().unwrap() > 20, "the other process was busy");
}

#[test]
fn an_empty_file_can_be_opened_by_many_at_once() {
    for _ in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        std::thread::scope(|scope| {
            let openings: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path))).collect();
            for opening in openings {
                opening.join().unwrap();
            }
        });
    }
}
