//! The messages of a session, as they are on the wire (docs/recognize-protocol.md §3).

use domain::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;

/// The longest text message, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;

/// The longest binary message, in bytes: a picture and what is before it.
pub const MAX_FRAME: usize = 256 * 1024 + FRAME_HEADER;

/// How long the part of a binary message is that is before the picture.
pub(super) const FRAME_HEADER: usize = 10;

/// How many frames there may be in one attempt.
pub const MAX_FRAMES: u32 = 300;

/// How many seconds there are until `open`, until `begin`, between frames, and in all.
pub const OPEN_SECONDS: u64 = 10;
/// See [`OPEN_SECONDS`].
pub const BEGIN_SECONDS: u64 = 180;
/// See [`OPEN_SECONDS`].
pub const SILENCE_SECONDS: u64 = 10;
/// See [`OPEN_SECONDS`].
pub const SESSION_SECONDS: u64 = 300;

/// How many frames may be unanswered: by its answers the server says when the next one is wanted.
const WINDOW: u32 = 1;

/// What a client says.
#[derive(Debug)]
pub enum Said {
    /// Who wants what.
    Open(Box<Open>),
    /// What the device has signed.
    Begin(Begin),
    /// That the person does not want to.
    Cancel,
}

/// The message `open`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Open {
    /// The name of the customer.
    pub customer: Option<String>,
    /// The person, as the customer names them.
    pub username: Option<String>,
    /// What is to be done.
    pub operation: Option<Operation>,
    /// The customer's word that it is they.
    pub authorization: Option<Authorization>,
    /// What is to be approved.
    pub transaction: Option<TransactionAsked>,
    /// The customer's id of this operation.
    pub operation_id: Option<String>,
    /// What the customer notes of this operation.
    pub operation_payload: Option<String>,
    /// The device.
    pub device: DeviceNamed,
    /// The languages of the person.
    pub lang: Option<String>,
    /// Whether a face that is enrolled with this device is to be enrolled anew.
    pub renew: bool,
    /// What stands for all of the customer's members on a page of the server itself.
    pub ticket: Option<String>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// To enrol.
    Enrol,
    /// To authenticate.
    Authenticate,
    /// Whichever it takes.
    AuthOrEnrol,
}

/// The member `authorization` of [`Open`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Authorization {
    /// A JWT.
    pub token: Option<String>,
}

/// The member `transaction` of [`Open`].
#[derive(Clone, Debug, Deserialize)]
pub struct TransactionAsked {
    /// A JSON array as text.
    pub data: String,
}

/// The member `device` of [`Open`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeviceNamed {
    /// The thumbprint of its key.
    pub id: String,
}

/// The message `begin`.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begin {
    /// What the device key has signed.
    pub proof: String,
    /// The secret of the device.
    pub secret: Secret,
    /// What takes the place of the secret, if the face is enrolled anew.
    #[serde(default)]
    pub new_secret: Option<Secret>,
    /// The PIN, if that is the factor.
    #[serde(default)]
    pub pin: Option<Secret>,
    /// A PIN that is to be set.
    #[serde(default)]
    pub new_pin: Option<Secret>,
    /// Whether the PIN is to be removed.
    #[serde(default)]
    pub remove_pin: bool,
}

/// Nothing of it is for a log.
impl std::fmt::Debug for Begin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Begin")
    }
}

impl Said {
    /// Reads a text message.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_TEXT {
            return Err(Refusal::Unreadable);
        }
        let message = jose::json::parse_object(text.as_bytes());
        let message = Value::Object(message.map_err(|_| Refusal::Unreadable)?);
        let kind = message.get("type").and_then(Value::as_str);
        match kind {
            Some("open") => Ok(Self::Open(Box::new(member(message, "open")?))),
            Some("begin") => Ok(Self::Begin(member(message, "begin")?)),
            Some("cancel") => Ok(Self::Cancel),
            Some(_) => Err(Refusal::UnknownType),
            None => Err(Refusal::Invalid("type")),
        }
    }
}

/// What serde says of a text could quote it.
fn member<T: for<'de> Deserialize<'de>>(value: Value, what: &'static str) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|_| Refusal::Invalid(what))
}

