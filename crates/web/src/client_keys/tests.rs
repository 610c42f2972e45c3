use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::Timestamp;
use domain::port::fixed::FixedClock;
use domain::port::{Fetched, Pending, Wanted};
use tokio::sync::Semaphore;

use super::*;

const URL: &str = "https://client.example/keys";
const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// A publisher that answers from a list, and repeats its last answer.
struct Publisher {
    answers: Mutex<VecDeque<Result<Fetched, FetchError>>>,
    asked: AtomicUsize,
    /// How many may be answered.
    open: Semaphore,
}

impl Fetch for Publisher {
    fn get<'a>(&'a self, wanted: Wanted<'a>) -> Pending<'a, Result<Fetched, FetchError>> {
        assert!(wanted.url.starts_with(URL));
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            self.open.acquire().await.unwrap().forget();
            let mut answers = self.answers.lock().unwrap();
            match answers.len() {
                1 => answers.front().cloned().unwrap(),
                _ => answers.pop_front().unwrap(),
            }
        })
    }
}

fn set(ids: &[&str]) -> String {
    let key = |id: &&str| {
        format!(
            r#"{{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","kid":"{id}"}}"#
        )
    };
    let keys: Vec<String> = ids.iter().map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// One second less.
fn just_before(duration: Duration) -> Duration {
    duration.checked_sub(Duration::from_secs(1)).unwrap()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands among answers that may be failures"
)]
fn published(ids: &[&str], max_age: Option<u64>) -> Result<Fetched, FetchError> {
    Ok(Fetched {
        body: set(ids).into_bytes(),
        content_type: None,
        max_age: max_age.map(Duration::from_secs),
    })
}

struct World {
    publisher: Arc<Publisher>,
    clock: Arc<FixedClock>,
    known: Arc<KnownKeys>,
    client: Client,
}

impl World {
    fn new(answers: impl IntoIterator<Item = Result<Fetched, FetchError>>) -> Self {
        let publisher = Arc::new(Publisher {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: AtomicUsize::new(0),
            open: Semaphore::new(1000),
        });
        let clock = Arc::new(FixedClock::at(NOW));
        let fetch = Arc::clone(&publisher) as Arc<dyn Fetch>;
        let known = KnownKeys::new(fetch, Arc::clone(&clock) as Arc<dyn Clock>);
        let mut client = Client::new(ClientId::new("robot"), "Robot", [].into(), NOW);
        client.keys = Some(JwksSettings::JwksUrl(URL.to_owned()));
        Self {
            publisher,
            clock,
            known: Arc::new(known),
            client,
        }
    }

    /// The ids of the keys.
    async fn ids(&self, wanted: Option<&str>) -> Result<Vec<String>, ClientKeysError> {
        let keys = self.known.of(&self.client, wanted).await?;
        let ids = keys.set().keys().iter().filter_map(|key| key.kid());
        Ok(ids.map(str::to_owned).collect())
    }

    fn asked(&self) -> usize {
        self.publisher.asked.load(Ordering::SeqCst)
    }

