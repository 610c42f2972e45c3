//! The system's clock, read here and nowhere else.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::port::Clock;

/// The system's clock.
#[derive(Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter that reads the clock for everyone"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let milliseconds = since_epoch.map_or(0, |elapsed| elapsed.as_millis());
        Timestamp::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX))
    }
}
