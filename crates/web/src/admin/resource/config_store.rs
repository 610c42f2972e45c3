//! Switches that have no resource of their own.

use serde_json::Value;

use super::{Facts, Resource, Rules};
use crate::admin::schema::{
    Document, LINE, LINE_OR_EMPTY, NAME, Object, Problems, map_of_texts, text, texts, word,
};

/// Every switch that does something here: its bundle and its id.
pub(crate) const SWITCHES: &[(&str, &str)] =
    &[("oauth-credentials-validator", "issuerMustBeEqualToClientId")];

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
    // Every switch there is so far is one.
    problems.require(
        kind == Some("STRING"),
        "type",
        "This switch is a STRING, which is true or false.",
    );
    let value = setting.get("stringValue").and_then(Value::as_str);
    problems.require(
        value.is_none_or(|value| matches!(value, "true" | "false")),
        "stringValue",
        "It must be true or false.",
    );
}
