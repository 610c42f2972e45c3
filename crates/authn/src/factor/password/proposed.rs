//! A password that somebody wants to set.

use super::{NewPasswordHash, PasswordRule, PasswordVerdict};

/// A password that somebody wants to set, as far as could be said of it before it is decided whether
/// they may.
#[derive(Clone, Debug)]
pub enum Proposed {
    /// It obeys the rules.
    Acceptable {
        /// Its hash.
        hash: NewPasswordHash,
        /// Whether it is the one that it is to replace.
        compared: PasswordVerdict,
    },
    /// It breaks a rule.
    Refused(PasswordRule),
}
