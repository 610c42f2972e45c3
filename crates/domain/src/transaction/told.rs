//! Who is meant, as it is told to others.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Uuid;

/// The identifier of a person or a device as a transaction and its receipt tell it: in an environment
/// the UUID by which its tokens and its API name it, elsewhere as the server's own tokens do.
///
/// What was read is written again as it was, since digests are of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<Id> {
    id: Id,
    is_uuid: bool,
}

impl<Id: Copy> Told<Id> {
    /// The identifier, as a UUID or as it is.
    pub(super) const fn new(id: Id, is_uuid: bool) -> Self {
        Self { id, is_uuid }
    }

    /// Whose it is.
    pub const fn id(self) -> Id {
        self.id
    }
}

impl<Id: Copy + fmt::Display + Into<Uuid>> fmt::Display for Told<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_uuid {
            true => fmt::Display::fmt(&self.id.into(), f),
            false => fmt::Display::fmt(&self.id, f),
        }
    }
}

impl<Id: Copy + fmt::Display + Into<Uuid>> Serialize for Told<Id> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, Id: From<Uuid> + FromStr<Err: fmt::Display>> Deserialize<'de> for Told<Id> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let uuid = text.parse::<Uuid>().ok();
        let is_uuid = uuid.is_some();
        let id = match uuid {
            Some(uuid) => uuid.into(),
            None => text.parse().map_err(D::Error::custom)?,
        };
        Ok(Self { id, is_uuid })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::port::fixed::CountingRandom;
    use crate::{Timestamp, UserId};

    #[test]
    fn it_is_written_again_as_it_was_read() {
        let id = UserId::new(Timestamp::from_seconds(1), &CountingRandom::default());
        for (told, written) in [
            (Told::new(id, true), id.uuid().to_string()),
            (Told::new(id, false), id.to_string()),
        ] {
            assert_eq!(told.to_string(), written);
            let read: Told<UserId> = from_value(json!(written)).unwrap();
            assert_eq!((read, read.id()), (told, id));
            assert_eq!(json!(read), json!(written));
        }
        assert!(from_value::<Told<UserId>>(json!("x")).is_err());
    }
}
