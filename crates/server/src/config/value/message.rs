//! The values of settings that get messages to people.

use domain::Secret;
use lettre::message::Mailbox;
use url::Url;

use super::super::message::Hidden;
use super::{Fault, Value};
use crate::outbox::header;

impl Value {
    /// An absolute http or https URL that holds no credentials.
    pub(crate) fn bare_url(&self) -> Result<Url, Fault> {
        let url = self.url()?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Url(
                "must have no user name and no password: they belong into `headers`",
            ));
        }
        Ok(url)
    }

    /// Text that is never shown.
    pub(crate) fn hidden(&self) -> Result<Hidden, Fault> {
        self.text().map(|text| Hidden(Secret::new(text)))
    }

    /// Headers that are never shown, each as `Name: value`.
    pub(crate) fn hidden_lines(&self) -> Result<Vec<Hidden>, Fault> {
        let lines = self.texts()?.into_iter();
        let hidden = |line: String| match header(&line) {
            Some(_) => Ok(Hidden(Secret::new(line))),
            None => Err(Fault::WrongForm {
                expected: "a list of headers such as [\"Authorization: Bearer secret\"]",
            }),
        };
        lines.map(hidden).collect()
    }

    /// A server that takes mail, without a password.
    pub(crate) fn mail_server(&self) -> Result<Url, Fault> {
        let url: Url = self.parsed("a URL such as \"smtp://name@mail.example.com:587\"")?;
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        match url.scheme() {
            _ if url.password().is_some() => Err(Fault::Url(
                "must have no password: that belongs into `password` or `password_file`",
            )),
            "smtp" | "smtps" if is_bare && url.host_str().is_some_and(|it| !it.is_empty()) => {
                Ok(url)
            }
            _ => Err(Fault::Url(
                "must be a URL such as \"smtp://name@mail.example.com:587\" or \"smtps://mail.example.com\"",
            )),
        }
    }

    /// Who sends mail.
    pub(crate) fn mailbox(&self) -> Result<Mailbox, Fault> {
        self.parsed("an address such as \"Example <no-reply@example.com>\"")
    }

    /// Whom others may ask about us.
    pub(crate) fn contact(&self) -> Result<String, Fault> {
        let url: Url = self.parsed("a URL such as \"mailto:ops@example.com\"")?;
        // RFC 8292 §2.1: "the "sub" claim in the JWT SHOULD include a contact URI for the
        // application server as either a "mailto:" (email) [RFC6068] or an "https:" [RFC2818] URI."
        match url.scheme() {
            "mailto" | "https" => Ok(url.into()),
            _ => Err(Fault::Url("must begin with mailto or https")),
        }
    }
}
