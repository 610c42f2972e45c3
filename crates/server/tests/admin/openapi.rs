//! The description of the API, held against what the API does.

use http::Method;
use serde_json::{Value, json};
use testkit::{Administration, House};

async fn document(administration: &Administration) -> Value {
    let document = administration.get("/swagger.json").await;
    let document = document.expect_status(200).json();
    let other = administration.get("/openapi.json").await.json();
    assert_eq!(document, other);
    document
}

/// What is wrong with a value that should be as a schema says.
fn mistake(document: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#'));
        return mistake(document, schema.unwrap(), value, path);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let mistakes = any.iter().map(|it| mistake(document, it, value, path));
        let mistakes: Option<Vec<String>> = mistakes.collect();
        return mistakes.map(|all| all.join(" and "));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&is) {
        return Some(format!("{path} is {is} and not {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        return Some(format!("{path} is {value}"));
    }
    match value {
        Value::Array(elements) => elements
            .iter()
            .find_map(|it| mistake(document, &schema["items"], it, &format!("{path}[]"))),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, it)| member_mistake(document, schema, (name, it), path))
            .or_else(|| {
                let required = schema["required"].as_array()?.iter();
                let mut required = required.filter_map(Value::as_str);
                let missing = required.find(|name| !members.contains_key(*name));
                missing.map(|name| format!("{path}.{name} is missing"))
            }),
        _ => None,
    }
}

fn member_mistake(
    document: &Value,
    schema: &Value,
    (name, value): (&str, &Value),
    path: &str,
) -> Option<String> {
    let path = format!("{path}.{name}");
    let member = &schema["properties"][name];
    match &schema["additionalProperties"] {
        _ if !member.is_null() && member["writeOnly"] == true => Some(format!("{path} is shown")),
        _ if !member.is_null() => mistake(document, member, value, &path),
        Value::Bool(false) => Some(format!("{path} is not described")),
        Value::Null | Value::Bool(_) => None,
        others => mistake(document, others, value, &path),
    }
}

/// An address with something in place of what varies.
fn filled(path: &str) -> String {
    let segments = path.split('/');
    let segments: Vec<&str> = segments
        .map(|segment| {
            if segment.starts_with('{') {
                "nobody"
            } else {
                segment
            }
        })
        .collect();
    segments.join("/")
}

#[tokio::test]
async fn every_answer_is_described() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    let document = document(&administration).await;
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let verb: Method = method.to_uppercase().parse().unwrap();
            for address in [filled(path), filled(path).replace("nobody", "shop")] {
                for body in [
                    None,
                    Some(json!({})),
                    Some(json!({ "nonsense": 1 })),
                    Some(json!([])),
                ] {
                    let mut request = administration.request(verb.clone(), &address);
                    if let Some(body) = &body {
                        request = request.json(body);
                    }
                    let reply = request.send().await;
                    let told = &operation["responses"][reply.status.to_string()];
                    assert!(told.is_object(), "{method} {address}: {}", reply.status);
                    assert_ne!(reply.status, 405, "{method} {address}");
                    if reply.status != 204 {
                        let schema = &told["content"]["application/json"]["schema"];
                        let wrong = mistake(&document, schema, &reply.json(), "");
                        assert_eq!(wrong, None, "{method} {address} {}", reply.text());
                    }
                    seen += 1;
                }
            }
            let refused = administration
                .http
                .request(verb, format!("{}{}", administration.url, filled(path)));
            let reply = refused.send().await.expect_status(401);
            assert!(operation["responses"]["401"].is_object() && reply.json().is_object());
        }
    }
    assert!(seen > 100);
}

#[tokio::test]
async fn what_is_not_described_is_not_there() {
    let house = House::open().await;
    let administration = house.administration();
    let document = document(&administration).await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            if operations.get(method.as_str().to_lowercase()).is_none() {
                let reply = administration
                    .request(method.clone(), &filled(path))
                    .send()
                    .await;
                assert_eq!(reply.status, 405, "{method} {path}");
                assert!(reply.header("allow").is_some(), "{method} {path}");
            }
        }
    }
}
