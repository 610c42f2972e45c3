//! How often may one be wrong? (RTS art. 4(3)(b))

use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The failures that suspend.
const LIMIT: usize = 5;

/// Within which time they count together, and how long a person is suspended then.
const WINDOW: Duration = Duration::from_secs(600);

/// The failures of one person, on all devices.
///
/// RTS art. 4(3)(b): "the number of failed authentication attempts that can take place consecutively,
/// after which the actions [...] shall be temporarily or permanently blocked, shall not exceed five within
/// a given period of time".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

impl Suspension {
    /// How long the person is still suspended, if they are.
    pub fn left(&self, now: Timestamp) -> Option<Duration> {
        let until = self.until.filter(|until| now < *until)?;
        Some(until.since(now))
    }

    /// After one more failure. One that comes during a suspension neither counts nor prolongs it.
    #[must_use]
    pub fn after_failure(&self, now: Timestamp) -> Self {
        if self.left(now).is_some() {
            return self.clone();
        }
        let recent = self.failures.iter().filter(|at| now < **at + WINDOW);
        let mut failures: Vec<Timestamp> = recent.copied().collect();
        failures.push(now);
        if failures.len() < LIMIT {
            return Self {
                failures,
                until: None,
            };
        }
        Self {
            failures: Vec::new(),
            until: Some(now + WINDOW),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000 + seconds)
    }

    fn failed(times: &[i64]) -> Suspension {
        let none = Suspension::default();
        times
            .iter()
            .fold(none, |counted, time| counted.after_failure(at(*time)))
    }

    #[test]
    fn five_failures_within_600_s_suspend_for_600_s() {
        assert_eq!(failed(&[0, 1, 2, 3]).left(at(4)), None);
        let suspended = failed(&[0, 1, 2, 3, 599]);
        assert_eq!(suspended.left(at(599)), Some(WINDOW));
        assert_eq!(suspended.left(at(1198)), Some(Duration::from_secs(1)));
        assert_eq!(suspended.left(at(1199)), None);
    }

    #[test]
    fn failures_that_are_600_s_apart_do_not_count_together() {
        assert_eq!(failed(&[0, 1, 2, 3, 600]).left(at(600)), None);
        assert!(failed(&[0, 1, 2, 3, 600, 600]).left(at(600)).is_some());
    }

    #[test]
    fn attempts_during_a_suspension_do_not_extend_it() {
        let suspended = failed(&[0, 1, 2, 3, 4]);
        assert_eq!(suspended.after_failure(at(500)), suspended);
    }

    #[test]
    fn after_a_suspension_the_count_begins_anew() {
        let again = failed(&[0, 1, 2, 3, 4]).after_failure(at(604));
        assert_eq!(again.left(at(604)), None);
        assert_eq!(again.failures.len(), 1);
    }
}
