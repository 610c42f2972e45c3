//! People prove who they are by codes.

use authn::flow::{Rule, Selection, Verdict};
use serde_json::{Value, json};
use testkit::House;

use super::client::Client;

pub(super) fn start(username: &str) -> Value {
    json!({ "userName": username, "spAlias": "web" })
}

pub(super) fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

#[tokio::test]
async fn a_code_that_was_sent_proves_who_somebody_is() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let started = client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_001);
    let session = started["sessionId"].as_str().unwrap();
    assert!(session.starts_with("webs_"));
    assert_eq!(started["userDevices"][0]["type"], "SMS");
    assert_eq!(started["multipleDevicesEnabled"], true);
    assert_eq!(
        started["extendedAuthenticationDetails"]["numberForMatching"],
        Value::Null
    );
    let offline = |otp: &str| json!({ "spAlias": "web", "userName": "jdoe", "sessionId": session, "otp": otp });
    client
        .call("authoffline", offline("000000x"))
        .await
        .expect(10_551);
    let otp = house.sent_code().await;
    let proven = client.done("authoffline", offline(&otp)).await;
    assert_eq!(proven["sessionId"], session);
    let event = house.last_event("pingid.authenticated").await;
    assert_eq!(event["detail"]["username"], "jdoe");
    assert_eq!(event["detail"]["factor"], "sms");
    assert_eq!(event["actor"]["name"], client.party.alias);
    // It was good once, and for nothing else.
    client.call("authoffline", offline(&otp)).await.expect(400);
    client
        .call("authstatus", json!({ "sessionId": session }))
        .await
        .expect(400);
    assert_eq!(
        client.details("jdoe").await["lastLogin"].as_i64(),
        Some(house.now().millis() - 3)
    );
}

#[tokio::test]
async fn each_kind_of_device_has_a_number_of_its_own() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let bob = house.add_person_with_totp("bob").await;
    let started = client
        .call("startauthentication", start("bob"))
        .await
        .expect(30_015);
    let body = json!({
        "userName": "bob", "sessionId": started["sessionId"], "otp": bob.code_at(house.now()),
    });
    client.done("authoffline", body).await;
    for (kind, data, id) in [
        ("VOICE", "13035551234", 30_002),
        ("EMAIL", "a@example.com", 30_005),
    ] {
        client.add(kind).await;
        let body = json!({ "username": kind, "type": kind, "pairingData": data });
        client.done("offlinepairing", body).await;
        client
            .call("startauthentication", start(kind))
            .await
            .expect(id);
    }
    client.add("nobody").await;
    client
        .call("startauthentication", start("nobody"))
        .await
        .expect(10_551);
}

#[tokio::test]
async fn who_has_codes_on_paper_alone_is_asked_for_one() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let alice = house.add_person("alice").await;
    let random = domain::port::fixed::CountingRandom::default();
    let (codes, paper) = authn::factor::recovery::generate(alice.id, house.now(), &random);
    let mut changes = domain::port::Changes::none();
    changes.insert(&paper);
    house.records().commit(changes).await.unwrap();
    let started = client.call("startauthentication", start("alice")).await;
    let started = started.expect(30_012);
    assert_eq!(started["userDevices"], json!([]));
    let body = json!({
        "userName": "alice", "sessionId": started["sessionId"], "otp": codes[0].expose(),
    });
    client.done("authoffline", body).await;
    let event = house.last_event("pingid.authenticated").await;
    assert_eq!(event["detail"]["factor"], "recovery_code");
}

#[tokio::test]
async fn rules_go_by_the_groups_that_the_organisation_tells() {
    let rule = Rule {
        groups: vec!["Guests".to_owned()],
        ..Rule::always(Verdict::Deny)
    };
    let house = House::open_with(|settings| settings.policy.rules = vec![rule]).await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    for (groups, enforces, denied) in [
        (json!(["staff", "guests"]), true, true),
        (json!(["staff"]), true, false),
        (json!([]), true, false),
        (Value::Null, true, false),
        // Nothing is to be enforced: nobody is asked about groups.
        (json!(["guests"]), false, false),
    ] {
        let body = with(start("jdoe"), "memberOf", groups.clone());
        let body = with(body, "enforcePolicy", enforces);
        let started = client.call("startauthentication", body).await;
        match denied {
            true => {
                started.expect(10_551);
                let cause = client.refusal().await["cause"].to_string();
                assert!(cause.contains("A policy denies"), "{cause}");
            }
            false => {
                started.expect(30_001);
            }
        }
    }
}

