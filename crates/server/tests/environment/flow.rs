//! Flows as JSON, for those who draw the pages themselves.

use http::Method;
use serde_json::{Value, json};
use testkit::{AuthorizationRequest, Browser, Environment, House, Reply, code_in};

/// A request that is answered without a redirect.
pub(super) fn without_redirect(request: AuthorizationRequest) -> AuthorizationRequest {
    request.with("response_mode", "pi.flow")
}

/// Acts in a flow by the link that it offers for that.
pub(super) async fn act(browser: &mut Browser, flow: &Value, action: &str, body: &Value) -> Reply {
    let href = flow["_links"][action]["href"].as_str();
    assert!(href.is_some(), "{action} is not offered: {flow}");
    let href = href.unwrap_or_default();
    post(browser, href, action, body).await
}

pub(super) async fn post(browser: &mut Browser, href: &str, action: &str, body: &Value) -> Reply {
    let media_type = format!("application/vnd.pingidentity.{action}+json");
    let request = browser.request(Method::POST, href);
    browser
        .send(request.body(&media_type, body.to_string()))
        .await
}

pub(super) fn right(person: &testkit::Person) -> Value {
    json!({ "username": person.username, "password": person.password })
}

#[tokio::test]
async fn seed_003_a_payment_is_approved_without_any_page() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let grants = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
    let grants = json!({ "grantTypes": grants, "bypassApprovalPage": true });
    let shop = env.add_client_with("shop", grants).await;
    let secret = shop.secret.clone().unwrap();
    let template = json!({
        "name": "transaction",
        "variables": {"sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH"},
    });
    let object = shop.assertion().with("sub", Value::Null);
    let object = object.with("pi.template", template);
    let hint = shop.assertion();
    let hint = hint.with("sub", json!(carol.id.uuid().to_string()));
    let request = shop
        .request()
        .with("response_type", "token id_token")
        .with("request", &object.signed_with_secret(&secret))
        .with("login_hint_token", &hint.signed_with_secret(&secret));
    let request = without_redirect(request).without("redirect_uri");
    let mut browser = house.browser();
    let flow = browser.go(&request).await.expect_status(200).json();
    assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
    assert_eq!(flow["environment"]["id"], env.id.to_string());
    let id = flow["id"].as_str().unwrap();
    assert!(id.parse::<domain::Uuid>().is_ok());
    let resume = format!("{}/resume?flowId={id}", env.issuer);
    assert_eq!(flow["resumeUrl"], resume);
    let devices = flow["_embedded"]["devices"].as_array().unwrap();
    assert_eq!(devices[0]["type"], "EMAIL");
    assert_eq!(devices[1]["phone"], "*******56");
    assert_eq!(flow["selectedDevice"]["id"], devices[0]["id"]);
    assert_eq!(flow["bypassAllowed"], false);
    let told = flow["transaction"]["text"].as_str().unwrap();
    assert!(told.contains("99.95") && told.contains("Demo Shop GmbH"));
    assert!(!flow.to_string().contains("carol@example.com"));
    // Another device may answer.
    let sms = json!({ "device": { "id": devices[1]["id"] } });
    let flow = act(&mut browser, &flow, "device.select", &sms).await.json();
    assert_eq!(flow["selectedDevice"]["id"], devices[1]["id"]);
    let code = code_in(&env.last_text().await);
    let wrong = act(&mut browser, &flow, "otp.check", &json!({"otp": "000000"})).await;
    let wrong = wrong.expect_status(400).json();
    assert_eq!(wrong["details"][0]["target"], "otp");
    let done = act(&mut browser, &flow, "otp.check", &json!({ "otp": code })).await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let answer = &done["authorizeResponse"];
    for name in ["access_token", "id_token", "approval_receipt", "state"] {
        assert!(answer[name].is_string(), "{name}: {answer}");
    }
    // It is over, and nobody comes back to it.
    let gone = browser.get(flow["_links"]["self"]["href"].as_str().unwrap());
    assert_eq!(gone.await.expect_status(404).json()["code"], "NOT_FOUND");
}

