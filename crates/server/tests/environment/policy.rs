//! How people sign on, by environment and client.

use std::time::Duration;

use authn::factor::webauthn::RelyingParty;
use authn::flow::{EnrolmentPolicy, Rule, SecondFactor, Verdict, WebAuthnPolicy};
use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, Environment, House, Person, RelyingParty as Client, code_in};

use super::management::{Management, mistakes};

/// An environment with a client whose people have mailboxes.
struct Setting<'h> {
    house: &'h House,
    env: Environment<'h>,
    carol: Person,
    shop: Client,
}

impl<'h> Setting<'h> {
    async fn new(house: &'h House, name: &str) -> Self {
        let env = house.add_environment(name).await;
        let bypassing = json!({ "bypassApprovalPage": true });
        Self {
            house,
            carol: env.add_person_with_mailbox("carol").await,
            shop: env.add_client_with("shop", bypassing).await,
            env,
        }
    }

    fn path(&self, below: &str) -> String {
        format!("/environments/{}{below}", self.env.id)
    }

    async fn add(&self, below: &str, body: Value) -> String {
        let api = Management(self.house);
        let added = api.send(Method::POST, &self.path(below), &body).await;
        added.expect_status(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A policy with these actions.
    async fn policy(&self, name: &str, actions: &[Value]) -> String {
        let id = self.add("/signOnPolicies", json!({ "name": name })).await;
        for (place, action) in actions.iter().enumerate() {
            let mut action = action.clone();
            action["priority"] = json!(place + 1);
            self.add(&format!("/signOnPolicies/{id}/actions"), action)
                .await;
        }
        id
    }

    async fn assign(&self, policy: &str, priority: u64) -> String {
        let body = json!({ "signOnPolicy": { "id": policy }, "priority": priority });
        self.add("/applications/shop/signOnPolicyAssignments", body)
            .await
    }

    async fn begin(&self, acr_values: &str) -> (Browser, Value) {
        let mut request = self.shop.request().with("response_mode", "pi.flow");
        if !acr_values.is_empty() {
            request = request.with("acr_values", acr_values);
        }
        let mut browser = self.house.browser();
        let flow = browser.go(&request).await.expect_status(200).json();
        (browser, flow)
    }

    /// The flow after the right password.
    async fn signed_on(&self, acr_values: &str) -> (Browser, Value) {
        let (mut browser, flow) = self.begin(acr_values).await;
        let body = json!({ "username": "carol", "password": self.carol.password });
        let flow = act(&mut browser, &flow, "usernamePassword.check", &body).await;
        (browser, flow)
    }
}

async fn act(browser: &mut Browser, flow: &Value, action: &str, body: &Value) -> Value {
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let media_type = format!("application/vnd.pingidentity.{action}+json");
    let request = browser.request(Method::POST, href);
    let sent = request.body(&media_type, body.to_string());
    browser.send(sent).await.json()
}

fn login() -> Value {
    json!({ "type": "LOGIN", "recovery": { "enabled": false } })
}

fn mfa() -> Value {
    json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "noDevicesMode": "BLOCK" })
}

#[tokio::test]
async fn pingone_1_2_acr_values_name_policies_of_the_client_in_order_of_preference() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let single = it.policy("Single_Factor", &[login()]).await;
    let multi = it.policy("Multi_Factor", &[login(), mfa()]).await;
    let other = it.policy("Others", &[login()]).await;
    it.assign(&multi, 1).await;
    it.assign(&single, 2).await;
    // Without a name it is the first of the client's.
    assert_eq!(it.signed_on("").await.1["status"], "OTP_REQUIRED");
    let (_, done) = it
        .signed_on("nothing_like_it Single_Factor Multi_Factor")
        .await;
    assert_eq!(done["status"], "COMPLETED", "{done}");
    // A policy that is not the client's does not spare anybody anything.
    assert_eq!(it.signed_on("Others").await.1["status"], "OTP_REQUIRED");
    let request = it.shop.request().with("response_mode", "pi.flow");
    let request = request.with("acr_values", "Single_Factor");
    let mut browser = house.browser();
    let flow = browser.go(&request).await.json();
    let right = json!({ "username": "carol", "password": it.carol.password });
    let done = act(&mut browser, &flow, "usernamePassword.check", &right).await;
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = it
        .shop
        .exchange(&request, code)
        .await
        .expect_status(200)
        .json();
    let claims = tokens["id_token"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let claims = data_encoding::BASE64URL_NOPAD
        .decode(claims.as_bytes())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["acr"], "Single_Factor");
    // The session of one factor does not do for the policy with two.
    let stronger = it.shop.request().with("response_mode", "pi.flow");
    let flow = browser.go(&stronger).await.json();
    assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
    let named = format!("{}/.well-known/openid-configuration", it.env.issuer);
    let known = house.http.get(named).await.expect_status(200).json();
    assert_eq!(known["acr_values_supported"].as_array().unwrap().len(), 3);
    // What is in use stays.
    let api = Management(&house);
    let path = it.path(&format!("/signOnPolicies/{multi}"));
    let in_use = mistakes(api.request(Method::DELETE, &path).send().await);
    assert_eq!(in_use[0].0, "CONSTRAINT_VIOLATION");
    let path = it.path(&format!("/signOnPolicies/{other}"));
    let _ = api
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect_status(204);
}

