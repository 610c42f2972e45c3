//! A whole enrolment and authentication, with the real models and photos of real faces in place of a camera.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::path::Path;
use std::time::Duration;

use countersign_face::{
    Analyse, Challenge, Claim, DeviceSecret, Engine, Failure, Hint, Observation, Passage, Policy,
    Pose, Progress, Rotation, SEED_LENGTH, Template,
};
use support::Picture;

/// Between two frames of a camera.
const FRAME: Duration = Duration::from_millis(200);

/// One person as a head turns: from the first photo, which looks ahead, to the person's left.
struct Head {
    left: Vec<Observation>,
    /// The same mirrored.
    right: Vec<Observation>,
}

impl Head {
    /// Photos that look more or less ahead, and then one to the left, bent so far that it goes on from there.
    fn moving(engine: &Engine, photos: &Path, person: usize, numbers: &[usize]) -> Self {
        let photo = |number: &usize| Picture::orl(photos, person, *number).unwrap();
        let (turned, ahead) = numbers.split_last().unwrap();
        let steps = [-0.12, -0.1, -0.08, -0.06, -0.04, -0.02, 0.0];
        let ahead = ahead.iter().map(photo);
        let pictures = ahead.chain(steps.map(|by| photo(turned).bent(by)));
        Self::of(engine, &pictures.collect::<Vec<_>>())
    }

    /// Photos that are cut from one to the next.
    fn cut(engine: &Engine, photos: &Path, person: usize, numbers: &[usize]) -> Self {
        let photo = |number: &usize| Picture::orl(photos, person, *number).unwrap();
        let pictures: Vec<Picture> = numbers.iter().map(photo).collect();
        Self::of(engine, &pictures)
    }

    fn of(engine: &Engine, pictures: &[Picture]) -> Self {
        let see = |picture: &Picture| engine.analyse(&picture.with_margin().png()).unwrap();
        Self {
            left: pictures.iter().map(see).collect(),
            right: pictures.iter().map(|it| see(&it.mirrored())).collect(),
        }
    }

    /// What a camera sees of a head at a step of its way: negative to the right.
    fn at(&self, step: i32) -> &Observation {
        let photos = if step < 0 { &self.right } else { &self.left };
        &photos[usize::try_from(step.abs()).unwrap()]
    }
}

/// Goes through a challenge as it is told, a step each frame.
fn follow(mut challenge: Challenge, head: &Head) -> Result<Passage, Failure> {
    let (mut now, mut step, mut asked) = (Duration::ZERO, 0_i32, challenge.prompt().pose);
    let far = i32::try_from(head.left.len()).unwrap() - 1;
    loop {
        now += FRAME;
        match challenge.observe(now, head.at(step)) {
            Progress::Going(next, prompt) => {
                assert!(matches!(prompt.hint, None | Some(Hint::TooFast)));
                let target = match asked {
                    Pose::Left => far,
                    Pose::Right => -far,
                    Pose::Centre => 0,
                };
                step += (target - step).signum();
                // Nobody turns before they have seen what they are asked.
                (challenge, asked) = (next, prompt.pose);
            }
            Progress::Passed(passage) => return Ok(passage),
            Progress::Failed(failure) => return Err(failure),
        }
    }
}

#[test]
fn somebody_enrols_and_authenticates_and_nobody_else_does() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let head = |person, numbers: &[usize]| Head::moving(&engine, &photos, person, numbers);
    let policy = Policy::default();
    for seed in [
        [0; SEED_LENGTH],
        [1; SEED_LENGTH],
        std::array::from_fn(|i| i.to_le_bytes()[0]),
    ] {
        let enrolment = Challenge::enrol(policy.clone(), &seed, Duration::ZERO);
        let passage = follow(enrolment, &head(1, &[1, 8, 10])).unwrap();
        assert!(passage.frames() >= policy.frames);
        let rotation = Rotation::derive(&DeviceSecret::new([7; 32]), b"environment/person");
        let template = Template::protect(passage.embedding(), &rotation);
        let again = || {
            let claim = Claim {
                template: template.clone(),
                rotation: rotation.clone(),
            };
            Challenge::authenticate(policy.clone(), claim, &seed, Duration::ZERO)
        };
        // Another photo of the same person looks ahead.
        let passage = follow(again(), &head(1, &[3, 8, 10])).unwrap();
        assert!(passage.distance().unwrap() <= policy.threshold);
        // A photo that does not move.
        let still = follow(again(), &Head::cut(&engine, &photos, 1, &[3]));
        assert_eq!(still.err(), Some(Failure::TooSlow));
        // Photos that are cut from one to the other.
        for two in [[1, 10], [8, 10]] {
            let cut = follow(again(), &Head::cut(&engine, &photos, 1, &two));
            let failure = cut.err();
            assert!(matches!(failure, Some(Failure::Jumped | Failure::TooSlow)));
        }
        // Somebody else.
        for other in 2..=6 {
            let ended = follow(again(), &Head::cut(&engine, &photos, other, &[1]));
            assert!(matches!(
                ended,
                Err(Failure::AnotherPerson | Failure::TooSlow)
            ));
        }
    }
}

#[test]
fn another_device_secret_opens_nothing() {
    let (Some(engine), Some(photos)) = (support::engine(), support::orl()) else {
        return;
    };
    let head = Head::moving(&engine, &photos, 1, &[1, 8, 10]);
    let seed = [0; SEED_LENGTH];
    let enrolment = Challenge::enrol(Policy::default(), &seed, Duration::ZERO);
    let passage = follow(enrolment, &head).unwrap();
    let rotation = |secret| Rotation::derive(&DeviceSecret::new([secret; 32]), b"person");
    let template = Template::protect(passage.embedding(), &rotation(7));
    let claim = Claim {
        template,
        rotation: rotation(8),
    };
    let challenge = Challenge::authenticate(Policy::default(), claim, &seed, Duration::ZERO);
    assert_eq!(follow(challenge, &head).err(), Some(Failure::AnotherPerson));
}
