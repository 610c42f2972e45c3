//! People prove who they are by what they approve.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::House;

use super::authentication::{start, with};
use super::client::{Client, Phone};

/// Somebody with an authenticator.
pub(super) async fn with_phone(house: &House) -> (Client<'_>, Phone<'_>) {
    let client = Client::of(house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let code = client.done("adduser", body).await["activationCode"].clone();
    let phone = Phone::activated(house, &house.issuer, code.as_str().unwrap()).await;
    (client, phone)
}

#[tokio::test]
async fn an_approval_proves_who_somebody_is() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let started = client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_007);
    assert_eq!(
        phone.asked().await.len(),
        0,
        "nobody is asked before authonline"
    );
    let online = json!({
        "authType": "CONFIRM", "spAlias": "web", "userName": "jdoe",
        "sessionId": started["sessionId"], "formParameters": {
            "sp_name": "The Shop", "sp_logo": "http://shop.example/logo.png",
        },
    });
    let (answered, asked) = tokio::join!(
        client.call("authonline", online),
        phone.decide("approve", "")
    );
    let answered = answered.expect(200);
    assert!(asked.contains("The Shop"), "{asked}");
    assert!(!asked.contains("icon_url"), "{asked}");
    assert_eq!(
        answered["extendedOnlineDetails"]["performedFormType"],
        "SLIDER"
    );
    let event = house.last_event("pingid.authenticated").await;
    assert_eq!(event["detail"]["factor"], "push");
}

#[tokio::test]
async fn older_clients_begin_online() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let online = json!({
        "authType": "CONFIRM", "spAlias": "web", "userName": "jdoe",
        "formParameters": { "sp_name": "The Shop", "sp_logo": "https://shop.example/logo.png" },
    });
    let deny = async {
        while phone.asked().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let asked = phone.decide("deny", "").await;
        assert!(asked.contains("The Shop"), "{asked}");
        assert!(asked.contains("https://shop.example/logo.png"), "{asked}");
    };
    let (answered, ()) = tokio::join!(client.call("authonline", online.clone()), deny);
    answered.expect(10_551);
    assert!(
        client.refusal().await["cause"]
            .as_str()
            .unwrap()
            .contains("denied")
    );
    // Somebody who has no authenticator is sent a code at once.
    client.add("other").await;
    client.pair_phone("other", "13035551234").await;
    let other = with(online.clone(), "userName", "other");
    client.call("authonline", other).await.expect(30_001);
    let bad = with(online, "authType", "TELEPATHY");
    client.call("authonline", bad).await.expect(400);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let online = json!({ "authType": "CONFIRM", "spAlias": "web", "userName": "jdoe" });
    let late = async {
        while phone.asked().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        house.advance(Duration::from_mins(2));
    };
    let (answered, ()) = tokio::join!(client.call("authonline", online), late);
    let answered = answered.expect(10_551);
    // The session is there to go on with another device, or to ask once more.
    let session = answered["sessionId"].clone();
    assert!(session.is_string());
    assert!(
        client.refusal().await["cause"]
            .as_str()
            .unwrap()
            .contains("did not answer")
    );
    let again = json!({ "spAlias": "web", "userName": "jdoe", "sessionId": session });
    let (answered, asked) = tokio::join!(
        client.call("authonline", again),
        phone.decide("approve", "")
    );
    answered.expect(200);
    assert!(asked.contains("Countersign"), "{asked}");
}

#[tokio::test]
async fn who_polls_shows_a_number_that_is_typed() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let body = with(start("jdoe"), "async", true);
    let started = client
        .call("startauthentication", body)
        .await
        .expect(30_010);
    let number = started["extendedAuthenticationDetails"]["numberForMatching"].as_u64();
    let status = json!({ "sessionId": started["sessionId"] });
    client
        .call("authstatus", status.clone())
        .await
        .expect(30_010);
    phone.decide("approve", &number.unwrap().to_string()).await;
    client.done("authstatus", status.clone()).await;
    client.call("authstatus", status).await.expect(400);
}

