//! Where a head was seen on its way from one pose to the next.

/// The yaws of the frames since a pose was asked for, from where the head was then.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(Vec<f32>);

impl Way {
    /// A way that begins here; one that has no beginning may be from anywhere.
    pub(super) fn from(yaw: Option<f32>) -> Self {
        Self(yaw.into_iter().collect())
    }

    /// The head was seen here.
    pub(super) fn saw(&mut self, yaw: f32) {
        // A challenge has a bounded number of frames, and a way without a beginning is none.
        if !self.0.is_empty() {
            self.0.push(yaw);
        }
    }

    /// Whether it was seen between where it was and where it is, with no hole wider than this. In which
    /// order is the same: whoever turns too fast may go back and forth until nothing is missing.
    pub(super) fn is_seen(&self, widest: f32) -> bool {
        let [first, .., last] = self.0.as_slice() else {
            return true;
        };
        let (least, most) = (first.min(*last), first.max(*last));
        let seen = self.0.iter().copied();
        let mut between: Vec<f32> = seen.filter(|yaw| (least..=most).contains(yaw)).collect();
        between.sort_by(f32::total_cmp);
        between
            .array_windows()
            .all(|[one, next]| next - one <= widest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_seen(yaws: &[f32]) -> bool {
        let mut way = Way::from(yaws.first().copied());
        yaws.iter().skip(1).for_each(|yaw| way.saw(*yaw));
        way.is_seen(0.11)
    }

    #[test]
    fn a_way_is_seen_without_holes() {
        assert!(is_seen(&[0.0, 0.1, 0.2, 0.3]));
        assert!(is_seen(&[-0.3, -0.2, -0.1, 0.0]));
        assert!(!is_seen(&[0.06, 0.27]) && !is_seen(&[0.0, 0.1, 0.3]));
        // Gone back for what was missing.
        assert!(is_seen(&[0.0, 0.1, 0.3, 0.2, 0.3]));
        // On the other side of the way, or behind its end, nothing is filled.
        assert!(!is_seen(&[0.0, -0.1, 0.4, 0.35, 0.3]));
    }

    #[test]
    fn where_there_was_no_way_nothing_is_missing() {
        assert!(is_seen(&[]) && is_seen(&[0.1]));
    }
}
