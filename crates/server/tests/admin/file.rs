//! The configuration made true from a file, as the command line does it.

use domain::port::{Pending, fixed::CountingRandom};
use domain::{Actor, AuditEvent, KeyFamily};
use serde_json::{Value, json};
use testkit::House;
use web::configuration::{Configuration, Refusal};
use web::{ExportKey, Fault, SigningKeys};

/// All keys are there.
struct Ready;

impl SigningKeys for Ready {
    fn ensure(&self, _: KeyFamily) -> Pending<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

async fn apply(house: &House, operations: &Value) -> Result<(), Refusal> {
    let export_key = ExportKey::new(&[7; 32]).unwrap();
    let configuration = Configuration {
        records: house.records(),
        export_key: &export_key,
        random: &CountingRandom::default(),
        keys: &Ready,
        now: house.now(),
        url: String::new(),
    };
    let file = json!({ "operations": operations });
    let applied = configuration.apply(&Actor::Operator, &file).await;
    applied.map(|_| ())
}

fn save(path: &str, items: &[Value]) -> Value {
    json!({ "resourceType": path, "operationType": "SAVE", "items": items })
}

fn service(id: &str, fields: Value) -> Value {
    let mut client = json!({
        "clientId": id, "name": id, "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "secret": "a long secret of the service" },
    });
    if let (Value::Object(client), Value::Object(fields)) = (&mut client, fields) {
        client.extend(fields);
    }
    client
}

async fn events(house: &House) -> Vec<AuditEvent> {
    let all = house.records().all::<AuditEvent>().await.unwrap();
    let events = all.into_iter().map(|event| event.record);
    let of_clients = |event: &AuditEvent| event.event.starts_with("client.");
    events.filter(of_clients).collect()
}

#[tokio::test]
async fn every_step_is_an_event_of_the_command_line() {
    let house = House::open().await;
    let both = [service("a", json!({})), service("b", json!({}))];
    apply(&house, &json!([save("/oauth/clients", &both)]))
        .await
        .unwrap();
    let one = [service("a", json!({ "name": "Another" }))];
    apply(&house, &json!([save("/oauth/clients", &one)]))
        .await
        .unwrap();
    let events = events(&house).await;
    let mut told: Vec<(&str, &Value)> = events
        .iter()
        .map(|event| (event.event.as_str(), &event.detail["client"]))
        .collect();
    told.sort_unstable_by_key(|(event, client)| (*event, client.to_string()));
    let (a, b) = (json!("a"), json!("b"));
    let expected = [
        ("client.changed", &a),
        ("client.created", &a),
        ("client.created", &b),
        ("client.deleted", &b),
    ];
    assert_eq!(told, expected);
    assert!(events.iter().all(|event| event.actor == Actor::Operator));
    let changed = events
        .iter()
        .find(|it| it.event == "client.changed")
        .unwrap();
    let name = json!([{ "path": "name", "before": "a", "after": "Another" }]);
    assert_eq!(changed.detail["changes"], name);
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("a long secret"));
}

#[tokio::test]
async fn the_last_mistake_leaves_nothing_of_the_first_change() {
    let house = House::open().await;
    house.add_client("shop").await;
    let before = events(&house).await.len();
    let nowhere = json!({ "defaultAccessTokenManagerRef": { "id": "nowhere" } });
    let clients = [service("a", json!({})), service("b", nowhere)];
    let refused = apply(&house, &json!([save("/oauth/clients", &clients)])).await;
    let Err(Refusal::Invalid(problems)) = refused else {
        panic!("it is refused");
    };
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let expected = "/oauth/clients/b defaultAccessTokenManagerRef: There is no \"nowhere\" in \
        /oauth/accessTokenManagers.";
    assert_eq!(said, [expected]);
    assert_eq!(events(&house).await.len(), before);
    let administration = house.administration();
    let clients = administration.get("/oauth/clients").await.json();
    assert_eq!(clients["items"].as_array().unwrap().len(), 1);
    let shop = administration.get("/oauth/clients/shop").await;
    let _ = shop.expect_status(200);
}
