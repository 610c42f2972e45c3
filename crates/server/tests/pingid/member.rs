//! Members, attributes and headers of requests as the real clients write them, and as nobody should.

use data_encoding::BASE64URL_NOPAD;
use domain::User;
use serde_json::{Value, json};
use testkit::{House, Reply};

use super::party::{Party, with_attribute};

async fn with_bob() -> House {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    house
}

/// Posts a request as it is, with this `iss` beside it.
async fn post(party: &Party<'_>, issuer: &str, jws: &str) -> Reply {
    party.house.advance(std::time::Duration::from_millis(1));
    let form = [
        ("idp_account_id", party.alias.as_str()),
        ("iss", issuer),
        ("ppm_request", jws),
    ];
    let mut browser = party.house.browser();
    let reply = browser.post_cross_site("/pingid/ppm/auth", &form).await;
    browser.follow(reply).await
}

#[tokio::test]
async fn what_the_published_client_writes_goes_through() {
    let house = with_bob().await;
    let party = Party::of(&house).await;
    let mut request = party.request("bob");
    // Times in milliseconds, an empty `jti`, and `null` as the `iss` beside the request.
    request["iss"] = json!("PingDevicesMgmt");
    request["iat"] = json!(house.now().millis());
    request["exp"] = json!(house.now().millis() + 30 * 60 * 1000);
    request["jti"] = json!("");
    let page = post(&party, "null", &party.signed(&request)).await;
    assert!(page.has_form("one-time-code"), "{}", page.text());
    let mut expired = party.request("bob");
    expired["iat"] = json!(house.now().millis() - 30 * 60 * 1000);
    expired["exp"] = json!(house.now().millis() - 10 * 60 * 1000);
    let page = post(&party, "null", &party.signed(&expired)).await;
    assert_eq!(party.code(&page), "PINGID_003");
}

#[tokio::test]
async fn each_mandatory_member_is_missed() {
    let house = with_bob().await;
    let party = Party::of(&house).await;
    for name in ["iss", "sub", "aud", "nonce", "iat", "exp", "idpAccountId"] {
        for absent in [None, Some(Value::Null), Some(json!(""))] {
            let mut request = party.request("bob");
            match &absent {
                Some(value) => request[name] = value.clone(),
                None => drop(request.as_object_mut().unwrap().remove(name)),
            }
            let page = party.ask(&mut house.browser(), &request).await;
            let answer = party.answer(&page);
            assert_eq!(answer["errorCode"], "AUTH_002", "{name}: {absent:?}");
        }
    }
}

#[tokio::test]
async fn mail_telephone_and_groups_are_told_by_all_their_names() {
    let house = House::open().await;
    let party = Party::of(&house).await;
    let mails = ["email", "mail", "USER_ATTRIBUTE_EMAIL", "dirMail"];
    let phones = [
        "phone",
        "phoneNumber",
        "USER_ATTRIBUTE_PHONE",
        "dirPhoneNumber",
    ];
    for (place, (mail, phone)) in mails.into_iter().zip(phones).enumerate() {
        let username = format!("person{place}");
        let address = format!("{username}@example.com");
        let request = with_attribute(party.request(&username), mail, json!(address));
        let request = with_attribute(request, phone, json!("+44 20 7946 0018"));
        let page = party.ask(&mut house.browser(), &request).await;
        assert_eq!(page.title(), "Set up a second step", "{mail}");
        let users = house.records().all::<User>().await.unwrap();
        let added = users.iter().find(|user| user.username == username).unwrap();
        assert_eq!(added.profile.email, Some(address), "{mail}");
        let number = added.profile.phone_number.as_deref();
        assert_eq!(number, Some("+442079460018"), "{phone}");
    }
    let bob = house.add_person_with_totp("bob").await;
    for (name, empty) in [
        ("memberOf", "x"),
        ("group", "memberOf"),
        ("groups", "group"),
    ] {
        let request = with_attribute(party.request("bob"), name, json!(["staff"]));
        // An empty one hides no other.
        let request = with_attribute(request, empty, json!(""));
        let mut browser = house.browser();
        let page = party.ask(&mut browser, &request).await;
        let code = bob.code_at(house.now());
        let filled = [("otp", code.as_str())];
        let page = browser
            .submit(&page, "one-time-code", "submit", &filled)
            .await;
        assert_eq!(party.answer(&page)["group"], json!(["staff"]), "{name}");
        house.advance(std::time::Duration::from_mins(1));
    }
}

