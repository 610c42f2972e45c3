//! `make bench`: load on the release binary, beside a bare handler that does the same cryptography,
//! in turns, so that whatever else the machine does falls on both alike.
//!
//! Processor time is read from `/proc`, so this runs on Linux.
#![expect(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "what measures from outside has its own clock and randomness, and counts less than 2^52"
)]

mod bare;
mod baseline;
mod house;
mod http;
mod key;
mod load;
mod person;
mod process;
mod workload;

use std::path::PathBuf;

use data_encoding::BASE64URL_NOPAD;

use house::{House, Loads};
use load::{CONNECTIONS, Round};
use process::{Process, Server};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often the server is compared with the baseline; the medians are told.
const ROUNDS: usize = 9;

/// Starts that are timed.
const STARTS: usize = 9;

/// What was agreed on (docs/performance.md).
mod target {
    pub const RATIO: f64 = 1.3;
    pub const IDLE_MB: f64 = 40.0;
    pub const READY_MS: f64 = 300.0;
    /// Beside the signatures, in microseconds of CPU.
    pub const PUSH_US: f64 = 100.0;
}

/// Slices for which the bare cryptography is measured.
const SLICES: usize = 20;

fn main() -> Result<(), Failure> {
    let argument = std::env::args_os().nth(1);
    let argument = argument.ok_or("usage: countersign-bench PATH-OF-COUNTERSIGN")?;
    if argument == "baseline" {
        return baseline::serve();
    }
    let executable = PathBuf::from(argument).canonicalize()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(measure(executable))
}

async fn measure(executable: PathBuf) -> Result<(), Failure> {
    let directory = tempfile::Builder::new().prefix("countersign-").tempdir()?;
    let server = Server::new(executable, directory.path().to_owned());
    let house = House::furnish(&server, directory.path())?;
    let starts = starts(&server).await?;
    let (alone, rates) = (bare::es256(SLICES)?, bare::es256_under_load(SLICES)?);
    let (baseline, process) = (Process::baseline(directory.path())?, server.start()?);
    house.ready(&process).await?;
    let idle = process.memory()?;

    println!("\n{:<40}{:>10} {CONNECTIONS} connections", "", "CPU us per");
    println!(
        "{:<40}{:>10}{:>12}{:>10}{:>10}{:>10}",
        "", "operation", "a core's/s", "in all/s", "p50 ms", "p99 ms"
    );
    let ratio = compare(&house, &baseline, &process).await?;
    let loads = house.loads(&process).await?;

    let measured = Measured {
        alone,
        rates,
        starts,
        idle,
        ratio,
        loads,
    };
    measured.print();
    Ok(())
}

/// What the report says below its tables.
struct Measured {
    /// Of one core while the others are idle.
    alone: bare::Rates,
    /// Of one core while the others work as well, as they do for the server.
    rates: bare::Rates,
    /// Milliseconds from start to ready.
    starts: f64,
    /// Megabytes.
    idle: f64,
    /// Of the CPU time of a token request to that of a bare handler.
    ratio: f64,
    loads: Loads,
}

impl Measured {
    fn print(&self) {
        let Self {
            alone,
            rates,
            loads,
            ..
        } = self;
        println!();
        let facts = [
            (
                "client_credentials, secret, to the bare handler",
                self.ratio,
                Some(target::RATIO),
                "x CPU",
            ),
            (
                "the three signatures of a pushed request, bare",
                loads.push.signatures,
                None,
                "us CPU",
            ),
            (
                "a pushed request, beside its signatures",
                loads.push.beside,
                Some(target::PUSH_US),
                "us CPU",
            ),
            (
                "from start to ready, with a database",
                self.starts,
                Some(target::READY_MS),
                "ms",
            ),
            ("memory, idle", self.idle, Some(target::IDLE_MB), "MB"),
            ("memory, at most, serving tokens", loads.tokens, None, "MB"),
            (
                "memory, at most, checking passwords too",
                loads.passwords,
                None,
                "MB",
            ),
            ("ES256 signatures, one core", alone.sign, None, "a second"),
            ("... while all work", rates.sign, None, "a second"),
            (
                "ES256 verifications, one core",
                alone.verify,
                None,
                "a second",
            ),
            ("... while all work", rates.verify, None, "a second"),
        ];
        for (name, value, target, unit) in facts {
            fact(name, value, target, unit);
        }
    }
}

/// The median time from start to ready, in milliseconds.
async fn starts(server: &Server) -> Result<f64, Failure> {
    // The first one makes the keys.
    server.start_to_ready().await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(server.start_to_ready().await?.as_secs_f64() * 1e3);
    }
    Ok(median(starts))
}

/// The same form to the bare handler and to the server, in turns: the median of the ratios of
/// processor time.
async fn compare(house: &House, baseline: &Process, server: &Process) -> Result<f64, Failure> {
    const WARM_UP: usize = 4_000;
    const COUNT: usize = 20_000;
    let mut form = house.by_secret();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for process in [baseline, server] {
        load::round(process, &mut form, WARM_UP).await?;
    }
    for _ in 0..ROUNDS {
        bare.push(load::round(baseline, &mut form, COUNT).await?);
        ours.push(load::round(server, &mut form, COUNT).await?);
    }
    row("the bare handler", &bare);
    row("client_credentials, secret", &ours);
    let ratios = ours
        .iter()
        .zip(&bare)
        .map(|(ours, bare)| ours.cpu / bare.cpu);
    Ok(median(ratios.collect()))
}

/// A line of the table.
fn row(name: &str, rounds: &[Round]) {
    let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let cpu = of(|round| round.cpu);
    println!(
        "{name:<40}{cpu:>10.1}{:>12.0}{:>10.0}{:>10.2}{:>10.2}",
        1e6 / cpu,
        of(|round| round.rate),
        of(|round| round.median),
        of(|round| round.p99),
    );
}

/// A single figure, and whether it is what it should be at the most.
fn fact(name: &str, value: f64, at_most: Option<f64>, unit: &str) {
    let digits = if value < 10.0 { 2 } else { 0 };
    let verdict = at_most.map(|at_most| {
        let verdict = if value <= at_most {
            "reached"
        } else {
            "MISSED"
        };
        format!("<= {at_most} {verdict}")
    });
    let verdict = verdict.unwrap_or_default();
    println!("{name:<50}{value:>10.digits$} {unit:<10}{verdict}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// 128 random bits in base64url.
fn random_text() -> String {
    let mut bytes = [0; 16];
    // Without randomness the measurement would only repeat itself, and the server would refuse it.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}
