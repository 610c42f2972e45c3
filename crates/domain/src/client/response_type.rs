//! What an authorization request asks to get back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::GrantType;

/// What an authorization request asks to get back: any combination of a code, an ID token and an
/// access token, or nothing of these (OAuth 2.0 Multiple Response Type Encoding Practices §3–§5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResponseType {
    /// `code`
    pub code: bool,
    /// `id_token`
    pub id_token: bool,
    /// `token`
    pub token: bool,
}

/// The text is not a response type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not one of code, id_token, token, their combinations, and none")]
pub struct ResponseTypeFormat;

impl ResponseType {
    /// `none`: only whether the person is signed on and agrees.
    pub const NONE: Self = Self::of(false, false, false);
    /// `code`
    pub const CODE: Self = Self::of(true, false, false);

    /// Every one, as discovery lists them.
    pub const ALL: [Self; 8] = [
        Self::CODE,
        Self::of(false, false, true),
        Self::of(false, true, false),
        Self::NONE,
        Self::of(true, false, true),
        Self::of(true, true, false),
        Self::of(false, true, true),
        Self::of(true, true, true),
    ];

    const fn of(code: bool, id_token: bool, token: bool) -> Self {
        Self {
            code,
            id_token,
            token,
        }
    }

    /// Whether the response carries a token, so that it must not travel in a query.
    pub const fn carries_token(self) -> bool {
        self.id_token || self.token
    }

    /// The grants that a client needs for it.
    pub fn grants(self) -> impl Iterator<Item = GrantType> {
        let code = self.code.then_some(GrantType::AuthorizationCode);
        let implicit = self.carries_token().then_some(GrantType::Implicit);
        code.into_iter().chain(implicit)
    }
}

impl FromStr for ResponseType {
    type Err = ResponseTypeFormat;

    fn from_str(text: &str) -> Result<Self, ResponseTypeFormat> {
        if text == "none" {
            return Ok(Self::NONE);
        }
        let mut found = Self::NONE;
        // RFC 6749 §3.1.1: "a space-delimited list of values, where the order of values does not
        // matter"
        for value in text.split(' ') {
            let place = match value {
                "code" => &mut found.code,
                "id_token" => &mut found.id_token,
                "token" => &mut found.token,
                _ => return Err(ResponseTypeFormat),
            };
            if std::mem::replace(place, true) {
                return Err(ResponseTypeFormat);
            }
        }
        Ok(found)
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.code, "code"),
            (self.id_token, "id_token"),
            (self.token, "token"),
        ];
        let names: Vec<&str> = parts.iter().filter(|it| it.0).map(|it| it.1).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(" "))
    }
}

impl Serialize for ResponseType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResponseType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_3_1_1_the_order_of_values_does_not_matter() {
        for text in ["code id_token token", "token code id_token"] {
            let parsed: ResponseType = text.parse().unwrap();
            assert_eq!(parsed.to_string(), "code id_token token");
        }
        for one in ResponseType::ALL {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
    }

    #[test]
    fn what_is_not_a_response_type_is_refused() {
        for text in [
            "",
            "code code",
            "none code",
            "code  token",
            "Code",
            "code none",
            " code",
        ] {
            assert_eq!(
                text.parse::<ResponseType>(),
                Err(ResponseTypeFormat),
                "{text:?}"
            );
        }
    }

    #[test]
    fn tokens_in_the_response_need_the_implicit_grant() {
        let grants = |text: &str| -> Vec<GrantType> {
            text.parse::<ResponseType>().unwrap().grants().collect()
        };
        assert_eq!(grants("code"), [GrantType::AuthorizationCode]);
        assert_eq!(grants("id_token"), [GrantType::Implicit]);
        assert_eq!(
            grants("code token"),
            [GrantType::AuthorizationCode, GrantType::Implicit]
        );
        assert_eq!(grants("none"), []);
    }
}
