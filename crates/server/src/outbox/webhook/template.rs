//! The body that a gateway is sent: a template whose values are escaped for its content type, so that
//! nothing in a message becomes part of the request.

use data_encoding::HEXLOWER;
use domain::{Message, MessageContent};
use jose::digest::hmac_sha256;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};
use url::form_urlencoded;

use crate::config::ContentType;

const NAME: &str = "body";

/// How many instructions a body may take; a message is short.
const FUEL: u64 = 20_000;

const JSON: &str = r#"{"id": {{ id }}, "channel": {{ channel }}, "to": {{ to }}, "text": {{ text }}, "language": {{ language }}}"#;

const FORM: &str =
    "id={{ id }}&channel={{ channel }}&to={{ to }}&text={{ text }}&language={{ language }}";

const XML: &str = "<message><id>{{ id }}</id><channel>{{ channel }}</channel><to>{{ to }}</to>\
    <text>{{ text }}</text><language>{{ language }}</language></message>";

/// A body with places for what differs from message to message.
pub(crate) struct Template(Environment<'static>);

/// Why a body cannot be written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateFault {
    /// The template is none, or asks for what there is not. What it holds may be secret.
    #[error("it is not a template: {kind} in line {line}")]
    Unreadable { kind: ErrorKind, line: usize },
    /// With values in it, it is not JSON.
    #[error("it is not JSON once the values are in it, which have their quotation marks already")]
    NotJson,
}

impl From<minijinja::Error> for TemplateFault {
    fn from(error: minijinja::Error) -> Self {
        Self::Unreadable {
            kind: error.kind(),
            line: error.line().unwrap_or(1),
        }
    }
}

/// What is written in the places.
pub(crate) struct Values<'a> {
    pub(crate) id: String,
    pub(crate) channel: &'a str,
    pub(crate) to: &'a str,
    pub(crate) text: &'a str,
    pub(crate) language: &'a str,
}

impl<'a> Values<'a> {
    /// Those of a message that goes to a telephone.
    pub(super) fn of(message: &'a Message) -> Option<Self> {
        let (to, text, language) = match &message.content {
            MessageContent::Sms { to, text } => (to, text, ""),
            MessageContent::Voice { to, text, language } => (to, text, language.as_str()),
            MessageContent::Email { .. } | MessageContent::Push { .. } => return None,
        };
        Some(Self {
            id: message.id.to_string(),
            channel: message.content.channel().name(),
            to,
            text: text.expose(),
            language,
        })
    }
}

impl Template {
    /// The template with this text, or one that suits the content type, tried with values that are
    /// hard to write.
    pub(crate) fn new(
        content_type: ContentType,
        text: Option<&str>,
    ) -> Result<Self, TemplateFault> {
        let default = match content_type {
            ContentType::Json => JSON,
            ContentType::Form => FORM,
            ContentType::Xml => XML,
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment
            .set_formatter(move |out, _, value| Ok(out.write_str(&written(content_type, value)?)?));
        environment.add_filter("xml", |text: &str| xml(text));
        environment.add_filter("spell", |text: &str| spelled(text));
        let text = text.unwrap_or(default).to_owned();
        environment.add_template_owned(NAME, text)?;
        let template = Self(environment);
        let tried = template.render(&Values {
            id: "id".to_owned(),
            channel: "sms",
            to: "+491234567",
            text: "\"<&'\\\n\u{2028}%+\u{fc} 123456",
            language: "en",
        })?;
        let is_json = || jose::json::parse(tried.as_bytes()).is_ok();
        match content_type {
            ContentType::Json if !is_json() => Err(TemplateFault::NotJson),
            _ => Ok(template),
        }
    }

    /// The body with these values.
    pub(crate) fn render(&self, values: &Values<'_>) -> Result<String, TemplateFault> {
        let template = self.0.get_template(NAME)?;
        let context = context! {
            id => &values.id,
            channel => values.channel,
            to => values.to,
            text => values.text,
            language => values.language,
        };
        Ok(template.render(context)?)
    }
}

/// A value as the content type writes it.
fn written(content_type: ContentType, value: &Value) -> Result<String, minijinja::Error> {
    if value.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    match content_type {
        ContentType::Json => serde_json::to_string(value)
            .map_err(|_| minijinja::Error::from(ErrorKind::BadSerialization)),
        ContentType::Form => {
            Ok(form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect())
        }
        ContentType::Xml => Ok(xml(&value.to_string())),
    }
}

/// Text in XML. What XML 1.0 cannot hold at all is left out.
fn xml(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&apos;"),
            '\t' | '\n' => written.push(letter),
            _ if letter.is_control() || "\u{fffe}\u{ffff}".contains(letter) => {}
            _ => written.push(letter),
        }
    }
    written
}