/// The message `hello`.
pub(super) fn hello(session: &str, nonce: &str) -> String {
    let limits = json!({
        "text": MAX_TEXT, "frame": MAX_FRAME, "width": 640, "height": 480, "window": WINDOW,
        "framesPerAttempt": MAX_FRAMES, "openSeconds": OPEN_SECONDS, "beginSeconds": BEGIN_SECONDS,
        "silenceSeconds": SILENCE_SECONDS, "sessionSeconds": SESSION_SECONDS,
    });
    let hello = json!({"type": "hello", "session": session, "nonce": nonce, "limits": limits});
    hello.to_string()
}

/// The message `error`.
pub fn error(refusal: &Refusal) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        r#type: &'static str,
        code: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    }
    let told = Told {
        r#type: "error",
        code: refusal.code(),
        message: refusal.message(),
        cause: refusal.cause(),
        retry_after: refusal.retry_after(),
    };
    self::told(&told)
}

/// A message as it is sent.
pub fn told(message: &impl Serialize) -> String {
    // Texts and numbers under text keys always are JSON.
    serde_json::to_string(message).unwrap_or_default()
}

/// The message `failure`.
pub fn failure(code: &str, attempts_left: u32) -> String {
    json!({"type": "failure", "code": code, "attemptsLeft": attempts_left}).to_string()
}

/// The message `challenge`.
pub(super) fn challenge(attempt: u32, seconds: u64, poses: u8) -> String {
    json!({"type": "challenge", "attempt": attempt, "seconds": seconds, "poses": poses}).to_string()
}

/// The message `pose`.
pub(super) fn pose(number: u8, pose: &str, seconds: u64) -> String {
    json!({"type": "pose", "number": number, "pose": pose, "seconds": seconds}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_protocol_are_read() {
        let protocol = include_str!("../../../../docs/recognize-protocol.md");
        let examples = protocol.split("```json").skip(1);
        let examples: Vec<&str> = examples.filter_map(|it| it.split("```").next()).collect();
        let of = |kind: &str| {
            let named = format!(r#""type": "{kind}""#);
            let of = examples.iter().filter(move |it| it.contains(&named));
            of.map(|it| it.trim()).collect::<Vec<_>>()
        };
        assert_eq!(of("open").len(), 2);
        for open in of("open") {
            assert!(matches!(Said::read(open), Ok(Said::Open(_))), "{open}");
        }
        let Ok(Said::Open(open)) = Said::read(of("open")[0]) else {
            panic!("no open");
        };
        assert_eq!(open.operation, Some(Operation::Authenticate));
        assert_eq!(open.operation_id.as_deref(), Some("order-4711"));
        assert!(matches!(Said::read(of("begin")[0]), Ok(Said::Begin(_))));
        assert!(matches!(Said::read(of("cancel")[0]), Ok(Said::Cancel)));
        let documented: Value = serde_json::from_str(of("hello")[0]).unwrap();
        let said: Value = serde_json::from_str(&hello("", "")).unwrap();
        assert_eq!(said["limits"], documented["limits"]);
    }

    #[test]
    fn anything_else_is_refused_by_its_own_code() {
        let long = format!(r#"{{"type":"open","lang":"{}"}}"#, "x".repeat(MAX_TEXT));
        for (text, code) in [
            ("", "SERVER_INVALID_REQUEST"),
            ("[]", "SERVER_INVALID_REQUEST"),
            (
                r#"{"type":"open","type":"cancel"}"#,
                "SERVER_INVALID_REQUEST",
            ),
            (long.as_str(), "SERVER_INVALID_REQUEST"),
            ("{}", "SERVER_VALIDATION_FAILED"),
            (r#"{"type":7}"#, "SERVER_VALIDATION_FAILED"),
            (
                r#"{"type":"open","operation":"delete"}"#,
                "SERVER_VALIDATION_FAILED",
            ),
            (r#"{"type":"begin","proof":""}"#, "SERVER_VALIDATION_FAILED"),
            (r#"{"type":"result"}"#, "SERVER_UNPROCESSABLE_EVENT"),
        ] {
            assert_eq!(Said::read(text).unwrap_err().code(), code, "{text:.60}");
        }
    }
}