#[tokio::test]
async fn seed_003_the_sample_call_is_served_as_it_is_printed() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let grants = json!({ "grantTypes": ["IMPLICIT"], "bypassApprovalPage": true });
    let shop = env.add_client_with("shop", grants).await;
    let template = json!({
        "name": "transaction",
        "variables": {"sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH"},
    });
    let mut object = shop.assertion().with("pi.template", template);
    for name in ["sub", "jti", "iat", "exp"] {
        object = object.with(name, Value::Null);
    }
    let object = object.signed_with_secret(shop.secret.as_deref().unwrap());
    let printed = |extra: &str| {
        format!(
            "{}/authorize?state=x1&response_type=token%20id_token&response_mode=pi.flow\
             &scope=openid&request={object}&client_id=shop{extra}",
            env.issuer
        )
    };
    let mut browser = house.browser();
    let flow = browser.get(&printed("")).await.expect_status(200).json();
    assert_eq!(flow["status"], "USERNAME_PASSWORD_REQUIRED", "{flow}");
    let password = right(&carol);
    // RFC 9110 §8.3.1: "The type and subtype tokens are case-insensitive."
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let request = browser.request(Method::POST, href);
    let media_type = "Application/vnd.PingIdentity.usernamepassword.CHECK+JSON; charset=utf-8";
    let request = request.body(media_type, password.to_string());
    let flow = browser.send(request).await.expect_status(200).json();
    assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
    let otp = json!({ "otp": code_in(&env.last_text().await) });
    let done = act(&mut browser, &flow, "otp.check", &otp).await;
    let answer = &done.expect_status(200).json()["authorizeResponse"];
    assert_eq!(answer["state"], "x1");
    for name in ["access_token", "id_token", "approval_receipt"] {
        assert!(answer[name].is_string(), "{name}: {answer}");
    }
    // RFC 6749 §5.1: "Numerical values are included as JSON numbers."
    assert!(answer["expires_in"].is_i64(), "{answer}");
    // OpenID Connect Core §3.2.2.1: through the browser's address it goes with a nonce alone.
    let request = shop.request().with("response_type", "token id_token");
    let told = browser.go(&request.without("nonce")).await;
    assert!(told.location().as_str().contains("nonce+is+required"));
}

#[tokio::test]
async fn a_person_signs_on_and_the_client_gets_its_code() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client_with("shop", json!({"bypassApprovalPage": true}));
    let shop = shop.await;
    let request = without_redirect(shop.request());
    let mut browser = house.browser();
    let flow = browser.go(&request).await.expect_status(200).json();
    assert_eq!(flow["status"], "USERNAME_PASSWORD_REQUIRED");
    let wrong = json!({ "username": "alice", "password": "wrong" });
    let wrong = act(&mut browser, &flow, "usernamePassword.check", &wrong).await;
    let wrong = wrong.expect_status(400).json();
    assert_eq!(wrong["details"][0]["code"], "INVALID_CREDENTIALS");
    let unknown = json!({ "username": "nobody", "password": "wrong" });
    let unknown = act(&mut browser, &flow, "usernamePassword.check", &unknown).await;
    let mut unknown = unknown.expect_status(400).json();
    unknown["id"] = wrong["id"].clone();
    assert_eq!(unknown, wrong, "RTS art. 4(3)(a)");
    let done = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED");
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop
        .exchange(&request, code)
        .await
        .expect_status(200)
        .json();
    assert!(tokens["id_token"].is_string());
    // Who is signed on is answered at once.
    let again = browser.go(&without_redirect(shop.request())).await.json();
    assert_eq!(again["status"], "COMPLETED", "{again}");
}

#[tokio::test]
async fn an_application_that_shows_the_pages_itself_leads_back_to_where_the_flow_began() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client_with("shop", json!({"bypassApprovalPage": true}));
    let shop = shop.await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let id = page.url.path().rsplit('/').next().unwrap().to_owned();
    let address = env.at(&format!("/flows/{id}"));
    let flow = browser.get(&address).await.expect_status(200).json();
    let done = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED");
    assert!(done.get("authorizeResponse").is_none());
    let left = browser.open(done["resumeUrl"].as_str().unwrap()).await;
    assert!(left.location().as_str().contains("code="), "{left:?}");
}

async fn begun(env: &Environment<'_>, house: &House) -> (Browser, Value) {
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let flow = browser.go(&without_redirect(shop.request())).await;
    (browser, flow.expect_status(200).json())
}

