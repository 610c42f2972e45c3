//! `/pingid/ppm/auth`: somebody signs on, or does not.

use std::time::Duration;

use domain::port::Versioned;
use domain::{Device, DeviceKind, User};
use serde_json::{Value, json};
use testkit::{House, Reply};

use super::party::{Party, RETURN_URL, with_attribute};

#[tokio::test]
async fn who_signs_on_is_answered_with_every_member() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let request = party.request("bob");
    let request = with_attribute(request, "memberOf", json!(["staff", "payroll"]));
    let request = with_attribute(request, "appName", json!("Expenses"));
    let icon = "https://apps.example/expenses.png";
    let request = with_attribute(request, "appIconUrl", json!(icon));
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &request).await;
    // The person sees for what they sign on.
    assert!(page.text().contains("Expenses"), "{}", page.text());
    let shown = testkit::html::unescape(&page.text());
    assert!(shown.contains(&format!("src=\"{icon}\"")));
    let code = bob.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    let answer = party.answer(&page);
    let expected = json!({
        "iss": "pingidauthenticator",
        "sub": "bob",
        "aud": "PingFed",
        "nonce": request["nonce"],
        "iat": party.now(),
        "exp": party.now() + 300,
        "jti": answer["jti"],
        "status": "success",
        "idpAccountId": party.alias,
        "authnContext": "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
        "assuranceLevel": 2,
        "group": ["staff", "payroll"],
        "inResponseTo": request["jti"],
        "dst": RETURN_URL,
    });
    assert_eq!(answer, expected);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");
    let event = house.last_event("ppm.succeeded").await;
    assert_eq!(
        event["actor"],
        json!({ "type": "client", "name": "PingFed" })
    );
    assert_eq!(event["detail"]["username"], "bob");
    // Nobody is signed on here by it.
    let account = browser.get("/account").await;
    assert_eq!(account.status, 303);
    // It is answered once.
    let again = browser.get(page.url.as_str()).await;
    assert!(!again.has_form("form-post"));
}

#[tokio::test]
async fn both_addresses_take_requests() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    for path in ["/pingid/ppm/auth", "/pingid/ppm/auth/"] {
        let request = party.signed(&party.request("bob"));
        let page = party.post(&mut house.browser(), path, &request).await;
        assert!(page.has_form("one-time-code"), "{path}");
        let got = house.browser().get(path).await;
        assert_eq!(got.status, 405);
    }
}

#[tokio::test]
async fn the_request_is_of_the_people_of_its_organisation() {
    let house = House::open().await;
    let environment = house.add_environment("Shop").await;
    let carol = environment.add_person_with_mailbox("carol").await;
    let path = format!("/environments/{}/pingid", environment.id);
    let party = Party::at(&house, path).await;
    assert_eq!(party.alias, environment.id.to_string());
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("carol")).await;
    assert!(
        page.url
            .path()
            .starts_with(&format!("/{}/signon/", environment.id))
    );
    let code = testkit::code_in(&environment.last_text().await);
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = party.answer(&page);
    assert_eq!(
        (&answer["status"], &answer["sub"]),
        (&json!("success"), &json!(carol.username))
    );
    let _ = environment.last_event("ppm.succeeded").await;
    // Who has another's key is not believed, and who names another's alias is not either.
    let server = Party::of(&house).await;
    let mut forged = server.request("carol");
    forged["idpAccountId"] = json!(party.alias);
    let form = [
        ("idp_account_id", party.alias.clone()),
        ("ppm_request", server.signed(&forged)),
    ];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = house
        .browser()
        .post_cross_site("/pingid/ppm/auth", &form)
        .await;
    assert_eq!(page.status, 400);
    assert!(!page.has_form("form-post"));
}

#[tokio::test]
async fn each_device_is_told_by_its_context() {
    let house = House::open_with(|settings| {
        settings.policy.devices.selection = authn::flow::Selection::PromptToSelect;
    });
    let house = house.await;
    house.add_person_with_mailbox("carol").await;
    let party = Party::of(&house).await;
    for (place, context, level) in [(1, "unspecified", 1), (2, "MobileTwoFactorUnregistered", 1)] {
        let mut browser = house.browser();
        let page = party.ask(&mut browser, &party.request("carol")).await;
        let button = format!("device-{place}");
        let page = browser.submit(&page, "select-device", &button, &[]).await;
        let code = house.sent_code().await;
        let filled = [("otp", code.as_str())];
        let page = browser
            .submit(&page, "one-time-code", "submit", &filled)
            .await;
        let answer = party.answer(&page);
        let context = format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{context}");
        assert_eq!(answer["authnContext"], context);
        assert_eq!(answer["assuranceLevel"], level);
        house.advance(Duration::from_mins(2));
    }
}

