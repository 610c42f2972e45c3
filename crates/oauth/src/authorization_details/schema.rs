//! What details of a type are like, as a JSON Schema (2020-12).

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value, json};

/// The only dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The longest schema, in bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// A compiled schema.
pub(super) struct Schema(Validator);

impl Schema {
    /// The schema in this text.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err("The schema is longer than 64 KiB.".to_owned());
        }
        let schema = jose::json::parse_object(text.as_bytes());
        let schema = schema.map_err(|error| format!("The schema {error}."))?;
        if schema.get("$schema").is_some_and(|it| it != DIALECT) {
            return Err(format!(
                "The schema's $schema must be {DIALECT}, if it has one."
            ));
        }
        Self::of(schema).map_err(|error| format!("The schema cannot be used: {error}."))
    }

    /// What holds where nobody has written a schema: the members that RFC 9396 §2.2 describes for
    /// all types, and no others.
    pub(super) fn common() -> Result<Self, String> {
        let texts = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
        let members = json!({
            "locations": texts,
            "actions": texts,
            "datatypes": texts,
            "identifier": { "type": "string" },
            "privileges": texts,
        });
        Self::of(Map::from_iter([("properties".to_owned(), members)]))
    }

    /// Whether the details are like this.
    pub(super) fn accepts(&self, detail: &Map<String, Value>) -> bool {
        self.0.is_valid(&Value::Object(detail.clone()))
    }

    fn of(schema: Map<String, Value>) -> Result<Self, String> {
        // Regular expressions without backtracking: nobody can make one take long. And nothing is
        // fetched, from wherever a schema refers to.
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex())
            .offline();
        let validator = options.build(&Value::Object(closed(schema)));
        validator.map(Self).map_err(|error| error.to_string())
    }
}

/// The schema with the member `type`, which every detail has, and without members of which it does
/// not speak, unless it says otherwise.
///
/// RFC 9396 §5: the server "MUST abort processing and respond with an error" when an object "is an
/// object of known type but containing unknown fields".
fn closed(mut schema: Map<String, Value>) -> Map<String, Value> {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        properties.entry("type").or_insert(Value::Bool(true));
    }
    if !schema.contains_key("additionalProperties") {
        schema
            .entry("unevaluatedProperties")
            .or_insert(Value::Bool(false));
    }
    schema
}
