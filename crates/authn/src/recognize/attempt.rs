//! Frames come in until somebody was recognised or not.

use std::time::Duration;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::Refusal;
use super::message::{self, FRAME_HEADER, MAX_FRAME, MAX_FRAMES};

/// Where the person is to turn the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pose {
    /// Into the camera.
    Center,
    /// Towards their own left shoulder.
    Left,
    /// Towards their own right shoulder.
    Right,
}

impl Pose {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// What an attempt is going to be, and what is asked for at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Where to turn the head.
    pub pose: Pose,
    /// For how many seconds that is waited for.
    pub seconds: u64,
    /// How many poses are still to come after this one.
    pub remaining: u8,
}

/// What was seen in a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What to tell the person, by a word of the protocol.
    pub hint: &'static str,
    /// How much of the attempt is done, from 0 to 1.
    pub progress: f32,
    /// Where the face is, as shares of the picture's width and height: its upper left corner, its width
    /// and its height.
    pub face: Option<[f32; 4]>,
    /// Whether a face was compared, in this frame or an earlier one: whoever goes on from there knows
    /// something, and whoever breaks off has failed.
    pub compared: bool,
    /// How soon after this frame the next one is wanted: until then this one is not answered.
    pub pause: Duration,
    /// What becomes of the attempt.
    pub verdict: Verdict,
}

/// What becomes of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It goes on.
    Going,
    /// It goes on with another pose.
    Pose(Next),
    /// It was passed; with what is to be kept of the face, if it is to be enrolled.
    Passed(Option<Vec<u8>>),
    /// It was not passed.
    Failed(Fault),
}

/// Why an attempt was not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The face is another one.
    NoMatch,
    /// The poses were not seen in time, or not of one face that moves as faces do.
    NotSeen,
    /// The PIN is another one.
    WrongPin,
    /// The session came to its end before the attempt did.
    BrokenOff,
}

impl Fault {
    /// The code by which it is told. RTS art. 4(3)(a): of what a person types and what their device
    /// has, it does not say which was wrong.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoMatch => "SERVER_FACE_DOES_NOT_MATCH",
            Self::NotSeen | Self::WrongPin | Self::BrokenOff => "SERVER_RECOGNITION_FAILED",
        }
    }

    /// Its name in the audit log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NoMatch => "face_does_not_match",
            Self::NotSeen => "recognition_failed",
            Self::WrongPin => "wrong_pin",
            Self::BrokenOff => "broken_off",
        }
    }
}

/// Why a frame is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// It has no picture, or is longer than it may be.
    #[error("a frame is longer or shorter than it may be")]
    Length,
    /// It is no JPEG frame of this version of the protocol.
    #[error("a frame is of a kind that there is not")]
    Kind,
    /// Frames are numbered one after the other.
    #[error("a frame is out of its order")]
    Order,
    /// There are too many.
    #[error("there are more frames than one attempt takes")]
    TooMany,
    /// Its picture cannot be decoded, or is larger or smaller than it may be.
    #[error("a frame is no JPEG picture of the size that is allowed")]
    Picture,
}

/// A frame, as it came; its picture is wiped when it is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    number: u32,
    pose: u8,
    picture: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// Reads a binary message, without looking at the picture.
    pub fn read(message: &[u8]) -> Result<Self, FrameFault> {
        if message.len() <= FRAME_HEADER || message.len() > MAX_FRAME {
            return Err(FrameFault::Length);
        }
        let [1, pose, a, b, c, d, _, _, _, _, picture @ ..] = message else {
            return Err(FrameFault::Kind);
        };
        Ok(Self {
            number: u32::from_be_bytes([*a, *b, *c, *d]),
            pose: *pose,
            picture: Zeroizing::new(picture.to_vec()),
        })
    }

    /// The picture.
    pub fn into_picture(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.picture)
    }
}

/// What is to be done with a frame that came.
#[derive(Debug, PartialEq, Eq)]
pub enum WhatCame {
    /// To look at it, and then to tell [`Attempts::seen`].
    Look(Frame),
    /// Nothing: it is answered with this.
    PassedOver(String),
}

/// The attempts of one session: which frame and which pose it is at.
#[derive(Debug, Default)]
pub struct Attempts {
    /// Which attempt it is, from 1.
    attempt: u32,
    /// The number of the last frame of the session.
    last: u32,
    /// How many frames of this attempt were looked at.
    looked: u32,
    /// Which pose of the session it is, from 1; none before the first attempt.
    pose: u8,
}

impl Attempts {
    /// A new attempt: what the client is told.
    pub fn begin(&mut self, next: Next, seconds: u64) -> [String; 2] {
        self.attempt += 1;
        self.looked = 0;
        // Frames that were under way when the last attempt failed have the number of its last pose.
        self.pose = self.pose.saturating_add(1);
        let poses = next.remaining.saturating_add(1);
        [
            message::challenge(self.attempt, seconds, poses),
            self.pose_message(next),
        ]
    }

    /// A frame came, if one may come now.
    pub fn came(&mut self, message: &[u8]) -> Result<WhatCame, Refusal> {
        if self.pose == 0 {
            return Err(Refusal::Unexpected);
        }
        let frame = Frame::read(message)?;
        if Some(frame.number) != self.last.checked_add(1) {
            return Err(FrameFault::Order.into());
        }
        self.last = frame.number;
        self.looked += 1;
        if self.looked > MAX_FRAMES {
            return Err(FrameFault::TooMany.into());
        }
        // It was under way when something else was asked for.
        if frame.pose != self.pose {
            return Ok(WhatCame::PassedOver(feedback(self.last, "wait", 0.0, None)));
        }
        Ok(WhatCame::Look(frame))
    }

