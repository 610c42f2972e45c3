use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::post;
use domain::Secret;
use domain::port::fixed::CountingRandom;
use http::StatusCode;
use jose::jws::{Algorithm, SigningKey};
use tokio::net::TcpListener;

use super::*;
use crate::adapter::fetch::SystemResolver;
use crate::config::Reach;

mod browser;

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

fn message(endpoint: &str) -> Message {
    let content = MessageContent::Push {
        endpoint: endpoint.to_owned(),
        key: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        authentication_secret: Secret::new("BTBZMqHH6r4Tts7J_aSIgg"),
        payload: Secret::new("Approve a payment"),
    };
    Message::new(
        content,
        Duration::from_mins(2),
        NOW,
        &CountingRandom::default(),
    )
}

fn push(reach: Reach) -> WebPush {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let server = ApplicationServer::new(key.jwk(), "mailto:ops@example.com").unwrap();
    let fetch = GuardedFetch {
        reach,
        resolver: Arc::new(SystemResolver),
        connector: Err("nobody is trusted".to_owned()),
    };
    WebPush::new(server, fetch)
}

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A push service that answers with the status that is the subscription's name.
async fn service() -> (String, Received) {
    async fn take(
        State(received): State<Received>,
        Path(status): Path<u16>,
        headers: HeaderMap,
        body: Bytes,
    ) -> StatusCode {
        received.lock().unwrap().push((headers, body));
        StatusCode::from_u16(status).unwrap()
    }
    let received = Received::default();
    let router = Router::new().route("/p/{status}", post(take));
    let router = router.with_state(Arc::clone(&received));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn rfc8030_5_a_notification_is_handed_over_encrypted() {
    let (url, received) = service().await;
    let push = push(Reach {
        loopback_http: true,
        ..Reach::default()
    });
    let answer = async |status: u16| {
        let message = message(&format!("{url}/p/{status}"));
        push.carry(&message, NOW).await
    };
    assert_eq!(answer(201).await, Ok(()));
    for status in [404, 410] {
        assert_eq!(answer(status).await, Err(Undelivered::Never(Cause::Gone)));
    }
    let never = Err(Undelivered::Never(Cause::Status(413)));
    assert_eq!(answer(413).await, never);
    let later = Err(Undelivered::Later(Cause::Status(429)));
    assert_eq!(answer(429).await, later);
    let received = received.lock().unwrap();
    let (headers, body) = &received[0];
    assert_eq!(headers["ttl"], "120");
    assert_eq!(headers["urgency"], "high");
    assert_eq!(headers["topic"].len(), 22);
    assert_eq!(headers["content-encoding"], "aes128gcm");
    let authorization = headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("vapid t=ey") && authorization.contains(", k=B"));
    assert_eq!(body.len(), 86 + "Approve a payment".len() + 1 + 16);
    assert!(!body.windows(7).any(|it| it == b"Approve"));
    assert_eq!(browser::opened(body), b"Approve a payment");
    // RFC 8292 §2: "aud" is the origin of the push service, and "exp" not more than 24 hours from then.
    let claims = browser::vouched(authorization);
    assert_eq!(claims.audiences().unwrap(), [url.as_str()]);
    assert_eq!(claims.subject().unwrap(), Some("mailto:ops@example.com"));
    let expires = claims.expires_at().unwrap().unwrap();
    assert!((1..=86_400).contains(&(expires - NOW.seconds())));
}

#[tokio::test]
async fn an_endpoint_of_a_browser_leads_nowhere_but_to_public_networks() {
    let (url, received) = service().await;
    let guarded = push(Reach::default());
    for endpoint in [
        format!("{url}/p/201"),
        "https://127.0.0.1/p/201".to_owned(),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::1]/".to_owned(),
        "https://user:password@push.example.net/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "mailto:alice@example.com".to_owned(),
        "push".to_owned(),
    ] {
        let answer = guarded.carry(&message(&endpoint), NOW).await;
        let refused = matches!(answer, Err(Undelivered::Never(Cause::Unwritable(_))));
        assert!(refused, "{endpoint}: {answer:?}");
    }
    assert!(received.lock().unwrap().is_empty());
}
