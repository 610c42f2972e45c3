//! Camera frames: which may be sent when, and what they look like on the wire (§3.5 to §3.7).

use std::time::Duration;

use crate::error::{Deviation, Error};
use crate::message::{Limits, Told};
use crate::picture::{self, Frame};

/// The smallest picture, in pixels each way.
const SMALLEST: u16 = 64;

/// What is before the picture in a binary message, in bytes.
const HEADER: usize = 10;

/// Attempts of one session, one after the other. `now` is the time since the session began.
pub(crate) struct Attempts {
    limits: Limits,
    /// When the challenge of this attempt came, and the number of its last pose.
    challenge: Option<(Duration, u8)>,
    /// The number of the pose that is asked for.
    pose: Option<u8>,
    /// The number of the pose that was told last: "`number` counts them from 1 on through the session".
    last_pose: u8,
    /// How many frames were sent and answered, in all attempts.
    sent: u32,
    answered: u32,
    /// How many were sent in this attempt.
    in_attempt: u32,
}

impl Attempts {
    /// Before the first.
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            challenge: None,
            pose: None,
            last_pose: 0,
            sent: 0,
            answered: 0,
            in_attempt: 0,
        }
    }

    /// Takes note of what the server says.
    pub(crate) fn told(&mut self, told: &Told, now: Duration) -> Result<(), Deviation> {
        match (told, self.challenge, self.pose) {
            (Told::Challenge(challenge), None, None) if challenge.poses > 0 => {
                let last = self.last_pose.checked_add(challenge.poses);
                self.challenge = Some((now, last.ok_or(Deviation::Unexpected)?));
                self.in_attempt = 0;
            }
            (Told::Pose(turn), Some((_, last)), _) => {
                if Some(turn.number) != self.last_pose.checked_add(1) || turn.number > last {
                    return Err(Deviation::Unexpected);
                }
                self.last_pose = turn.number;
                self.pose = Some(turn.number);
            }
            (Told::Feedback(feedback), _, _) => {
                if self.answered == self.sent || feedback.frame != self.answered + 1 {
                    return Err(Deviation::Unexpected);
                }
                self.answered += 1;
            }
            (Told::Failure(_), Some(_), _) => {
                self.challenge = None;
                self.pose = None;
            }
            _ => return Err(Deviation::Unexpected),
        }
        Ok(())
    }

    /// Whether a frame may be sent now.
    ///
    /// "A client begins to send frames when the first `pose` has come", and "sends the newest picture
    /// whenever fewer than `window` frames are unanswered".
    pub(crate) const fn may_send(&self) -> bool {
        self.pose.is_some()
            && self.sent - self.answered < self.limits.window
            && self.in_attempt < self.limits.frames_per_attempt
    }

    /// The binary message of a picture.
    pub(crate) fn frame(&mut self, frame: &Frame, now: Duration) -> Result<Vec<u8>, Error> {
        let (Some((began, _)), Some(pose)) = (self.challenge, self.pose) else {
            return Err(Deviation::Unexpected.into());
        };
        self.check(&frame.jpeg)?;
        self.sent += 1;
        self.in_attempt += 1;
        let taken = now.saturating_sub(Duration::from_millis(frame.age.into()));
        let taken = taken.saturating_sub(began).as_millis();
        let mut message = Vec::with_capacity(HEADER + frame.jpeg.len());
        message.extend([1, pose]);
        message.extend(self.sent.to_be_bytes());
        message.extend(u32::try_from(taken).unwrap_or(u32::MAX).to_be_bytes());
        message.extend(&frame.jpeg);
        Ok(message)
    }

    /// Whether the server would take a picture: what it would not take ends the session.
    fn check(&self, jpeg: &[u8]) -> Result<(), Error> {
        let fails = |why: &str| Err(Error::Camera(why.to_owned()));
        let Some((width, height)) = picture::size(jpeg) else {
            return fails("it brings no JPEG picture");
        };
        let (long, short) = (self.limits.width, self.limits.height);
        if width.max(height) > long || width.min(height) > short {
            return fails("its pictures are larger than 640 x 480");
        }
        if width.min(height) < SMALLEST {
            return fails("its pictures are smaller than 64 x 64");
        }
        if jpeg.len() + HEADER > self.limits.frame {
            return fails("its pictures have too many bytes");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::jpeg;

    const LIMITS: Limits = Limits {
        text: 16384,
        frame: 200,
        width: 640,
        height: 480,
        window: 2,
        frames_per_attempt: 3,
        session_seconds: 300,
    };

    fn told(text: &str) -> Told {
        Told::read(text).unwrap().unwrap()
    }

    fn challenge() -> Told {
        told(r#"{"type":"challenge","attempt":1,"seconds":20,"poses":2}"#)
    }

    fn pose(number: u8) -> Told {
        let text = format!(r#"{{"type":"pose","number":{number},"pose":"left","seconds":5}}"#);
        told(&text)
    }

    fn feedback(frame: u32) -> Told {
        let text = format!(r#"{{"type":"feedback","frame":{frame},"hint":"ok","progress":0.5}}"#);
        told(&text)
    }

    fn failure() -> Told {
        told(r#"{"type":"failure","code":"SERVER_RECOGNITION_FAILED","attemptsLeft":2}"#)
    }

    fn begun() -> Attempts {
        let mut attempts = Attempts::new(LIMITS);
        attempts.told(&challenge(), Duration::from_secs(1)).unwrap();
        attempts.told(&pose(1), Duration::from_secs(1)).unwrap();
        attempts
    }

    fn picture() -> Frame {
        let jpeg = jpeg(640, 480);
        Frame { jpeg, age: 250 }
    }

    #[test]
    fn recognize_3_6_a_frame_has_its_pose_its_number_and_its_moment() {
        let mut attempts = begun();
        let message = attempts
            .frame(&picture(), Duration::from_millis(4250))
            .unwrap();
        assert_eq!(message[..10], [1, 1, 0, 0, 0, 1, 0, 0, 0x0b, 0xb8]);
        assert_eq!(message[10..], jpeg(640, 480));
        // A picture that was taken before the challenge came.
        let early = attempts.frame(&picture(), Duration::from_secs(1)).unwrap();
        assert_eq!(early[2..10], [0, 0, 0, 2, 0, 0, 0, 0]);
    }

    #[test]
    fn recognize_3_5_no_frame_is_sent_before_the_first_pose() {
        let mut attempts = Attempts::new(LIMITS);
        assert!(!attempts.may_send());
        attempts.told(&challenge(), Duration::ZERO).unwrap();
        assert!(!attempts.may_send());
        assert!(attempts.frame(&picture(), Duration::ZERO).is_err());
        attempts.told(&pose(1), Duration::ZERO).unwrap();
        assert!(attempts.may_send());
    }

    #[test]
    fn recognize_1_no_more_frames_than_the_window_and_the_attempt_have() {
        let mut attempts = begun();
        for _ in 0..2 {
            assert!(attempts.may_send());
            attempts.frame(&picture(), Duration::ZERO).unwrap();
        }
        assert!(!attempts.may_send(), "two are not answered");
        attempts.told(&feedback(1), Duration::ZERO).unwrap();
        attempts.frame(&picture(), Duration::ZERO).unwrap();
        attempts.told(&feedback(2), Duration::ZERO).unwrap();
        attempts.told(&feedback(3), Duration::ZERO).unwrap();
        assert!(!attempts.may_send(), "an attempt has three");
        attempts.told(&failure(), Duration::ZERO).unwrap();
        attempts.told(&challenge(), Duration::ZERO).unwrap();
        attempts.told(&pose(2), Duration::ZERO).unwrap();
        let message = attempts.frame(&picture(), Duration::ZERO).unwrap();
        assert_eq!(message[1], 2, "so do those of poses");
        assert_eq!(message[2..6], [0, 0, 0, 4], "numbers go on across attempts");
    }

    #[test]
    fn recognize_1_a_picture_beyond_the_limits_is_not_sent() {
        for (picture, is_one) in [
            (jpeg(640, 480), true),
            (jpeg(480, 640), true),
            (jpeg(641, 480), false),
            (jpeg(640, 481), false),
            (jpeg(640, 63), false),
            ([jpeg(64, 64), vec![0; 180]].concat(), false),
            (b"no picture".to_vec(), false),
        ] {
            let frame = Frame {
                jpeg: picture,
                age: 0,
            };
            let sent = begun().frame(&frame, Duration::ZERO);
            assert_eq!(sent.is_ok(), is_one, "{frame:?}");
        }
    }

    #[test]
    fn what_a_server_says_out_of_turn_is_a_deviation() {
        let result = r#"{"type":"hello","limits":{"text":1,"frame":1,"width":1,"height":1,"window":1,
            "framesPerAttempt":1,"sessionSeconds":1}}"#;
        for said in [
            vec![pose(1)],
            vec![failure()],
            vec![challenge(), challenge()],
            vec![challenge(), pose(2)],
            vec![challenge(), pose(1), pose(1)],
            vec![challenge(), pose(1), pose(2), pose(3)],
            vec![challenge(), pose(1), failure(), challenge(), pose(1)],
            vec![challenge(), pose(1), feedback(1)],
            vec![told(r#"{"type":"challenge","poses":0}"#)],
            vec![told(result)],
        ] {
            let mut attempts = Attempts::new(LIMITS);
            let (last, before) = said.split_last().unwrap();
            for said in before {
                attempts.told(said, Duration::ZERO).unwrap();
            }
            let told = attempts.told(last, Duration::ZERO);
            assert_eq!(told, Err(Deviation::Unexpected), "{said:?}");
        }
    }
}
