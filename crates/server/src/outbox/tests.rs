use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::port::Pending;
use domain::port::fixed::{CountingRandom, FixedClock};
use domain::{AuditEvent, MessageContent, Secret};

use super::carrier::Carrier;
use super::*;
use crate::adapter::measured_store::MeasuredStore;

const BEGIN: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// A gateway that answers as it is told, and at the end takes everything.
#[derive(Default)]
struct Gateway {
    answers: Mutex<Vec<Result<(), Undelivered>>>,
    taken: Mutex<Vec<String>>,
    tries: AtomicUsize,
    takes: Option<Duration>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Gateway {
    fn answering(answers: &[Result<(), Undelivered>]) -> Arc<Self> {
        let answers = answers.iter().rev().cloned().collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            ..Self::default()
        })
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    fn tries(&self) -> usize {
        self.tries.load(Ordering::SeqCst)
    }
}

impl Carrier for Arc<Gateway> {
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        _: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>> {
        Box::pin(async move {
            self.tries.fetch_add(1, Ordering::SeqCst);
            let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
            if let Some(takes) = self.takes {
                tokio::time::sleep(takes).await;
            }
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(()));
            let MessageContent::Sms { text, .. } = &message.content else {
                panic!("only text messages are sent here");
            };
            if answer.is_ok() {
                self.taken.lock().unwrap().push(text.expose().to_owned());
            }
            answer
        })
    }
}

/// Records, and the outboxes that work on them.
struct Post {
    store: Arc<MeasuredStore>,
    records: Records,
    clock: Arc<FixedClock>,
    metrics: Arc<Metrics>,
    random: CountingRandom,
    stop: watch::Sender<bool>,
}

impl Post {
    fn new() -> Self {
        let metrics = Arc::new(Metrics::new());
        let store = store::memory(Arc::new(CountingRandom::default()));
        let store = Arc::new(MeasuredStore::new(store, Arc::clone(&metrics)));
        Self {
            records: Records::new(store.clone(), Tenant::DEFAULT),
            store,
            clock: Arc::new(FixedClock::at(BEGIN)),
            metrics,
            random: CountingRandom::default(),
            stop: watch::Sender::new(false),
        }
    }

    fn serve(&self, gateway: &Arc<Gateway>) -> tokio::task::JoinHandle<()> {
        let outbox = Outbox {
            records: self.records.clone(),
            clock: self.clock.clone(),
            random: Arc::new(CountingRandom::default()),
            metrics: Arc::clone(&self.metrics),
            channels: Channels::of_test(Channel::Sms, Arc::new(Arc::clone(gateway))),
        };
        tokio::spawn(outbox.run(self.store.messages(), self.stop.subscribe()))
    }

    async fn write(&self, tenant: Tenant, texts: &[&str]) {
        for text in texts {
            let content = MessageContent::Sms {
                to: "+49301234567".to_owned(),
                text: Secret::new(*text),
            };
            // One after the other.
            self.clock.advance(Duration::from_millis(1));
            let lifetime = Duration::from_mins(10);
            let message = Message::new(content, lifetime, self.clock.now(), &self.random);
            let mut changes = Changes::none();
            changes.insert(&message);
            self.records.of(tenant).commit(changes).await.unwrap();
        }
    }

    /// Lets so much time pass for everybody.
    async fn pass(&self, duration: Duration) {
        self.clock.advance(duration);
        tokio::time::sleep(lane_period()).await;
    }

    async fn waiting(&self) -> Vec<Message> {
        let waiting = self.records.all::<Message>().await.unwrap().into_iter();
        waiting.map(|it| it.record).collect()
    }

    async fn events(&self) -> Vec<AuditEvent> {
        let events = self.records.all::<AuditEvent>().await.unwrap().into_iter();
        events.map(|it| it.record).collect()
    }
}

const fn lane_period() -> Duration {
    Duration::from_millis(1500)
}

fn later() -> Result<(), Undelivered> {
    Err(Undelivered::Later(Cause::Status(503)))
}

