//! `/registration/webauthn` and `/pingid/ppm/hybrid/webauthn/auth`: keys are set up by one, and serve
//! at the other.

use authn::evidence::FactorKind;
use authn::factor::webauthn::RelyingParty;
use authn::flow::WebAuthnPolicy;
use domain::{Device, DeviceKind, User};
use serde_json::{Value, json};
use testkit::soft_authenticator::SoftAuthenticator;
use testkit::{Browser, House, Reply};

use super::party::{Party, options, with_attribute};

const ORIGIN: &str = "http://localhost:9031";
const CUSTOM: &str = "https://login.customer.example";
const REGISTRATION: &str = "/registration/webauthn";
const HYBRID: &str = "/pingid/ppm/hybrid/webauthn/auth";

async fn house() -> House {
    House::open_with(|settings| {
        let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
        let party = party.with_related_origins(&[CUSTOM]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
        settings.policy.devices.most = 2;
    })
    .await
}

async fn register(party: &Party<'_>, browser: &mut Browser, request: &Value) -> Reply {
    let request = party.signed(request);
    party.post(browser, REGISTRATION, &request).await
}

async fn made(browser: &mut Browser, page: &Reply, authenticator: &mut SoftAuthenticator) -> Reply {
    let made = authenticator.create(&options(page)).to_string();
    let filled = [("assertion", made.as_str())];
    let form = page.form("enrol-form");
    let form = testkit::html::Form {
        inputs: vec!["assertion".to_owned()],
        ..form
    };
    let reply = browser.send_form(page, &form, None, &filled).await;
    browser.follow(reply).await
}

async fn give_up(browser: &mut Browser, page: &Reply, failure: &str) -> Reply {
    let mut form = page.form("webauthn-report");
    form.inputs.push("failure".to_owned());
    let filled = [("failure", failure)];
    let reply = browser.send_form(page, &form, None, &filled).await;
    browser.follow(reply).await
}

async fn signed(
    browser: &mut Browser,
    page: &Reply,
    authenticator: &mut SoftAuthenticator,
) -> Reply {
    let signed = authenticator.sign(&options(page)).to_string();
    sent(browser, page, &signed).await
}

async fn sent(browser: &mut Browser, page: &Reply, signed: &str) -> Reply {
    let mut form = page.form("assertion-form");
    form.inputs.push("assertion".to_owned());
    let filled = [("assertion", signed)];
    let reply = browser.send_form(page, &form, None, &filled).await;
    browser.follow(reply).await
}

#[tokio::test]
async fn a_key_is_set_up_and_serves_at_every_door() {
    let house = house().await;
    let party = Party::of(&house).await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let mut browser = house.browser();
    let request = party.registration("jsmith", "webauthn_platform");
    let request = with_attribute(request, "webauthnName", json!("Work laptop"));
    let request = with_attribute(request, "webauthnDisplayName", json!("John S."));
    let page = register(&party, &mut browser, &request).await;
    let asked = options(&page);
    assert_eq!(asked["user"]["displayName"], "John S.");
    assert_eq!(
        asked["authenticatorSelection"]["authenticatorAttachment"],
        "platform"
    );
    let page = made(&mut browser, &page, &mut authenticator).await;
    let answer = party.answer(&page);
    let expected = json!({
        "iss": "md", "sub": "jsmith", "aud": "PingFed", "nonce": request["nonce"],
        "iat": party.now(), "exp": party.now() + 30, "jti": answer["jti"], "status": "success",
        "idpAccountId": party.alias, "inResponseTo": "", "dst": "http://httpbin.org/post",
        "authnContext": "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "assuranceLevel": 3,
    });
    assert_eq!(answer, expected);
    let devices = house.records().all::<Device>().await.unwrap();
    assert_eq!(devices[0].name, "Work laptop");
    assert!(matches!(devices[0].kind, DeviceKind::WebAuthn(_)));
    // It signs on by the request for everybody, and by that for keys that were set up elsewhere.
    for path in ["/pingid/ppm/auth", HYBRID] {
        let mut browser = house.browser();
        let request = party.signed(&party.request("jsmith"));
        let page = party.post(&mut browser, path, &request).await;
        let page = signed(&mut browser, &page, &mut authenticator).await;
        let answer = party.answer(&page);
        assert_eq!(answer["status"], "success", "{path}");
        assert!(
            answer["authnContext"]
                .as_str()
                .unwrap()
                .ends_with("SmartcardPKI")
        );
    }
}

#[tokio::test]
async fn a_key_of_a_custom_domain_serves_on_ours() {
    let house = house().await;
    let told = house.http.get(house.at("/.well-known/webauthn")).await;
    let told = told.expect_status(200);
    assert_eq!(told.header("content-type"), Some("application/json"));
    assert_eq!(told.json(), json!({ "origins": [CUSTOM] }));
    // A page of the custom domain has made a credential of our RP ID.
    let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
    let party = party.with_related_origins(&[CUSTOM]).unwrap();
    let ada = house.add_person("ada").await;
    let mut elsewhere = SoftAuthenticator::at(CUSTOM);
    house
        .add_passkey(&ada, &WebAuthnPolicy::new(party), &mut elsewhere)
        .await;
    let mut here = elsewhere;
    here.origin = ORIGIN.to_owned();
    let party = Party::of(&house).await;
    let mut browser = house.browser();
    let mut request = party.request("ada");
    request["attributes"] = json!([{ "name": "pingidSpAlias", "value": "web" }]);
    let page = party
        .post(&mut browser, HYBRID, &party.signed(&request))
        .await;
    let page = signed(&mut browser, &page, &mut here).await;
    assert_eq!(party.answer(&page)["status"], "success");
    // A server without related origins has nothing to tell.
    let plain = House::open().await;
    let told = plain.http.get(plain.at("/.well-known/webauthn")).await;
    let _ = told.expect_status(404);
}

#[tokio::test]
async fn the_codes_of_a_registration() {
    let house = house().await;
    let party = Party::of(&house).await;
    // What is wrong with the request.
    let mut nothing = party.registration("ada", "webauthn");
    nothing["attributes"] = json!([]);
    let mut expired = party.registration("ada", "webauthn");
    expired["exp"] = json!(party.now() - 300);
    expired["iat"] = json!(party.now() - 600);
    for request in [party.registration("ada", "other"), nothing, expired] {
        let page = register(&party, &mut house.browser(), &request).await;
        assert_eq!(party.code(&page), "INVALID_PPM");
    }
    // What the browser cannot do.
    let request = party.registration("ada", "webauthn");
    let mut browser = house.browser();
    let page = register(&party, &mut browser, &request).await;
    let asked = options(&page);
    let roams = &asked["authenticatorSelection"]["authenticatorAttachment"];
    assert_eq!(roams, "cross-platform");
    let page = give_up(&mut browser, &page, "NotSupportedError").await;
    let answer = party.answer(&page);
    assert_eq!(answer["errorCode"], "BROWSER_NOT_SUPPORTED");
    assert_eq!(
        answer["message"],
        "Browser does not support selected registration method"
    );
    // What the person does not want.
    let mut browser = house.browser();
    let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
    let page = browser.submit(&page, "cancel-form", "cancel", &[]).await;
    let answer = party.answer(&page);
    assert_eq!(answer["status"], "failure");
    assert!(answer.get("message").is_none() && answer.get("errorCode").is_none());
    // As many as there may be.
    for _ in 0..2 {
        let mut authenticator = SoftAuthenticator::at(ORIGIN);
        let mut browser = house.browser();
        let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
        let page = made(&mut browser, &page, &mut authenticator).await;
        assert_eq!(party.answer(&page)["status"], "success");
    }
    let page = register(
        &party,
        &mut house.browser(),
        &party.registration("ada", "webauthn"),
    )
    .await;
    assert_eq!(party.code(&page), "MAX_DEVICES");
}

#[tokio::test]
async fn a_credential_that_is_not_what_was_asked_for_is_not_taken() {
    let house = house().await;
    let party = Party::of(&house).await;
    let mut browser = house.browser();
    let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
    let mut elsewhere = SoftAuthenticator::at("https://evil.example");
    let page = made(&mut browser, &page, &mut elsewhere).await;
    assert!(page.alert().is_some(), "{}", page.text());
    let devices = house.records().all::<Device>().await.unwrap();
    assert!(devices.iter().all(|device| !device.is_active()));
    // Another one can be tried.
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let page = made(&mut browser, &page, &mut authenticator).await;
    assert_eq!(party.answer(&page)["status"], "success");
}

#[tokio::test]
async fn the_codes_of_a_key_that_was_set_up_elsewhere() {
    let house = house().await;
    let party = Party::of(&house).await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let mut browser = house.browser();
    let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
    let page = made(&mut browser, &page, &mut authenticator).await;
    assert_eq!(party.answer(&page)["status"], "success");
    for (name, code) in [
        ("AbortError", "ABORT_ERROR"),
        ("NotAllowedError", "NOT_ALLOWED_ERROR"),
        ("InvalidStateError", "INVALID_STATE_ERROR"),
        ("SecurityError", "SECURITY_ERROR"),
        ("NotSupportedError", "BROWSER_NOT_SUPPORTED"),
        ("UnknownError", "AUTH_GENERIC_ERROR"),
    ] {
        let mut browser = house.browser();
        let request = party.signed(&party.request("ada"));
        let page = party.post(&mut browser, HYBRID, &request).await;
        let page = give_up(&mut browser, &page, name).await;
        assert_eq!(party.code(&page), code);
    }
    let mut browser = house.browser();
    let page = party
        .post(&mut browser, HYBRID, &party.signed(&party.request("ada")))
        .await;
    let page = browser.submit(&page, "cancel-form", "cancel", &[]).await;
    assert_eq!(party.code(&page), "ABORT_ERROR");
    let post = async |request: &Value| {
        let request = party.signed(request);
        party
            .post(&mut house.browser(), &format!("{HYBRID}/"), &request)
            .await
    };
    assert_eq!(
        party.code(&post(&party.request("nobody")).await),
        "USER_DOES_NOT_EXIST"
    );
    let mut expired = party.request("ada");
    expired["exp"] = json!(party.now() - 300);
    assert_eq!(party.code(&post(&expired).await), "INVALID_PPM");
    let once = party.request("ada");
    let _ = post(&once).await;
    assert_eq!(party.code(&post(&once).await), "INVALID_STATE_ERROR");
    // The device that is meant, and one that is not there.
    let id = house.records().all::<Device>().await.unwrap()[0].id;
    let number = authn::pingid::device_number(id);
    assert!(number > 0 && number < 1 << 53);
    let of = |number: i64| with_attribute(party.request("ada"), "webAuthnDeviceId", json!(number));
    assert!(post(&of(number)).await.has_form("assertion-form"));
    assert_eq!(
        party.code(&post(&of(number + 1)).await),
        "AUTH_GENERIC_ERROR"
    );
}

#[tokio::test]
async fn where_one_key_is_meant_no_other_of_the_person_will_do() {
    let house = house().await;
    let party = Party::of(&house).await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let mut key = SoftAuthenticator::at(ORIGIN);
        let mut browser = house.browser();
        let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
        let page = made(&mut browser, &page, &mut key).await;
        assert_eq!(party.answer(&page)["status"], "success");
        keys.push(key);
    }
    let mut devices = house.records().all::<Device>().await.unwrap();
    devices.sort_by_key(|device| device.position);
    let [first, second] = &mut keys[..] else {
        panic!("two keys")
    };
    let number = authn::pingid::device_number(devices[1].id);
    let mut browser = house.browser();
    let request = with_attribute(party.request("ada"), "webAuthnDeviceId", json!(number));
    let request = party.signed(&request);
    let page = party.post(&mut browser, HYBRID, &request).await;
    assert_eq!(
        options(&page)["allowCredentials"].as_array().unwrap().len(),
        1
    );
    // One that is not asked for signs all the same.
    let mut asked = options(&page);
    asked["allowCredentials"] = json!([]);
    let of_first = first.sign(&asked).to_string();
    let page = sent(&mut browser, &page, &of_first).await;
    assert!(page.alert().is_some(), "{}", page.text());
    let page = signed(&mut browser, &page, second).await;
    assert_eq!(party.answer(&page)["status"], "success");
}

