//! The same random commits on the model and on the engine that is to be like it.

use domain::port::fixed::CountingRandom;
use domain::port::{Change, CommitError, Expectation, Kind, Page, Random, Store, Version};
use store::{Memory, Options, Sqlite};

use crate::fixture::{TENANT, TERMS, at, key, value};

const KINDS: [Kind; 3] = [Kind::User, Kind::Grant, Kind::Client];

/// Draws from small sets, so that commits often meet.
struct Dice(CountingRandom);

impl Dice {
    fn below(&self, limit: u8) -> u8 {
        let mut byte = [0];
        self.0.fill(&mut byte);
        byte[0] % limit
    }

    fn local(&self) -> String {
        format!("key {}", self.below(5))
    }

    fn lookup(&self) -> Option<Box<[u8]>> {
        let drawn = self.below(5);
        (drawn > 0).then(|| value(&format!("value {drawn}")))
    }

    fn changes(&self) -> Vec<Drawn> {
        (0..=self.below(4)).map(|_| self.change()).collect()
    }

    fn change(&self) -> Drawn {
        let kind = *KINDS.iter().cycle().nth(self.below(3).into()).unwrap();
        let expires = (self.below(2) > 0).then(|| at(i64::from(self.below(100))));
        let expected = match self.below(8) {
            0..4 => Expected::Current,
            4..7 => Expected::Absent,
            _ => Expected::Stale,
        };
        let change = match self.below(12) {
            0..6 => Change::Put {
                kind,
                key: key(&self.local()),
                expect: Expectation::Absent,
                expires,
                lookups: [self.lookup(), self.lookup(), self.lookup()],
                body: vec![self.below(255); 3],
            },
            6..9 => Change::Delete {
                kind,
                key: key(&self.local()),
                version: Version(0),
            },
            9..11 => Change::Check {
                kind,
                key: key(&self.local()),
                expect: Expectation::Absent,
            },
            _ => Change::Claim {
                key: key(&self.local()),
                until: at(i64::from(self.below(100))),
                term: *TERMS.iter().cycle().nth(self.below(2).into()).unwrap(),
            },
        };
        Drawn { change, expected }
    }
}

/// A change whose version is not yet known, since engines give different ones.
struct Drawn {
    change: Change,
    expected: Expected,
}

enum Expected {
    Absent,
    Current,
    Stale,
}

impl Drawn {
    async fn on(&self, engine: &impl Store) -> Change {
        let mut change = self.change.clone();
        match &mut change {
            Change::Put {
                kind, key, expect, ..
            }
            | Change::Check { kind, key, expect } => {
                let current = engine
                    .get(*kind, key.clone())
                    .await
                    .unwrap()
                    .map(|s| s.version);
                *expect = match (&self.expected, current) {
                    (Expected::Current, Some(version)) => Expectation::Version(version),
                    (Expected::Stale, Some(version)) => {
                        Expectation::Version(Version(version.0 - 1))
                    }
                    _ => Expectation::Absent,
                };
            }
            Change::Delete { kind, key, version } => {
                let current = engine.get(*kind, key.clone()).await.unwrap();
                *version = current.map_or(Version(-1), |stored| stored.version);
            }
            Change::Claim { .. } => {}
        }
        change
    }
}

async fn outcome(engine: &impl Store, drawn: &[Drawn]) -> &'static str {
    let mut changes = Vec::new();
    for change in drawn {
        changes.push(change.on(engine).await);
    }
    match engine.commit(changes).await {
        Ok(()) => "made",
        Err(CommitError::Conflict) => "conflict",
        Err(CommitError::Claimed) => "claimed",
        Err(CommitError::Store(error)) => panic!("{error}"),
    }
}

/// All that the engine can tell, but for the versions.
async fn content(engine: &impl Store) -> (Vec<String>, u64) {
    let mut content = Vec::new();
    for kind in KINDS {
        let page = Page {
            tenant: TENANT,
            after: None,
            limit: 100,
        };
        for stored in engine.page(kind, page).await.unwrap() {
            content.push(format!("{kind:?} {:?} {:?}", stored.key, stored.body));
        }
        for slot in 0..3 {
            for number in 1..5 {
                let lookup = domain::port::Lookup {
                    slot,
                    value: value(&format!("value {number}")),
                    after: None,
                };
                for stored in engine.find(kind, lookup).await.unwrap() {
                    content.push(format!("{kind:?} {slot} {number} {:?}", stored.key));
                }
            }
        }
    }
    (content, engine.configuration_revision().await.unwrap())
}

#[tokio::test]
async fn the_file_does_what_the_model_does() {
    does_what_the_model_does(Options::default()).await;
}

#[tokio::test]
async fn the_file_does_what_the_model_does_with_little_memory() {
    does_what_the_model_does(Options {
        claims_in_memory: 2,
        ..Options::default()
    })
    .await;
}

/// The file is closed and opened again now and then.
async fn does_what_the_model_does(options: Options) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let model = Memory::default();
    let mut file = Sqlite::open(&path, options).unwrap();
    let dice = Dice(CountingRandom::default());
    let mut seen = std::collections::BTreeMap::new();
    for round in 0..1500 {
        let drawn = dice.changes();
        let expected = outcome(&model, &drawn).await;
        assert_eq!(outcome(&file, &drawn).await, expected, "in round {round}");
        *seen.entry(expected).or_insert(0) += 1;
        if dice.below(20) == 0 {
            let now = at(i64::from(dice.below(100)));
            let swept = model.sweep(now, 1000).await.unwrap();
            assert_eq!(
                file.sweep(now, 1000).await.unwrap(),
                swept,
                "in round {round}"
            );
        }
        if dice.below(50) == 0 {
            drop(file);
            file = Sqlite::open(&path, options).unwrap();
        }
        if round % 10 == 0 {
            assert_eq!(
                content(&file).await,
                content(&model).await,
                "in round {round}"
            );
        }
    }
    assert!(
        seen.len() == 3 && seen.values().all(|times| *times > 50),
        "{seen:?}"
    );
}
