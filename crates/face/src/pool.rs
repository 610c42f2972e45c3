//! Frames are looked at by a few threads; whoever waits for one does not hold up anybody else.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_channel::oneshot;
use zeroize::Zeroizing;

use crate::{Analyse, AnalysisError, Observation};

/// How much a pool does at a time, and how much may wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Threads, each of which looks at one frame at a time.
    pub workers: NonZeroUsize,
    /// Frames that may wait.
    pub waiting: usize,
}

/// A bounded number of threads that look at frames.
///
/// They end when the pool is dropped, with what they have begun.
pub struct Pool {
    jobs: SyncSender<Job>,
}

/// Why a frame was not looked at, or not to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// All threads are busy, and as many frames wait as may.
    #[error("too many frames wait already")]
    Busy,
    /// It could not be said what the frame shows.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// Looking at the frame ended in a way it never should.
    #[error("looking at the frame failed")]
    Failed,
}

struct Job {
    frame: Zeroizing<Vec<u8>>,
    answer: oneshot::Sender<Result<Observation, AnalysisError>>,
}

impl Pool {
    /// Starts the threads.
    pub fn start(engine: impl Analyse + 'static, capacity: Capacity) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(capacity.waiting);
        let (engine, waiting) = (Arc::new(engine), Arc::new(Mutex::new(waiting)));
        for _ in 0..capacity.workers.get() {
            let (engine, waiting) = (Arc::clone(&engine), Arc::clone(&waiting));
            let worker = thread::Builder::new().name("face".into());
            worker.spawn(move || work(engine.as_ref(), &waiting))?;
        }
        Ok(Self { jobs })
    }

    /// What a frame shows. The frame is queued, or refused, when this is called, not only when the
    /// future is polled; if the future is dropped before a thread gets to the frame, none does.
    pub fn analyse(
        &self,
        frame: Vec<u8>,
    ) -> impl Future<Output = Result<Observation, Refusal>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let frame = Zeroizing::new(frame);
        let queued = self.jobs.try_send(Job { frame, answer });
        async move {
            queued.map_err(|error| match error {
                TrySendError::Full(_) => Refusal::Busy,
                TrySendError::Disconnected(_) => Refusal::Failed,
            })?;
            Ok(answered.await.map_err(|_| Refusal::Failed)??)
        }
    }
}

/// Does one job after the other.
fn work(engine: &dyn Analyse, waiting: &Mutex<Receiver<Job>>) {
    while let Some(job) = next(waiting) {
        if job.answer.is_canceled() {
            continue;
        }
        // Decoders read what strangers send: should one panic, this frame fails and the thread goes on.
        let seen = catch_unwind(AssertUnwindSafe(|| engine.analyse(&job.frame)));
        if let Ok(seen) = seen {
            // Nobody may be waiting any more.
            let _ = job.answer.send(seen);
        }
    }
}

fn next(waiting: &Mutex<Receiver<Job>>) -> Option<Job> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().ok()
}
