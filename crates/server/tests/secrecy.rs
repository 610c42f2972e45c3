//! Secrets stay secret: a whole journey, right and wrong, with the log at its most talkative, and
//! then a search for every secret in everything that the process has written.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

#[path = "secrecy/collector.rs"]
mod collector;
#[path = "secrecy/journey.rs"]
mod journey;
#[path = "secrecy/search.rs"]
mod search;

use data_encoding::HEXLOWER;
use http::Method;
use testkit::Http;
use testkit::process::{Person, Server, Setup, Speech, files};

use collector::Collector;
use journey::travel;
use search::Secrets;

/// With characters that forms, JSON, URLs and debug output all write in their own way.
const ADMINISTRATOR: &str = "Adm1n!strat0r \"+&=%/\\ gr\u{fc}n";
const PASSWORD: &str = "P4ssw0rd \"+&=%/\\ gr\u{fc}n of alice";
const NEAR_MISS: &str = "P4ssw0rd \"+&=%/\\ grun of alice";
const NEW_PASSWORD: &str = "N3w pass \"+&=%/\\ gr\u{fc}n of alice";
const BOB: &str = "B0bs pass \"+&=%/\\ gr\u{fc}n of bob";
const CLIENT: &str = "Cl1ent secret \"+&=%/\\ of the shop";
const WRONG_CLIENT: &str = "Wr0ng secret \"+&=%/\\ of the shop";
const ADMIN_MADE: &str = "Adm1n made \"+&=%/\\ secret of a client";
const TOTP: &str = "KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF";

fn alice() -> Person {
    Person {
        totp_secret: Some(TOTP.to_owned()),
        ..Person::new("alice", PASSWORD)
    }
}

/// The journey with the log in one format, and the search.
async fn nothing_leaks(format: &str) {
    let collector = Collector::open().await;
    let mut server = Setup::of(env!("CARGO_BIN_EXE_countersign"))
        .with("COUNTERSIGN_TELEMETRY_OTLP_ENDPOINT", &collector.url)
        .with("COUNTERSIGN_ADMIN_PASSWORD", ADMINISTRATOR)
        .with("COUNTERSIGN_LOG_LEVEL", "trace")
        .with("COUNTERSIGN_LOG_FORMAT", format)
        .with("COUNTERSIGN_SIGN_ON_LOCKOUT_LIMIT", "100")
        .start()
        .await;
    server.add_person(&alice()).await;
    server.add_person(&Person::new("bob", BOB)).await;
    let party = server.add_relying_party("shop", CLIENT).await;
    let mut secrets = travel(&server, Speech::Http1, party.clone(), true).await;
    let more = travel(&server, Speech::Http2, party, false).await;
    secrets.0.extend(
        more.0
            .into_iter()
            .map(|(what, it)| (format!("{what} (h2)"), it)),
    );
    // While it runs, what was written last is in the log of the database.
    assert_nothing_in_files(&server, &secrets);
    server.restart().await;
    server.terminate();
    assert!(server.wait().await.success());
    assert_nothing_in_files(&server, &secrets);

    let log = server.stderr();
    let written = format!("{}{log}", server.stdout());
    let found = secrets.occurring(written.as_bytes());
    assert!(found.is_empty(), "the log has {found:#?}");
    let found = secrets.occurring(&collector.bytes());
    assert!(found.is_empty(), "the traces have {found:#?}");
    let spans = collector.spans();
    let named = |name: &str| spans.iter().any(|(_, span)| span.name == name);
    assert!(named("POST /as/token.oauth2") && named("GET /idp/userinfo.openid"));
    // It did say something.
    assert!(log.contains("TRACE") && log.contains("/as/token.oauth2"));
    println!(
        "{} secrets, {} KiB of log",
        secrets.0.len(),
        written.len() / 1024
    );
}

fn assert_nothing_in_files(server: &Server, secrets: &Secrets) {
    let files = files(&server.data_dir());
    assert!(files.iter().any(|file| file.ends_with("countersign.db")));
    for file in files {
        let content = std::fs::read(&file).unwrap();
        let found = secrets.occurring(&content);
        assert!(found.is_empty(), "{} has {found:#?}", file.display());
    }
}

/// Traces go to where the configuration says, by OTLP, and continue those of whoever calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_span_of_each_request_within_the_trace_of_its_caller() {
    let collector = Collector::open().await;
    let mut server = Setup::of(env!("CARGO_BIN_EXE_countersign"))
        .with("COUNTERSIGN_TELEMETRY_OTLP_ENDPOINT", &collector.url)
        .with("COUNTERSIGN_TELEMETRY_SERVICE_NAME", "the front desk")
        .start()
        .await;
    // W3C Trace Context §3.2: version, trace-id, parent-id, trace-flags.
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let keys = Http::default().request(Method::GET, format!("{}/pf/JWKS", server.url()));
    let keys = keys.header("traceparent", traceparent).send().await;
    let _ = keys.expect_status(200);
    let span = collector.awaited("GET /pf/JWKS").await;
    assert_eq!(
        HEXLOWER.encode(&span.trace),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(HEXLOWER.encode(&span.parent), "b7ad6b7169203331");
    // What was noted last is sent before the process ends.
    let heartbeat = format!("{}/.well-known/openid-configuration", server.url());
    let _ = Http::default().get(heartbeat).await.expect_status(200);
    server.terminate();
    assert!(server.wait().await.success());
    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|(_, span)| &*span.name).collect();
    assert!(
        names.contains(&"GET /.well-known/openid-configuration"),
        "{names:?}"
    );
    assert!(spans.iter().all(|(service, _)| service == "the front desk"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_written_with_a_log_for_people() {
    nothing_leaks("human").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_written_with_a_log_for_machines() {
    nothing_leaks("json").await;
}
