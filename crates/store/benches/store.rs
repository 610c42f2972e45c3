//! How fast the SQLite engine is, in operations a second and in proportion to the barest work that
//! the disk and SQLite can do, so that a busy machine falsifies no verdict.
//!
//! `cargo bench -p countersign-store` starts with an empty file; `-- 1000000` fills it with a
//! million grants first. 64 tasks at once, every commit durable, sealed as in a server.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a benchmark stops by panicking, counts less than 2^52, and tells its results"
)]

// By the name that the rest of the house knows it by.
extern crate countersign_store as store;

#[path = "store/bare.rs"]
mod bare;
#[path = "store/workload.rs"]
mod workload;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bare::Bare;
use workload::Server;

const TASKS: usize = 64;
const ROUNDS: usize = 5;

/// How much is done of each workload in a round.
const OPERATIONS: usize = 15_000;

/// What is done, and the least that it must reach in proportion to bare pairs.
const WORKLOADS: [(&str, Option<f64>); 7] = [
    ("pair", None),
    ("exchange", Some(0.18)),
    ("exchange, one grant", Some(0.18)),
    ("rotate", Some(0.3)),
    ("rotate, one grant", Some(0.3)),
    ("claim", None),
    ("get", None),
];

/// The rate and the latencies of one workload in one round.
struct Measured {
    per_second: f64,
    median: Duration,
    slowest_percent: Duration,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let grants = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(0);
    let directory = tempfile::tempdir().unwrap();
    let bare = Arc::new(Bare::open(&directory.path().join("bare.db")));
    let server = Arc::new(Server::open(&directory.path().join("store.db")));
    server.fill(grants).await;
    let mut rounds: [Vec<Measured>; WORKLOADS.len()] = Default::default();
    for _ in 0..ROUNDS {
        for ((name, _), measured) in WORKLOADS.iter().zip(&mut rounds) {
            measured.push(measure(name, &bare, &server).await);
        }
    }
    report(&rounds);
}

async fn measure(name: &str, bare: &Arc<Bare>, server: &Arc<Server>) -> Measured {
    let at = server.prepare(name, OPERATIONS).await;
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let (bare, server, next) = (Arc::clone(bare), Arc::clone(server), Arc::clone(&next));
        let (name, at) = (name.to_owned(), Arc::clone(&at));
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while let Some(at) = at.get(next.fetch_add(1, Ordering::Relaxed)) {
                let start = Instant::now();
                match name.as_str() {
                    "pair" => bare.pair(at.as_bytes()).await,
                    other => server.perform(other, at).await,
                }
                latencies.push(start.elapsed());
            }
            latencies
        });
    }
    let mut latencies = tasks.join_all().await.concat();
    let elapsed = start.elapsed();
    latencies.sort();
    Measured {
        per_second: latencies.len() as f64 / elapsed.as_secs_f64(),
        median: latencies.get(latencies.len() / 2).copied().unwrap(),
        slowest_percent: latencies.get(latencies.len() * 99 / 100).copied().unwrap(),
    }
}

/// Prints the medians of the rounds, and of the ratios to the bare pairs of the same round.
fn report(rounds: &[Vec<Measured>; WORKLOADS.len()]) {
    println!(
        "{:<22}{:>10}{:>12}{:>12}{:>8}  target",
        "", "per s", "p50", "p99", "ratio"
    );
    let [pairs, ..] = rounds;
    for ((name, target), rounds) in WORKLOADS.iter().zip(rounds) {
        let per_second = median(rounds.iter().map(|round| round.per_second));
        let ratios = rounds
            .iter()
            .zip(pairs)
            .map(|(round, pair)| round.per_second / pair.per_second);
        let ratio = median(ratios);
        let verdict = match target {
            Some(target) if ratio >= *target => format!(">= {target} reached"),
            Some(target) => format!(">= {target} MISSED"),
            None => String::new(),
        };
        let time =
            |of: fn(&Measured) -> Duration| median(rounds.iter().map(|r| of(r).as_secs_f64()));
        let (p50, p99) = (time(|m| m.median) * 1e6, time(|m| m.slowest_percent) * 1e6);
        println!("{name:<22}{per_second:>10.0}{p50:>9.0} us{p99:>9.0} us{ratio:>8.2}  {verdict}");
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
