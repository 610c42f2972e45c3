//! How often a client's refresh tokens change.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Override;
use crate::TimeUnit;

/// A client's own times of refresh tokens that change, where they are not the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RollingPolicy {
    /// Whether it has its own interval.
    #[serde(rename = "refreshTokenRollingIntervalType")]
    pub interval_type: Override,
    /// The least time between two changes of a refresh token, in its unit.
    #[serde(
        rename = "refreshTokenRollingInterval",
        skip_serializing_if = "Option::is_none"
    )]
    pub interval: Option<i64>,
    /// The unit of the interval.
    #[serde(rename = "refreshTokenRollingIntervalTimeUnit")]
    pub interval_unit: TimeUnit,
    /// Whether it has its own grace period.
    #[serde(rename = "refreshTokenRollingGracePeriodType")]
    pub grace_period_type: Override,
    /// Seconds for which the refresh token before the current one is still good.
    #[serde(
        rename = "refreshTokenRollingGracePeriod",
        skip_serializing_if = "Option::is_none"
    )]
    pub grace_period: Option<u32>,
}

impl Default for RollingPolicy {
    /// Everything as the server says.
    fn default() -> Self {
        Self {
            interval_type: Override::default(),
            interval: None,
            interval_unit: TimeUnit::Hours,
            grace_period_type: Override::default(),
            grace_period: None,
        }
    }
}

impl RollingPolicy {
    /// The least time between two changes, if it has its own.
    pub(crate) fn interval(&self) -> Option<Duration> {
        let own = self.interval_type.is_own();
        let number = self.interval.filter(|_| own)?;
        let unit = self.interval_unit;
        Some(unit.times(number).unwrap_or(Duration::MAX))
    }

    /// How long the token before the current one is still good, if it has its own grace period.
    pub(crate) fn grace_period(&self) -> Option<Duration> {
        let own = self.grace_period_type.is_own();
        let seconds = self.grace_period.filter(|_| own)?;
        Some(Duration::from_secs(seconds.into()))
    }
}
