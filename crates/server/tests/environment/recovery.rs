//! Who cannot sign on as they are, without any page.

use domain::Password;
use domain::port::Changes;
use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, Environment, House, Person, RelyingParty, Reply, code_in};

const NEW: &str = "a password nobody had before";

/// A flow in which nobody has done anything yet.
struct Visit {
    browser: Browser,
    flow: Value,
}

impl Visit {
    async fn begin(house: &House, shop: &RelyingParty) -> Self {
        let request = shop.request().with("response_mode", "pi.flow");
        let mut browser = house.browser();
        let flow = browser.go(&request).await.expect_status(200).json();
        Self { browser, flow }
    }

    fn offers(&self, action: &str) -> bool {
        self.flow["_links"][action].is_object()
    }

    async fn act(&mut self, action: &str, body: Value) -> Reply {
        let href = self.flow["_links"]["self"]["href"].as_str().unwrap();
        let media_type = format!("application/vnd.pingidentity.{action}+json");
        let request = self.browser.request(Method::POST, href);
        let sent = request.body(&media_type, body.to_string());
        self.browser.send(sent).await
    }

    async fn looked(&mut self) -> Value {
        let href = self.flow["_links"]["self"]["href"].as_str().unwrap();
        self.browser.get(href).await.expect_status(200).json()
    }

    /// Does what has an effect.
    async fn go(&mut self, action: &str, body: Value) -> &Value {
        assert!(self.offers(action), "{action}: {}", self.flow);
        let reply = self.act(action, body).await;
        self.flow = reply.expect_status(200).json();
        &self.flow["status"]
    }

    /// Does what has none: the first detail of the refusal. The flow is where it was.
    async fn refused(&mut self, action: &str, body: Value) -> Value {
        let refused = self.act(action, body).await.expect_status(400).json();
        let same = self.looked().await;
        assert_eq!(same["status"], self.flow["status"]);
        assert!(refused["details"][0].is_object(), "{refused}");
        refused["details"][0].clone()
    }
}

async fn house() -> House {
    House::open_with(|settings| {
        settings.policy.identity.recovery = true;
        settings.policy.identity.registration = true;
    })
    .await
}

async fn shop(env: &Environment<'_>) -> RelyingParty {
    let bypassing = json!({ "bypassApprovalPage": true });
    env.add_client_with("shop", bypassing).await
}

/// The code that was mailed last.
async fn mailed(env: &Environment<'_>) -> String {
    let text = env.last_text().await;
    let (_, code) = text.split_once("Your code is ").unwrap();
    code.split('.').next().unwrap().to_owned()
}

fn password(person: &Person, password: &str) -> Value {
    json!({ "username": person.username, "password": password })
}

#[tokio::test]
async fn pingone_1_3_a_forgotten_password_is_recovered_with_one_action() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let alice = env.add_person("alice").await;
    let mut visit = Visit::begin(&house, &shop).await;
    let forgot = json!({ "username": alice.username });
    assert_eq!(
        visit.go("password.forgot", forgot).await,
        "RECOVERY_CODE_REQUIRED"
    );
    let code = mailed(&env).await;
    let with = |code: &str, new: &str| json!({ "recoveryCode": code, "newPassword": new });
    // What may not be set says nothing about the code, and leaves it as good as it was.
    for code in ["WRONGONE", code.as_str()] {
        let short = visit.refused("password.recover", with(code, "short")).await;
        assert_eq!(short["target"], "password");
        assert_eq!(
            short["innerError"]["unsatisfiedRequirements"],
            json!(["length"])
        );
    }
    let same = visit
        .refused("password.recover", with(&code, &alice.password))
        .await;
    assert_eq!(
        same["innerError"]["unsatisfiedRequirements"],
        json!(["history"])
    );
    let wrong = visit
        .refused("password.recover", with("WRONGONE", NEW))
        .await;
    assert_eq!(
        (&wrong["code"], &wrong["target"]),
        (&json!("INVALID_VALUE"), &json!("recoveryCode"))
    );
    let done = visit.go("password.recover", with(&code, NEW)).await;
    assert_eq!(done, "COMPLETED");
    assert!(visit.flow["authorizeResponse"]["code"].is_string());
    let mut visit = Visit::begin(&house, &shop).await;
    let old = visit
        .refused("usernamePassword.check", password(&alice, &alice.password))
        .await;
    assert_eq!(old["code"], "INVALID_CREDENTIALS");
    assert_eq!(
        visit
            .go("usernamePassword.check", password(&alice, NEW))
            .await,
        "COMPLETED"
    );
}