#[tokio::test]
async fn who_goes_online_where_a_number_waits_is_told_it_at_once() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let body = with(start("jdoe"), "async", true);
    let started = client
        .call("startauthentication", body)
        .await
        .expect(30_010);
    let number = started["extendedAuthenticationDetails"]["numberForMatching"].clone();
    let online = json!({
        "authType": "CONFIRM", "spAlias": "web", "userName": "jdoe",
        "sessionId": started["sessionId"],
    });
    let told = client.call("authonline", online).await.expect(30_010);
    assert_eq!(
        told["extendedAuthenticationDetails"]["numberForMatching"],
        number
    );
    assert_eq!(told["sessionId"], started["sessionId"]);
    assert_eq!(phone.asked().await.len(), 1, "it is not asked again");
    phone.decide("approve", &number.to_string()).await;
    let status = json!({ "sessionId": started["sessionId"] });
    client.done("authstatus", status).await;
}

#[tokio::test]
async fn a_denial_is_told_once() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    for operation in ["authstatus", "authonline"] {
        let body = with(start("jdoe"), "async", true);
        let started = client
            .call("startauthentication", body)
            .await
            .expect(30_010);
        phone.decide("deny", "").await;
        let status = with(start("jdoe"), "sessionId", started["sessionId"].clone());
        let told = client.call(operation, status.clone()).await.expect(10_551);
        assert_eq!(told["sessionId"], Value::Null);
        let cause = client.refusal().await["cause"].clone();
        assert!(cause.as_str().unwrap().contains("denied"), "{cause}");
        client.call("authstatus", status.clone()).await.expect(400);
        client.call("startauthentication", status).await.expect(400);
        assert_eq!(phone.asked().await.len(), 0, "nobody is asked again");
        let event = house.last_event("pingid.authentication_failed").await;
        assert_eq!(event["detail"]["username"], "jdoe");
    }
}

#[tokio::test]
async fn whether_a_number_is_typed_goes_by_the_call_that_has_the_device_asked() {
    let house = House::open_with(|settings| {
        settings.policy.devices.selection = authn::flow::Selection::PromptToSelect;
    })
    .await;
    let (client, phone) = with_phone(&house).await;
    client.pair_phone("jdoe", "13035551234").await;
    let device = client.details("jdoe").await["deviceDetails"]["deviceId"].clone();
    for polls in [true, false] {
        house.advance(Duration::from_mins(2));
        let before = with(start("jdoe"), "async", !polls);
        let listed = client.call("startauthentication", before).await;
        let session = listed.expect(30_008)["sessionId"].clone();
        let body = with(
            with(start("jdoe"), "sessionId", session),
            "deviceId",
            device.clone(),
        );
        let body = with(body, "async", polls);
        let asked = client.call("startauthentication", body).await;
        let asked = asked.expect(if polls { 30_010 } else { 30_007 });
        let number = &asked["extendedAuthenticationDetails"]["numberForMatching"];
        assert_eq!(number.is_u64(), polls, "{asked}");
    }
    drop(phone);
}

#[tokio::test]
async fn a_session_is_canceled_or_another_device_chosen() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let other = client.pair_phone("jdoe", "13035551234").await;
    let body = with(start("jdoe"), "async", true);
    let started = client
        .call("startauthentication", body.clone())
        .await
        .expect(30_010);
    let session = started["sessionId"].clone();
    let cancel = |kind: &str| json!({ "sessionId": session, "cancelAuthenticationType": kind });
    client
        .call("cancelauthentication", cancel("WHY"))
        .await
        .expect(400);
    client
        .done("cancelauthentication", cancel("CHANGE_DEVICE"))
        .await;
    let chosen = with(
        with(body.clone(), "sessionId", session.clone()),
        "deviceId",
        other,
    );
    client
        .call("startauthentication", chosen)
        .await
        .expect(30_001);
    client.done("cancelauthentication", cancel("DEFAULT")).await;
    let event = house.last_event("pingid.authentication_failed").await;
    assert_eq!(event["detail"]["username"], "jdoe");
    client
        .call("authstatus", json!({ "sessionId": session }))
        .await
        .expect(400);
    client
        .call("cancelauthentication", cancel("DEFAULT"))
        .await
        .expect(400);
    drop(phone);
}

#[tokio::test]
async fn a_code_is_asked_for_in_place_of_an_approval() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let otp = json!({ "authType": "OTP", "spAlias": "web", "userName": "jdoe" });
    client.call("authonline", otp.clone()).await.expect(10_551);
    client.pair_phone("jdoe", "13035551234").await;
    client.call("authonline", otp).await.expect(30_001);
    assert_eq!(phone.asked().await.len(), 0);
}
