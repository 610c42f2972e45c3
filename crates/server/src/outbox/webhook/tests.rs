use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use domain::port::fixed::CountingRandom;
use domain::{MessageContent, Secret};
use http::{StatusCode, Uri};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Config, Sources, load};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// A configuration of this text.
fn configured(text: &str) -> Config {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("countersign.toml");
    std::fs::write(&path, text).unwrap();
    let sources = Sources {
        file: Some(&path),
        ..Sources::default()
    };
    match load(sources) {
        Ok(loaded) => loaded.config,
        Err(mistakes) => panic!("{mistakes:?}\n{text}"),
    }
}

fn webhook(gateway: &Gateway) -> Webhook {
    let client = || crate::adapter::http::client(&[]);
    Webhook::of(gateway, client).unwrap().unwrap()
}

fn sms() -> Message {
    let content = MessageContent::Sms {
        to: "+14155550123".to_owned(),
        text: Secret::new("Your one-time code is 739104."),
    };
    Message::new(
        content,
        Duration::from_mins(10),
        NOW,
        &CountingRandom::default(),
    )
}

fn voice() -> Message {
    let content = MessageContent::Voice {
        to: "+14155550123".to_owned(),
        text: Secret::new("Your one-time code is 739104."),
        language: "en".to_owned(),
    };
    Message::new(
        content,
        Duration::from_mins(10),
        NOW,
        &CountingRandom::default(),
    )
}

/// A request as docs/messages.md shows it.
fn shown(request: &Request<String>, id: &str) -> String {
    let mut lines = vec![format!("{} {}", request.method(), request.uri())];
    let headers: BTreeMap<_, _> = request
        .headers()
        .iter()
        .filter(|(name, _)| *name != USER_AGENT)
        .map(|(name, value)| match value.to_str().unwrap() {
            signed if signed.starts_with("sha256=") => (name.as_str(), "sha256=..."),
            value => (name.as_str(), value),
        })
        .collect();
    lines.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    lines.push(String::new());
    lines.push(request.body().clone());
    lines.join("\n").replace(id, "06h0cmq05s4th7gmq0j03p39hw")
}

/// The parts of a text between fences of this language.
fn fenced(text: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let parts = text.split(&begin).skip(1);
    parts
        .map(|part| part.split("\n```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn each_example_of_the_documentation_is_sent_as_it_says() {
    let documentation = include_str!("../../../../../docs/messages.md");
    let configurations = fenced(documentation, "toml").into_iter();
    // Those of gateways; what they name is not there.
    let configurations = configurations.filter(|it| it.contains("[sms]") || it.contains("[voice]"));
    let requests = fenced(documentation, "http");
    let configurations: Vec<_> = configurations.collect();
    assert!(configurations.len() >= 6);
    assert_eq!(configurations.len(), requests.len());
    for (configuration, request) in configurations.iter().zip(requests) {
        let config = configured(configuration);
        let (gateway, message) = match &config.sms.url {
            Some(_) => (&config.sms, sms()),
            None => (&config.voice, voice()),
        };
        let sent = webhook(gateway).request(&message).unwrap();
        let sent = shown(&sent, &message.id.to_string());
        assert_eq!(sent, request, "\n{sent}\n");
    }
}

#[test]
fn the_body_is_signed_as_it_is_sent() {
    let config = configured(
        "[sms]\nurl = \"https://sms.example.com/\"\nsigning_secret = \"a long secret\"\n\
         signature_header = \"X-Signature\"\n",
    );
    let request = webhook(&config.sms).request(&sms()).unwrap();
    let signed = signature(b"a long secret", request.body());
    assert_eq!(request.headers()["x-signature"], signed.as_str());
}

/// What a receiver was sent.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<(String, HeaderMap, String)>>>);

/// A receiver that answers with the status that is its path.
async fn receiver() -> (String, Received) {
    async fn take(
        State(received): State<Received>,
        uri: Uri,
        headers: HeaderMap,
        body: String,
    ) -> impl IntoResponse {
        let path = uri.path().trim_start_matches('/').to_owned();
        let status = path.parse::<u16>().unwrap();
        received.0.lock().unwrap().push((path, headers, body));
        let location = [("location", "/200")];
        (
            StatusCode::from_u16(status).unwrap(),
            location,
            "x".repeat(1 << 20),
        )
    }
    let received = Received::default();
    let router = Router::new().fallback(take).with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn a_status_decides_and_no_redirect_is_followed() {
    let (url, received) = receiver().await;
    let answer = async |status: u16| {
        let text = format!("[sms]\nurl = \"{url}/{status}\"\nheaders = [\"X-Key: k1\"]\n");
        webhook(&configured(&text).sms).carry(&sms(), NOW).await
    };
    assert_eq!(answer(202).await, Ok(()));
    let refused = Err(Undelivered::Never(Cause::Status(422)));
    assert_eq!(answer(422).await, refused);
    for status in [302, 429, 503] {
        let later = Err(Undelivered::Later(Cause::Status(status)));
        assert_eq!(answer(status).await, later);
    }
    let received = received.0.lock().unwrap();
    assert_eq!(received.len(), 5);
    let (_, headers, body) = &received[0];
    assert_eq!(headers["x-key"], "k1");
    assert_eq!(headers["content-type"], "application/json");
    let id = sms().id.to_string();
    assert_eq!(headers["idempotency-key"], id.as_str());
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["text"], "Your one-time code is 739104.");
    assert_eq!(body["id"], id);
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_without_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = format!("[sms]\nurl = \"http://{address}/send?key=s3cret-of-the-gateway\"\n");
    let answer = webhook(&configured(&text).sms).carry(&sms(), NOW).await;
    let Err(Undelivered::Later(Cause::Unreachable(text))) = answer else {
        panic!("{answer:?}");
    };
    assert!(
        !text.contains("s3cret") && text.contains("refused"),
        "{text}"
    );
}
