//! What is to be approved, as it was asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TransactionFormat;
use crate::AuthorizationDetails;

/// One value of a notification template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Its value: text, whatever is in it.
    pub value: String,
}

/// The values of a notification template, in the order in which they were given, each name once
/// whatever its case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Variable>", into = "Vec<Variable>")]
pub struct Variables(Vec<Variable>);

impl Variables {
    /// The most variables.
    pub const MAX_COUNT: usize = 64;
    /// The longest name of a variable, in characters.
    pub const MAX_NAME: usize = 64;
    /// The longest value, in characters.
    pub const MAX_VALUE: usize = 1024;
    /// The longest that all names and values are together, in bytes.
    pub const MAX_TOTAL: usize = 8 * 1024;

    /// Takes these variables, if they are not too many or too long.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, TransactionFormat> {
        let variables = variables.into_iter();
        let variables = variables.map(|(name, value)| Variable { name, value });
        let mut taken = Self::default();
        let mut total = 0;
        for variable in variables {
            total += variable.name.len() + variable.value.len();
            if taken.0.len() == Self::MAX_COUNT || total > Self::MAX_TOTAL {
                return Err(TransactionFormat::TooLarge("the list of variables"));
            }
            taken.take(variable)?;
        }
        Ok(taken)
    }

    fn take(&mut self, variable: Variable) -> Result<(), TransactionFormat> {
        if !is_variable_name(&variable.name) {
            return Err(TransactionFormat::VariableName);
        }
        if self.value(&variable.name).is_some() {
            return Err(TransactionFormat::VariableTwice(variable.name));
        }
        bounded(&variable.value, "the value of a variable")?;
        self.0.push(variable);
        Ok(())
    }

    /// The value of a variable, whatever the case of its name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut found = self
            .0
            .iter()
            .filter(|it| it.name.eq_ignore_ascii_case(name));
        found.next().map(|variable| variable.value.as_str())
    }

    /// The variables in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Variable> {
        self.0.iter()
    }
}

/// Whether a text can be the name of a variable.
fn is_variable_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !name.is_empty() && name.len() <= Variables::MAX_NAME && name.chars().all(is_allowed)
}

fn bounded(text: &str, what: &'static str) -> Result<(), TransactionFormat> {
    match text.chars().count() <= Variables::MAX_VALUE {
        true => Ok(()),
        false => Err(TransactionFormat::TooLarge(what)),
    }
}

impl TryFrom<Vec<Variable>> for Variables {
    type Error = TransactionFormat;

    fn try_from(variables: Vec<Variable>) -> Result<Self, TransactionFormat> {
        Self::new(variables.into_iter().map(|it| (it.name, it.value)))
    }
}

impl From<Variables> for Vec<Variable> {
    fn from(variables: Variables) -> Self {
        variables.0
    }
}

/// A label with its value, as dynamic linking has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// What it is.
    pub label: String,
    /// The value.
    pub value: String,
}

/// What is to be approved, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "snake_case"
)]
pub enum TransactionSource {
    /// A notification template with its values (`pi.template`).
    Template {
        /// The name of the template.
        name: String,
        /// Its variant, if one was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        variant: Option<String>,
        /// Its values.
        variables: Variables,
    },
    /// Labels with their values, in their order.
    Pairs {
        /// The labels and values.
        pairs: Pairs,
    },
    /// Authorization details (RFC 9396), whose order means nothing.
    AuthorizationDetails {
        /// The details.
        details: ExactDetails,
    },
}

impl TransactionSource {
    /// The longest name of a template or a variant, in characters.
    pub const MAX_NAME: usize = 100;

    /// A notification template with its values.
    pub fn template(
        name: impl Into<String>,
        variant: Option<String>,
        variables: Variables,
    ) -> Result<Self, TransactionFormat> {
        let name = name.into();
        let is_short = |text: &String| text.chars().count() <= Self::MAX_NAME;
        if name.is_empty() {
            return Err(TransactionFormat::Empty);
        }
        if !is_short(&name) || !variant.iter().all(is_short) {
            return Err(TransactionFormat::TooLarge("the name of a template"));
        }
        Ok(Self::Template {
            name,
            variant,
            variables,
        })
    }

    /// Labels with their values.
    pub fn pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, TransactionFormat> {
        let pairs = pairs.into_iter();
        let pairs = pairs.map(|(label, value)| Labelled { label, value });
        let pairs = Pairs::try_from(pairs.collect::<Vec<_>>())?;
        Ok(Self::Pairs { pairs })
    }

    /// Authorization details.
    pub fn authorization_details(details: AuthorizationDetails) -> Result<Self, TransactionFormat> {
        let details = ExactDetails::try_from(details)?;
        Ok(Self::AuthorizationDetails { details })
    }
}

/// Labels with their values: at least one, and not too many or too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Labelled>", into = "Vec<Labelled>")]
pub struct Pairs(Vec<Labelled>);

impl Pairs {
    /// The pairs in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Labelled> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Labelled>> for Pairs {
    type Error = TransactionFormat;

    fn try_from(pairs: Vec<Labelled>) -> Result<Self, TransactionFormat> {
        if pairs.is_empty() {
            return Err(TransactionFormat::Empty);
        }
        let total: usize = pairs.iter().map(|it| it.label.len() + it.value.len()).sum();
        if pairs.len() > Variables::MAX_COUNT || total > Variables::MAX_TOTAL {
            return Err(TransactionFormat::TooLarge("the list of pairs"));
        }
        for pair in &pairs {
            bounded(&pair.label, "a label")?;
            bounded(&pair.value, "the value of a label")?;
        }
        Ok(Self(pairs))
    }
}

impl From<Pairs> for Vec<Labelled> {
    fn from(pairs: Pairs) -> Self {
        pairs.0
    }
}

/// Authorization details that are the same to every reader of JSON, in the one order in which they
/// are shown and hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AuthorizationDetails", into = "AuthorizationDetails")]
pub struct ExactDetails(AuthorizationDetails);

impl ExactDetails {
    /// The details.
    pub const fn details(&self) -> &AuthorizationDetails {
        &self.0
    }
}

impl TryFrom<AuthorizationDetails> for ExactDetails {
    type Error = TransactionFormat;

    fn try_from(details: AuthorizationDetails) -> Result<Self, TransactionFormat> {
        if details.is_empty() {
            return Err(TransactionFormat::Empty);
        }
        let parts = details.iter().map(|part| {
            let value = Value::Object(part.members().clone());
            let canonical = jose::json::canonical(&value);
            canonical.map(|canonical| (canonical, value))
        });
        let parts: Result<Vec<_>, _> = parts.collect();
        let mut parts = parts.map_err(|_| TransactionFormat::Number)?;
        // RTS art. 5(3)(b): a batch is its total and its payees, in whatever order they were given.
        parts.sort_by(|(a, _), (b, _)| a.cmp(b));
        let parts = parts.into_iter().map(|(_, value)| value).collect();
        let details = serde_json::from_value(parts);
        details.map(Self).map_err(|_| TransactionFormat::Empty)
    }
}

impl From<ExactDetails> for AuthorizationDetails {
    fn from(exact: ExactDetails) -> Self {
        exact.0
    }
}