#[tokio::test]
async fn reserved_attributes_are_accepted_and_auditors_read_whence_a_request_came() {
    let house = with_bob().await;
    let party = Party::of(&house).await;
    let mut request = party.request("bob");
    for (name, value) in [
        ("pingidHostName", "host"),
        ("pingidOpSystem", "Windows"),
        ("pingidInstallVer", "2.1"),
        ("pingidIsRemote", "true"),
        ("pingidSpAlias", "web"),
        ("saasid", "payroll"),
        ("pingidIp", "192.0.2.7"),
    ] {
        request = with_attribute(request, name, json!(value));
    }
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &request).await;
    let page = browser.submit(&page, "one-time-code", "cancel", &[]).await;
    assert_eq!(party.code(&page), "PINGID_001");
    let page = party
        .ask(&mut house.browser(), &party.request("nobody\u{7f}"))
        .await;
    assert_eq!(party.code(&page), "AUTH_002");
    for name in ["ppm.requested", "ppm.failed"] {
        let detail = house.last_event(name).await["detail"].clone();
        for (member, value) in [
            ("pingidSpAlias", "web"),
            ("saasid", "payroll"),
            ("pingidIp", "192.0.2.7"),
            ("address", "127.0.0.1"),
        ] {
            assert_eq!(detail[member], value, "{name} {detail}");
        }
    }
    let refused = house.last_event("ppm.refused").await;
    assert_eq!(refused["detail"]["address"], "127.0.0.1");
}

/// A request with this header, signed with the party's key.
fn headed(party: &Party<'_>, header: &Value, payload: &str) -> String {
    let mut whole = json!({ "alg": "HS256", "typ": "JWT" });
    for (name, value) in header.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let [header, payload] =
        [whole.to_string().as_str(), payload].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
    let input = format!("{header}.{payload}");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &party.key);
    let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

#[tokio::test]
async fn the_header_names_this_organisation_or_none() {
    let house = with_bob().await;
    let party = Party::of(&house).await;
    let (alias, token) = (party.alias.as_str(), party.token());
    let asked = async |header: Value| {
        let request = party.request("bob").to_string();
        post(&party, "PingFed", &headed(&party, &header, &request)).await
    };
    for good in [
        json!({}),
        json!({ "orgAlias": alias }),
        json!({ "org_alias": alias, "orgAlias": alias.to_uppercase() }),
        json!({ "org_alias": "", "orgAlias": alias }),
        json!({ "org_alias": "", "token": "" }),
        json!({ "orgAlias": alias, "token": token }),
    ] {
        let page = asked(good.clone()).await;
        assert!(page.has_form("one-time-code"), "{good}");
    }
    for other in [
        json!({ "org_alias": "another" }),
        json!({ "orgAlias": "another" }),
        json!({ "org_alias": alias, "orgAlias": "another" }),
        json!({ "org_alias": "another", "orgAlias": alias }),
    ] {
        let page = asked(other.clone()).await;
        assert_eq!(page.status, 400, "{other}");
        let event = house.last_event("ppm.refused").await;
        let cause = event["detail"]["cause"].as_str().unwrap();
        assert!(cause.contains("the header names another"), "{cause}");
    }
    let page = asked(json!({ "token": "another" })).await;
    assert_eq!(party.code(&page), "AUTH_002");
}

#[tokio::test]
async fn what_is_said_twice_is_not_chosen_from() {
    let house = with_bob().await;
    let party = Party::of(&house).await;
    let request = party.request("bob").to_string();
    let twice = request.replacen('{', "{\"sub\":\"alice\",", 1);
    let page = post(&party, "PingFed", &headed(&party, &json!({}), &twice)).await;
    assert_eq!(page.status, 400, "{}", page.text());
    let event = house.last_event("ppm.refused").await;
    let cause = event["detail"]["cause"].as_str().unwrap();
    assert!(cause.contains("no JSON object"), "{cause}");
    let mut request = party.request("bob");
    request["attributes"] = json!([
        { "name": "isUserAuthenticated", "value": "false" },
        { "name": "isUserAuthenticated", "value": "true" },
    ]);
    let page = post(&party, "PingFed", &party.signed(&request)).await;
    let answer = party.answer(&page);
    assert_eq!(
        (&answer["errorCode"], &answer["message"]),
        (
            &json!("AUTH_002"),
            &json!("The attributes of the request are malformed")
        )
    );
}
