//! What sessions of Recognize need from the process: somebody who looks at frames, and places.

use std::sync::Arc;
use std::time::Duration;

use authn::recognize::{Next, Seen};
use domain::port::Pending;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Looks at frames: a port, so that sessions know nothing of cameras and networks.
pub trait Faces: Send + Sync + 'static {
    /// Begins an attempt at recognising somebody, with poses drawn by this seed.
    ///
    /// # Errors
    /// What is kept of the face is of another version, or damaged.
    fn attempt(
        &self,
        claim: FaceClaim<'_>,
        seed: [u8; 32],
    ) -> Result<Box<dyn FaceAttempt>, TemplateUnusable>;
}

/// Whose face it is to be.
#[derive(Clone, Copy)]
pub struct FaceClaim<'a> {
    /// The secret of the device: what is kept of a face is turned by it.
    pub secret: &'a [u8; 32],
    /// Whose face, so that one secret turns two people's differently.
    pub context: &'a [u8],
    /// What was kept at the enrolment; nothing if it is to be enrolled.
    pub template: Option<&'a [u8]>,
}

/// What is kept of a face cannot be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is kept of the face is of another version, or damaged")]
pub struct TemplateUnusable;

/// One attempt at recognising somebody.
pub trait FaceAttempt: Send {
    /// What is asked for at first, and how many seconds all of it may take.
    fn first(&self) -> (Next, u64);

    /// Looks at a picture that came `at` this time since the attempt began.
    fn look(&mut self, picture: Vec<u8>, at: Duration) -> Pending<'_, Result<Seen, NotLooked>>;
}

/// Why a picture was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLooked {
    /// It is no picture that can be decoded, or of another size than is allowed.
    #[error("it is no picture of the size that is allowed")]
    Picture,
    /// Too many wait to be looked at.
    #[error("too many pictures wait to be looked at")]
    Busy,
    /// Looking at it failed.
    #[error("looking at it failed")]
    Failed,
}

/// The sessions of the process, of all environments.
pub struct Recognize {
    faces: Option<Arc<dyn Faces>>,
    places: Arc<Semaphore>,
    count: u32,
    stopping: watch::Sender<bool>,
}

/// A place for a session, and word of when the server stops.
pub(crate) struct Admitted {
    pub(crate) faces: Arc<dyn Faces>,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) place: OwnedSemaphorePermit,
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// Nobody here looks at frames.
    Off,
    /// Too many, or the server stops.
    Full,
}

impl Recognize {
    /// The sessions of a process that looks at frames with `faces`, at most so many at a time.
    pub fn new(faces: Option<Arc<dyn Faces>>, places: u32) -> Self {
        Self {
            faces,
            places: Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(0))),
            count: places,
            stopping: watch::Sender::new(false),
        }
    }

    /// Whether anybody looks at frames.
    pub const fn is_on(&self) -> bool {
        self.faces.is_some()
    }

    /// Admits a session, if there is a place.
    pub(crate) fn admit(&self) -> Result<Admitted, NotAdmitted> {
        let faces = self.faces.clone().ok_or(NotAdmitted::Off)?;
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| NotAdmitted::Full)?;
        let stopping = self.stopping.subscribe();
        if *stopping.borrow() {
            return Err(NotAdmitted::Full);
        }
        Ok(Admitted {
            faces,
            stopping,
            place,
        })
    }

    /// Admits nobody any more, and waits until all sessions have come to their end: those that wait for
    /// somebody end at once, an attempt that goes on has until the deadline.
    pub async fn drain(&self, deadline: Duration) {
        self.stopping.send_replace(true);
        let all = self.places.acquire_many(self.count);
        if tokio::time::timeout(deadline, all).await.is_err() {
            tracing::warn!("sessions of Recognize were still open at the shutdown deadline");
        }
    }
}

/// No session at all.
impl Default for Recognize {
    fn default() -> Self {
        Self::new(None, 0)
    }
}
