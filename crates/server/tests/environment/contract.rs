//! What every flow tells, at whatever it is.

use domain::port::Changes;
use domain::port::fixed::CountingRandom;
use domain::{Authenticator, Device, DeviceId, DeviceKind, DeviceStatus};
use serde_json::{Value, json};
use testkit::{Dpop, Environment, House, Person};

use super::flow::{act, right, without_redirect};
use super::management::mistakes;

/// What a person is told of themselves.
fn shown(person: &Person) -> Value {
    json!({
        "id": person.id.uuid().to_string(),
        "username": person.username,
        "name": { "given": person.username },
    })
}

#[track_caller]
fn is_whole(flow: &Value) {
    for time in ["createdAt", "expiresAt"] {
        assert!(flow[time].is_string(), "{time}: {flow}");
    }
    assert_eq!(
        flow["_embedded"]["application"]["name"], "The shop",
        "{flow}"
    );
}

#[tokio::test]
async fn pingone_1_3_who_is_known_is_told_with_the_session_and_nobody_who_is_only_named() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let fields = json!({ "bypassApprovalPage": true });
    let shop = env.add_client_with("shop", fields).await;
    let request = without_redirect(shop.request());
    let mut browser = house.browser();
    let flow = browser.go(&request).await.expect_status(200).json();
    is_whole(&flow);
    let address = flow["_links"]["self"]["href"].as_str().unwrap();
    for name in ["alice", "nobody"] {
        let wrong = json!({ "username": name, "password": "wrong" });
        let wrong = act(&mut browser, &flow, "usernamePassword.check", &wrong).await;
        let _ = wrong.expect_status(400);
        let flow = browser.get(address).await.expect_status(200).json();
        let typed = json!({ "username": name });
        assert_eq!(flow["_embedded"]["user"], typed);
        assert!(flow.get("session").is_none());
    }
    let done = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED");
    is_whole(&done);
    assert_eq!(done["_embedded"]["user"], shown(&alice));
    let session = done["session"]["id"].as_str().unwrap();
    assert!(session.parse::<domain::Uuid>().is_ok());
    // It is the session of the tokens, and the next flow is in it.
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop.exchange(&request, code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(tokens.id_claims["sid"], session);
    let fields = json!({ "name": "The shop", "bypassApprovalPage": false });
    let other = env.add_client_with("other", fields).await;
    let asked = browser.go(&without_redirect(other.request())).await.json();
    assert_eq!(asked["status"], "AGREEMENT_CONSENT_REQUIRED");
    is_whole(&asked);
    assert_eq!(asked["session"]["id"], session);
    assert_eq!(asked["_embedded"]["user"], shown(&alice));
    let no = json!({ "accept": false });
    let failed = act(&mut browser, &asked, "user.consent", &no).await.json();
    assert_eq!(failed["status"], "FAILED", "{failed}");
    is_whole(&failed);
    assert_eq!(failed["authorizeResponse"]["error"], "access_denied");
}

#[tokio::test]
async fn pingone_1_3_a_flow_that_began_in_a_browser_fails_where_its_page_is_drawn() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &alice).await;
    let id = page.url.path().rsplit('/').next().unwrap().to_owned();
    let flow = browser.get(&env.at(&format!("/flows/{id}"))).await.json();
    let no = json!({ "accept": false });
    let failed = act(&mut browser, &flow, "user.consent", &no).await;
    let failed = failed.expect_status(200).json();
    assert_eq!(failed["status"], "FAILED");
    is_whole(&failed);
    let left = browser.open(failed["resumeUrl"].as_str().unwrap()).await;
    let left = left.location();
    assert!(left.as_str().contains("error=access_denied"), "{left}");
}

#[tokio::test]
async fn pingone_1_7_a_flow_without_redirects_is_resumed_as_json() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let flow = browser.go(&without_redirect(shop.request())).await;
    let flow = flow.expect_status(200).json();
    let address = flow["resumeUrl"].as_str().unwrap();
    let resumed = browser.get(address).await.expect_status(200).json();
    assert_eq!(resumed, flow);
    let stranger = house.browser().get(address).await.expect_status(404);
    assert_eq!(stranger.json()["code"], "NOT_FOUND");
}

#[tokio::test]
async fn pingone_1_1_an_environment_says_that_it_answers_without_redirects() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    for (issuer, says) in [(&env.issuer, true), (&house.issuer, false)] {
        let address = format!("{issuer}/.well-known/openid-configuration");
        let document = house.http.get(address).await.json();
        let modes = document["response_modes_supported"].as_array().unwrap();
        assert_eq!(modes.contains(&json!("pi.flow")), says);
    }
}

/// Gives a person an authenticator, which they prefer to all else.
async fn add_authenticator(env: &Environment<'_>, house: &House, person: &Person) {
    let jwk = Dpop::new(house).key().jwk().to_public_value();
    let kind = DeviceKind::Authenticator(Authenticator {
        key: jwk.unwrap(),
        subscription: None,
    });
    let mut changes = Changes::none();
    changes.insert(&Device {
        id: DeviceId::new(house.now(), &CountingRandom::default()),
        user: person.id,
        name: "Phone".to_owned(),
        kind,
        status: DeviceStatus::Active,
        created: house.now(),
        last_used: None,
        position: 0,
        pairing: None,
    });
    env.records.commit(changes).await.unwrap();
}

#[tokio::test]
async fn pingone_1_3_who_waits_for_an_authenticator_may_take_another_device() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    add_authenticator(&env, &house, &alice).await;
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let flow = browser.go(&without_redirect(shop.request())).await.json();
    let flow = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let flow = flow.expect_status(200).json();
    assert_eq!(flow["status"], "PUSH_CONFIRMATION_REQUIRED", "{flow}");
    assert_eq!(flow["_embedded"]["user"], shown(&alice));
    let cancel = "cancel.push.authentication";
    let other = json!({ "reason": "ANOTHER" });
    let refused = act(&mut browser, &flow, cancel, &other).await;
    assert_eq!(mistakes(refused)[0].1, "reason");
    let change = json!({ "reason": "CHANGE_DEVICE" });
    let chosen = act(&mut browser, &flow, cancel, &change).await;
    let chosen = chosen.expect_status(200).json();
    assert_eq!(chosen["status"], "DEVICE_SELECTION_REQUIRED");
    // It stays so until one is chosen.
    let address = chosen["_links"]["self"]["href"].as_str().unwrap();
    let same = browser.get(address).await.json();
    assert_eq!(same["status"], "DEVICE_SELECTION_REQUIRED");
    let device = json!({ "device": { "id": same["_embedded"]["devices"][0]["id"] } });
    let asked = act(&mut browser, &same, "device.select", &device)
        .await
        .json();
    assert_eq!(asked["status"], "PUSH_CONFIRMATION_REQUIRED", "{asked}");
}
