//! Two hundred people sign on, the process is killed in the middle of it and started again: nothing
//! that was answered is lost, and nothing can be spent twice.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jose::jwk::JwkSet;
use jose::jws::{Algorithm, Policy, Typ, VerifyingKeys, verify_compact};
use testkit::process::{Browser, Person, RelyingParty, Reply, Server, Setup};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Sign-ons at the same time.
const LOGINS: usize = 200;

/// The people who sign on, each in several browsers at once.
const PEOPLE: usize = 50;

/// How often the tokens of a sign-on are renewed.
const RENEWALS: usize = 3;

/// How often the process is killed.
const ROUNDS: usize = 8;

/// Answers that one login brings about if it comes to its end: the redirect into the flow, the
/// page, the code, the tokens, the renewals.
const ANSWERS: usize = 4 + RENEWALS;

/// What became of a request whose answer matters.
enum Outcome<T> {
    /// It was never made.
    Untried,
    /// It was made, and the answer did not arrive.
    Unknown,
    /// This was the answer.
    Answered(T),
}

/// What one person and client have in their hands.
struct Login {
    number: usize,
    verifier: String,
    browser: Browser,
    /// The code that the browser was sent to the client with.
    code: Option<String>,
    /// What the code was exchanged for.
    redemption: Outcome<()>,
    access_tokens: Vec<String>,
    /// Every refresh token that was answered, the newest last.
    refresh_tokens: Vec<String>,
    /// Whether the newest refresh token was used and the answer did not arrive.
    renewal_unknown: bool,
    /// Whether everything that was to be done was done.
    finished: bool,
}

/// The moment of the kill: when so many answers have arrived.
struct Moment {
    answers: AtomicUsize,
    at: usize,
    come: Notify,
}

impl Moment {
    fn answered(&self) {
        if self.answers.fetch_add(1, Ordering::AcqRel) + 1 == self.at {
            self.come.notify_one();
        }
    }
}

impl Login {
    fn new(number: usize, browser: Browser) -> Self {
        Self {
            number,
            verifier: format!("{number:v>43}"),
            browser,
            code: None,
            redemption: Outcome::Untried,
            access_tokens: Vec::new(),
            refresh_tokens: Vec::new(),
            renewal_unknown: false,
            finished: false,
        }
    }

    /// Goes as far as the server lives.
    async fn go(mut self, party: RelyingParty, person: Person, moment: Arc<Moment>) -> Self {
        // An error is the end of the server, and with it of this login; what is known is kept.
        let _ = self.steps(&party, &person, &moment).await;
        self
    }

    async fn steps(
        &mut self,
        party: &RelyingParty,
        person: &Person,
        moment: &Moment,
    ) -> Result<(), reqwest::Error> {
        let begun = self
            .browser
            .get(&party.authorization(&self.verifier, &[]))
            .await?;
        moment.answered();
        let page = self.browser.follow(begun).await?;
        moment.answered();
        let fields = [("username", &*person.name), ("password", &*person.password)];
        let answer = self.browser.submit(&page, &fields).await?;
        let code = answer.parameter("code");
        let code = code.unwrap_or_else(|| panic!("login {}: {answer:?}", self.number));
        self.code = Some(code.clone());
        moment.answered();
        // Every fourth code is kept for after the crash.
        if self.number.is_multiple_of(4) {
            self.finished = true;
            return Ok(());
        }
        self.redemption = Outcome::Unknown;
        let reply = party.redeem(&code, &self.verifier).await?;
        self.keep(&reply);
        self.redemption = Outcome::Answered(());
        moment.answered();
        for _ in 0..RENEWALS {
            let newest = self.refresh_tokens.last().expect("a refresh token").clone();
            self.renewal_unknown = true;
            let reply = party.refresh(&newest).await?;
            self.keep(&reply);
            self.renewal_unknown = false;
            moment.answered();
        }
        self.finished = true;
        Ok(())
    }

    /// Keeps the tokens of an answer that must have some.
    fn keep(&mut self, reply: &Reply) {
        assert!(reply.is_success(), "login {}: {reply:?}", self.number);
        for (kept, name) in [
            (&mut self.access_tokens, "access_token"),
            (&mut self.refresh_tokens, "refresh_token"),
        ] {
            assert!(!reply.text(name).is_empty(), "{reply:?}");
            kept.push(reply.text(name).to_owned());
        }
    }

    /// Proves that the login is what its owner believes it is.
    async fn prove(mut self, party: RelyingParty, keys: Arc<VerifyingKeys>) -> Tally {
        let mut tally = Tally::default();
        self.prove_session(&party, &mut tally).await;
        self.prove_access_tokens(&party, &keys, &mut tally).await;
        match self.redemption {
            Outcome::Untried => self.prove_fresh_code(&party, &mut tally).await,
            Outcome::Unknown => self.prove_code_in_doubt(&party, &mut tally).await,
            Outcome::Answered(()) if self.number.is_multiple_of(3) => {
                self.prove_spent_code(&party, &mut tally).await;
            }
            Outcome::Answered(()) => self.prove_refresh_tokens(&party, &mut tally).await,
        }
        tally
    }

