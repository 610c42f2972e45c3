//! What a person is asked to do in front of the camera, so that a picture of them is not enough.
//!
//! The server draws an order of head turns, asks for one after the other, and looks at every frame: one
//! face, always the same, seen on all of its way from one side to the next, in time. This makes a photo, a
//! few photos and recordings fail. It does not stop whoever can put a rendered face in place of the camera.

mod plan;
mod policy;
mod quality;
#[cfg(test)]
mod tests;
mod watch;
mod way;

use std::time::Duration;

use crate::embedding::Embedding;
use crate::observation::{Face, Observation, Track};
use crate::template::{Rotation, Template};
use plan::Step;
pub use plan::{Pose, SEED_LENGTH};
pub use policy::Policy;
pub use quality::Hint;
use quality::usable;
use watch::Watch;
use way::Way;

/// A challenge that is going on.
#[derive(Clone)]
pub struct Challenge {
    policy: Policy,
    seed: [u8; SEED_LENGTH],
    claim: Option<Claim>,
    /// What is still to be done, the last first; the step that is asked for is the last of the list.
    remaining: Vec<Step>,
    /// The step that is asked for.
    step: Step,
    /// Where the head was to be before.
    before: Option<Pose>,
    /// Since when this step is asked for.
    asked: Duration,
    /// Whether the head has left where it was when the step was asked for.
    departed: bool,
    /// Whether it may go back there, because it turned too fast to be seen.
    returns: bool,
    /// Since when the head is where it should be.
    reached: Option<Duration>,
    /// Where the head was seen since the step was asked for.
    way: Way,
    watch: Watch,
}

/// Who somebody says they are: the template that was enrolled, and what turns an embedding to it.
#[derive(Clone)]
pub struct Claim {
    /// What was kept at the enrolment.
    pub template: Template,
    /// The rotation by the secret of the device.
    pub rotation: Rotation,
}

/// What becomes of a challenge with a frame.
#[expect(clippy::large_enum_variant, reason = "it is moved once for each frame")]
pub enum Progress {
    /// It goes on; this is what to tell the person.
    Going(Challenge, Prompt),
    /// It was passed.
    Passed(Passage),
    /// It was not passed, and never will be.
    Failed(Failure),
}

/// What to tell the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Where to turn the head.
    pub pose: Pose,
    /// Whether the head is there, so that it should stay.
    pub reached: bool,
    /// What keeps the frame from being of use, or the head from being where it should, if anything does.
    pub hint: Option<Hint>,
    /// How many poses are still to come after this one.
    pub remaining: usize,
}

/// Why a challenge was not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A pose was not taken in its time.
    #[error("the pose was not taken in time")]
    TooSlow,
    /// No usable frame came for too long, after one had come.
    #[error("the face was lost from sight")]
    LostFace,
    /// The head was elsewhere from one frame to the next.
    #[error("the head jumped")]
    Jumped,
    /// The head was where it should be before anybody can have followed.
    #[error("the head turned before it was asked to")]
    Anticipated,
    /// The head turned the other way.
    #[error("the head turned the wrong way")]
    WrongWay,
    /// The face became another one.
    #[error("the face became another one")]
    FaceChanged,
    /// The face is not the one that was enrolled.
    #[error("the face is not the one that was enrolled")]
    AnotherPerson,
    /// More frames came than anybody needs.
    #[error("too many frames came")]
    TooManyFrames,
}

/// That a challenge was passed: only passing one makes it.
#[derive(Clone)]
pub struct Passage {
    embedding: Embedding,
    frames: u16,
    distance: Option<f32>,
}

impl Passage {
    /// The mean embedding of the frames that looked into the camera: what to enrol.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// How many frames the embedding is the mean of.
    pub fn frames(&self) -> u16 {
        self.frames
    }

    /// How far the face is from the enrolled one, if there was a claim; at most the policy's threshold.
    pub fn distance(&self) -> Option<f32> {
        self.distance
    }
}

impl Challenge {
    /// A challenge for somebody who is to be enrolled. `seed` is random and secret; `now` is when the
    /// first prompt is sent, as all times of a challenge since any one moment.
    pub fn enrol(policy: Policy, seed: &[u8; SEED_LENGTH], now: Duration) -> Self {
        Self::new(policy, None, seed, now)
    }

