//! The parameters of a request (RFC 6749 appendix B: `application/x-www-form-urlencoded`).

use serde::{Deserialize, Serialize};

use crate::error::legible;

/// The parameters of a request cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// RFC 6749 §3.1 and §3.2: "parameters MUST NOT be included more than once".
    #[error("the parameter {0} is repeated")]
    Repeated(String),
    /// A percent escape or a byte that is not UTF-8.
    #[error("the parameters are not form-encoded UTF-8")]
    Encoding,
    /// More than [`Parameters::MAX_LENGTH`] bytes or [`Parameters::MAX_COUNT`] parameters.
    #[error("the parameters are too long or too many")]
    TooLarge,
    /// A control character, which no parameter has.
    #[error("the parameter {0} has a control character")]
    ControlCharacter(String),
}

/// The parameters of a request by name, none of them repeated unless it may be.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    all: Vec<(String, String)>,
    /// The names of those that are repeated and may not be; none but in
    /// [`Self::parse_authorization`].
    #[serde(skip)]
    repeated: Vec<String>,
}

impl Parameters {
    /// The longest query or body, in bytes.
    pub const MAX_LENGTH: usize = 64 * 1024;
    /// The most parameters.
    pub const MAX_COUNT: usize = 100;
    /// RFC 8707 §2: `resource` may be repeated.
    const REPEATABLE: &'static [&'static str] = &["resource", "audience"];

    /// Reads the query string or the form body of a protocol request.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParameterError> {
        let parameters = Self::parse_authorization(encoded)?;
        match parameters.repeated.first() {
            Some(name) => Err(ParameterError::Repeated(shown(name))),
            None => Ok(parameters),
        }
    }

    /// The same for an authorization request, of which it may be the client that is to be told what
    /// is repeated: whoever reads it asks [`Self::is_repeated`] of what they rely on.
    pub fn parse_authorization(encoded: &[u8]) -> Result<Self, ParameterError> {
        Self::read(encoded, Self::may_repeat)
    }

    /// Reads the body of a form of our own pages, whose check boxes may share a name.
    pub fn parse_form(encoded: &[u8]) -> Result<Self, ParameterError> {
        Self::read(encoded, |_| true)
    }

    fn read(encoded: &[u8], may_repeat: impl Fn(&str) -> bool) -> Result<Self, ParameterError> {
        if encoded.len() > Self::MAX_LENGTH {
            return Err(ParameterError::TooLarge);
        }
        if !has_valid_escapes(encoded) {
            return Err(ParameterError::Encoding);
        }
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(ParameterError::Encoding);
            }
            if parameters.iter().any(|(known, _)| known == name) && !may_repeat(&name) {
                parameters.repeated.push(name.clone().into_owned());
            }
            parameters.add(name.into_owned(), value.into_owned())?;
        }
        Ok(parameters)
    }

    /// The parameters that something else than a query or a form carries, each name as often as it
    /// may be there.
    pub(crate) fn checked(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ParameterError> {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.add(name, value)?;
        }
        Ok(parameters)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), ParameterError> {
        if self.all.len() == Self::MAX_COUNT {
            return Err(ParameterError::TooLarge);
        }
        // Most values are tokens: they are done with byte by byte.
        let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_plain && value.chars().any(is_forbidden) {
            return Err(ParameterError::ControlCharacter(shown(&name)));
        }
        self.all.push((name, value));
        Ok(())
    }

    /// The parameters with this value of one, whatever it was before.
    #[must_use]
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut parameters = self.without(&[name]);
        let pair = (name.to_owned(), value.to_owned());
        parameters.all.push(pair);
        parameters
    }

    /// The parameters without some.
    #[must_use]
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.all.retain(|(name, _)| !names.contains(&name.as_str()));
        self.repeated.retain(|name| !names.contains(&name.as_str()));
        self
    }

    /// These, and of the others those that have none of their names.
    #[must_use]
    pub(crate) fn over(self, others: Self) -> Self {
        let names: Vec<&str> = self.all.iter().map(|(name, _)| name.as_str()).collect();
        let mut merged = others.without(&[names.as_slice(), &["request"]].concat());
        merged.all.extend(self.all);
        merged.repeated.extend(self.repeated);
        merged
    }

    /// Whether a parameter may be repeated.
    pub(crate) fn may_repeat(name: &str) -> bool {
        Self::REPEATABLE.contains(&name)
    }

    /// Whether a parameter that may not be repeated is.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    /// Whether any is.
    pub const fn has_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }

    /// The value of a parameter.
    ///
    /// RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted".
    pub fn value(&self, name: &str) -> Option<&str> {
        let named = self
            .all
            .iter()
            .find(|(known, value)| known == name && !value.is_empty());
        named.map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may be repeated.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .all
            .iter()
            .filter(move |(known, value)| known == name && !value.is_empty());
        named.map(|(_, value)| value.as_str())
    }

    /// All parameters, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The names alone: among the values are passwords, secrets and tokens.
impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.all.iter().map(|(name, _)| name))
            .finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parameters: I) -> Self {
        let all = parameters.into_iter();
        Self {
            all: all.map(|(n, v)| (n.into(), v.into())).collect(),
            repeated: Vec::new(),
        }
    }
}

/// Control characters, but for those of a text of several lines.
fn is_forbidden(character: char) -> bool {
    character.is_control() && !matches!(character, '\r' | '\n' | '\t')
}

/// Whether every percent sign begins an escape of two hexadecimal digits.
fn has_valid_escapes(encoded: &[u8]) -> bool {
    let mut rest = encoded;
    while let Some(position) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(position + 1..position + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {
                rest = rest.get(position + 3..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    true
}

/// A foreign name made fit for a message.
fn shown(name: &str) -> String {
    legible(name.chars().take(40))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc6749_3_1_refuses_a_repeated_parameter() {
        let repeated = Parameters::parse(b"scope=a&state=1&scope=a");
        assert_eq!(repeated, Err(ParameterError::Repeated("scope".to_owned())));
        assert!(Parameters::parse(b"resource=a&resource=b").is_ok());
    }

    #[test]
    fn what_an_authorization_request_repeats_is_remembered() {
        let request = Parameters::parse_authorization(b"scope=a&resource=r&scope=&resource=s");
        let request = request.unwrap();
        assert!(request.has_repeated() && request.is_repeated("scope"));
        assert!(!request.is_repeated("resource") && !request.is_repeated("state"));
        assert!(!Parameters::parse(b"scope=a").unwrap().has_repeated());
    }

    #[test]
    fn values_are_kept_out_of_debug_output() {
        let form = Parameters::parse(b"username=ada&password=lovelace").unwrap();
        assert_eq!(format!("{form:?}"), r#"["username", "password"]"#);
    }

    #[test]
    fn check_boxes_of_our_own_forms_may_share_a_name() {
        let form = Parameters::parse_form(b"scope=a&scope=b").unwrap();
        assert_eq!(form.values("scope").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn rfc6749_3_1_treats_an_empty_value_as_omitted() {
        let parameters = Parameters::parse(b"state=&scope=a%20b+c").unwrap();
        assert_eq!(parameters.value("state"), None);
        assert_eq!(parameters.value("scope"), Some("a b c"));
    }

    #[test]
    fn refuses_what_is_not_form_encoded_utf_8() {
        for body in [
            &b"a=%"[..],
            b"a=%4",
            b"a=%zz",
            b"a=%ff",
            b"a=\xff",
            b"%80=a",
        ] {
            assert_eq!(
                Parameters::parse(body),
                Err(ParameterError::Encoding),
                "{body:?}"
            );
        }
        let control = Parameters::parse(b"state=a%00b");
        assert_eq!(
            control,
            Err(ParameterError::ControlCharacter("state".to_owned()))
        );
    }

    #[test]
    fn refuses_too_many_and_too_much() {
        let many: Vec<String> = (0..101).map(|n| format!("p{n}=1")).collect();
        let many = many.join("&");
        assert_eq!(
            Parameters::parse(many.as_bytes()),
            Err(ParameterError::TooLarge)
        );
        let long = vec![b'a'; Parameters::MAX_LENGTH + 1];
        assert_eq!(Parameters::parse(&long), Err(ParameterError::TooLarge));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Parameters::parse(&body);
        }
    }
}