    /// Waits until it is asked for the `times`th time, which nobody else waits for.
    async fn is_asked(&self, times: usize) {
        for _ in 0..1000 {
            if self.asked() >= times {
                break;
            }
            tokio::task::yield_now().await;
        }
        // Whoever asked may go on with the answer.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.asked(), times);
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

const DOWN: Result<Fetched, FetchError> = Err(FetchError::TimedOut);

#[tokio::test]
async fn fresh_keys_are_not_fetched_again() {
    let world = World::new([published(&["a"], None)]);
    for _ in 0..3 {
        assert_eq!(world.ids(Some("a")).await.unwrap(), ["a"]);
        assert_eq!(world.ids(None).await.unwrap(), ["a"]);
    }
    assert_eq!(world.asked(), 1);
    world.pass(just_before(FRESH));
    world.ids(None).await.unwrap();
    assert_eq!(world.asked(), 1);
    world.pass(Duration::from_secs(1));
    world.ids(None).await.unwrap();
    world.is_asked(2).await;
}

#[tokio::test]
async fn the_publisher_says_how_long_keys_are_fresh_within_bounds() {
    for (said, fresh) in [
        (0, FRESH_AT_LEAST),
        (300, Duration::from_secs(300)),
        (u64::MAX, FRESH_AT_MOST),
    ] {
        let world = World::new([published(&["a"], Some(said))]);
        world.ids(None).await.unwrap();
        world.pass(just_before(fresh));
        world.ids(None).await.unwrap();
        assert_eq!(world.asked(), 1, "{said}");
        world.pass(Duration::from_secs(1));
        world.ids(None).await.unwrap();
        world.is_asked(2).await;
    }
}

#[tokio::test]
async fn a_key_that_is_not_known_is_looked_for_at_a_bounded_rate() {
    let world = World::new([
        published(&["a"], None),
        published(&["a", "b"], None),
        published(&["b", "c"], None),
    ]);
    assert_eq!(world.ids(Some("a")).await.unwrap(), ["a"]);
    // Only just fetched: what is not there now is not there.
    for _ in 0..5 {
        assert_eq!(world.ids(Some("b")).await.unwrap(), ["a"]);
    }
    assert_eq!(world.asked(), 1);
    world.pass(AGAIN);
    assert_eq!(world.ids(Some("b")).await.unwrap(), ["a", "b"]);
    assert_eq!(world.asked(), 2);
    for number in 0..50 {
        let made_up = format!("made up {number}");
        world.ids(Some(&made_up)).await.unwrap();
    }
    assert_eq!(world.asked(), 2);
    world.pass(AGAIN);
    assert_eq!(world.ids(Some("c")).await.unwrap(), ["b", "c"]);
}

#[tokio::test]
async fn a_host_that_is_down_stops_nobody_whose_keys_are_known() {
    let world = World::new([published(&["a"], None), DOWN]);
    world.ids(None).await.unwrap();
    world.pass(FRESH);
    for _ in 0..5 {
        assert_eq!(world.ids(Some("a")).await.unwrap(), ["a"]);
    }
    // It is not asked for every request.
    world.is_asked(2).await;
    world.pass(AGAIN);
    world.ids(Some("a")).await.unwrap();
    world.is_asked(3).await;
    // But not for ever.
    let left = STALE.checked_sub(FRESH + AGAIN).unwrap();
    world.pass(just_before(left));
    assert_eq!(world.ids(Some("a")).await.unwrap(), ["a"]);
    world.pass(Duration::from_secs(1));
    let gone = world.ids(Some("a")).await;
    assert_eq!(gone, Err(ClientKeysError::Fetch(FetchError::TimedOut)));
}

#[tokio::test]
async fn a_host_that_is_down_is_left_alone_for_a_while() {
    let world = World::new([DOWN, published(&["a"], None)]);
    let down = Err(ClientKeysError::Fetch(FetchError::TimedOut));
    for _ in 0..5 {
        assert_eq!(world.ids(None).await, down);
    }
    assert_eq!(world.asked(), 1);
    world.pass(AGAIN);
    assert_eq!(world.ids(None).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn what_cannot_be_used_does_not_take_the_place_of_what_can() {
    let garbage = |body: &str| {
        Ok(Fetched {
            body: body.as_bytes().to_vec(),
            content_type: None,
            max_age: None,
        })
    };
    let secret = r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
    let world = World::new([published(&["a"], None), garbage("<html>"), garbage(secret)]);
    world.ids(None).await.unwrap();
    for times in 2..4 {
        world.pass(FRESH);
        assert_eq!(world.ids(None).await.unwrap(), ["a"]);
        world.is_asked(times).await;
    }
    let world = World::new([garbage(secret)]);
    let refused = world.ids(None).await;
    assert_eq!(
        refused,
        Err(ClientKeysError::Unusable(UnusableKeys::Private))
    );
}

#[tokio::test]
async fn many_who_want_the_same_keys_ask_once() {
    let world = Arc::new(World::new([
        published(&["a"], None),
        published(&["b"], None),
    ]));
    world.publisher.open.forget_permits(1000);
    let ask = |wanted: &'static str| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.ids(Some(wanted)).await.unwrap() })
    };
    let asking: Vec<_> = (0..20).map(|_| ask("a")).collect();
    tokio::task::yield_now().await;
    world.publisher.open.add_permits(1);
    for asked in asking {
        assert_eq!(asked.await.unwrap(), ["a"]);
    }
    assert_eq!(world.asked(), 1);
    // While they are fetched again, everybody goes on with those that there are.
    world.pass(FRESH);
    assert_eq!(ask("a").await.unwrap(), ["a"]);
    world.is_asked(2).await;
    assert_eq!(ask("a").await.unwrap(), ["a"]);
    world.publisher.open.add_permits(1);
    world.is_asked(2).await;
    assert_eq!(ask("b").await.unwrap(), ["b"]);
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn nobody_waits_for_a_host_that_does_not_answer_while_keys_are_known() {
    let world = World::new([published(&["a"], None), DOWN, DOWN, DOWN]);
    world.ids(None).await.unwrap();
    world.publisher.open.forget_permits(1000);
    world.pass(FRESH);
    for times in 2..5 {
        assert_eq!(world.ids(Some("a")).await.unwrap(), ["a"]);
        world.is_asked(times).await;
        world.publisher.open.add_permits(1);
        world.is_asked(times).await;
        world.pass(just_before(LATE));
    }
}

#[tokio::test]
async fn keys_that_nobody_has_asked_for_in_long_are_fetched_before_they_serve() {
    let world = World::new([published(&["a"], None), published(&["b"], None)]);
    assert_eq!(world.ids(None).await.unwrap(), ["a"]);
    world.pass(FRESH + LATE);
    assert_eq!(world.ids(None).await.unwrap(), ["b"]);
    // Not even where the last attempt brought nothing, long ago.
    let world = World::new([published(&["a"], None), DOWN, published(&["b"], None)]);
    world.ids(None).await.unwrap();
    world.pass(FRESH);
    assert_eq!(world.ids(None).await.unwrap(), ["a"]);
    world.is_asked(2).await;
    world.pass(LATE);
    assert_eq!(world.ids(None).await.unwrap(), ["b"]);
}

#[tokio::test]
async fn whoever_goes_away_does_not_keep_the_keys_from_others() {
    let world = Arc::new(World::new([published(&["a"], None)]));
    world.publisher.open.forget_permits(1000);
    let gone = Arc::clone(&world);
    let gone = tokio::spawn(async move { gone.ids(None).await });
    while world.asked() < 1 {
        tokio::task::yield_now().await;
    }
    gone.abort();
    world.publisher.open.add_permits(1);
    assert_eq!(world.ids(None).await.unwrap(), ["a"]);
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn no_more_than_so_many_addresses_are_remembered() {
    let world = World::new([published(&["a"], None)]);
    world.publisher.open.add_permits(10_000);
    for number in 0..KEPT + 500 {
        let mut client = world.client.clone();
        client.keys = Some(JwksSettings::JwksUrl(format!("{URL}/{number}")));
        world.known.of(&client, None).await.unwrap();
    }
    assert!(world.known.published.len() <= KEPT);
}

#[tokio::test]
async fn keys_in_the_record_are_read_once_and_again_when_they_change() {
    let world = World::new([DOWN]);
    let mut client = world.client.clone();
    let of = async |client: &Client| {
        let keys = world.known.of(client, None).await;
        keys.map(|keys| (Arc::as_ptr(&keys), keys.set().keys().len()))
    };
    client.keys = Some(JwksSettings::Jwks(set(&["a"])));
    let first = of(&client).await.unwrap();
    assert_eq!(of(&client).await.unwrap(), first);
    client.keys = Some(JwksSettings::Jwks(set(&["a", "b"])));
    assert_eq!(of(&client).await.unwrap().1, 2);
    client.keys = Some(JwksSettings::Jwks("no keys".to_owned()));
    let refused = of(&client).await;
    assert!(matches!(refused, Err(ClientKeysError::Unusable(_))));
    client.keys = None;
    assert_eq!(of(&client).await.err(), Some(ClientKeysError::Missing));
    assert_eq!(world.asked(), 0);
}