    /// A challenge for somebody who says who they are.
    pub fn authenticate(
        policy: Policy,
        claim: Claim,
        seed: &[u8; SEED_LENGTH],
        now: Duration,
    ) -> Self {
        Self::new(policy, Some(claim), seed, now)
    }

    fn new(policy: Policy, claim: Option<Claim>, seed: &[u8; SEED_LENGTH], now: Duration) -> Self {
        let mut remaining = plan::draw(&policy, seed);
        remaining.reverse();
        let step = remaining.pop().unwrap_or(Step::FIRST);
        Self {
            policy,
            seed: *seed,
            claim,
            remaining,
            step,
            before: None,
            asked: now,
            departed: true,
            returns: false,
            reached: None,
            way: Way::default(),
            watch: Watch::default(),
        }
    }

    /// What to tell the person at first, and what to tell again.
    pub fn prompt(&self) -> Prompt {
        self.prompt_with(None)
    }

    /// When the challenge fails if no frame comes before: ask [`Self::observe`] or forget it then.
    pub fn deadline(&self) -> Duration {
        let step = self.asked.saturating_add(self.time_allowed());
        let sight = self.watch.seen_at();
        sight.map_or(step, |at| {
            step.min(at.saturating_add(self.policy.longest_gap))
        })
    }

    /// Where the face is to be looked for in the next frame; everywhere, with all other faces, if it was not in
    /// the last one, and else from time to time, which nobody can foresee.
    pub fn track(&self) -> Option<Track> {
        let is_counted = plan::counts(&self.policy, &self.seed, self.watch.frames());
        self.watch.track().filter(|_| !is_counted)
    }

    /// How soon after the last frame the next one is wanted.
    pub fn pace(&self) -> Duration {
        let (turning, still) = (self.policy.pace_turning, self.policy.pace_still);
        match (self.reached.zip(self.watch.seen_at()), self.watch.speed()) {
            // A head that is where it should be has only to stay.
            (Some((since, seen)), _) => {
                let held = seen.saturating_sub(since);
                self.step
                    .hold
                    .saturating_sub(held)
                    .clamp(turning, self.policy.pace_holding)
            }
            (None, Some(speed)) => {
                let stride = self.policy.stride / speed;
                Duration::try_from_secs_f32(stride).map_or(still, |it| it.clamp(turning, still))
            }
            (None, None) => still,
        }
    }

    /// Whether a face was seen that the challenge began with, and compared with the claim if there is one.
    pub fn has_begun(&self) -> bool {
        self.watch.seen_at().is_some()
    }

    /// What becomes of the challenge with a frame that arrived `at` this time.
    pub fn observe(mut self, at: Duration, observation: &Observation) -> Progress {
        match self.look(at, observation) {
            Ok(Look::Useless(hint)) => {
                let prompt = self.prompt_with(Some(hint));
                Progress::Going(self, prompt)
            }
            Ok(Look::Useful(hint)) => self.advance(at, hint),
            Err(failure) => Progress::Failed(failure),
        }
    }

    /// Everything that must hold of every frame.
    fn look(&mut self, at: Duration, observation: &Observation) -> Result<Look, Failure> {
        self.watch.count(&self.policy)?;
        if at > self.asked.saturating_add(self.time_allowed()) {
            return Err(Failure::TooSlow);
        }
        self.watch.in_sight(at, &self.policy)?;
        let face = match usable(observation, &self.policy) {
            Ok(face) => face,
            Err(hint) => return Ok(Look::Useless(hint)),
        };
        if self.waits(face) {
            return Ok(Look::Useful(None));
        }
        self.watch.same_face(face, &self.policy)?;
        watch::claimed(face, self.claim.as_ref(), &self.policy)?;
        self.watch.moved(at, face, &self.policy)?;
        Ok(Look::Useful(self.follow(at, face)?))
    }

    /// Whether nobody has looked into the camera yet: until then, a head may be anywhere.
    fn waits(&self, face: &Face) -> bool {
        self.watch.seen_at().is_none() && !self.step.pose.takes(face.yaw, &self.policy)
    }