    /// Whoever was told that they are signed on still is.
    async fn prove_session(&mut self, party: &RelyingParty, tally: &mut Tally) {
        if self.browser.cookie("PF").is_none() {
            return;
        }
        let address = party.authorization(&self.verifier, &[("prompt", "none")]);
        self.browser = self.browser.clone().over(party.http.clone());
        let answer = self.browser.open(&address).await.unwrap();
        assert!(answer.parameter("code").is_some(), "{answer:?}");
        tally.sessions += 1;
    }

    /// What was issued is genuine and good.
    async fn prove_access_tokens(
        &self,
        party: &RelyingParty,
        keys: &VerifyingKeys,
        tally: &mut Tally,
    ) {
        let policy = Policy::new(&[Algorithm::Es256]).with_typ(Typ::AbsentOr(&["at+jwt", "JWT"]));
        for token in &self.access_tokens {
            verify_compact(token, keys, &policy).expect("a genuine token");
            let told = party.introspect(token).await.unwrap();
            assert!(told.is_active(), "login {}: {told:?}", self.number);
            tally.access_tokens += 1;
        }
    }

    /// A code that nobody has used is good for exactly one use.
    async fn prove_fresh_code(&self, party: &RelyingParty, tally: &mut Tally) {
        let Some(code) = &self.code else { return };
        let tokens = party.redeem(code, &self.verifier).await.unwrap();
        assert!(tokens.is_success(), "login {}: {tokens:?}", self.number);
        let access_token = tokens.text("access_token");
        assert!(party.introspect(access_token).await.unwrap().is_active());
        let again = party.redeem(code, &self.verifier).await.unwrap();
        assert!(again.is_invalid_grant(), "login {}: {again:?}", self.number);
        // RFC 6749 §4.1.2: "and SHOULD revoke (when possible) all tokens previously issued"
        assert!(!party.introspect(access_token).await.unwrap().is_active());
        tally.fresh_codes += 1;
    }

    /// A code whose exchange was cut off was exchanged or not, and is not good for a second one.
    async fn prove_code_in_doubt(&self, party: &RelyingParty, tally: &mut Tally) {
        let code = self.code.as_ref().expect("a code");
        let first = party.redeem(code, &self.verifier).await.unwrap();
        if first.is_success() {
            tally.codes_cut_off_before += 1;
        } else {
            assert!(first.is_invalid_grant(), "login {}: {first:?}", self.number);
            tally.codes_cut_off_after += 1;
        }
        let again = party.redeem(code, &self.verifier).await.unwrap();
        assert!(again.is_invalid_grant(), "login {}: {again:?}", self.number);
    }

    /// A code that was exchanged is refused, and what came of it is revoked.
    async fn prove_spent_code(&self, party: &RelyingParty, tally: &mut Tally) {
        let code = self.code.as_ref().expect("a code");
        let again = party.redeem(code, &self.verifier).await.unwrap();
        assert!(again.is_invalid_grant(), "login {}: {again:?}", self.number);
        for token in &self.access_tokens {
            assert!(!party.introspect(token).await.unwrap().is_active());
        }
        let newest = self.refresh_tokens.last().expect("a refresh token");
        let refused = party.refresh(newest).await.unwrap();
        assert!(
            refused.is_invalid_grant(),
            "login {}: {refused:?}",
            self.number
        );
        tally.spent_codes += 1;
    }

    /// The newest refresh token is good once; those before it are good no more, and whoever shows
    /// one ends them all.
    async fn prove_refresh_tokens(&self, party: &RelyingParty, tally: &mut Tally) {
        let (newest, older) = self.refresh_tokens.split_last().expect("a refresh token");
        for token in older {
            // Asking is not using: it revokes nothing.
            assert!(!party.introspect(token).await.unwrap().is_active());
        }
        let renewed = party.refresh(newest).await.unwrap();
        if self.renewal_unknown && !renewed.is_success() {
            // It was spent just before the end: showing it again was a replay.
            assert!(
                renewed.is_invalid_grant(),
                "login {}: {renewed:?}",
                self.number
            );
            tally.renewals_cut_off_after += 1;
        } else {
            assert!(renewed.is_success(), "login {}: {renewed:?}", self.number);
            tally.renewals_cut_off_before += usize::from(self.renewal_unknown);
            let next = renewed.text("refresh_token");
            assert!(party.introspect(next).await.unwrap().is_active());
            let stolen = older.first().filter(|_| self.number.is_multiple_of(2));
            let refused = party.refresh(stolen.unwrap_or(newest)).await.unwrap();
            assert!(
                refused.is_invalid_grant(),
                "login {}: {refused:?}",
                self.number
            );
            let ended = party.refresh(next).await.unwrap();
            assert!(ended.is_invalid_grant(), "login {}: {ended:?}", self.number);
        }
        for token in &self.access_tokens {
            assert!(!party.introspect(token).await.unwrap().is_active());
        }
        tally.refresh_tokens += 1;
    }
}

