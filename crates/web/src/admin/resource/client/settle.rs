//! What one member of a client makes of another.

use serde_json::{Value, json};

use crate::admin::schema::Document;

/// Makes the members of a client agree where one follows from another.
pub(super) fn settle(client: &mut Document) {
    if is(client, "allowAuthenticationApiInit") {
        // There is no page on which a person could approve anything.
        client.insert("bypassApprovalPage".to_owned(), json!(true));
        client.insert("restrictScopes".to_owned(), json!(true));
    }
    let grants = client.get("grantTypes").and_then(Value::as_array);
    let may_use_ciba = grants.is_some_and(|grants| grants.contains(&json!("CIBA")));
    for (name, value) in [
        ("cibaDeliveryMode", json!("POLL")),
        ("cibaPollingInterval", json!(3)),
        ("cibaRequireSignedRequests", json!(false)),
        ("cibaUserCodeSupported", json!(false)),
    ] {
        default_only_if(may_use_ciba, client, name, value);
    }
    if let Some(Value::Object(authentication)) = client.get_mut("clientAuth") {
        let method = authentication.get("type").and_then(Value::as_str);
        let by_jwt = matches!(method, Some("PRIVATE_KEY_JWT" | "CLIENT_SECRET_JWT"));
        let name = "enforceReplayPrevention";
        default_only_if(by_jwt, authentication, name, json!(false));
    }
    for name in ["jwksSettings", "extendedParameters"] {
        let given = client.get(name).and_then(Value::as_object);
        if given.is_some_and(Document::is_empty) {
            client.remove(name);
        }
    }
}

/// Fills in a default where it makes sense, and leaves it out where it says nothing.
fn default_only_if(makes_sense: bool, document: &mut Document, name: &str, default: Value) {
    let is_false = document.get(name).is_some_and(|it| *it == false);
    if makes_sense {
        document.entry(name).or_insert(default);
    } else if is_false {
        document.remove(name);
    }
}

fn is(document: &Document, name: &str) -> bool {
    document.get(name).is_some_and(|it| *it == true)
}