#[tokio::test]
async fn pingone_1_3_the_environments_default_asks_for_the_name_first() {
    let house = House::open_with(|settings| {
        let party = RelyingParty::new("localhost", "Countersign", &["http://localhost:9031"]);
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party.unwrap()));
    })
    .await;
    let it = Setting::new(&house, "a").await;
    let elsewhere = Setting::new(&house, "b").await;
    let body = json!({ "name": "Default", "default": true });
    let id = it.add("/signOnPolicies", body.clone()).await;
    let first = json!({ "type": "IDENTIFIER_FIRST", "priority": 1 });
    it.add(&format!("/signOnPolicies/{id}/actions"), first)
        .await;
    let (mut browser, flow) = it.begin("").await;
    assert_eq!(flow["status"], "SIGN_ON_REQUIRED");
    assert!(
        flow["publicKeyCredentialRequestOptions"].is_string(),
        "a passkey will do"
    );
    assert!(flow["_links"]["assertion.check"].is_object());
    let named = json!({ "username": "carol" });
    let flow = act(&mut browser, &flow, "user.lookup", &named).await;
    assert_eq!(flow["status"], "PASSWORD_REQUIRED");
    assert_eq!(flow["_embedded"]["user"], named, "and no more of anybody");
    // Nobody else signs on there.
    let dave = it.env.add_person("dave").await;
    let other = json!({ "username": "dave", "password": dave.password });
    let refused = act(&mut browser, &flow, "usernamePassword.check", &other).await;
    assert_eq!(refused["details"][0]["target"], "username");
    let right = json!({ "username": " Carol", "password": it.carol.password });
    let flow = act(&mut browser, &flow, "usernamePassword.check", &right).await;
    assert_eq!(
        flow["status"], "COMPLETED",
        "nobody is asked for a second factor"
    );
    // Another environment knows nothing of it.
    assert_eq!(
        elsewhere.begin("").await.1["status"],
        "USERNAME_PASSWORD_REQUIRED"
    );
    let api = Management(&house);
    for below in ["", "/actions"] {
        let path = elsewhere.path(&format!("/signOnPolicies/{id}{below}"));
        let _ = api.get(&path).await.expect_status(404);
    }
    let path = elsewhere.path("/applications/shop/signOnPolicyAssignments");
    let foreign = json!({ "signOnPolicy": { "id": id }, "priority": 1 });
    let refused = mistakes(api.send(Method::POST, &path, &foreign).await);
    assert_eq!(refused[0].1, "signOnPolicy.id");
    let second = json!({ "name": "Second", "default": true });
    let path = it.path("/signOnPolicies");
    let refused = mistakes(api.send(Method::POST, &path, &second).await);
    assert_eq!(refused[0].1, "default");
    let event = it.env.last_event("policy.changed").await;
    assert!(event.to_string().contains("IDENTIFIER_FIRST"), "{event}");
}

