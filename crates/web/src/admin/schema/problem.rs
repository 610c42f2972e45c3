//! What is wrong with a resource, by the path of the field.

use std::fmt;

use serde::Serialize;

/// What is wrong with one field of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of mistake it is.
    pub(crate) error_id: &'static str,
    /// One sentence that says what is wrong.
    pub(crate) message: String,
    /// The field's path from the root of the resource, in camelCase with dots.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) field_path: String,
    /// Whether the body is not even a resource: an unknown name, a wrong type.
    #[serde(skip)]
    pub(crate) unreadable: bool,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field_path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl Problem {
    /// The field at `path` has a value that it may not have.
    pub(crate) fn invalid(path: &str, message: &str) -> Self {
        Self {
            error_id: "invalid_value",
            message: message.to_owned(),
            field_path: path.to_owned(),
            unreadable: false,
        }
    }

    /// The same with a place before its path.
    pub(crate) fn at(self, place: &str) -> Self {
        let field_path = format!("{place} {}", self.field_path);
        Self {
            field_path: field_path.trim_end().to_owned(),
            ..self
        }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a mistake in the field at `path`.
    pub(crate) fn add(&mut self, error_id: &'static str, path: &str, message: impl Into<String>) {
        let field_path = path.to_owned();
        self.0.push(Problem {
            error_id,
            message: message.into(),
            field_path,
            unreadable: false,
        });
    }

    /// Notes that the field at `path` has a value that it may not have.
    pub(crate) fn invalid(&mut self, path: &str, message: impl Into<String>) {
        self.add("invalid_value", path, message);
    }

    /// Notes that the field at `path` has a value that it may not have, unless `holds`.
    pub(crate) fn require(&mut self, holds: bool, path: &str, message: &str) {
        if !holds {
            self.invalid(path, message);
        }
    }

    /// Notes a mistake that makes the body no resource at all.
    pub(super) fn unreadable(
        &mut self,
        error_id: &'static str,
        path: &str,
        message: impl Into<String>,
    ) {
        self.add(error_id, path, message);
        if let Some(problem) = self.0.last_mut() {
            problem.unreadable = true;
        }
    }

    /// The mistakes.
    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0
    }

    /// `Ok` with `value` when there are no mistakes.
    pub(crate) fn check<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }
}

/// A name or a text of somebody else's, short enough and harmless in a message.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
