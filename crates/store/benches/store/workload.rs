//! What a server does with its store.
//!
//! Records that come with the operation are made before it is timed. "One grant" is how the house
//! does it now: a grant's refresh tokens need no record of their own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::port::{Change, Expectation, Key, Kind, Lookups, Random, Store, Stored, Tenant, Term};
use domain::{TimeId, Timestamp};
use store::{MasterKey, Options};

const TENANT: Tenant = Tenant(1);

/// Stands for the refresh token's own record, where the workload has one.
const TOKEN: Kind = Kind::Flow;

/// A store as a server has it, and what makes identifiers.
pub(crate) struct Server {
    store: Arc<dyn Store>,
    random: Arc<CountingRandom>,
    clock: AtomicI64,
}

impl Server {
    pub(crate) fn open(path: &Path) -> Self {
        let random = Arc::new(CountingRandom::default());
        let master_key = MasterKey::generate(&*random);
        let sealing = Arc::clone(&random);
        let store = store::open(path, &master_key, Options::default(), sealing).unwrap();
        Self {
            store,
            random,
            clock: AtomicI64::new(1_790_000_000_000),
        }
    }

    /// Fills the store with grants.
    pub(crate) async fn fill(&self, grants: usize) {
        let mut left = grants;
        while left > 0 {
            let keys: Vec<Key> = (0..left.min(1000)).map(|_| self.key()).collect();
            left -= keys.len();
            let grants = keys.iter().map(|key| self.grant(key, Expectation::Absent));
            self.store.commit(grants.collect()).await.unwrap();
        }
    }

    /// The keys of the records that the operations are about.
    pub(crate) async fn prepare(&self, workload: &str, operations: usize) -> Arc<Vec<Key>> {
        let is_hash = matches!(workload, "pair" | "claim");
        let key = || if is_hash { self.hash() } else { self.key() };
        let keys: Vec<Key> = (0..operations).map(|_| key()).collect();
        for keys in keys.chunks(1000) {
            let before = |key| match workload {
                "exchange" | "exchange, one grant" => vec![self.code(key)],
                "rotate" => vec![self.grant(key, Expectation::Absent), self.token(key)],
                "rotate, one grant" | "get" => vec![self.grant(key, Expectation::Absent)],
                _ => Vec::new(),
            };
            self.store
                .commit(keys.iter().flat_map(before).collect())
                .await
                .unwrap();
        }
        Arc::new(keys)
    }

    /// Performs one operation.
    pub(crate) async fn perform(&self, workload: &str, at: &Key) {
        let changes = match workload {
            "exchange" => {
                let code = self.load(Kind::Code, at).await;
                let (grant, token) = (self.key(), self.key());
                let grant = self.grant(&grant, Expectation::Absent);
                vec![
                    delete(Kind::Code, &code),
                    grant,
                    self.token(&token),
                    self.event(),
                ]
            }
            "exchange, one grant" => {
                let code = self.load(Kind::Code, at).await;
                let grant = self.grant(&self.key(), Expectation::Absent);
                vec![delete(Kind::Code, &code), grant, self.event()]
            }
            "rotate" => {
                let token = self.load(TOKEN, at).await;
                let grant = self.load(Kind::Grant, at).await;
                let next = self.token(&self.key());
                vec![delete(TOKEN, &token), next, self.again(&grant)]
            }
            "rotate, one grant" => vec![self.again(&self.load(Kind::Grant, at).await)],
            "claim" => {
                let until = self.now() + Duration::from_mins(1);
                vec![Change::Claim {
                    key: at.clone(),
                    until,
                    term: Term::Short,
                }]
            }
            _ => return drop(self.load(Kind::Grant, at).await),
        };
        self.store.commit(changes).await.unwrap();
    }

    async fn load(&self, kind: Kind, key: &Key) -> Stored {
        self.store.get(kind, key.clone()).await.unwrap().unwrap()
    }

    fn code(&self, key: &Key) -> Change {
        self.put(Kind::Code, key, Lookups::default(), 700)
    }

    fn token(&self, key: &Key) -> Change {
        self.put(TOKEN, key, [Some(key.as_bytes().into()), None, None], 300)
    }

    fn event(&self) -> Change {
        self.put(Kind::Audit, &self.key(), Lookups::default(), 400)
    }

    /// A grant at `key`. Whose it is and when it ends follow from the key, so that it can be
    /// written again as it was.
    fn grant(&self, key: &Key, expect: Expectation) -> Change {
        let (time, drawn) = key.local().split_at(6);
        let drawn = drawn
            .iter()
            .fold(0, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(*byte));
        let session = [time, &drawn.to_be_bytes()].concat();
        let lookups = [user(drawn), client(drawn), in_tenant(&session)].map(Some);
        let mut put = self.put(Kind::Grant, key, lookups, 900);
        if let Change::Put {
            expect: expected,
            expires,
            ..
        } = &mut put
        {
            *expected = expect;
            *expires = Some(at(time) + Duration::from_hours(24 * 30));
        }
        put
    }

    /// The grant with its next refresh token: all but the body stays as it is.
    fn again(&self, grant: &Stored) -> Change {
        self.grant(&grant.key, Expectation::Version(grant.version))
    }

    fn put(&self, kind: Kind, key: &Key, lookups: Lookups, size: usize) -> Change {
        let expires = (kind != Kind::Audit).then(|| self.now() + Duration::from_mins(1));
        let (key, expect) = (key.clone(), Expectation::Absent);
        Change::Put {
            kind,
            key,
            expect,
            expires,
            lookups,
            body: vec![b'x'; size],
        }
    }

    /// A key as that of a claim or of a row of the yardstick.
    fn hash(&self) -> Key {
        let mut hash = [0; 32];
        self.random.fill(&mut hash);
        Key::new(TENANT, &hash)
    }

    fn key(&self) -> Key {
        Key::new(TENANT, TimeId::new(self.now(), &*self.random).as_bytes())
    }

    /// A millisecond later each time.
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.fetch_add(1, Ordering::Relaxed))
    }
}

fn delete(kind: Kind, stored: &Stored) -> Change {
    Change::Delete {
        kind,
        key: stored.key.clone(),
        version: stored.version,
    }
}

fn at(time: &[u8]) -> Timestamp {
    let millis = time.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    Timestamp::from_millis(millis)
}

fn user(drawn: u64) -> Box<[u8]> {
    in_tenant(&u128::from(drawn % 10_000).to_be_bytes())
}

fn client(drawn: u64) -> Box<[u8]> {
    in_tenant(format!("client-{}", drawn % 50).as_bytes())
}

fn in_tenant(value: &[u8]) -> Box<[u8]> {
    Key::new(TENANT, value).as_bytes().into()
}
