//! Why a session ends, and the one table of what that is on the wire.

use std::time::Duration;

use super::{AuthorizationFault, BeginFault, FrameFault};

/// Why a session ends without success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A message is no JSON object, or is longer than it may be.
    #[error("a message is no JSON object of the length that is allowed")]
    Unreadable,
    /// A message of a type that there is not.
    #[error("there is no message of this type")]
    UnknownType,
    /// A message or frame that is not expected now.
    #[error("this is not expected now")]
    Unexpected,
    /// A member of a message is missing or will not do.
    #[error("{0} is missing or not allowed")]
    Invalid(&'static str),
    /// A frame that is none.
    #[error(transparent)]
    Frame(#[from] FrameFault),
    /// There is no such customer.
    #[error("there is no such customer")]
    CustomerUnknown,
    /// The page is of an origin from which the customer calls nothing.
    #[error("the origin is none of the customer's")]
    Origin,
    /// The user authorization will not do.
    #[error("the user authorization is not accepted: {0}")]
    Authorization(#[from] AuthorizationFault),
    /// A ticket that is none: it was never given out, or not here, or is spent, or nobody waits for it any
    /// more.
    #[error("the ticket is none")]
    Ticket,
    /// The customer's keys cannot be had.
    #[error("the keys of the customer cannot be fetched")]
    KeysUnavailable,
    /// The transaction data is not as dynamic linking has it.
    #[error("the transaction data is not an array of objects with one pair each")]
    TransactionData,
    /// A transaction with an operation that enrols.
    #[error("a transaction is approved by an authentication, not by an enrolment")]
    TransactionOnEnrolment,
    /// There was an operation of this id already.
    #[error("there was an operation of this id already")]
    OperationTaken,
    /// Nobody of this name has enrolled, or not with this device.
    #[error("this person has not enrolled with this device")]
    UserUnknown,
    /// Somebody of this name has enrolled.
    #[error("this person has enrolled already")]
    AlreadyEnrolled,
    /// Too many failures.
    #[error("the person is suspended")]
    LockedOut {
        /// For how long.
        left: Duration,
    },
    /// What the device has signed will not do.
    #[error("the device has not proved itself: {0}")]
    Begin(#[from] BeginFault),
    /// The last attempt has failed.
    #[error("the last attempt has failed")]
    NoAttemptsLeft,
    /// Time has run out.
    #[error("time has run out")]
    TimedOut,
    /// The server stops, or cannot look at frames now.
    #[error("the server cannot do this now")]
    Unavailable,
    /// A fault of ours, told in the log.
    #[error("the server has a fault")]
    Internal,
}

impl Refusal {
    /// The code by which it is told (docs/recognize-protocol.md §4).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable | Self::Frame(_) => "SERVER_INVALID_REQUEST",
            Self::UnknownType => "SERVER_UNPROCESSABLE_EVENT",
            Self::Unexpected => "SERVER_INVALID_STATE",
            Self::Invalid(_)
            | Self::TransactionData
            | Self::TransactionOnEnrolment
            | Self::OperationTaken => "SERVER_VALIDATION_FAILED",
            Self::CustomerUnknown => "SERVER_CUSTOMER_NOT_FOUND",
            Self::Origin | Self::Authorization(_) | Self::Ticket => "SERVER_FORBIDDEN",
            Self::Begin(fault) => fault.code(),
            Self::KeysUnavailable | Self::Unavailable => "SERVER_UNAVAILABLE_SERVICE",
            Self::UserUnknown => "SERVER_USER_NOT_FOUND",
            Self::AlreadyEnrolled => "SERVER_USER_ALREADY_ENROLLED",
            Self::LockedOut { .. } => "SERVER_USER_LOCKED_OUT",
            Self::NoAttemptsLeft => "SERVER_NO_ATTEMPTS_LEFT",
            Self::TimedOut => "SERVER_TIMEOUT",
            Self::Internal => "SERVER_INTERNAL_ERROR",
        }
    }

    /// What is told besides: the cause that the original's SDKs know.
    pub const fn cause(&self) -> Option<&'static str> {
        match self {
            Self::TransactionData => Some("SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED"),
            _ => None,
        }
    }

    /// A sentence for whoever integrates; which rule a token or a proof breaks is for the log alone.
    pub fn message(&self) -> String {
        match self {
            Self::Authorization(_) => "The user authorization is not accepted.".to_owned(),
            Self::Begin(BeginFault::Proof(_)) => "The device has not proved itself.".to_owned(),
            other => sentence(&other.to_string()),
        }
    }

    /// After how many seconds it makes sense to try again.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            // Rounded up: who comes then is not refused.
            Self::LockedOut { left } => Some(left.as_secs() + u64::from(left.subsec_nanos() > 0)),
            _ => None,
        }
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_code_of_the_protocol_and_a_sentence() {
        let protocol = include_str!("../../../../docs/recognize-protocol.md");
        let table = protocol.split("## 4. Error codes").nth(1).unwrap();
        for refusal in [
            Refusal::Unreadable,
            Refusal::UnknownType,
            Refusal::Unexpected,
            Refusal::Invalid("username"),
            Refusal::CustomerUnknown,
            Refusal::Authorization(AuthorizationFault::Missing),
            Refusal::Ticket,
            Refusal::UserUnknown,
            Refusal::AlreadyEnrolled,
            Refusal::LockedOut {
                left: Duration::from_millis(1_001),
            },
            Refusal::NoAttemptsLeft,
            Refusal::TimedOut,
            Refusal::Unavailable,
            Refusal::Internal,
        ] {
            assert!(
                table.contains(&format!("| `{}` |", refusal.code())),
                "{refusal}"
            );
            let message = refusal.message();
            assert!(message.ends_with('.') && message.starts_with(char::is_uppercase));
        }
        let left = Duration::from_millis(1_001);
        assert_eq!(Refusal::LockedOut { left }.retry_after(), Some(2));
    }
}
