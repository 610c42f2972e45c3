//! Pairing by activation codes, by codes that are sent and by apps; devices unpaired, named, ordered.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::House;
use testkit::totp_code;

use super::client::{Client, Phone, lead};

#[tokio::test]
async fn an_activation_code_connects_an_authenticator() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true, "deviceType": "MOBILE" });
    let added = client.done("adduser", body).await;
    let code = added["activationCode"].as_str().unwrap();
    assert_eq!(added["userDetails"]["status"], "PENDING_ACTIVATION");
    let status = async |code: &str| {
        client
            .done("pairingstatus", json!({ "activationCode": code }))
            .await
    };
    assert_eq!(status(code).await["pairingStatus"], "NOT_CLAIMED");
    let _ = lead(&house, code).await.expect_status(303);
    assert_eq!(status(code).await["pairingStatus"], "VERIFIED");
    let _phone = Phone::activated(&house, &house.issuer, code).await;
    let paired = status(code).await;
    assert_eq!(paired["pairingStatus"], "SUCCESS");
    let details = client.details("jdoe").await;
    assert_eq!(details["status"], "ACTIVE");
    let device = &details["deviceDetails"];
    assert_eq!(device["deviceId"], paired["deviceId"]);
    assert_eq!(
        (&device["type"], &device["pushEnabled"]),
        (&json!("Android"), &json!(true))
    );
    assert_eq!(
        device["enrollment"].as_str().unwrap().len(),
        "2026-11-22 05:00:00.000".len()
    );
    // It is told once, and opens nothing any more.
    assert_eq!(status(code).await["pairingStatus"], "NOT_EXIST");
    assert_eq!(lead(&house, code).await.status, 404);
    assert_eq!(client.refusal().await["operation"], "qrredirection");
    let event = house.last_event("pingid.activation_code_opened").await;
    assert_eq!(event["detail"]["username"], "jdoe");
    let event = house.last_event("pingid.activation_code_made").await;
    assert_eq!(event["detail"]["username"], "jdoe");
}

#[tokio::test]
async fn a_code_that_has_connected_an_authenticator_connects_no_other_once_that_is_gone() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let code = client.done("adduser", body).await["activationCode"].clone();
    let code = code.as_str().unwrap();
    let _phone = Phone::activated(&house, &house.issuer, code).await;
    // Nobody has asked what became of it, and somebody takes it for a stranger's.
    let who = json!({ "userName": "jdoe" });
    client.done("unpairdevice", who).await;
    assert_eq!(lead(&house, code).await.status, 404);
    let status = json!({ "activationCode": code });
    let status = client.done("pairingstatus", status).await;
    assert_eq!(status["pairingStatus"], "NOT_EXIST");
}

#[tokio::test]
async fn a_link_that_was_opened_goes_with_its_code() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let first = client.done("adduser", body).await["activationCode"].clone();
    let opened = lead(&house, first.as_str().unwrap()).await;
    let link = opened.expect_status(303).location();
    let pairing = link.fragment().unwrap().strip_prefix("pair=").unwrap();
    let id: domain::DeviceId = pairing.split('.').next().unwrap().parse().unwrap();
    let begun = async || house.records().get::<domain::Device>(id).await.unwrap();
    assert!(begun().await.is_some());
    let who = json!({ "userName": "jdoe" });
    client.done("getactivationcode", who).await;
    assert!(begun().await.is_none(), "it pairs nothing any more");
}

#[tokio::test]
async fn a_code_is_good_for_a_while_and_the_last_one_alone() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let code = async |hours: Value| {
        let body = json!({ "userName": "jdoe", "hoursUntilExpiration": hours });
        client.done("getactivationcode", body).await["activationCode"].clone()
    };
    let status = async |code: &Value| {
        let body = json!({ "activationCode": code });
        client.done("pairingstatus", body).await["pairingStatus"].clone()
    };
    let first = code(Value::Null).await;
    let second = code(json!(1)).await;
    assert_eq!(status(&first).await, "NOT_EXIST");
    assert_eq!(status(&second).await, "NOT_CLAIMED");
    let number: i64 = second.as_str().unwrap().parse().unwrap();
    assert_eq!(status(&json!(number)).await, "NOT_CLAIMED");
    house.advance(Duration::from_hours(1));
    assert_eq!(status(&second).await, "NOT_EXIST");
    assert_eq!(lead(&house, second.as_str().unwrap()).await.status, 404);
    for hours in [0, 337] {
        let body = json!({ "userName": "jdoe", "hoursUntilExpiration": hours });
        client.call("getactivationcode", body).await.expect(400);
    }
    for bad in ["", "1", "436348609435", "999999999999999999"] {
        assert_eq!(lead(&house, bad).await.status, 404);
    }
    client.call("pairingstatus", json!({})).await.expect(400);
}

