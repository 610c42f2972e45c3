//! With which keys a manager signs and encrypts tokens, and whether it has them.

use serde_json::Value;

use crate::admin::schema::{Document, Problems};

const SIGNATURE: &str = "JWS Algorithm";
const ENCRYPTION: &str = "JWE Algorithm";
const CONTENT: &str = "JWE Content Encryption Algorithm";
const CENTRAL: &str = "Use Centralized Signing Key";
const SYMMETRIC_KEYS: &str = "Symmetric Keys";
const CERTIFICATES: &str = "Certificates";

/// The configuration of a manager of JWTs.
struct Configuration<'a> {
    fields: &'a [Value],
    tables: &'a [Value],
}

/// Notes tokens that nobody signs, and keys that are not there. Who inherits has them elsewhere.
pub(super) fn check(manager: &Document, problems: &mut Problems) {
    let inherits = manager.get("parentRef").and_then(|it| it.get("id"));
    if inherits.is_some() {
        return;
    }
    let list = |member: &str| {
        let list = manager.get("configuration")?.get(member)?.as_array();
        list.map(Vec::as_slice)
    };
    let configuration = Configuration {
        fields: list("fields").unwrap_or_default(),
        tables: list("tables").unwrap_or_default(),
    };
    configuration.check_signature(problems);
    configuration.check_encryption(problems);
}

impl Configuration<'_> {
    fn check_signature(&self, problems: &mut Problems) {
        let Some(algorithm) = self.value(SIGNATURE) else {
            let encrypted = self.value(ENCRYPTION).is_some_and(is_symmetric);
            return problems.require(
                encrypted,
                &self.place(SIGNATURE),
                "Tokens need a JWS Algorithm, unless they are encrypted with a symmetric key.",
            );
        };
        if algorithm.starts_with("HS") {
            return self.names_a_key("Active Symmetric Key ID", SYMMETRIC_KEYS, problems);
        }
        if self.value(CENTRAL) != Some("true") {
            self.names_a_key("Active Signing Certificate Key ID", CERTIFICATES, problems);
        }
    }

    fn check_encryption(&self, problems: &mut Problems) {
        let content = self.value(CONTENT);
        let Some(algorithm) = self.value(ENCRYPTION) else {
            let message = "It needs a JWE Algorithm.";
            return problems.require(content.is_none(), &self.place(CONTENT), message);
        };
        let message = "It is required with a JWE Algorithm.";
        problems.require(content.is_some(), &self.place(CONTENT), message);
        if is_symmetric(algorithm) {
            let name = "Active Symmetric Encryption Key ID";
            return self.names_a_key(name, SYMMETRIC_KEYS, problems);
        }
        let whose = [
            "Asymmetric Encryption Key",
            "Asymmetric Encryption JWKS URL",
        ];
        problems.require(
            whose.into_iter().any(|name| self.value(name).is_some()),
            &self.place(ENCRYPTION),
            "This algorithm needs an Asymmetric Encryption Key or an Asymmetric Encryption JWKS URL.",
        );
    }

    /// Notes that a field names no key of a table.
    fn names_a_key(&self, name: &str, table: &str, problems: &mut Problems) {
        let key = self.value(name);
        problems.require(
            key.is_some_and(|key| self.key_ids(table).contains(&key)),
            &self.place(name),
            &format!("{name} must be the Key ID of one of the {table}."),
        );
    }

    /// The value of a field, if it has one.
    fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| is_called(field, name));
        let value = field.and_then(|it| it.get("value")?.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// Where a field is, or where it should be.
    fn place(&self, name: &str) -> String {
        let place = self.fields.iter().position(|field| is_called(field, name));
        place.map_or("configuration.fields".to_owned(), |place| {
            format!("configuration.fields[{place}].value")
        })
    }

    /// The ids of the keys in a table.
    fn key_ids(&self, table: &str) -> Vec<&str> {
        let table = self.tables.iter().find(|it| is_called(it, table));
        let rows = table.and_then(|it| it.get("rows")?.as_array());
        let fields = rows.into_iter().flatten();
        let fields = fields.filter_map(|row| row.get("fields")?.as_array());
        let ids = fields.flatten().filter(|field| is_called(field, "Key ID"));
        ids.filter_map(|id| id.get("value")?.as_str()).collect()
    }
}