/// How many of each were proved, so that a run that proves nothing is seen.
#[derive(Debug, Default)]
struct Tally {
    sessions: usize,
    access_tokens: usize,
    fresh_codes: usize,
    spent_codes: usize,
    codes_cut_off_before: usize,
    codes_cut_off_after: usize,
    refresh_tokens: usize,
    renewals_cut_off_before: usize,
    renewals_cut_off_after: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.access_tokens += other.access_tokens;
        self.fresh_codes += other.fresh_codes;
        self.spent_codes += other.spent_codes;
        self.codes_cut_off_before += other.codes_cut_off_before;
        self.codes_cut_off_after += other.codes_cut_off_after;
        self.refresh_tokens += other.refresh_tokens;
        self.renewals_cut_off_before += other.renewals_cut_off_before;
        self.renewals_cut_off_after += other.renewals_cut_off_after;
    }
}

fn person(number: usize) -> Person {
    Person::new(&format!("person-{number}"), "correct horse battery")
}

/// All logins, as they were when the process was killed.
async fn logins_until_killed(server: &mut Server, party: &RelyingParty, at: usize) -> Vec<Login> {
    let moment = Arc::new(Moment {
        answers: AtomicUsize::new(0),
        at,
        come: Notify::new(),
    });
    let mut logins = JoinSet::new();
    for number in 0..LOGINS {
        let browser = Browser::new(party.http.clone(), server.url());
        let login = Login::new(number, browser);
        logins.spawn(login.go(party.clone(), person(number % PEOPLE), Arc::clone(&moment)));
    }
    let come = tokio::time::timeout(Duration::from_mins(1), moment.come.notified());
    come.await.expect("so many answers arrive");
    server.kill();
    logins.join_all().await
}

async fn keys(server: &Server) -> Arc<VerifyingKeys> {
    let published = server.browser().get("/pf/JWKS").await.unwrap();
    Arc::new(VerifyingKeys::new(&JwkSet::parse(published.body).unwrap()))
}

async fn prove(logins: Vec<Login>, party: &RelyingParty, keys: &Arc<VerifyingKeys>) -> Tally {
    let mut proofs = JoinSet::new();
    for login in logins {
        proofs.spawn(login.prove(party.clone(), Arc::clone(keys)));
    }
    let mut tally = Tally::default();
    for proved in proofs.join_all().await {
        tally.add(&proved);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_among_200_logins_loses_nothing_and_lets_nothing_be_spent_twice() {
    let mut server = Setup::of(env!("CARGO_BIN_EXE_countersign"))
        .with("COUNTERSIGN_LOG_LEVEL", "warn")
        .start()
        .await;
    let people: Vec<Person> = (0..PEOPLE).map(person).collect();
    server.add_people(&people).await;
    let party = server
        .add_relying_party("shop", "the secret of the shop")
        .await;
    let random = RandomState::new();
    let (mut all, mut in_flight) = (Tally::default(), 0);
    // The moments are spread over most of a round, and different in each run.
    for round in 0..ROUNDS {
        let share = LOGINS * ANSWERS / (ROUNDS + 3);
        let at = 1 + round * share + usize::try_from(random.hash_one(round)).unwrap() % share;
        let party = RelyingParty {
            http: server.http(),
            ..party.clone()
        };
        let logins = logins_until_killed(&mut server, &party, at).await;
        let unfinished = logins.iter().filter(|login| !login.finished).count();
        in_flight += unfinished;
        let began = Instant::now();
        server.start().await;
        let started = began.elapsed();
        let party = RelyingParty {
            http: server.http(),
            ..party.clone()
        };
        let began = Instant::now();
        let tally = prove(logins, &party, &keys(&server).await).await;
        println!(
            "killed after {at} answers, {unfinished} logins in flight; started in {started:?}; proved in {:?}: {tally:?}",
            began.elapsed()
        );
        all.add(&tally);
    }
    println!("altogether {in_flight} logins in flight: {all:?}");
    assert!(in_flight > LOGINS, "the kills came too late");
    assert!(all.sessions > 0 && all.access_tokens > 0, "{all:?}");
    assert!(all.fresh_codes > 0 && all.spent_codes > 0, "{all:?}");
    assert!(all.refresh_tokens > 0, "{all:?}");
    assert_eq!(
        server.stderr(),
        "",
        "a crash leaves nothing to complain about"
    );
}