#[tokio::test]
async fn nobody_who_is_suspended_connects_anything() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let code = client.done("adduser", body).await["activationCode"].clone();
    client
        .done("suspenduser", json!({ "userName": "jdoe" }))
        .await;
    assert_eq!(lead(&house, code.as_str().unwrap()).await.status, 404);
    let pairing = json!({ "username": "jdoe", "type": "SMS", "pairingData": "13035551234" });
    for operation in ["startofflinepairing", "offlinepairing"] {
        client.call(operation, pairing.clone()).await.expect(10_551);
    }
    let body = json!({ "username": "jdoe", "pairingType": "TOTP" });
    client
        .call("authenticatorappstartpairing", body)
        .await
        .expect(10_551);
}

#[tokio::test]
async fn a_device_is_paired_by_the_code_that_is_sent_to_it() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    for (kind, data, told) in [
        ("SMS", "13035551234", "SMS"),
        ("VOICE", "+1 303 555 1234", "Voice"),
        ("EMAIL", "jdoe@example.com", "Email"),
    ] {
        let body = json!({ "username": "jdoe", "type": kind, "pairingData": data });
        let started = client.done("startofflinepairing", body).await;
        let session = started["sessionId"].as_str().unwrap();
        assert!(started["deviceUuid"].as_str().unwrap().len() == 36);
        let wrong = json!({ "sessionId": session, "otp": "000000x" });
        client
            .call("finalizeofflinepairing", wrong)
            .await
            .expect(10_551);
        // It is read out figure by figure.
        let text = house.last_told().await.replace(", ", "");
        let otp = testkit::code_in(&text);
        let body = json!({ "sessionId": session, "otp": otp, "clientData": "kept" });
        client.done("finalizeofflinepairing", body.clone()).await;
        client
            .call("finalizeofflinepairing", body)
            .await
            .expect(400);
        let devices = client.details("jdoe").await["devicesDetails"].clone();
        let device = devices.as_array().unwrap().last().unwrap();
        assert_eq!(device["type"], told);
        assert_eq!(device["deviceId"], started["deviceId"]);
    }
    let devices = client.details("jdoe").await["devicesDetails"].clone();
    let of = |place: usize, name: &str| devices[place][name].clone();
    assert_eq!(
        (of(0, "countryCode"), of(0, "phoneNumber")),
        (json!("1"), json!("3035551234"))
    );
    assert_eq!(of(2, "email"), "jdoe@example.com");
    assert_eq!(
        (of(0, "deviceRole"), of(1, "deviceRole")),
        (json!("PRIMARY"), json!("SECONDARY"))
    );
    let event = house.last_event("device.enrolled").await;
    assert_eq!(event["actor"]["name"], client.party.alias);
}

