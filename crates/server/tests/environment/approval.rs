//! Transactions that people approve: a request object says what, a receipt says that.

use authn::approval::receipt::{Expected, Receipt};
use authn::flow::{Rule, Verdict};
use domain::Client;
use domain::port::Changes;
use jose::jws::VerifyingKeys;
use serde_json::{Value, json};
use testkit::{AuthorizationRequest, Environment, House, RelyingParty, code_in};

/// A request object as the documentation of such environments has it: no more than who asks whom, and
/// what is to be approved.
fn object(shop: &RelyingParty, env: &Environment<'_>, sum: &str) -> Value {
    json!({
        "aud": env.issuer,
        "iss": shop.id,
        "pi.template": {
            "name": "transaction",
            "variables": {"sum": sum, "currency": "EUR", "recipient": "Demo Shop GmbH"},
        },
        "pi.clientContext": {"alert.color": "green"},
        "pi.remoteIp": "192.0.2.7",
    })
}

fn asking(shop: &RelyingParty, object: &Value) -> AuthorizationRequest {
    let mut assertion = shop.assertion();
    for (name, value) in object.as_object().unwrap() {
        assertion = assertion.with(name, value.clone());
    }
    for name in ["sub", "jti", "iat", "exp"] {
        assertion = assertion.with(name, Value::Null);
    }
    let signed = assertion.signed_with_secret(shop.secret.as_deref().unwrap());
    shop.request().with("request", &signed)
}

fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes());
    serde_json::from_slice(&claims.unwrap()).unwrap()
}

async fn change_shop(house: &House, env: &Environment<'_>, change: impl FnOnce(&mut Client)) {
    let stored = env.records.get::<Client>("shop").await.unwrap();
    let mut stored = stored.unwrap();
    change(&mut stored.record);
    let mut changes = Changes::none();
    changes.update(&stored);
    env.records.commit(changes).await.unwrap();
    house.follow_configuration().await;
}

#[tokio::test]
async fn seed_003_a_payment_is_approved_with_a_code_and_the_receipt_can_be_checked() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let shop = env.add_client("shop").await;
    let request = asking(&shop, &object(&shop, &env, "99.95"));
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &carol).await;
    for told in ["99.95", "EUR", "Demo Shop GmbH"] {
        assert!(page.text().contains(told), "{told}");
        assert!(env.last_text().await.contains(told), "{told}");
    }
    let code = code_in(&env.last_text().await);
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = browser.allow(page).await;
    let reply = shop.exchange(&request, answer.code()).await;
    let tokens = reply.expect_status(200).json();
    let receipt = tokens["approval_receipt"].as_str().unwrap();
    let keys = VerifyingKeys::new(&env.jwks().await);
    let expected = Expected {
        issuer: Some(&env.issuer),
        audience: Some("shop"),
        digest: None,
        now: Some(house.now()),
    };
    let receipt = Receipt::verify(receipt, &keys, &expected).unwrap();
    // It names the person as all other tokens of the environment do, and their device as its API does.
    let id_token = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!(receipt.subject().to_string(), id_token["sub"]);
    assert_eq!(receipt.subject().id(), carol.id);
    let told = json!(receipt);
    assert_eq!(told["transaction"]["subject"], id_token["sub"]);
    let bound = told["factors"].as_array().unwrap().iter();
    let bound: Vec<&Value> = bound.filter(|it| it.get("bound").is_some()).collect();
    let devices = env.records.all::<domain::Device>().await.unwrap();
    let mut devices = devices.iter().map(|device| device.id.uuid().to_string());
    assert!(devices.any(|id| bound[0]["device"] == id), "{told}");
    let payment = &receipt.transaction().payments()[0];
    assert_eq!(payment.amount.to_string(), "99.95");
    let told: Vec<&str> = receipt.shown().iter().map(|it| it.text.as_str()).collect();
    assert!(
        told.iter()
            .all(|text| text.contains("99.95") && !text.contains(&code))
    );
    for event in ["transaction.approved", "sign_on.succeeded"] {
        let event = env.last_event(event).await;
        assert_eq!(event["detail"]["client"], "shop");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_or_is_malformed_is_refused_at_the_request() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let shop = env.add_client("shop").await;
    let good = object(&shop, &env, "1.00");
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let missing = json!({"name": "transaction", "variables": {"sum": "1.00"}});
    let reserved = json!({"name": "transaction", "variables": {"otp": "1"}});
    let many: serde_json::Map<_, _> = (0..65).map(|i| (format!("v{i}"), json!("1"))).collect();
    for bad in [
        with("pi.template", missing),
        with("pi.template", reserved),
        with("pi.template", json!({"name": "no such template"})),
        with(
            "pi.template",
            json!({"name": "transaction", "variables": many}),
        ),
        with("pi.template", json!("transaction")),
        with("pi.webAuthn.challenge", json!("short")),
        with("pi.remoteIp", json!("somewhere")),
        with("aud", json!("https://other.example/as")),
        with("iss", json!("other")),
    ] {
        let mut browser = house.browser();
        let reply = browser.go(&asking(&shop, &bad)).await;
        let told = reply.location();
        let error = told.query_pairs().find(|(name, _)| name == "error");
        let error = error.unwrap().1.into_owned();
        assert!(error.starts_with("invalid_request"), "{bad}: {told}");
        // RFC 9126 §2.3: what could never be shown is not kept either.
        let pushed = shop.push(&asking(&shop, &bad)).await.expect_status(400);
        assert_eq!(pushed.json()["error"], error, "{bad}: {}", pushed.text());
    }
    let _ = shop.push(&asking(&shop, &good)).await.expect_status(201);
    assert!(
        env.records
            .all::<domain::Message>()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_beside_the_request_object_or_signed_by_another_is_not_to_be_approved() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let (shop, other) = (env.add_client("shop").await, env.add_client("other").await);
    // Without a request object the parameter is one that nobody knows.
    let template = r#"{"name":"transaction"}"#;
    let request = shop.request().with("pi.template", template);
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &carol).await;
    assert!(!env.last_text().await.contains("Demo Shop GmbH"));
    assert!(page.has_form("one-time-code"));
    // Another's secret signs nothing for the shop.
    let forged = shop
        .assertion()
        .with("pi.template", json!({"name": "transaction"}));
    let forged = forged.signed_with_secret(other.secret.as_deref().unwrap());
    let reply = house
        .browser()
        .go(&shop.request().with("request", &forged))
        .await;
    assert!(
        reply
            .location()
            .as_str()
            .contains("error=invalid_request_object")
    );
    // Nor does no one, where the application has not said so.
    let unsigned = format!(
        "eyJhbGciOiJub25lIn0.{}.",
        data_encoding::BASE64URL_NOPAD.encode(object(&shop, &env, "1.00").to_string().as_bytes(),)
    );
    let reply = house
        .browser()
        .go(&shop.request().with("request", &unsigned))
        .await;
    assert!(
        reply
            .location()
            .as_str()
            .contains("error=invalid_request_object")
    );
}

