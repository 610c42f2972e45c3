//! A point in time, as the house counts it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time in milliseconds since the Unix epoch.
///
/// Only the clock adapter makes one from the system clock; everything else is handed `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The point in time that lies `milliseconds` after the Unix epoch.
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The point in time that lies `seconds` after the Unix epoch (RFC 7519 §2, `NumericDate`).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down (RFC 7519 §2, `NumericDate`).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        let elapsed = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(elapsed).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(milliseconds))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(milliseconds))
    }
}

/// RFC 3339 in UTC with milliseconds, as the administration API writes it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// The text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time looks like 2024-01-30T20:22:16.054Z")]
pub struct TimestampFormat;

/// RFC 3339, with any offset.
impl FromStr for Timestamp {
    type Err = TimestampFormat;

    fn from_str(text: &str) -> Result<Self, TimestampFormat> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimestampFormat)?;
        Ok(Self(instant.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_with_milliseconds_and_z() {
        assert_eq!(
            Timestamp::from_millis(1_706_646_136_054).to_string(),
            "2024-01-30T20:22:16.054Z"
        );
        assert_eq!(
            Timestamp::from_seconds(1_706_646_136).to_string(),
            "2024-01-30T20:22:16.000Z"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let time = Timestamp::from_millis(1_706_646_136_054);
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!("2024-01-30T21:22:16.054+01:00".parse(), Ok(time));
        for text in ["", "now", "2024-01-30", "2024-13-30T20:22:16Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampFormat), "{text:?}");
        }
    }

    #[test]
    fn counts_forwards_and_backwards() {
        let noon = Timestamp::from_seconds(43_200);
        assert_eq!((noon + Duration::from_secs(60)).seconds(), 43_260);
        assert_eq!((noon - Duration::from_secs(60)).seconds(), 43_140);
        assert_eq!(
            noon.since(noon - Duration::from_millis(5)),
            Duration::from_millis(5)
        );
        assert_eq!(noon.since(noon + Duration::from_millis(5)), Duration::ZERO);
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }
}
