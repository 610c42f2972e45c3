//! Face recognition without faces, and a client of its session protocol that is written from
//! docs/recognize-protocol.md alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use authn::recognize::{Fault, Next, Pose, Seen, Verdict};
use domain::port::{Pending, ready};
use futures_util::{SinkExt, StreamExt};
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use jose::strict_base64url::{self, encode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use web::{FaceAttempt, FaceClaim, Faces, NotLooked, TemplateUnusable};

/// How many frames it takes to be recognised.
const FRAMES: usize = 3;

/// Takes the text of a frame for the face in it: `alice` is always alike. `-` is no face, `!` no
/// picture, and a face that becomes another one is not recognised.
#[derive(Default)]
pub struct ScriptedFaces {
    looked: Arc<AtomicUsize>,
}

impl ScriptedFaces {
    /// How many frames were looked at, of all sessions.
    pub fn looked(&self) -> usize {
        self.looked.load(Ordering::Acquire)
    }
}

struct Scripted {
    looked: Arc<AtomicUsize>,
    /// What turns a face into what is kept of it.
    rotation: Vec<u8>,
    template: Option<Vec<u8>>,
    /// What turns it from now on, if it is enrolled anew.
    anew: Option<Vec<u8>>,
    seen: Vec<Vec<u8>>,
}

impl Faces for ScriptedFaces {
    fn attempt(
        &self,
        claim: FaceClaim<'_>,
        _seed: [u8; 32],
    ) -> Result<Box<dyn FaceAttempt>, TemplateUnusable> {
        Ok(Box::new(Scripted {
            looked: Arc::clone(&self.looked),
            rotation: [claim.secret.as_slice(), claim.context].concat(),
            template: claim.template.map(<[u8]>::to_vec),
            anew: claim
                .new_secret
                .map(|new| [new.as_slice(), claim.context].concat()),
            seen: Vec::new(),
        }))
    }

    fn reads(&self, template: &[u8]) -> bool {
        template.len() == 32
    }
}

impl Scripted {
    fn verdict(&mut self, picture: &[u8]) -> Verdict {
        if self.seen.iter().any(|earlier| earlier != picture) {
            return Verdict::Failed(Fault::NotSeen);
        }
        self.seen.push(picture.to_vec());
        if self.seen.len() == FRAMES - 1 {
            return Verdict::Pose(Next {
                pose: Pose::Left,
                seconds: 5,
                remaining: 0,
            });
        }
        if self.seen.len() < FRAMES {
            return Verdict::Going;
        }
        let kept = |by: &Vec<u8>| sha256(&[by.as_slice(), picture].concat()).to_vec();
        match &self.template {
            None => Verdict::Passed(Some(kept(&self.rotation))),
            Some(template) if *template == kept(&self.rotation) => {
                Verdict::Passed(self.anew.as_ref().map(kept))
            }
            Some(_) => Verdict::Failed(Fault::NoMatch),
        }
    }
}

impl FaceAttempt for Scripted {
    fn first(&self) -> (Next, u64) {
        let next = Next {
            pose: Pose::Center,
            seconds: 5,
            remaining: 1,
        };
        (next, 20)
    }

    fn look(&mut self, picture: Vec<u8>, _at: Duration) -> Pending<'_, Result<Seen, NotLooked>> {
        self.looked.fetch_add(1, Ordering::AcqRel);
        if picture == b"!" {
            return ready(Err(NotLooked::Picture));
        }
        let (hint, verdict) = match picture.as_slice() {
            b"-" => ("no-face", Verdict::Going),
            _ => ("ok", self.verdict(&picture)),
        };
        ready(Ok(Seen {
            hint,
            progress: 0.5,
            face: None,
            compared: !self.seen.is_empty(),
            pause: Duration::ZERO,
            verdict,
        }))
    }
}

/// A device of somebody: a key and a secret.
pub struct FaceDevice {
    key: SigningKey,
    secret: [u8; 32],
}

impl FaceDevice {
    /// A device whose secret has these bytes.
    pub fn new(secret: u8) -> Self {
        Self {
            key: SigningKey::generate(Algorithm::Es256).unwrap(),
            secret: [secret; 32],
        }
    }

    /// The same key with another secret.
    #[must_use]
    pub fn with_secret(&self, secret: u8) -> Self {
        Self {
            key: self.key.clone(),
            secret: [secret; 32],
        }
    }

    /// Its id.
    pub fn id(&self) -> String {
        self.key.jwk().thumbprint()
    }