/// Text in which the digits of a code stand apart, so that they are read out one by one.
fn spelled(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len() * 2);
    let mut after_digit = false;
    for letter in text.chars() {
        let is_digit = letter.is_ascii_digit();
        if after_digit && is_digit {
            spelled.push_str(", ");
        }
        spelled.push(letter);
        after_digit = is_digit;
    }
    spelled
}

/// How a body is signed: `sha256=` and the HMAC-SHA-256 in hex.
pub(super) fn signature(secret: &[u8], body: &str) -> String {
    let mac = hmac_sha256(secret, body.as_bytes());
    format!("sha256={}", HEXLOWER.encode(&mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(content_type: ContentType, template: Option<&str>, text: &str) -> String {
        let values = Values {
            id: "0198".to_owned(),
            channel: "sms",
            to: "+49301234567",
            text,
            language: "",
        };
        let template = Template::new(content_type, template).unwrap();
        template.render(&values).unwrap()
    }

    #[test]
    fn nothing_in_a_message_becomes_part_of_the_request() {
        let hostile = "\", \"to\": \"+1\" }&To=+1<to>+1</to>\r\n{{ to }}";
        let json = rendered(ContentType::Json, None, hostile);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["text"], hostile);
        assert_eq!(json["to"], "+49301234567");
        let form = rendered(ContentType::Form, None, hostile);
        let fields: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
        assert_eq!(fields.len(), 5);
        assert_eq!(fields[3].1, hostile);
        let xml = rendered(ContentType::Xml, None, hostile);
        assert_eq!(xml.matches('<').count(), 12);
    }

    #[test]
    fn no_filter_lets_a_value_escape() {
        let safe = rendered(ContentType::Json, Some("{\"a\": {{ text | safe }}}"), "\"");
        assert_eq!(safe, r#"{"a": "\""}"#);
        let bare = "{% autoescape false %}Body={{ text }}{% endautoescape %}";
        assert_eq!(rendered(ContentType::Form, Some(bare), "a&b"), "Body=a%26b");
    }

    #[test]
    fn a_template_that_cannot_be_written_is_found_out_at_once() {
        let fault = |content_type, text| Template::new(content_type, Some(text)).err().unwrap();
        let quoted = fault(ContentType::Json, r#"{"to": "{{ to }}"}"#);
        assert_eq!(quoted, TemplateFault::NotJson);
        let unknown = fault(ContentType::Form, "Body={{ message }}").to_string();
        assert_eq!(unknown, "it is not a template: undefined value in line 1");
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert!(matches!(
            fault(ContentType::Form, endless),
            TemplateFault::Unreadable {
                kind: ErrorKind::OutOfFuel,
                ..
            }
        ));
    }

    #[test]
    fn a_code_is_read_out_digit_by_digit() {
        assert_eq!(spelled("Code 123456."), "Code 1, 2, 3, 4, 5, 6.");
        assert_eq!(spelled("a1b2"), "a1b2");
    }

    /// RFC 4231 §4.3.
    #[test]
    fn rfc2104_a_body_is_signed() {
        assert_eq!(
            signature(b"Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
