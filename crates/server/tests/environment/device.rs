//! `/v1/environments/{environment}/users/{user}/devices`, as `PingOne`'s clients administer them.

use authn::factor::webauthn::RelyingParty;
use authn::flow::WebAuthnPolicy;
use domain::{AuditEvent, Message};
use http::Method;
use serde_json::{Value, json};
use testkit::soft_authenticator::SoftAuthenticator;
use testkit::{Environment, House, Person, Reply, totp_code};

pub(super) const ORIGIN: &str = "https://id.example.com";
pub(super) const ACTIVATE: &str = "application/vnd.pingidentity.device.activate+json";
const SEND: &str = "application/vnd.pingidentity.device.sendActivationCode+json";
const REORDER: &str = "application/vnd.pingidentity.devices.reorder+json";

pub(super) async fn house() -> House {
    House::open_with(|settings| {
        let party = RelyingParty::new("id.example.com", "Example", &[ORIGIN]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
    })
    .await
}

/// An administrator who looks after the devices of a person.
pub(super) struct Desk<'h> {
    house: &'h House,
    url: String,
}

impl<'h> Desk<'h> {
    pub(super) fn of(house: &'h House, env: &Environment<'_>, person: &Person) -> Self {
        let user = person.id.uuid();
        let url = format!(
            "{}/v1/environments/{}/users/{user}",
            house.admin_url, env.id
        );
        Self { house, url }
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Reply {
        let administration = self.house.administration();
        let (name, password) = (&administration.name, &administration.password);
        let url = format!("{}{path}", self.url);
        let request = self.house.http.request(method, url).basic(name, password);
        match body {
            None => request.send().await,
            Some((media_type, body)) => {
                let body = if body.is_null() {
                    Vec::new()
                } else {
                    body.to_string().into_bytes()
                };
                request.body(media_type, body).send().await
            }
        }
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let reply = self.send(Method::GET, path, None).await;
        reply.expect_status(200).json()
    }

    pub(super) async fn post(&self, path: &str, media_type: &str, body: Value) -> Reply {
        let body = Some((media_type, &body));
        self.send(Method::POST, path, body).await
    }

    pub(super) async fn add(&self, body: Value) -> Value {
        let added = self.post("/devices", "application/json", body).await;
        added.expect_status(201).json()
    }

    /// The mistakes in adding a device.
    async fn mistakes(&self, body: Value) -> Vec<(String, String)> {
        mistakes(self.post("/devices", "application/json", body).await)
    }
}

pub(super) fn path(device: &Value) -> String {
    format!("/devices/{}", device["id"].as_str().unwrap())
}

/// The mistakes that an answer tells: code and target of each.
#[track_caller]
pub(super) fn mistakes(reply: Reply) -> Vec<(String, String)> {
    let body = reply.expect_status(400).json();
    assert_eq!(body["code"], "INVALID_DATA", "{body}");
    let details = body["details"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    details
        .map(|it| (text(&it["code"]), text(&it["target"])))
        .collect()
}

pub(super) fn mistake(code: &str, target: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), target.to_owned())]
}

async fn sent_code(env: &Environment<'_>) -> String {
    let messages = env.records.all::<Message>().await.unwrap();
    let text = messages
        .into_iter()
        .rev()
        .find_map(|it| match it.record.content {
            domain::MessageContent::Sms { text, .. } => Some(text),
            _ => None,
        });
    let text = text.unwrap();
    let mut numbers = text.expose().split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| number.len() == 6).unwrap().to_owned()
}