#[tokio::test]
async fn rts_4_3_a_nobody_learns_whose_password_can_be_recovered() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let alice = env.add_person("alice").await;
    let mut answers = Vec::new();
    for name in [alice.username.as_str(), "nobody"] {
        let mut visit = Visit::begin(&house, &shop).await;
        visit
            .go("password.forgot", json!({ "username": name }))
            .await;
        let wrong = json!({ "recoveryCode": "WRONGONE", "newPassword": NEW });
        let wrong = visit.refused("password.recover", wrong).await;
        let again = visit.act("password.sendRecoveryCode", json!({})).await;
        let again = again.expect_status(429).json();
        // Not the network address is at fault, and it is not said to be.
        let words = again["message"].as_str().unwrap();
        assert!(words.contains("message was sent") && !words.contains("address"));
        let again = again["code"].clone();
        let mut flow = visit.flow.clone();
        for name in ["id", "resumeUrl", "_links", "_embedded"] {
            flow[name] = Value::Null;
        }
        answers.push((flow, wrong, again));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn pingone_1_3_who_waits_for_the_code_of_their_address_is_sent_another() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let mut visit = Visit::begin(&house, &shop).await;
    let newcomer = json!({ "username": "bo", "email": "bo@example.com", "password": NEW });
    let status = visit.go("user.register", newcomer).await;
    assert_eq!(status, "VERIFICATION_CODE_REQUIRED");
    let first = mailed(&env).await;
    let soon = visit.act("user.sendVerificationCode", json!({})).await;
    let _ = soon.expect_status(429);
    house.advance(std::time::Duration::from_mins(2));
    let status = visit.go("user.sendVerificationCode", json!({})).await;
    assert_eq!(status, "VERIFICATION_CODE_REQUIRED");
    let second = mailed(&env).await;
    assert_ne!(first, second);
    // The one before is good no more.
    let stale = json!({ "verificationCode": first });
    let stale = visit.refused("user.verify", stale).await;
    assert_eq!(stale["target"], "verificationCode");
    let code = json!({ "verificationCode": second });
    assert_eq!(visit.go("user.verify", code).await, "COMPLETED");
}

#[tokio::test]
async fn pingone_1_3_somebody_registers_with_one_action_and_a_code() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let alice = env.add_person("alice").await;
    let mut visit = Visit::begin(&house, &shop).await;
    let newcomer = |username: &str, email: &str, password: &str| {
        json!({ "username": username, "email": email, "password": password,
            "name": { "given": "Bo" } })
    };
    let odd = visit
        .refused("user.register", newcomer("bo", "not an address", NEW))
        .await;
    assert_eq!(odd["target"], "email");
    let common = visit
        .refused(
            "user.register",
            newcomer("bo", "bo@example.com", "password1"),
        )
        .await;
    assert_eq!(
        common["innerError"]["unsatisfiedRequirements"],
        json!(["excludesCommonlyUsed"])
    );
    // Whether a name is taken is told to those alone who have proven an address that nobody had.
    let taken = newcomer(&alice.username, "bo@example.com", NEW);
    assert_eq!(
        visit.go("user.register", taken).await,
        "VERIFICATION_CODE_REQUIRED"
    );
    let code = json!({ "verificationCode": mailed(&env).await });
    let taken = visit
        .act("user.verify", code)
        .await
        .expect_status(400)
        .json();
    assert_eq!(taken["details"][0]["code"], "UNIQUENESS_VIOLATION");
    assert_eq!(taken["details"][0]["target"], "username");
    visit.flow = visit.looked().await;
    assert_eq!(visit.flow["status"], "USERNAME_PASSWORD_REQUIRED");
    house.advance(std::time::Duration::from_mins(1));
    visit
        .go("user.register", newcomer("bo", "bo@example.com", NEW))
        .await;
    let wrong = visit
        .refused("user.verify", json!({ "verificationCode": "WRONGONE" }))
        .await;
    assert_eq!(wrong["target"], "verificationCode");
    let code = json!({ "verificationCode": mailed(&env).await });
    assert_eq!(visit.go("user.verify", code).await, "COMPLETED");
    let event = env.last_event("user.registered").await;
    assert!(event.to_string().contains("bo"), "{event}");
}

