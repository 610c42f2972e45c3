//! What was decided.

use domain::port::Changes;

/// An answer, and the changes that must be committed before it is given.
///
/// A refusal may carry changes too: a replayed code revokes its grant.
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
}
