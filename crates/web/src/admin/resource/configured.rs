//! Whether the configuration of an instance is one of its plug-in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::descriptor::{PLUGINS, Plugin, choices};
use super::plugin::{self, SECRET_FIELDS};
use crate::admin::schema::{Document, Problems, shortened};

/// Checks which plug-in of `collection` an instance is of, and its configuration against what the
/// plug-in has: each field and table once and by its name, flags and numbers where those belong.
pub(super) fn check(collection: &str, instance: &Document, problems: &mut Problems) {
    let id = plugin::descriptor(instance);
    let mut of_collection = PLUGINS.iter().filter(|it| it.collection == collection);
    let Some(plugin) = of_collection.clone().find(|plugin| plugin.id == id) else {
        let ids: Vec<&str> = of_collection.by_ref().map(|plugin| plugin.id).collect();
        let message = match ids.as_slice() {
            [one] => format!("It must be {one}."),
            ids => format!("It must be one of {}.", ids.join(", ")),
        };
        problems.invalid("pluginDescriptorRef.id", message);
        return;
    };
    if let (true, Some(configuration)) = (plugin.is_known(), instance.get("configuration")) {
        plugin.check_fields(configuration, problems);
        plugin.check_tables(configuration, problems);
    }
}

impl Plugin {
    /// Whether we know how it is configured. Of the plug-ins that are only named here we do not.
    fn is_known(&self) -> bool {
        !(self.fields.is_empty() && self.tables.is_empty())
    }

    fn check_fields(&self, configuration: &Value, problems: &mut Problems) {
        let default_of = |name: &str| {
            let field = self.fields.iter().find(|(known, _)| *known == name);
            field.map(|(_, default)| *default)
        };
        let path = "configuration.fields";
        each_once(elements(configuration, "fields"), path, problems, |it| {
            let default = default_of(it.name)?;
            let value = it.value.filter(|_| !SECRET_FIELDS.contains(&it.name));
            let mistake = value.and_then(|value| mistake(it.name, default, value));
            Some(mistake.map(|message| ("value", message)))
        });
    }

    fn check_tables(&self, configuration: &Value, problems: &mut Problems) {
        let tables = elements(configuration, "tables");
        let columns_of = |name: &str| {
            let table = self.tables.iter().find(|(known, _)| *known == name);
            table.map(|(_, columns)| *columns)
        };
        each_once(tables, "configuration.tables", problems, |it| {
            columns_of(it.name).map(|_| None)
        });
        for (place, table) in tables.iter().enumerate() {
            let Some(columns) = name(table).and_then(columns_of) else {
                continue;
            };
            for (number, row) in elements(table, "rows").iter().enumerate() {
                let path = format!("configuration.tables[{place}].rows[{number}].fields");
                each_once(elements(row, "fields"), &path, problems, |it| {
                    columns.contains(&it.name).then_some(None)
                });
            }
        }
    }
}

/// Something with a name, and perhaps a value.
struct Named<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

/// Checks that each of these is known and there once. `known` tells of what is known what is wrong with
/// it: in which member, and why.
fn each_once(
    these: &[Value],
    path: &str,
    problems: &mut Problems,
    known: impl Fn(&Named<'_>) -> Option<Option<(&'static str, String)>>,
) {
    let mut seen = BTreeSet::new();
    for (place, it) in these.iter().enumerate() {
        let Some(name) = name(it) else { continue };
        let value = it.get("value").and_then(Value::as_str);
        let at = |member: &str| format!("{path}[{place}].{member}");
        if !seen.insert(name) {
            let name = shortened(name);
            problems.invalid(&at("name"), format!("{name} is there twice."));
        }
        match known(&Named { name, value }) {
            None => {
                let name = shortened(name);
                problems.invalid(&at("name"), format!("The plug-in has no {name}."));
            }
            Some(Some((member, message))) => problems.invalid(&at(member), message),
            Some(None) => {}
        }
    }
}

