//! One text of a template, as PingOne's `/templates/{name}/contents` has it.

use serde::{Deserialize, Serialize};

use super::{Method, Pattern, PatternRefused};

/// A text cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentRefused {
    /// A member that the method needs is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member is longer than it may be.
    #[error("{name} is longer than {limit} characters")]
    TooLong {
        /// The member.
        name: &'static str,
        /// The most characters.
        limit: usize,
    },
    /// A text is not one with places for values.
    #[error("{name} cannot be read: {cause}")]
    Pattern {
        /// The member.
        name: &'static str,
        /// Why not.
        cause: PatternRefused,
    },
    /// A member has a value that it cannot have.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
    /// A member is not of its type, or is unknown.
    #[error("a member is not of its type, or has a word that is not one of its words")]
    Unreadable,
}

/// A name and an address of mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The name that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

/// With which buttons a notification is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PushCategory {
    /// Approve and deny, in the notification.
    #[default]
    BannerButtons,
    /// None: the app is opened.
    WithoutBannerButtons,
    /// Approve, which opens the app.
    ApproveAndOpenApp,
}

/// One text of a template: for one method of delivery, in one language, of one variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawContent", into = "RawContent")]
pub struct Content {
    /// The name of the template.
    pub template: String,
    /// The language (BCP 47).
    pub locale: String,
    /// How it is delivered.
    pub method: Method,
    /// The variant, if it is one; names are the same whatever their case.
    pub variant: Option<String>,
    /// The subject of a mail, the title of a notification or a page.
    pub title: Option<Pattern>,
    /// The text.
    pub body: Pattern,
    /// From whom a mail is.
    pub from: Option<Sender>,
    /// To whom an answer to a mail goes.
    pub reply_to: Option<Sender>,
    /// Whether the text is HTML; values in it are text all the same.
    pub is_html: bool,
    /// The buttons of a notification.
    pub push_category: Option<PushCategory>,
}

impl Content {
    /// The longest subject or title, in characters.
    pub const MAX_TITLE: usize = 256;
    /// The longest text of a mail or a page, in bytes.
    pub const MAX_BODY: usize = 100 * 1024;
    /// The longest text message, call or notification, in characters.
    pub const MAX_SHORT: usize = 660;
    /// The longest name of a variant, in characters.
    pub const MAX_VARIANT: usize = 100;

    /// Reads one as it is on the wire.
    ///
    /// # Errors
    /// It cannot be kept.
    pub fn read(value: &serde_json::Value) -> Result<Self, ContentRefused> {
        let raw = RawContent::deserialize(value).map_err(|_| ContentRefused::Unreadable)?;
        Self::try_from(raw)
    }

    /// Whether it is of this variant, whatever the case of its name.
    pub fn is_variant(&self, variant: Option<&str>) -> bool {
        let folded = |variant: &str| variant.to_lowercase();
        self.variant.as_deref().map(folded) == variant.map(folded)
    }
}

#[derive(Serialize, Deserialize)]
struct TemplateReference {
    id: String,
}

/// The members as they are on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawContent {
    template: TemplateReference,
    locale: String,
    delivery_method: Method,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Sender>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Sender>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    character_set: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    push_category: Option<PushCategory>,
}

impl TryFrom<RawContent> for Content {
    type Error = ContentRefused;

    fn try_from(raw: RawContent) -> Result<Self, ContentRefused> {
        let variant = raw.variant.filter(|variant| !variant.is_empty());
        check_length(variant.as_deref(), "variant", Self::MAX_VARIANT)?;
        let is_of_tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let length = raw.locale.len();
        if !(2..=35).contains(&length) || !raw.locale.chars().all(is_of_tag) {
            return Err(ContentRefused::Value("locale"));
        }
        // Mail is sent as UTF-8, in which everything can be written.
        let charset = raw.character_set.as_deref().unwrap_or("UTF-8");
        if !charset.eq_ignore_ascii_case("UTF-8") {
            return Err(ContentRefused::Value("characterSet"));
        }
        let is_html = match raw.email_content_type.as_deref() {
            Some("text/html") => true,
            Some("text/plain") | None => false,
            Some(_) => return Err(ContentRefused::Value("emailContentType")),
        };
        let (title, body) = match raw.delivery_method {
            Method::Email => (("subject", raw.subject), ("body", raw.body)),
            Method::Push | Method::Page => (("title", raw.title), ("body", raw.body)),
            Method::Sms | Method::Voice => (("title", None), ("content", raw.content)),
        };
        let is_titled = !matches!(raw.delivery_method, Method::Sms | Method::Voice);
        if is_titled && title.1.is_none() {
            return Err(ContentRefused::Missing(title.0));
        }
        let limit = match raw.delivery_method {
            Method::Email | Method::Page => Self::MAX_BODY,
            Method::Sms | Method::Voice | Method::Push => Self::MAX_SHORT,
        };
        let body_text = body.1.ok_or(ContentRefused::Missing(body.0))?;
        if body_text.len() > Self::MAX_BODY {
            let (name, limit) = (body.0, Self::MAX_BODY);
            return Err(ContentRefused::TooLong { name, limit });
        }
        Ok(Self {
            template: raw.template.id,
            locale: raw.locale,
            method: raw.delivery_method,
            variant,
            title: title
                .1
                .map(|it| pattern(it, title.0, Self::MAX_TITLE))
                .transpose()?,
            body: pattern(body_text, body.0, limit)?,
            from: raw.from,
            reply_to: raw.reply_to,
            is_html: is_html && raw.delivery_method == Method::Email,
            push_category: raw
                .push_category
                .filter(|_| raw.delivery_method == Method::Push),
        })
    }
}

