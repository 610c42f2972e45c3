//! Which passwords may be set (NIST SP 800-63B §5.1.1.2).

use std::collections::HashSet;
use std::sync::LazyLock;

use domain::User;
use zeroize::Zeroizing;

use super::{Hasher, Salt};
use domain::Secret;

/// The fewest characters of a password.
pub const MIN_LENGTH: usize = 8;

/// The most characters of a password.
pub const MAX_LENGTH: usize = 256;

/// The passwords that are tried first by everybody who guesses; in lower case, one a line.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common.txt").lines().collect());

/// A rule that a new password breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRule {
    /// Fewer than [`MIN_LENGTH`] characters.
    #[error("a password has at least {MIN_LENGTH} characters")]
    TooShort,
    /// More than [`MAX_LENGTH`] characters.
    #[error("a password has at most {MAX_LENGTH} characters")]
    TooLong,
    /// It is the user name.
    #[error("a password is not the user name")]
    IsUsername,
    /// It is among those that everybody guesses first.
    #[error("a password is not one of the most common ones")]
    Common,
    /// It was not typed the same twice.
    #[error("a new password is typed the same twice")]
    Unconfirmed,
    /// It is the one that it is to replace.
    #[error("a new password differs from the one before")]
    Unchanged,
}

impl PasswordRule {
    /// A stable name of the rule, for pages and APIs.
    pub const fn id(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::IsUsername => "password_is_username",
            Self::Common => "password_common",
            Self::Unconfirmed => "password_unconfirmed",
            Self::Unchanged => "password_unchanged",
        }
    }
}

/// A password that obeys the rules, so that it may be set.
pub struct NewPassword(Zeroizing<String>);

impl NewPassword {
    /// Checks a password that is to be set for `username`; `current` is the one that it replaces,
    /// if it is known.
    pub fn accept(text: &str, username: &str, current: Option<&str>) -> Result<Self, PasswordRule> {
        let mut verdicts = Self::verdicts(text, username).into_iter();
        if let Some((rule, _)) = verdicts.find(|(_, is_obeyed)| !is_obeyed) {
            return Err(rule);
        }
        if current == Some(text) {
            return Err(PasswordRule::Unchanged);
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Whether a password that is to be set for `username` obeys each rule that looks at it alone.
    pub fn verdicts(text: &str, username: &str) -> [(PasswordRule, bool); 4] {
        // NIST SP 800-63B §5.1.1.2: "each Unicode code point SHALL be counted as a single character"
        let length = text.chars().count();
        let lower = Zeroizing::new(text.to_lowercase());
        // NIST SP 800-63B §5.1.1.2: "verifiers SHALL compare the prospective secrets against a list
        // that contains values known to be commonly-used, expected, or compromised"
        let is_common = COMMON.contains(lower.trim()) || is_one_character(text);
        [
            (PasswordRule::TooShort, length >= MIN_LENGTH),
            (PasswordRule::TooLong, length <= MAX_LENGTH),
            (
                PasswordRule::IsUsername,
                lower.trim() != User::normalized(username),
            ),
            (PasswordRule::Common, !is_common),
        ]
    }

    /// Its hash as a PHC string, ready to be stored. Blocks for tens of milliseconds.
    pub fn hash(&self, hasher: &Hasher, salt: &Salt) -> NewPasswordHash {
        NewPasswordHash(hasher.hash(&self.0, salt))
    }
}

fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first)
}

/// The hash of a password that obeys the rules.
#[derive(Clone)]
pub struct NewPasswordHash(Secret);

impl std::fmt::Debug for NewPasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPasswordHash")
    }
}

impl NewPasswordHash {
    /// The PHC string.
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Option<PasswordRule> {
        NewPassword::accept(text, "Alice.Example", Some("the old one")).err()
    }

    #[test]
    fn nist_800_63b_5_1_1_2_counts_characters_and_asks_no_composition() {
        assert_eq!(broken("seven77"), Some(PasswordRule::TooShort));
        assert_eq!(broken("only lower case words"), None);
        assert_eq!(broken("ÄÖÜäöüß€"), None);
        assert_eq!(broken(&"äb".repeat(128)), None);
        assert_eq!(broken(&"äbc".repeat(86)), Some(PasswordRule::TooLong));
    }

    #[test]
    fn refuses_what_is_guessed_first() {
        assert_eq!(broken("alice.example"), Some(PasswordRule::IsUsername));
        assert_eq!(broken(" ALICE.EXAMPLE "), Some(PasswordRule::IsUsername));
        for text in [
            "password",
            "Password1",
            "1234567890",
            "QWERTYUIOP",
            "aaaaaaaaa",
        ] {
            assert_eq!(broken(text), Some(PasswordRule::Common), "{text}");
        }
        assert_eq!(broken("the old one"), Some(PasswordRule::Unchanged));
    }

    #[test]
    fn the_list_is_in_the_form_it_is_compared_in() {
        assert!(COMMON.len() > 150);
        for line in COMMON.iter() {
            assert_eq!(*line, line.trim().to_lowercase());
            assert!(line.chars().count() >= MIN_LENGTH, "{line}");
        }
    }
}
