//! Switches that have no resource of their own.

use std::ops::RangeInclusive;

use http::HeaderName;
use serde_json::Value;

use super::{Facts, Resource, Rules};
use crate::admin::schema::{
    Document, LINE, LINE_OR_EMPTY, NAME, Object, Problems, map_of_texts, text, texts, word,
};

/// Every switch that does something here: its bundle and its id.
pub(crate) const SWITCHES: &[(&str, &str)] = &[
    ("oauth-credentials-validator", ISSUER_RULE),
    ("authn-api-cookieless-configuration", STATE_HEADER),
    ("authn-api-cookieless-configuration", STATE_LIFETIME),
];

const ISSUER_RULE: &str = "issuerMustBeEqualToClientId";
const STATE_HEADER: &str = "stateHeaderName";
const STATE_LIFETIME: &str = "stateLifetime";

/// How long, in seconds, a client without cookies may hold the state of a flow.
const LIFETIMES: RangeInclusive<u64> = 60..=86_400;

/// `/configStore`, each setting under its bundle and its id.
pub(crate) static CONFIG_STORE: Resource =
    Resource::many("/configStore", "config_store_setting", &SETTING).with(Rules {
        check,
        ..Rules::NONE
    });

const SETTING: Object = Object {
    name: "ConfigStoreSetting",
    about: "A switch that has no resource of its own.",
    fields: &[
        text("id", &NAME).required(),
        word("type", &["STRING", "LIST", "MAP"]).required(),
        text("stringValue", &LINE_OR_EMPTY).about("Its value, if it is a STRING."),
        texts("listValue", &LINE)
            .optional()
            .about("Its values, if it is a LIST."),
        map_of_texts("mapValue", &LINE)
            .optional()
            .about("Its values by name, if it is a MAP."),
    ],
};

fn check(setting: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let kind = setting.get("type").and_then(Value::as_str);
    for (name, of) in [
        ("stringValue", "STRING"),
        ("listValue", "LIST"),
        ("mapValue", "MAP"),
    ] {
        let message = format!("A setting has {name} if it is a {of}, and no other value.");
        problems.require(
            setting.contains_key(name) == (kind == Some(of)),
            name,
            &message,
        );
    }
    let (is_good, message): (fn(&str) -> bool, _) = match setting.get("id").and_then(Value::as_str)
    {
        Some(STATE_HEADER) => (is_header_name, "It must be the name of a header."),
        Some(STATE_LIFETIME) => (
            is_lifetime,
            "It must be a number of seconds between 60 and 86400.",
        ),
        Some(ISSUER_RULE) => (is_choice, "It must be true or false."),
        // What does nothing here may be anything.
        _ => return,
    };
    problems.require(kind == Some("STRING"), "type", "This switch is a STRING.");
    let value = setting.get("stringValue").and_then(Value::as_str);
    problems.require(value.is_none_or(is_good), "stringValue", message);
}

fn is_choice(value: &str) -> bool {
    matches!(value, "true" | "false")
}

/// One of its own: a name that means something else could not be told from that.
fn is_header_name(value: &str) -> bool {
    value.parse::<HeaderName>().is_ok()
        && value.len() <= 64
        && value.to_lowercase().starts_with("x-")
}

fn is_lifetime(value: &str) -> bool {
    value
        .parse()
        .is_ok_and(|seconds| LIFETIMES.contains(&seconds))
}
