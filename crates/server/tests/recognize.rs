//! Sessions of Recognize over WebSocket, and the API of customers' backends. What frames show is
//! scripted: the house of the test takes their text for a face.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "recognize/api.rs"]
mod api;
#[path = "recognize/authorization.rs"]
mod authorization;
#[path = "recognize/client.rs"]
mod client;
#[path = "recognize/session.rs"]
mod session;
#[path = "recognize/ticket.rs"]
mod ticket;
#[path = "recognize/ticket_api.rs"]
mod ticket_api;
#[path = "recognize/ticket_refused.rs"]
mod ticket_refused;

use serde_json::{Value, json};
use testkit::{FaceDevice, FaceSession, House};

const DATA: &str = r#"[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"#;

/// The members of `open` of a customer's user.
fn user(operation: &str) -> Value {
    json!({"customer": "demo", "username": "user-123", "operation": operation})
}

async fn connect(house: &House) -> FaceSession {
    FaceSession::connect(&house.url, None).await.unwrap()
}

/// Enrols this face with this device.
async fn enrol(house: &House, device: &FaceDevice, face: &str) -> Value {
    let mut session = connect(house).await;
    let opened = session.open(device, user("enrol")).await;
    assert_eq!(opened["operation"], "enrol", "{opened}");
    let first = session.agree(device).await;
    assert_eq!(first["pose"], "center", "{first}");
    session.show(face).await
}

/// Authenticates with this face, and approves this transaction if there is one.
async fn authenticate(house: &House, device: &FaceDevice, face: &str, data: Option<&str>) -> Value {
    let mut session = connect(house).await;
    let mut asked = user("authenticate");
    if let Some(data) = data {
        asked["transaction"] = json!({"data": data});
    }
    let opened = session.open(device, asked).await;
    if opened["type"] != "opened" {
        return opened;
    }
    let first = session.agree(device).await;
    match first["type"] == "pose" {
        true => session.show(face).await,
        false => first,
    }
}