#[tokio::test]
async fn keys_of_every_length_and_age_are_taken() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let mut party = Party::of(&house).await;
    for (bits, algorithm) in [(384, "HS384"), (512, "HS512")] {
        // The key before it is good for a while, and is answered with itself.
        party.rotate(json!({ "bits": bits })).await;
        let old = party.signed(&party.request("nobody\u{7}x"));
        let _ = party
            .post(&mut house.browser(), "/pingid/ppm/auth", &old)
            .await;
        let earlier = party.request("bob");
        let page = party.ask(&mut house.browser(), &earlier).await;
        assert!(page.has_form("one-time-code"));
        party.read_properties().await;
        let mut request = party.request("bob");
        request["attributes"] = json!([]);
        let request = party.signed_by(&request, algorithm);
        let page = party
            .post(&mut house.browser(), "/pingid/ppm/auth", &request)
            .await;
        assert_eq!(party.code(&page), "PINGID_001");
    }
    // A key that has ended is nobody's.
    let old = party.signed(&party.request("bob"));
    party.rotate(json!({ "overlapSeconds": 0 })).await;
    let page = party
        .post(&mut house.browser(), "/pingid/ppm/auth", &old)
        .await;
    assert_eq!(page.status, 400);
}

/// Requests with something wrong, with the code and the cause of each.
fn mistakes(party: &Party<'_>) -> Vec<(Value, &'static str, &'static str)> {
    let now = party.now();
    let changed = |name: &str, value: Value| {
        let mut request = party.request("bob");
        request[name] = value;
        request
    };
    let at = |iat: i64, exp: i64| {
        let mut request = changed("iat", json!(now + iat));
        request["exp"] = json!(now + exp);
        request
    };
    let unproven = json!([{ "name": "isUserAuthenticated", "value": "false" }]);
    let audience = "the request is for another audience";
    let destination = "the request is for another destination";
    let contradicted = "the parameters beside the request contradict it";
    let malformed = "a mandatory member of the request is missing or malformed";
    let attributes = "the attributes of the request are malformed";
    let first = "the request does not say that the user has passed first-factor authentication";
    let times = "the times of the request are not possible";
    let elsewhere = json!("https://other.example/");
    vec![
        (changed("aud", json!("x")), "AUTH_002", audience),
        (changed("dst", elsewhere), "AUTH_002", destination),
        (
            changed("idpAccountId", json!("x")),
            "AUTH_002",
            contradicted,
        ),
        (changed("iss", json!("Other")), "AUTH_002", contradicted),
        (changed("nonce", Value::Null), "AUTH_002", malformed),
        (changed("attributes", json!("x")), "AUTH_002", attributes),
        (changed("attributes", unproven), "PINGID_001", first),
        (changed("attributes", json!([])), "PINGID_001", first),
        (at(300, 600), "PINGID_002", times),
        (at(-900, -300), "PINGID_003", "the request has expired"),
    ]
}

#[tokio::test]
async fn the_errors_of_a_request_are_told_to_its_relying_party() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    for (request, code, cause) in mistakes(&party) {
        let page = party.ask(&mut house.browser(), &request).await;
        let answer = party.answer(&page);
        assert_eq!(answer["errorCode"], code);
        let message = answer["message"].as_str().unwrap();
        assert_eq!(message.to_lowercase(), cause.to_lowercase());
        let event = house.last_event("ppm.refused").await;
        assert_eq!(event["detail"]["cause"], cause);
        // The person is told nothing of it.
        assert!(!page.text().contains(message));
    }
}

#[tokio::test]
async fn a_request_is_good_once() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let first = party.request("bob");
    let page = party.ask(&mut house.browser(), &first).await;
    assert!(page.has_form("one-time-code"));
    let page = party.ask(&mut house.browser(), &first).await;
    assert_eq!(party.code(&page), "PINGID_002");
    for (same, other) in [("nonce", "jti"), ("jti", "nonce")] {
        let mut request = first.clone();
        request[other] = json!(format!("another-{same}"));
        let page = party.ask(&mut house.browser(), &request).await;
        assert_eq!(party.code(&page), "PINGID_002", "{same}");
    }
    let event = house.last_event("ppm.refused").await;
    assert_eq!(event["detail"]["cause"], "the request was used before");
    // Who sends none, or an empty one, is not stopped by that.
    for jti in [json!(""), Value::Null] {
        let mut request = party.request("bob");
        request["jti"] = jti;
        let page = party.ask(&mut house.browser(), &request).await;
        assert!(page.has_form("one-time-code"));
    }
}

#[tokio::test]
async fn what_a_person_does_is_told() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("bob")).await;
    let page = browser.submit(&page, "one-time-code", "cancel", &[]).await;
    let answer = party.answer(&page);
    assert_eq!(
        (&answer["errorCode"], &answer["message"]),
        (&json!("PINGID_001"), &json!("The user canceled"))
    );
    let event = house.last_event("ppm.failed").await;
    assert_eq!(event["detail"]["cause"], "the user canceled");
    // Who has taken too long.
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("bob")).await;
    house.advance(Duration::from_mins(16));
    let page = browser.get(page.url.as_str()).await;
    assert_eq!(party.code(&page), "PINGID_004");
    // Who may not sign on.
    house.change_person(&bob, |user| user.enabled = false).await;
    let page = party.ask(&mut house.browser(), &party.request("bob")).await;
    let answer = party.answer(&page);
    assert_eq!(
        (&answer["errorCode"], &answer["message"]),
        (&json!("PINGID_001"), &json!("The user is disabled"))
    );
}

