//! The description, held against the tables that it is made from.

use std::collections::BTreeMap;

use super::*;
use crate::admin::schema::Object;

/// All objects of a table, by name.
fn collect(object: &'static Object, found: &mut BTreeMap<&'static str, String>) {
    let text = format!("{object:?}");
    let known = found.insert(object.name, text.clone());
    assert!(known.is_none_or(|known| known == text), "{}", object.name);
    for inner in object.fields.iter().filter_map(|it| it.shape.of().object()) {
        collect(inner, found);
    }
}

#[test]
fn no_two_objects_have_the_same_name() {
    let mut found = BTreeMap::new();
    for resource in RESOURCES {
        collect(resource.object, &mut found);
    }
    for part in PARTS {
        collect(part.object, &mut found);
    }
}

#[test]
fn every_resource_and_every_served_part_is_described() {
    let document = document("https://localhost:9999");
    let described = document["paths"].as_object().unwrap();
    let usual = RESOURCES.iter().filter(|it| it.path != CONFIG_STORE.path);
    let parts = PARTS.iter().filter(|part| part.is_served);
    let paths = usual.map(|it| it.path).chain(parts.map(|part| part.path));
    let mut number = 0;
    for path in paths {
        let methods = described[path].as_object().unwrap();
        assert!(methods.contains_key("get") && methods.len() == 2, "{path}");
        number += 1;
    }
    assert!(number > 25 && described.contains_key("/configStore/{bundle}/{id}"));
}

#[test]
fn what_is_made_leads_to_what_can_be_done_with_it() {
    let document = document("https://localhost:9999");
    let made = &document["paths"]["/oauth/clients"]["post"]["responses"]["201"]["links"];
    let links: Vec<&String> = made.as_object().unwrap().keys().collect();
    let expected = [
        "deleteOauthClientsId",
        "getOauthClientsId",
        "getOauthClientsIdClientAuthClientSecret",
        "putOauthClientsId",
        "putOauthClientsIdClientAuthClientSecret",
    ];
    assert_eq!(links, expected);
    let found = &made["getOauthClientsId"]["parameters"]["id"];
    assert_eq!(found, "$response.body#/clientId");
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = document("https://localhost:9999");
    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let mut names: Vec<&str> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(names.contains(&"putOauthClientsIdClientAuthClientSecret"));
}

#[test]
fn members_are_described_with_their_bounds() {
    let document = document("https://localhost:9999");
    let client = &document["components"]["schemas"]["Client"];
    assert_eq!(
        client["required"],
        json!(["clientId", "grantTypes", "name"])
    );
    let members = &client["properties"];
    assert_eq!(members["enabled"]["default"], true);
    assert_eq!(members["clientSecretRetentionPeriod"]["maximum"], 43_800);
    assert_eq!(members["creationDate"]["readOnly"], true);
    assert_eq!(members["refreshRolling"]["enum"][0], "SERVER_DEFAULT");
    let secret = &document["components"]["schemas"]["ClientAuth"]["properties"];
    assert_eq!(secret["secret"]["writeOnly"], true);
    assert_eq!(secret["encryptedSecret"]["type"][0], "string");
}
