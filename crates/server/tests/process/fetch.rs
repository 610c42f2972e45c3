//! What the server fetches from addresses that others give, and where it does not go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::process::{Server, Setup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{administer, setup};

/// A host of this machine that publishes a document to whoever asks, and counts them.
async fn publish(document: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let length = document.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, asked)
}

async fn add(server: &Server, id: &str, keys: &str) {
    let client = json!({
        "clientId": id,
        "name": id,
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "PRIVATE_KEY_JWT" },
        "jwksSettings": { "jwksUrl": keys },
    });
    administer(server, "/oauth/clients", &client).await;
}

/// Asks for a token with an assertion of this client; returns the status.
async fn token(server: &Server, id: &str, key: &SigningKey) -> (u16, Value) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test of a process has no clock but the machine's"
    )]
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({
        "iss": id,
        "sub": id,
        "aud": server.url(),
        "jti": format!("{id} {now}"),
        "exp": now + 60,
    });
    let assertion = sign_compact(key, Header::new(), claims.to_string().as_bytes()).unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair(
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        )
        .append_pair("client_assertion", &assertion)
        .finish();
    let request = server
        .http()
        .post(format!("{}/as/token.oauth2", server.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_at_addresses_that_are_not_public_are_not_fetched_unless_that_is_allowed() {
    let mut server = setup().start().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let set = json!({ "keys": [key.jwk().to_public_value().unwrap()] });
    let (port, asked) = publish(set.to_string()).await;
    let addresses = [
        ("loopback", format!("https://127.0.0.1:{port}/keys")),
        ("loopback-name", format!("https://localhost:{port}/keys")),
        ("loopback-6", format!("https://[::1]:{port}/keys")),
        ("mapped", format!("https://[::ffff:127.0.0.1]:{port}/keys")),
        ("decimal", format!("https://2130706433:{port}/keys")),
        ("any", format!("https://0.0.0.0:{port}/keys")),
        ("private", "https://10.0.0.1/keys".to_owned()),
        ("link-local", "https://169.254.169.254/latest".to_owned()),
        ("link-local-6", "https://[fe80::1]/keys".to_owned()),
        ("unique-local", "https://[fd00::1]/keys".to_owned()),
    ];
    for (id, address) in &addresses {
        add(&server, id, address).await;
        let (status, refused) = token(&server, id, &key).await;
        assert_eq!(status, 401, "{address}");
        assert_eq!(refused["error"], "invalid_client", "{address}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "somebody was asked");
    let log = server.stderr();
    let forbidden = log.matches("the host is in no network that may be reached");
    assert!(forbidden.count() >= addresses.len(), "{log}");

    // Without TLS a client's keys are fetched from nowhere but here, where that is allowed, and no
    // longer than it is.
    let allow = |allowed: &'static str| {
        move |setup: Setup| setup.with("COUNTERSIGN_FETCH_LOOPBACK_HTTP", allowed)
    };
    server.reconfigure(allow("true"));
    server.restart().await;
    let here = format!("http://127.0.0.1:{port}/keys");
    add(&server, "http", &here).await;
    let (status, issued) = token(&server, "http", &key).await;
    assert_eq!(status, 200, "{issued}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let (status, _) = token(&server, "link-local", &key).await;
    assert_eq!(status, 401);
    server.reconfigure(allow("false"));
    server.restart().await;
    let (status, _) = token(&server, "http", &key).await;
    assert_eq!(status, 401);
    let reason = "the address does not begin with https";
    crate::until(|| server.stderr().contains(reason)).await;
}