    /// Whether the head goes where it should, and what keeps it from being there.
    fn follow(&mut self, at: Duration, face: &Face) -> Result<Option<Hint>, Failure> {
        let (policy, pose) = (&self.policy, self.step.pose);
        self.way.saw(face.yaw);
        let stays = self.reached.is_some() && pose.keeps(face.yaw, policy);
        if !(stays || pose.takes(face.yaw, policy)) {
            // Who leaves too early holds the pose from the beginning, in the same time.
            self.reached = None;
            self.departed |= self.before.is_none_or(|pose| !pose.keeps(face.yaw, policy));
            return match self.strays(face.yaw) {
                true => Err(Failure::WrongWay),
                false => Ok(None),
            };
        }
        if self.reached.is_none() {
            if self.before.is_some() && at < self.asked.saturating_add(policy.reaction) {
                return Err(Failure::Anticipated);
            }
            // A head that was not seen on its way has not turned: there may be another photo now.
            if !self.way.is_seen(policy.widest_hole) {
                (self.departed, self.returns) = (true, true);
                return Ok(Some(Hint::TooFast));
            }
            (self.departed, self.returns) = (true, false);
            self.reached = Some(at);
        }
        if pose == Pose::Centre {
            self.watch.keep(&face.embedding);
        }
        Ok(None)
    }

    /// Whether the head, once it has begun, is turned to a side where it should not be.
    fn strays(&self, yaw: f32) -> bool {
        self.before.is_some()
            && [Pose::Left, Pose::Right].into_iter().any(|side| {
                let there = side.takes(yaw, &self.policy);
                let coming = self.before == Some(side) && (!self.departed || self.returns);
                there && side != self.step.pose && !coming
            })
    }

    /// To the next step, if this one is done.
    fn advance(mut self, at: Duration, hint: Option<Hint>) -> Progress {
        let held = self
            .reached
            .is_some_and(|since| at >= since.saturating_add(self.step.hold));
        if !held {
            let prompt = self.prompt_with(hint);
            return Progress::Going(self, prompt);
        }
        let enough = self.watch.kept() >= self.policy.frames;
        match self.remaining.pop() {
            Some(step) => self.ask(step, at),
            None if enough => return self.finish(),
            None => {}
        }
        let prompt = self.prompt();
        Progress::Going(self, prompt)
    }

    fn ask(&mut self, step: Step, at: Duration) {
        // Play in holding a pose takes nothing off the way to the next.
        let yaw = self.watch.yaw();
        self.way = Way::from(yaw.map(|yaw| self.step.pose.nearest(yaw, &self.policy)));
        self.before = Some(self.step.pose);
        self.step = step;
        self.asked = at;
        (self.departed, self.returns) = (false, false);
        self.reached = None;
    }

    /// Judges the face as a whole.
    fn finish(self) -> Progress {
        let Some(embedding) = self.watch.mean() else {
            return Progress::Failed(Failure::LostFace);
        };
        let claim = self.claim.as_ref();
        let distance = claim.map(|claim| claim.distance(&embedding));
        let near = distance.is_none_or(|distance| distance <= self.policy.threshold);
        if !near {
            return Progress::Failed(Failure::AnotherPerson);
        }
        Progress::Passed(Passage {
            embedding,
            frames: self.watch.kept(),
            distance,
        })
    }

    fn prompt_with(&self, hint: Option<Hint>) -> Prompt {
        Prompt {
            pose: self.step.pose,
            reached: self.reached.is_some(),
            hint,
            remaining: self.remaining.len(),
        }
    }

    /// To find the camera takes longer than to turn the head.
    fn time_allowed(&self) -> Duration {
        match self.before {
            None => self.policy.first_pose,
            Some(_) => self.policy.each_pose,
        }
    }
}

impl Claim {
    /// How far a face is from the one that was enrolled.
    fn distance(&self, embedding: &Embedding) -> f32 {
        self.template.distance(embedding, &self.rotation)
    }
}

/// Whether a frame could be looked at.
enum Look {
    /// It could, even if something is to be told.
    Useful(Option<Hint>),
    Useless(Hint),
}
