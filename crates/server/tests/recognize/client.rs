//! The client that runs on devices of people, against this server. Its camera has scripted faces.

use std::sync::{Arc, Mutex};

use ::client::{
    Authentication, By, Camera, CameraFailed, Consent, Enrollment, Error, Frame, Guidance, Pair,
    Platform, Recognizer, Screen, Setup, SoftwareStore, Success,
};
use authn::recognize::{EnrolledDevice, TransactionProfile};
use http::Method;
use serde_json::json;
use testkit::House;

use super::DATA;
use super::api::{call, verify};
use super::authorization::{claims, key, publish, token, vouching};

const PIN: &str = "271828";

/// A person with their device: a face in front of the camera, and a screen on which they approve.
struct Person {
    face: Mutex<&'static str>,
    shown: Mutex<Vec<Vec<Pair>>>,
    consents: Mutex<Vec<Consent>>,
}

impl Camera for Person {
    fn start(&self, _: u32) -> Result<(), CameraFailed> {
        Ok(())
    }

    /// The beginning of a JPEG picture of 640 x 480 pixels, and what the script takes for a face.
    fn frame(&self) -> Result<Frame, CameraFailed> {
        let start = b"\xff\xd8\xff\xc0\0\x09\x08\x01\xe0\x02\x80\x01\0";
        let jpeg = [start, self.face.lock().unwrap().as_bytes()].concat();
        Ok(Frame { jpeg, age: 0 })
    }

    fn stop(&self) {}
}

impl Screen for Person {
    fn approve(&self, pairs: Vec<Pair>) -> bool {
        self.shown.lock().unwrap().push(pairs);
        true
    }

    fn agree(&self, consent: Consent) -> bool {
        self.consents.lock().unwrap().push(consent);
        true
    }

    fn enter_pin(&self, _: u32) -> Option<String> {
        None
    }

    fn guide(&self, _: Guidance) {}
}

/// An app on a device.
struct App {
    recognizer: Arc<Recognizer>,
    person: Arc<Person>,
    _directory: tempfile::TempDir,
}