#[tokio::test]
async fn a_telephone_is_active_at_once_or_after_the_code_that_was_sent() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let voice = json!({ "type": "VOICE", "phone": "+1.5125550123", "nickname": "Desk" });
    let voice = desk.add(voice).await;
    assert_eq!(voice["status"], "ACTIVE");
    assert_eq!(
        (&voice["phone"], &voice["nickname"]),
        (&json!("+15125550123"), &json!("Desk"))
    );
    assert_eq!(voice["user"]["id"], alice.id.uuid().to_string());

    let sms = json!({
        "type": "SMS", "phone": "+4930123456", "status": "ACTIVATION_REQUIRED",
        "notification": { "template": { "locale": "de" } },
    });
    let sms = desk.add(sms).await;
    assert_eq!(sms["status"], "ACTIVATION_REQUIRED");
    assert!(sms["_links"]["device.activate"]["href"].is_string());
    let wrong = desk
        .post(&path(&sms), ACTIVATE, json!({ "otp": "000000" }))
        .await;
    assert_eq!(mistakes(wrong), mistake("INVALID_VALUE", "otp"));
    let soon = desk.post(&path(&sms), SEND, Value::Null).await;
    assert_eq!(mistakes(soon), mistake("CONSTRAINT_VIOLATION", "id"));
    house.advance(std::time::Duration::from_secs(30));
    let again = desk.post(&path(&sms), SEND, Value::Null).await;
    let _ = again.expect_status(200);
    let code = sent_code(&env).await;
    let active = desk
        .post(&path(&sms), ACTIVATE, json!({ "otp": code }))
        .await;
    assert_eq!(active.expect_status(200).json()["status"], "ACTIVE");
    let gone = desk
        .post(&path(&sms), ACTIVATE, json!({ "otp": code }))
        .await;
    let _ = gone.expect_status(404);

    ordered_named_and_deleted(&env, &desk, (&voice, &sms)).await;
}

async fn ordered_named_and_deleted(
    env: &Environment<'_>,
    desk: &Desk<'_>,
    (voice, sms): (&Value, &Value),
) {
    let listed = desk.get("/devices").await;
    assert_eq!(listed["_embedded"]["devices"][0]["id"], voice["id"]);
    let order = json!({ "order": [{ "id": sms["id"] }, { "id": voice["id"] }] });
    let ordered = desk.post("/devices", REORDER, order).await;
    let ordered = ordered.expect_status(200).json();
    assert_eq!(ordered["_embedded"]["devices"][0]["id"], sms["id"]);

    let nickname = json!({ "nickname": "Mobile" });
    let body = Some(("application/json", &nickname));
    let named = format!("{}/nickname", path(sms));
    let named = desk.send(Method::PUT, &named, body).await;
    assert_eq!(named.expect_status(200).json()["nickname"], "Mobile");
    let deleted = desk.send(Method::DELETE, &path(sms), None).await;
    let _ = deleted.expect_status(204);
    let gone = desk.send(Method::GET, &path(sms), None).await;
    assert_eq!(gone.expect_status(404).json()["code"], "NOT_FOUND");

    let mut events: Vec<AuditEvent> = Vec::new();
    for event in env.records.all::<AuditEvent>().await.unwrap() {
        events.push(event.record);
    }
    let mut names: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "device.default_changed",
            "device.enrolled",
            "device.removed",
            "device.renamed"
        ]
    );
    let is_administrators = |event: &AuditEvent| {
        matches!(event.actor, domain::Actor::Administrator(_))
            && event.detail["username"] == "alice"
    };
    assert!(events.iter().all(is_administrators));
}

#[tokio::test]
async fn an_authenticator_app_is_activated_by_what_it_shows() {
    let house = house().await;
    let env = house.add_environment("Bank").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let added = desk.add(json!({ "type": "TOTP" })).await;
    assert_eq!(added["status"], "ACTIVATION_REQUIRED");
    let secret = added["secret"].as_str().unwrap();
    // It is kept beside those of other environments.
    let uri = added["keyUri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Bank:alice?"), "{uri}");
    let read = desk.get(&path(&added)).await;
    assert_eq!(read.get("secret"), None, "it is told once");
    let otp = json!({ "otp": totp_code(secret, house.now()) });
    let active = desk.post(&path(&added), ACTIVATE, otp).await;
    let active = active.expect_status(200).json();
    assert_eq!(active["status"], "ACTIVE");
    assert_eq!(active["_links"].get("device.activate"), None);
}

