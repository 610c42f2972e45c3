//! Every member of a client at the bounds that the API's description gives.

use serde_json::{Value, json};

use super::{Subject, paths};

/// The objects of a client with members of their own, and where they are.
const OBJECTS: [(&str, &str); 4] = [
    ("Client", ""),
    ("ClientOIDCPolicy", "oidcPolicy."),
    ("ClientAuth", "clientAuth."),
    ("JwksSettings", "jwksSettings."),
];

/// A value that a member may not have, the status of its refusal, and what stands behind the path of
/// the member in that of the mistake.
type Wrong = (Value, u16, &'static str);

/// Values beyond the bounds of a schema.
fn wrong(schema: &Value) -> Vec<Wrong> {
    let kind = match &schema["type"] {
        Value::Array(kinds) => &kinds[0],
        kind => kind,
    };
    let mut wrong: Vec<Wrong> = match kind.as_str() {
        Some("boolean") => vec![(json!("yes"), 400, ""), (json!(1), 400, "")],
        Some("integer") => vec![(json!("1"), 400, ""), (json!(0.5), 400, "")],
        Some("string") => vec![(json!(7), 400, ""), (json!(["x"]), 400, "")],
        Some("array") => vec![(json!("x"), 400, ""), (json!({}), 400, "")],
        _ => vec![(json!("x"), 400, ""), (json!([]), 400, "")],
    };
    if let Some(least) = schema["minimum"].as_i64() {
        wrong.push((json!(least - 1), 422, ""));
    }
    if let Some(most) = schema["maximum"].as_i64() {
        wrong.push((json!(most + 1), 422, ""));
    }
    if let Some(long) = too_long(schema) {
        wrong.push((long, 422, ""));
    }
    if schema["enum"].is_array() {
        wrong.push((json!("UNHEARD_OF"), 400, ""));
    }
    if kind == "array" {
        let element = &schema["items"];
        wrong.push((json!([7]), 400, "[0]"));
        if element["enum"].is_array() {
            wrong.push((json!(["UNHEARD_OF"]), 400, "[0]"));
        } else {
            wrong.push((json!(vec!["openid"; 1001]), 422, ""));
            wrong.extend(too_long(element).map(|long| (json!([long]), 422, "[0]")));
        }
    }
    wrong
}

/// A text that is too long for a schema, where it is not too long for a body.
fn too_long(schema: &Value) -> Option<Value> {
    let most = schema["maxLength"].as_u64().filter(|most| *most < 10_000)?;
    Some(json!("x".repeat(usize::try_from(most).unwrap() + 1)))
}

#[tokio::test]
async fn pingfederate_1_1_every_member_is_refused_beyond_its_bounds_by_its_path() {
    let it = Subject::open(json!({})).await;
    let document = it.administration.get("/swagger.json").await;
    let document = document.expect_status(200).json();
    let before = it.shown().await;
    let mut tried = 0;
    for (schema, place) in OBJECTS {
        let members = &document["components"]["schemas"][schema]["properties"];
        for (name, member) in members.as_object().unwrap() {
            // Of a client that is replaced the address tells the id; and a secret is given in clear
            // or sealed, not both.
            let has_other_rules = ["clientId", "encryptedSecret"].contains(&name.as_str());
            if member["readOnly"] == true || has_other_rules {
                continue;
            }
            for wrong in wrong(member) {
                refused(&it, &format!("{place}{name}"), wrong).await;
                tried += 1;
            }
        }
    }
    assert_eq!(it.shown().await, before, "half a change is not stored");
    assert!(tried > 250, "{tried}");
}

async fn refused(it: &Subject, member: &str, (value, status, behind): Wrong) {
    let mut resource = it.with(member, &value);
    resource["name"] = match member {
        "name" => value.clone(),
        _ => json!("Half a change"),
    };
    let reply = it.administration.put(super::PATH, &resource).await;
    assert_eq!(reply.status, status, "{member}: {value}");
    let path = format!("{member}{behind}");
    let reply = reply.json();
    let paths = paths(&reply);
    assert!(paths.contains(&path.as_str()), "{path}: {paths:?}");
}
