//! What was decided.

use crate::port::Changes;

/// An answer, and the changes that must be committed before it is given.
///
/// A refusal may carry changes too: a replayed code revokes its grant, a wrong password is counted.
#[must_use = "a decision has changes to be committed"]
pub struct Decision<T, E> {
    /// What to answer.
    pub answer: Result<T, E>,
    /// What must become true first.
    pub changes: Changes,
}

impl<T, E> Decision<T, E> {
    /// The answer `yes`, once `changes` are true.
    pub const fn accept(yes: T, changes: Changes) -> Self {
        Self {
            answer: Ok(yes),
            changes,
        }
    }

    /// A refusal that changes nothing.
    pub const fn refuse(no: E) -> Self {
        Self {
            answer: Err(no),
            changes: Changes::none(),
        }
    }

    /// A refusal, once `changes` are true.
    pub const fn refuse_and(no: E, changes: Changes) -> Self {
        Self {
            answer: Err(no),
            changes,
        }
    }

    /// The decision with another yes.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Decision<U, E> {
        Decision {
            answer: self.answer.map(convert),
            changes: self.changes,
        }
    }

    /// The decision with another refusal.
    pub fn map_err<F>(self, convert: impl FnOnce(E) -> F) -> Decision<T, F> {
        Decision {
            answer: self.answer.map_err(convert),
            changes: self.changes,
        }
    }

    /// What `next` decides about a yes: the changes of both become true together, these first. A
    /// refusal stays what it is.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Decision<U, E>) -> Decision<U, E> {
        match self.answer {
            Ok(yes) => next(yes).after(self.changes),
            Err(no) => Decision::refuse_and(no, self.changes),
        }
    }

    /// The same as [`Self::and_then`], where a yes was mapped to what is decided next, once that has
    /// been loaded by which it is decided.
    pub async fn resolve<U, X>(self) -> Result<Decision<U, E>, X>
    where
        T: Future<Output = Result<Decision<U, E>, X>>,
    {
        match self.answer {
            Ok(next) => Ok(next.await?.after(self.changes)),
            Err(no) => Ok(Decision::refuse_and(no, self.changes)),
        }
    }

    /// The decision, once `earlier` changes are true as well.
    fn after(self, mut earlier: Changes) -> Self {
        earlier.and(self.changes);
        Self {
            answer: self.answer,
            changes: earlier,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::port::{Change, Tenant};

    /// The changes of a step, told by the time until which they claim something.
    fn step(number: i64) -> Changes {
        let mut changes = Changes::none();
        changes.claim("a step", &[], Timestamp::from_seconds(number));
        changes
    }

    fn steps(changes: Changes) -> Vec<i64> {
        let step = |change| match change {
            Change::Claim { until, .. } => until.seconds(),
            other => panic!("{other:?}"),
        };
        let changes = changes.of_tenant(Tenant::DEFAULT);
        changes.into_iter().map(step).collect()
    }

    #[test]
    fn what_is_decided_next_comes_true_together_with_what_was_decided() {
        let both = |next: fn(u8) -> Decision<u8, &'static str>| {
            let decision = Decision::accept(1, step(1)).and_then(next);
            (decision.answer, steps(decision.changes))
        };
        assert_eq!(
            both(|one| Decision::accept(one + 1, step(2))),
            (Ok(2), vec![1, 2])
        );
        assert_eq!(
            both(|_| Decision::refuse_and("no", step(2))),
            (Err("no"), vec![1, 2])
        );
        assert_eq!(both(|_| Decision::refuse("no")), (Err("no"), vec![1]));
    }

    #[test]
    fn so_does_what_has_to_be_loaded_before_it_is_decided() {
        let load = |one: u8| std::future::ready(Ok(Decision::accept(one + 1, step(2))));
        let decision = Decision::<_, &str>::accept(1, step(1)).map(load);
        let resolved = std::pin::pin!(decision.resolve::<_, ()>());
        let polled = resolved.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        let std::task::Poll::Ready(Ok(decision)) = polled else {
            panic!("nothing is waited for");
        };
        assert_eq!(
            (decision.answer, steps(decision.changes)),
            (Ok(2), vec![1, 2])
        );
    }

    #[test]
    fn after_a_refusal_nothing_is_decided() {
        let refused = Decision::<u8, _>::refuse_and("no", step(1));
        let decision = refused.and_then(|_| Decision::accept(2, step(2)));
        assert_eq!(decision.answer, Err("no"));
        assert_eq!(steps(decision.changes), [1]);
    }

    #[test]
    fn another_answer_has_the_same_changes() {
        let decision = Decision::<_, u8>::accept(1, step(1)).map(|one| one + 1);
        assert_eq!(decision.answer, Ok(2));
        assert_eq!(steps(decision.changes), [1]);
        let decision = Decision::<u8, _>::refuse_and(1, step(1)).map_err(|one| one + 1);
        assert_eq!(decision.answer, Err(2));
        assert_eq!(steps(decision.changes), [1]);
    }
}
