//! People: added, changed, looked at, suspended, let through and deleted.

use serde_json::{Value, json};
use testkit::House;

use super::client::Client;

#[tokio::test]
async fn a_user_is_added_with_what_clients_write_in_any_case() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({
        "activateUser": false, "fName": "John", "lname": "Doe", "email": "jdoe@example.com",
        "username": "jdoe", "role": "REGULAR", "clientData": "kept", "picUrl": null,
    });
    let added = client.done("adduser", body.clone()).await;
    assert_eq!(added["clientData"], "kept");
    assert!(added.get("activationCode").is_none());
    let details = &added["userDetails"];
    assert_eq!(details["userName"], "jdoe");
    assert_eq!(
        (&details["fname"], &details["lname"]),
        (&json!("John"), &json!("Doe"))
    );
    assert_eq!(details["email"], "jdoe@example.com");
    assert_eq!(
        (&details["role"], &details["status"]),
        (&json!("REGULAR"), &json!("NOT_ACTIVE"))
    );
    assert_eq!(details["userEnabled"], true);
    assert_eq!(details["userInBypass"], false);
    assert_eq!(details["deviceDetails"], Value::Null);
    assert_eq!(details["lastLogin"], Value::Null);
    assert_eq!(details["spList"][0]["spAlias"], "web");
    assert_eq!(details["devicesDetails"], json!([]));
    assert!(details["userId"].as_i64().unwrap() > 0);
    let event = house.last_event("user.added").await;
    assert_eq!(event["detail"]["username"], "jdoe");
    assert_eq!(event["actor"]["name"], client.party.alias);
    client.call("adduser", body).await.expect(10_556);
    assert_eq!(client.refusal().await["errorId"], 10_556);
}

#[tokio::test]
async fn what_a_user_cannot_be_is_refused() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    for bad in [
        json!({}),
        json!({ "username": "" }),
        json!({ "username": 7 }),
        json!({ "username": "x".repeat(129) }),
        json!({ "username": "a", "role": "ADMIN" }),
        json!({ "username": "a", "role": "OTHER" }),
        json!({ "username": "a", "email": "nonsense" }),
        json!({ "username": "a", "fname": "x".repeat(257) }),
        json!({ "username": "a", "picUrl": "http://example.com/a.png" }),
        json!({ "username": "a", "activateUser": "perhaps" }),
        json!({ "username": "a", "deviceType": "WATCH" }),
        json!({ "username": "a", "clientData": "x".repeat(4097) }),
        json!({ "username": "a", "userName": "b", "USERNAME": "c" }),
    ] {
        client.call("adduser", bad.clone()).await.expect(400);
    }
    let body = json!({ "userName": "a" });
    client.call("getuserdetails", body).await.expect(10_564);
}

#[tokio::test]
async fn an_edited_user_is_what_was_given_and_nothing_else() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let body =
        json!({ "userName": "JDOE", "lName": "Roe", "role": "REGULAR", "activateUser": false });
    let edited = client.done("edituser", body).await;
    let details = &edited["userDetails"];
    assert_eq!(
        (&details["fname"], &details["lname"]),
        (&Value::Null, &json!("Roe"))
    );
    assert_eq!(details["email"], Value::Null);
    assert_eq!(client.details("jdoe").await["lname"], "Roe");
    let event = house.last_event("user.changed").await;
    assert_eq!(event["detail"]["before"]["profile"]["family_name"], "Doe");
    assert_eq!(event["detail"]["after"]["profile"]["family_name"], "Roe");
    let nobody = json!({ "userName": "nobody" });
    client.call("edituser", nobody).await.expect(10_564);
}

#[tokio::test]
async fn they_are_the_people_who_sign_on_at_the_other_doors() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let client = Client::of(&house).await;
    let details = client.details("Bob").await;
    assert_eq!(details["status"], "ACTIVE");
    assert_eq!(details["deviceDetails"]["type"], "Authenticator App");
    assert_eq!(details["deviceDetails"]["deviceRole"], "PRIMARY");
    assert_eq!(details["email"], "bob@example.com");
    client
        .done("suspenduser", json!({ "userName": "bob" }))
        .await;
    let party = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&party.request()).await;
    let page = browser.enter_password(&page, &bob).await;
    assert!(page.has_form("sign-on"), "{}", page.text());
}

#[tokio::test]
async fn a_suspended_user_is_activated_again() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let device = client.pair_phone("jdoe", "13035551234").await;
    let who = json!({ "userName": "jdoe" });
    client
        .call("activateuser", who.clone())
        .await
        .expect(10_562);
    client.done("suspenduser", who.clone()).await;
    assert_eq!(client.details("jdoe").await["status"], "SUSPENDED");
    client.call("suspenduser", who.clone()).await.expect(10_561);
    client
        .call(
            "startauthentication",
            json!({ "userName": "jdoe", "spAlias": "web" }),
        )
        .await
        .expect(10_551);
    client
        .call("getactivationcode", who.clone())
        .await
        .expect(10_551);
    let activated = client.done("activateuser", who.clone()).await;
    assert_eq!(activated["activationCode"], Value::Null);
    assert_eq!(client.details("jdoe").await["status"], "ACTIVE");
    for event in ["user.suspended", "user.activated"] {
        assert_eq!(house.last_event(event).await["detail"]["username"], "jdoe");
    }
    // Who has no device is given a code to have one.
    let body = json!({ "userName": "jdoe", "deviceId": device });
    client.done("unpairdevice", body).await;
    let activated = client.done("activateuser", who).await;
    assert_eq!(activated["activationCode"].as_str().unwrap().len(), 18);
    assert_eq!(client.details("jdoe").await["status"], "PENDING_ACTIVATION");
}

