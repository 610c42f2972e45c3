//! The face at the doors without pages of ours: the authentication API, the flows of an environment, and
//! applications that ask for devices alone.

use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, FaceDevice, House, Reply};

use super::ticket::{enrol, go_on, house, show, ticket_of};

/// An administrator's request of the environments.
async fn manage(house: &House, method: Method, path: &str, body: &Value) -> Reply {
    let token = house.administration();
    let url = format!("{}/v1{path}", house.admin_url);
    let request = house
        .http
        .request(method, url)
        .basic(&token.name, &token.password);
    request.json(body).send().await
}

/// Has people of an environment sign on with a password and a device.
async fn demand_two_factors(house: &House, environment: &str) {
    let sign_on = format!("/environments/{environment}/signOnPolicies");
    let body = json!({ "name": "two", "default": true });
    let added = manage(house, Method::POST, &sign_on, &body).await;
    let id = added.expect_status(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (place, action) in [
        json!({ "type": "LOGIN", "recovery": { "enabled": false } }),
        json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "noDevicesMode": "BLOCK" }),
    ]
    .into_iter()
    .enumerate()
    {
        let mut action = action;
        action["priority"] = json!(place + 1);
        let path = format!("{sign_on}/{id}/actions");
        let added = manage(house, Method::POST, &path, &action).await;
        let _ = added.expect_status(201);
    }
}

/// Shows a face by what an answer of an API tells: wherever that was handed to, without any cookie.
async fn recognised(house: &House, told: &Value, device: &FaceDevice) {
    let url = told["url"].as_str().unwrap().strip_suffix("/recognize/v2");
    let url = url.unwrap().replacen("ws", "http", 1);
    let ticket = told["ticket"].as_str().unwrap();
    let result = show((&url, &house.browser()), ticket, device, "alice").await;
    assert_eq!(result["type"], "result", "{result}");
}

async fn act(browser: &mut Browser, flow: &Value, action: &str, body: &Value) -> Value {
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let media_type = format!("application/vnd.pingidentity.{action}+json");
    let request = browser.request(Method::POST, href);
    let sent = request
        .header("x-xsrf-header", "x")
        .body(&media_type, body.to_string());
    browser.send(sent).await.json()
}

