//! Many tasks at once.

use std::sync::Arc;

use domain::port::{Change, CommitError, Kind};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, at, claim, delete, engines, insert};

const TASKS: usize = 64;
const ROUNDS: usize = 40;

/// Lets every task make its commit at once; returns which were made, and that all others were
/// refused and did not fail.
async fn race(fixture: &Fixture, commit_of: impl Fn(usize) -> Vec<Change>) -> Vec<usize> {
    let barrier = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (store, barrier) = (Arc::clone(&fixture.store), Arc::clone(&barrier));
        let changes = commit_of(task);
        tasks.spawn(async move {
            barrier.wait().await;
            match store.commit(changes).await {
                Ok(()) => Some(task),
                Err(CommitError::Conflict | CommitError::Claimed) => None,
                Err(CommitError::Store(error)) => panic!("{error}"),
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_record_is_spent_exactly_once() {
    for (engine, fixture) in engines() {
        for round in 0..ROUNDS {
            let code = format!("code {round}");
            fixture
                .commit(vec![insert(Kind::Code, &code, "spend me")])
                .await
                .unwrap();
            let version = fixture.version(Kind::Code, &code).await;
            let grant = |task| format!("grant {round} {task}");
            let winners = race(&fixture, |task| {
                let spend = delete(Kind::Code, &code, version);
                vec![spend, insert(Kind::Grant, &grant(task), "granted")]
            });
            let [winner] = *winners.await else {
                panic!("{engine}: not one winner in round {round}");
            };
            for task in 0..TASKS {
                let is_there = fixture.get(Kind::Grant, &grant(task)).await.is_some();
                assert_eq!(is_there, task == winner, "{engine}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_claim_is_granted_exactly_once() {
    for (engine, fixture) in engines() {
        for round in 0..ROUNDS {
            let nonce = format!("nonce {round}");
            let winners = race(&fixture, |_| vec![claim(&nonce, at(60))]).await;
            assert_eq!(winners.len(), 1, "{engine} in round {round}");
        }
    }
}

/// The claim comes last, so that those who lose have made changes which must be taken back, while
/// others in the same batch, who race for nothing, must win.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_loses_late_leaves_nothing_and_disturbs_nobody() {
    for (engine, fixture) in engines() {
        for round in 0..ROUNDS {
            let name = |task| format!("{round} {task}");
            let races = |task| task % 2 == 0;
            let winners = race(&fixture, |task| {
                let first = insert(Kind::Audit, &name(task), "happened");
                let nonce = if races(task) {
                    format!("{round}")
                } else {
                    name(task)
                };
                vec![
                    first,
                    claim(&format!("own {}", name(task)), at(60)),
                    claim(&nonce, at(60)),
                    insert(Kind::Grant, &name(task), "granted"),
                ]
            });
            let winners = winners.await;
            let in_race = winners.iter().filter(|task| races(**task)).count();
            assert_eq!(in_race, 1, "{engine} in round {round}");
            assert_eq!(winners.len(), 1 + TASKS / 2, "{engine} in round {round}");
            for task in 0..TASKS {
                for kind in [Kind::Audit, Kind::Grant] {
                    let is_there = fixture.get(kind, &name(task)).await.is_some();
                    assert_eq!(
                        is_there,
                        winners.contains(&task),
                        "{engine}: {kind:?} {task}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_read_at_once() {
    for (engine, fixture) in engines() {
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let store = Arc::clone(&fixture.store);
            tasks.spawn(async move {
                for step in 0..20 {
                    let local = format!("{task} {step}");
                    store
                        .commit(vec![insert(Kind::Flow, &local, &local)])
                        .await
                        .unwrap();
                    let key = crate::fixture::key(&local);
                    let read = store.get(Kind::Flow, key).await.unwrap();
                    assert_eq!(read.map(|stored| stored.body), Some(local.into_bytes()));
                }
            });
        }
        assert_eq!(tasks.join_all().await.len(), TASKS, "{engine}");
    }
}
