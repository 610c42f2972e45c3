//! A token bucket in one word.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;

/// How a bucket fills, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filling {
    /// In which one token comes.
    interval: u64,
    /// In which an empty bucket is full.
    whole: u64,
}

impl Filling {
    /// Filling by `per_minute` tokens to `burst` of them; `None` when no token ever comes.
    pub(super) fn new(burst: u32, per_minute: u32) -> Option<Self> {
        let interval = 60_000_000_u64.checked_div(per_minute.into())?.max(1);
        let whole = interval * u64::from(burst.max(1));
        Some(Self { interval, whole })
    }
}

/// A bucket is the moment at which it will be full again, in microseconds since the Unix epoch. The
/// longer that takes, the fewer tokens there are; what fills it is the time that passes. (ITU-T I.371
/// knows this as the generic cell rate algorithm.)
#[derive(Debug, Default)]
pub(super) struct Bucket(AtomicU64);

impl Bucket {
    /// Takes `tokens`, or those that there are.
    ///
    /// # Errors
    /// There is not even one. After this time there will be.
    pub(super) fn take(
        &self,
        tokens: u32,
        filling: Filling,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let now = u64::try_from(now.millis()).unwrap_or_default() * 1_000;
        let Filling { interval, whole } = filling;
        let empty = now + whole;
        let one_less = |full: u64| match full <= empty + whole {
            true => full.max(now) + interval,
            // Nobody can have taken so much: the clock was set back, and what was noted is void.
            false => now + interval,
        };
        let taken = |full: u64| {
            let more = u64::from(tokens.saturating_sub(1)) * interval;
            let after = one_less(full);
            (after <= empty).then_some(empty.min(after + more))
        };
        let result = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        let wait = |full| Duration::from_micros(one_less(full) - empty);
        result.map(drop).map_err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(43_200);

    /// Ten at once, then one a second.
    fn filling() -> Filling {
        Filling::new(10, 60).unwrap()
    }

    fn granted(bucket: &Bucket, now: Timestamp) -> usize {
        let takes = std::iter::repeat_with(|| bucket.take(1, filling(), now));
        takes.take(100).flatten().count()
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_says_how_long_to_wait() {
        let bucket = Bucket::default();
        assert_eq!(granted(&bucket, NOON), 10);
        let wait = bucket.take(1, filling(), NOON);
        assert_eq!(wait, Err(Duration::from_secs(1)));
        let later = NOON + Duration::from_millis(400);
        let wait = bucket.take(1, filling(), later);
        assert_eq!(wait, Err(Duration::from_millis(600)));
    }

    #[test]
    fn it_fills_with_time_and_never_over_its_brim() {
        let bucket = Bucket::default();
        granted(&bucket, NOON);
        assert_eq!(granted(&bucket, NOON + Duration::from_millis(999)), 0);
        assert_eq!(granted(&bucket, NOON + Duration::from_secs(1)), 1);
        assert_eq!(granted(&bucket, NOON + Duration::from_millis(4_500)), 3);
        assert_eq!(granted(&bucket, NOON + Duration::from_millis(5_000)), 1);
        assert_eq!(granted(&bucket, NOON + Duration::from_hours(24)), 10);
    }

    #[test]
    fn a_high_price_takes_what_there_is() {
        let bucket = Bucket::default();
        assert_eq!(bucket.take(8, filling(), NOON), Ok(()));
        assert_eq!(bucket.take(8, filling(), NOON), Ok(()));
        let wait = bucket.take(8, filling(), NOON);
        assert_eq!(wait, Err(Duration::from_secs(1)));
    }

    #[test]
    fn a_clock_that_is_set_back_neither_opens_a_bucket_soon_nor_closes_it_for_long() {
        let bucket = Bucket::default();
        granted(&bucket, NOON);
        let wait = bucket.take(1, filling(), NOON - Duration::from_secs(5));
        assert_eq!(wait, Err(Duration::from_secs(6)));
        assert_eq!(granted(&bucket, NOON - Duration::from_hours(1)), 10);
    }

    #[test]
    fn many_takers_at_once_get_no_more_than_one_would() {
        let bucket = Bucket::default();
        let granted: usize = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| granted(&bucket, NOON)))
                .collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(granted, 10);
    }

    #[test]
    fn no_tokens_a_minute_is_no_filling() {
        assert!(Filling::new(10, 0).is_none());
    }
}
