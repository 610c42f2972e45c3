//! The members of a request, as clients write them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Outcome;

/// The longest text, in bytes, unless somebody says otherwise.
const MAX_TEXT: usize = 4096;

/// A member is missing, or is not what it is to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the member {0} is missing, malformed, or comes twice")]
pub struct Malformed(pub String);

impl From<Malformed> for Outcome {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// The members of an object. Clients do not agree on the case of their names (`fName`, `fname`), nor
/// on whether a truth or a number is a text: both are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<String, Value>);

impl Members {
    /// Those of an object; what is `null` is not there.
    ///
    /// # Errors
    /// A name comes twice.
    pub fn of(object: &Map<String, Value>) -> Result<Self, Malformed> {
        let mut members = BTreeMap::new();
        for (name, value) in object {
            let known = members.insert(name.to_ascii_lowercase(), value.clone());
            if known.is_some() {
                return Err(Malformed(name.chars().take(64).collect()));
            }
        }
        members.retain(|_, value| !value.is_null());
        Ok(Self(members))
    }

    /// Whether there is a member of this name, and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text, if it is there; the empty one is not.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Malformed> {
        self.text_within(name, MAX_TEXT)
    }

    /// The same of at most so many bytes.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn text_within(&self, name: &str, most: usize) -> Result<Option<&str>, Malformed> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= most => {
                Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty()))
            }
            Some(_) => Err(malformed(name)),
        }
    }

    /// A text that has to be there.
    ///
    /// # Errors
    /// It is not, or is too long.
    pub fn required(&self, name: &str) -> Result<&str, Malformed> {
        self.text(name)?.ok_or_else(|| malformed(name))
    }

    /// A truth; what is not there is not so.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self, name: &str) -> Result<bool, Malformed> {
        self.flag_or(name, false)
    }

    /// The same, where what is not there is `otherwise`.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag_or(&self, name: &str, otherwise: bool) -> Result<bool, Malformed> {
        match self.value(name) {
            None => Ok(otherwise),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(true),
                "false" => Ok(false),
                "" => Ok(otherwise),
                _ => Err(malformed(name)),
            },
            Some(_) => Err(malformed(name)),
        }
    }

    /// A whole number, if it is there.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Malformed> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number.as_i64().map(Some).ok_or_else(|| malformed(name)),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => {
                let number = text.trim().parse().map(Some);
                number.map_err(|_| malformed(name))
            }
            Some(_) => Err(malformed(name)),
        }
    }

    /// A list of texts, of at most so many; empty, if it is not there.
    ///
    /// # Errors
    /// It is none, or has too many.
    pub fn texts(&self, name: &str, most: usize) -> Result<Vec<&str>, Malformed> {
        let Some(value) = self.value(name) else {
            return Ok(Vec::new());
        };
        let all = value.as_array().filter(|all| all.len() <= most);
        let short = |it: &'_ &str| it.len() <= MAX_TEXT;
        let texts = all.map(|all| all.iter().map(|it| it.as_str().filter(short)).collect());
        texts.flatten().ok_or_else(|| malformed(name))
    }

    /// The members of an object within that has to be there.
    ///
    /// # Errors
    /// It is not, is none, or has a name twice.
    pub fn object(&self, name: &str) -> Result<Self, Malformed> {
        match self.value(name) {
            None => Err(malformed(name)),
            Some(_) => self.within(name),
        }
    }

    /// The members of an object within; none, if it is not there.
    ///
    /// # Errors
    /// It is none, or has a name twice.
    pub fn within(&self, name: &str) -> Result<Self, Malformed> {
        match self.value(name) {
            None => Ok(Self::default()),
            Some(Value::Object(object)) => Self::of(object),
            Some(_) => Err(malformed(name)),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase())
    }
}

fn malformed(name: &str) -> Malformed {
    Malformed(name.to_owned())
}