#[tokio::test]
async fn pingone_1_3_a_new_password_takes_the_one_before() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let alice = env.add_person("alice").await;
    let loaded = env.records.get::<Password>(&alice.id).await;
    let loaded = loaded.unwrap().unwrap();
    let due = Password {
        must_change: true,
        ..loaded.record.clone()
    };
    let mut changes = Changes::none();
    changes.replace(&loaded, &due);
    env.records.commit(changes).await.unwrap();
    let mut visit = Visit::begin(&house, &shop).await;
    let right = password(&alice, &alice.password);
    let status = visit.go("usernamePassword.check", right.clone()).await;
    assert_eq!(status, "MUST_CHANGE_PASSWORD");
    let reset = |current: &str| json!({ "currentPassword": current, "newPassword": NEW });
    for attempt in 1..=5 {
        let refused = visit.refused("password.reset", reset("wrong")).await;
        let expected = match attempt {
            5 => ("PASSWORD_LOCKED_OUT", true),
            _ => ("INVALID_VALUE", false),
        };
        assert_eq!(refused["target"], "currentPassword");
        let told = refused["innerError"]["secondsUntilUnlock"].is_u64();
        assert_eq!(
            (refused["code"].as_str().unwrap(), told),
            expected,
            "{attempt}"
        );
    }
    // RTS art. 4(3)(b): the sixth is refused even if right.
    let blocked = visit
        .refused("password.reset", reset(&alice.password))
        .await;
    assert_eq!(blocked["code"], "PASSWORD_LOCKED_OUT");
    house.advance(std::time::Duration::from_mins(16));
    let mut visit = Visit::begin(&house, &shop).await;
    visit.go("usernamePassword.check", right).await;
    assert_eq!(
        visit.go("password.reset", reset(&alice.password)).await,
        "COMPLETED"
    );
}

#[tokio::test]
async fn pingone_1_3_a_password_that_is_too_old_is_changed_on_the_way() {
    let lifetime = std::time::Duration::from_hours(24);
    let house = House::open_with(|settings| {
        settings.policy.identity.password_lifetime = Some(lifetime);
    });
    let house = house.await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let alice = env.add_person("alice").await;
    house.advance(lifetime);
    let mut visit = Visit::begin(&house, &shop).await;
    let right = password(&alice, &alice.password);
    let status = visit.go("usernamePassword.check", right).await;
    assert_eq!(status, "PASSWORD_EXPIRED");
    let reset = |new: &str| json!({ "currentPassword": alice.password, "newPassword": new });
    let same = visit
        .refused("password.reset", reset(&alice.password))
        .await;
    assert_eq!(
        same["innerError"]["unsatisfiedRequirements"],
        json!(["history"])
    );
    assert_eq!(visit.go("password.reset", reset(NEW)).await, "COMPLETED");
}

#[tokio::test]
async fn pingone_1_3_a_flow_begins_anew_and_keeps_nothing() {
    let house = house().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let carol = env.add_person_with_mailbox("carol").await;
    let mut visit = Visit::begin(&house, &shop).await;
    let right = password(&carol, &carol.password);
    assert_eq!(
        visit.go("usernamePassword.check", right).await,
        "OTP_REQUIRED"
    );
    let code = code_in(&env.last_text().await);
    assert_eq!(
        visit.go("session.reset", json!({})).await,
        "USERNAME_PASSWORD_REQUIRED"
    );
    let late = visit.act("otp.check", json!({ "otp": code })).await;
    assert_eq!(late.expect_status(400).json()["code"], "INVALID_REQUEST");
    visit
        .go("password.forgot", json!({ "username": "carol" }))
        .await;
    assert_eq!(
        visit.go("session.reset", json!({})).await,
        "USERNAME_PASSWORD_REQUIRED"
    );
}

#[tokio::test]
async fn what_the_house_does_not_do_is_not_offered() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let shop = shop(&env).await;
    let mut visit = Visit::begin(&house, &shop).await;
    for (action, body) in [
        ("password.forgot", json!({ "username": "alice" })),
        (
            "user.register",
            json!({ "username": "a", "email": "a@example.com", "password": NEW }),
        ),
    ] {
        assert!(!visit.offers(action));
        let refused = visit.act(action, body).await.expect_status(400).json();
        assert_eq!(refused["code"], "INVALID_REQUEST");
    }
}
