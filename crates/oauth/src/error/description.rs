//! The sentence in an error answer.

use std::borrow::Cow;

use serde::Serialize;

/// A sentence for developers (`error_description`). It has none but the characters that RFC 6749
/// §5.2 allows: whatever else somebody puts into one becomes a question mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Description(Cow<'static, str>);

impl Description {
    /// The sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Description {
    fn from(text: T) -> Self {
        let text = text.into();
        Self(match text.chars().all(is_allowed) {
            true => text,
            false => legible(text.chars()).into(),
        })
    }
}

/// Foreign text made fit for a description.
pub(crate) fn legible(text: impl Iterator<Item = char>) -> String {
    text.map(|c| if is_allowed(c) { c } else { '?' }).collect()
}

const fn is_allowed(character: char) -> bool {
    // RFC 6749 §5.2: "Values for the "error_description" parameter MUST NOT include characters
    // outside the set %x20-21 / %x23-5B / %x5D-7E."
    matches!(character, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorResponse, Parameters};
    use proptest::prelude::*;

    #[test]
    fn rfc6749_5_2_what_a_description_may_not_hold_becomes_a_question_mark() {
        let description = Description::from("a\"b\\c\u{e4}\u{1f600}\n\u{7f}~!#[]");
        assert_eq!(description.as_str(), "a?b?c????~!#[]");
    }

    proptest! {
        #[test]
        fn rfc6749_5_2_no_text_brings_a_forbidden_character_into_a_description(text in any::<String>()) {
            let description = Description::from(text.clone());
            prop_assert!(description.as_str().chars().all(is_allowed));
            prop_assert_eq!(description.as_str().chars().count(), text.chars().count());
        }

        #[test]
        fn rfc6749_5_2_no_parameter_brings_a_forbidden_character_into_an_answer(
            name in any::<String>(),
            value in any::<String>(),
        ) {
            let pair = [(&name, &value)];
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pair.iter().chain(&pair))
                .finish();
            if let Err(error) = Parameters::parse(body.as_bytes()) {
                let body = ErrorResponse::from(&error).body.unwrap();
                let description = body.error_description.unwrap();
                prop_assert!(description.as_str().chars().all(is_allowed), "{:?}", description);
            }
        }
    }
}