impl App {
    fn new(house: &House) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let person = Arc::new(Person {
            face: Mutex::new("alice"),
            shown: Mutex::default(),
            consents: Mutex::default(),
        });
        let platform = Platform {
            store: Arc::new(SoftwareStore::new(directory.path()).unwrap()),
            camera: Arc::clone(&person) as _,
            screen: Arc::clone(&person) as _,
        };
        let setup = Setup {
            customer: "demo".to_owned(),
            hosts: vec![house.url.clone()],
            lang: Some("de".to_owned()),
            ..Setup::default()
        };
        Self {
            recognizer: Arc::new(Recognizer::new(setup, platform).unwrap()),
            person,
            _directory: directory,
        }
    }

    /// What an operation comes to, in the background as an app has it.
    async fn ended<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Recognizer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let recognizer = Arc::clone(&self.recognizer);
        let ended = tokio::task::spawn_blocking(move || operation(&recognizer));
        ended.await.unwrap()
    }

    async fn enroll(&self, authorization: Option<String>) -> Result<Success, Error> {
        let enrollment = Enrollment {
            username: "user-123".to_owned(),
            authorization,
            ..Enrollment::default()
        };
        self.ended(move |it| it.enroll(&enrollment)).await
    }

    async fn authenticate(&self, by: By, data: Option<&str>) -> Result<Success, Error> {
        let authentication = Authentication {
            by,
            transaction_data: data.map(str::to_owned),
            ..Authentication::default()
        };
        self.ended(move |it| it.authenticate(&authentication)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_002_the_client_shows_signs_and_the_backend_verifies() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let app = App::new(&house);
    let enrolled = app.enroll(None).await.unwrap();
    let consents = app.person.consents.lock().unwrap().clone();
    assert!(consents[0].text.starts_with("Ihr Gesicht"), "{consents:?}");
    let success = app.authenticate(By::default(), Some(DATA)).await.unwrap();
    assert_eq!(success.keyless_id, enrolled.keyless_id);
    let shown = app.person.shown.lock().unwrap().clone();
    let shown: Vec<_> = shown[0].iter().map(|it| (&*it.label, &*it.value)).collect();
    assert_eq!(shown, [("Amount", "12.50 EUR"), ("Payee", "Demo Shop")]);
    let told = |data: String| {
        let body = json!({"jwt": success.signed_jwt, "transactionData": data});
        verify(&house, key.expose(), body)
    };
    let tampered = told(DATA.replace("12.50", "99.50")).await;
    assert_eq!(tampered["reason"], "TRANSACTION_DATA_MISMATCH");
    assert_eq!(told(DATA.to_owned()).await["valid"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_seen_is_shown_written_out_and_signed_as_it_is() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let app = App::new(&house);
    app.enroll(None).await.unwrap();
    let data = r#"[{"Payee":"Demo\u202e Shop ⟨1⟩\n"},{"Payee":"\u200bגן e\u0301"}]"#;
    let success = app.authenticate(By::default(), Some(data)).await;
    assert!(success.is_ok(), "{success:?}");
    let shown = app.person.shown.lock().unwrap().clone();
    assert_eq!(shown[0][0].value, "Demo⟨U+202E⟩ Shop ⟨U+27E8⟩1⟩⟨U+000A⟩");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_000_only_who_is_vouched_for_enrols_and_nobody_else_is_looked_at() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    let key = key("one");
    publish(&house, &[&key]);
    let mut expired = claims(&house);
    expired["exp"] = (house.now().seconds() - 300).into();
    let mut other = claims(&house);
    other["sub"] = "user-124".into();
    let app = App::new(&house);
    for bad in [
        None,
        Some("nonsense".to_owned()),
        Some(token(&key, &expired)),
        Some(token(&key, &other)),
    ] {
        let refused = app.enroll(bad).await.unwrap_err();
        assert_eq!(
            (refused.number(), refused.name()),
            (5003, "SERVER_FORBIDDEN")
        );
    }
    assert_eq!(house.faces.looked(), 0);
    let good = token(&key, &claims(&house));
    app.enroll(Some(good.clone())).await.unwrap();
    let looked = house.faces.looked();
    let spent = App::new(&house).enroll(Some(good)).await.unwrap_err();
    assert_eq!(spent.number(), 5003, "a token is good for one session");
    assert_eq!(house.faces.looked(), looked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_face_is_30004_and_five_failures_are_30007() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let app = App::new(&house);
    app.enroll(None).await.unwrap();
    *app.person.face.lock().unwrap() = "mallory";
    let failed = app.authenticate(By::default(), None).await.unwrap_err();
    assert_eq!(
        (failed.number(), failed.name()),
        (30004, "SERVER_NO_ATTEMPTS_LEFT")
    );
    let fifth = app.authenticate(By::default(), None).await.unwrap_err();
    assert_eq!((fifth.number(), fifth.retry_after()), (30007, Some(600)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_is_set_given_and_removed() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |it| it.pin = true).await;
    let app = App::new(&house);
    app.enroll(None).await.unwrap();
    let face = |new_pin: Option<&str>, remove_pin| By::Face {
        new_pin: new_pin.map(str::to_owned),
        remove_pin,
        camera_delay_seconds: 0,
    };
    let pin = || By::Pin(PIN.to_owned());
    let none = app.authenticate(pin(), None).await.unwrap_err();
    assert_eq!(none.number(), 1002, "there is no PIN yet");
    app.authenticate(face(Some(PIN), false), None)
        .await
        .unwrap();
    let looked = house.faces.looked();
    let success = app.authenticate(pin(), Some(DATA)).await.unwrap();
    assert_eq!(house.faces.looked(), looked);
    assert!(!success.signed_jwt.contains(PIN));
    app.authenticate(face(None, true), None).await.unwrap();
    assert_eq!(
        app.authenticate(pin(), None).await.unwrap_err().number(),
        1002
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_the_backend_has_revoked_is_534() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let key = environment.add_customer("demo", |_| {}).await;
    let app = App::new(&house);
    let enrolled = app.enroll(None).await.unwrap();
    app.ended(|it| it.validate(None)).await.unwrap();
    let path = format!(
        "/v2/users/{}/devices/{}",
        enrolled.keyless_id, enrolled.device_id
    );
    call(&house, key.expose(), Method::DELETE, &path, None).await;
    assert!(
        environment
            .records
            .all::<EnrolledDevice>()
            .await
            .unwrap()
            .is_empty()
    );
    let refused = app.ended(|it| it.validate(None)).await.unwrap_err();
    assert_eq!(
        (refused.number(), refused.name()),
        (534, "SERVER_USER_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_extended_profile_brings_a_receipt() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let extended = |it: &mut authn::recognize::Customer| it.profile = TransactionProfile::Extended;
    environment.add_customer("demo", extended).await;
    let app = App::new(&house);
    app.enroll(None).await.unwrap();
    let success = app.authenticate(By::default(), Some(DATA)).await.unwrap();
    assert!(success.receipt.is_some());
}
