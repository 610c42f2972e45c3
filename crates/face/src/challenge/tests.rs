//! Challenges, as honest people and others go through them.

mod pace;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::embedding::DIMENSIONS;
use crate::template::DeviceSecret;

/// Between two frames of a camera.
const FRAME: Duration = Duration::from_millis(125);

fn someone(number: u8) -> Embedding {
    let numbers: Vec<f32> = (0..DIMENSIONS)
        .map(|i| if i == usize::from(number) { 0.7 } else { 0.0 })
        .collect();
    Embedding::new(&numbers).unwrap()
}

/// A good frame of somebody.
fn frame(yaw: f32, embedding: &Embedding) -> Observation {
    let face = Face {
        yaw,
        size: 0.5,
        centre: [0.5, 0.5],
        extent: [0.5, 0.5],
        brightness: 120.0,
        sharpness: 5.0,
        embedding: embedding.clone(),
        track: None,
    };
    Observation {
        faces: 1,
        face: Some(face),
    }
}

fn claim(who: &Embedding) -> Claim {
    let rotation = Rotation::derive(&DeviceSecret::new([7; 32]), b"test");
    Claim {
        template: Template::protect(who, &rotation),
        rotation,
    }
}

fn yaw_of(pose: Pose) -> f32 {
    match pose {
        Pose::Centre => 0.0,
        Pose::Left => 0.32,
        Pose::Right => -0.32,
    }
}

/// Somebody who does what they are told.
struct Person {
    yaw: f32,
    now: Duration,
    /// How far the head turns between two frames.
    speed: f32,
    /// When what was asked for is understood.
    asked: Option<(Pose, Duration)>,
}

impl Person {
    fn new() -> Self {
        Self {
            yaw: 0.03,
            now: Duration::ZERO,
            speed: 0.1,
            asked: None,
        }
    }

    /// Where the head is in the next frame.
    fn follow(&mut self, prompt: Prompt) -> f32 {
        self.now += FRAME;
        match self.asked {
            Some((pose, since)) if pose == prompt.pose => {
                if self.now >= since + Duration::from_millis(250) {
                    let way = yaw_of(pose) - self.yaw;
                    self.yaw += way.clamp(-self.speed, self.speed);
                }
            }
            _ => self.asked = Some((prompt.pose, self.now)),
        }
        self.yaw
    }
}

/// What becomes of a challenge with what is seen for every prompt; and what was seen, by time.
fn go(
    mut challenge: Challenge,
    mut see: impl FnMut(Prompt) -> (Duration, Observation),
) -> Result<Passage, Failure> {
    let mut prompt = challenge.prompt();
    for _ in 0..10_000 {
        let (at, observation) = see(prompt);
        match challenge.observe(at, &observation) {
            Progress::Going(next, told) => (challenge, prompt) = (next, told),
            Progress::Passed(passage) => return Ok(passage),
            Progress::Failed(failure) => return Err(failure),
        }
    }
    panic!("a challenge comes to an end");
}

fn enrol(seed: &[u8; SEED_LENGTH]) -> Challenge {
    Challenge::enrol(Policy::default(), seed, Duration::ZERO)
}

