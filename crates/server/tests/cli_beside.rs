//! Commands beside a running server: what they change is in force within a second, and neither
//! stands in the other's way.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "cli_beside/customer.rs"]
mod customer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::process::{Browser, Page, Person, RelyingParty, Reply, Server, Setup};
use tokio::task::JoinSet;

const SECRET: &str = "the secret of the shop";

async fn server() -> Server {
    let setup = Setup::of(env!("CARGO_BIN_EXE_countersign"));
    setup.with("COUNTERSIGN_LOG_LEVEL", "warn").start().await
}

fn alice() -> Person {
    Person::new("alice", "correct horse battery")
}

fn verifier() -> String {
    "v".repeat(43)
}

/// Signs on in a new browser, and returns the browser with what it was answered last.
async fn signed_on(party: &RelyingParty, person: &Person) -> (Browser, Page) {
    let mut browser = Browser::new(party.http.clone(), &party.issuer);
    let address = party.authorization(&verifier(), &[]);
    let answer = browser.sign_on(&address, person).await.unwrap();
    (browser, answer)
}

async fn can_sign_on(party: &RelyingParty, person: &Person) -> bool {
    let (_, answer) = signed_on(party, person).await;
    answer.parameter("code").is_some()
}

/// Signs on and fetches tokens.
async fn tokens(party: &RelyingParty, person: &Person) -> (Browser, Reply) {
    let (browser, answer) = signed_on(party, person).await;
    let code = answer.parameter("code").expect("a code");
    let tokens = party.redeem(&code, &verifier()).await.unwrap();
    assert!(tokens.is_success(), "{tokens:?}");
    (browser, tokens)
}

