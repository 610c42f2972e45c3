//! The examples of RFC 7520 and RFC 8037: keys and tokens that everyone reads.

use std::sync::LazyLock;

use serde_json::Value;

/// One example.
pub(super) struct Example {
    pub(super) is_signed: bool,
    pub(super) jwk: Value,
    pub(super) content: String,
    pub(super) token: String,
}

/// Every example.
pub(super) static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let text = include_bytes!("../../../crates/jose/tests/data/rfc7520.json");
    let examples: Value = serde_json::from_slice(text).expect("the examples are JSON");
    let examples = examples.as_array().expect("the examples are a list");
    let example = |it: &Value| {
        let text = |name: &str| it[name].as_str().expect("a text").to_owned();
        Example {
            is_signed: text("kind") == "JWS",
            jwk: it["jwk"].clone(),
            content: text("content"),
            token: text("token"),
        }
    };
    examples.iter().map(example).collect()
});

/// The tokens of one kind.
pub(super) fn tokens(signed: bool) -> Vec<Vec<u8>> {
    let of_kind = EXAMPLES.iter().filter(|it| it.is_signed == signed);
    of_kind.map(|it| it.token.clone().into_bytes()).collect()
}