#[tokio::test]
async fn pingone_1_8_a_policy_says_which_devices_answer_and_how_often_they_may_be_wrong() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let failure = json!({ "count": 2, "coolDown": { "duration": 2, "timeUnit": "MINUTES" } });
    let otp = json!({ "otpLength": 8, "failure": failure });
    let devices = json!({
        "name": "Mail alone",
        "authentication": { "deviceSelection": "ALWAYS_DISPLAY_DEVICES" },
        "email": { "enabled": true, "otp": otp },
        "sms": { "enabled": false },
    });
    let devices = it.add("/deviceAuthenticationPolicies", devices).await;
    let mut second = mfa();
    second["deviceAuthenticationPolicy"] = json!({ "id": devices });
    let policy = it.policy("Multi_Factor", &[login(), second]).await;
    it.assign(&policy, 1).await;
    let (mut browser, flow) = it.signed_on("").await;
    assert_eq!(flow["status"], "DEVICE_SELECTION_REQUIRED", "{flow}");
    let offered = flow["_embedded"]["devices"].as_array().unwrap();
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0]["type"], "EMAIL");
    let chosen = json!({ "device": { "id": offered[0]["id"] } });
    let flow = act(&mut browser, &flow, "device.select", &chosen).await;
    let code = code_in(&it.env.last_text().await);
    assert_eq!(code.len(), 8);
    for _ in 0..2 {
        let wrong = act(
            &mut browser,
            &flow,
            "otp.check",
            &json!({ "otp": "00000000" }),
        )
        .await;
        assert_eq!(wrong["details"][0]["target"], "otp");
    }
    let blocked = act(&mut browser, &flow, "otp.check", &json!({ "otp": code })).await;
    assert_eq!(blocked["details"][0]["target"], "otp", "{blocked}");
    house.advance(Duration::from_secs(121));
    let flow = act(&mut browser, &flow, "device.select", &chosen).await;
    assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
    let code = code_in(&it.env.last_text().await);
    let done = act(&mut browser, &flow, "otp.check", &json!({ "otp": code })).await;
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let api = Management(&house);
    let path = it.path(&format!("/deviceAuthenticationPolicies/{devices}"));
    let read = api.get(&path).await.expect_status(200).json();
    assert_eq!(read["email"]["otp"]["otpLength"], 8);
    let same = api.send(Method::PUT, &path, &read).await;
    let _ = same.expect_status(200);
    let in_use = mistakes(api.request(Method::DELETE, &path).send().await);
    assert_eq!(in_use[0].0, "CONSTRAINT_VIOLATION");
}

#[tokio::test]
async fn an_application_has_its_own_order_of_devices() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    for (name, order, first) in [
        ("Texts", json!(["sms", "email"]), "SMS"),
        ("Mails", json!(["email"]), "EMAIL"),
    ] {
        let devices = json!({
            "name": name,
            "authentication": { "deviceSelection": "DEFAULT_TO_FIRST" },
            "email": { "enabled": true },
            "sms": { "enabled": true },
            "order": order,
        });
        let devices = it.add("/deviceAuthenticationPolicies", devices).await;
        let mut second = mfa();
        second["deviceAuthenticationPolicy"] = json!({ "id": devices });
        let policy = it.policy(name, &[login(), second]).await;
        let assigned = it.assign(&policy, 1).await;
        let (_, flow) = it.signed_on("").await;
        assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
        let offered = flow["_embedded"]["devices"].as_array().unwrap();
        assert_eq!(offered.len(), 2);
        assert_eq!(offered[0]["type"], first, "{flow}");
        assert_eq!(flow["selectedDevice"]["id"], offered[0]["id"]);
        let below = format!(
            "/applications/{}/signOnPolicyAssignments/{assigned}",
            it.shop.id
        );
        let api = Management(&house);
        let gone = api.request(Method::DELETE, &it.path(&below)).send().await;
        let _ = gone.expect_status(204);
    }
    let api = Management(&house);
    for order in [
        json!("sms"),
        json!(["letter"]),
        json!(["sms", "email", "sms"]),
    ] {
        let body = json!({ "name": "Else", "sms": { "enabled": true }, "order": order });
        let path = it.path("/deviceAuthenticationPolicies");
        let refused = mistakes(api.send(Method::POST, &path, &body).await);
        assert_eq!(refused[0].1, "order", "{body}");
    }
}

