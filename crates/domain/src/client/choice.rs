//! Settings of a client that can be left to the server.

use serde::{Deserialize, Serialize};

/// Whether the client has a value of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Override {
    /// The server's.
    #[default]
    ServerDefault,
    /// Its own.
    OverrideServerDefault,
}

impl Override {
    /// Whether it is its own.
    pub fn is_own(self) -> bool {
        self == Self::OverrideServerDefault
    }
}

/// Whether refresh tokens change at each use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rolling {
    /// As the server says.
    #[default]
    ServerDefault,
    /// They stay.
    DontRoll,
    /// They change.
    Roll,
}

impl Rolling {
    /// Whether they change, where the server says `default`.
    pub const fn or(self, default: bool) -> bool {
        match self {
            Self::ServerDefault => default,
            Self::DontRoll => false,
            Self::Roll => true,
        }
    }
}

/// Yes, no, or as the server says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerDefaultOr {
    /// As the server says.
    #[default]
    ServerDefault,
    /// No.
    No,
    /// Yes.
    Yes,
}

impl ServerDefaultOr {
    /// The answer, where the server says `default`.
    pub const fn or(self, default: bool) -> bool {
        match self {
            Self::ServerDefault => default,
            Self::No => false,
            Self::Yes => true,
        }
    }
}
