//! What an organisation is told when the house cannot answer.

use domain::port::Kind;
use serde_json::{Value, json};
use testkit::{Failing, House};

use super::client::Client;

#[tokio::test]
async fn who_has_signed_is_told_by_a_signature_that_the_server_failed() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let body = json!({ "userName": "jdoe", "clientData": "kept" });
    for failing in [Failing::Writes, Failing::ReadsOf(Kind::User)] {
        house.fail(failing);
        let request = client.party.signed(&client.request(&body));
        let reply = client.post("getuserdetails", &request).await;
        house.fail(Failing::Nothing);
        assert_eq!(reply.status, 500);
        let answered = client.read(&reply);
        assert_eq!(answered.id(), 500);
        assert_eq!(answered.body["errorMsg"], "Internal error.");
        assert_eq!(answered.body["clientData"], "kept");
        assert_eq!(answered.body["userDetails"], Value::Null);
        client.done("getuserdetails", body.clone()).await;
    }
    // It was noted where anything could be.
    assert_eq!(client.refusal().await["errorId"], 500);
}

#[tokio::test]
async fn nobody_signs_where_it_is_not_known_whose_request_it_is() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let request = client.request(&json!({ "userName": "jdoe" }));
    let request = client.party.signed(&request);
    house.fail(Failing::ReadsOf(Kind::Organization));
    let reply = client.post("getuserdetails", &request).await;
    house.fail(Failing::Nothing);
    assert_eq!(reply.status, 500);
    let body = reply.json()["responseBody"].clone();
    assert_eq!(body["errorId"], 500);
    assert!(!reply.text().contains(&client.token));
}