proptest! {
    #[test]
    fn whoever_does_as_told_passes(seed: [u8; SEED_LENGTH], speed in 0.06_f32..0.11) {
        let mut person = Person { speed, ..Person::new() };
        let me = someone(1);
        let challenge = Challenge::authenticate(Policy::default(), claim(&me), &seed, Duration::ZERO);
        let passage = go(challenge, |prompt| {
            let yaw = person.follow(prompt);
            (person.now, frame(yaw, &me))
        });
        let passage = passage.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
        prop_assert!(passage.frames() >= 5);
        prop_assert!(passage.distance().unwrap() < 0.01);
        prop_assert!(passage.embedding().distance(&me) < 0.01);
    }

    #[test]
    fn a_still_photo_never_passes(seed: [u8; SEED_LENGTH], yaw in -1.0_f32..1.0) {
        let mut now = Duration::ZERO;
        let ended = go(enrol(&seed), |_| {
            now += FRAME;
            (now, frame(yaw, &someone(1)))
        });
        prop_assert!(ended.is_err());
    }

    /// What was recorded of one challenge passes another only if it asks for the same.
    #[test]
    fn a_recording_passes_no_other_order_of_turns(seed: [u8; SEED_LENGTH], other: [u8; SEED_LENGTH]) {
        let poses = |seed: &[u8; SEED_LENGTH]| -> Vec<Pose> {
            plan::draw(&Policy::default(), seed).iter().map(|step| step.pose).collect()
        };
        prop_assume!(poses(&seed) != poses(&other));
        let (mut person, mut recording) = (Person::new(), Vec::new());
        let recorded = go(enrol(&seed), |prompt| {
            let yaw = person.follow(prompt);
            recording.push((person.now, yaw));
            (person.now, frame(yaw, &someone(1)))
        });
        prop_assert!(recorded.is_ok());
        let end = recording.last().copied().unwrap();
        let mut frames = recording.into_iter().chain((1..).map(|n| (end.0 + FRAME * n, end.1)));
        let replayed = go(enrol(&other), |_| {
            let (at, yaw) = frames.next().unwrap();
            (at, frame(yaw, &someone(1)))
        });
        prop_assert!(replayed.is_err(), "{:?} passes {:?}", poses(&seed), poses(&other));
    }

    #[test]
    fn cuts_between_photos_never_pass(seed: [u8; SEED_LENGTH]) {
        let mut now = Duration::ZERO;
        let ended = go(enrol(&seed), |prompt| {
            now += FRAME;
            (now, frame(yaw_of(prompt.pose), &someone(1)))
        });
        prop_assert!(matches!(ended, Err(Failure::Jumped | Failure::Anticipated)));
    }

    /// Two photos and the same mirrored, with as much trembling as a hand has: whichever is held up when, none
    /// shows the head between them.
    #[test]
    fn two_photos_and_their_mirror_images_never_pass(
        seed: [u8; SEED_LENGTH],
        held in prop::collection::vec((any::<bool>(), -0.02_f32..0.02), 1..80),
        pause in 1_u32..6,
    ) {
        let (mut now, mut held) = (Duration::ZERO, held.iter().cycle());
        let mut asked = Vec::new();
        let ended = go(enrol(&seed), |prompt| {
            now += FRAME;
            asked.push(prompt.pose);
            let (is_mirrored, trembling) = held.next().unwrap();
            // Nobody answers before they can have seen what is asked.
            let reacted = asked.iter().rev().nth(usize::try_from(pause).unwrap());
            let photo = match reacted.copied().unwrap_or(Pose::Centre) {
                Pose::Left => 0.27,
                Pose::Right => -0.27,
                Pose::Centre if *is_mirrored => -0.06,
                Pose::Centre => 0.06,
            };
            (now, frame(photo + trembling, &someone(1)))
        });
        prop_assert!(ended.is_err());
    }

    #[test]
    fn a_single_frame_of_somebody_else_ends_it(seed: [u8; SEED_LENGTH], nth in 1_usize..25) {
        let (mut person, mut count) = (Person::new(), 0);
        let ended = go(enrol(&seed), |prompt| {
            let yaw = person.follow(prompt);
            count += 1;
            let who = if count == nth { 2 } else { 1 };
            (person.now, frame(yaw, &someone(who)))
        });
        prop_assert!(matches!(ended, Err(Failure::FaceChanged)));
    }

    #[test]
    fn another_person_is_refused_at_once(seed: [u8; SEED_LENGTH]) {
        let challenge = Challenge::authenticate(Policy::default(), claim(&someone(1)), &seed, Duration::ZERO);
        let ended = go(challenge, |_| (FRAME, frame(0.0, &someone(2))));
        prop_assert!(matches!(ended, Err(Failure::AnotherPerson)));
    }

    /// Nearer than a frame has to be, but not near enough to be let in.
    #[test]
    fn a_lookalike_is_refused_in_the_end(seed: [u8; SEED_LENGTH]) {
        let mut numbers = someone(1).as_slice().to_vec();
        numbers[9] = 0.5;
        let lookalike = Embedding::new(&numbers).unwrap();
        let challenge = Challenge::authenticate(Policy::default(), claim(&someone(1)), &seed, Duration::ZERO);
        let mut person = Person::new();
        let ended = go(challenge, |prompt| {
            let yaw = person.follow(prompt);
            (person.now, frame(yaw, &lookalike))
        });
        prop_assert!(matches!(ended, Err(Failure::AnotherPerson)));
    }

    #[test]
    fn whoever_turns_the_other_way_fails(seed: [u8; SEED_LENGTH]) {
        let mut person = Person::new();
        let ended = go(enrol(&seed), |prompt| {
            let mirrored = match prompt.pose {
                Pose::Left => Pose::Right,
                Pose::Right => Pose::Left,
                Pose::Centre => Pose::Centre,
            };
            let yaw = person.follow(Prompt { pose: mirrored, ..prompt });
            (person.now, frame(yaw, &someone(1)))
        });
        prop_assert!(matches!(ended, Err(Failure::WrongWay)));
    }

    /// Whatever is seen, whenever: every challenge ends, and never by a panic.
    #[test]
    fn every_challenge_ends(
        seed: [u8; SEED_LENGTH],
        seen in prop::collection::vec((0_u64..2000, -1.0_f32..1.0, 0_usize..3, -10.0_f32..300.0), 1..40),
    ) {
        let (mut now, mut seen) = (Duration::ZERO, seen.iter().cycle());
        let mut longest = 0;
        let _ = go(enrol(&seed), |_| {
            let (after, yaw, faces, quality) = seen.next().unwrap();
            now += Duration::from_millis(*after);
            longest += 1;
            let mut observation = frame(*yaw, &someone(1));
            observation.faces = *faces;
            if let Some(face) = &mut observation.face {
                (face.brightness, face.sharpness) = (*quality, *quality);
            }
            (now, observation)
        });
        prop_assert!(longest <= 301);
    }

    /// No number that a camera could be made to send is taken for a pose.
    #[test]
    fn numbers_that_are_none_are_no_face(seed: [u8; SEED_LENGTH]) {
        for spoil in [
            |face: &mut Face| face.yaw = f32::NAN,
            |face: &mut Face| face.size = f32::NAN,
            |face: &mut Face| face.centre = [f32::NAN, 0.5],
            |face: &mut Face| face.brightness = f32::NAN,
            |face: &mut Face| face.sharpness = f32::NAN,
        ] {
            let mut observation = frame(0.0, &someone(1));
            observation.face.as_mut().map(spoil);
            let progress = enrol(&seed).observe(FRAME, &observation);
            let Progress::Going(_, prompt) = progress else { panic!("one bad frame ends nothing") };
            prop_assert!(prompt.hint.is_some() && !prompt.reached);
        }
    }
}

