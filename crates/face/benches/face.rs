//! What a frame costs on one core, in milliseconds, by each runtime in turns.
//!
//! Run with `make bench`, or `cargo bench -p countersign-face --features ort`. Each figure is the 10th
//! percentile of slices of about 100 ms of processor time, which Linux tells for each thread: what the work
//! takes when nothing else has the core.

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod support;

use std::hint::black_box;
use std::time::Duration;

use countersign_face::{DeviceSecret, Engine, Frame, Observation, Rotation, Runtime, Template};
use support::Picture;

/// What was agreed on (docs/face.md), in milliseconds.
const TARGETS: [(&str, f64); 2] = [("a frame, in Rust", 60.0), ("a frame, ONNX Runtime", 30.0)];

/// How often each is measured.
const SLICES: usize = 40;

/// One thing to measure.
struct Case<'a> {
    name: &'static str,
    operation: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    fn new<T>(name: &'static str, mut operation: impl FnMut() -> T + 'a) -> Self {
        let operation = Box::new(move || {
            black_box(operation());
        });
        Self { name, operation }
    }

    fn run(&mut self, rounds: u32) -> Duration {
        let start = processor_time();
        (0..rounds).for_each(|_| (self.operation)());
        processor_time().saturating_sub(start)
    }

    /// How many rounds fill a slice.
    fn rounds(&mut self) -> u32 {
        let mut rounds = 1;
        while self.run(rounds) < Duration::from_millis(100) {
            rounds *= 2;
        }
        rounds
    }
}

fn main() {
    let (Some(rust), Some(photos)) = (support::load(&Runtime::Tract), support::orl()) else {
        return;
    };
    let onnx_runtime = onnx_runtime();
    let photo = Picture::orl(&photos, 1, 1).map(|photo| photo.enlarged(3));
    let Some(photo) = photo else { return };
    let jpeg = photo.onto(Picture::blank(640, 480, 110), 180, 70).jpeg();
    let secret = DeviceSecret::new([7; 32]);
    let rotation = Rotation::derive(&secret, b"bench");
    let enrolled = look(&rust, &jpeg).face.map(|face| {
        let template = Template::protect(&face.embedding, &rotation);
        (template, face.embedding)
    });
    let mut cases = vec![
        Case::new("decoding a JPEG of 640x480", || decode(&jpeg)),
        Case::new("a frame, in Rust", || look(&rust, &jpeg)),
        Case::new("deriving a rotation", || {
            Rotation::derive(&secret, b"bench")
        }),
    ];
    if let Some(engine) = &onnx_runtime {
        cases.push(Case::new("a frame, ONNX Runtime", || look(engine, &jpeg)));
    }
    if let Some((template, embedding)) = &enrolled {
        let compare = || template.distance(embedding, &rotation);
        cases.push(Case::new("comparing with a template", compare));
    }
    verdicts(&measure(cases));
}

#[cfg(feature = "ort")]
fn onnx_runtime() -> Option<Engine> {
    let library = std::env::var_os("COUNTERSIGN_ONNX_RUNTIME")?;
    support::load(&Runtime::OnnxRuntime(library.into()))
}

#[cfg(not(feature = "ort"))]
fn onnx_runtime() -> Option<Engine> {
    None
}

fn decode(jpeg: &[u8]) -> Frame {
    must(Frame::decode(jpeg))
}

fn look(engine: &Engine, jpeg: &[u8]) -> Observation {
    must(engine.look(&decode(black_box(jpeg))))
}

/// Measures all cases in turns, so that other work on the machine falls on all of them alike.
fn measure(mut cases: Vec<Case<'_>>) -> Vec<(&'static str, f64)> {
    let rounds: Vec<u32> = cases.iter_mut().map(Case::rounds).collect();
    let mut slices = vec![Vec::new(); cases.len()];
    for _ in 0..SLICES {
        for ((case, rounds), slices) in cases.iter_mut().zip(&rounds).zip(&mut slices) {
            slices.push(case.run(*rounds).as_secs_f64() * 1e3 / f64::from(*rounds));
        }
    }
    let results = cases.iter().zip(slices).map(|(case, mut slices)| {
        slices.sort_by(f64::total_cmp);
        (
            case.name,
            slices.get(SLICES / 10).copied().unwrap_or_default(),
        )
    });
    results.collect()
}

/// How long this thread has had a processor.
fn processor_time() -> Duration {
    let told = must(std::fs::read_to_string("/proc/thread-self/schedstat"));
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(must(nanoseconds.ok_or("the time is no number")))
}

/// Prints what was measured, and whether it is what was agreed on.
fn verdicts(results: &[(&'static str, f64)]) {
    for (name, milliseconds) in results {
        let target = TARGETS.iter().find(|(of, _)| of == name);
        let verdict = target.map_or_else(String::new, |(_, most)| {
            let word = if milliseconds <= most {
                "reached"
            } else {
                "MISSED"
            };
            format!("<= {most} {word}")
        });
        println!("{name:<40} {milliseconds:>9.3} ms  {verdict}");
    }
    let of = |wanted| {
        results
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, result)| result)
    };
    if let (Some(rust), Some(other)) = (of("a frame, in Rust"), of("a frame, ONNX Runtime")) {
        println!("{:<40} {:>9.2} x", "Rust, to ONNX Runtime", rust / other);
    }
}

#[expect(
    clippy::panic,
    reason = "a benchmark that fails has nothing to measure"
)]
fn must<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}
