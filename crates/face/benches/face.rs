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

use countersign_face::{
    Challenge, Claim, DeviceSecret, Engine, Frame, Hint, Observation, Policy, Pose, Progress,
    Rotation, Runtime, Template, Track,
};
use support::Picture;

/// What was agreed on (docs/face.md), in milliseconds.
const TARGETS: [(&str, f64); 4] = [
    ("a frame, in Rust", 60.0),
    ("a frame, ONNX Runtime", 30.0),
    ("a whole authentication, in Rust", 2000.0),
    ("a whole authentication, ONNX Runtime", 2000.0),
];

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
    let face = look(&rust, &jpeg).face;
    let track = face.as_ref().and_then(|face| face.track);
    let enrolled = face.map(|face| {
        let template = Template::protect(&face.embedding, &rotation);
        (template, face.embedding)
    });
    let mut cases = vec![
        Case::new("decoding a JPEG of 640x480", || decode(&jpeg)),
        Case::new("a frame, in Rust", || look(&rust, &jpeg)),
        Case::new("a frame whose face is followed, in Rust", || {
            follow(&rust, &jpeg, track.as_ref())
        }),
        Case::new("deriving a rotation", || {
            Rotation::derive(&secret, b"bench")
        }),
    ];
    if let Some(engine) = &onnx_runtime {
        cases.push(Case::new("a frame, ONNX Runtime", || look(engine, &jpeg)));
        cases.push(Case::new(
            "a frame whose face is followed, ONNX Runtime",
            || follow(engine, &jpeg, track.as_ref()),
        ));
    }
    if let Some((template, embedding)) = &enrolled {
        let compare = || template.distance(embedding, &rotation);
        cases.push(Case::new("comparing with a template", compare));
    }
    let mut results = measure(cases);
    let head = Head::new(&rust, &photos);
    let mut authenticate = |name, engine| results.extend(head.authenticate(name, engine));
    authenticate("a whole authentication, in Rust", &rust);
    if let Some(engine) = &onnx_runtime {
        authenticate("a whole authentication, ONNX Runtime", engine);
    }
    verdicts(&results);
}

/// Somebody in front of a camera, who does as they are told: a head that turns within 1.3 s, and begins
/// to 0.3 s after it was asked to.
struct Head {
    /// As a camera sees it on its way from one side to the other, with its yaw.
    pictures: Vec<(f32, Vec<u8>)>,
}

/// What an authentication took: processor time, frames, and those that were searched for all faces.
#[derive(Clone, Copy)]
struct Taken {
    time: Duration,
    frames: u32,
    searched: u32,
}

impl Head {
    const REACTION: f32 = 0.3;
    const TURN: f32 = 1.3;
    /// How far it turns, in yaw.
    const FAR: f32 = 0.33;
    /// How often a client looks whether it may send a frame.
    const TICK: Duration = Duration::from_millis(125);
    /// How often it is measured, each time with other turns.
    const TIMES: u8 = 5;

    fn new(engine: &Engine, photos: &std::path::Path) -> Self {
        let photo = must(Picture::orl(photos, 1, 1).ok_or("a photo is missing"));
        // As if the head were turned further and further.
        let bent = (0..=24_u8).map(|step| photo.bent(f32::from(step) * 0.006));
        let pictures: Vec<Picture> = bent.collect();
        let mirrored = pictures.iter().map(Picture::mirrored);
        let seen = pictures
            .iter()
            .cloned()
            .chain(mirrored)
            .filter_map(|picture| {
                let ground = Picture::blank(640, 480, 110);
                let jpeg = picture.enlarged(3).onto(ground, 180, 70).jpeg();
                Some((look(engine, &jpeg).face?.yaw, jpeg))
            });
        Self {
            pictures: seen.collect(),
        }
    }

