//! What commands know of the server beside them, whose configuration they need not be given.

use std::time::Duration;

use domain::Timestamp;
use serde_json::Value;

use super::{Files, Server, run};

const ACCESS_TOKENS: &str = "COUNTERSIGN_TOKENS_ACCESS_TOKEN_LIFETIME";

/// What is added for clocks and caches.
const MARGIN: Duration = Duration::from_hours(1);

/// Lets the next key of a family sign; returns when that was, and until when the one before stays.
fn rotate(data: &str, family: &str) -> (Timestamp, Timestamp) {
    let place = ["--data-dir", data, "--json"];
    let keys = run(&[&["keys", "rotate", "--family", family][..], &place].concat()).json();
    let time = |state: &str, field: &str| -> Timestamp {
        let is_it = |key: &&Value| key["family"] == family && key["state"] == state;
        let key = keys.as_array().unwrap().iter().find(is_it).unwrap();
        key[field].as_str().unwrap().parse().unwrap()
    };
    (
        time("active", "activated"),
        time("retired", "published_until"),
    )
}

#[test]
fn a_rotation_spares_every_token_that_the_server_has_signed() {
    let files = Files::new();
    let data = files.path("data");
    let long = Duration::from_hours(30 * 24);
    let server = Server::start_with(&data, &[(ACCESS_TOKENS, "30d")]);
    let (now, until) = rotate(&data, "p256");
    assert!(
        until >= now + long && until <= now + long + MARGIN,
        "{until}"
    );
    drop(server.stop());

    // Tokens of before the restart outlive those of after it.
    let server = Server::start_with(&data, &[(ACCESS_TOKENS, "5m")]);
    let (later, until) = rotate(&data, "rsa");
    assert!(
        until >= now + long && until <= later + long + MARGIN,
        "{until}"
    );
    drop(server.stop());
}

#[test]
fn how_long_tokens_live_is_known_when_the_server_has_stopped() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    drop(server.stop());
    let (now, until) = rotate(&data, "p256");
    assert!(until >= now + Duration::from_hours(2), "{until}");
}

#[test]
fn a_client_is_told_the_issuer_of_the_server_and_not_of_the_command() {
    let files = Files::new();
    let data = files.path("data");
    let add = |id: &str| {
        let uri = "https://shop.example.com/callback";
        let shop = [
            "client",
            "add",
            "--name",
            "Shop",
            "--public",
            "--redirect-uri",
            uri,
        ];
        let added = run(&[&shop[..], &["--id", id, "--data-dir", &data]].concat());
        assert_eq!(added.code, 0, "{}", added.err);
        added.out
    };
    let before = add("early");
    assert!(
        before.contains("  issuer         http://127.0.0.1:9031\n"),
        "{before}"
    );
    let environment = [("COUNTERSIGN_SERVER_PUBLIC_URL", "http://localhost:8080/id/")];
    let server = Server::start_with(&data, &environment);
    let told = add("late");
    assert!(
        told.contains("  issuer         http://localhost:8080/id\n"),
        "{told}"
    );
    let discovery = "http://localhost:8080/id/.well-known/openid-configuration";
    assert!(
        told.contains(&format!("  discovery      {discovery}\n")),
        "{told}"
    );
    drop(server.stop());
}
