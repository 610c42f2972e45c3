//! Scopes: what an access token may be used for (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A scope value has a character that RFC 6749 §3.3 does not allow, or there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is made of printable ASCII without space, quote or backslash; at most 100 of them"
)]
pub struct ScopeFormat;

/// A set of scope values in a stable order (RFC 6749 §3.3: "their order does not matter").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// The most values that one set may hold.
    pub const MAX_VALUES: usize = 100;

    /// No scope at all, which is the default scope.
    pub const fn empty() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `value` is one of the values.
    pub fn contains(&self, value: &str) -> bool {
        self.0.contains(value)
    }

    /// Whether every value is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The values that are in both sets.
    #[must_use]
    pub fn common_with(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The values that are in this set only.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The values that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The values, sorted.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Scope {
    type Err = ScopeFormat;

    fn from_str(text: &str) -> Result<Self, ScopeFormat> {
        // RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        let values: BTreeSet<String> = text
            .split(' ')
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        let legal = values.len() <= Self::MAX_VALUES
            && values.iter().all(|value| value.bytes().all(allowed));
        legal.then_some(Self(values)).ok_or(ScopeFormat)
    }
}

impl<S: Into<String>> FromIterator<S> for Scope {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> Self {
        Self(values.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, value) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_3_3_reads_a_space_delimited_set() {
        let scope: Scope = "profile openid  openid".parse().unwrap();
        assert_eq!(scope.to_string(), "openid profile");
        assert!(scope.contains("openid") && !scope.contains("email"));
    }

    #[test]
    fn rfc6749_3_3_refuses_characters_outside_the_grammar() {
        for text in ["a\"b", "a\\b", "a\tb", "ü", "a\u{7f}"] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeFormat), "{text:?}");
        }
        let many = (0..101).fold(String::new(), |many, n| many + &format!("s{n} "));
        assert_eq!(many.parse::<Scope>(), Err(ScopeFormat));
    }
}