#[tokio::test]
async fn during_a_block_no_key_is_set_up_on_a_relying_partys_word() {
    let house = house().await;
    let party = Party::of(&house).await;
    let ada = house.add_person("ada").await;
    let mut browser = house.browser();
    let page = register(&party, &mut browser, &party.registration("ada", "webauthn")).await;
    for _ in 0..5 {
        let mut guesser = house.browser();
        let page = guesser.open("/account").await;
        let wrong = [("username", ada.username.as_str()), ("password", "wrong")];
        let _ = guesser.submit(&page, "sign-on", "submit", &wrong).await;
    }
    let mut key = SoftAuthenticator::at(ORIGIN);
    let page = made(&mut browser, &page, &mut key).await;
    assert!(page.alert().is_some(), "{}", page.text());
    let devices = house.records().all::<Device>().await.unwrap();
    assert!(devices.iter().all(|device| !device.is_active()));
}

#[tokio::test]
async fn nobody_is_added_to_set_up_a_key_where_none_is_used() {
    let house = House::open_with(|settings| {
        let allowed = &mut settings.policy.devices.allowed;
        allowed.retain(|kind| *kind != FactorKind::WebAuthn);
    })
    .await;
    let party = Party::of(&house).await;
    let request = party.registration("newcomer", "webauthn");
    let page = register(&party, &mut house.browser(), &request).await;
    assert_eq!(party.code(&page), "INVALID_PPM");
    let event = house.last_event("ppm.refused").await;
    assert_eq!(event["detail"]["username"], "newcomer");
    assert_eq!(house.records().all::<User>().await.unwrap().len(), 0);
}