#[tokio::test(start_paused = true)]
async fn what_is_written_is_sent_at_once_and_once() {
    let (post, gateway) = (Post::new(), Gateway::answering(&[]));
    let serving = post.serve(&gateway);
    // Both sides look, and then wait.
    tokio::time::sleep(Duration::from_millis(10)).await;
    post.write(Tenant::DEFAULT, &["one"]).await;
    post.write(Tenant::SYSTEM, &["two"]).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let mut taken = gateway.taken();
    taken.sort();
    assert_eq!(taken, ["one", "two"]);
    post.pass(Duration::from_mins(20)).await;
    assert_eq!(gateway.tries(), 2);
    assert!(post.waiting().await.is_empty() && post.events().await.is_empty());
    let text = post.metrics.text().unwrap();
    assert!(text.contains("countersign_messages_total{channel=\"sms\",result=\"sent\"} 2\n"));
    post.stop.send_replace(true);
    serving.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_another_process_has_written_is_found_within_a_second() {
    let (post, gateway) = (Post::new(), Gateway::answering(&[]));
    post.write(Tenant::DEFAULT, &["one"]).await;
    let _serving = post.serve(&gateway);
    tokio::time::sleep(lane_period()).await;
    assert_eq!(gateway.taken(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_tried_again_after_pauses_that_grow() {
    let gateway = Gateway::answering(&[later(), later(), later()]);
    let post = Post::new();
    let _serving = post.serve(&gateway);
    post.write(Tenant::DEFAULT, &["one"]).await;
    tokio::time::sleep(lane_period()).await;
    assert_eq!((gateway.tries(), post.waiting().await[0].failures), (1, 1));
    for (tries, pause) in [(2, 2), (3, 8), (4, 30)] {
        post.pass(Duration::from_secs(pause - 1)).await;
        assert_eq!(gateway.tries(), tries - 1);
        post.pass(Duration::from_secs(1)).await;
        assert_eq!(gateway.tries(), tries);
    }
    assert_eq!(gateway.taken(), ["one"]);
    assert!(post.waiting().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_gone_and_noted_without_its_text() {
    let gateway = Gateway::answering(&[Err(Undelivered::Never(Cause::Status(400)))]);
    let post = Post::new();
    let _serving = post.serve(&gateway);
    post.write(Tenant::DEFAULT, &["Your code is 739104."]).await;
    tokio::time::sleep(lane_period()).await;
    assert!(post.waiting().await.is_empty());
    let [event] = &post.events().await[..] else {
        panic!("there is one event");
    };
    assert_eq!(event.event, "message.undeliverable");
    let detail = serde_json::to_value(&event.detail).unwrap();
    let noted = serde_json::json!({
        "channel": "sms", "target": "*******67", "cause": "refused", "status": 400,
    });
    assert_eq!(detail, noted);
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_not_sent_any_more() {
    let gateway = Gateway::answering(&[later()]);
    let post = Post::new();
    let _serving = post.serve(&gateway);
    post.write(Tenant::DEFAULT, &["one"]).await;
    tokio::time::sleep(lane_period()).await;
    post.pass(Duration::from_mins(11)).await;
    assert_eq!(gateway.tries(), 1);
    assert!(post.waiting().await.is_empty());
    assert_eq!(post.events().await[0].detail["cause"], "expired");
}

#[tokio::test(start_paused = true)]
async fn two_processes_send_it_once() {
    let (post, gateway) = (Post::new(), Gateway::answering(&[]));
    let _serving = [post.serve(&gateway), post.serve(&gateway)];
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    post.write(Tenant::DEFAULT, &texts).await;
    post.pass(Duration::from_mins(2)).await;
    assert_eq!((gateway.tries(), gateway.taken().len()), (100, 100));
}

#[tokio::test(start_paused = true)]
async fn what_a_process_had_claimed_when_it_ended_is_sent_by_another() {
    let slow = Arc::new(Gateway {
        takes: Some(Duration::from_hours(1)),
        ..Gateway::default()
    });
    let post = Post::new();
    post.write(Tenant::DEFAULT, &["one"]).await;
    let first = post.serve(&slow);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(slow.tries(), 1);
    // As a power cut would.
    first.abort();
    tokio::time::sleep(Duration::from_millis(10)).await;
    let gateway = Gateway::answering(&[]);
    let _second = post.serve(&gateway);
    post.pass(CLAIM / 2).await;
    assert_eq!(gateway.tries(), 0);
    post.pass(CLAIM / 2 + Duration::from_secs(1)).await;
    assert_eq!(gateway.taken(), ["one"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_gateway_is_not_flooded_and_what_is_in_flight_is_finished() {
    let gateway = Arc::new(Gateway {
        takes: Some(Duration::from_secs(5)),
        ..Gateway::default()
    });
    let post = Post::new();
    let texts = ["x"; 40];
    post.write(Tenant::DEFAULT, &texts).await;
    let serving = post.serve(&gateway);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(gateway.tries(), 16);
    post.stop.send_replace(true);
    serving.await.unwrap();
    assert_eq!((gateway.taken().len(), gateway.tries()), (16, 16));
    assert_eq!(gateway.most_at_once.load(Ordering::SeqCst), 16);
    assert_eq!(post.waiting().await.len(), 24);
    // The others follow after the next start.
    post.stop.send_replace(false);
    let _serving = post.serve(&gateway);
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(gateway.taken().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_tried_again() {
    let gateway = Arc::new(Gateway {
        takes: Some(SENDING + Duration::from_secs(1)),
        ..Gateway::default()
    });
    let post = Post::new();
    let _serving = post.serve(&gateway);
    post.write(Tenant::DEFAULT, &["one"]).await;
    tokio::time::sleep(SENDING + lane_period()).await;
    assert_eq!(post.waiting().await[0].failures, 1);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_not_configured_keeps_its_messages_until_they_expire() {
    let (post, gateway) = (Post::new(), Gateway::answering(&[]));
    let _serving = post.serve(&gateway);
    let content = MessageContent::Voice {
        to: "+49301234567".to_owned(),
        text: Secret::new("one"),
        language: "en".to_owned(),
    };
    let random = CountingRandom::default();
    let message = Message::new(content, Duration::from_mins(1), BEGIN, &random);
    let mut changes = Changes::none();
    changes.insert(&message);
    post.records.commit(changes).await.unwrap();
    tokio::time::sleep(lane_period()).await;
    assert_eq!(post.waiting().await[0].failures, 1);
    post.pass(Duration::from_secs(61)).await;
    assert!(post.waiting().await.is_empty());
    assert_eq!(gateway.tries(), 0);
}