#[tokio::test]
async fn webauthn_7_1_a_fido2_device_is_activated_by_its_attestation() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let fido2 = |id: &str| json!({ "type": "FIDO2", "rp": { "id": id, "name": "Shop" } });
    let other = desk.mistakes(fido2("example.org")).await;
    assert_eq!(other, mistake("INVALID_VALUE", "rp.id"));
    let added = desk.add(fido2("id.example.com")).await;
    let asked = added["publicKeyCredentialCreationOptions"]
        .as_str()
        .unwrap();
    let mut asked: Value = serde_json::from_str(asked).unwrap();
    let bytes = |value: &Value| -> Vec<u8> { serde_json::from_value(value.clone()).unwrap() };
    let handle = bytes(&asked["user"]["id"]);
    assert_eq!(handle, alice.id.as_bytes());
    // What the scripts make of the arrays before they ask the browser.
    for place in ["/challenge", "/user/id"] {
        let value = asked.pointer_mut(place).unwrap();
        *value = jose::strict_base64url::encode(bytes(value)).into();
    }
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let made = authenticator.create(&asked);
    let body = |origin: &str| json!({ "origin": origin, "attestation": made.to_string() });
    let foreign = body("https://evil.example");
    let foreign = desk.post(&path(&added), ACTIVATE, foreign).await;
    assert_eq!(mistakes(foreign), mistake("INVALID_VALUE", "origin"));
    let malformed = json!({ "origin": ORIGIN, "attestation": { "id": "x" } });
    let malformed = desk.post(&path(&added), ACTIVATE, malformed).await;
    assert_eq!(mistakes(malformed), mistake("INVALID_VALUE", "attestation"));
    let active = desk.post(&path(&added), ACTIVATE, body(ORIGIN)).await;
    let active = active.expect_status(200).json();
    assert_eq!(
        (&active["status"], &active["type"]),
        (&json!("ACTIVE"), &json!("FIDO2"))
    );
    let again = desk.add(fido2("id.example.com")).await;
    let replayed = desk.post(&path(&again), ACTIVATE, body(ORIGIN)).await;
    assert_eq!(mistakes(replayed), mistake("INVALID_VALUE", "attestation"));
}

#[tokio::test]
async fn mistakes_are_told_field_by_field_and_change_nothing() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    for (body, code, target) in [
        (json!({}), "REQUIRED_VALUE", "type"),
        (json!({ "type": "TOASTER" }), "INVALID_VALUE", "type"),
        (
            json!({ "type": "MOBILE", "status": "ACTIVE" }),
            "INVALID_VALUE",
            "status",
        ),
        (json!({ "type": "SMS" }), "REQUIRED_VALUE", "phone"),
        (json!({ "type": "EMAIL" }), "REQUIRED_VALUE", "email"),
        (
            json!({ "type": "EMAIL", "email": "x" }),
            "INVALID_VALUE",
            "email",
        ),
        (
            json!({ "type": "SMS", "phone": "030 1" }),
            "INVALID_VALUE",
            "phone",
        ),
        (
            json!({ "type": "TOTP", "status": "ACTIVE" }),
            "INVALID_VALUE",
            "status",
        ),
        (
            json!({ "type": "TOTP", "nickname": "a\u{202e}" }),
            "INVALID_VALUE",
            "nickname",
        ),
    ] {
        assert_eq!(
            desk.mistakes(body.clone()).await,
            mistake(code, target),
            "{body}"
        );
    }
    assert_eq!(desk.get("/devices").await["count"], 0);
    let mail = json!({ "type": "EMAIL", "email": "a@example.com" });
    let added = desk.add(mail.clone()).await;
    let twice = desk.mistakes(mail).await;
    assert_eq!(twice, mistake("UNIQUENESS_VIOLATION", "email"));
    let strange = desk
        .post(&path(&added), "application/json", json!({}))
        .await;
    assert_eq!(strange.expect_status(400).json()["code"], "INVALID_REQUEST");
    let order = json!({ "order": [{ "id": alice.id.uuid() }] });
    let _ = desk
        .post("/devices", REORDER, order)
        .await
        .expect_status(404);
}

