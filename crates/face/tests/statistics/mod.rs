//! Rates with the intervals that they deserve.
//!
//! Comparisons of the same people are not independent, so intervals come from drawing people, not
//! comparisons (bootstrap). They are never narrower than the exact binomial bound (Clopper and Pearson)
//! for so many people, or pairs of people, of whom none went wrong.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fmt;

/// How often people are drawn anew for an interval.
const RESAMPLES: usize = 1000;

/// What 95 % of the draws lie between.
const TAIL: f64 = 0.025;

/// Two samples of people, and how far they are from each other.
pub(crate) struct Comparison {
    pub(crate) people: (usize, usize),
    pub(crate) distance: f32,
}

/// Many comparisons, by distance.
pub(crate) struct Trials {
    comparisons: Vec<Comparison>,
    people: usize,
}

/// A share of comparisons.
pub(crate) struct Rate {
    share: f64,
    accepted: usize,
    all: usize,
    interval: [f64; 2],
}

impl Trials {
    pub(crate) fn new(mut comparisons: Vec<Comparison>, people: usize) -> Self {
        comparisons.sort_by(|one, other| one.distance.total_cmp(&other.distance));
        Self {
            comparisons,
            people,
        }
    }

    /// Comparisons of one person, and of two.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let genuine = self.comparisons.iter().filter(|one| one.genuine()).count();
        (genuine, self.comparisons.len() - genuine)
    }

    /// The share of comparisons up to a distance: of one person, or of two.
    pub(crate) fn accepted(&self, threshold: f32, genuine: bool) -> Rate {
        let of_kind = || {
            self.comparisons
                .iter()
                .filter(|one| one.genuine() == genuine)
        };
        let accepted = of_kind().filter(|one| one.distance <= threshold).count();
        let shares = self.resampled(|weights| {
            let mut sums = [0.0; 2];
            for one in of_kind() {
                let weight = one.weight(weights);
                sums[1] += weight;
                sums[0] += if one.distance <= threshold {
                    weight
                } else {
                    0.0
                };
            }
            sums[0] / sums[1]
        });
        let interval = self.widened(between(shares), genuine);
        let all = of_kind().count();
        Rate {
            share: ratio(accepted, all),
            accepted,
            all,
            interval,
        }
    }

    /// The distance at which this share of comparisons of two people is accepted, and the share of those
    /// of one person that is. The interval is over people, with the distance chosen anew each time.
    pub(crate) fn at_false_accepts(&self, rate: f64) -> (f32, Rate) {
        let ones = vec![1.0; self.people];
        let (threshold, share) = self.operating_point(&ones, rate);
        let shares = self.resampled(|weights| self.operating_point(weights, rate).1);
        let interval = self.widened(between(shares), true);
        let of_one = || self.comparisons.iter().filter(|one| one.genuine());
        let accepted = of_one().filter(|one| one.distance < threshold).count();
        (
            threshold,
            Rate {
                share,
                accepted,
                all: of_one().count(),
                interval,
            },
        )
    }

    /// Where as many of one person are refused as of two are accepted.
    pub(crate) fn equal_error_rate(&self) -> f64 {
        let (genuine, impostors) = self.counts();
        let (mut right, mut wrong) = (0, 0);
        for one in &self.comparisons {
            match one.genuine() {
                true => right += 1,
                false => wrong += 1,
            }
            let (refused, accepted) = (1.0 - ratio(right, genuine), ratio(wrong, impostors));
            if accepted >= refused {
                return f64::midpoint(accepted, refused);
            }
        }
        1.0
    }

    fn operating_point(&self, weights: &[f64], rate: f64) -> (f32, f64) {
        let sum = |genuine| -> f64 {
            let of_kind = self
                .comparisons
                .iter()
                .filter(|one| one.genuine() == genuine);
            of_kind.map(|one| one.weight(weights)).sum()
        };
        let (genuine, allowed) = (sum(true), sum(false) * rate);
        let (mut right, mut wrong, mut threshold) = (0.0, 0.0, f32::MAX);
        for one in &self.comparisons {
            match one.genuine() {
                true => right += one.weight(weights),
                false => wrong += one.weight(weights),
            }
            if wrong > allowed {
                threshold = one.distance;
                break;
            }
        }
        (threshold, right / genuine)
    }

    /// What a statistic is when people are drawn with replacement: each has a weight of how often.
    fn resampled(&self, statistic: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let mut random = Random(20_261_123);
        let draw = |random: &mut Random| {
            let mut weights = vec![0.0; self.people];
            (0..self.people).for_each(|_| weights[random.below(self.people)] += 1.0);
            weights
        };
        let all = (0..RESAMPLES).map(|_| statistic(&draw(&mut random)));
        all.filter(|share| share.is_finite()).collect()
    }

    /// An interval that promises no more than so few people can show, whatever was drawn of them.
    fn widened(&self, [low, high]: [f64; 2], genuine: bool) -> [f64; 2] {
        match genuine {
            true => [low.min(1.0 - exact_bound(self.people)), high],
            false => [low, high.max(exact_bound(self.pairs()))],
        }
    }

    /// Pairs of different people.
    fn pairs(&self) -> usize {
        self.people * (self.people - 1) / 2
    }
}

impl Comparison {
    fn genuine(&self) -> bool {
        self.people.0 == self.people.1
    }

    fn weight(&self, weights: &[f64]) -> f64 {
        let (one, other) = self.people;
        if self.genuine() {
            weights[one]
        } else {
            weights[one] * weights[other]
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [low, high] = self.interval;
        let Self {
            share,
            accepted,
            all,
            ..
        } = self;
        write!(f, "{share:.4} [{low:.4}, {high:.4}] {accepted}/{all}")
    }
}

/// Mean, deviation and extremes of some numbers.
#[derive(Default)]
pub(crate) struct Spread(Vec<f32>);

impl Spread {
    pub(crate) fn add(&mut self, number: f32) {
        self.0.push(number);
    }
}

impl fmt::Display for Spread {
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are some hundreds of numbers"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len() as f32;
        let mean = self.0.iter().sum::<f32>() / count;
        let variance = self
            .0
            .iter()
            .map(|number| (number - mean).powi(2))
            .sum::<f32>()
            / count;
        let [least, most] =
            [f32::min, f32::max].map(|of| self.0.iter().copied().reduce(of).unwrap());
        write!(
            f,
            "{mean:.3} +- {:.3}, from {least:.3} to {most:.3}",
            variance.sqrt()
        )
    }
}

/// The exact upper bound of a rate, 97.5 % sure, when none of so many independent trials succeeded.
fn exact_bound(trials: usize) -> f64 {
    1.0 - TAIL.powf(ratio(1, trials))
}

fn between(mut shares: Vec<f64>) -> [f64; 2] {
    shares.sort_by(f64::total_cmp);
    let last = shares.len() - 1;
    let cut = shares.len() / 40;
    [shares[cut], shares[last - cut]]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are fewer than 2^52 comparisons"
)]
fn ratio(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

/// `SplitMix64`: the same draws every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}
