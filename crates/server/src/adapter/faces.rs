//! Looks at the frames of cameras, with the networks of [`face`].

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use authn::recognize::{Fault, Next, Pose, Seen, Verdict};
use domain::port::{Pending, ready};
use face::{
    Analyse, AnalysisError, Capacity, Challenge, Claim, DeviceSecret, Engine, EngineError, Failure,
    Hint, Policy, Pool, Progress, Prompt, Refusal, Rotation, Runtime, SEED_LENGTH, Template,
};
use web::{FaceAttempt, FaceClaim, NotLooked, TemplateUnusable};

use crate::config::Recognize;

/// How a JPEG picture begins.
const JPEG: &[u8] = &[0xff, 0xd8, 0xff];

/// Why nobody can look at frames.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FacesFault {
    /// The models cannot be loaded.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There are no threads.
    #[error("threads for face recognition cannot be started: {0}")]
    Threads(#[from] std::io::Error),
}

/// A bounded number of threads that look at frames.
pub(crate) struct Faces {
    pool: Arc<Pool>,
    policy: Policy,
}

impl Faces {
    /// Loads the models that are configured; `None` if none are.
    pub(crate) fn load(config: &Recognize) -> Result<Option<Self>, FacesFault> {
        let Some(models) = &config.models else {
            return Ok(None);
        };
        let engine = Engine::load(models, &runtime(config))?;
        Ok(Some(Self::with(engine, config)?))
    }

    fn with(engine: impl Analyse + 'static, config: &Recognize) -> std::io::Result<Self> {
        let capacity = Capacity {
            workers: NonZeroUsize::new(config.workers).unwrap_or(NonZeroUsize::MIN),
            waiting: config.queue,
        };
        Ok(Self {
            pool: Arc::new(Pool::start(engine, capacity)?),
            policy: Policy::default(),
        })
    }
}

/// What computes: Rust, or the library that is configured.
#[cfg(feature = "ort")]
fn runtime(config: &Recognize) -> Runtime {
    let library = config.onnx_runtime.clone();
    library.map_or(Runtime::Tract, Runtime::OnnxRuntime)
}

/// What computes: Rust, as this server was built. The configuration names no library (`config::rules`).
#[cfg(not(feature = "ort"))]
const fn runtime(_: &Recognize) -> Runtime {
    Runtime::Tract
}

impl web::Faces for Faces {
    fn reads(&self, template: &[u8]) -> bool {
        Template::from_bytes(template).is_ok()
    }

    fn attempt(
        &self,
        claim: FaceClaim<'_>,
        seed: [u8; SEED_LENGTH],
    ) -> Result<Box<dyn FaceAttempt>, TemplateUnusable> {
        let secret = DeviceSecret::new(*claim.secret);
        let rotation = Rotation::derive(&secret, claim.context);
        let policy = self.policy.clone();
        let (challenge, enrols) = match claim.template {
            None => (
                Challenge::enrol(policy, &seed, Duration::ZERO),
                Some(rotation),
            ),
            Some(bytes) => {
                let template = Template::from_bytes(bytes).map_err(|_| TemplateUnusable)?;
                let anew = claim.new_secret.map(|new| {
                    let secret = DeviceSecret::new(*new);
                    Rotation::derive(&secret, claim.context)
                });
                let claim = Claim { template, rotation };
                (
                    Challenge::authenticate(policy, claim, &seed, Duration::ZERO),
                    anew,
                )
            }
        };
        let prompt = challenge.prompt();
        Ok(Box::new(Attempt {
            pool: Arc::clone(&self.pool),
            times: (self.policy.first_pose, self.policy.each_pose),
            steps: prompt.remaining,
            prompt,
            compared: false,
            challenge: Some(challenge),
            enrols,
        }))
    }
}

/// One challenge, and who looks.
struct Attempt {
    pool: Arc<Pool>,
    /// For the first pose, and for each other.
    times: (Duration, Duration),
    /// How many poses come after the first.
    steps: usize,
    prompt: Prompt,
    /// Whether a face was compared.
    compared: bool,
    /// Nothing once it was passed or failed.
    challenge: Option<Challenge>,
    /// What turns the face that is enrolled.
    enrols: Option<Rotation>,
}

impl Attempt {
    fn seen(&mut self, progress: Progress, face: Option<[f32; 4]>) -> Seen {
        let (hint, verdict) = match progress {
            Progress::Going(challenge, prompt) => {
                let is_new = prompt.remaining != self.prompt.remaining;
                self.compared = challenge.has_begun();
                self.challenge = Some(challenge);
                self.prompt = prompt;
                match is_new {
                    true => ("ok", Verdict::Pose(next(prompt, self.times.1))),
                    false => (hint(prompt), Verdict::Going),
                }
            }
            Progress::Passed(passage) => {
                let template = self
                    .enrols
                    .as_ref()
                    .map(|rotation| Template::protect(passage.embedding(), rotation).to_bytes());
                ("ok", Verdict::Passed(template))
            }
            Progress::Failed(failure) => {
                tracing::info!(reason = %failure, "a face was not recognised");
                let fault = match failure {
                    Failure::AnotherPerson => Fault::NoMatch,
                    _ => Fault::NotSeen,
                };
                ("ok", Verdict::Failed(fault))
            }
        };
        Seen {
            hint,
            progress: share(
                self.steps - self.prompt.remaining.min(self.steps),
                self.steps + 1,
            ),
            face,
            compared: self.compared,
            pause: self
                .challenge
                .as_ref()
                .map_or(Duration::ZERO, Challenge::pace),
            verdict,
        }
    }
}

