//! Scopes: what an access token may be used for (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;
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

    /// The values that begin with `prefix`, sorted.
    pub fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let values = self.0.range::<str, _>(from).map(String::as_str);
        values.take_while(move |value| value.starts_with(prefix))
    }

    /// The values, sorted.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The name of a dynamic scope: a scope value in which one `*` stands for any characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopePattern<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> ScopePattern<'a> {
    /// The pattern with this name; `None` unless there is exactly one `*` in it.
    pub fn of(name: &'a str) -> Option<Self> {
        let (before, after) = name.split_once('*')?;
        (!after.contains('*')).then_some(Self { before, after })
    }

    /// What comes before the `*`.
    pub const fn prefix(self) -> &'a str {
        self.before
    }

    /// How many bytes it fixes: of two patterns that match, the one with more is more specific.
    pub const fn specificity(self) -> usize {
        self.before.len() + self.after.len()
    }

    /// What stands in `value` where the pattern has its `*`, if the value is one of the pattern's.
    ///
    /// It is never empty, and never has a `*` itself: `payment:*` asks for no one payment, and who
    /// reads a token could take it for all of them.
    pub fn variable(self, value: &str) -> Option<&str> {
        let rest = value.strip_prefix(self.before)?;
        let variable = rest.strip_suffix(self.after)?;
        (!variable.is_empty() && !variable.contains('*')).then_some(variable)
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
    use proptest::prelude::*;

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

    #[test]
    fn a_pattern_has_one_asterisk() {
        for name in ["", "payment", "a*b*", "**"] {
            assert_eq!(ScopePattern::of(name), None, "{name:?}");
        }
        let pattern = ScopePattern::of("account:*:read").unwrap();
        assert_eq!(pattern.variable("account:7:read"), Some("7"));
        for other in ["account::read", "account:*:read", "account:7:write", "x"] {
            assert_eq!(pattern.variable(other), None, "{other:?}");
        }
        // What comes before and after does not overlap.
        assert_eq!(ScopePattern::of("aa*aa").unwrap().variable("aaa"), None);
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_is_put_in_place_of_its_asterisk(
            before in "[a-c:]{0,4}", variable in "[a-c:*]{0,4}", after in "[a-c:]{0,4}",
        ) {
            let name = format!("{before}*{after}");
            let pattern = ScopePattern::of(&name).unwrap();
            let value = format!("{before}{variable}{after}");
            let legal = !variable.is_empty() && !variable.contains('*');
            prop_assert_eq!(pattern.variable(&value), legal.then_some(&*variable));
        }

        #[test]
        fn what_a_pattern_matches_is_it_with_something_in_place_of_its_asterisk(
            name in "[ab]{0,3}\\*[ab]{0,3}", value in "[ab*]{0,8}",
        ) {
            let pattern = ScopePattern::of(&name).unwrap();
            match pattern.variable(&value) {
                Some(variable) => prop_assert_eq!(name.replace('*', variable), value),
                None => {
                    let fits = (0..=value.len()).flat_map(|from| (from..=value.len()).map(move |to| (from, to)));
                    let mut fits = fits.map(|(from, to)| &value[from..to]);
                    let fits = fits.any(|it| !it.is_empty() && !it.contains('*') && name.replace('*', it) == value);
                    prop_assert!(!fits);
                }
            }
        }

        #[test]
        fn values_are_found_by_their_beginning(
            values in proptest::collection::btree_set("[ab]{1,4}", 0..20), prefix in "[ab]{0,3}",
        ) {
            let scope: Scope = values.iter().cloned().collect();
            let found: Vec<&str> = scope.beginning_with(&prefix).collect();
            let expected: Vec<&str> = values.iter().map(String::as_str).filter(|it| it.starts_with(&prefix)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