#[tokio::test]
async fn the_client_vouches_for_the_first_factor_with_a_login_hint_token() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let shop = env.add_client("shop").await;
    let hint = |subject: &str, secret: &str| {
        let hint = shop.assertion().with("sub", json!(subject));
        hint.signed_with_secret(secret)
    };
    let secret = shop.secret.clone().unwrap();
    let subject = carol.id.uuid().to_string();
    let asked = asking(&shop, &object(&shop, &env, "5.00"));
    let request = asked.with("login_hint_token", &hint(&subject, &secret));
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    assert!(page.has_form("one-time-code"), "{page:?}");
    let code = code_in(&env.last_text().await);
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = browser.allow(page).await;
    let tokens = shop.exchange(&request, answer.code()).await.json();
    assert!(tokens["approval_receipt"].is_string(), "{tokens}");
    // The secret of somebody else vouches for nobody.
    let request = shop.request();
    let request = request.with("login_hint_token", &hint(&subject, "x".repeat(40).as_str()));
    let reply = house.browser().go(&request).await;
    assert!(reply.location().as_str().contains("error=invalid_request"));
}

#[tokio::test]
async fn who_cannot_sign_on_is_vouched_for_by_no_request_and_why_is_not_told() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let dave = env.add_person_with_mailbox("dave").await;
    let stored = env.records.get::<domain::User>(&dave.id).await.unwrap();
    let mut stored = stored.unwrap();
    stored.record.enabled = false;
    let mut changes = Changes::none();
    changes.update(&stored);
    env.records.commit(changes).await.unwrap();
    let shop = env.add_client("shop").await;
    let nobody = "4f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b".to_owned();
    let mut told = Vec::new();
    for subject in [dave.id.uuid().to_string(), nobody, "dave".to_owned()] {
        let hint = shop.assertion().with("sub", json!(subject));
        let hint = hint.signed_with_secret(shop.secret.as_deref().unwrap());
        let request = asking(&shop, &object(&shop, &env, "5.00"));
        let request = request.with("login_hint_token", &hint);
        let request = request.with("response_mode", "pi.flow");
        let refused = house.browser().go(&request).await.expect_status(400).json();
        told.push(refused["details"].clone());
    }
    assert_eq!(told[0][0]["code"], "invalid_request", "{told:?}");
    assert!(told.iter().all(|it| *it == told[0]), "{told:?}");
}

