use std::io::Write;
use std::sync::Mutex;

use axum::Extension;
use axum::routing::{get, post};
use domain::port::fixed::{CountingRandom, FixedClock};
use domain::port::{Changes, Records, Tenant};
use domain::{Client, ClientId, GrantType, Secret, Timestamp};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tracing::subscriber::DefaultGuard;

use super::*;
use crate::config::{Log, LogFormat};

fn watch(limits: Limits) -> Watch {
    Watch {
        metrics: Arc::new(Metrics::new()),
        clock: Arc::new(FixedClock::at(Timestamp::from_seconds(1_700_000_000))),
        random: Arc::new(CountingRandom::default()),
        limits: Arc::new(limits),
        trusted_proxies: Vec::new(),
        behind_tls: true,
        traced: false,
    }
}

fn router(limits: Limits) -> Router {
    async fn panics() {
        panic!("secret-in-panic");
    }
    let router = Router::new()
        .route("/echo/{name}", post(async |body: String| body))
        .route("/slow", get(std::future::pending::<()>))
        .route("/panic", get(panics));
    watched(router, watch(limits))
}

fn request(method: &str, uri: &str) -> http::request::Builder {
    Request::builder().method(method).uri(uri)
}

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_any_other_replaced() {
    for (given, kept) in [("abc-123", true), ("a b", false), ("", false)] {
        let builder = request("POST", "/echo/x").header("x-request-id", given);
        let request = builder.body(Body::empty()).unwrap();
        let response = router(Limits::default()).oneshot(request).await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id == given, kept, "{given}");
        assert!(kept || id.len() == 26, "{id}");
    }
}

#[tokio::test]
async fn answers_with_tokens_are_counted_by_grant() {
    let issue = async || Extension(web::Issued("client_credentials"));
    let router = Router::new().route("/token", post(issue));
    let watch = watch(Limits::default());
    let metrics = Arc::clone(&watch.metrics);
    let post = request("POST", "/token").body(Body::empty()).unwrap();
    watched(router, watch).oneshot(post).await.unwrap();
    let line = "countersign_tokens_issued_total{grant=\"client_credentials\"} 1\n";
    assert!(metrics.text().unwrap().contains(line));
}

#[tokio::test]
async fn a_panic_is_an_answer_in_the_callers_form() {
    let get = request("GET", "/panic").body(Body::empty()).unwrap();
    let response = router(Limits::default()).oneshot(get).await.unwrap();
    assert_eq!(response.status(), 500);
    assert!(text(response).await.contains("\"server_error\""));
    let builder = request("GET", "/panic").header("accept", "text/html,*/*");
    let get = builder.body(Body::empty()).unwrap();
    let response = router(Limits::default()).oneshot(get).await.unwrap();
    assert!(text(response).await.starts_with("<!doctype html>"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up() {
    let get = request("GET", "/slow").body(Body::empty()).unwrap();
    let response = router(Limits::default()).oneshot(get).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
}

#[tokio::test]
async fn more_requests_than_allowed_at_once_are_refused() {
    let limits = Limits {
        concurrent_requests: 0,
        ..Limits::default()
    };
    let get = request("POST", "/echo/x").body(Body::empty()).unwrap();
    let response = router(limits).oneshot(get).await.unwrap();
    assert_eq!(response.status(), 503);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_announced_or_not() {
    let limits = || Limits {
        request_body: 10,
        ..Limits::default()
    };
    let announced = request("POST", "/echo/x").header("content-length", "11");
    let announced = announced.body(Body::from("elevenbytes")).unwrap();
    let response = router(limits()).oneshot(announced).await.unwrap();
    assert_eq!(response.status(), 413);
    let streamed = request("POST", "/echo/x");
    let streamed = streamed.body(Body::from("elevenbytes")).unwrap();
    let response = router(limits()).oneshot(streamed).await.unwrap();
    assert_eq!(response.status(), 413);
}

/// What the refusals are answered with, to programs and to people.
async fn refusals(accept: &str) -> Vec<Response> {
    let none_at_once = Limits {
        concurrent_requests: 0,
        ..Limits::default()
    };
    let small = Limits {
        request_body: 10,
        ..Limits::default()
    };
    let hasty = Limits {
        request_timeout: Duration::from_millis(1),
        ..Limits::default()
    };
    let mut answers = Vec::new();
    for (limits, (method, path), status) in [
        (none_at_once, ("POST", "/echo/x"), 503),
        (small, ("POST", "/echo/x"), 413),
        (hasty, ("GET", "/slow"), 503),
        (Limits::default(), ("GET", "/panic"), 500),
        (Limits::default(), ("GET", "/nowhere"), 404),
    ] {
        let request = request(method, path)
            .header("accept", accept)
            .header("content-length", "11");
        let request = request.body(Body::from("elevenbytes")).unwrap();
        let response = router(limits).oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        answers.push(response);
    }
    answers
}

#[tokio::test]
async fn every_answer_is_protected_whoever_gives_it() {
    for accept in ["*/*", "text/html"] {
        for response in refusals(accept).await {
            let headers = response.headers();
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["x-frame-options"], "DENY");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert_eq!(headers["strict-transport-security"], "max-age=31536000");
            assert_eq!(headers["cache-control"], "no-store");
            assert!(headers.contains_key("x-request-id"));
            let typed = headers.get("content-type").map(|it| it.to_str().unwrap());
            if typed.is_some_and(|typed| typed.starts_with("text/html")) {
                let policy = headers["content-security-policy"].to_str().unwrap();
                assert!(policy.contains("default-src 'none'"), "{policy}");
                assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_may_be_kept_may_still_be() {
    let kept = async || ([("cache-control", "public, max-age=300")], "keys");
    let router = Router::new().route("/keys", get(kept));
    let request = request("GET", "/keys").body(Body::empty()).unwrap();
    let router = watched(router, watch(Limits::default()));
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
        let router = watched(web::router::runtime(&app), watch(Limits::default()));
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
        let response = router(Limits::default())
            .oneshot(builder.body(body).unwrap())
            .await
            .unwrap();
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
