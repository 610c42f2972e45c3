//! People who are let through for a while.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record};
use crate::{Timestamp, UserId};

/// That a person's devices are not asked for a while where an organisation asks for them: they have
/// none at hand, and somebody has made sure that it is them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bypass {
    /// Who is let through.
    pub user: UserId,
    /// Until when.
    pub until: Timestamp,
}

impl Bypass {
    /// Whether they are let through now.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

impl Record for Bypass {
    const KIND: Kind = Kind::Bypass;

    fn key(&self) -> Vec<u8> {
        self.user.as_bytes().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}
