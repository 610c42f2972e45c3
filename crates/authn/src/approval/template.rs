//! Notification templates: the words in which people are told things, by name, variant, method of
//! delivery and language.

mod builtin;
mod choice;
mod content;
mod pattern;
mod rule;

use serde::{Deserialize, Serialize};

pub(super) use builtin::DETAILS;
pub use choice::{DEFAULT_LOCALE, Templates};
pub use content::{Content, ContentRefused, PushCategory, Sender};
pub use pattern::{Pattern, PatternRefused};
pub(super) use pattern::{Piece, is_code};
pub use rule::{VariableRefused, allows_dynamic_variables, required};

/// How a text gets to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Method {
    /// A page of ours, or what a client draws from our JSON.
    Page,
    /// Mail.
    Email,
    /// A text message.
    #[serde(rename = "SMS")]
    Sms,
    /// A call, in which the text is read out.
    Voice,
    /// A notification to a registered device.
    Push,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Page, Self::Email, Self::Sms, Self::Voice, Self::Push];

    /// Its name, as `deliveryMethod` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "Page",
            Self::Email => "Email",
            Self::Sms => "SMS",
            Self::Voice => "Voice",
            Self::Push => "Push",
        }
    }
}

/// The templates that there are: their names, and whether requests may bring values of their own
/// (`allowDynamicVariables`).
pub const NAMES: [(&str, bool); 11] = [
    ("account_exists", false),
    ("device_pairing", true),
    ("email_verification_user", false),
    ("general", true),
    ("new_device_paired", false),
    ("recovery_code_template", false),
    ("sign_on_blocked", false),
    ("strong_authentication", true),
    ("transaction", true),
    ("username_recovery", false),
    ("verification_code_template", false),
];

/// The variables that are known without being sent, apart from the code (`otp`, `code.value`) and
/// `details`, which is everything that was sent, line by line.
pub const PREDEFINED: [&str; 6] = [
    "user.username",
    "user.name.given",
    "user.name.family",
    "application.name",
    "environment.name",
    "current-year",
];

/// Who is told something, by whom.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    /// The person's user name.
    pub username: &'a str,
    /// Their given name; a text that wants it has the user name where there is none.
    pub given_name: Option<&'a str>,
    /// Their family name; a text that wants it has the user name where there is none.
    pub family_name: Option<&'a str>,
    /// The application on whose behalf they are told.
    pub application: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The languages that they prefer, most preferred first (BCP 47).
    pub locales: Vec<&'a str>,
}

/// A text cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is no template of this name.
    #[error("there is no template {0}")]
    UnknownTemplate(String),
    /// The template has no such variant.
    #[error("the template {template} has no variant {variant}")]
    UnknownVariant {
        /// The template.
        template: String,
        /// The variant.
        variant: String,
    },
    /// The template has no text for this method.
    #[error("the template {template} has no text for {}", .method.name())]
    NoContent {
        /// The template.
        template: String,
        /// The method.
        method: Method,
    },
    /// The text needs a value that was not sent.
    #[error("the template needs the variable {0}")]
    MissingVariable(String),
    /// A value was sent for a variable that only the server gives a value.
    #[error("the variable {0} cannot be set by a request")]
    ReservedVariable(String),
    /// Values were sent for a template that takes none.
    #[error("the template {0} takes no variables")]
    TakesNoVariables(String),
}
