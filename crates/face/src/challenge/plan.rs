//! What is asked for, in which order, drawn at random.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use super::Policy;

/// Random bytes that a challenge is drawn from.
pub const SEED_LENGTH: usize = 32;

/// Where the head is turned, as the person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pose {
    /// Into the camera.
    Centre,
    /// To the person's own left.
    Left,
    /// To the person's own right.
    Right,
}

impl Pose {
    /// Whether this is where the head is.
    pub(super) fn takes(self, yaw: f32, policy: &Policy) -> bool {
        match self {
            Self::Centre => yaw.abs() <= policy.centre_yaw,
            Self::Left => yaw >= policy.turned_yaw,
            Self::Right => yaw <= -policy.turned_yaw,
        }
    }

    /// The yaw nearest to this one with which the pose is taken.
    pub(super) fn nearest(self, yaw: f32, policy: &Policy) -> f32 {
        match self {
            Self::Centre => yaw.clamp(-policy.centre_yaw, policy.centre_yaw),
            Self::Left => yaw.max(policy.turned_yaw),
            Self::Right => yaw.min(-policy.turned_yaw),
        }
    }

    /// Whether a head that was there still is: with some play, because no measurement is steady.
    pub(super) fn keeps(self, yaw: f32, policy: &Policy) -> bool {
        match self {
            Self::Centre => yaw.abs() <= policy.centre_yaw + policy.play,
            Self::Left => yaw >= policy.turned_yaw - policy.play,
            Self::Right => yaw <= -policy.turned_yaw + policy.play,
        }
    }
}

/// A pose to take, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) pose: Pose,
    /// Not told to anybody: who follows cannot know when the next turn is asked for.
    pub(super) hold: Duration,
}

impl Step {
    /// Where every challenge begins.
    pub(super) const FIRST: Self = Self {
        pose: Pose::Centre,
        hold: Duration::ZERO,
    };
}

/// The steps of a challenge: to random sides, and back to the centre after each. Centres between them keep
/// orders apart: a head on its way from side to side cannot be taken for one that was asked to stop.
pub(super) fn draw(policy: &Policy, seed: &[u8; SEED_LENGTH]) -> Vec<Step> {
    let (sides, holds) = seed.split_at(usize::from(Policy::MOST_TURNS));
    let (mut sides, mut holds) = (sides.iter().copied(), holds.iter().copied());
    let (shortest, longest) = (policy.shortest_hold, policy.longest_hold);
    let mut step = |pose| Step {
        pose,
        hold: between(shortest, longest, holds.next().unwrap_or_default()),
    };
    let mut steps = vec![step(Pose::Centre)];
    for _ in 0..policy.turns.min(Policy::MOST_TURNS) {
        let side = match sides.next().unwrap_or_default() % 2 {
            0 => Pose::Left,
            _ => Pose::Right,
        };
        steps.extend([step(side), step(Pose::Centre)]);
    }
    steps
}

/// Whether all faces are counted in the frame of this number: nobody else can know, and none is so for certain.
pub(super) fn counts(policy: &Policy, seed: &[u8; SEED_LENGTH], frame: u16) -> bool {
    let drawn = [b"count".as_slice(), seed, &frame.to_be_bytes()].concat();
    let drawn = digest(&SHA256, &drawn);
    let drawn = drawn.as_ref().first().copied().unwrap_or_default();
    drawn.checked_rem(policy.counted).unwrap_or_default() == 0
}

/// A duration from a range, by a byte.
fn between(shortest: Duration, longest: Duration, byte: u8) -> Duration {
    let range = longest.saturating_sub(shortest);
    shortest.saturating_add(range * u32::from(byte) / 255)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_plan_goes_from_the_centre_to_sides_and_back(seed: [u8; SEED_LENGTH]) {
            let policy = Policy::default();
            let steps = draw(&policy, &seed);
            let poses: Vec<Pose> = steps.iter().map(|step| step.pose).collect();
            prop_assert_eq!(poses.len(), 1 + 2 * usize::from(policy.turns));
            prop_assert!(poses.iter().step_by(2).all(|pose| *pose == Pose::Centre));
            prop_assert!(poses.iter().skip(1).step_by(2).all(|pose| *pose != Pose::Centre));
            let holds = policy.shortest_hold..=policy.longest_hold;
            prop_assert!(steps.iter().all(|step| holds.contains(&step.hold)));
        }
    }

    #[test]
    fn one_frame_in_ten_is_counted_whichever() {
        let policy = Policy::default();
        let counted = |seed: u8| {
            let seed = [seed; SEED_LENGTH];
            (0..300)
                .filter(|frame| counts(&policy, &seed, *frame))
                .collect()
        };
        let all: Vec<Vec<u16>> = (0..20).map(counted).collect();
        let count = all.concat().len();
        assert!((450..750).contains(&count), "{count} of 6000");
        assert!(all.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn every_order_of_turns_is_drawn() {
        let policy = Policy::default();
        let mut orders = std::collections::BTreeSet::new();
        for bits in 0..=u8::MAX {
            let seed =
                std::array::from_fn(|i| bits.checked_shr(u32::try_from(i).unwrap()).unwrap_or(0));
            let poses: Vec<_> = draw(&policy, &seed)
                .iter()
                .map(|step| format!("{:?}", step.pose))
                .collect();
            orders.insert(poses);
        }
        assert_eq!(orders.len(), 1 << policy.turns);
    }
}
