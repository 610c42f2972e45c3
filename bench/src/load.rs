//! The load: connections that repeat an operation, all on one thread.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Failure;
use crate::http::Connection;
use crate::process::Process;
use crate::workload::Operation;

/// Connections that are used at the same time.
pub const CONNECTIONS: usize = 32;

/// What one round has shown.
pub struct Round {
    /// Processor time of the process for each operation, in microseconds.
    pub cpu: f64,
    /// Operations a second, by the clock on the wall.
    pub rate: f64,
    /// In milliseconds.
    pub median: f64,
    /// In milliseconds.
    pub p99: f64,
}

/// Carries out `count` operations, shared by all connections.
pub async fn round(
    process: &Process,
    operations: &mut Vec<Operation>,
    count: usize,
) -> Result<Round, Failure> {
    let left = Rc::new(Cell::new(count));
    let mut tasks = JoinSet::new();
    let mut connections = Vec::new();
    for _ in 0..operations.len() {
        connections.push(Connection::open(&process.address).await?);
    }
    let (before, began) = (process.processor_time()?, Instant::now());
    let local = tokio::task::LocalSet::new();
    for (connection, operation) in connections.into_iter().zip(operations.drain(..)) {
        tasks.spawn_local_on(repeat(connection, operation, Rc::clone(&left)), &local);
    }
    let finished = local.run_until(tasks.join_all()).await;
    let (took, used) = (
        began.elapsed(),
        process.processor_time()?.saturating_sub(before),
    );
    let mut latencies = Vec::with_capacity(count);
    for finished in finished {
        let (operation, measured) = finished?;
        operations.push(operation);
        latencies.extend(measured);
    }
    latencies.sort_unstable();
    let milliseconds = |share: usize| {
        let latency: Option<&Duration> = latencies.get(latencies.len() * share / 100);
        latency.map_or(0.0, Duration::as_secs_f64) * 1e3
    };
    let count = latencies.len() as f64;
    Ok(Round {
        cpu: used.as_secs_f64() * 1e6 / count,
        rate: count / took.as_secs_f64(),
        median: milliseconds(50),
        p99: milliseconds(99),
    })
}

async fn repeat(
    mut connection: Connection,
    mut operation: Operation,
    left: Rc<Cell<usize>>,
) -> Result<(Operation, Vec<Duration>), Failure> {
    let mut latencies = Vec::new();
    while left.get() > 0 {
        left.set(left.get() - 1);
        latencies.push(operation.perform(&mut connection).await?);
    }
    Ok((operation, latencies))
}