/// What is asked for, in the words of a session.
fn next(prompt: Prompt, time: Duration) -> Next {
    Next {
        pose: match prompt.pose {
            face::Pose::Centre => Pose::Center,
            face::Pose::Left => Pose::Left,
            face::Pose::Right => Pose::Right,
        },
        seconds: time.as_secs(),
        remaining: u8::try_from(prompt.remaining).unwrap_or(u8::MAX),
    }
}

/// What to tell the person, by a word of the protocol.
const fn hint(prompt: Prompt) -> &'static str {
    match (prompt.hint, prompt.pose) {
        (Some(Hint::NoFace), _) => "no-face",
        (Some(Hint::SeveralFaces), _) => "several-faces",
        (Some(Hint::TooFar), _) => "move-closer",
        (Some(Hint::TooNear), _) => "move-back",
        (Some(Hint::OffCentre), _) => "move-to-center",
        (Some(Hint::TooDark), _) => "too-dark",
        (Some(Hint::TooBright), _) => "too-bright",
        (Some(Hint::Blurred), _) => "blurred",
        (Some(Hint::TooFast), _) => "slower",
        (None, _) if prompt.reached => "hold-still",
        (None, face::Pose::Centre) => "look-straight",
        (None, face::Pose::Left) => "turn-left",
        (None, face::Pose::Right) => "turn-right",
    }
}

/// The upper left corner of a face, its width and its height, as far as they are in the picture.
fn place(face: &face::Face) -> [f32; 4] {
    let bounds = |axis: fn([f32; 2]) -> f32| {
        let (centre, half) = (axis(face.centre), axis(face.extent) / 2.0);
        let [start, end] = [centre - half, centre + half].map(|it| it.clamp(0.0, 1.0));
        (start, end - start)
    };
    let ((x, width), (y, height)) = (bounds(|[x, _]| x), bounds(|[_, y]| y));
    [x, y, width, height]
}

/// How much of a whole a part is.
fn share(part: usize, whole: usize) -> f32 {
    let [part, whole] = [part, whole].map(|it| f32::from(u16::try_from(it).unwrap_or(u16::MAX)));
    part / whole
}

impl FaceAttempt for Attempt {
    fn first(&self) -> (Next, u64) {
        let (first, each) = self.times;
        let steps = u32::try_from(self.steps).unwrap_or(u32::MAX);
        let all = first.saturating_add(each.saturating_mul(steps));
        (next(self.prompt, first), all.as_secs())
    }

    fn look(&mut self, picture: Vec<u8>, at: Duration) -> Pending<'_, Result<Seen, NotLooked>> {
        // What else could be decoded is not of the protocol, and no camera's.
        if !picture.starts_with(JPEG) {
            return ready(Err(NotLooked::Picture));
        }
        let track = self.challenge.as_ref().and_then(Challenge::track);
        let looking = self.pool.follow(picture, track);
        Box::pin(async move {
            let observation = looking.await.map_err(|refusal| match refusal {
                Refusal::Busy => NotLooked::Busy,
                Refusal::Analysis(AnalysisError::Frame(_)) => NotLooked::Picture,
                Refusal::Analysis(AnalysisError::Network(_)) | Refusal::Failed => NotLooked::Failed,
            })?;
            let challenge = self.challenge.take().ok_or(NotLooked::Failed)?;
            let face = observation.face.as_ref().map(place);
            Ok(self.seen(challenge.observe(at, &observation), face))
        })
    }
}

#[cfg(test)]
mod tests {
    use face::{DIMENSIONS, Embedding, Observation};
    use web::Faces as _;

    use super::*;

    /// Takes the first byte of a picture for where the head is turned, and the second for whose it is.
    struct Scripted;

    impl Analyse for Scripted {
        fn analyse(&self, frame: &[u8]) -> Result<Observation, AnalysisError> {
            let [_, _, _, turned, whose, ..] = frame else {
                return Err(face::FrameError::Damaged.into());
            };
            let numbers = [f32::from(*whose); DIMENSIONS];
            let face = (*turned != b'-').then(|| face::Face {
                yaw: match turned {
                    b'l' => 0.4,
                    b'r' => -0.4,
                    _ => 0.0,
                },
                size: 0.5,
                centre: [0.5, 0.5],
                extent: [0.5, 0.7],
                brightness: 120.0,
                sharpness: 5.0,
                embedding: Embedding::new(&numbers).unwrap(),
                track: None,
            });
            Ok(Observation {
                faces: usize::from(face.is_some()),
                face,
            })
        }
    }

