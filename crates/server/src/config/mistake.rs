//! What is wrong with a configuration, and where.

use std::fmt;

use super::value::Fault;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The configuration file as a whole.
    File,
    /// A line of the configuration file, counted from 1.
    Line(usize),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
    /// Nowhere: it is the default.
    Default,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where it is.
    pub(crate) origin: Origin,
    /// What it is.
    pub(crate) deed: Deed,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Deed {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The file is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// There is no such section or setting.
    #[error("unknown {what} `{name}`{}", suggestion.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
    Unknown {
        what: &'static str,
        name: String,
        suggestion: Option<&'static str>,
    },
    /// A section is written as a value.
    #[error("`{0}` is a section: write [{0}] on a line of its own")]
    NotASection(String),
    /// The value of a setting will not do.
    #[error("`{setting}` {fault}")]
    Value { setting: String, fault: Fault },
    /// An operator's template cannot be used.
    #[error("`template_dir`: {0}")]
    Template(String),
    /// An operator's words cannot be used.
    #[error("`locale_dir`: {0}")]
    Words(String),
    /// The body that a gateway is sent cannot be written.
    #[error("`body`: {0}")]
    Body(String),
    /// Settings do not fit together.
    #[error("{0}")]
    Conflict(&'static str),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Line(line) => write!(f, "line {line}: {}", self.deed),
            Origin::Variable(name) => write!(f, "environment variable {name}: {}", self.deed),
            Origin::Flag(name) => write!(f, "flag --{name}: {}", self.deed),
            Origin::File | Origin::Default => self.deed.fmt(f),
        }
    }
}

/// The candidate that `text` was probably meant to be.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let text = text.to_lowercase();
    let allowed = text.chars().count().max(3) / 3;
    candidates
        .map(|candidate| (distance(&text, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to get
/// from one text to the other (restricted Damerau-Levenshtein distance).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = at(&above, j) + usize::from(a != b);
            let mut least = replaced.min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    at(&above, to.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("listen", "listen"), 0);
        assert_eq!(distance("lsiten", "listen"), 1);
        assert_eq!(distance("lisen", "listen"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_nearest_name_is_suggested_unless_it_is_far() {
        let names = ["listen", "admin_listen", "public_url"];
        assert_eq!(nearest("lisen", names.into_iter()), Some("listen"));
        assert_eq!(nearest("PublicUrl", names.into_iter()), Some("public_url"));
        assert_eq!(nearest("telemetry", names.into_iter()), None);
    }
}
