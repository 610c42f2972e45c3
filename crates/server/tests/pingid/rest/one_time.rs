//! Codes that are sent once: to one of the person's own devices, or to where the organisation says.

use serde_json::{Value, json};
use testkit::House;

use super::approval::with_phone;
use super::authentication::with;
use super::client::Client;

#[tokio::test]
async fn a_backup_code_goes_to_one_of_the_persons_own_devices() {
    let house = House::open().await;
    let (client, _phone) = with_phone(&house).await;
    client.pair_phone("jdoe", "13035551234").await;
    let backup = |kind: &str, data: &str| {
        json!({
            "authType": "ONE_TIME_DEVICE", "spAlias": "rescuecode", "userName": "jdoe",
            "deviceType": kind, "deviceData": data,
        })
    };
    client
        .call("authonline", backup("Email", "evil@example.com"))
        .await
        .expect(400);
    client
        .call("authonline", backup("Voice", "13035551234"))
        .await
        .expect(400);
    let asked = client
        .call("authonline", backup("SMS", "13035551234"))
        .await
        .expect(30_001);
    let body = json!({
        "spAlias": "rescuecode", "userName": "jdoe", "sessionId": asked["sessionId"],
        "otp": house.sent_code().await,
    });
    client.done("authoffline", body).await;
}

fn once(kind: &str, data: &str) -> Value {
    json!({
        "authType": "ONE_TIME_DEVICE", "spAlias": "rescuecode", "userName": "jdoe",
        "deviceType": kind, "deviceData": data,
    })
}

#[tokio::test]
async fn a_backup_code_goes_where_the_organisation_says_if_it_may() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let set = json!({ "oneTimeDevices": { "enabled": true } });
    client.party.set(set).await;
    let before = client.details("jdoe").await;
    for (kind, data) in [("Email", "nothing"), ("SMS", "+1"), ("Android", "x")] {
        client
            .call("authonline", once(kind, data))
            .await
            .expect(400);
    }
    assert_eq!(house.messages().await.len(), 0);
    let given = once("SMS", "49 151 12345678");
    let asked = client.call("authonline", given.clone()).await;
    let session = asked.expect(30_001)["sessionId"].clone();
    assert_eq!(house.messages().await.len(), 1);
    let event = house.last_event("pingid.one_time_device_given").await;
    assert_eq!(event["detail"]["username"], "jdoe");
    assert_eq!(event["detail"]["device"], "SMS");
    assert_eq!(event["detail"]["givenBy"], "organization");
    assert_eq!(event["detail"]["target"], "*******78");
    // The same session sends no other at once, and another address is another session.
    let again = with(given.clone(), "sessionId", session.clone());
    let again = client.call("authonline", again).await.expect(30_001);
    assert_eq!(again["sessionId"], session);
    assert_eq!(house.messages().await.len(), 1);
    let otp = house.sent_code().await;
    let other = with(once("Email", "a@example.com"), "sessionId", session.clone());
    let other = client.call("authonline", other).await.expect(30_005);
    assert_ne!(other["sessionId"], session);
    let offline = |session: &Value, otp: &str| json!({ "spAlias": "rescuecode", "userName": "jdoe", "sessionId": session, "otp": otp });
    let wrong = offline(&other["sessionId"], &otp);
    client.call("authoffline", wrong).await.expect(10_551);
    client.done("authoffline", offline(&session, &otp)).await;
    let event = house.last_event("pingid.authenticated").await;
    assert_eq!(event["detail"]["factor"], "sms");
    // Nobody has it afterwards, and it is no device of anybody's.
    let after = client.details("jdoe").await;
    assert_eq!(after["devicesDetails"], before["devicesDetails"]);
    let used = offline(&session, &otp);
    client.call("authoffline", used).await.expect(400);
    assert_eq!(phone.asked().await.len(), 0);
}

#[tokio::test]
async fn codes_to_where_the_organisation_says_are_counted_as_all_are() {
    let house = House::open_with(|settings| settings.policy.devices.messages.limit = 2).await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let set = json!({ "oneTimeDevices": { "enabled": true } });
    client.party.set(set).await;
    for address in ["a@example.com", "b@example.com"] {
        let given = once("Email", address);
        client.call("authonline", given).await.expect(30_005);
    }
    let more = client
        .call("authonline", once("Email", "c@example.com"))
        .await;
    more.expect(10_551);
    assert_eq!(house.messages().await.len(), 2);
    let cause = client.refusal().await["cause"].clone();
    assert!(
        cause.as_str().unwrap().contains("Too many codes"),
        "{cause}"
    );
}
