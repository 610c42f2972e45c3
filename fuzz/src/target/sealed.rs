//! What an engine gives back as a sealed record: nothing opens but what was sealed.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use domain::Timestamp;
use domain::port::fixed::CountingRandom;
use domain::port::{
    Change, CommitError, Expectation, Key, Kind, Lookup, Lookups, Page, Pending, Store, StoreError,
    Stored, Tenant, Version, ready,
};
use store::{Engine, MasterKey, Sealed};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "sealed",
    run,
    seeds,
};

const BODY: &[u8] = br#"{"name":"Administrator"}"#;

/// An engine that gives back whatever it was last given, by whomever.
#[derive(Clone, Default)]
struct Faithless(Arc<Mutex<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    body: Vec<u8>,
    wrapped: Option<Vec<u8>>,
}

impl Faithless {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Faithless {
    fn get(&self, _: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        let (version, body) = (Version(1), self.kept().body.clone());
        ready(Ok(Some(Stored { key, version, body })))
    }

    fn find(&self, _: Kind, _: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        ready(Ok(Vec::new()))
    }

    fn page(&self, _: Kind, _: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        ready(Ok(Vec::new()))
    }

    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        for change in changes {
            if let Change::Put { body, .. } = change {
                self.kept().body = body;
            }
        }
        ready(Ok(()))
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        ready(Ok(0))
    }

    fn sweep(&self, _: Timestamp, _: usize) -> Pending<'_, Result<usize, StoreError>> {
        ready(Ok(0))
    }
}

impl Engine for Faithless {
    fn wrapped_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept().wrapped.clone())
    }

    fn replace_wrapped_key(&self, _: Option<&[u8]>, wrapped: &[u8]) -> Result<bool, StoreError> {
        self.kept().wrapped = Some(wrapped.to_vec());
        Ok(true)
    }
}

fn opened(engine: &Faithless) -> Option<Sealed<Faithless>> {
    let random = Arc::new(CountingRandom::default());
    Sealed::new(engine.clone(), &MasterKey::from_bytes([7; 32]), random).ok()
}

fn key() -> Key {
    Key::new(Tenant::SYSTEM, b"Administrator")
}

/// The engine after an honest record was put into it.
static HONEST: LazyLock<Kept> = LazyLock::new(|| {
    let engine = Faithless::default();
    let sealed = opened(&engine).expect("a new key");
    let put = Change::Put {
        kind: Kind::Administrator,
        key: key(),
        expect: Expectation::Absent,
        expires: None,
        lookups: Lookups::default(),
        body: BODY.to_vec(),
    };
    now(sealed.commit(vec![put])).expect("it is kept");
    engine.kept().clone()
});

/// What an engine that has it at once answers.
fn now<T>(pending: Pending<'_, T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match { pending }.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("this engine never waits"),
    }
}

/// The input in place of the sealed record, and in place of the wrapped key.
fn run(input: &[u8]) -> bool {
    let engine = Faithless::default();
    engine.kept().body = input.to_vec();
    engine.kept().wrapped.clone_from(&HONEST.wrapped);
    let sealed = opened(&engine).expect("the key is the honest one");
    let read = now(sealed.get(Kind::Administrator, key()));
    let is_record = read.as_ref().is_ok_and(Option::is_some);
    match read {
        Ok(stored) => assert!(input == HONEST.body && stored.is_some_and(|it| it.body == BODY)),
        Err(error) => assert!(matches!(error, StoreError::Unreadable { .. })),
    }
    engine.kept().wrapped = Some(input.to_vec());
    let is_key = opened(&engine).is_some();
    assert!(
        !is_key || HONEST.wrapped.as_deref() == Some(input),
        "a forged key"
    );
    is_record || is_key
}

fn seeds() -> Vec<Vec<u8>> {
    let wrapped = HONEST.wrapped.clone();
    std::iter::once(HONEST.body.clone())
        .chain(wrapped)
        .collect()
}