impl From<Content> for RawContent {
    fn from(content: Content) -> Self {
        let title = content.title.map(String::from);
        let body = String::from(content.body);
        let (mut subject, mut plain_title, mut long, mut short) = (None, None, None, None);
        match content.method {
            Method::Email => (subject, long) = (title, Some(body)),
            Method::Push | Method::Page => (plain_title, long) = (title, Some(body)),
            Method::Sms | Method::Voice => short = Some(body),
        }
        let content_type = if content.is_html {
            "text/html"
        } else {
            "text/plain"
        };
        let is_mail = content.method == Method::Email;
        Self {
            template: TemplateReference {
                id: content.template,
            },
            locale: content.locale,
            delivery_method: content.method,
            variant: content.variant,
            subject,
            title: plain_title,
            body: long,
            content: short,
            from: content.from,
            reply_to: content.reply_to,
            character_set: is_mail.then(|| "UTF-8".to_owned()),
            email_content_type: is_mail.then(|| content_type.to_owned()),
            push_category: content.push_category,
        }
    }
}

fn check_length(
    text: Option<&str>,
    name: &'static str,
    limit: usize,
) -> Result<(), ContentRefused> {
    match text.is_none_or(|text| text.chars().count() <= limit) {
        true => Ok(()),
        false => Err(ContentRefused::TooLong { name, limit }),
    }
}

fn pattern(text: String, name: &'static str, limit: usize) -> Result<Pattern, ContentRefused> {
    check_length(Some(&text), name, limit)?;
    Pattern::parse(text).map_err(|cause| ContentRefused::Pattern { name, cause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Content, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_the_texts_of_each_method_and_writes_them_back() {
        for value in [
            json!({"template": {"id": "transaction"}, "locale": "en", "deliveryMethod": "Email", "variant": "variant_C",
                "subject": "Approval", "body": "Pay ${sum}: ${OTP}", "characterSet": "UTF-8", "emailContentType": "text/html",
                "from": {"name": "Shop", "address": "shop@example.com"}, "replyTo": {"address": "help@example.com"}}),
            json!({"template": {"id": "transaction"}, "locale": "de", "deliveryMethod": "SMS", "content": "${sum} ${otp}"}),
            json!({"template": {"id": "general"}, "locale": "de", "deliveryMethod": "Voice", "content": "${otp}"}),
            json!({"template": {"id": "general"}, "locale": "de", "deliveryMethod": "Push", "title": "Hello", "body": "You",
                "pushCategory": "APPROVE_AND_OPEN_APP"}),
            json!({"template": {"id": "general"}, "locale": "de", "deliveryMethod": "Page", "title": "Hello", "body": "You"}),
        ] {
            let content = read(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&content).unwrap(), value);
        }
    }

    #[test]
    fn refuses_what_is_missing_or_too_long() {
        let base = json!({"template": {"id": "general"}, "locale": "en", "deliveryMethod": "Email", "subject": "s", "body": "b"});
        let with = |name: &str, value: Value| {
            let mut changed = base.clone();
            changed[name] = value;
            read(changed)
        };
        assert!(with("subject", json!("s".repeat(256))).is_ok());
        for (name, value) in [
            ("subject", json!("s".repeat(257))),
            ("subject", Value::Null),
            ("body", json!("b".repeat(100 * 1024 + 1))),
            ("body", json!("${a")),
            ("body", Value::Null),
            ("variant", json!("v".repeat(101))),
            ("characterSet", json!("ISO-8859-1")),
            ("emailContentType", json!("text/calendar")),
            ("locale", json!("")),
            ("deliveryMethod", json!("Fax")),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
        let long = json!({"template": {"id": "general"}, "locale": "en", "deliveryMethod": "SMS", "content": "c".repeat(661)});
        assert!(read(long).is_err());
    }
}
