//! The description of the API, held against what the API does.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use testkit::{Administration, Authority, House};

use super::collection::{Row, rows};

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
        if let Some(all) = mistakes {
            return Some(all.join(" and "));
        }
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

/// One of every collection, each after what it refers to.
fn examples() -> Vec<Row> {
    let scope = |name: &str| json!({ "name": name, "description": "A scope." });
    let group = |name: &str, scope: &str| json!({ "name": name, "description": "A group.", "scopes": [scope] });
    let client = json!({
        "clientId": "whole", "name": "The whole", "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "secret": "a long secret of the whole" },
    });
    let mut all = rows();
    for (path, object) in [
        (
            "/oauth/authServerSettings/scopes/commonScopes",
            scope("read"),
        ),
        (
            "/oauth/authServerSettings/scopes/exclusiveScopes",
            scope("pay"),
        ),
        (
            "/oauth/authServerSettings/scopes/commonScopeGroups",
            group("some", "read"),
        ),
        (
            "/oauth/authServerSettings/scopes/exclusiveScopeGroups",
            group("more", "pay"),
        ),
        (
            "/authenticationApi/applications",
            json!({ "id": "portal", "name": "Portal", "url": "https://portal.example/" }),
        ),
        ("/oauth/clients", client),
    ] {
        let path = path.to_owned();
        all.push(Row { path, object });
    }
    all
}

/// Requests that succeed, each held against the document.
struct Walk<'a> {
    administration: &'a Administration,
    document: &'a Value,
    /// The methods and paths that have succeeded.
    done: BTreeSet<(String, String)>,
}

impl Walk<'_> {
    /// What is answered to a request for the path with these in place of what varies.
    async fn succeed(
        &mut self,
        method: &str,
        path: &str,
        varying: &[&str],
        body: Option<&Value>,
    ) -> Value {
        let mut varying = varying.iter().map(|it| it.replace('|', "%7C"));
        let segments = path
            .split('/')
            .map(|segment| match segment.starts_with('{') {
                true => varying.next().unwrap(),
                false => segment.to_owned(),
            });
        let address = segments.collect::<Vec<_>>().join("/");
        let verb: Method = method.to_uppercase().parse().unwrap();
        let mut request = self.administration.request(verb, &address);
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await;
        let (status, text) = (reply.status, reply.text());
        assert!(
            (200..300).contains(&status),
            "{method} {address}: {status} {text}"
        );
        let told = &self.document["paths"][path][method]["responses"][status.to_string()];
        assert!(told.is_object(), "{method} {path}: {status}");
        self.done.insert((path.to_owned(), method.to_owned()));
        if status == 204 {
            return Value::Null;
        }
        let media_type = reply.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let content = &told["content"][media_type];
        assert!(content.is_object(), "{method} {path}: {media_type}");
        let answer = match media_type {
            "application/json" => reply.json(),
            _ => json!(text),
        };
        let wrong = mistake(self.document, &content["schema"], &answer, "");
        assert_eq!(wrong, None, "{method} {address} {text}");
        answer
    }

    /// The ways of PingFederate to a trusted issuer and its certificate.
    async fn import_certificate(&mut self) {
        let issuer = json!({ "id": "imported", "fileData": Authority::new("Imported").pem() });
        let import = "/certificates/ca/import";
        self.succeed("post", import, &[], Some(&issuer)).await;
        let file = "/certificates/ca/{id}/file";
        self.succeed("get", file, &["imported"], None).await;
    }
}

/// The path below a collection's at which one of it is.
fn path_of_one(document: &Value, collection: &str) -> String {
    let paths = document["paths"].as_object().unwrap().keys();
    let is_one = |path: &&String| {
        let below = path
            .strip_prefix(collection)
            .and_then(|below| below.strip_prefix("/{"));
        below.is_some_and(|below| !below.contains('/'))
    };
    paths.into_iter().find(is_one).unwrap().clone()
}

/// Every method of a switch of the configuration store.
async fn set_a_switch(walk: &mut Walk<'_>) {
    let (bundle, id) = ("oauth-credentials-validator", "issuerMustBeEqualToClientId");
    let switch = json!({ "id": id, "type": "STRING", "stringValue": "true" });
    let bundles = "/configStore/{bundle}";
    walk.succeed("get", bundles, &[bundle], None).await;
    walk.succeed("post", bundles, &[bundle], Some(&switch))
        .await;
    for (method, body) in [
        ("put", Some(&switch)),
        ("post", Some(&switch)),
        ("get", None),
        ("delete", None),
    ] {
        let one = format!("{bundles}/{{id}}");
        walk.succeed(method, &one, &[bundle, id], body).await;
    }
}

#[tokio::test]
async fn every_method_of_every_resource_succeeds_as_described() {
    let house = House::open().await;
    let administration = house.administration();
    let document = document(&administration).await;
    let paths = document["paths"].as_object().unwrap();
    let mut walk = Walk {
        administration: &administration,
        document: &document,
        done: BTreeSet::new(),
    };
    let is_read = |(path, operations): &(&String, &Value)| {
        !path.contains('{') && operations.get("get").is_some()
    };
    for (path, operations) in paths.iter().filter(is_read) {
        let shown = walk.succeed("get", path, &[], None).await;
        if path.ends_with("/descriptors") {
            let one = format!("{path}/{{id}}");
            let id = shown["items"][0]["id"].as_str().unwrap();
            walk.succeed("get", &one, &[id], None).await;
        }
        if operations.get("put").is_some() {
            walk.succeed("put", path, &[], Some(&shown)).await;
        }
    }
    let mut made = Vec::new();
    for Row { path, object } in examples() {
        let created = walk.succeed("post", &path, &[], Some(&object)).await;
        walk.succeed("get", &path, &[], None).await;
        let one = path_of_one(&document, &path);
        let mut names = ["clientId", "id", "name"].into_iter();
        let id = names.find_map(|name| created[name].as_str());
        let id = id.unwrap().to_owned();
        let shown = walk.succeed("get", &one, &[&id], None).await;
        walk.succeed("put", &one, &[&id], Some(&shown)).await;
        made.push((one, id));
    }
    let secret = "/oauth/clients/{id}/clientAuth/clientSecret";
    walk.succeed("get", secret, &["whole"], None).await;
    let replaced = json!({ "secret": "another long secret of the whole" });
    walk.succeed("put", secret, &["whole"], Some(&replaced))
        .await;
    walk.import_certificate().await;
    while let Some((one, id)) = made.pop() {
        walk.succeed("delete", &one, &[&id], None).await;
    }
    set_a_switch(&mut walk).await;
    for (path, operations) in paths {
        for method in operations.as_object().unwrap().keys() {
            let done = walk.done.contains(&(path.clone(), method.clone()));
            assert!(done, "{method} {path} is described and has no example here");
        }
    }
}
