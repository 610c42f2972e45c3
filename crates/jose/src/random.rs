//! Where random bytes come from: an argument, so that decisions stay repeatable in tests.

/// A source of bytes that nobody can predict.
pub trait Random {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed>;
}

/// The source of randomness gave none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct RandomFailed;
