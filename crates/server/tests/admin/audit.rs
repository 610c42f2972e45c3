//! Every change of the configuration is noted: who, what, before and after.

use domain::{Actor, AuditEvent};
use serde_json::{Value, json};
use testkit::House;

/// The events of this name.
async fn events(house: &House, name: &str) -> Vec<AuditEvent> {
    let all = house.records().all::<AuditEvent>().await.unwrap();
    let events = all.into_iter().map(|event| event.record);
    events.filter(|event| event.event == name).collect()
}

fn change<'a>(event: &'a AuditEvent, path: &str) -> &'a Value {
    let changes = event.detail["changes"].as_array().unwrap();
    changes
        .iter()
        .find(|change| change["path"] == path)
        .unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_change_is_noted_with_before_and_after_and_without_secrets() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    let created = events(&house, "client.created").await.remove(0);
    assert_eq!(
        created.actor,
        Actor::Administrator("Administrator".to_owned())
    );
    assert_eq!(created.detail["client"], "shop");
    assert_eq!(
        change(&created, "name"),
        &json!({ "path": "name", "after": "The shop" })
    );
    assert_eq!(
        change(&created, "clientAuth")["after"]["secret"],
        "********"
    );

    let changed = json!({ "name": "Shop", "oidcPolicy": { "logoutMode": "OIDC_BACK_CHANNEL" } });
    house.change_client("shop", changed).await;
    let changed = events(&house, "client.changed").await.remove(0);
    let paths: Vec<&str> = changed.detail["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["name", "oidcPolicy.logoutMode"], "and nothing else");
    let name = json!({ "path": "name", "before": "The shop", "after": "Shop" });
    assert_eq!(change(&changed, "name"), &name);

    let secret = json!({ "secret": "a new secret that nobody may see" });
    let path = "/oauth/clients/shop/clientAuth/clientSecret";
    let _ = administration.put(path, &secret).await.expect_status(200);
    let masked = json!({ "path": "clientAuth.secret", "before": "********", "after": "********" });
    let changed = events(&house, "client.changed").await;
    let mut secrets = changed
        .iter()
        .map(|event| change(event, "clientAuth.secret"));
    assert!(secrets.any(|change| *change == masked));

    house.set(json!({ "authorizationCodeTimeout": 30 })).await;
    let settings = events(&house, "settings.changed").await.remove(0);
    let timeout = json!({ "path": "authorizationCodeTimeout", "before": 60, "after": 30 });
    assert_eq!(change(&settings, "authorizationCodeTimeout"), &timeout);

    let _ = administration
        .delete("/oauth/clients/shop")
        .await
        .expect_status(204);
    let deleted = events(&house, "client.deleted").await.remove(0);
    assert_eq!(
        change(&deleted, "name"),
        &json!({ "path": "name", "before": "Shop" })
    );
    let all = house.records().all::<AuditEvent>().await.unwrap();
    let text = format!("{:?}", all.iter().map(|it| &it.record).collect::<Vec<_>>());
    assert!(!text.contains("long enough for HS512") && !text.contains("nobody may see"));
}

#[tokio::test]
async fn what_is_refused_is_not_noted_and_changes_nothing() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    let before = administration.get("/oauth/clients/shop").await.json();
    let mut wrong = before.clone();
    wrong["name"] = json!("Half a change");
    wrong["requireSignedRequests"] = json!(true);
    let _ = administration
        .put("/oauth/clients/shop", &wrong)
        .await
        .expect_status(422);
    let after = administration.get("/oauth/clients/shop").await.json();
    assert_eq!(after["name"], before["name"]);
    assert!(events(&house, "client.changed").await.is_empty());
}
