//! One session over a connection, from hello to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Camera, CameraFailed, Guidance, Screen};
use crate::Pin;
use crate::attempt::Attempts;
use crate::device::Device;
use crate::error::{Deviation, Error};
use crate::message::{CANCEL, Outcome, Told};
use crate::proof::Factor;
use crate::session::{Approved, Asked, Opened, Success};
use crate::transport::{Connect, Connection};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a session lasts, until `hello` says it.
const SESSION: Duration = Duration::from_secs(300);

/// How often it is looked whether the person has cancelled.
const GLANCE: Duration = Duration::from_millis(50);

impl From<CameraFailed> for Error {
    fn from(failed: CameraFailed) -> Self {
        Self::Camera(failed.0)
    }
}

/// A session under way.
pub(super) struct Conversation<'a> {
    connection: Box<dyn Connection>,
    cancelled: &'a AtomicBool,
    began: Instant,
    session: Duration,
}

impl<'a> Conversation<'a> {
    /// Connects to a server.
    pub(super) fn begin(server: &dyn Connect, cancelled: &'a AtomicBool) -> Result<Self, Error> {
        Ok(Self {
            connection: server.connect()?,
            cancelled,
            began: Instant::now(),
            session: SESSION,
        })
    }

    /// Opens the session; the server agrees to it, or it is over.
    pub(super) fn open<'d>(
        &mut self,
        asked: Asked,
        device: Device<'d>,
    ) -> Result<Opened<'d>, Error> {
        let (text, told) = self.hear()?;
        let (greeted, open) = asked.greet((&text, told), device)?;
        self.say(&open)?;
        let (text, told) = self.hear()?;
        let opened = greeted.opened((&text, told))?;
        self.session = Duration::from_secs(opened.limits().session_seconds).min(SESSION);
        Ok(opened)
    }

    /// Gives the PIN, and asks for another one while there are attempts left.
    pub(super) fn by_pin(
        &mut self,
        opened: &Opened<'_>,
        approved: &Approved,
        mut pin: Pin,
        screen: &dyn Screen,
    ) -> Result<Success, Error> {
        loop {
            let factor = Factor::Pin(pin);
            self.say(&opened.begin(&factor, approved)?)?;
            match self.hear()?.1 {
                Told::Result(outcome) => return opened.conclude(outcome, &factor),
                Told::Failure(failure) => {
                    let entered = screen.enter_pin(failure.attempts_left);
                    pin = Pin::given(&entered.ok_or(Error::Cancelled)?)?;
                }
                _ => return Err(Deviation::Unexpected.into()),
            }
        }
    }

    /// Shows the face in frame after frame until the server has seen enough.
    pub(super) fn by_face(
        &mut self,
        opened: &Opened<'_>,
        factor: &Factor,
        (camera, delay_seconds): (&dyn Camera, u32),
        screen: &dyn Screen,
    ) -> Result<Success, Error> {
        camera.start(delay_seconds)?;
        let seen = self.watch(opened, camera, screen);
        camera.stop();
        opened.conclude(seen?, factor)
    }

    fn watch(
        &mut self,
        opened: &Opened<'_>,
        camera: &dyn Camera,
        screen: &dyn Screen,
    ) -> Result<Outcome, Error> {
        let mut attempts = Attempts::new(opened.limits());
        let mut heard = Instant::now();
        loop {
            let mut wait = match attempts.may_send() {
                true => Duration::ZERO,
                false => GLANCE,
            };
            while let Some((_, told)) = self.hear_now(wait)? {
                (heard, wait) = (Instant::now(), Duration::ZERO);
                if let Told::Result(outcome) = told {
                    return Ok(outcome);
                }
                attempts.told(&told, self.began.elapsed())?;
                guide(screen, told);
            }
            if attempts.may_send() {
                let frame = camera.frame()?;
                let message = attempts.frame(&frame, self.began.elapsed())?;
                let sent = self.connection.send_frame(message);
                self.sent(sent)?;
            } else if heard.elapsed() > PATIENCE {
                return Err(Error::TimedOut);
            }
        }
    }

    /// Says something.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Error> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(Error::Cancelled);
        }
        let sent = self.connection.send(text);
        self.sent(sent)
    }

    /// What the server said before it closed tells more than that it did.
    fn sent(&mut self, sent: Result<(), Error>) -> Result<(), Error> {
        let Err(lost) = sent else {
            return Ok(());
        };
        loop {
            match self.hear_now(GLANCE) {
                Ok(Some(_)) => {}
                Err(Error::Refused(refusal)) => return Err(Error::Refused(refusal)),
                _ => return Err(lost),
            }
        }
    }

    /// The next message, which the server owes.
    fn hear(&mut self) -> Result<(String, Told), Error> {
        let heard = Instant::now();
        while heard.elapsed() < PATIENCE {
            if let Some(told) = self.hear_now(GLANCE)? {
                return Ok(told);
            }
        }
        Err(Error::TimedOut)
    }

    /// The next message that this client knows, if one comes in time.
    fn hear_now(&mut self, wait: Duration) -> Result<Option<(String, Told)>, Error> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(Error::Cancelled);
        }
        if self.began.elapsed() > self.session {
            return Err(Error::TimedOut);
        }
        let Some(text) = self.connection.receive(wait)? else {
            return Ok(None);
        };
        Ok(Told::read(&text)?.map(|told| (text, told)))
    }

    /// Ends the session, if it has not ended.
    pub(super) fn leave(&mut self) {
        // Who is not there any more need not be told.
        let _ = self.connection.send(CANCEL);
        self.close();
    }

    /// Closes the connection.
    pub(super) fn close(&mut self) {
        self.connection.close();
    }
}

fn guide(screen: &dyn Screen, told: Told) {
    match told {
        Told::Pose(turn) => screen.guide(Guidance::Pose(turn)),
        Told::Feedback(feedback) => screen.guide(Guidance::Feedback(feedback)),
        Told::Failure(failure) => screen.guide(Guidance::Failed {
            attempts_left: failure.attempts_left,
        }),
        _ => {}
    }
}
