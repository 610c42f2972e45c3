//! The examples of PingID's documentation, unchanged but for the key and the times.

use serde_json::{Value, json};
use testkit::House;
use testkit::soft_authenticator::SoftAuthenticator;

use super::party::{Party, options};

/// The first example, with the comma that it lacks.
fn authentication() -> Value {
    json!({
        "iss": "PingFed",
        "sub": "jsmith",
        "aud": "pingidauthenticator",
        "nonce": "9t98et98ert",
        "exp": 1_401_319_565,
        "iat": 1_401_318_965,
        "jti": "12345678901075283750894",
        "confVersion": 1,
        "idpAccountId": "cde21617-6201-4f66-8866-a149625acd0b",
        "returnUrl": "https://sso.connect.pingidentity.com/sso/ppm/ID601c46187df0ece3fda608ed1d06e23c179c061347ce909b01",
        "attributes": [
            { "name": "fname", "value": "John" },
            { "name": "lname", "value": "Smith" },
            { "name": "isUserAuthenticated", "value": "true" },
            { "name": "appName", "value": "This is my App Name" },
            {
                "name": "appIconUrl",
                "value": "https://www.pingidentity.com/content/dam/pic/downloads/resources/Misc/PIC_square_logo_PIC_red_RGB.png",
            },
        ],
        "dst": "https://authenticator.pingone.com/pingid/ppm/auth/",
    })
}

fn registration() -> Value {
    json!({
        "iss": "PingFed",
        "sub": "username",
        "aud": "md",
        "nonce": "whPAxcspnuBDIt6EhSq9",
        "exp": 1_573_130_051,
        "iat": 1_573_128_251,
        "jti": "",
        "idpAccountId": "a3407e72-71af-4831-a6a1-37e5e94fc07d",
        "attributes": [{ "name": "webauthnEnrollmentType", "value": "webauthn" }],
        "returnUrl": "http://httpbin.org/post",
    })
}

/// The example that many seconds later.
fn moved(mut example: Value, now: i64) -> Value {
    let age = now - example["iat"].as_i64().unwrap();
    for name in ["iat", "exp"] {
        example[name] = json!(example[name].as_i64().unwrap() + age);
    }
    example
}

async fn house() -> House {
    House::open_with(|settings| {
        "https://authenticator.pingone.com".clone_into(&mut settings.issuer);
        let origin = settings.issuer.clone();
        let party = authn::factor::webauthn::RelyingParty::new(
            "authenticator.pingone.com",
            "Countersign",
            &[&origin],
        );
        let policy = authn::flow::WebAuthnPolicy::new(party.unwrap());
        settings.policy.devices.webauthn = Some(policy);
    })
    .await
}

#[tokio::test]
async fn the_authentication_example_goes_through() {
    let house = house().await;
    let mut party = Party::of(&house).await;
    let example = moved(authentication(), party.now());
    let hosts = json!(["sso.connect.pingidentity.com"]);
    party
        .set(json!({ "orgAlias": example["idpAccountId"], "returnHosts": hosts }))
        .await;
    party.read_properties().await;
    let bob = house.add_person_with_totp("jsmith").await;
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &example).await;
    assert!(page.text().contains("This is my App Name"));
    let code = bob.code_at(house.now());
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = party.answer(&page);
    for (name, value) in [
        ("iss", "pingidauthenticator"),
        ("sub", "jsmith"),
        ("aud", "PingFed"),
        ("status", "success"),
        ("idpAccountId", "cde21617-6201-4f66-8866-a149625acd0b"),
        ("nonce", "9t98et98ert"),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    assert_eq!(answer["dst"], example["returnUrl"]);
}

#[tokio::test]
async fn the_registration_example_goes_through() {
    let house = house().await;
    let mut party = Party::of(&house).await;
    let example = moved(registration(), party.now());
    let hosts = json!(["http://httpbin.org"]);
    party
        .set(json!({ "orgAlias": example["idpAccountId"], "returnHosts": hosts }))
        .await;
    party.read_properties().await;
    let mut browser = house.browser();
    let request = party.signed(&example);
    let page = party
        .post(&mut browser, "/registration/webauthn", &request)
        .await;
    assert!(page.text().contains("data-webauthn="), "{}", page.text());
    // The failure of the documentation, member by member.
    let mut form = page.form("webauthn-report");
    form.inputs.push("failure".to_owned());
    let filled = [("failure", "NotSupportedError")];
    let page = browser.send_form(&page, &form, None, &filled).await;
    let answer = party.answer(&page);
    let members = [
        "aud",
        "authnContext",
        "dst",
        "errorCode",
        "exp",
        "iat",
        "idpAccountId",
        "inResponseTo",
        "iss",
        "jti",
        "message",
        "nonce",
        "status",
        "sub",
    ];
    let mut told: Vec<&String> = answer.as_object().unwrap().keys().collect();
    told.sort();
    assert_eq!(told, members);
    assert_eq!(
        answer["message"],
        "Browser does not support selected registration method"
    );
}

#[tokio::test]
async fn the_registration_example_goes_through_to_its_success() {
    let house = house().await;
    let mut party = Party::of(&house).await;
    let example = moved(registration(), party.now());
    let hosts = json!(["http://httpbin.org"]);
    party
        .set(json!({ "orgAlias": example["idpAccountId"], "returnHosts": hosts }))
        .await;
    party.read_properties().await;
    let mut browser = house.browser();
    let request = party.signed(&example);
    let page = party
        .post(&mut browser, "/registration/webauthn", &request)
        .await;
    let mut authenticator = SoftAuthenticator::at("https://authenticator.pingone.com");
    let made = authenticator.create(&options(&page)).to_string();
    let mut form = page.form("enrol-form");
    form.inputs = vec!["assertion".to_owned()];
    let filled = [("assertion", made.as_str())];
    let page = browser.send_form(&page, &form, None, &filled).await;
    let page = browser.follow(page).await;
    let answer = party.answer(&page);
    for (name, value) in [
        ("iss", json!("md")),
        ("sub", json!("username")),
        ("aud", json!("PingFed")),
        ("nonce", json!("whPAxcspnuBDIt6EhSq9")),
        ("status", json!("success")),
        ("idpAccountId", example["idpAccountId"].clone()),
        ("inResponseTo", json!("")),
        ("dst", json!("http://httpbin.org/post")),
        ("iat", json!(party.now())),
        ("exp", json!(party.now() + 30)),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    // What a key is worth, where the documentation shows that of a call.
    let context = answer["authnContext"].as_str().unwrap();
    assert!(context.ends_with("SmartcardPKI"), "{context}");
}