/// Waits until something is so, which must be within a second of its cause.
async fn within_a_second(mut so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(1), "not in force");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn column(list: &Value, name: &str) -> Vec<String> {
    let rows = list.as_array().expect("a list").iter();
    rows.map(|row| row[name].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_come_and_go_while_the_server_runs() {
    let server = server().await;
    let party = server.add_relying_party("shop", SECRET).await;
    assert!(!can_sign_on(&party, &alice()).await);
    server.add_person(&alice()).await;
    assert!(can_sign_on(&party, &alice()).await);
    let again = server.command(
        &["user", "add", "ALICE", "--password-stdin"],
        "correct horse",
    );
    assert_eq!(again.await.sentence(), "there is a user ALICE already");
    let list = server
        .command(&["user", "list", "--json"], "")
        .await
        .succeeded();
    assert_eq!(column(&list.json(), "username"), ["alice"]);
    assert!(!list.stdout.contains("argon2"), "{list:?}");

    let (mut browser, old) = tokens(&party, &alice()).await;
    let silent = party.authorization(&verifier(), &[("prompt", "none")]);
    assert!(
        browser
            .open(&silent)
            .await
            .unwrap()
            .parameter("code")
            .is_some()
    );
    let renewed = Person::new("alice", "battery horse correct");
    let set = [
        "user",
        "set-password",
        "alice",
        "--password-stdin",
        "--json",
    ];
    let set = server.command(&set, &renewed.password).await.succeeded();
    assert_eq!(set.json()["grants_ended"], 1, "{set:?}");
    assert!(!can_sign_on(&party, &alice()).await);
    assert!(can_sign_on(&party, &renewed).await);
    // Whoever was signed on with the password of before is signed on no longer.
    let answer = browser.open(&silent).await.unwrap();
    assert_eq!(answer.parameter("error").as_deref(), Some("login_required"));
    // So is the client with what it was granted then.
    let refused = party.refresh(old.text("refresh_token")).await.unwrap();
    assert!(refused.is_invalid_grant(), "{refused:?}");

    let (_, tokens) = tokens(&party, &renewed).await;
    let delete = ["user", "delete", "alice", "--json"];
    let deleted = server.command(&delete, "").await.succeeded();
    assert_eq!(deleted.json()["grants_ended"], 1, "{deleted:?}");
    assert!(!can_sign_on(&party, &renewed).await);
    let refused = party.refresh(tokens.text("refresh_token")).await.unwrap();
    assert!(refused.is_invalid_grant(), "{refused:?}");
    let told = party.introspect(tokens.text("access_token")).await.unwrap();
    assert!(!told.is_active());
    let gone = server.command(&["user", "delete", "alice"], "").await;
    assert_eq!(gone.sentence(), "there is no user alice");
    let list = server
        .command(&["user", "list", "--json"], "")
        .await
        .succeeded();
    assert_eq!(list.json(), Value::Array(Vec::new()));
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn someone_who_failed_too_often_can_be_let_in_again() {
    let server = server().await;
    let party = server.add_relying_party("shop", SECRET).await;
    server.add_person(&alice()).await;
    for _ in 0..5 {
        assert!(!can_sign_on(&party, &Person::new("alice", "wrong")).await);
    }
    assert!(!can_sign_on(&party, &alice()).await, "she is blocked");
    let unlock = ["user", "unlock", "alice", "--json"];
    let unlocked = server.command(&unlock, "").await.succeeded();
    assert_eq!(unlocked.json()["was_locked"], true);
    assert!(can_sign_on(&party, &alice()).await);
    let unlocked = server.command(&unlock, "").await.succeeded();
    assert_eq!(unlocked.json()["was_locked"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn environments_come_and_go_while_the_server_runs() {
    let server = server().await;
    let run = async |arguments: &[&str]| server.command(arguments, "").await.succeeded();
    let added = run(&["env", "add", "Shop", "--json"]).await.json();
    let (id, issuer) = (
        added["id"].as_str().unwrap(),
        added["issuer"].as_str().unwrap(),
    );
    assert_eq!(issuer, format!("{}/{id}/as", server.url()));
    let list = run(&["env", "list", "--json"]).await.json();
    assert_eq!(column(&list, "id"), [id]);
    let again = server.command(&["env", "add", "Shop"], "").await;
    assert_eq!(again.sentence(), "there is an environment Shop already");

    let http = server.http();
    let status = async |path: &str| {
        let reply = http.get(format!("{issuer}{path}")).send().await.unwrap();
        reply.status().as_u16()
    };
    within_a_second(async || status("/jwks").await == 200).await;
    let client = [
        "client",
        "add",
        "--name",
        "Robot",
        "--generate-secret",
        "--json",
    ];
    let client = run(&[client.as_slice(), &["--environment", id]].concat())
        .await
        .json();
    let [client, secret] = ["client_id", "client_secret"].map(|it| client[it].as_str().unwrap());
    let is_let_in = async |token_endpoint: String| {
        let asked = http.post(token_endpoint).basic_auth(client, Some(secret));
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let asked = asked.body("grant_type=client_credentials");
        asked.send().await.unwrap().status() == 200
    };
    within_a_second(async || is_let_in(format!("{issuer}/token")).await).await;
    assert!(!is_let_in(format!("{}/as/token.oauth2", server.url())).await);
    run(&["env", "delete", id]).await;
    within_a_second(async || status("/jwks").await == 404).await;
    let gone = server
        .command(&["user", "list", "--environment", id], "")
        .await;
    assert_eq!(gone.sentence(), format!("there is no environment {id}"));
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_environment_has_is_not_the_servers() {
    let server = server().await;
    let run = async |arguments: &[&str]| server.command(arguments, "").await.succeeded();
    let added = run(&["env", "add", "Shop", "--json"]).await.json();
    let id = added["id"].as_str().unwrap();
    let person = [
        "user",
        "add",
        "alice",
        "--password-stdin",
        "--json",
        "--environment",
        id,
    ];
    let person = server
        .command(&person, "correct horse battery")
        .await
        .succeeded();
    assert_eq!(person.json()["id"].as_str().unwrap().len(), 36);
    let users = run(&["user", "list", "--json"]).await.json();
    assert_eq!(users, Value::Array(Vec::new()), "she is not the server's");
    let keys = async |more: &[&str]| {
        let list = run(&[&["keys", "list", "--json"], more].concat()).await;
        column(&list.json(), "kid")
    };
    let (own, of_server) = (keys(&["--environment", id]).await, keys(&[]).await);
    assert!(own.len() >= 8 && !own.iter().any(|kid| of_server.contains(kid)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_come_and_go_while_the_server_runs() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    let (_, before) = tokens(&party, &alice()).await;
    let list = server
        .command(&["client", "list", "--json"], "")
        .await
        .succeeded();
    assert_eq!(column(&list.json(), "client_id"), ["shop"]);
    for arguments in [
        &["client", "show", "shop"][..],
        &["client", "show", "shop", "--json"],
    ] {
        let shown = server.command(arguments, "").await.succeeded();
        assert!(shown.stdout.contains(&party.redirect_uri), "{shown:?}");
        assert!(!shown.stdout.contains(SECRET), "{shown:?}");
    }
    let made = server
        .add_client("made", None, &["--generate-secret", "--json"])
        .await;
    assert!(made.secret.is_none());
    let list = server.command(&["client", "list"], "").await.succeeded();
    assert!(list.stdout.contains("client_credentials"), "{list:?}");

    let delete = ["client", "delete", "shop", "--json"];
    let deleted = server.command(&delete, "").await.succeeded();
    assert_eq!(deleted.json()["grants_ended"], 1, "{deleted:?}");
    within_a_second(async || {
        let refused = party.refresh(before.text("refresh_token")).await.unwrap();
        (refused.status, refused.text("error")) == (401, "invalid_client")
    })
    .await;
    within_a_second(async || {
        let mut browser = server.browser();
        let answer = browser.get(&party.authorization(&verifier(), &[])).await;
        let answer = answer.unwrap();
        answer.location().is_none() && answer.status == 400
    })
    .await;
    let gone = server.command(&["client", "show", "shop"], "").await;
    assert_eq!(gone.sentence(), "there is no client shop");
    // Whoever has its name next has a secret of its own.
    let next = server
        .add_relying_party("shop", "another secret of the shop")
        .await;
    within_a_second(async || can_sign_on(&next, &alice()).await).await;
    let (_, after) = tokens(&next, &alice()).await;
    let refused = party.refresh(after.text("refresh_token")).await.unwrap();
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(server.stderr(), "");
}

/// The key ids that the server publishes.
async fn published(server: &Server) -> Vec<String> {
    let page = server.browser().get("/pf/JWKS").await.unwrap();
    let set: Value = serde_json::from_str(&page.body).unwrap();
    column(&set["keys"], "kid")
}

fn key_id(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = data_encoding::BASE64URL_NOPAD
        .decode(header.as_bytes())
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// The keys of a family in a state, from `keys list`.
fn in_state(list: &Value, state: &str) -> Vec<String> {
    let rows = list.as_array().unwrap().iter();
    let rows = rows.filter(|row| row["family"] == "p256" && row["state"] == state);
    rows.map(|row| row["kid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_under_a_running_server_and_live_tokens_stay_good() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    let (_, before) = tokens(&party, &alice()).await;
    let old = key_id(before.text("access_token"));
    let list = server
        .command(&["keys", "list", "--json"], "")
        .await
        .succeeded()
        .json();
    assert_eq!(in_state(&list, "active"), [old.as_str()]);
    let next = in_state(&list, "next").first().expect("a next key").clone();
    // Known before it signs, so that nobody is surprised by it.
    assert!(published(&server).await.contains(&next));

    let rotate = ["keys", "rotate", "--family", "p256", "--json"];
    let list = server.command(&rotate, "").await.succeeded().json();
    assert_eq!(in_state(&list, "active"), [next.as_str()]);
    assert_eq!(in_state(&list, "retired"), [old.as_str()]);
    let mut grant = before.clone();
    within_a_second(async || {
        grant = party.refresh(grant.text("refresh_token")).await.unwrap();
        assert!(grant.is_success(), "{grant:?}");
        key_id(grant.text("access_token")) == next
    })
    .await;
    let known = published(&server).await;
    assert!(known.contains(&old) && known.contains(&next), "{known:?}");
    for tokens in [&before, &grant] {
        let told = party.introspect(tokens.text("access_token")).await.unwrap();
        assert!(told.is_active(), "{told:?}");
    }

    // What it signed is live: it is not taken out of use by mistake.
    let refused = server.command(&["keys", "retire", &old], "").await;
    assert!(refused.sentence().contains("--compromised"), "{refused:?}");
    let retire = ["keys", "retire", &old, "--compromised"];
    server.command(&retire, "").await.succeeded();
    within_a_second(async || !published(&server).await.contains(&old)).await;
    let told = party.introspect(before.text("access_token")).await.unwrap();
    assert!(!told.is_active(), "{told:?}");
    let told = party.introspect(grant.text("access_token")).await.unwrap();
    assert!(told.is_active(), "{told:?}");
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_and_requests_do_not_stand_in_each_others_way() {
    let server = server().await;
    let person = |number| Person::new(&format!("visitor-{number}"), "correct horse battery");
    let people: Vec<Person> = (0..8).map(person).collect();
    server.add_people(&people).await;
    let party = server.add_relying_party("shop", SECRET).await;
    let (stop, served) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut load = JoinSet::new();
    for person in people {
        let (party, stop, served) = (party.clone(), Arc::clone(&stop), Arc::clone(&served));
        load.spawn(async move {
            while !stop.load(Ordering::Acquire) {
                let (_, tokens) = tokens(&party, &person).await;
                let renewed = party.refresh(tokens.text("refresh_token")).await.unwrap();
                assert!(renewed.is_success(), "{renewed:?}");
                served.fetch_add(1, Ordering::AcqRel);
            }
        });
    }
    let began = Instant::now();
    let lines = (0..3).map(|line| a_line_of_commands(&server, line));
    let mut lines: Vec<_> = lines.map(Box::pin).collect();
    let [first, second, third] = &mut lines[..] else {
        unreachable!()
    };
    tokio::join!(first, second, third);
    stop.store(true, Ordering::Release);
    load.join_all().await;
    let served = served.load(Ordering::Acquire);
    println!(
        "{served} sign-ons beside 54 commands in {:?}",
        began.elapsed()
    );
    assert!(served > 10);
    assert_eq!(server.stderr(), "");
}

/// Commands one after the other, each of which must succeed.
async fn a_line_of_commands(server: &Server, line: usize) {
    for number in 0..3 {
        let person = Person::new(&format!("person-{line}-{number}"), "correct horse battery");
        let name = person.name.as_str();
        server.add_person(&person).await;
        let set = ["user", "set-password", name, "--password-stdin"];
        server
            .command(&set, "another horse battery")
            .await
            .succeeded();
        server.command(&["user", "list"], "").await.succeeded();
        let rotate = ["keys", "rotate", "--family", "p256"];
        server.command(&rotate, "").await.succeeded();
        server.add_client(name, Some(SECRET), &[]).await;
        server
            .command(&["client", "delete", name], "")
            .await
            .succeeded();
    }
}