    /// Enrols, and measures what authentications take; the median.
    fn authenticate(&self, name: &'static str, engine: &Engine) -> Option<(&'static str, f64)> {
        let rotation = Rotation::derive(&DeviceSecret::new([7; 32]), b"bench");
        let policy = Policy::default;
        let enrolment = Challenge::enrol(policy(), &[1; 32], Duration::ZERO);
        let (enrolled, _) = self.follow(engine, enrolment);
        let template = Template::protect(&enrolled, &rotation);
        let mut all: Vec<Taken> = (1..=Self::TIMES)
            .map(|time| {
                let seed: [u8; 32] =
                    std::array::from_fn(|i| (i.to_le_bytes()[0] ^ 0x5a).wrapping_mul(time));
                let claim = Claim {
                    template: template.clone(),
                    rotation: rotation.clone(),
                };
                let challenge = Challenge::authenticate(policy(), claim, &seed, Duration::ZERO);
                self.follow(engine, challenge).1
            })
            .collect();
        all.sort_by_key(|taken| taken.time);
        let median = all.get(all.len() / 2)?;
        println!(
            "{name:<40} {:>9} frames, in {} of them all faces are searched for",
            median.frames, median.searched
        );
        Some((name, median.time.as_secs_f64() * 1e3))
    }

    /// Goes through a challenge; the face, and what it took.
    fn follow(
        &self,
        engine: &Engine,
        mut challenge: Challenge,
    ) -> (countersign_face::Embedding, Taken) {
        let (mut now, mut from) = (Duration::ZERO, 0.0_f32);
        let mut asked = (challenge.prompt().pose, Duration::ZERO);
        // Where it was, and whether it goes back there because it turned too fast.
        let (mut before, mut goes_back) = (Pose::Centre, false);
        let mut taken = Taken {
            time: Duration::ZERO,
            frames: 0,
            searched: 0,
        };
        loop {
            let passed = now.saturating_sub(asked.1).as_secs_f32() - Self::REACTION;
            let t = (passed / Self::TURN).clamp(0.0, 1.0);
            // Heads turn with the least jerk (Flash and Hogan 1985).
            let share = t.powi(3) * t.mul_add(6.0f32.mul_add(t, -15.0), 10.0);
            let to = match if goes_back { before } else { asked.0 } {
                Pose::Left => Self::FAR,
                Pose::Right => -Self::FAR,
                Pose::Centre => 0.0,
            };
            let at = share.mul_add(to - from, from);
            let picture = self.picture(at);
            let track = challenge.track();
            let began = processor_time();
            let seen = follow(engine, picture, track.as_ref());
            taken.time += processor_time().saturating_sub(began);
            taken.frames += 1;
            taken.searched += u32::from(track.is_none());
            match challenge.observe(now, &seen) {
                Progress::Going(next, prompt) => {
                    challenge = next;
                    if prompt.pose != asked.0 {
                        before = asked.0;
                        (asked, from, goes_back) = ((prompt.pose, now), at, false);
                    } else if prompt.hint == Some(Hint::TooFast) && !goes_back {
                        (asked.1, from, goes_back) = (now, at, true);
                    } else if goes_back && (prompt.reached || t >= 1.0) {
                        (asked.1, from, goes_back) = (now, at, false);
                    }
                }
                Progress::Passed(passage) => return (passage.embedding().clone(), taken),
                Progress::Failed(failure) => return must(Err((failure, taken.frames))),
            }
            let pace = challenge.pace().as_secs_f64() / Self::TICK.as_secs_f64();
            now += Self::TICK.mul_f64(pace.ceil().max(1.0));
        }
    }

    /// What the camera sees of a head that has turned so far.
    fn picture(&self, at: f32) -> &[u8] {
        let far = |picture: &&(f32, Vec<u8>)| (picture.0 - at).abs();
        let nearest = self
            .pictures
            .iter()
            .min_by(|one, other| far(one).total_cmp(&far(other)));
        must(nearest.map(|(_, jpeg)| jpeg.as_slice()).ok_or("no picture"))
    }
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

fn follow(engine: &Engine, jpeg: &[u8], track: Option<&Track>) -> Observation {
    let frame = decode(black_box(jpeg));
    must(match track {
        None => engine.look(&frame),
        Some(track) => engine.follow(&frame, track),
    })
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