#[tokio::test]
async fn the_authentication_api_tells_the_ticket_and_is_polled() {
    let house = house().await;
    let settings = json!({ "apiEnabled": true });
    let administration = house.administration();
    let set = administration.put("/authenticationApi/settings", &settings);
    let _ = set.await.expect_status(200);
    let alice = house.add_person("alice").await;
    let fields = json!({ "allowAuthenticationApiInit": true, "restrictedScopes": ["openid"] });
    let shop = house.add_client_with("shop", fields).await;
    let device = FaceDevice::new(1);
    enrol(&house, "", &alice, &device).await;
    let request = shop.request().with("response_mode", "pi.flow");
    let mut browser = house.browser();
    let begun = browser.get(&request.url()).await.expect_status(200).json();
    let password = json!({ "username": "alice", "password": alice.password });
    let flow = act(&mut browser, &begun, "checkUsernamePassword", &password).await;
    assert_eq!(flow["status"], "FACE_RECOGNITION_REQUIRED", "{flow}");
    assert_eq!(flow["devices"][0]["type"], "FACE");
    let waiting = act(&mut browser, &flow, "poll", &json!({})).await;
    assert_eq!(waiting["status"], "FACE_RECOGNITION_REQUIRED", "{waiting}");
    recognised(&house, &flow["recognize"], &device).await;
    let seen = act(&mut browser, &flow, "poll", &json!({})).await;
    assert_eq!(seen["status"], "MFA_COMPLETED", "{seen}");
    let done = act(&mut browser, &seen, "continueAuthentication", &json!({})).await;
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop.exchange(&request, code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(
        tokens.id_claims["amr"],
        json!(["pwd", "swk", "face", "mfa"])
    );
}

#[tokio::test]
async fn an_environment_says_that_faces_are_asked_for_and_its_flows_go_on_when_one_was_seen() {
    // The server itself asks nobody for a face.
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let fields = json!({ "bypassApprovalPage": true });
    let shop = env.add_client_with("shop", fields).await;
    let path = format!("/environments/{}/deviceAuthenticationPolicies", env.id);
    let policy = json!({ "name": "faces", "default": true, "face": { "enabled": true } });
    let prefix = format!("/{}", env.id);
    let mut browser = house.browser();
    let page = browser.open(&format!("{prefix}/account")).await;
    browser.enter_password(&page, &alice).await;
    let before = browser
        .get(&format!("{prefix}/account/devices/new/face"))
        .await;
    assert_eq!(before.status, 404, "not offered");
    let added = manage(&house, Method::POST, &path, &policy).await;
    let _ = added.expect_status(201);
    let device = FaceDevice::new(1);
    enrol(&house, &prefix, &alice, &device).await;
    // The account pages ask for it from now on, and for nothing that she has not.
    let mut browser = house.browser();
    let page = browser.open(&format!("{prefix}/account")).await;
    let page = browser.enter_password(&page, &alice).await;
    let shown = show((&env.at(""), &browser), &ticket_of(&page), &device, "alice").await;
    assert_eq!(shown["type"], "result", "{shown}");
    let page = go_on(&mut browser, &page).await;
    assert_eq!(
        page.url.path(),
        format!("{prefix}/account"),
        "{}",
        page.text()
    );
    demand_two_factors(&house, &env.id.to_string()).await;
    let request = shop.request().with("response_mode", "pi.flow");
    let mut browser = house.browser();
    let begun = browser.go(&request).await.expect_status(200).json();
    let password = json!({ "username": "alice", "password": alice.password });
    let flow = act(&mut browser, &begun, "usernamePassword.check", &password).await;
    assert_eq!(flow["status"], "FACE_RECOGNITION_REQUIRED", "{flow}");
    assert_eq!(flow["_embedded"]["devices"][0]["type"], "FACE");
    recognised(&house, &flow["recognize"], &device).await;
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let done = browser.get(href).await.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop.exchange(&request, code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(
        tokens.id_claims["amr"],
        json!(["pwd", "swk", "face", "mfa"])
    );
}

#[tokio::test]
async fn a_deleted_person_leaves_nothing_of_a_face() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    enrol(&house, &format!("/{}", env.id), &alice, &FaceDevice::new(1)).await;
    let path = format!("/environments/{}/users/{}", env.id, alice.id.uuid());
    let devices = manage(&house, Method::GET, &format!("{path}/devices"), &json!({})).await;
    let listed = devices.expect_status(200).json();
    assert_eq!(
        listed["_embedded"]["devices"][0]["type"], "FACE",
        "{listed}"
    );
    assert!(!listed.to_string().contains("template"), "{listed}");
    let deleted = manage(&house, Method::DELETE, &path, &json!({})).await;
    let _ = deleted.expect_status(204);
    assert!(
        env.records
            .all::<domain::Device>()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_application_that_asks_for_devices_alone_hands_the_ticket_on() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let device = FaceDevice::new(1);
    enrol(&house, &format!("/{}", env.id), &alice, &device).await;
    let path = format!("/environments/{}/applications", env.id);
    let worker = json!({
        "name": "worker", "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT",
        "grantTypes": ["CLIENT_CREDENTIALS"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
    });
    let added = manage(&house, Method::POST, &path, &worker)
        .await
        .expect_status(201);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let secret = manage(
        &house,
        Method::GET,
        &format!("{path}/{id}/secret"),
        &json!({}),
    )
    .await;
    let token = house
        .http
        .request(Method::POST, format!("{}/token", env.issuer))
        .basic(&id, secret.json()["secret"].as_str().unwrap())
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .expect_status(200)
        .json();
    let token = token["access_token"].as_str().unwrap();
    let address = env.at("/deviceAuthentications");
    let whom = json!({ "user": { "id": alice.id.uuid().to_string() } });
    let asking = house.http.request(Method::POST, &address).bearer(token);
    let flow = asking.json(&whom).send().await.expect_status(200).json();
    assert_eq!(flow["status"], "FACE_RECOGNITION_REQUIRED", "{flow}");
    recognised(&house, &flow["recognize"], &device).await;
    let address = format!("{address}/{}", flow["id"].as_str().unwrap());
    let read = house.http.request(Method::GET, &address).bearer(token);
    let done = read.send().await.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
}
