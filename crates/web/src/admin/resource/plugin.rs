//! What instances of plug-ins have in common.

use serde_json::{Value, json};

use super::Facts;
use crate::admin::schema::{
    Document, Field, NAME, Object, flag, object, objects, reference, secret_beside, text,
};

/// The fields of plug-ins that hold secrets.
pub(super) const SECRET_FIELDS: &[&str] = &[
    "Key",
    "Password",
    "Confirm Password",
    "Shared Secret",
    "Client Secret",
    "Secret",
    "Passphrase",
];

/// Which plug-in an instance is of, among those at `path`.
pub(super) const fn is_of(path: &'static str) -> Field {
    reference("pluginDescriptorRef", path)
        .required()
        .about("Which plug-in it is an instance of.")
}

/// How an instance is configured.
pub(super) const CONFIGURATION: Object = Object {
    name: "PluginConfiguration",
    about: "How the plug-in is configured.",
    fields: &[objects("tables", &TABLE), objects("fields", &FIELD)],
};

const TABLE: Object = Object {
    name: "ConfigTable",
    about: "A table of the configuration.",
    fields: &[
        text("name", &NAME).required(),
        objects("rows", &ROW),
        flag("inherited").optional(),
    ],
};

const ROW: Object = Object {
    name: "ConfigRow",
    about: "A row of a table.",
    fields: &[objects("fields", &FIELD), flag("defaultRow")],
};

const FIELD: Object = Object {
    name: "ConfigField",
    about: "A field of the configuration.",
    fields: &[
        text("name", &NAME).required(),
        secret_beside("value", "name", SECRET_FIELDS)
            .about("Its value; that of a secret one is shown as encryptedValue."),
        flag("inherited").optional(),
    ],
};

/// The configuration of an instance, which is empty unless given.
pub(super) const fn configuration() -> Field {
    object("configuration", &CONFIGURATION).or_filled()
}

/// Keeps when an instance was last changed.
pub(super) fn keep_time(instance: &mut Document, facts: &Facts<'_>) {
    let changed = json!(facts.now.to_string());
    instance.insert("lastModified".to_owned(), changed);
}

/// Sets the attributes that an instance always has.
pub(super) fn with_core(instance: &mut Document, names: &[&str]) {
    let core: Value = names.iter().map(|name| json!({ "name": name })).collect();
    let contract = instance.entry("attributeContract");
    if let Value::Object(contract) = contract.or_insert_with(|| json!({})) {
        contract.insert("coreAttributes".to_owned(), core);
    }
}

/// Which plug-in an instance is of.
pub(super) fn descriptor(instance: &Document) -> &str {
    let descriptor = instance.get("pluginDescriptorRef");
    let id = descriptor.and_then(|it| it.get("id")?.as_str());
    id.unwrap_or_default()
}
