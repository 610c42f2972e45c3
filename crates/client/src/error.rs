//! Why an operation has not succeeded, and the numbers by which apps know it.

use crate::transaction::MalformedTransactionData;

/// Why an operation has not succeeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The transaction data is not what dynamic linking has.
    #[error(transparent)]
    TransactionData(#[from] MalformedTransactionData),
    /// What the app has set up or asked for cannot be.
    #[error("{0}")]
    Configuration(&'static str),
    /// Nobody has enrolled on this device; the server was not asked.
    #[error("nobody has enrolled on this device")]
    NotEnrolled,
    /// The server has refused.
    #[error("{0}")]
    Refused(Refusal),
    /// What the server says is not what was asked, or not what the protocol has.
    #[error("the server does not keep to what was asked: {0}")]
    Deviation(Deviation),
    /// Time has run out.
    #[error("the operation has taken too long")]
    TimedOut,
    /// The person does not want to.
    #[error("the person has cancelled")]
    Cancelled,
    /// The server cannot be reached, or not any more; the reason is for whoever integrates.
    #[error("there is no connection to the server: {0}")]
    NoConnection(String),
    /// What the app keeps the device's key in has failed.
    #[error("the store of the device's key has failed: {0}")]
    Store(String),
    /// The app's camera has failed.
    #[error("the camera has failed: {0}")]
    Camera(String),
}

/// A refusal in the server's words (docs/recognize-protocol.md §3.11).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Which it is: `SERVER_...`.
    pub code: String,
    /// A sentence in English.
    pub message: String,
    /// What more is known of it.
    pub cause: Option<String>,
    /// When it is worth trying again, in seconds.
    pub retry_after: Option<u64>,
}

/// What a server says that this client does not go along with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Deviation {
    /// It is not JSON, or lacks something.
    #[error("a message cannot be read")]
    Unreadable,
    /// It is longer than a message may be.
    #[error("a message is too long")]
    TooLong,
    /// It is not the turn of this message.
    #[error("a message came that was not expected")]
    Unexpected,
    /// Another operation than the one that was asked for.
    #[error("another operation was opened")]
    AnotherOperation,
    /// Another transaction is shown than the one that was asked for, or none, or one without need.
    #[error("another transaction is shown than the one that was asked for")]
    AnotherTransaction,
    /// The digest of a transaction is no SHA-256.
    #[error("the digest of the transaction is none")]
    Digest,
    /// There is nothing to agree to before a face is enrolled, or something although none is.
    #[error("consent is asked for without need, or is not")]
    Consent,
    /// The result is about another person, device or factor.
    #[error("the result is about somebody or something else")]
    AnotherResult,
    /// The JWT is none, or says something else than what was approved.
    #[error("the JWT says something else than what was approved")]
    AnotherJwt,
}

impl From<Deviation> for Error {
    fn from(deviation: Deviation) -> Self {
        Self::Deviation(deviation)
    }
}

impl Deviation {
    /// Whether the server contradicts what was asked or approved: then something may interfere. All else is
    /// a fault of the server. The web SDK tells them apart in the same way.
    const fn is_contradiction(self) -> bool {
        !matches!(self, Self::Unreadable | Self::TooLong | Self::Unexpected)
    }

    const fn number(self) -> u32 {
        if self.is_contradiction() { 6000 } else { 5000 }
    }

    const fn name(self) -> &'static str {
        if self.is_contradiction() {
            "RUNTIME_VIOLATION"
        } else {
            "SERVER_INVALID_RESPONSE"
        }
    }
}

impl Error {
    /// The number by which apps know it: from 30000 what concerns the person, from 20000 the app, below
    /// the SDK and the server.
    pub fn number(&self) -> u32 {
        match self {
            Self::TransactionData(_) => 1008,
            Self::Configuration(_) => 1002,
            Self::NotEnrolled => 1131,
            Self::Refused(refusal) => refusal.number(),
            Self::Deviation(deviation) => deviation.number(),
            Self::Store(_) => 20001,
            Self::Camera(_) => 20002,
            Self::TimedOut => 30001,
            Self::Cancelled => 30003,
            Self::NoConnection(_) => 30005,
        }
    }

