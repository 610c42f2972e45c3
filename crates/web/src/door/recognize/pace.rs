//! The time of an attempt, as it is for the person: what the server keeps them waiting is none of it.

use std::time::Duration;

use domain::Timestamp;

/// How long a frame may take to be looked at before that is put down to the server: four in a second is
/// what it undertakes to look at.
const PROMPT: Duration = Duration::from_millis(250);

/// The time since an attempt began, without what the server took longer than it should have.
pub(super) struct Pace {
    began: Timestamp,
    ours: Duration,
}

impl Pace {
    /// An attempt begins.
    pub(super) const fn of(began: Timestamp) -> Self {
        Self {
            began,
            ours: Duration::ZERO,
        }
    }

    /// When a frame came: a person whom a slow server keeps waiting has not looked away.
    pub(super) fn at(&self, came: Timestamp) -> Duration {
        came.since(self.began).saturating_sub(self.ours)
    }

    /// A frame that came then has been looked at by now.
    pub(super) fn looked(&mut self, came: Timestamp, now: Timestamp) {
        self.ours += now.since(came).saturating_sub(PROMPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_server_is_not_the_persons_failure() {
        let at = |milliseconds| Timestamp::EPOCH + Duration::from_millis(milliseconds);
        let mut pace = Pace::of(at(1_000));
        assert_eq!(pace.at(at(1_200)), Duration::from_millis(200));
        pace.looked(at(1_200), at(1_400));
        assert_eq!(pace.at(at(1_500)), Duration::from_millis(500), "in time");
        // The next frame waits for three seconds, and is there at once.
        pace.looked(at(1_500), at(4_500));
        assert_eq!(pace.at(at(4_500)), Duration::from_millis(750));
        assert_eq!(pace.at(at(5_000)), Duration::from_millis(1_250));
    }
}