#[tokio::test]
async fn whoever_is_not_to_be_asked_for_a_second_factor_is_not() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    desk.add(json!({ "type": "EMAIL", "email": "a@example.com" }))
        .await;
    assert_eq!(desk.get("/mfaEnabled").await["mfaEnabled"], true);
    for (enabled, form) in [(true, "one-time-code"), (false, "")] {
        let body = json!({ "mfaEnabled": enabled });
        let set = Some(("application/json", &body));
        let set = desk.send(Method::PUT, "/mfaEnabled", set).await;
        assert_eq!(set.expect_status(200).json()["mfaEnabled"], enabled);
        let mut browser = house.browser();
        let page = browser.open(&env.at("/account")).await;
        let page = browser.enter_password(&page, &alice).await;
        assert_eq!(page.has_form("one-time-code"), form == "one-time-code");
    }
}

#[tokio::test]
async fn a_device_of_another_environment_or_person_is_not_there() {
    let house = house().await;
    let [a, b] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let [alice, bob] = [a.add_person("alice").await, a.add_person("bob").await];
    let stranger = b.add_person("alice").await;
    let desk = Desk::of(&house, &a, &alice);
    let device = desk
        .add(json!({ "type": "EMAIL", "email": "a@example.com" }))
        .await;
    for other in [Desk::of(&house, &a, &bob), Desk::of(&house, &b, &stranger)] {
        for method in [Method::GET, Method::DELETE] {
            let reply = other.send(method, &path(&device), None).await;
            let _ = reply.expect_status(404);
        }
        assert_eq!(other.get("/devices").await["count"], 0);
    }
    let wrong = Desk::of(&house, &b, &alice);
    let reply = wrong.send(Method::GET, "/devices", None).await;
    let _ = reply.expect_status(404);
    assert_eq!(desk.get("/devices").await["count"], 1);
}

#[tokio::test]
async fn pingone_1_8_what_may_be_set_up_is_what_some_policy_lets_answer() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let add = async |policy: Value| {
        let token = house.administration();
        let url = format!(
            "{}/v1/environments/{}/deviceAuthenticationPolicies",
            house.admin_url, env.id
        );
        let request = house.http.request(Method::POST, url);
        let request = request.basic(&token.name, &token.password);
        let added = request.json(&policy).send().await.expect_status(201).json();
        added["id"].as_str().unwrap().to_owned()
    };
    let enabled = json!({ "enabled": true });
    add(json!({ "name": "Keys", "default": true, "fido2": enabled, "sms": { "enabled": false } }))
        .await;
    let mail = add(json!({ "name": "Mail", "email": enabled, "sms": { "enabled": false } })).await;
    let text = json!({ "type": "SMS", "phone": "+4930123456" });
    assert_eq!(desk.mistakes(text).await, mistake("INVALID_VALUE", "type"));
    // That of another application's policy is for whoever uses that.
    desk.add(json!({ "type": "EMAIL", "email": "alice@example.com" }))
        .await;
    let by = |policy: &str| json!({ "type": "FIDO2", "policy": { "id": policy } });
    assert_eq!(
        desk.mistakes(by(&mail)).await,
        mistake("INVALID_VALUE", "type")
    );
    let unknown = desk
        .mistakes(by("4f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b"))
        .await;
    assert_eq!(unknown, mistake("INVALID_VALUE", "policy.id"));
    let mut browser = house.browser();
    let bob = env.add_person("bob").await;
    let page = browser.open(&format!("/{}/account", env.id)).await;
    browser.enter_password(&page, &bob).await;
    for (kind, status) in [("email", 200), ("sms", 404), ("voice", 404)] {
        let page = format!("/{}/account/devices/new/{kind}", env.id);
        assert_eq!(browser.get(&page).await.status, status, "{kind}");
    }
}