#[tokio::test]
async fn what_cannot_be_paired_is_refused() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let body =
        |kind: &str, data: &str| json!({ "username": "jdoe", "type": kind, "pairingData": data });
    for operation in ["startofflinepairing", "offlinepairing"] {
        for (kind, data, id) in [
            ("SMS", "+12025550123,2992", 400),
            ("SMS", "nonsense", 400),
            ("EMAIL", "nonsense", 400),
            ("TOKEN", "123", 400),
            ("AUTHENTICATOR_APP", "ABC", 400),
            ("PIGEON", "coo", 400),
            ("SMS", "13035551234", 20_549),
        ] {
            client.call(operation, body(kind, data)).await.expect(id);
        }
    }
    client.add("other").await;
    let unique = json!({
        "username": "other", "type": "SMS", "pairingData": "13035551234", "validateUniqueDevice": "true",
    });
    client.call("offlinepairing", unique).await.expect(20_549);
    let yubikey =
        json!({ "username": "jdoe", "otp": "ccccccdugencbubvthvennvnduljtfhnjldtnctfdfkn" });
    client.call("pairyubikey", yubikey).await.expect(400);
    let cause = client.refusal().await["cause"].clone();
    assert!(cause.as_str().unwrap().contains("not used here"), "{cause}");
    for operation in ["resyncoathtoken", "createorgtokens", "revokeorgtokens"] {
        client.call(operation, json!({})).await.expect(400);
    }
    for session in [
        "oacts_x",
        "webs_1",
        "oacts_00000000-0000-4000-8000-000000000000",
    ] {
        let body = json!({ "sessionId": session, "otp": "123456" });
        client
            .call("finalizeofflinepairing", body)
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn there_are_so_many_devices_and_no_more() {
    let house = House::open_with(|settings| settings.policy.devices.most = 1).await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let body = json!({ "username": "jdoe", "type": "EMAIL", "pairingData": "a@example.com" });
    client.call("offlinepairing", body).await.expect(20_562);
}

#[tokio::test]
async fn an_app_that_shows_codes_is_paired_by_one() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let body = json!({ "username": "jdoe", "pairingType": "TOTP" });
    let started = client.done("authenticatorappstartpairing", body).await;
    let key = started["pairingKey"].as_str().unwrap().replace(' ', "");
    let uri = started["pairingKeyUri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&key));
    let finish = |otp: &str| json!({ "sessionId": started["sessionId"], "otp": otp });
    let operation = "authenticatorappfinishpairing";
    client.call(operation, finish("1")).await.expect(10_551);
    let otp = totp_code(&key, house.now());
    client.done(operation, finish(&otp)).await;
    let device = client.details("jdoe").await["deviceDetails"].clone();
    assert_eq!(device["type"], "Authenticator App");
    let other = json!({ "username": "jdoe", "pairingType": "HOTP" });
    client
        .call("authenticatorappstartpairing", other)
        .await
        .expect(400);
}

#[tokio::test]
async fn devices_are_named_ordered_and_unpaired() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let mut ids = Vec::new();
    for number in ["13035551234", "13035551235", "13035551236"] {
        ids.push(client.pair_phone("jdoe", number).await);
    }
    let update = |id: i64, name: &str, value: &str| {
        json!({
            "userName": "jdoe", "deviceId": id, "attributeName": name, "attributeValue": value,
        })
    };
    let order = async || -> Vec<i64> {
        let devices = client.details("jdoe").await["devicesDetails"].clone();
        let devices = devices.as_array().unwrap();
        devices
            .iter()
            .map(|it| it["deviceId"].as_i64().unwrap())
            .collect()
    };
    client
        .done("updatedeviceattr", update(ids[0], "NICKNAME", "Work"))
        .await;
    assert_eq!(
        client.details("jdoe").await["deviceDetails"]["nickname"],
        "Work"
    );
    client
        .done("updatedeviceattr", update(ids[2], "SET_PRIMARY", "true"))
        .await;
    assert_eq!(order().await, [ids[2], ids[0], ids[1]]);
    client
        .done("updatedeviceattr", update(ids[2], "ORDER", "3"))
        .await;
    assert_eq!(order().await, ids);
    for (id, name, value) in [
        (ids[0], "ORDER", "0"),
        (ids[0], "ORDER", "4"),
        (ids[0], "SET_PRIMARY", "false"),
        (ids[0], "COLOUR", "red"),
        (ids[0], "NICKNAME", "\u{202e}x"),
        (7, "NICKNAME", "x"),
    ] {
        client
            .call("updatedeviceattr", update(id, name, value))
            .await
            .expect(400);
    }
    let one = json!({ "userName": "jdoe", "deviceId": ids[1] });
    client.done("unpairdevice", one.clone()).await;
    assert_eq!(order().await, [ids[0], ids[2]]);
    client.call("unpairdevice", one).await.expect(400);
    client
        .done("unpairdevice", json!({ "userName": "jdoe" }))
        .await;
    assert_eq!(order().await, Vec::<i64>::new());
    assert_eq!(client.details("jdoe").await["status"], "NOT_ACTIVE");
    let event = house.last_event("device.removed").await;
    assert_eq!(event["detail"]["username"], "jdoe");
}
