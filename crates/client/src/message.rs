//! The messages of a session, as they are on the wire (docs/recognize-protocol.md §3).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Deviation, Error, Refusal};
use crate::transaction::Pair;

/// What a server says, apart from what this client does not know.
#[derive(Debug)]
pub(crate) enum Told {
    Hello(Hello),
    Opened(Opened),
    Challenge(Challenge),
    Pose(Turn),
    Feedback(Feedback),
    Failure(Failure),
    Result(Outcome),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Hello {
    pub(crate) limits: Limits,
}

/// What a session is bounded by; those of `hello` count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limits {
    pub(crate) text: usize,
    pub(crate) frame: usize,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) window: u32,
    pub(crate) frames_per_attempt: u32,
    pub(crate) session_seconds: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Opened {
    pub(crate) operation: Operation,
    pub(crate) factors: Vec<String>,
    #[serde(default)]
    pub(crate) pin: Option<String>,
    #[serde(default)]
    pub(crate) transaction: Option<Shown>,
    #[serde(default)]
    pub(crate) consent: Option<Consent>,
}

/// What is done in a session, or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    Enrol,
    Authenticate,
    AuthOrEnrol,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    pub(crate) digest: String,
    pub(crate) pairs: Vec<Pair>,
}

/// What a person agrees to before their face is measured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Consent {
    /// Which text it is.
    pub version: String,
    /// The text.
    pub text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) poses: u8,
}

/// How a person is to hold their head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pose {
    /// Looking straight into the camera.
    Center,
    /// Turned towards their own left shoulder.
    Left,
    /// Turned towards their own right shoulder.
    Right,
}

/// A pose, one of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Turn {
    /// Which of the series it is, from 1.
    pub number: u8,
    /// The pose.
    pub pose: Pose,
    /// How many seconds there are for it.
    pub seconds: u64,
}

/// What a server says to a frame.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Feedback {
    /// Which frame.
    pub frame: u32,
    /// What to tell the person.
    pub hint: String,
    /// How much of the attempt is done, from 0 to 1.
    pub progress: f64,
    /// Where the face is, as parts of the picture's width and height.
    #[serde(default)]
    pub face: Option<Place>,
}

/// A rectangle in a picture, as parts of its width and height from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    pub(crate) attempts_left: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    pub(crate) operation: Operation,
    pub(crate) factor: String,
    pub(crate) keyless_id: String,
    pub(crate) device_id: String,
    pub(crate) jwt: String,
    #[serde(default)]
    pub(crate) receipt: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    retry_after: Option<u64>,
}

impl Told {
    /// Reads a text message; `None` for one of a type that this client does not know.
    ///
    /// The message `error` is an error.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, Error> {
        let message = jose::json::parse_object(text.as_bytes());
        let message = Value::Object(message.map_err(|_| Deviation::Unreadable)?);
        let kind = message.get("type").and_then(Value::as_str);
        let kind = kind.ok_or(Deviation::Unreadable)?.to_owned();
        Ok(Some(match kind.as_str() {
            "hello" => Self::Hello(members(message)?),
            "opened" => Self::Opened(members(message)?),
            "challenge" => Self::Challenge(members(message)?),
            "pose" => Self::Pose(members(message)?),
            "feedback" => Self::Feedback(members(message)?),
            "failure" => Self::Failure(members(message)?),
            "result" => Self::Result(members(message)?),
            "error" => return Err(Error::Refused(members::<Refused>(message)?.into())),
            // "A client ignores server messages of a type that it does not know."
            _ => return Ok(None),
        }))
    }
}

fn members<T: for<'de> Deserialize<'de>>(message: Value) -> Result<T, Deviation> {
    serde_json::from_value(message).map_err(|_| Deviation::Unreadable)
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self {
            code: refused.code,
            message: refused.message,
            cause: refused.cause,
            retry_after: refused.retry_after,
        }
    }
}

/// The message `cancel`.
pub(crate) const CANCEL: &str = r#"{"type":"cancel"}"#;

/// A message as it is sent.
pub(crate) fn said(message: &impl Serialize) -> String {
    // Texts and numbers under text keys always are JSON.
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the protocol's page, of one type each.
    fn examples(kind: &str) -> Vec<String> {
        let protocol = include_str!("../../../docs/recognize-protocol.md");
        let examples = protocol.split("```json").skip(1);
        let examples = examples.filter_map(|it| it.split("```").next());
        let named = format!(r#""type": "{kind}""#);
        let of = examples.filter(|it| it.contains(&named));
        // One example has two messages.
        of.flat_map(|it| it.trim().split("\n```\n"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_examples_of_the_protocol_are_read() {
        for kind in [
            "hello",
            "opened",
            "challenge",
            "pose",
            "feedback",
            "failure",
        ] {
            for example in examples(kind) {
                assert!(matches!(Told::read(&example), Ok(Some(_))), "{example}");
            }
        }
        let results = examples("result");
        assert!(matches!(Told::read(&results[0]), Ok(Some(Told::Result(_)))));
        let Ok(Some(Told::Hello(hello))) = Told::read(&examples("hello")[0]) else {
            panic!("no hello");
        };
        let limits = hello.limits;
        assert_eq!(
            (limits.text, limits.frame, limits.window),
            (16384, 262_154, 1)
        );
        let Err(Error::Refused(refusal)) = Told::read(&examples("error")[0]) else {
            panic!("no error");
        };
        assert_eq!(refusal.retry_after, Some(412));
        let malformed = Told::read(&examples("error")[1]).unwrap_err();
        assert_eq!(malformed.number(), 1008);
    }

    #[test]
    fn members_and_types_that_are_not_known_are_passed_over() {
        let more = r#"{"type":"challenge","poses":4,"colour":"red"}"#;
        assert!(matches!(Told::read(more), Ok(Some(Told::Challenge(_)))));
        assert!(matches!(
            Told::read(r#"{"type":"weather","poses":4}"#),
            Ok(None)
        ));
    }

    #[test]
    fn what_cannot_be_read_is_a_deviation() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"challenge"}"#,
            r#"{"type":"challenge","poses":4,"poses":5}"#,
            r#"{"type":"challenge","poses":300}"#,
            r#"{"type":"pose","number":1,"pose":"upside-down","seconds":5}"#,
            r#"{"type":"error"}"#,
        ] {
            let told = Told::read(text).unwrap_err();
            assert_eq!(told, Deviation::Unreadable.into(), "{text}");
        }
    }
}