/// What is wrong with a value where the default is a flag or a number: no value is none of the two.
fn mistake(name: &str, default: &str, value: &str) -> Option<String> {
    let is_flag: fn(&str) -> bool = |text| matches!(text, "true" | "false");
    let is_number: fn(&str) -> bool = |text| text.parse::<u32>().is_ok();
    let is_bad = |is: fn(&str) -> bool| is(default) && !is(value);
    match choices(name) {
        _ if value.is_empty() => None,
        Some(choices) if !choices.contains(&value) => {
            Some(format!("It must be one of {}.", choices.join(", ")))
        }
        _ if is_bad(is_flag) => Some("It must be true or false.".to_owned()),
        _ if is_bad(is_number) => Some("It must be a number from 0 to 4294967295.".to_owned()),
        _ => None,
    }
}

fn elements<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    let array = of.get(member).and_then(Value::as_array);
    array.map(Vec::as_slice).unwrap_or_default()
}

fn name(of: &Value) -> Option<&str> {
    of.get("name").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::admin::resource::access_token_manager::{JWT, PATH, REFERENCE};

    /// The paths and messages of what is wrong.
    fn wrong(collection: &str, id: &str, configuration: &Value) -> Vec<String> {
        let instance =
            json!({ "pluginDescriptorRef": { "id": id }, "configuration": configuration });
        let Value::Object(instance) = instance else {
            unreachable!()
        };
        let mut problems = Problems::default();
        check(collection, &instance, &mut problems);
        let problems = problems.into_vec().into_iter();
        problems
            .map(|it| format!("{}: {}", it.field_path, it.message))
            .collect()
    }

    #[test]
    fn a_configuration_is_one_of_its_plug_in() {
        let good = json!({
            "fields": [
                { "name": "Token Lifetime", "value": "60" },
                { "name": "Include Issued At Claim", "value": "true" },
                { "name": "Not Before Claim Offset", "value": "" },
                { "name": "Issuer Claim Value", "value": "https://id.example.com" },
            ],
            "tables": [{ "name": "Symmetric Keys", "rows": [
                { "fields": [{ "name": "Key ID", "value": "k" }, { "name": "Key", "value": "s" }] },
                { "fields": [{ "name": "Key ID", "value": "l" }] },
            ] }],
        });
        assert_eq!(wrong(PATH, JWT, &good), [""; 0]);
        assert_eq!(wrong(PATH, REFERENCE, &json!({})), [""; 0]);
    }

    #[test]
    fn what_the_plug_in_has_not_is_named() {
        let bad = json!({
            "fields": [
                { "name": "Token Lifetime", "value": "an hour" },
                { "name": "Include Issued At Claim", "value": "yes" },
                { "name": "Token Lifetime", "value": "60" },
                { "name": "Shoe Size", "value": "44" },
                { "name": "JWS Algorithm", "value": "FOO" },
                { "name": "JWE Algorithm", "value": "RSA1_5" },
            ],
            "tables": [
                { "name": "Certificates", "rows": [{ "fields": [{ "name": "Key", "value": "x" }] }] },
                { "name": "Shoes", "rows": [] },
            ],
        });
        assert_eq!(
            wrong(PATH, JWT, &bad),
            [
                "configuration.fields[0].value: It must be a number from 0 to 4294967295.",
                "configuration.fields[1].value: It must be true or false.",
                "configuration.fields[2].name: Token Lifetime is there twice.",
                "configuration.fields[3].name: The plug-in has no Shoe Size.",
                "configuration.fields[4].value: It must be one of HS256, HS384, HS512, RS256, RS384, \
                 RS512, ES256, ES384, ES512, PS256, PS384, PS512.",
                "configuration.fields[5].value: It must be one of dir, A128KW, A192KW, A256KW, \
                 A128GCMKW, A192GCMKW, A256GCMKW, ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A192KW, \
                 ECDH-ES+A256KW, RSA-OAEP, RSA-OAEP-256.",
                "configuration.tables[1].name: The plug-in has no Shoes.",
                "configuration.tables[0].rows[0].fields[0].name: The plug-in has no Key.",
            ]
        );
    }

    #[test]
    fn an_instance_is_of_a_plug_in_of_its_collection() {
        let elsewhere = "/passwordCredentialValidators";
        let [message] = wrong(elsewhere, JWT, &json!({})).try_into().unwrap();
        assert!(message.starts_with("pluginDescriptorRef.id: It must be one of org."));
        let [message] = wrong("/oauth/authorizationDetailProcessors", JWT, &json!({}))
            .try_into()
            .unwrap();
        assert!(message.starts_with("pluginDescriptorRef.id: It must be countersign."));
    }
}