    /// The name of it: what the server calls it, if it is the server's.
    pub fn name(&self) -> &str {
        match self {
            Self::TransactionData(_) => DYNAMIC_LINKING,
            Self::Configuration(_) => "SDK_CONFIGURATION",
            Self::NotEnrolled => "SDK_NOT_ENROLLED",
            Self::Refused(refusal) => &refusal.code,
            Self::Deviation(deviation) => deviation.name(),
            Self::Store(_) => "SDK_STORE_FAILED",
            Self::Camera(_) => "SDK_CAMERA_FAILED",
            Self::TimedOut => "SDK_TIMEOUT",
            Self::Cancelled => "SDK_CANCELLED",
            Self::NoConnection(_) => "SDK_NO_CONNECTION",
        }
    }

    /// When it is worth trying again, in seconds.
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

/// The cause by which a server tells that transaction data is malformed.
const DYNAMIC_LINKING: &str = "SDK_DYNAMIC_LINKING_PAYLOAD_MALFORMED";

impl Refusal {
    fn number(&self) -> u32 {
        if self.cause.as_deref() == Some(DYNAMIC_LINKING) {
            return 1008;
        }
        match self.code.as_str() {
            "SERVER_USER_NOT_FOUND" => 534,
            "SERVER_CUSTOMER_NOT_FOUND" => 3008,
            "SERVER_FORBIDDEN" => 5003,
            "SERVER_TIMEOUT" => 30001,
            // Regulation (EU) 2018/389 art. 4(3)(a): "where authentication has failed to generate an
            // authentication code [...] it shall not be possible to identify which of the elements
            // [...] was incorrect".
            "SERVER_FACE_DOES_NOT_MATCH"
            | "SERVER_RECOGNITION_FAILED"
            | "SERVER_NO_ATTEMPTS_LEFT" => 30004,
            "SERVER_USER_LOCKED_OUT" => 30007,
            _ => 5000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, cause: Option<&str>) -> Error {
        Error::Refused(Refusal {
            code: code.to_owned(),
            message: String::new(),
            cause: cause.map(str::to_owned),
            retry_after: Some(412),
        })
    }

    #[test]
    fn every_error_has_the_number_by_which_apps_know_it() {
        for (error, number) in [
            (MalformedTransactionData.into(), 1008),
            (
                refused("SERVER_VALIDATION_FAILED", Some(DYNAMIC_LINKING)),
                1008,
            ),
            (Error::NotEnrolled, 1131),
            (refused("SERVER_USER_NOT_FOUND", None), 534),
            (refused("SERVER_FORBIDDEN", None), 5003),
            (refused("SERVER_USER_ALREADY_ENROLLED", None), 5000),
            (Deviation::AnotherTransaction.into(), 6000),
            (Error::TimedOut, 30001),
            (refused("SERVER_TIMEOUT", None), 30001),
            (Error::Cancelled, 30003),
            (Error::NoConnection(String::new()), 30005),
            (refused("SERVER_USER_LOCKED_OUT", None), 30007),
        ] {
            assert_eq!(error.number(), number, "{error}");
        }
        let locked_out = refused("SERVER_USER_LOCKED_OUT", None);
        assert_eq!(locked_out.retry_after(), Some(412));
        assert_eq!(locked_out.name(), "SERVER_USER_LOCKED_OUT");
    }

    #[test]
    fn who_contradicts_what_was_asked_is_told_from_who_cannot_be_understood() {
        for deviation in [
            Deviation::AnotherOperation,
            Deviation::AnotherTransaction,
            Deviation::Digest,
            Deviation::Consent,
            Deviation::AnotherResult,
            Deviation::AnotherJwt,
        ] {
            let error = Error::from(deviation);
            assert_eq!((error.number(), error.name()), (6000, "RUNTIME_VIOLATION"));
        }
        for deviation in [
            Deviation::Unreadable,
            Deviation::TooLong,
            Deviation::Unexpected,
        ] {
            let error = Error::from(deviation);
            let expected = (5000, "SERVER_INVALID_RESPONSE");
            assert_eq!((error.number(), error.name()), expected);
        }
    }

    #[test]
    fn rts_4_3_a_a_wrong_face_a_wrong_pin_and_no_attempt_left_are_one_number() {
        let codes = [
            "FACE_DOES_NOT_MATCH",
            "RECOGNITION_FAILED",
            "NO_ATTEMPTS_LEFT",
        ];
        let numbers = codes.map(|code| refused(&format!("SERVER_{code}"), None).number());
        assert_eq!(numbers, [30004; 3]);
    }
}