#[tokio::test]
async fn a_bypass_lets_somebody_through_until_it_ends() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.pair_phone("jdoe", "13035551234").await;
    let until = house.now().millis() + 60_000;
    let body = json!({ "userName": "jdoe", "bypassUntil": until, "spAliases": ["web"] });
    client.done("userbypass", body).await;
    let details = client.details("jdoe").await;
    assert_eq!(details["userInBypass"], true);
    assert_eq!(details["status"], "BYPASS");
    assert_eq!(details["spList"][0]["status"], "BYPASS");
    assert_eq!(details["spList"][0]["bypassExpiration"], until);
    let start = json!({ "userName": "jdoe", "spAlias": "web" });
    client.done("startauthentication", start.clone()).await;
    assert_eq!(
        house.last_event("pingid.bypassed").await["detail"]["username"],
        "jdoe"
    );
    house.advance(std::time::Duration::from_mins(1));
    client
        .call("startauthentication", start.clone())
        .await
        .expect(30_001);
    let body = json!({ "userName": "jdoe", "bypassUntil": until + 600_000 });
    client.done("userbypass", body).await;
    let off = json!({ "userName": "jdoe", "bypassUntil": null });
    client.done("userbypass", off).await;
    let details = client.details("jdoe").await;
    assert_eq!(details["userInBypass"], false);
    assert_eq!(details["status"], "ACTIVE");
    let event = house.last_event("user.bypass_changed").await;
    assert_eq!(event["detail"]["until"], Value::Null);
    let past = json!({ "userName": "jdoe", "bypassUntil": 1 });
    client.call("userbypass", past).await.expect(400);
    let other = json!({ "userName": "jdoe", "bypassUntil": until, "spAliases": ["vpn"] });
    client.call("userbypass", other).await.expect(10_554);
}

#[tokio::test]
async fn who_is_blocked_for_a_while_is_told_to_be() {
    let house = House::open_with(|settings| settings.policy.devices.messages.limit = 1).await;
    let client = Client::of(&house).await;
    let start = |username: &str| json!({ "userName": username, "spAlias": "web" });
    for (username, number) in [("locked", "13035551234"), ("sent", "13035551235")] {
        client.add(username).await;
        client.pair_phone(username, number).await;
        assert_eq!(client.details(username).await["status"], "ACTIVE");
    }
    let started = client.call("startauthentication", start("locked")).await;
    let session = started.expect(30_001)["sessionId"].clone();
    let wrong = json!({ "userName": "locked", "sessionId": session, "otp": "x" });
    for _ in 0..5 {
        let tried = client.call("authoffline", wrong.clone()).await;
        tried.expect(10_551);
    }
    assert_eq!(client.details("locked").await["status"], "LOCKED");
    let started = client.call("startauthentication", start("sent")).await;
    started.expect(30_001);
    assert_eq!(client.details("sent").await["status"], "OTP_LOCKED");
    house.advance(std::time::Duration::from_hours(1));
    for username in ["locked", "sent"] {
        assert_eq!(client.details(username).await["status"], "ACTIVE");
    }
}

#[tokio::test]
async fn where_no_authenticator_is_used_nobody_is_activated() {
    let house = House::open_with(|settings| {
        let allowed = &mut settings.policy.devices.allowed;
        allowed.retain(|kind| *kind != authn::evidence::FactorKind::Push);
    })
    .await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    client.call("adduser", body.clone()).await.expect(10_565);
    let who = json!({ "userName": "jdoe" });
    client
        .call("getuserdetails", who.clone())
        .await
        .expect(10_564);
    client.add("jdoe").await;
    client.call("edituser", body).await.expect(10_565);
    for operation in ["activateuser", "getactivationcode"] {
        client.call(operation, who.clone()).await.expect(10_565);
    }
}

#[tokio::test]
async fn everybody_has_the_one_service() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let service = |name: &str| json!({ "userName": "jdoe", "spAlias": name });
    client.done("addservice", service("web")).await;
    client
        .call("addservice", service("vpn"))
        .await
        .expect(10_554);
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let added = client.done("adduser", body).await;
    client.pair_phone("jdoe", "13035551234").await;
    let who = json!({ "userName": "jdoe" });
    client.done("deleteuser", who.clone()).await;
    assert_eq!(
        house.last_event("user.deleted").await["detail"]["username"],
        "jdoe"
    );
    for operation in [
        "getuserdetails",
        "edituser",
        "deleteuser",
        "suspenduser",
        "activateuser",
        "userbypass",
        "getactivationcode",
        "unpairdevice",
        "startauthentication",
        "authonline",
    ] {
        client.call(operation, who.clone()).await.expect(10_564);
    }
    let code = json!({ "activationCode": added["activationCode"] });
    let status = client.done("pairingstatus", code).await;
    assert_eq!(status["pairingStatus"], "NOT_EXIST");
}
