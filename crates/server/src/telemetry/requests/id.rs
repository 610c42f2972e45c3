//! Ids for requests that bring none.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::port::Random;
use domain::{TimeId, Timestamp};

/// Makes ids that are distinct in all processes. They open nothing, so they may be guessed: drawing
/// randomness for each would cost more than it gives.
pub(super) struct RequestIds {
    /// Of this process.
    prefix: [u8; 4],
    /// How many there have been.
    count: AtomicU64,
}

impl RequestIds {
    pub(super) fn new(random: &dyn Random) -> Self {
        let mut prefix = [0; 4];
        random.fill(&mut prefix);
        Self {
            prefix,
            count: AtomicU64::new(0),
        }
    }

    /// The next one: the time, the prefix and the count, 48, 32 and 48 bits.
    pub(super) fn next(&self, now: Timestamp) -> TimeId {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let (time, prefix, count) = (now.millis(), self.prefix, count & 0xFFFF_FFFF_FFFF);
        let time = u128::from(time.max(0).cast_unsigned() & 0xFFFF_FFFF_FFFF);
        let prefix = u128::from(u32::from_be_bytes(prefix));
        let id = time << 80 | prefix << 48 | u128::from(count);
        TimeId::from_bytes(id.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn they_are_distinct_and_sort_by_time() {
        let random = CountingRandom::default();
        let [one, other] = [RequestIds::new(&random), RequestIds::new(&random)];
        let now = Timestamp::from_seconds(1_700_000_000);
        let later = Timestamp::from_seconds(1_700_000_001);
        let ids = [one.next(now), one.next(now), one.next(later)];
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(!ids.contains(&other.next(now)));
    }
}
