//! A text with places for values: `Pay ${sum} to ${recipient}`.

use serde::{Deserialize, Serialize};

/// Not a text with places for values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternRefused {
    /// A `${` has no `}` after it.
    #[error("a ${{ has no }} after it")]
    Unclosed,
    /// Between `${` and `}` is no name.
    #[error("the name of a variable has letters, digits, '.', '_' and '-'")]
    Name,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::approval) enum Piece {
    /// These words.
    Text(String),
    /// The value of a variable, by its name in lower case.
    Variable(String),
}

/// A text with places for values. A value is put in its place as it is: it is never read for places
/// itself, so that a text is done after one pass whatever the values are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    source: String,
    pieces: Vec<Piece>,
}

impl Pattern {
    /// Reads a text.
    pub fn parse(source: impl Into<String>) -> Result<Self, PatternRefused> {
        let source = source.into();
        let mut pieces = Vec::new();
        let mut rest = source.as_str();
        while let Some((text, variable)) = rest.split_once("${") {
            let (name, after) = variable.split_once('}').ok_or(PatternRefused::Unclosed)?;
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if name.is_empty() || !name.chars().all(is_allowed) {
                return Err(PatternRefused::Name);
            }
            pieces.push(Piece::Text(text.to_owned()));
            pieces.push(Piece::Variable(name.to_ascii_lowercase()));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self { source, pieces })
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of its variables, in lower case.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Whether it has a place for a one-time code.
    pub fn has_code(&self) -> bool {
        self.variables().any(is_code)
    }

    pub(in crate::approval) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

/// Whether a variable is the one-time code.
pub(in crate::approval) fn is_code(name: &str) -> bool {
    matches!(name, "otp" | "code.value")
}

impl TryFrom<String> for Pattern {
    type Error = PatternRefused;

    fn try_from(source: String) -> Result<Self, PatternRefused> {
        Self::parse(source)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whatever_their_case() {
        let pattern = Pattern::parse("Pay ${Sum} $5 {x} ${OTP}.").unwrap();
        assert_eq!(pattern.variables().collect::<Vec<_>>(), ["sum", "otp"]);
        assert!(pattern.has_code());
        assert_eq!(pattern.source(), "Pay ${Sum} $5 {x} ${OTP}.");
        assert!(!Pattern::parse("").unwrap().has_code());
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        assert_eq!(Pattern::parse("a ${b"), Err(PatternRefused::Unclosed));
        for text in ["${}", "${a b}", "${${a}}", "${ä}", "${a\n}"] {
            assert_eq!(Pattern::parse(text), Err(PatternRefused::Name), "{text}");
        }
    }
}