fn is_called(it: &Value, name: &str) -> bool {
    it.get("name").is_some_and(|it| it == name)
}

/// Whether both sides have the same key for an algorithm of JWE.
fn is_symmetric(algorithm: &str) -> bool {
    algorithm == "dir" || algorithm.starts_with('A')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Fields and their values.
    type Fields<'a> = &'a [(&'a str, &'a str)];

    /// The paths of what is wrong with these fields, where there is a key `k` in each table.
    fn wrong(fields: Fields<'_>) -> Vec<String> {
        let fields: Vec<Value> = fields
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let key = json!([{ "fields": [{ "name": "Key ID", "value": "k" }] }]);
        let tables = [SYMMETRIC_KEYS, CERTIFICATES].map(|it| json!({ "name": it, "rows": key }));
        let manager = json!({ "configuration": { "fields": fields, "tables": tables } });
        let mut problems = Problems::default();
        check(manager.as_object().unwrap(), &mut problems);
        let problems = problems.into_vec().into_iter();
        problems.map(|it| it.field_path).collect()
    }

    #[test]
    fn every_token_is_protected_with_a_key_that_is_there() {
        let good: [Fields<'_>; 5] = [
            &[(SIGNATURE, "RS256"), (CENTRAL, "true")],
            &[
                (SIGNATURE, "ES256"),
                ("Active Signing Certificate Key ID", "k"),
            ],
            &[(SIGNATURE, "HS256"), ("Active Symmetric Key ID", "k")],
            &[
                (ENCRYPTION, "dir"),
                (CONTENT, "A128GCM"),
                ("Active Symmetric Encryption Key ID", "k"),
            ],
            &[
                (SIGNATURE, "RS256"),
                (CENTRAL, "true"),
                (ENCRYPTION, "RSA-OAEP"),
                (CONTENT, "A128GCM"),
                ("Asymmetric Encryption JWKS URL", "https://api.example/jwks"),
            ],
        ];
        for fields in good {
            assert_eq!(wrong(fields), [""; 0], "{fields:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        const FIELDS: &str = "configuration.fields";
        const FIRST: &str = "configuration.fields[0].value";
        const SECOND: &str = "configuration.fields[1].value";
        let bad: [(Fields<'_>, &[&str]); 8] = [
            (&[], &[FIELDS]),
            (&[(SIGNATURE, "")], &[FIRST]),
            (&[(SIGNATURE, "RS256")], &[FIELDS]),
            (
                &[
                    (SIGNATURE, "RS256"),
                    ("Active Signing Certificate Key ID", "l"),
                ],
                &[SECOND],
            ),
            (&[(SIGNATURE, "HS256"), (CENTRAL, "true")], &[FIELDS]),
            (
                &[(SIGNATURE, "HS256"), ("Active Symmetric Key ID", "l")],
                &[SECOND],
            ),
            (&[(ENCRYPTION, "RSA-OAEP")], &[FIELDS, FIELDS, FIRST]),
            (&[(CONTENT, "A128GCM")], &[FIELDS, FIRST]),
        ];
        for (fields, paths) in bad {
            assert_eq!(wrong(fields), paths, "{fields:?}");
        }
    }

    #[test]
    fn who_inherits_has_the_keys_elsewhere() {
        let manager = json!({ "parentRef": { "id": "parent" } });
        let mut problems = Problems::default();
        check(manager.as_object().unwrap(), &mut problems);
        assert_eq!(problems.into_vec(), []);
    }
}