#[test]
fn whoever_turns_too_fast_is_told_and_turns_again() {
    let policy = Policy {
        turns: 1,
        ..Policy::default()
    };
    let challenge = Challenge::enrol(policy, &[0; SEED_LENGTH], Duration::ZERO);
    let mut yaws = [
        vec![0.0; 8],
        // To the left in two frames, held, and back for what was missing.
        vec![0.15, 0.32, 0.32, 0.32, 0.24, 0.16, 0.08, 0.16, 0.24],
        vec![0.32; 6],
        vec![0.24, 0.16, 0.08],
        vec![0.0; 9],
    ]
    .concat()
    .into_iter();
    let (mut now, mut told) = (Duration::ZERO, 0);
    let passed = go(challenge, |prompt| {
        now += FRAME;
        told += u32::from(prompt.hint == Some(Hint::TooFast));
        assert!(prompt.hint.is_none() || !prompt.reached);
        (now, frame(yaws.next().unwrap(), &someone(1)))
    });
    assert!(passed.is_ok(), "{:?}", passed.err());
    assert!(told > 0);
}

/// Also on the way from a side, to which nobody was asked to turn again.
#[test]
fn whoever_turned_back_too_fast_goes_to_the_side_again() {
    let policy = Policy {
        turns: 1,
        ..Policy::default()
    };
    let challenge = Challenge::enrol(policy, &[0; SEED_LENGTH], Duration::ZERO);
    let mut yaws = [
        vec![0.0; 8],
        vec![0.1, 0.2, 0.3],
        vec![0.3; 6],
        vec![0.12, 0.0, 0.12, 0.2, 0.28, 0.2, 0.12],
        vec![0.0; 9],
    ]
    .concat()
    .into_iter();
    let (mut now, mut told) = (Duration::ZERO, 0);
    let passed = go(challenge, |prompt| {
        now += FRAME;
        told += u32::from(prompt.hint == Some(Hint::TooFast));
        (now, frame(yaws.next().unwrap(), &someone(1)))
    });
    assert!(passed.is_ok() && told > 0, "{:?} {told}", passed.err());
}

