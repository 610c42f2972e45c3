//! What people are sent, from process to gateway.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use testkit::process::{RelyingParty, Server, Setup, files};
use tokio::net::TcpListener;

use crate::{SECRET, setup, until};

const PASSWORD: &str = "likes long passwords";

const NUMBER: &str = "+4915112345678";

const TOKEN: &str = "t0ken-of-the-gateway-3fa9";

const SIGNING_SECRET: &str = "signing-s3cret-of-the-gateway-77";

/// A gateway, and what it was sent.
#[derive(Clone, Default)]
struct Gateway {
    requests: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    /// What it answers first, before it takes everything.
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Gateway {
    fn serve(&self, listener: TcpListener) {
        async fn take(
            State(gateway): State<Gateway>,
            headers: HeaderMap,
            body: String,
        ) -> StatusCode {
            let message = serde_json::from_str(&body).unwrap();
            gateway.requests.lock().unwrap().push((headers, message));
            let status = gateway.answers.lock().unwrap().pop().unwrap_or(202);
            StatusCode::from_u16(status).unwrap()
        }
        let router = Router::new().route("/sms", post(take));
        let router = router.with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    fn texts(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        let text = |(_, it): &(HeaderMap, Value)| it["text"].as_str().unwrap().to_owned();
        requests.iter().map(text).collect()
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// A server that sends text messages by a gateway at this address.
fn with_gateway(address: &str) -> Setup {
    setup()
        .with("COUNTERSIGN_SMS_URL", &format!("http://{address}/sms"))
        .with(
            "COUNTERSIGN_SMS_HEADERS",
            &format!("Authorization: Bearer {TOKEN}"),
        )
        .with("COUNTERSIGN_SMS_SIGNING_SECRET", SIGNING_SECRET)
        .with("COUNTERSIGN_DEVICES_CODE_LENGTH", "10")
}

async fn add(server: &Server, name: &str) {
    let arguments = [
        "user",
        "add",
        name,
        "--password-stdin",
        "--sms-code",
        NUMBER,
    ];
    server.command(&arguments, PASSWORD).await.succeeded();
}

async fn shop(server: &Server) -> RelyingParty {
    server.add_relying_party("shop", SECRET).await
}

/// Comes as far as the page that asks for the code that was sent.
async fn ask_for_a_code(server: &Server, shop: &RelyingParty, name: &str) {
    let mut browser = server.browser();
    let page = browser
        .open(&shop.authorization(&"v".repeat(43), &[]))
        .await;
    let fields = [("username", name), ("password", PASSWORD)];
    let page = browser.submit(&page.unwrap(), &fields).await.unwrap();
    assert!(page.shows("one-time-code"), "{page:?}");
}

/// An address at which nobody listens yet.
async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_before_a_power_cut_is_sent_after_it() {
    let (listening, address) = listener().await;
    drop(listening);
    let mut server = with_gateway(&address).start().await;
    add(&server, "alice").await;
    let shop = shop(&server).await;
    ask_for_a_code(&server, &shop, "alice").await;
    until(|| server.stderr().contains("a message was not taken")).await;
    server.kill();
    let gateway = Gateway::default();
    gateway.serve(TcpListener::bind(&address).await.unwrap());
    server.start().await;
    until(|| gateway.count() == 1).await;
    assert_eq!(gateway.requests.lock().unwrap()[0].1["to"], NUMBER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_one_sends_it() {
    let (listening, address) = listener().await;
    let gateway = Gateway::default();
    gateway.serve(listening);
    let one = with_gateway(&address).start().await;
    let mut two = one.twin();
    two.start().await;
    let shop = shop(&one).await;
    for number in 0..8 {
        add(&one, &format!("alice{number}")).await;
    }
    for number in 0..8 {
        ask_for_a_code(&one, &shop, &format!("alice{number}")).await;
    }
    until(|| gateway.count() == 8).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut ids: Vec<String> = gateway
        .requests
        .lock()
        .unwrap()
        .iter()
        .map(|(_, message)| message["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 8);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_message_is_written_where_it_can_be_read() {
    let (listening, address) = listener().await;
    let gateway = Gateway::default();
    // The second is refused for good, the first at first.
    *gateway.answers.lock().unwrap() = vec![422, 202, 503];
    gateway.serve(listening);
    let mut server = with_gateway(&address)
        .with("COUNTERSIGN_LOG_LEVEL", "trace")
        .start()
        .await;
    let shop = shop(&server).await;
    for (name, count) in [("alice", 2), ("bob", 3)] {
        add(&server, name).await;
        ask_for_a_code(&server, &shop, name).await;
        until(|| gateway.count() == count).await;
    }
    until(|| server.stderr().contains("a message cannot be delivered")).await;
    let texts = gateway.texts();
    assert_eq!(texts[0], texts[1]);
    let codes = texts.iter().map(|text| {
        let digits = text.split(|letter: char| !letter.is_ascii_digit());
        digits.max_by_key(|it| it.len()).unwrap().to_owned()
    });
    let mut secrets: Vec<String> = codes.collect();
    assert!(secrets.iter().all(|code| code.len() == 10), "{texts:?}");
    secrets.extend([NUMBER, TOKEN, SIGNING_SECRET].map(str::to_owned));
    secrets.extend(texts);
    // While it runs, what was written last is in the log of the database.
    let kept = files(&server.data_dir());
    let kept: Vec<_> = kept.iter().map(|it| std::fs::read(it).unwrap()).collect();
    server.terminate();
    assert!(server.wait().await.success());
    let log = server.stderr();
    assert!(log.contains("TRACE"));
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "the log has {secret}");
        let in_file = |file: &Vec<u8>| {
            let mut windows = file.windows(secret.len());
            windows.any(|it| it == secret.as_bytes())
        };
        assert!(!kept.iter().any(in_file), "a file has {secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_listed_with_where_their_codes_go() {
    let server = setup().start().await;
    let arguments = [
        ["user", "add", "alice", "--password-stdin"],
        [
            "--email-code",
            "alice@example.com",
            "--voice-code",
            "+49 30 1234567",
        ],
    ];
    let added = server.command(&arguments.concat(), PASSWORD).await;
    added.succeeded();
    let listed = server.command(&["user", "list", "--json"], "").await;
    let listed = listed.succeeded().json();
    let devices = &listed[0]["devices"];
    assert_eq!(devices[0]["type"], "email");
    assert_eq!(devices[0]["target"], "a***@e***.com");
    assert_eq!(devices[1]["target"], "*******67");
    assert!(!listed.to_string().contains("1234567"));
    let listed = server.command(&["user", "list"], "").await.succeeded();
    assert!(listed.stdout.contains("email,voice"));
    let wrong = [
        "user",
        "add",
        "bob",
        "--password-stdin",
        "--sms-code",
        "030123",
    ];
    let wrong = server.command(&wrong, PASSWORD).await;
    assert!(wrong.stderr.contains("it is not a number such as"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_cannot_be_sent_is_not_offered() {
    let server = setup().start().await;
    add(&server, "alice").await;
    let shop = shop(&server).await;
    let mut browser = server.browser();
    let page = browser
        .open(&shop.authorization(&"v".repeat(43), &[]))
        .await;
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let page = browser.submit(&page.unwrap(), &fields).await.unwrap();
    // Nobody is asked for a code that cannot be sent: to have a device that cannot be asked is not to have
    // none, and she does not sign on without it.
    assert!(!page.shows("one-time-code"), "{page:?}");
    assert_eq!(page.parameter("code"), None, "{page:?}");
}
