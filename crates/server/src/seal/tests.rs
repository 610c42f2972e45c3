use domain::port::fixed::{CountingRandom, FixedClock};
use domain::port::{Change, Expectation};
use domain::{Actor, AuditBreach, AuditEvent, AuditSummary};

use super::*;
use crate::command::audit_check;

const BEGIN: Timestamp = Timestamp::from_seconds(1_795_348_800);

struct House {
    store: Arc<dyn Store>,
    records: Records,
    random: Arc<CountingRandom>,
    clock: Arc<FixedClock>,
}

impl House {
    fn new() -> Self {
        let random = Arc::new(CountingRandom::default());
        let store: Arc<dyn Store> = store::memory(random.clone());
        Self {
            records: Records::new(Arc::clone(&store), Tenant::DEFAULT),
            store,
            random,
            clock: Arc::new(FixedClock::at(BEGIN)),
        }
    }

    async fn sealer(&self) -> Sealer {
        let (store, clock) = (Arc::clone(&self.store), self.clock.clone());
        Sealer::start(store, clock, &*self.random, Duration::ZERO)
            .await
            .unwrap()
    }

    /// Something happens, decided so long ago.
    async fn note_decided(&self, ago: Duration) -> AuditId {
        let at = self.clock.now() - ago;
        let event = AuditEvent::new("sign_on.succeeded", Actor::Unknown, at, &*self.random);
        let mut changes = Changes::none();
        changes.insert(&event);
        self.records.commit(changes).await.unwrap();
        event.id
    }

    async fn note(&self) -> AuditId {
        self.note_decided(Duration::ZERO).await
    }

    async fn verify(&self) -> Result<AuditSummary, AuditBreach> {
        audit_check(&self.records, &[]).await.unwrap()
    }
}

#[tokio::test]
async fn what_happens_is_sealed_across_runs_and_links() {
    let house = House::new();
    for _ in 0..=BATCH * 2 {
        house.note().await;
    }
    let mut first = house.sealer().await;
    first.seal().await.unwrap();
    let summary = house.verify().await.unwrap();
    assert_eq!((summary.sealed, summary.unsealed), (BATCH * 2 + 1, 0));
    assert_eq!(first.previous.unwrap().number, 2);
    house.clock.advance(PERIOD);
    house.note().await;
    assert_eq!(house.verify().await.unwrap().unsealed, 1);
    first.seal().await.unwrap();
    first.seal().await.unwrap();
    assert_eq!(
        first.previous.unwrap().number,
        3,
        "no link without an entry"
    );
    house.clock.advance(PERIOD);
    house.note().await;
    // It stopped without sealing that; the next run does.
    house.clock.advance(FAR * 3);
    let mut second = house.sealer().await;
    second.seal().await.unwrap();
    let summary = house.verify().await.unwrap();
    assert_eq!((summary.sealed, summary.unsealed), (BATCH * 2 + 3, 0));
    assert_eq!(summary.heads.len(), 2);
}

#[tokio::test]
async fn an_entry_that_was_long_on_its_way_is_sealed_too() {
    let house = House::new();
    let mut sealer = house.sealer().await;
    sealer.seal().await.unwrap();
    house.clock.advance(FAR * 2);
    sealer.seal().await.unwrap();
    house.note_decided(NEAR * 10).await;
    sealer.seal().await.unwrap();
    assert_eq!(house.verify().await.unwrap().unsealed, 1);
    house.clock.advance(FAR_PERIOD);
    sealer.seal().await.unwrap();
    assert_eq!(house.verify().await.unwrap().sealed, 1);
}

#[tokio::test]
async fn two_runs_at_once_do_not_wait_for_each_other() {
    let house = House::new();
    let (mut one, mut other) = (house.sealer().await, house.sealer().await);
    for _ in 0..5 {
        house.note().await;
        one.seal().await.unwrap();
        other.seal().await.unwrap();
        house.clock.advance(PERIOD);
    }
    let summary = house.verify().await.unwrap();
    assert_eq!((summary.sealed, summary.heads.len()), (5, 2));
}

#[tokio::test]
async fn what_is_changed_removed_or_added_is_found() {
    let house = House::new();
    let mut sealer = house.sealer().await;
    house.note().await;
    let id = house.note().await;
    sealer.seal().await.unwrap();
    let found = house.records.get::<AuditEvent>(id).await.unwrap().unwrap();
    let key = Key::new(Tenant::DEFAULT, id.as_bytes());
    let put = |body: Vec<u8>, expect| Change::Put {
        kind: Kind::Audit,
        key: key.clone(),
        expect,
        expires: None,
        lookups: domain::port::Lookups::default(),
        body,
    };
    let body = domain::port::Record::body(&found.record);
    let text = String::from_utf8(body.clone()).unwrap();
    let changed = text.replace("succeeded", "failed").into_bytes();
    let change = put(changed, Expectation::Version(found.version));
    house.store.commit(vec![change]).await.unwrap();
    assert_eq!(house.verify().await, Err(AuditBreach::EntryChanged(id)));
    let changed = house.records.get::<AuditEvent>(id).await.unwrap().unwrap();
    let mut deletion = Changes::none();
    deletion.delete(&changed);
    house.records.commit(deletion).await.unwrap();
    assert_eq!(house.verify().await, Err(AuditBreach::EntryRemoved(id)));
    house
        .store
        .commit(vec![put(body, Expectation::Absent)])
        .await
        .unwrap();
    assert!(house.verify().await.is_ok());
    house.clock.advance(FAR * 2);
    sealer.seal().await.unwrap();
    house.note().await;
    sealer.seal().await.unwrap();
    let late = house.note_decided(FAR + FAR_PERIOD).await;
    assert_eq!(house.verify().await, Err(AuditBreach::EntryAdded(late)));
}

#[tokio::test]
async fn what_is_swept_is_not_missed() {
    let house = House::new();
    let mut sealer = house.sealer().await;
    for _ in 0..3 {
        house.note().await;
        sealer.seal().await.unwrap();
        house.clock.advance(Duration::from_hours(24));
    }
    let mut next = house.sealer().await;
    house.note().await;
    next.seal().await.unwrap();
    let before = BEGIN + Duration::from_hours(30);
    crate::sweep::sweep_audit(&house.store, before, sealer.key())
        .await
        .unwrap();
    let summary = house.verify().await.unwrap();
    assert_eq!((summary.sealed, summary.complete_from), (2, Some(before)));
    let links = house
        .records
        .of(Tenant::SYSTEM)
        .all::<AuditLink>()
        .await
        .unwrap();
    assert_eq!(links.len(), 2, "those of the days that are kept");
    let before = BEGIN + Duration::from_hours(71);
    crate::sweep::sweep_audit(&house.store, before, sealer.key())
        .await
        .unwrap();
    assert_eq!(house.verify().await.unwrap().sealed, 1);
    let marks = house
        .records
        .of(Tenant::SYSTEM)
        .all::<AuditMark>()
        .await
        .unwrap();
    assert_eq!(
        marks.len(),
        2,
        "the head of the run that is over went with its links"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_seals_what_was_noted_last() {
    let house = House::new();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(house.sealer().await.run(stopped));
    tokio::time::sleep(PERIOD * 2).await;
    house.note().await;
    stop.send(true).unwrap();
    running.await.unwrap();
    let summary = house.verify().await.unwrap();
    assert_eq!((summary.sealed, summary.unsealed), (1, 0));
}