#[tokio::test]
async fn pingone_1_3_a_browser_that_is_remembered_is_spared_the_second_factor() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let lifetime = json!({ "duration": 1, "timeUnit": "DAYS" });
    let devices = json!({
        "name": "Mails",
        "email": { "enabled": true },
        "rememberMe": { "web": { "enabled": true, "lifeTime": lifetime } },
    });
    let devices = it.add("/deviceAuthenticationPolicies", devices).await;
    let mut second = mfa();
    second["deviceAuthenticationPolicy"] = json!({ "id": devices });
    let policy = it.policy("Multi_Factor", &[login(), second]).await;
    it.assign(&policy, 1).await;
    let password = json!({ "username": "carol", "password": it.carol.password });
    let request = it.shop.request().with("response_mode", "pi.flow");
    let mut browser = house.browser();
    for (remember, after) in [
        (json!(false), "OTP_REQUIRED"),
        (Value::Null, "OTP_REQUIRED"),
        (json!(true), "COMPLETED"),
    ] {
        let flow = browser.go(&request).await.expect_status(200).json();
        let flow = act(&mut browser, &flow, "usernamePassword.check", &password).await;
        assert_eq!(flow["status"], "OTP_REQUIRED", "{flow}");
        let code = code_in(&it.env.last_text().await);
        let wrong = json!({ "otp": code, "rememberMe": "yes" });
        let wrong = act(&mut browser, &flow, "otp.check", &wrong).await;
        assert_eq!(wrong["details"][0]["target"], "rememberMe", "{wrong}");
        let right = json!({ "otp": code, "rememberMe": remember });
        let done = act(&mut browser, &flow, "otp.check", &right).await;
        assert_eq!(done["status"], "COMPLETED", "{done}");
        // Their session is over by then, and the trust is not.
        house.advance(Duration::from_hours(9));
        let flow = browser.go(&request).await.expect_status(200).json();
        let next = act(&mut browser, &flow, "usernamePassword.check", &password).await;
        assert_eq!(next["status"], after, "{next}");
        house.advance(Duration::from_hours(9));
    }
    house.advance(Duration::from_hours(24));
    let flow = browser.go(&request).await.expect_status(200).json();
    let late = act(&mut browser, &flow, "usernamePassword.check", &password).await;
    assert_eq!(late["status"], "OTP_REQUIRED", "{late}");
}

#[tokio::test]
async fn what_a_sign_on_would_not_obey_is_refused_by_its_name() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let api = Management(&house);
    let policy = it.policy("One", &[login()]).await;
    let actions = it.path(&format!("/signOnPolicies/{policy}/actions"));
    for (body, target) in [
        (
            json!({ "type": "PROGRESSIVE_PROFILING", "priority": 2 }),
            "type",
        ),
        (json!({ "priority": 2 }), "type"),
        (json!({ "type": "IDENTIFIER_FIRST" }), "priority"),
        (
            json!({ "type": "IDENTIFIER_FIRST", "priority": 1 }),
            "priority",
        ),
        (json!({ "type": "LOGIN", "priority": 2 }), "type"),
        (
            json!({ "type": "IDENTIFIER_FIRST", "priority": 2, "conditions": {} }),
            "conditions",
        ),
        (
            json!({ "type": "IDENTIFIER_FIRST", "priority": 2,
                "recovery": { "enabled": true, "population": {} } }),
            "recovery.population",
        ),
        (
            json!({ "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 2,
                "deviceAuthenticationPolicy": { "id": policy } }),
            "deviceAuthenticationPolicy.id",
        ),
    ] {
        let refused = mistakes(api.send(Method::POST, &actions, &body).await);
        assert_eq!(refused[0].1, target, "{body}");
    }
    let odd = json!({ "name": "Two", "color": "red" });
    let refused = mistakes(
        api.send(Method::POST, &it.path("/signOnPolicies"), &odd)
            .await,
    );
    assert_eq!(refused[0].1, "color");
    let spaced = json!({ "name": "Two words" });
    let refused = mistakes(
        api.send(Method::POST, &it.path("/signOnPolicies"), &spaced)
            .await,
    );
    assert_eq!(refused[0].1, "name");
    let nobody = it.path("/applications/nobody/signOnPolicyAssignments");
    let _ = api.get(&nobody).await.expect_status(404);
}

#[tokio::test]
async fn what_is_said_of_an_application_goes_with_it() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let policy = it.policy("Multi_Factor", &[login(), mfa()]).await;
    it.assign(&policy, 1).await;
    let api = Management(&house);
    let path = it.path("/applications/shop");
    let deleted = api.request(Method::DELETE, &path).send().await;
    let _ = deleted.expect_status(204);
    let path = it.path(&format!("/signOnPolicies/{policy}"));
    let deleted = api.request(Method::DELETE, &path).send().await;
    let _ = deleted.expect_status(204);
}

