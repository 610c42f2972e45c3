use std::io::Write;
use std::sync::Mutex;

use axum::Extension;
use axum::body::Body;
use axum::routing::{get, post};
use domain::port::fixed::{CountingRandom, FixedClock};
use domain::port::{Changes, Records, Tenant};
use domain::{Client, GrantType, Secret, Timestamp};
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;

use super::*;
use crate::config::{Log, LogFormat};

fn watch() -> Watch {
    Watch {
        metrics: Arc::new(Metrics::new()),
        clock: Arc::new(FixedClock::at(Timestamp::from_seconds(1_700_000_000))),
        random: Arc::new(CountingRandom::default()),
        trusted_proxies: Vec::new(),
        country_header: None,
        behind_tls: true,
        traced: false,
    }
}

fn issued() -> web::Issued {
    web::Issued {
        grant_type: "client_credentials",
        client: Some(ClientId::new("worker")),
        grant: None,
    }
}

fn router() -> Router {
    let router = Router::new().route("/echo/{name}", post(async |body: String| body));
    watched(router, watch())
}

fn request(method: &str, uri: &str) -> http::request::Builder {
    Request::builder().method(method).uri(uri)
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_any_other_replaced() {
    for (given, kept) in [("abc-123", true), ("a b", false), ("", false)] {
        let builder = request("POST", "/echo/x").header("x-request-id", given);
        let request = builder.body(Body::empty()).unwrap();
        let response = router().oneshot(request).await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id == given, kept, "{given}");
        assert!(kept || id.len() == 26, "{id}");
    }
}

#[tokio::test]
async fn answers_with_tokens_are_counted_by_grant() {
    let issue = async || Extension(issued());
    let router = Router::new().route("/token", post(issue));
    let watch = watch();
    let metrics = Arc::clone(&watch.metrics);
    let post = request("POST", "/token").body(Body::empty()).unwrap();
    watched(router, watch).oneshot(post).await.unwrap();
    let line = "countersign_tokens_issued_total{grant=\"client_credentials\"} 1\n";
    assert!(metrics.text().unwrap().contains(line));
}

#[tokio::test]
async fn a_country_is_believed_when_a_trusted_proxy_says_it_once() {
    let told = async |request: Request| match request.extensions().get::<web::Country>() {
        Some(country) => country.0.clone(),
        None => "unknown".to_owned(),
    };
    for (peer, headers, expected) in [
        ("10.0.0.1:1", &["DE"][..], "DE"),
        ("10.0.0.1:1", &[], "unknown"),
        ("10.0.0.1:1", &["FR", "DE"], "unknown"),
        ("192.0.2.1:1", &["DE"], "unknown"),
    ] {
        let watch = Watch {
            trusted_proxies: vec!["10.0.0.1".parse().unwrap()],
            country_header: Some(HeaderName::from_static("cf-ipcountry")),
            ..watch()
        };
        let router = watched(Router::new().route("/", get(told)), watch);
        let peer: SocketAddr = peer.parse().unwrap();
        let mut asked = request("GET", "/").extension(ConnectInfo(peer));
        for country in headers {
            asked = asked.header("cf-ipcountry", *country);
        }
        let response = router.oneshot(asked.body(Body::empty()).unwrap()).await;
        let body = axum::body::to_bytes(response.unwrap().into_body(), 100).await;
        assert_eq!(body.unwrap(), expected, "{peer} {headers:?}");
    }
}

#[tokio::test]
async fn every_answer_is_protected_whoever_gives_it() {
    for (method, path, status) in [
        ("POST", "/echo/x", 200),
        ("GET", "/echo/x", 405),
        ("GET", "/nowhere", 404),
    ] {
        let request = request(method, path).body(Body::empty()).unwrap();
        let response = router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["strict-transport-security"], "max-age=31536000");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers.contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn an_answer_that_may_be_kept_may_still_be() {
    let kept = async || ([("cache-control", "public, max-age=300")], "keys");
    let router = Router::new().route("/keys", get(kept));
    let request = request("GET", "/keys").body(Body::empty()).unwrap();
    let router = watched(router, watch());
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    assert!(!response.headers().contains_key("pragma"));
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Has the log of this thread written to what is returned, until the guard is dropped.
fn captured(format: LogFormat, filter: &str) -> (Captured, DefaultGuard) {
    let log = Log {
        format,
        filter: filter.to_owned(),
    };
    let captured = Captured::default();
    let writer = captured.clone();
    let writer = move || writer.clone();
    let subscriber = super::super::logs::subscriber(&log, None, writer).unwrap();
    (captured, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn what_is_wrong_with_the_server_is_told_by_a_log_of_warnings_alone() {
    let random = Arc::new(CountingRandom::default());
    let store = store::memory(random.clone());
    let grants = [GrantType::ClientCredentials].into();
    let now = Timestamp::from_seconds(1_700_000_000);
    let client = Client::new(ClientId::new("robot"), "Robot", grants, now);
    let mut changes = Changes::none();
    changes.insert(&client.with_secret(Secret::new("the secret of the robot")));
    let records = Records::new(store.clone(), Tenant::DEFAULT);
    records.commit(changes).await.unwrap();
    // There is no key to sign with.
    let app = crate::fixture::app_on(store).await;
    let (captured, guard) = captured(LogFormat::Human, "warn");
    let ask = async |secret: &str| {
        let body = format!("grant_type=client_credentials&client_id=robot&client_secret={secret}");
        let post = request("POST", "/as/token.oauth2")
            .header("content-type", "application/x-www-form-urlencoded");
        let router = watched(web::router::runtime(&app), watch());
        let response = router.oneshot(post.body(Body::from(body)).unwrap()).await;
        response.unwrap().status()
    };
    assert_eq!(ask("the+secret+of+the+robot").await, 500);
    assert_eq!(ask("wrong").await, 401);
    drop(guard);
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("ERROR") && log.contains("no active"), "{log}");
    assert_eq!(log.lines().count(), 1, "a refusal is no warning: {log}");
}

#[tokio::test]
async fn secrets_do_not_get_into_the_log() {
    for format in [LogFormat::Json, LogFormat::Human] {
        let (captured, guard) = captured(format, "trace");
        let builder = request("POST", "/echo/client?code=secret-in-query")
            .header("authorization", "Basic secret-in-authorization")
            .header("cookie", "session=secret-in-cookie")
            .header("x-request-id", "secret in request id")
            .header("referer", "https://rp.example.com/?code=secret-in-referer");
        let body = Body::from("password=secret-in-body");
        let response = router().oneshot(builder.body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        drop(guard);
        let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        assert!(
            log.contains("/echo/client") && log.contains("request_id"),
            "{log}"
        );
        assert!(!log.contains("secret"), "{log}");
    }
}

#[tokio::test]
async fn that_tokens_were_issued_is_told_in_the_line_of_the_request() {
    let (captured, guard) = captured(LogFormat::Json, "info");
    let issue = async || Extension(issued());
    let router = watched(Router::new().route("/token", post(issue)), watch());
    let post = request("POST", "/token").body(Body::empty()).unwrap();
    router.oneshot(post).await.unwrap();
    drop(guard);
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(&log).expect("one line");
    assert_eq!(line["message"], "issued tokens");
    assert_eq!(line["client_id"], "worker");
    assert_eq!(line["grant_type"], "client_credentials");
    assert!(line.get("user").is_none(), "{line}");
}
