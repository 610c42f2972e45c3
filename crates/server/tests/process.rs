//! The process: how it starts, what it refuses to start with, what it tells, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "process/connection.rs"]
mod connection;
#[path = "process/country.rs"]
mod country;
#[path = "process/device.rs"]
mod device;
#[path = "process/fetch.rs"]
mod fetch;
#[path = "process/limit.rs"]
mod limit;
#[path = "process/message.rs"]
mod message;
#[path = "process/mutual_tls.rs"]
mod mutual_tls;
#[path = "process/readiness.rs"]
mod readiness;
#[path = "process/recognize.rs"]
mod recognize;
#[path = "process/start.rs"]
mod start;
#[path = "process/twin.rs"]
mod twin;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::process::{ADMINISTRATOR_PASSWORD, RelyingParty, Server, Setup};

const SECRET: &str = "the secret of the client 0815";

fn setup() -> Setup {
    Setup::of(env!("CARGO_BIN_EXE_countersign"))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Adds a client that may ask for tokens of its own.
async fn machine(server: &Server) -> RelyingParty {
    server.add_client("machine", Some(SECRET), &[]).await
}

/// Makes something through the administration API.
async fn administer(server: &Server, path: &str, resource: &serde_json::Value) {
    let credentials = format!("Administrator:{ADMINISTRATOR_PASSWORD}");
    let credentials = data_encoding::BASE64.encode(credentials.as_bytes());
    let url = format!("{}/pf-admin-api/v1{path}", server.admin_url());
    let request = server
        .http()
        .post(url)
        .header("authorization", format!("Basic {credentials}"))
        .header("x-xsrf-header", "PingFederate")
        .header("content-type", "application/json")
        .body(resource.to_string());
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(status, 201, "{path}: {}", answer.text().await.unwrap());
}

/// Waits until something is so.
async fn until(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never was so");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
