//! Chance, as tests of whatever order need it.

use std::env::var;
use std::hash::{BuildHasher, RandomState};

/// Numbers that look like chance. Their seed is drawn anew each time and printed, which is shown when the
/// test fails; `COUNTERSIGN_DICE` in the environment has the same rolled again.
pub struct Dice(u64);

impl Dice {
    /// Dice with another seed than any before.
    #[expect(
        clippy::new_without_default,
        clippy::print_stderr,
        reason = "no two are the same, and a failure says with which it can be had again"
    )]
    pub fn new() -> Self {
        let given = var("COUNTERSIGN_DICE").ok();
        let seed = match given {
            Some(given) => given.parse().expect("a number"),
            None => RandomState::new().hash_one("a seed"),
        };
        eprintln!("COUNTERSIGN_DICE={seed}");
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        let Self(state) = self;
        // Knuth's linear congruential generator; its upper bits are the good ones.
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap() % sides
    }
}
