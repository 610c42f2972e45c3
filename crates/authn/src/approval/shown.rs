//! What is shown by one method of delivery, and its digest.

use domain::{Digest, Display};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::template::Method;

/// What is hashed before a text, so that its digest is that of nothing else.
const PREFIX: &[u8] = b"countersign display v1\0";

/// Stands for the one-time code wherever the text is kept: nothing of a factor is (RTS art. 4(2)(a)).
const CODE: &str = "••••••";

/// A part of a text; `None` is the place of the one-time code, which no value can take.
pub(super) type Part = Option<String>;

/// What is shown by one method of delivery: words with the values in them, apart from the one-time
/// code, for which there is a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub(super) method: Method,
    pub(super) locale: String,
    pub(super) is_html: bool,
    pub(super) title: Option<Vec<Part>>,
    pub(super) text: Vec<Part>,
}

/// A text to be sent: it may hold a one-time code, so it is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject of a mail, the title of a notification or a page.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// Whether the text is HTML.
    pub is_html: bool,
}

impl Shown {
    /// How it is delivered.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// In which language it is.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// The title, with dots for a one-time code.
    pub fn title(&self) -> Option<String> {
        self.title.as_deref().map(|title| joined(title, CODE))
    }

    /// The text, with dots for a one-time code.
    pub fn text(&self) -> String {
        joined(&self.text, CODE)
    }

    /// Whether it has a place for a one-time code.
    pub fn has_code(&self) -> bool {
        let title = self.title.iter().flatten();
        title.chain(&self.text).any(Option::is_none)
    }

    /// The text with the one-time code in its place; read out, its digits come one by one.
    pub fn with_code(&self, code: &str) -> Message {
        let spelled = |code: &str| {
            let digits: Vec<String> = code.chars().map(String::from).collect();
            digits.join(", ")
        };
        let code = match self.method {
            Method::Voice => spelled(code),
            _ => code.to_owned(),
        };
        Message {
            title: self.title.as_deref().map(|title| joined(title, &code)),
            text: joined(&self.text, &code),
            is_html: self.is_html,
        }
    }

    /// The digest of the text.
    pub fn digest(&self) -> Digest {
        let title = self.title();
        digest_of(self.method, &self.locale, title.as_deref(), &self.text())
    }

    /// Its part in the record of the transaction.
    pub(crate) fn display(&self) -> Display {
        Display {
            method: self.method.name().to_owned(),
            digest: self.digest(),
        }
    }
}

/// SHA-256 of `countersign display v1`, a zero byte, and method, locale, title (if any) and text as
/// canonical JSON (RFC 8785).
pub(super) fn digest_of(method: Method, locale: &str, title: Option<&str>, text: &str) -> Digest {
    let mut shown = json!({"method": method, "locale": locale, "text": text});
    if let Some(members) = shown.as_object_mut() {
        members.extend(title.map(|title| ("title".to_owned(), json!(title))));
    }
    // Texts alone always have a canonical form.
    let canonical = jose::json::canonical(&shown).unwrap_or_default();
    Digest::of(PREFIX, canonical.as_bytes())
}

fn joined(parts: &[Part], code: &str) -> String {
    let parts = parts.iter().map(|part| part.as_deref().unwrap_or(code));
    parts.collect()
}
