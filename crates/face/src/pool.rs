//! Frames are looked at by a few threads; whoever waits for one does not hold up anybody else.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_channel::oneshot;
use zeroize::Zeroizing;

use crate::{Analyse, AnalysisError, Observation, Track};

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
    track: Option<Track>,
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
        self.follow(frame, None)
    }

    /// The same of the next frame, for a face that was just there, if it is known where.
    pub fn follow(
        &self,
        frame: Vec<u8>,
        track: Option<Track>,
    ) -> impl Future<Output = Result<Observation, Refusal>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let frame = Zeroizing::new(frame);
        let queued = self.jobs.try_send(Job {
            frame,
            track,
            answer,
        });
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
        let seen = catch_unwind(AssertUnwindSafe(|| match &job.track {
            None => engine.analyse(&job.frame),
            Some(track) => engine.follow(&job.frame, track),
        }));
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::FrameError;

    /// Says what it begins with, and waits until it may go on.
    struct Slow {
        begun: SyncSender<Vec<u8>>,
        go_on: Mutex<Receiver<()>>,
    }

    impl Analyse for Slow {
        fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError> {
            self.begun.send(frame.to_vec()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            match frame {
                b"panic" => panic!("a decoder came upon what nobody foresaw"),
                _ => Err(FrameError::UnknownFormat.into()),
            }
        }
    }

    /// A pool of one thread with places for waiting, what it begins with, and what lets it go on.
    fn pool(waiting: usize) -> (Pool, Receiver<Vec<u8>>, SyncSender<()>) {
        let (begun, begins) = sync_channel(10);
        let (go, go_on) = sync_channel(10);
        let go_on = Mutex::new(go_on);
        let workers = NonZeroUsize::MIN;
        let pool = Pool::start(Slow { begun, go_on }, Capacity { workers, waiting });
        (pool.unwrap(), begins, go)
    }

    /// What there is at once, if there is anything.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn eventually<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Some(value) = now(future.as_mut()) {
                return value;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn what_is_more_than_may_wait_is_refused() {
        let (pool, begins, go) = pool(1);
        let first = pool.analyse(b"first".to_vec());
        assert_eq!(begins.recv().unwrap(), b"first");
        let second = pool.analyse(b"second".to_vec());
        let third = pool.analyse(b"third".to_vec());
        assert_eq!(now(third).unwrap().err(), Some(Refusal::Busy));
        go.send(()).unwrap();
        go.send(()).unwrap();
        let unknown = Some(Refusal::Analysis(AnalysisError::Frame(
            FrameError::UnknownFormat,
        )));
        assert_eq!(eventually(first).err(), unknown);
        assert_eq!(eventually(second).err(), unknown);
    }

    #[test]
    fn a_frame_that_nobody_waits_for_is_not_looked_at() {
        let (pool, begins, go) = pool(2);
        let first = pool.analyse(b"first".to_vec());
        assert_eq!(begins.recv().unwrap(), b"first");
        drop(pool.analyse(b"given up".to_vec()));
        let last = pool.analyse(b"last".to_vec());
        go.send(()).unwrap();
        go.send(()).unwrap();
        assert!(eventually(first).is_err() && eventually(last).is_err());
        assert_eq!(begins.recv().unwrap(), b"last");
    }

    #[test]
    fn a_panic_fails_one_frame_and_not_the_thread() {
        let (pool, _begins, go) = pool(2);
        go.send(()).unwrap();
        go.send(()).unwrap();
        let failed = pool.analyse(b"panic".to_vec());
        assert_eq!(eventually(failed).err(), Some(Refusal::Failed));
        let next = eventually(pool.analyse(b"next".to_vec()));
        assert!(matches!(next, Err(Refusal::Analysis(_))));
    }
}