#[tokio::test]
async fn who_is_vouched_for_is_signed_on_to_that_application_alone() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let (shop, other) = (env.add_client("shop").await, env.add_client("other").await);
    let hint = json!(carol.id.uuid().to_string());
    let hint = shop.assertion().with("sub", hint);
    let hint = hint.signed_with_secret(shop.secret.as_deref().unwrap());
    let request = shop.request().with("login_hint_token", &hint);
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let code = code_in(&env.last_text().await);
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = browser.allow(page).await;
    let reply = shop.exchange(&request, answer.code()).await;
    assert!(reply.expect_status(200).json()["id_token"].is_string());
    // Nobody else takes the shop's word for who carol is, in the same browser.
    let page = browser.go(&other.request()).await;
    assert!(page.has_form("sign-on"), "{page:?}");
    // It is no request either, and the shop has none of its own to sign on with.
    let request = shop.request().with("request", &hint);
    let told = house.browser().go(&request).await.location();
    assert!(told.as_str().contains("error=invalid_request_object"));
}

#[tokio::test]
async fn a_challenge_is_the_clients_to_choose_but_none_like_our_own() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let shop = env.add_client("shop").await;
    let chosen = |by: &RelyingParty, challenge: &[u8]| {
        let challenge = data_encoding::BASE64URL_NOPAD.encode(challenge);
        let mut object = object(by, &env, "3.00");
        object["pi.webAuthn.challenge"] = json!(challenge);
        asking(by, &object)
    };
    // Until somebody has signed it, it is not spent: a page may be loaded again.
    for _ in 0..2 {
        let request = chosen(&shop, b"sixteen bytes, and more");
        let page = house.browser().go(&request).await;
        assert!(page.has_form("sign-on"), "{page:?}");
    }
    // What the server itself could ask is nobody's to choose.
    let ours = [b"countersign\0".as_slice(), &[7; 32]].concat();
    let reply = house.browser().go(&chosen(&shop, &ours)).await;
    assert!(reply.location().as_str().contains("error=invalid_request"));
}

#[tokio::test]
async fn who_must_sign_its_requests_is_heard_in_what_is_signed_alone() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let shop = env.add_client("shop").await;
    change_shop(&house, &env, |shop| shop.require_signed_requests = true).await;
    let mut object = object(&shop, &env, "4.00");
    let reply = house.browser().go(&asking(&shop, &object)).await;
    let told = reply.location();
    assert!(
        told.as_str().contains("response_type+is+required"),
        "{told}"
    );
    let request = shop.request();
    for name in ["redirect_uri", "response_type", "scope", "state"] {
        object[name] = json!(request.value(name));
    }
    let page = house.browser().go(&asking(&shop, &object)).await;
    assert!(page.has_form("sign-on"), "{page:?}");
}

#[tokio::test]
async fn seed_003_an_application_may_say_that_it_does_not_sign() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let shop = env.add_client("shop").await;
    let sign_nothing = |shop: &mut Client| shop.support_unsigned_request_object = true;
    change_shop(&house, &env, sign_nothing).await;
    let object = object(&shop, &env, "7.00").to_string();
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let unsigned = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(&object));
    let mut browser = house.browser();
    let page = browser.go(&shop.request().with("request", &unsigned)).await;
    let page = browser.enter_password(&page, &carol).await;
    assert!(page.text().contains("7.00"), "{page:?}");
    // Nothing stands behind what says that it is signed, and is not.
    let forged = format!("{}.{}.", encode(r#"{"alg":"HS256"}"#), encode(&object));
    let reply = house
        .browser()
        .go(&shop.request().with("request", &forged))
        .await;
    assert!(
        reply
            .location()
            .as_str()
            .contains("error=invalid_request_object")
    );
}

#[tokio::test]
async fn seed_003_rules_go_by_the_address_that_a_signed_request_tells() {
    let house = House::open_with(|settings| {
        settings.policy.rules = vec![Rule {
            networks: vec!["192.0.2.0/24".parse().unwrap()],
            ..Rule::always(Verdict::Deny)
        }];
    });
    let house = house.await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let shop = env.add_client("shop").await;
    for (address, denied) in [("192.0.2.7", true), ("198.51.100.7", false)] {
        let mut object = object(&shop, &env, "9.00");
        object["pi.remoteIp"] = json!(address);
        let mut browser = house.browser();
        let page = browser.go(&asking(&shop, &object)).await;
        let page = browser.enter_password(&page, &carol).await;
        match denied {
            true => assert!(page.location().as_str().contains("error=access_denied")),
            false => assert!(page.has_form("one-time-code"), "{page:?}"),
        }
    }
    // Whoever signs nothing says nothing of where they are.
    let sign_nothing = |shop: &mut Client| shop.support_unsigned_request_object = true;
    change_shop(&house, &env, sign_nothing).await;
    let mut object = object(&shop, &env, "9.00");
    object["pi.remoteIp"] = json!("198.51.100.7");
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let unsigned = format!(
        "{}.{}.",
        encode(r#"{"alg":"none"}"#),
        encode(&object.to_string())
    );
    let request = shop.request().with("request", &unsigned);
    let mut browser = house.browser().with_header("x-forwarded-for", "192.0.2.7");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &carol).await;
    assert!(page.location().as_str().contains("error=access_denied"));
}
