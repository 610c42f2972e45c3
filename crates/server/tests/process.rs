//! The process: how it starts, what it refuses to start with, what it tells, and how it ends.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "process/connection.rs"]
mod connection;
#[path = "process/limit.rs"]
mod limit;
#[path = "process/readiness.rs"]
mod readiness;
#[path = "process/start.rs"]
mod start;
#[path = "process/twin.rs"]
mod twin;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::process::{RelyingParty, Server, Setup};

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

/// Waits until something is so.
async fn until(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never was so");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
