//! Whole operations against a server that says what a test has it say.

mod refusal;

use std::collections::VecDeque;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use jose::strict_base64url::encode;
use serde_json::{Value, json};

use super::*;
use crate::device::tests::MemoryStore;
use crate::picture::tests::jpeg;
use crate::transport::Connection;

const DATA: &str = r#"[{"Amount":"12.50 EUR"}]"#;

/// What a server is asked and says: an answer for each message that it gets.
type Answer = fn(&Value) -> Vec<Value>;

/// A server that answers each text message by this, and each frame with a result.
struct Scripted {
    answer: Answer,
    connections: Arc<AtomicUsize>,
    said: Arc<Mutex<Vec<String>>>,
}

struct Line {
    answer: Answer,
    said: Arc<Mutex<Vec<String>>>,
    waiting: VecDeque<String>,
}

impl Connect for Scripted {
    fn connect(&self) -> Result<Box<dyn Connection>, Error> {
        self.connections.fetch_add(1, Ordering::AcqRel);
        let limits = json!({
            "text": 16384, "frame": 262_154, "width": 640, "height": 480, "window": 2,
            "framesPerAttempt": 300, "sessionSeconds": 300,
        });
        let hello = json!({"type": "hello", "session": "s", "nonce": "n", "limits": limits});
        Ok(Box::new(Line {
            answer: self.answer,
            said: Arc::clone(&self.said),
            waiting: [hello.to_string()].into(),
        }))
    }
}

impl Connection for Line {
    fn send(&mut self, text: &str) -> Result<(), Error> {
        self.said.lock().unwrap().push(text.to_owned());
        let answers = (self.answer)(&serde_json::from_str(text).unwrap());
        self.waiting.extend(answers.iter().map(Value::to_string));
        Ok(())
    }

    fn send_frame(&mut self, message: Vec<u8>) -> Result<(), Error> {
        let frame = json!({"type": "frame", "bytes": message.len()});
        let answers = (self.answer)(&frame);
        self.said.lock().unwrap().push(frame.to_string());
        self.waiting.extend(answers.iter().map(Value::to_string));
        Ok(())
    }

    fn receive(&mut self, _: Duration) -> Result<Option<String>, Error> {
        Ok(self.waiting.pop_front())
    }

    fn close(&mut self) {}
}

/// A person who does what is asked, or does not.
struct Person {
    approves: bool,
    pin: Option<&'static str>,
    guided: Mutex<Vec<Guidance>>,
}

impl Screen for Person {
    fn approve(&self, _: Vec<Pair>) -> bool {
        self.approves
    }

    fn agree(&self, _: Consent) -> bool {
        self.approves
    }

    fn enter_pin(&self, _: u32) -> Option<String> {
        self.pin.map(str::to_owned)
    }

    fn guide(&self, guidance: Guidance) {
        self.guided.lock().unwrap().push(guidance);
    }
}

/// A camera that counts how often it is on.
#[derive(Default)]
struct Eye(AtomicUsize);

