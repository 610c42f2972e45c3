//! The configuration made true from a file, as the command line does it.

use domain::port::{Pending, fixed::CountingRandom};
use domain::{Actor, AuditEvent, Grant, KeyFamily};
use serde_json::{Value, json};
use testkit::House;
use web::configuration::{Configuration, Operator, Refusal};
use web::{ExportKey, Fault, SigningKeys};

/// All keys are there.
struct Ready;

impl SigningKeys for Ready {
    fn ensure(&self, _: KeyFamily) -> Pending<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
}

/// Makes keys only while somebody else changes the configuration.
struct Outpaced<'h>(&'h House);

impl SigningKeys for Outpaced<'_> {
    fn ensure(&self, _: KeyFamily) -> Pending<'_, Result<(), Fault>> {
        Box::pin(async {
            let issuer = json!({ "name": "another", "host": "another.example" });
            let administration = self.0.administration();
            let _ = administration.post("/oauth/issuers", &issuer).await;
            Ok(())
        })
    }
}

async fn apply(house: &House, operations: &Value) -> Result<(), Refusal> {
    apply_with(house, &Ready, operations).await
}

async fn apply_with(
    house: &House,
    keys: &dyn SigningKeys,
    operations: &Value,
) -> Result<(), Refusal> {
    let export_key = ExportKey::new(&[7; 32]).unwrap();
    let configuration = Configuration {
        records: house.records(),
        export_key: &export_key,
        random: &CountingRandom::default(),
        keys,
        now: house.now(),
        url: String::new(),
        operator: Operator::default(),
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

#[tokio::test]
async fn what_a_client_was_granted_goes_with_it_and_never_before() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", "openid offline_access");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let without_shop = json!([save("/oauth/clients", &[service("a", json!({}))])]);
    // Somebody else is always faster, so that nothing comes of it: nothing is lost either.
    let refused = apply_with(&house, &Outpaced(&house), &without_shop).await;
    assert!(matches!(refused, Err(Refusal::Fault(Fault::Contention))));
    let renewed = shop.refresh(tokens.refresh()).await.expect_status(200);
    let tokens = shop.tokens(&renewed).await;
    let granted = async || {
        house
            .records()
            .find::<Grant>(1, "shop")
            .await
            .unwrap()
            .len()
    };
    assert_eq!(granted().await, 1);
    apply(&house, &without_shop).await.unwrap();
    assert_eq!(granted().await, 0);
    assert_ne!(shop.refresh(tokens.refresh()).await.status, 200);
    let deleted = house.last_event("client.deleted").await;
    assert_eq!(deleted["detail"]["grants_ended"], 1, "{deleted}");
}