#[tokio::test]
async fn who_has_no_device_that_may_be_used_is_told_so() {
    let house = House::open_with(|settings| {
        let kept = authn::evidence::FactorKind::Sms;
        settings.policy.devices.allowed = vec![kept];
    });
    let house = house.await;
    let bob = house.add_person_with_totp("bob").await;
    let ada = house.add_person("ada").await;
    let party = Party::of(&house).await;
    let page = party.ask(&mut house.browser(), &party.request("bob")).await;
    assert_eq!(party.code(&page), "PINGID_007");
    assert_eq!(bob.username, "bob");
    // Nobody has vouched for somebody without a device either.
    let mut unproven = party.request("ada");
    unproven["attributes"] = json!([{ "name": "isUserAuthenticated", "value": "false" }]);
    let page = party.ask(&mut house.browser(), &unproven).await;
    assert_eq!(party.code(&page), "PFAUTH_002");
    // The only thing to set up is a telephone, and the number is none.
    let request = with_attribute(party.request("ada"), "phone", json!("extension 7"));
    let page = party.ask(&mut house.browser(), &request).await;
    assert_eq!(party.code(&page), "PINGID_005");
    // Who may not be enrolled.
    party
        .set(json!({
            "returnHosts": ["sso.connect.pingidentity.com"], "enrollment": { "enabled": false },
        }))
        .await;
    let page = party.ask(&mut house.browser(), &party.request("ada")).await;
    assert_eq!(party.code(&page), "PINGID_006");
    let page = party
        .ask(&mut house.browser(), &party.request("nobody"))
        .await;
    let answer = party.answer(&page);
    assert_eq!(
        (&answer["errorCode"], &answer["message"]),
        (&json!("PINGID_001"), &json!("The user does not exist"))
    );
    assert_eq!(ada.username, "ada");
}

/// A request for somebody who is not known yet.
fn newcomer(party: &Party<'_>) -> Value {
    let told = [
        ("fname", "John"),
        ("lname", "Smith"),
        ("email", "john@example.com"),
        ("phone", "+44 20 7946 0018"),
    ];
    let request = party.request("jsmith");
    let told = told.into_iter();
    told.fold(request, |request, (name, value)| {
        with_attribute(request, name, json!(value))
    })
}

#[tokio::test]
async fn a_newcomer_is_added_and_sets_up_a_device_on_the_way() {
    let house = House::open().await;
    let party = Party::of(&house).await;
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &newcomer(&party)).await;
    assert_eq!(page.title(), "Set up a second step");
    let users = house.records().all::<User>().await.unwrap();
    let john = users.iter().find(|user| user.username == "jsmith").unwrap();
    assert_eq!(john.profile.name.as_deref(), Some("John Smith"));
    assert_eq!(john.profile.phone_number.as_deref(), Some("+442079460018"));
    let _ = house.last_event("user.created").await;
    // They change their mind once.
    let page = browser.submit(&page, "set-up", "method-totp", &[]).await;
    let secret = |page: &Reply| {
        let text = page.text();
        let (_, after) = text.split_once("id=\"secret\"").unwrap();
        after.split('<').next().unwrap().to_owned()
    };
    let first = secret(&page);
    // Nobody else is shown what was made here.
    let mut other = house.browser();
    let elsewhere = party.ask(&mut other, &party.request("jsmith")).await;
    let elsewhere = other.submit(&elsewhere, "set-up", "method-totp", &[]).await;
    assert_ne!(secret(&elsewhere), first);
    let page = browser.submit(&page, "other-form", "back", &[]).await;
    let page = browser.submit(&page, "set-up", "method-sms", &[]).await;
    let known = page
        .form("set-up-target")
        .value("target")
        .map(str::to_owned);
    assert_eq!(known.as_deref(), Some("+442079460018"));
    let page = browser.submit(&page, "set-up-target", "submit", &[]).await;
    // A wrong code sets up nothing.
    let page = browser
        .submit(&page, "set-up-activate", "submit", &[("otp", "000000")])
        .await;
    assert!(page.alert().is_some());
    let code = house.sent_code().await;
    let page = browser
        .submit(&page, "set-up-activate", "submit", &[("otp", &code)])
        .await;
    assert_eq!(page.title(), "Your second step is ready");
    let page = browser
        .submit(&page, "set-up-done", "submit", &[("name", "")])
        .await;
    let answer = party.answer(&page);
    assert_eq!(answer["status"], "success");
    assert!(
        answer["authnContext"]
            .as_str()
            .unwrap()
            .ends_with("MobileTwoFactorUnregistered")
    );
    let _ = house.last_event("device.enrolled").await;
    let devices = house.records().all::<Device>().await.unwrap();
    let is_phone = |it: &&Versioned<Device>| matches!(it.kind, DeviceKind::Sms { .. });
    assert_eq!(devices.iter().filter(is_phone).count(), 1);
    // From now on it is asked for, and nothing else can be set up.
    house.advance(Duration::from_mins(2));
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("JSmith")).await;
    assert!(page.has_form("one-time-code"), "{}", page.text());
}
