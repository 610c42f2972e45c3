//! Every member of every resource at the bounds that the API's description gives: refused beyond
//! them, by its path, and no half of the change is stored.

use serde_json::{Value, json};
use testkit::{Administration, House};

use crate::client_whole::{comparable, lay_out, most};
use crate::collection::{Row, rows};

/// A value that a member may not have, the status of its refusal, and what stands behind the path of
/// the member in that of the mistake.
type Wrong = (Value, u16, &'static str);

/// A place in a resource, and what may not stand there.
struct Case {
    path: String,
    wrong: Wrong,
}

/// The description of the API.
struct Description(Value);

impl Description {
    /// A schema, wherever it is described.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = schema["anyOf"].get(0).unwrap_or(schema);
        let reference = schema["$ref"].as_str();
        let found = reference.and_then(|it| self.0.pointer(it.trim_start_matches('#')));
        found.unwrap_or(schema)
    }

    /// What may not stand in a value, at its path and below.
    fn cases(&self, schema: &Value, value: &Value, path: &str, found: &mut Vec<Case>) {
        let schema = self.resolved(schema);
        if let Some(first) = value.get(0) {
            return self.cases(&schema["items"], first, &format!("{path}[0]"), found);
        }
        let members = schema["properties"].as_object().into_iter().flatten();
        for (name, member) in members.filter(|(name, member)| is_free(path, name, member)) {
            let member = self.resolved(member);
            let path = match path {
                "" => name.clone(),
                path => format!("{path}.{name}"),
            };
            let wrong = self.wrong(member).into_iter();
            found.extend(wrong.map(|wrong| Case {
                path: path.clone(),
                wrong,
            }));
            if let Some(value) = value.get(name) {
                self.cases(member, value, &path, found);
            }
        }
    }

    /// Values beyond the bounds of a schema.
    fn wrong(&self, schema: &Value) -> Vec<Wrong> {
        let kind = schema["type"].get(0).unwrap_or(&schema["type"]);
        let mut wrong: Vec<Wrong> = match kind.as_str() {
            Some("boolean") => vec![(json!("yes"), 400, ""), (json!(1), 400, "")],
            Some("integer") => vec![(json!("1"), 400, ""), (json!(0.5), 400, "")],
            Some("string") => vec![(json!(7), 400, ""), (json!(["x"]), 400, "")],
            Some("array") => self.wrong_list(&schema["items"]),
            Some("object") => vec![(json!("x"), 400, ""), (json!([]), 400, "")],
            _ => vec![],
        };
        let least = schema["minimum"].as_i64().map(|least| least - 1);
        let most = schema["maximum"].as_i64().map(|most| most + 1);
        let beyond = least.into_iter().chain(most);
        wrong.extend(beyond.map(|number| (json!(number), 422, "")));
        wrong.extend(too_long(schema).map(|long| (long, 422, "")));
        if schema["enum"].is_array() {
            wrong.push((json!("UNHEARD_OF"), 400, ""));
        }
        wrong
    }

    fn wrong_list(&self, element: &Value) -> Vec<Wrong> {
        let element = self.resolved(element);
        let mut wrong = vec![
            (json!("x"), 400, ""),
            (json!({}), 400, ""),
            (json!([7]), 400, "[0]"),
        ];
        if element["enum"].is_array() {
            wrong.push((json!(["UNHEARD_OF"]), 400, "[0]"));
        } else if element["properties"].is_null() {
            wrong.push((json!(vec!["openid"; 1001]), 422, ""));
            wrong.extend(too_long(element).map(|long| (json!([long]), 422, "[0]")));
        }
        wrong
    }
}

/// Whether a member can be given as it is described: one that the server sets cannot, nor the id,
/// which is in the address, nor a sealed secret, which only the server makes, nor where a reference
/// leads.
fn is_free(path: &str, name: &str, member: &Value) -> bool {
    let is_id = path.is_empty() && ["id", "clientId"].contains(&name);
    let is_sealed = name.starts_with("encrypted");
    member["readOnly"] != true && !is_id && !is_sealed && name != "location"
}

/// A text that is too long for a schema, where it is not too long for a body.
fn too_long(schema: &Value) -> Option<Value> {
    let most = schema["maxLength"].as_u64().filter(|most| *most < 10_000)?;
    Some(json!("x".repeat(usize::try_from(most).unwrap() + 1)))
}

/// The place in a resource to which a path leads.
fn place<'a>(resource: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.')
        .fold(resource, |it, name| match name.split_once('[') {
            Some((name, _)) => &mut it[name][0],
            None => &mut it[name],
        })
}

/// How the refusal of a change differs from what is expected, if it does.
async fn mistake(
    api: &Administration,
    address: &str,
    shown: &Value,
    case: &Case,
) -> Option<String> {
    let (value, status, behind) = &case.wrong;
    let mut resource = shown.clone();
    // Half a change.
    if resource["name"].is_string() {
        resource["name"] = json!("Another name");
    }
    // A secret is given in clear or sealed, not both.
    if let Some((object, "secret")) = case.path.rsplit_once('.') {
        *place(&mut resource, &format!("{object}.encryptedSecret")) = Value::Null;
    }
    *place(&mut resource, &case.path) = value.clone();
    let reply = api.put(address, &resource).await;
    let path = format!("{}{behind}", case.path);
    let errors = reply.json()["validationErrors"].clone();
    let errors = errors.as_array().into_iter().flatten();
    let mut paths = errors.map(|error| error["fieldPath"].clone());
    let is_named = paths.any(|it| it == path);
    let short: String = value.to_string().chars().take(40).collect();
    (reply.status != *status || !is_named).then(|| {
        format!(
            "{address} {path} {short}: {} {:.300}",
            reply.status,
            reply.text()
        )
    })
}

/// A server with one of everything.
async fn furnished() -> (House, Vec<(String, String)>) {
    let house = House::open().await;
    lay_out(&house).await;
    let api = house.administration();
    let _ = api.post("/oauth/clients", &most()).await.expect_status(201);
    let mut all = vec![(
        "/oauth/clients/{id}".to_owned(),
        "/oauth/clients/myclient".to_owned(),
    )];
    for Row { path, object } in rows() {
        let id = object["id"].as_str().unwrap().replace('|', "%7C");
        let _ = api.post(&path, &object).await;
        all.push((format!("{path}/{{id}}"), format!("{path}/{id}")));
    }
    (house, all)
}

#[tokio::test]
async fn pingfederate_1_1_every_member_is_refused_beyond_its_bounds_by_its_path() {
    let (house, mut addresses) = furnished().await;
    let api = house.administration();
    let description = Description(api.get("/swagger.json").await.json());
    let paths = description.0["paths"].as_object().unwrap();
    let single = paths
        .iter()
        .filter(|(path, it)| it["put"].is_object() && !path.contains('{'));
    addresses.extend(single.map(|(path, _)| (path.clone(), path.clone())));
    let (mut tried, mut mistakes) = (0, Vec::new());
    for (path, address) in addresses {
        let shown = api.get(&address).await.expect_status(200).json();
        let schema = &paths[&path]["put"]["requestBody"]["content"]["application/json"]["schema"];
        let mut cases = Vec::new();
        description.cases(schema, &shown, "", &mut cases);
        assert!(!cases.is_empty(), "{path}");
        for case in &cases {
            mistakes.extend(mistake(&api, &address, &shown, case).await);
            tried += 1;
        }
        let after = api.get(&address).await.expect_status(200).json();
        assert_eq!(
            comparable(&after),
            comparable(&shown),
            "half a change is not stored"
        );
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(tried > 1000, "{tried}");
}