    /// What the client is told of the frame that was looked at.
    pub fn seen(&mut self, seen: &Seen) -> Vec<String> {
        let told = feedback(self.last, seen.hint, seen.progress, seen.face);
        match seen.verdict {
            Verdict::Pose(next) => {
                self.pose = self.pose.saturating_add(1);
                vec![told, self.pose_message(next)]
            }
            Verdict::Going | Verdict::Passed(_) | Verdict::Failed(_) => vec![told],
        }
    }

    fn pose_message(&self, next: Next) -> String {
        message::pose(self.pose, next.pose.name(), next.seconds)
    }
}

fn feedback(frame: u32, hint: &str, progress: f32, face: Option<[f32; 4]>) -> String {
    let rounded = |share: f32| (f64::from(share) * 1000.0).round() / 1000.0;
    let mut message = json!({
        "type": "feedback", "frame": frame, "hint": hint, "progress": rounded(progress),
    });
    if let (Some([x, y, width, height]), Some(members)) = (face, message.as_object_mut()) {
        let face = json!({
            "x": rounded(x), "y": rounded(y), "width": rounded(width), "height": rounded(height),
        });
        members.insert("face".to_owned(), face);
    }
    Value::to_string(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Next = Next {
        pose: Pose::Center,
        seconds: 5,
        remaining: 1,
    };

    fn frame(number: u32, pose: u8) -> Vec<u8> {
        let [a, b, c, d] = number.to_be_bytes();
        vec![1, pose, a, b, c, d, 0, 0, 0x0b, 0xb8, 0xff, 0xd8]
    }

    fn seen(verdict: Verdict) -> Seen {
        Seen {
            hint: "ok",
            progress: 0.5,
            face: Some([0.25, 0.25, 0.5, 0.5]),
            compared: true,
            pause: Duration::ZERO,
            verdict,
        }
    }

    fn code(result: Result<WhatCame, Refusal>) -> &'static str {
        result.unwrap_err().code()
    }

    #[test]
    fn no_frame_is_expected_before_the_first_pose() {
        let mut attempts = Attempts::default();
        assert_eq!(code(attempts.came(&frame(1, 1))), "SERVER_INVALID_STATE");
    }

    #[test]
    fn frames_follow_the_poses() {
        let mut attempts = Attempts::default();
        let [challenge, pose] = attempts.begin(FIRST, 20);
        assert_eq!(
            challenge,
            r#"{"attempt":1,"poses":2,"seconds":20,"type":"challenge"}"#
        );
        assert_eq!(
            pose,
            r#"{"number":1,"pose":"center","seconds":5,"type":"pose"}"#
        );
        let WhatCame::Look(first) = attempts.came(&frame(1, 1)).unwrap() else {
            panic!("not looked at");
        };
        assert_eq!(first.into_picture(), [0xff, 0xd8]);
        let next = Next {
            pose: Pose::Left,
            seconds: 6,
            remaining: 0,
        };
        let told = attempts.seen(&seen(Verdict::Pose(next)));
        assert!(told[0].contains(r#""width":0.5"#) && told[1].contains(r#""pose":"left""#));
        let late = attempts.came(&frame(2, 1)).unwrap();
        assert!(matches!(late, WhatCame::PassedOver(told) if told.contains(r#""hint":"wait""#)));
        let on = attempts.came(&frame(3, 2)).unwrap();
        assert!(matches!(on, WhatCame::Look(_)));
    }

    #[test]
    fn frames_of_an_attempt_that_has_failed_are_none_of_the_next() {
        let mut attempts = Attempts::default();
        let _ = attempts.begin(FIRST, 20);
        let failed = attempts.came(&frame(1, 1)).unwrap();
        assert!(matches!(failed, WhatCame::Look(_)));
        attempts.seen(&seen(Verdict::Failed(Fault::NotSeen)));
        let [_, pose] = attempts.begin(FIRST, 20);
        assert!(pose.contains(r#""number":2"#), "{pose}");
        let under_way = attempts.came(&frame(2, 1)).unwrap();
        assert!(matches!(under_way, WhatCame::PassedOver(_)));
        let new = attempts.came(&frame(3, 2)).unwrap();
        assert!(matches!(new, WhatCame::Look(_)));
    }

    #[test]
    fn frames_that_are_none_end_the_session() {
        let mut attempts = Attempts::default();
        let _ = attempts.begin(FIRST, 20);
        let mut other = frame(1, 1);
        other[0] = 2;
        let long = [frame(1, 1), vec![0; MAX_FRAME]].concat();
        for bad in [&[][..], &frame(1, 1)[..10], &other, &long, &frame(2, 1)] {
            assert_eq!(code(attempts.came(bad)), "SERVER_INVALID_REQUEST");
        }
        for number in 1..=MAX_FRAMES {
            assert!(attempts.came(&frame(number, 1)).is_ok());
        }
        let more = attempts.came(&frame(MAX_FRAMES + 1, 1));
        assert_eq!(code(more), "SERVER_INVALID_REQUEST");
    }
}