#[tokio::test]
async fn somebody_else_answers_nothing() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    for (name, number) in [("jdoe", "13035551234"), ("other", "13035551235")] {
        client.add(name).await;
        client.pair_phone(name, number).await;
    }
    let started = client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_001);
    let otp = house.sent_code().await;
    let body = json!({ "userName": "other", "sessionId": started["sessionId"], "otp": otp });
    client.call("authoffline", body).await.expect(400);
    let again = with(start("other"), "sessionId", started["sessionId"].clone());
    client.call("startauthentication", again).await.expect(400);
    let body = json!({ "userName": "jdoe", "sessionId": started["sessionId"], "otp": otp });
    client.done("authoffline", body).await;
}

#[tokio::test]
async fn wrong_codes_are_counted() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let started = client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_001);
    let offline =
        |otp: &str| json!({ "userName": "jdoe", "sessionId": started["sessionId"], "otp": otp });
    let otp = house.sent_code().await;
    for _ in 0..5 {
        client
            .call("authoffline", offline("000000x"))
            .await
            .expect(10_551);
    }
    // RTS art. 4(3)(b): the right one is refused as well.
    client
        .call("authoffline", offline(&otp))
        .await
        .expect(10_551);
}

#[tokio::test]
async fn one_of_several_devices_is_chosen() {
    let house = House::open_with(|settings| {
        settings.policy.devices.selection = Selection::PromptToSelect;
    })
    .await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_001);
    let second = client.pair_phone("jdoe", "13035551235").await;
    let listed = client
        .call("startauthentication", start("jdoe"))
        .await
        .expect(30_008);
    assert_eq!(listed["userDevices"].as_array().unwrap().len(), 2);
    let body = json!({ "sessionId": listed["sessionId"], "otp": "123456", "userName": "jdoe" });
    client.call("authoffline", body).await.expect(10_551);
    let chosen = with(start("jdoe"), "sessionId", listed["sessionId"].clone());
    let none = with(chosen.clone(), "deviceId", 7);
    client.call("startauthentication", none).await.expect(400);
    let chosen = with(chosen, "deviceId", second);
    let asked = client
        .call("startauthentication", chosen.clone())
        .await
        .expect(30_001);
    // What was sent a moment ago is still on its way.
    let sent = house.messages().await.len();
    client
        .call("startauthentication", chosen)
        .await
        .expect(30_001);
    assert_eq!(house.messages().await.len(), sent);
    let body = json!({
        "userName": "jdoe", "sessionId": asked["sessionId"], "otp": house.sent_code().await,
    });
    client.done("authoffline", body).await;
}

#[tokio::test]
async fn what_a_client_sends_is_bounded() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let groups =
        |count: usize| -> Value { vec!["CN=aliceA,OU=US,OU=Americas,DC=net"; count].into() };
    for (name, value) in [
        ("spAlias", json!("vpn")),
        ("ipAddr", json!("nowhere")),
        ("application", json!("x".repeat(501))),
        ("cookie", json!("x".repeat(5001))),
        ("reqDevFP", json!("x".repeat(50_001))),
        ("memberOf", groups(1001)),
        ("async", json!("perhaps")),
        ("deviceId", json!("x")),
        ("formParameters", json!([])),
    ] {
        let id = if name == "spAlias" { 10_554 } else { 400 };
        let body = with(start("jdoe"), name, value);
        client.call("startauthentication", body).await.expect(id);
    }
    let mut body = start("jdoe");
    for (name, value) in [
        ("ipAddr", json!("103.25.46.58")),
        ("application", json!("google.com")),
        ("enforcePolicy", json!("true")),
        ("cookie", json!("x".repeat(5000))),
        ("reqDevFP", json!("x".repeat(50_000))),
        ("memberOf", groups(1000)),
        ("async", json!("false")),
    ] {
        body = with(body, name, value);
    }
    client
        .call("startauthentication", body)
        .await
        .expect(30_001);
}
