//! Two organisations know nothing of one another.

use serde_json::{Value, json};
use testkit::House;

use super::client::{Client, Phone};

/// Whatever another organisation has got hold of opens nothing for it.
async fn knows_nothing(stranger: &Client<'_>, known: &Value) {
    let who = json!({ "userName": "jdoe" });
    for operation in ["getuserdetails", "deleteuser"] {
        stranger.call(operation, who.clone()).await.expect(10_564);
    }
    // Somebody of the same name is somebody else.
    stranger.add("jdoe").await;
    assert_eq!(stranger.details("jdoe").await["devicesDetails"], json!([]));
    let session = &known["session"];
    for (operation, body) in [
        (
            "unpairdevice",
            json!({ "userName": "jdoe", "deviceId": known["device"] }),
        ),
        ("authstatus", json!({ "sessionId": session })),
        ("cancelauthentication", json!({ "sessionId": session })),
        (
            "authoffline",
            json!({ "userName": "jdoe", "sessionId": session, "otp": "123456" }),
        ),
        (
            "finalizeofflinepairing",
            json!({ "sessionId": known["pairing"], "otp": "123456" }),
        ),
        ("getjobstatus", json!({ "jobToken": known["job"] })),
    ] {
        stranger.call(operation, body).await.expect(400);
    }
    let code = json!({ "activationCode": known["code"] });
    let status = stranger.done("pairingstatus", code).await;
    assert_eq!(status["pairingStatus"], "NOT_EXIST");
}

#[tokio::test]
async fn nothing_leaks_between_two_organisations() {
    let house = House::open().await;
    let [shop, bank] = [
        house.add_environment("Shop").await,
        house.add_environment("Bank").await,
    ];
    let path = |id: domain::EnvironmentId| format!("/environments/{id}/pingid");
    let own = Client::at(&house, path(shop.id)).await;
    let other = Client::at(&house, path(bank.id)).await;
    let server = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let code = own.done("adduser", body).await["activationCode"].clone();
    let pairing = json!({ "username": "jdoe", "type": "EMAIL", "pairingData": "jdoe@example.com" });
    let pairing = own.done("startofflinepairing", pairing).await;
    own.pair_phone("jdoe", "13035551234").await;
    let device = own.details("jdoe").await["deviceDetails"]["deviceId"].clone();
    let start = json!({ "userName": "jdoe", "spAlias": "web" });
    let session = own.call("startauthentication", start).await.expect(30_001);
    let session = session["sessionId"].clone();
    let job = own
        .done("createjob", json!({ "jobType": "USER_REPORTS" }))
        .await;
    let known = json!({
        "device": device, "session": session, "pairing": pairing["sessionId"], "code": code,
        "job": job["jobToken"],
    });
    for stranger in [&other, &server] {
        knows_nothing(stranger, &known).await;
    }
    own.call("authstatus", json!({ "sessionId": session }))
        .await
        .expect(30_001);
    // A code leads to the house whose it is, wherever it is opened.
    let issuer = shop.issuer.clone();
    let phone = Phone::activated(&house, &issuer, code.as_str().unwrap()).await;
    let status = own
        .done("pairingstatus", json!({ "activationCode": code }))
        .await;
    assert_eq!(status["pairingStatus"], "SUCCESS");
    assert_eq!(phone.asked().await.len(), 0);
    let told = shop.last_event("device.enrolled").await;
    assert_eq!(told["actor"]["name"], "jdoe");
}

#[tokio::test]
async fn an_organisation_that_is_deleted_is_answered_nothing() {
    let house = House::open().await;
    let shop = house.add_environment("Shop").await;
    let client = Client::at(&house, format!("/environments/{}/pingid", shop.id)).await;
    client.add("jdoe").await;
    house.delete_environment(shop.id).await;
    let request = client
        .party
        .signed(&client.request(&json!({ "userName": "jdoe" })));
    let reply = client.post("getuserdetails", &request).await;
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert_eq!(reply.json()["responseBody"]["errorId"], 400);
}
