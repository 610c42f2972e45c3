//! The thread that writes.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use domain::port::{CommitError, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::claims::Claims;
use super::failed;
use super::transaction::{self, Work};

/// The most work that one transaction does.
const BATCH: usize = 256;

/// The work with which a transaction begins at once: its flush is shared by enough.
const ENOUGH: usize = 8;

/// How long more work is waited for while there is much of it. Each transaction costs a flush, whatever
/// it does: half a millisecond makes half as many, and with them a tenth more requests a second.
const GATHERING: Duration = Duration::from_micros(500);

/// How long after a transaction that did several works there is taken to be much.
const BUSY: Duration = Duration::from_millis(10);

/// The thread that writes; it ends when this is dropped.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    work: Work,
    answer: oneshot::Sender<Result<usize, CommitError>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, claims: Claims) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(connection, claims, &waiting))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Does `work` in the next transaction; answers when it is durable.
    pub(super) async fn perform(&self, work: Work) -> Result<usize, CommitError> {
        let (answer, answered) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // If the thread has ended, it drops the job, and with it the sender of the answer.
            let _ = jobs.send(Job { work, answer });
        }
        let stopped = || StoreError::Unavailable("the writer has stopped".to_owned());
        answered.await.unwrap_or_else(|_| Err(stopped().into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(mut connection: Connection, mut claims: Claims, waiting: &mpsc::Receiver<Job>) {
    let mut busy_until = Instant::now();
    while let Ok(first) = waiting.recv() {
        let jobs = gather(first, waiting, Instant::now() < busy_until);
        let several = jobs.len() > 1;
        // A sweep is a transaction of its own: it is never done again because of a commit.
        let is_sweep = |job: &Job| matches!(job.work, Work::Sweep { .. });
        let (sweeps, commits): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_sweep);
        carry_out(&mut connection, &mut claims, commits);
        for sweep in sweeps {
            carry_out(&mut connection, &mut claims, vec![sweep]);
        }
        if several {
            busy_until = Instant::now() + BUSY;
        }
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

/// The work that waits, and when there is much, what comes in a moment too.
fn gather(first: Job, waiting: &mpsc::Receiver<Job>, is_busy: bool) -> Vec<Job> {
    let mut jobs = vec![first];
    jobs.extend(waiting.try_iter().take(BATCH - 1));
    if is_busy && jobs.len() < ENOUGH {
        #[expect(
            clippy::disallowed_methods,
            reason = "this thread does nothing else, and whoever waits for it does so without a thread"
        )]
        thread::sleep(GATHERING);
        jobs.extend(waiting.try_iter().take(BATCH - jobs.len()));
    }
    jobs
}

/// Does it in one transaction, if there is any, and answers.
fn carry_out(connection: &mut Connection, claims: &mut Claims, jobs: Vec<Job>) {
    if jobs.is_empty() {
        return;
    }
    let (works, answers): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| (job.work, job.answer)).unzip();
    let outcomes = transaction::run(connection, claims, &works).unwrap_or_else(|error| {
        let failure = CommitError::from(failed(error));
        works.iter().map(|_| Err(failure.clone())).collect()
    });
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // Whoever asked may have gone; what was done stays done.
        let _ = answer.send(outcome);
    }
}
