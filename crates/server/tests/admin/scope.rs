//! `/oauth/authServerSettings/scopes/…`: scopes and their groups, one by one.

use serde_json::{Value, json};
use testkit::{Administration, House};

const SCOPES: &str = "/oauth/authServerSettings/scopes";
const LISTS: [(&str, &str); 4] = [
    ("commonScopes", "scopes"),
    ("exclusiveScopes", "exclusiveScopes"),
    ("commonScopeGroups", "scopeGroups"),
    ("exclusiveScopeGroups", "exclusiveScopeGroups"),
];

fn scope(name: &str) -> Value {
    json!({ "name": name, "description": format!("About {name}") })
}

fn refused(reply: &testkit::Reply) -> (u16, String) {
    let body = reply.json();
    let path = body["validationErrors"][0]["fieldPath"].as_str();
    (reply.status, path.unwrap_or_default().to_owned())
}

async fn add(administration: &Administration, list: &str, element: &Value) {
    let added = administration
        .post(&format!("{SCOPES}/{list}"), element)
        .await;
    let _ = added.expect_status(201);
}

#[tokio::test]
async fn pingfederate_1_3_scopes_and_groups_have_addresses_of_their_own() {
    let house = House::open().await;
    let administration = house.administration();
    add(&administration, "exclusiveScopes", &scope("vault")).await;
    for (list, member) in LISTS {
        let (all, one) = (format!("{SCOPES}/{list}"), format!("{SCOPES}/{list}/new"));
        let mut element = scope("new");
        if list.ends_with("Groups") {
            element["scopes"] = json!(["email"]);
        }
        let created = administration.post(&all, &element).await;
        let created = created.expect_status(201).json();
        assert_eq!(created["description"], "About new");
        if !list.ends_with("Groups") {
            assert_eq!(created["dynamic"], false);
        }
        assert_eq!(
            administration.get(&one).await.expect_status(200).json(),
            created
        );
        let items = administration.get(&all).await.expect_status(200).json();
        assert!(items["items"].as_array().unwrap().contains(&created));
        let settings = administration.get("/oauth/authServerSettings").await.json();
        assert!(settings[member].as_array().unwrap().contains(&created));

        element["description"] = json!("Other words");
        element["name"] = json!("the path wins");
        let changed = administration.put(&one, &element).await.expect_status(200);
        assert_eq!(changed.json()["description"], "Other words");
        assert_eq!(changed.json()["name"], "new");
        let twice = administration
            .post(
                &all,
                &json!({ "name": "new", "description": "", "scopes": ["email"] }),
            )
            .await;
        assert!(matches!(twice.status, 400 | 422), "{}", twice.text());

        let _ = administration.delete(&one).await.expect_status(204);
        for reply in [
            administration.delete(&one).await,
            administration.get(&one).await,
            administration.put(&one, &element).await,
        ] {
            assert_eq!(
                reply.expect_status(404).json()["resultId"],
                "resource_not_found"
            );
        }
    }
}

/// A list, an element that it may not have, the status and the path of the answer.
#[rustfmt::skip]
fn mistakes() -> Vec<(&'static str, Value, u16, &'static str)> {
    let (common, groups) = ("commonScopes", "commonScopeGroups");
    vec![
        (common, json!({ "name": "a b", "description": "" }), 422, "name"),
        (common, json!({ "description": "" }), 422, "name"),
        (common, json!({ "name": "a" }), 422, "description"),
        (common, json!({ "name": "email", "description": "" }), 422, "name"),
        (common, json!({ "name": "pay", "description": "", "dynamic": true }), 422, "name"),
        (common, json!({ "name": "a:*:*", "description": "", "dynamic": true }), 422, "name"),
        (common, json!({ "name": "a", "description": "", "colour": 1 }), 400, "colour"),
        (groups, json!({ "name": "g", "description": "", "scopes": ["email", "no"] }), 422, "scopes[1]"),
        (groups, json!({ "name": "email", "description": "", "scopes": [] }), 422, "name"),
    ]
}

#[tokio::test]
async fn mistakes_are_told_by_the_path_within_the_scope() {
    let house = House::open().await;
    let administration = house.administration();
    for (list, element, status, field) in mistakes() {
        let reply = administration
            .post(&format!("{SCOPES}/{list}"), &element)
            .await;
        assert_eq!(refused(&reply), (status, field.to_owned()), "{element}");
    }
    let common = format!("{SCOPES}/commonScopes");
    let dynamic = json!({ "name": "payment:*", "description": "Pay", "dynamic": true });
    let made = administration
        .post(&common, &dynamic)
        .await
        .expect_status(201);
    assert_eq!(made.json(), dynamic);
    let read = administration.get(&format!("{common}/payment:*")).await;
    assert_eq!(read.expect_status(200).json(), dynamic);
}

#[tokio::test]
async fn pingfederate_1_3_what_a_group_or_a_client_refers_to_stays() {
    let house = House::open().await;
    let administration = house.administration();
    add(&administration, "exclusiveScopes", &scope("vault")).await;
    let group = json!({ "name": "people", "description": "", "scopes": ["email"] });
    add(&administration, "commonScopeGroups", &group).await;
    house
        .add_client_with("shop", json!({
            "restrictScopes": true, "restrictedScopes": ["openid", "people"], "exclusiveScopes": ["vault"],
        }))
        .await;
    for (one, user) in [
        (
            "commonScopes/openid",
            "client \"shop\" (restrictedScopes[0])",
        ),
        (
            "commonScopeGroups/people",
            "client \"shop\" (restrictedScopes[1])",
        ),
        (
            "exclusiveScopes/vault",
            "client \"shop\" (exclusiveScopes[0])",
        ),
    ] {
        let reply = administration.delete(&format!("{SCOPES}/{one}")).await;
        let body = reply.expect_status(422).json();
        assert_eq!(body["validationErrors"][0]["errorId"], "in_use", "{one}");
        let message = body["validationErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains(user), "{message}");
    }
    let reply = administration
        .delete(&format!("{SCOPES}/commonScopes/email"))
        .await;
    let body = reply.expect_status(422).json();
    let errors = &body["validationErrors"][0];
    assert_eq!(errors["fieldPath"], "scopeGroups[0].scopes[0]");
    // The same through the settings as a whole.
    let mut settings = administration.get("/oauth/authServerSettings").await.json();
    settings["exclusiveScopes"] = json!([]);
    let reply = administration
        .put("/oauth/authServerSettings", &settings)
        .await;
    assert_eq!(refused(&reply), (422, "exclusiveScopes".to_owned()));
    // Nobody refers to it any more.
    let _ = administration
        .delete("/oauth/clients/shop")
        .await
        .expect_status(204);
    for one in [
        "commonScopeGroups/people",
        "commonScopes/email",
        "exclusiveScopes/vault",
    ] {
        let gone = administration.delete(&format!("{SCOPES}/{one}")).await;
        let _ = gone.expect_status(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_changes_at_the_same_moment_are_all_made() {
    let house = House::open().await;
    let administration = house.administration();
    let changes: Vec<_> = (0..20)
        .map(|number| {
            let administration = administration.clone();
            tokio::spawn(async move {
                add(
                    &administration,
                    "commonScopes",
                    &scope(&format!("scope-{number}")),
                )
                .await;
            })
        })
        .collect();
    for change in changes {
        change.await.unwrap();
    }
    let all = administration
        .get(&format!("{SCOPES}/commonScopes?filter=scope-"))
        .await;
    assert_eq!(all.json()["items"].as_array().unwrap().len(), 20);
}
