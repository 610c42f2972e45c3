//! A content as it is given, and for what it is.

use authn::approval::template::{Content, ContentRefused, VariableRefused};
use serde_json::{Map, Value, json};

use crate::environment::error::{ApiError, Detail};
use crate::live::CONTENT;

/// What the interface itself adds to a content, and clients send back.
const OURS: [&str; 6] = [
    "id",
    "_links",
    "environment",
    "template",
    "createdAt",
    "updatedAt",
];

/// Of whom mail is, and to whom answers go, is the server's to say: see `[mail]`.
const OF_THE_SERVER: [&str; 2] = ["from", "replyTo"];

/// The members that a content may have by its method.
fn members_of(method: &str) -> &'static [&'static str] {
    match method {
        "Email" => &["subject", "body", "characterSet", "emailContentType"],
        "SMS" | "Voice" => &["content"],
        "Push" => &["title", "body", "pushCategory"],
        _ => &["title", "body"],
    }
}

/// A content of a template, as it is kept.
pub(super) fn read(template: &str, given: &Map<String, Value>) -> Result<Value, ApiError> {
    let refused = |detail| ApiError::Invalid(vec![detail]);
    let mut members = given.clone();
    for name in OURS {
        members.remove(name);
    }
    // Both names are in use.
    if let Some(charset) = members.remove("charset") {
        members.entry("characterSet").or_insert(charset);
    }
    let method = members.get("deliveryMethod").and_then(Value::as_str);
    let method = method.ok_or_else(|| refused(Detail::required("deliveryMethod")))?;
    let may_have = members_of(method);
    let is_odd = |name: &&String| {
        let common = ["deliveryMethod", "locale", "variant"];
        !common.contains(&name.as_str()) && !may_have.contains(&name.as_str())
    };
    let odd = members.keys().filter(is_odd).map(|name| {
        let message = match OF_THE_SERVER.contains(&name.as_str()) {
            true => format!("{name} is set for the whole server."),
            false => format!("A content for {method} has no {name}."),
        };
        Detail::invalid(name, message)
    });
    let odd: Vec<Detail> = odd.collect();
    if !odd.is_empty() {
        return Err(ApiError::Invalid(odd));
    }
    if !members.contains_key("locale") {
        return Err(refused(Detail::required("locale")));
    }
    members.insert("template".to_owned(), json!({ "id": template }));
    let content = Content::read(&Value::Object(members));
    let content = content.map_err(|cause| refused(of_form(&cause)))?;
    content
        .check_variables()
        .map_err(|cause| refused(of_variable(&cause, &content)))?;
    Ok(json!(content))
}

fn of_form(cause: &ContentRefused) -> Detail {
    let message = format!("{cause}.");
    match cause {
        ContentRefused::Missing(name) => Detail::required(name),
        ContentRefused::TooLong { name, limit } => {
            Detail::invalid(name, message).with(json!({ "maximumValue": limit }))
        }
        ContentRefused::Pattern { name, .. } | ContentRefused::Value(name) => {
            Detail::invalid(name, message)
        }
        ContentRefused::Unreadable => Detail::invalid("deliveryMethod", message),
    }
}

fn of_variable(cause: &VariableRefused, content: &Content) -> Detail {
    let target = members_of(content.method.name());
    let is_text = |name: &&&str| matches!(**name, "body" | "content");
    let target = target.iter().find(is_text).copied().unwrap_or("body");
    Detail::invalid(target, format!("{cause}."))
}

/// For what a content is: there is one for each.
#[derive(PartialEq, Eq)]
pub(super) struct Slot([String; 4]);

impl Slot {
    /// That of a kept content.
    pub(super) fn of(members: &Map<String, Value>) -> Self {
        let content = members.get(CONTENT);
        let text = |name: &str| {
            let text = content.and_then(|it| it.get(name)?.as_str());
            text.unwrap_or_default().to_lowercase().replace('_', "-")
        };
        let template = content.and_then(|it| it.get("template")?.get("id")?.as_str());
        // In the name of a variant the two are two.
        let variant = content.and_then(|it| it.get("variant")?.as_str());
        Self([
            template.unwrap_or_default().to_owned(),
            text("deliveryMethod"),
            text("locale"),
            variant.unwrap_or_default().to_lowercase(),
        ])
    }
}