#[tokio::test]
async fn what_is_not_offered_or_cannot_be_read_is_refused_and_nothing_is_changed() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let (mut browser, flow) = begun(&env, &house).await;
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let good = json!({ "username": "alice", "password": "x" });
    let long = json!({ "username": "alice", "password": "x".repeat(200_000) });
    for (action, body, status, code) in [
        (
            "otp.check",
            json!({"otp": "123456"}),
            400,
            "INVALID_REQUEST",
        ),
        ("no.such.action", json!({}), 400, "INVALID_REQUEST"),
        ("usernamePassword.check", json!({}), 400, "INVALID_DATA"),
        ("usernamePassword.check", json!([]), 400, "INVALID_REQUEST"),
        ("usernamePassword.check", long, 413, "INVALID_REQUEST"),
        (
            "usernamePassword.check",
            json!({"password": 1}),
            400,
            "INVALID_DATA",
        ),
    ] {
        let refused = post(&mut browser, href, action, &body).await;
        let refused = refused.expect_status(status).json();
        assert_eq!(refused["code"], code, "{action} {refused}");
        assert!(refused["id"].is_string() && refused["message"].is_string());
    }
    let request = browser.request(Method::POST, href);
    let plain = browser.send(request.body("application/json", good.to_string()));
    let plain = plain.await.expect_status(400).json();
    assert_eq!(plain["code"], "INVALID_REQUEST");
    let same = browser.get(href).await.expect_status(200).json();
    assert_eq!(same, flow);
}

#[tokio::test]
async fn a_flow_that_has_lain_too_long_signs_nobody_on() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let (mut browser, flow) = begun(&env, &house).await;
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    house.advance(std::time::Duration::from_mins(16));
    let late = post(&mut browser, href, "usernamePassword.check", &right(&alice)).await;
    let late = late.expect_status(404).json();
    assert_eq!(late["code"], "NOT_FOUND", "{late}");
    let read = browser.get(href).await.expect_status(404).json();
    assert_eq!(read["code"], "NOT_FOUND", "{read}");
}

#[tokio::test]
async fn a_flow_is_its_own_browsers_and_its_own_environments() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let other = house.add_environment("b").await;
    let alice = env.add_person("alice").await;
    let (mut browser, flow) = begun(&env, &house).await;
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let mut stranger = house.browser();
    let read = stranger.get(href).await.expect_status(404).json();
    assert_eq!(read["code"], "NOT_FOUND");
    let acted = post(
        &mut stranger,
        href,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    assert_eq!(acted.expect_status(404).json()["code"], "NOT_FOUND");
    let elsewhere = other.at(&format!("/flows/{}", flow["id"].as_str().unwrap()));
    let _ = browser.get(&elsewhere).await.expect_status(404);
    let _ = browser.get(href).await.expect_status(200);
}

#[tokio::test]
async fn a_refused_request_is_told_with_details() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let shop = env.add_client("shop").await;
    let request = without_redirect(shop.request()).with("scope", "openid nothing-like-it");
    let refused = house.browser().go(&request).await.expect_status(400).json();
    assert_eq!(refused["details"][0]["code"], "invalid_scope", "{refused}");
}

#[tokio::test]
async fn no_page_can_fill_a_browser_with_cookies() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let shop = env.add_client("shop").await;
    let endpoint = format!("{}/authorize", env.issuer);
    let name = format!("ST.{}.FLOW.", env.id);
    let mut browser = house.browser();
    let request = without_redirect(shop.request());
    for _ in 0..3 {
        let reply = browser.post_cross_site(&endpoint, &request.form()).await;
        assert_eq!(reply.expect_status(403).json()["code"], "ACCESS_FAILED");
    }
    assert_eq!(browser.cookies(&name).len(), 0);
    // Nor one whose browser does not tell how it came to ask.
    let form = house.http.request(Method::POST, &endpoint);
    let form = form.form(&request.form());
    let form = form.header("accept", "text/html,application/xhtml+xml");
    let reply = form.send().await.expect_status(403);
    assert_eq!(reply.header("set-cookie"), None);
    // Scripts, and whoever is no browser, begin as before.
    for mode in [None, Some("cors"), Some("same-origin")] {
        let request = browser.request(Method::POST, &request.url());
        let request = match mode {
            Some(mode) => request.header("sec-fetch-mode", mode),
            None => request,
        };
        let flow = browser.send(request).await.expect_status(200).json();
        assert_eq!(flow["status"], "USERNAME_PASSWORD_REQUIRED");
    }
    assert_eq!(browser.cookies(&name).len(), 1);
}