    fn jpeg(content: &[u8]) -> Vec<u8> {
        [JPEG, content].concat()
    }

    fn faces() -> Faces {
        let mut faces = Faces::with(Scripted, &Recognize::default()).unwrap();
        // A head jumps from frame to frame here.
        (faces.policy.farthest_jump, faces.policy.widest_hole) = (2.0, 2.0);
        faces
    }

    fn claim<'a>(secret: &'a [u8; 32], template: Option<&'a [u8]>) -> FaceClaim<'a> {
        FaceClaim {
            secret,
            context: b"person",
            template,
            new_secret: None,
        }
    }

    /// Follows the poses with this face, four frames a second.
    async fn follow(attempt: &mut dyn FaceAttempt, whose: u8) -> Verdict {
        let (mut next, _) = attempt.first();
        for frame in 1..300_u64 {
            let turned = match next.pose {
                Pose::Center => b'c',
                Pose::Left => b'l',
                Pose::Right => b'r',
            };
            let at = Duration::from_millis(frame * 250);
            let picture = jpeg(&[turned, whose]);
            let seen = attempt.look(picture, at).await.unwrap();
            assert!((0.0..=1.0).contains(&seen.progress));
            match seen.verdict {
                Verdict::Going => {}
                Verdict::Pose(pose) => {
                    assert_eq!(pose.remaining + 1, next.remaining);
                    next = pose;
                }
                verdict => return verdict,
            }
        }
        panic!("no end");
    }

    #[tokio::test]
    async fn a_face_that_was_enrolled_is_recognised_with_its_secret_alone() {
        let faces = faces();
        let mut attempt = faces.attempt(claim(&[1; 32], None), [7; 32]).unwrap();
        let Verdict::Passed(Some(template)) = follow(&mut *attempt, 3).await else {
            panic!("not enrolled");
        };
        let known = |secret, whose| {
            let (faces, template) = (&faces, &template);
            async move {
                let secret = [secret; 32];
                let claimed = claim(&secret, Some(template));
                let mut attempt = faces.attempt(claimed, [8; 32]).unwrap();
                follow(&mut *attempt, whose).await
            }
        };
        assert_eq!(known(1, 3).await, Verdict::Passed(None));
        assert_eq!(known(1, 4).await, Verdict::Failed(Fault::NoMatch));
        assert_eq!(known(2, 3).await, Verdict::Failed(Fault::NoMatch));
        let damaged = faces.attempt(claim(&[1; 32], Some(&[0; 9])), [8; 32]);
        assert!(damaged.is_err());
    }

    #[tokio::test]
    async fn what_is_seen_is_told_in_the_words_of_the_protocol() {
        let faces = faces();
        let mut attempt = faces.attempt(claim(&[1; 32], None), [7; 32]).unwrap();
        let at = Duration::from_millis(250);
        let nobody = attempt.look(jpeg(b"-0"), at).await.unwrap();
        assert_eq!((nobody.hint, nobody.face), ("no-face", None));
        let turned = attempt.look(jpeg(b"l0"), at).await.unwrap();
        let near = |one: f32, other: f32| (one - other).abs() < 1e-6;
        let [x, y, width, height] = turned.face.unwrap();
        assert!(near(x, 0.25) && near(y, 0.15) && near(width, 0.5) && near(height, 0.7));
        assert!(!turned.compared, "nobody has looked into the camera yet");
        let ahead = attempt.look(jpeg(b"c0"), at).await.unwrap();
        assert!(ahead.compared);
        for none in [b"".as_slice(), b"\x89PNG\r\n\x1a\n", JPEG] {
            let picture = attempt.look(none.to_vec(), at).await;
            assert_eq!(picture.err(), Some(NotLooked::Picture));
        }
    }

    #[tokio::test]
    async fn a_head_that_was_not_seen_on_its_way_is_told_to_turn_more_slowly() {
        let mut faces = faces();
        faces.policy.widest_hole = Policy::default().widest_hole;
        let mut attempt = faces.attempt(claim(&[1; 32], None), [0; 32]).unwrap();
        let (mut turned, mut told) = (b'c', Vec::new());
        for frame in 1..12_u64 {
            let at = Duration::from_millis(frame * 250);
            let seen = attempt.look(jpeg(&[turned, 0]), at).await.unwrap();
            if let Verdict::Pose(next) = seen.verdict {
                assert_eq!(next.pose, Pose::Left);
                turned = b'l';
            }
            told.push(seen.hint);
        }
        assert!(told.contains(&"slower"), "{told:?}");
        assert_eq!(told.last(), Some(&"slower"));
    }
}
