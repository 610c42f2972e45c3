//! Argon2id on threads of its own, so that hashing never holds up anything else.
//!
//! Each hash takes tens of milliseconds and megabytes on purpose. As many threads as there are
//! cores hash at the same time, a bounded number of requests waits, and more are refused.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};

use authn::factor::password::{Hasher, NewPassword, NewPasswordHash, PasswordVerdict, salt};
use domain::port::{Pending, Random};
use domain::{Password, Secret};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::oneshot;
use web::Busy;

type Job = Box<dyn FnOnce(&Hasher) + Send>;

/// The pool.
pub(crate) struct Passwords {
    hasher: Hasher,
    jobs: SyncSender<Job>,
    waiting: Gauge,
    random: Arc<dyn Random>,
}

impl Passwords {
    /// Starts the threads; `queue` requests may wait, and `waiting` says how many do.
    pub(crate) fn start(
        hasher: &Hasher,
        queue: usize,
        waiting: Gauge,
        random: Arc<dyn Random>,
    ) -> std::io::Result<Self> {
        let (jobs, received) = sync_channel::<Job>(queue);
        let received = Arc::new(Mutex::new(received));
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        for number in 0..cores {
            let (received, hasher) = (Arc::clone(&received), hasher.clone());
            std::thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&received, &hasher))?;
        }
        Ok(Self {
            hasher: hasher.clone(),
            jobs,
            waiting,
            random,
        })
    }

    fn enqueue<T: Send + 'static>(
        &self,
        compute: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Pending<'_, Result<T, Busy>> {
        let (answer, answered) = oneshot::channel();
        let waiting = self.waiting.clone();
        let job: Job = Box::new(move |hasher| {
            waiting.dec();
            // Whoever asked may have gone away; then the work is not worth doing.
            if !answer.is_closed() {
                let _ = answer.send(compute(hasher));
            }
        });
        self.waiting.inc();
        let accepted = self.jobs.try_send(job);
        Box::pin(async move {
            match accepted {
                Ok(()) => answered.await.map_err(|_| Busy),
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                    self.waiting.dec();
                    Err(Busy)
                }
            }
        })
    }
}

/// Works until the pool is dropped. A panic in one job must not cost the thread.
fn work(received: &Mutex<Receiver<Job>>, hasher: &Hasher) {
    loop {
        let next = received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = next else { return };
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(hasher)));
        if worked.is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

impl web::Passwords for Passwords {
    fn verify(
        &self,
        stored: Option<Password>,
        presented: Secret,
    ) -> Pending<'_, Result<PasswordVerdict, Busy>> {
        self.enqueue(move |hasher| hasher.verify(stored.as_ref(), presented.expose()))
    }

    fn matches(
        &self,
        stored: Option<Secret>,
        presented: Secret,
    ) -> Pending<'_, Result<bool, Busy>> {
        self.enqueue(move |hasher| hasher.matches(stored.as_ref(), presented.expose()))
    }

    fn is_outdated(&self, stored: &Secret) -> bool {
        self.hasher.needs_rehash(stored)
    }

    fn rehash(&self, accepted: Secret) -> Pending<'_, Result<Secret, Busy>> {
        let salt = salt(&*self.random);
        self.enqueue(move |hasher| hasher.hash(accepted.expose(), &salt))
    }

    fn hash(&self, password: NewPassword) -> Pending<'_, Result<NewPasswordHash, Busy>> {
        let salt = salt(&*self.random);
        self.enqueue(move |hasher| password.hash(hasher, &salt))
    }
}

#[cfg(test)]
mod tests {
    use authn::factor::password::Cost;
    use domain::port::fixed::CountingRandom;
    use web::Passwords as _;

    use super::*;

    fn pool(queue: usize) -> Passwords {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let random = Arc::new(CountingRandom::default());
        Passwords::start(&Hasher::new(cost).unwrap(), queue, Gauge::default(), random).unwrap()
    }

    #[tokio::test]
    async fn what_it_hashes_it_recognises() {
        let pool = pool(4);
        let password = NewPassword::accept("correct horse", "alice", None).unwrap();
        let hash = pool.hash(password).await.unwrap().into_secret();
        let right = pool.matches(Some(hash.clone()), Secret::new("correct horse"));
        assert!(right.await.unwrap());
        let wrong = pool.matches(Some(hash), Secret::new("correct hors"));
        assert!(!wrong.await.unwrap());
        let again = pool.rehash(Secret::new("correct horse")).await.unwrap();
        let right = pool.matches(Some(again), Secret::new("correct horse"));
        assert!(right.await.unwrap());
        assert_eq!(pool.waiting.get(), 0);
    }

    #[tokio::test]
    async fn more_than_may_wait_are_refused() {
        let pool = pool(1);
        // Every thread and the one waiting place are taken until the gate opens.
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        let blocked: Vec<_> = std::iter::repeat_with(|| {
            let gate = Arc::clone(&gate);
            pool.enqueue(move |_| drop(gate.lock().unwrap()))
        })
        .take(64)
        .collect();
        drop(closed);
        let mut refused = 0;
        for job in blocked {
            refused += usize::from(job.await.is_err());
        }
        assert!(refused > 0);
        assert_eq!(pool.waiting.get(), 0);
    }
}