#[test]
fn whoever_does_not_move_is_too_slow() {
    let mut now = Duration::ZERO;
    let ended = go(enrol(&[0; SEED_LENGTH]), |_| {
        now += FRAME;
        (now, frame(0.0, &someone(1)))
    });
    assert_eq!(ended.err(), Some(Failure::TooSlow));
}

#[test]
fn a_face_out_of_sight_for_too_long_is_lost() {
    let challenge = enrol(&[0; SEED_LENGTH]);
    let Progress::Going(challenge, _) = challenge.observe(FRAME, &frame(0.0, &someone(1))) else {
        panic!("it goes on");
    };
    assert_eq!(challenge.deadline(), FRAME + Policy::default().longest_gap);
    let late = challenge.deadline() + Duration::from_millis(1);
    let progress = challenge.observe(late, &frame(0.0, &someone(1)));
    assert!(matches!(progress, Progress::Failed(Failure::LostFace)));
}

#[test]
fn until_somebody_looks_into_the_camera_everything_is_only_a_hint() {
    let mut challenge = enrol(&[0; SEED_LENGTH]);
    let nobody = Observation {
        faces: 0,
        face: None,
    };
    let two = Observation {
        faces: 2,
        face: None,
    };
    for (seconds, seen, hint) in [
        (1, nobody, Some(Hint::NoFace)),
        (5, two, Some(Hint::SeveralFaces)),
        (10, frame(0.5, &someone(2)), None),
        (20, frame(-0.5, &someone(3)), None),
        (29, frame(0.0, &someone(1)), None),
    ] {
        let Progress::Going(next, prompt) = challenge.observe(Duration::from_secs(seconds), &seen)
        else {
            panic!("it goes on");
        };
        assert_eq!(prompt.hint, hint);
        assert_eq!(prompt.reached, seconds == 29);
        challenge = next;
    }
    assert_eq!(challenge.prompt().remaining, 6);
}

#[test]
fn nobody_comes_at_all() {
    let challenge = enrol(&[0; SEED_LENGTH]);
    assert_eq!(challenge.deadline(), Policy::default().first_pose);
    let late = challenge.deadline() + FRAME;
    let progress = challenge.observe(late, &frame(0.0, &someone(1)));
    assert!(matches!(progress, Progress::Failed(Failure::TooSlow)));
}

/// A head that comes back before it may is asked to hold again, and has not failed.
#[test]
fn whoever_leaves_too_early_holds_again() {
    let hold = Duration::from_secs(1);
    let policy = Policy {
        turns: 1,
        shortest_hold: hold,
        longest_hold: hold,
        ..Policy::default()
    };
    let challenge = Challenge::enrol(policy, &[1; SEED_LENGTH], Duration::ZERO);
    // Asked to the right: there, back, there again and held.
    let early = [-0.1, -0.2, -0.3, -0.3, -0.15, -0.3];
    let mut yaws = [
        vec![0.0; 10],
        early.to_vec(),
        vec![-0.3; 9],
        vec![-0.2, -0.1],
        vec![0.0; 9],
    ]
    .concat()
    .into_iter();
    let (mut now, mut reached) = (Duration::ZERO, Vec::new());
    let passed = go(challenge, |prompt| {
        now += FRAME;
        reached.push((prompt.pose, prompt.reached));
        (now, frame(yaws.next().unwrap(), &someone(1)))
    });
    assert!(passed.is_ok(), "{:?} {reached:?}", passed.err());
    let lost = |pair: &&[(Pose, bool)]| pair == &[(Pose::Right, true), (Pose::Right, false)];
    assert_eq!(reached.windows(2).filter(lost).count(), 1, "{reached:?}");
}