#[tokio::test]
async fn scripts_of_an_applications_origins_read_what_is_for_it_alone() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let api = Management(&house);
    let application = |name: &str, origin: &str| {
        json!({
            "name": name,
            "enabled": true,
            "grantTypes": ["AUTHORIZATION_CODE"],
            "redirectUris": ["https://app.example/callback"],
            "corsSettings": { "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": [origin] },
        })
    };
    let own = application("Own", "https://own.example");
    let id = it.add("/applications", own.clone()).await;
    it.add(
        "/applications",
        application("Other", "https://other.example"),
    )
    .await;
    let read = api.get(&it.path(&format!("/applications/{id}"))).await;
    let read = read.expect_status(200).json();
    assert_eq!(read["corsSettings"], own["corsSettings"]);
    let allowed = async |path: &str, origin: &str| {
        let address = it.env.at(path);
        let request = house.http.request(Method::POST, address);
        let reply = request.header("origin", origin).send().await;
        let allowed = reply.header("access-control-allow-origin");
        allowed.map(str::to_owned)
    };
    let asked = format!(
        "/as/authorize?client_id={id}&response_type=code&response_mode=pi.flow&scope=openid\
         &code_challenge={}&code_challenge_method=S256",
        "A".repeat(43)
    );
    for (origin, at_its_own, at_all) in [
        ("https://own.example", true, true),
        ("https://other.example", false, true),
        ("https://evil.example", false, false),
    ] {
        let expected = |is: bool| is.then(|| origin.to_owned());
        let flow = house
            .http
            .request(Method::POST, it.env.at(&asked))
            .send()
            .await;
        let _ = flow.expect_status(200);
        assert_eq!(allowed(&asked, origin).await, expected(at_its_own));
        assert_eq!(allowed("/as/token", origin).await, expected(at_all));
    }
    // In another environment nobody knows them.
    let elsewhere = house.add_environment("b").await;
    let address = elsewhere.at("/as/token");
    let request = house.http.request(Method::POST, address);
    let reply = request.header("origin", "https://own.example").send().await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn pingone_1_3_nobody_sets_up_a_device_where_applications_draw_the_pages() {
    let house = House::open_with(|settings| {
        settings.second_factor = SecondFactor::Required;
        settings.policy.devices.enrolment = EnrolmentPolicy::WhenRequired;
    })
    .await;
    let it = Setting::new(&house, "a").await;
    let dave = it.env.add_person("dave").await;
    let (mut browser, flow) = it.begin("").await;
    let right = json!({ "username": "dave", "password": dave.password });
    let flow = act(&mut browser, &flow, "usernamePassword.check", &right).await;
    assert_eq!(flow["status"], "FAILED", "{flow}");
    assert_eq!(flow["authorizeResponse"]["error"], "access_denied");
}

#[tokio::test]
async fn a_policy_of_an_application_holds_for_whoever_allows_its_devices() {
    let house = House::open().await;
    let it = Setting::new(&house, "a").await;
    let multi = it.policy("Multi_Factor", &[login(), mfa()]).await;
    let tv = json!({ "grantTypes": ["DEVICE_CODE"], "bypassApprovalPage": true });
    let tv = it.env.add_client_with("tv", tv).await;
    let assigned = json!({ "signOnPolicy": { "id": multi }, "priority": 1 });
    it.add("/applications/tv/signOnPolicyAssignments", assigned)
        .await;
    let ada = it.env.add_person("ada").await;
    for is_typed in [true, false] {
        let asked = tv.call("/device_authorization", &[("scope", "openid")]);
        let waiting = asked.await.expect_status(200).json();
        let code = waiting["user_code"].as_str().unwrap();
        let mut browser = house.browser();
        let done = match is_typed {
            true => {
                let page = browser.open(&it.env.at("/device")).await;
                let page = browser.enter_password(&page, &ada).await;
                let filled = [("user_code", code)];
                browser
                    .submit(&page, "device-code", "submit", &filled)
                    .await
            }
            false => {
                let complete = waiting["verification_uri_complete"].as_str().unwrap();
                let page = browser.open(complete).await;
                browser.enter_password(&page, &ada).await
            }
        };
        assert!(done.text().contains("device-denied"), "{done:?}");
    }
}

#[tokio::test]
async fn a_rule_of_the_server_may_be_for_the_people_of_one_environment() {
    // Which id it will have: the random numbers of such a house come in their order.
    let house = House::open().await;
    let bank = house.add_environment("bank").await.id;
    let denied = Rule {
        environments: vec![bank],
        ..Rule::always(Verdict::Deny)
    };
    let house = House::open_with(|settings| settings.policy.rules = vec![denied]).await;
    for (name, is_denied) in [("bank", true), ("shop", false)] {
        let setting = Setting::new(&house, name).await;
        assert_eq!(setting.env.id == bank, is_denied);
        let mut browser = house.browser();
        let page = browser.go(&setting.shop.request()).await;
        let answer = browser.enter_password(&page, &setting.carol).await;
        match is_denied {
            true => assert!(answer.location().as_str().contains("error=access_denied")),
            false => assert!(answer.has_form("one-time-code"), "{answer:?}"),
        }
    }
}