    /// What it signs to begin, with the secrets beside it.
    fn begin(&self, said: &[String], claims: Value, beside: Value) -> String {
        let mut transcript = b"countersign recognize v2\0".to_vec();
        for said in said {
            transcript.extend(u32::try_from(said.len()).unwrap().to_be_bytes());
            transcript.extend(said.as_bytes());
        }
        let mut secrets = b"countersign recognize secrets v2\0".to_vec();
        secrets.extend(self.secret);
        for pin in ["pin", "newPin"] {
            let pin = beside[pin].as_str().unwrap_or_default();
            secrets.push(u8::try_from(pin.len()).unwrap());
            secrets.extend(pin.as_bytes());
        }
        secrets.push(u8::from(beside["removePin"].as_bool().unwrap_or_default()));
        let new = beside["newSecret"].as_str().unwrap_or_default();
        secrets.extend(strict_base64url::decode(new).unwrap());
        let mut signed = json!({
            "transcript": encode(sha256(&transcript)),
            "factor": "face",
            "secrets": encode(sha256(&secrets)),
        });
        crate::house::merge(&mut signed, claims);
        let jwk = Value::Object(self.key.jwk().to_public_value().unwrap());
        let header = Header::new()
            .with_typ("recognize-begin+jwt")
            .with("jwk", jwk);
        let proof = sign_compact(&self.key, header, signed.to_string().as_bytes()).unwrap();
        let mut begin = json!({"type": "begin", "proof": proof, "secret": encode(self.secret)});
        crate::house::merge(&mut begin, beside);
        begin.to_string()
    }
}

/// A session of Recognize, as a client has it.
pub struct FaceSession {
    stream: WebSocketStream<TcpStream>,
    /// `hello`, `open` and `opened`, as they were on the wire.
    said: Vec<String>,
    frame: u32,
    /// The number of the last pose.
    pose: u8,
}

impl FaceSession {
    /// Connects to the server at this URL, as a page of this origin if there is one; the status when it
    /// is no session.
    pub async fn connect(url: &str, origin: Option<&str>) -> Result<Self, u16> {
        let origin = origin.map(|origin| ("Origin", origin));
        Self::connect_with(url, origin.as_slice()).await
    }

    /// Connects to the house at this URL with these headers; the status when it is no session.
    pub async fn connect_with(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let rest = url.strip_prefix("http://").expect("plain HTTP");
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        let mut stream = TcpStream::connect(address).await.unwrap();
        let headers = headers.iter();
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let headers = headers.concat();
        let request = format!(
            "GET {path}/recognize/v2 HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: recognize.v2\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        if status != 101 {
            return Err(status);
        }
        assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
        let stream = WebSocketStream::from_raw_socket(stream, Role::Client, None);
        let mut session = Self {
            stream: stream.await,
            said: Vec::new(),
            frame: 0,
            pose: 0,
        };
        let hello = session.receive_text().await.unwrap();
        session.said.push(hello);
        Ok(session)
    }

    /// Opens the session with these members besides the device's; what the server says to that.
    pub async fn open(&mut self, device: &FaceDevice, members: Value) -> Value {
        let mut open = json!({"type": "open", "device": {"id": device.id()}});
        crate::house::merge(&mut open, members);
        let open = open.to_string();
        self.send(&open).await;
        let opened = self.receive_text().await.expect("an answer to open");
        let told = serde_json::from_str(&opened).unwrap();
        self.said.extend([open, opened]);
        told
    }

    /// Has the device sign that the person agrees, with more claims, and secrets beside them.
    pub async fn begin(&mut self, device: &FaceDevice, claims: Value, beside: Value) {
        let begin = device.begin(&self.said, claims, beside);
        self.send(&begin).await;
    }

    /// The same, with all that was shown in `opened` approved and agreed to; with the first pose
    /// awaited, if there is one.
    pub async fn agree(&mut self, device: &FaceDevice) -> Value {
        let opened: Value = serde_json::from_str(&self.said[2]).unwrap();
        let claims = json!({
            "transaction": opened["transaction"]["digest"],
            "consent": opened["consent"]["version"],
        });
        self.begin(device, claims, json!({})).await;
        let answer = self.receive().await;
        match answer["type"] == "challenge" {
            true => self.receive().await,
            false => answer,
        }
    }

    /// Shows a face in frame after frame, following the poses, until there is something else to say.
    pub async fn show(&mut self, face: &str) -> Value {
        loop {
            self.send_frame(self.pose, face.as_bytes()).await;
            let told = self.receive().await;
            if told["type"] != "feedback" {
                return told;
            }
            if let Some(next) = self.receive_now().await
                && next["type"] != "pose"
            {
                return next;
            }
        }
    }

    /// Sends one frame with this picture, taken at this pose.
    pub async fn send_frame(&mut self, pose: u8, picture: &[u8]) {
        self.frame += 1;
        let mut frame = vec![1, pose];
        frame.extend(self.frame.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(picture);
        self.send_binary(frame).await;
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, message: Vec<u8>) {
        let sent = self.stream.send(Message::Binary(message.into())).await;
        sent.unwrap();
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// The next message.
    pub async fn receive(&mut self) -> Value {
        let text = self.receive_text().await.expect("a message");
        let told: Value = serde_json::from_str(&text).unwrap();
        if told["type"] == "pose" {
            self.pose = u8::try_from(told["number"].as_u64().unwrap()).unwrap();
        }
        told
    }

    /// The next message, if it comes at once.
    async fn receive_now(&mut self) -> Option<Value> {
        let soon = tokio::time::timeout(Duration::from_millis(200), self.receive());
        soon.await.ok()
    }

    /// The next text; `None` when the server has closed the connection.
    pub async fn receive_text(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }
}
