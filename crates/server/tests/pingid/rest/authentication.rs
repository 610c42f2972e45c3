//! People prove who they are: by codes, and by what they approve.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::House;

use super::client::{Client, Phone};

fn start(username: &str) -> Value {
    json!({ "userName": username, "spAlias": "web" })
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
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
    let rule = authn::flow::Rule {
        networks: Vec::new(),
        countries: Vec::new(),
        clients: Vec::new(),
        groups: vec!["Guests".to_owned()],
        groups_unknown: false,
        strong_older_than: None,
        verdict: authn::flow::Verdict::Deny,
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
        settings.policy.devices.selection = authn::flow::Selection::PromptToSelect;
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

async fn with_phone(house: &House) -> (Client<'_>, Phone<'_>) {
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
