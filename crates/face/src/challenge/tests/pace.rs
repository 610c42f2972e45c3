//! How fast heads may turn, and how many frames it takes to see it.

use super::*;

/// A head that turns with the least jerk (Flash and Hogan 1985), some time after it is asked to.
struct Turning {
    reaction: f32,
    seconds: f32,
    from: f32,
    yaw: f32,
    asked: Option<(Pose, Duration)>,
}

impl Turning {
    fn new(reaction: f32, seconds: f32) -> Self {
        Self {
            reaction,
            seconds,
            from: 0.0,
            yaw: 0.0,
            asked: None,
        }
    }

    /// Where the head is at this time.
    fn at(&mut self, now: Duration, prompt: Prompt) -> f32 {
        let to = match prompt.pose {
            Pose::Left => 0.35,
            Pose::Right => -0.35,
            Pose::Centre => 0.0,
        };
        let since = match self.asked {
            Some((pose, since)) if pose == prompt.pose => since,
            _ => {
                self.asked = Some((prompt.pose, now));
                self.from = self.yaw;
                now
            }
        };
        let t = (now.saturating_sub(since).as_secs_f32() - self.reaction) / self.seconds;
        let t = t.clamp(0.0, 1.0);
        let share = t.powi(3) * t.mul_add(6.0f32.mul_add(t, -15.0), 10.0);
        self.yaw = share.mul_add(to - self.from, self.from);
        self.yaw
    }
}

/// What docs/recognize-protocol.md promises: a turn to a yaw of 0.35 that is seen in six frames or more.
#[test]
fn a_smooth_turn_passes_at_four_to_ten_frames_a_second() {
    for (milliseconds, seconds) in [(100_u64, 0.6_f32), (125, 0.75), (166, 1.0), (250, 1.5)] {
        for seed in [[0; SEED_LENGTH], [1; SEED_LENGTH], [0xaa; SEED_LENGTH]] {
            let (mut now, mut head) = (Duration::ZERO, Turning::new(0.0, seconds));
            let ended = go(enrol(&seed), |prompt| {
                now += Duration::from_millis(milliseconds);
                (now, frame(head.at(now, prompt), &someone(1)))
            });
            assert!(ended.is_ok(), "{milliseconds} ms: {:?}", ended.err());
        }
    }
}

/// At the pace that is asked for, by a client that looks eight times a second whether it may send: how many
/// frames it takes, and in how many of them all faces are counted.
fn frames(seed: u8, seconds: f32) -> (u32, u32) {
    let reaction = f32::from(seed).mul_add(0.0125, 0.2);
    let seed = std::array::from_fn(|i| u8::try_from(i * 7 % 256).unwrap().wrapping_mul(seed));
    let mut challenge = enrol(&seed);
    let (mut now, mut head) = (Duration::ZERO, Turning::new(reaction, seconds));
    let (mut looked, mut searched) = (0, 0);
    loop {
        let mut seen = frame(head.at(now, challenge.prompt()), &someone(1));
        let face = seen.face.as_mut().unwrap();
        face.track = Some(Track {
            frame: [640, 480],
            middle: [320.0, 240.0],
            extent: [200.0, 200.0],
            angle: 0.0,
        });
        looked += 1;
        searched += u32::from(challenge.track().is_none());
        match challenge.observe(now, &seen) {
            Progress::Going(next, _) => challenge = next,
            Progress::Passed(_) => return (looked, searched),
            Progress::Failed(failure) => panic!("{failure} after {looked} frames"),
        }
        now += FRAME;
        let wanted = now + challenge.pace().saturating_sub(FRAME);
        while now < wanted {
            now += FRAME;
        }
    }
}

#[test]
fn no_more_frames_are_wanted_than_it_takes() {
    for (turn, most) in [(1.0, 55), (1.5, 66), (2.0, 78)] {
        let all = (1..=20).map(|seed| frames(seed, turn));
        let (looked, searched) = all.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        let mean = |count: u32| f64::from(count) / 20.0;
        eprintln!("{turn:?}: {} frames, {}", mean(looked), mean(searched));
        assert!(looked <= most * 20, "{turn:?}: {} frames", mean(looked));
        assert!(searched * 5 <= looked, "{turn:?}: {searched} of {looked}");
    }
}