impl Camera for Eye {
    fn start(&self, _: u32) -> Result<(), CameraFailed> {
        self.0.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    fn frame(&self) -> Result<Frame, CameraFailed> {
        let jpeg = jpeg(640, 480);
        Ok(Frame { jpeg, age: 0 })
    }

    fn stop(&self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

struct Stage {
    recognizer: Recognizer,
    store: Arc<MemoryStore>,
    person: Arc<Person>,
    eye: Arc<Eye>,
    connections: Arc<AtomicUsize>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    fn new(answer: Answer) -> Self {
        Self::of(answer, true, Some("271828"))
    }

    fn of(answer: Answer, approves: bool, pin: Option<&'static str>) -> Self {
        let (store, eye) = (Arc::new(MemoryStore::default()), Arc::new(Eye::default()));
        let guided = Mutex::default();
        let person = Arc::new(Person {
            approves,
            pin,
            guided,
        });
        let platform = Platform {
            store: Arc::clone(&store) as _,
            camera: Arc::clone(&eye) as _,
            screen: Arc::clone(&person) as _,
        };
        let (connections, said) = (Arc::default(), Arc::default());
        let server = Box::new(Scripted {
            answer,
            connections: Arc::clone(&connections),
            said: Arc::clone(&said),
        });
        let setup = Setup {
            customer: "demo-shop".to_owned(),
            ..Setup::default()
        };
        let recognizer = Recognizer::with_server(setup, platform, server).unwrap();
        Self {
            recognizer,
            store,
            person,
            eye,
            connections,
            said,
        }
    }

    /// The same, with somebody who has enrolled.
    fn enrolled(self) -> Self {
        let mut record = Record::new("demo-shop", "user-123", &[7; 32]);
        record.keyless_id = Some("alice".to_owned());
        self.store.create_key().unwrap();
        record.save(&*self.store).unwrap();
        self
    }

    fn said(&self, kind: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap();
        let said = said
            .iter()
            .map(|it| serde_json::from_str::<Value>(it).unwrap());
        said.filter(|it| it["type"] == kind).collect()
    }

    fn number(&self, authentication: &Authentication) -> u32 {
        let ended = self.recognizer.authenticate(authentication);
        ended.unwrap_err().number()
    }
}

fn by_pin() -> Authentication {
    Authentication {
        by: By::Pin("314159".to_owned()),
        ..Authentication::default()
    }
}

fn username(username: &str) -> Enrollment {
    Enrollment {
        username: username.to_owned(),
        ..Enrollment::default()
    }
}

fn opened() -> Value {
    json!({"type": "opened", "operation": "authenticate", "factors": ["face", "pin"], "attempts": 3})
}

/// What a server says at the end, to the device that asked.
fn result(operation: &str, factor: &str, device: &str) -> Value {
    let kid = factor.to_uppercase();
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": kid}).to_string();
    let claims = json!({"iat": 1, "sub": "alice"}).to_string();
    let jwt = format!("{}.{}.{}", encode(header), encode(claims), encode([0; 64]));
    json!({
        "type": "result", "operation": operation, "factor": factor, "keylessId": "alice",
        "deviceId": device, "jwt": jwt,
    })
}

/// A server that asks for one pose and is content with the first frame.
fn enrolling(said: &Value) -> Vec<Value> {
    static DEVICE: Mutex<String> = Mutex::new(String::new());
    match said["type"].as_str() {
        Some("open") => {
            *DEVICE.lock().unwrap() = said["device"]["id"].as_str().unwrap().to_owned();
            let consent = json!({"version": "1", "text": "Your face is measured."});
            vec![
                json!({"type": "opened", "operation": "enrol", "factors": ["face"],
                "attempts": 3, "pin": "optional", "consent": consent}),
            ]
        }
        Some("begin") => vec![
            json!({"type": "weather", "is": "fine"}),
            json!({"type": "challenge", "attempt": 1, "seconds": 20, "poses": 1}),
            json!({"type": "pose", "number": 1, "pose": "center", "seconds": 5}),
        ],
        Some("frame") => vec![
            json!({"type": "feedback", "frame": 1, "hint": "ok", "progress": 1.0}),
            result("enrol", "face", &DEVICE.lock().unwrap()),
        ],
        _ => vec![],
    }
}

#[test]
fn somebody_enrols_and_is_known_afterwards() {
    let stage = Stage::new(enrolling);
    let mut enrollment = username("user-123");
    enrollment.pin = Some("271828".to_owned());
    let success = stage.recognizer.enroll(&enrollment).unwrap();
    assert_eq!(success.keyless_id, "alice");
    assert_eq!(stage.recognizer.user_id().as_deref(), Ok("alice"));
    assert_eq!(stage.said("open")[0]["operation"], "enrol");
    assert_eq!(stage.said("begin")[0]["newPin"], "271828");
    assert_eq!(stage.eye.0.load(Ordering::Acquire), 0, "the camera is off");
    assert_eq!(stage.person.guided.lock().unwrap().len(), 2);
    for name in ["user-123", "user-124"] {
        let again = stage.recognizer.enroll(&username(name)).unwrap_err();
        assert_eq!(again.number(), 1002, "nobody is overwritten");
    }
    stage.recognizer.reset().unwrap();
    assert_eq!(stage.recognizer.user_id(), Err(Error::NotEnrolled));
}

#[test]
fn an_enrolment_whose_end_is_not_known_is_taken_up_with_the_same_device() {
    let cut = Stage::new(|said| match said["type"].as_str() {
        Some("open") => vec![json!({"type": "error", "code": "SERVER_INTERNAL_ERROR"})],
        _ => vec![],
    });
    for operation in ["enrol", "auth-or-enrol"] {
        let ended = cut.recognizer.enroll(&username("user-123"));
        assert_eq!(ended.unwrap_err().number(), 5000);
        assert_eq!(cut.said("open").last().unwrap()["operation"], operation);
    }
    let opens = cut.said("open");
    assert_eq!(opens[0]["device"], opens[1]["device"]);
    // Somebody else is somebody else's device.
    let _ = cut.recognizer.enroll(&username("user-124"));
    let other = cut.said("open").pop().unwrap();
    assert_eq!(other["operation"], "enrol");
    assert_ne!(other["device"], opens[0]["device"]);
}

#[test]
fn an_enrolment_that_is_taken_up_again_takes_a_new_secret() {
    let stage = Stage::new(enrolling);
    stage.store.create_key().unwrap();
    let earlier = Record::new("demo-shop", "user-123", &[7; 32]);
    earlier.save(&*stage.store).unwrap();
    stage.recognizer.enroll(&username("user-123")).unwrap();
    assert_eq!(stage.said("open")[0]["operation"], "auth-or-enrol");
    let sent = stage.said("begin")[0]["secret"].clone();
    assert_ne!(sent, encode([7; 32]));
    // It is the one that was kept.
    let kept: Value = serde_json::from_slice(&stage.store.load().unwrap().unwrap()).unwrap();
    assert_eq!(kept["secret"], sent);
}

#[test]
fn whether_person_and_device_are_active_is_asked_without_biometrics() {
    let active = Stage::new(|said| match said["type"].as_str() {
        Some("open") => vec![opened()],
        _ => vec![],
    })
    .enrolled();
    assert_eq!(active.recognizer.validate(Some("token".to_owned())), Ok(()));
    assert_eq!(active.said("open")[0]["authorization"]["token"], "token");
    assert_eq!(
        (active.said("begin").len(), active.said("cancel").len()),
        (0, 1)
    );
    let deleted = Stage::new(|_| vec![json!({"type": "error", "code": "SERVER_USER_NOT_FOUND"})]);
    let refused = deleted.enrolled().recognizer.validate(None);
    assert_eq!(refused.unwrap_err().number(), 534);
}

#[test]
fn who_cancels_in_front_of_the_camera_is_30003() {
    let endless: Answer = |said| match said["type"].as_str() {
        Some("open") => vec![opened()],
        Some("begin") => vec![
            json!({"type": "challenge", "attempt": 1, "seconds": 20, "poses": 1}),
            json!({"type": "pose", "number": 1, "pose": "center", "seconds": 5}),
        ],
        _ => vec![],
    };
    let stage = Stage::new(endless).enrolled();
    std::thread::scope(|scope| {
        let operation = scope.spawn(|| stage.number(&Authentication::default()));
        while stage.said("frame").is_empty() {
            std::thread::yield_now();
        }
        let busy = stage.recognizer.authenticate(&by_pin());
        assert_eq!(busy.unwrap_err().number(), 1002, "one at a time");
        stage.recognizer.cancel();
        assert_eq!(operation.join().unwrap(), 30003);
    });
    assert_eq!(stage.said("frame").len(), 2, "the window");
    assert_eq!(stage.eye.0.load(Ordering::Acquire), 0, "the camera is off");
}
