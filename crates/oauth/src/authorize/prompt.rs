//! What a client wants the person to be asked, and how that should look.

use serde::{Deserialize, Serialize};

/// A value of the `prompt` parameter (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nothing at all may be asked.
    None,
    /// To prove again who they are.
    Login,
    /// To give consent.
    Consent,
    /// To choose an account.
    SelectAccount,
    /// To create an account (Initiating User Registration via OpenID Connect).
    Create,
}

impl Prompt {
    /// Every value.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::Login,
        Self::Consent,
        Self::SelectAccount,
        Self::Create,
    ];

    /// Its name in a request.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    /// The value with this name; names are case-sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.name() == name)
    }
}

/// How the client would like pages to look (`display`, OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A full page.
    #[default]
    Page,
    /// A small window.
    Popup,
    /// A screen that is touched.
    Touch,
    /// A feature phone.
    Wap,
}

impl Display {
    /// The look with this name; a full page for any other.
    ///
    /// OpenID Connect Core §15.1 asks that an unsupported `display` "not result in an error".
    pub fn from_name(name: &str) -> Self {
        match name {
            "popup" => Self::Popup,
            "touch" => Self::Touch,
            "wap" => Self::Wap,
            _ => Self::Page,
        }
    }
}
