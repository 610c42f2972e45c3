//! The yardstick: one row in and out of a plain table, with nothing around it but a writer thread
//! that makes what waits durable together.

use std::path::Path;
use std::sync::mpsc;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

/// A table of keys and values.
pub(crate) struct Bare(mpsc::Sender<(Job, oneshot::Sender<usize>)>);

enum Job {
    Insert(Vec<u8>),
    Delete(Vec<u8>),
}

impl Bare {
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection
            .pragma_update(None, "synchronous", "FULL")
            .unwrap();
        let table = "CREATE TABLE pair (key BLOB PRIMARY KEY, value BLOB NOT NULL)";
        connection.execute_batch(table).unwrap();
        let (jobs, waiting) = mpsc::channel();
        std::thread::spawn(move || write(connection, &waiting));
        Self(jobs)
    }

    /// Inserts a row of 400 bytes, then deletes it: two commits.
    pub(crate) async fn pair(&self, key: &[u8]) {
        assert_eq!(self.commit(Job::Insert(key.to_vec())).await, 1);
        assert_eq!(self.commit(Job::Delete(key.to_vec())).await, 1);
    }

    async fn commit(&self, job: Job) -> usize {
        let (answer, answered) = oneshot::channel();
        self.0.send((job, answer)).unwrap();
        answered.await.unwrap()
    }
}

fn write(mut connection: Connection, waiting: &mpsc::Receiver<(Job, oneshot::Sender<usize>)>) {
    while let Ok(first) = waiting.recv() {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap();
        let mut answers = Vec::new();
        for (job, answer) in std::iter::once(first).chain(waiting.try_iter()).take(256) {
            answers.push((answer, job.perform(&transaction).unwrap()));
        }
        transaction.commit().unwrap();
        for (answer, rows) in answers {
            answer.send(rows).unwrap();
        }
    }
}

impl Job {
    fn perform(&self, connection: &Connection) -> rusqlite::Result<usize> {
        match self {
            Self::Insert(key) => connection
                .prepare_cached("INSERT INTO pair (key, value) VALUES (?1, ?2)")?
                .execute((key, [7; 400])),
            Self::Delete(key) => connection
                .prepare_cached("DELETE FROM pair WHERE key = ?1")?
                .execute([key]),
        }
    }
}
