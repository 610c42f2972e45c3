//! The time of an attempt, as it is for the person: what the server keeps them waiting is none of it. And
//! how many frames there are in it: the next one comes when the last was answered.

use std::time::Duration;

use domain::Timestamp;

/// How long a frame may take to be looked at before that is put down to the server: four in a second is
/// what it undertakes to look at.
const PROMPT: Duration = Duration::from_millis(250);

/// The time since an attempt began, without what the server took longer than it should have.
pub(super) struct Pace {
    began: Timestamp,
    ours: Duration,
    /// When the last frame was answered.
    answered: Option<Timestamp>,
}

impl Pace {
    /// An attempt begins.
    pub(super) const fn of(began: Timestamp) -> Self {
        Self {
            began,
            ours: Duration::ZERO,
            answered: None,
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

    /// How long to wait with the answer to a frame that came then, if the next one is wanted this long after
    /// it: as long as the client takes from an answer to its next frame needs no waiting. Whoever sends
    /// without waiting for answers is made to wait all the same.
    pub(super) fn wait(&self, came: Timestamp, now: Timestamp, pause: Duration) -> Duration {
        let clients = self.answered.map_or(Duration::ZERO, |it| came.since(it));
        pause
            .saturating_sub(clients)
            .saturating_sub(now.since(came))
    }

    /// A frame was answered.
    pub(super) const fn answered(&mut self, now: Timestamp) {
        self.answered = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_no_faster_than_they_are_wanted() {
        let at = |milliseconds| Timestamp::EPOCH + Duration::from_millis(milliseconds);
        let (mut pace, pause) = (Pace::of(at(0)), Duration::from_millis(120));
        let wait = |pace: &Pace, came, now| pace.wait(at(came), at(now), pause).as_millis();
        assert_eq!(wait(&pace, 1_000, 1_030), 90);
        pace.answered(at(1_120));
        // The client took 50 ms, and is going to take as long again.
        assert_eq!(wait(&pace, 1_170, 1_200), 40);
        pace.answered(at(1_240));
        assert_eq!(wait(&pace, 1_400, 1_430), 0, "its network takes longer");
        // Sent before the last was answered.
        pace.answered(at(1_500));
        assert_eq!(wait(&pace, 1_500, 1_530), 90);
    }

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
