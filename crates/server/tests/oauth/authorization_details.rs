//! Rich authorization requests (RFC 9396).

use authn::approval::receipt::{Expected, Receipt};
use jose::jws::VerifyingKeys;
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest, Browser, House, Person, RelyingParty, Reply, code_in};

struct Setting {
    house: House,
    alice: Person,
    bank: RelyingParty,
}

async fn setting() -> Setting {
    let house = House::open().await;
    house.define_detail_types().await;
    let alice = house.add_person("alice").await;
    let bank = json!({
        "authorizationDetailTypes": ["payment_initiation", "account_information"],
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
    });
    let bank = house.add_client_with("bank", bank).await;
    Setting { house, alice, bank }
}

impl Setting {
    fn request(&self, details: &Value) -> AuthorizationRequest {
        let details = details.to_string();
        self.bank.request().with("authorization_details", &details)
    }

    async fn asked(&self, browser: &mut Browser, request: &AuthorizationRequest) -> Reply {
        let page = browser.go(request).await;
        match page.has_form("sign-on") {
            true => browser.enter_password(&page, &self.alice).await,
            false => page,
        }
    }

    /// What the token endpoint answers when the person approves these details.
    async fn approved(&self, details: &Value) -> Value {
        let mut browser = self.house.browser();
        let request = self.request(details);
        let page = self.asked(&mut browser, &request).await;
        let reply = browser.submit(&page, "consent", "allow", &[]).await;
        let answer = Answer::of(&reply);
        let reply = self.bank.exchange(&request, answer.code()).await;
        reply.expect_status(200).json()
    }
}

/// The payment of RFC 9396 §2.
fn payment() -> Value {
    json!({
        "type": "payment_initiation",
        "actions": ["initiate", "status", "cancel"],
        "locations": ["https://example.com/payments"],
        "instructedAmount": { "currency": "EUR", "amount": "123.50" },
        "creditorName": "Merchant A",
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "remittanceInformationUnstructured": "Ref Number Merchant",
    })
}

/// The accounts of RFC 9396 §2.2.
fn accounts() -> Value {
    json!({
        "type": "account_information",
        "actions": ["list_accounts", "read_balances", "read_transactions"],
        "locations": ["https://example.com/accounts"],
    })
}

#[tokio::test]
async fn rfc9396_2_what_is_asked_for_is_told_in_words_in_each_language() {
    let it = setting().await;
    let request = it.request(&json!([payment(), accounts()]));
    for (language, title, label, what) in [
        ("en", "Pay ", "Account", "which accounts you have"),
        ("de", " zahlen", "Konto", "welche Konten Sie haben"),
        ("fr", "Payer ", "Compte", "les comptes que vous avez"),
        ("es", "Pagar ", "Cuenta", "qué cuentas tiene"),
    ] {
        let request = request.clone().with("ui_locales", language);
        let page = it.asked(&mut it.house.browser(), &request).await;
        let text = page.text();
        for told in [title, label, what] {
            assert!(text.contains(told), "{language}: {told}\n{text}");
        }
        for value in ["123.50", "Merchant A", "DE02100100109307118603"] {
            let told = format!(r#"<bdi class="value">{value}</bdi>"#);
            assert!(text.contains(&told), "{language}: {value}");
        }
    }
}

#[tokio::test]
async fn a_value_is_shown_as_text_whatever_it_is() {
    let it = setting().await;
    let mut payment = payment();
    payment["creditorName"] = json!("<script>alert(1)</script>\u{202e}tluaf\" onload=\"x");
    let request = it.request(&json!([payment]));
    let page = it.asked(&mut it.house.browser(), &request).await;
    let text = page.text();
    assert!(text.contains("&lt;script&gt;alert(1)"), "{text}");
    assert!(!text.contains("<script>alert") && !text.contains('\u{202e}'));
}

#[tokio::test]
async fn rfc9396_7_what_was_granted_is_in_the_answer_the_token_and_the_introspection() {
    let it = setting().await;
    let details = json!([payment(), accounts()]);
    let tokens = it.approved(&details).await;
    assert_eq!(tokens["authorization_details"], details);
    let access_token = tokens["access_token"].as_str().unwrap();
    let resource_server = json!({ "grantTypes": ["ACCESS_TOKEN_VALIDATION"] });
    let resource_server = it.house.add_client_with("api", resource_server).await;
    let told = resource_server.introspect(access_token).await.json();
    assert_eq!(told["active"], true);
    // RFC 9396 §9.2: "authorization_details" in the introspection response.
    assert_eq!(told["authorization_details"], details);
}

#[tokio::test]
async fn rfc9396_6_1_a_refresh_may_ask_for_less_and_never_for_more() {
    let it = setting().await;
    let details = json!([payment(), accounts()]);
    let tokens = it.approved(&details).await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
    let refresh = async |token: &str, details: &Value| {
        let details = details.to_string();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("authorization_details", details.as_str()),
        ];
        it.bank.token(&form).await
    };
    let mut more = payment();
    more["instructedAmount"]["amount"] = json!("1000.00");
    for more in [json!([more]), json!([payment(), payment()]), json!({})] {
        let refused = refresh(&refresh_token, &more).await.expect_status(400);
        assert_eq!(refused.json()["error"], "invalid_authorization_details");
    }
    let mut less = accounts();
    less["actions"] = json!(["list_accounts"]);
    let less = json!([less]);
    let renewed = refresh(&refresh_token, &less)
        .await
        .expect_status(200)
        .json();
    assert_eq!(renewed["authorization_details"], less);
    // The grant stays as it was made.
    let next = renewed["refresh_token"].as_str().unwrap_or(&refresh_token);
    let renewed = it.bank.refresh(next).await.expect_status(200).json();
    assert_eq!(renewed["authorization_details"], details);
}

/// Setting: Authorization Detail Types
#[tokio::test]
async fn rfc9396_5_the_client_is_told_of_details_that_cannot_be() {
    let it = setting().await;
    let few = json!({ "authorizationDetailTypes": ["account_information"] });
    let shop = it.house.add_client_with("shop", few).await;
    let none = it.house.add_client("none").await;
    let mut unknown = payment();
    unknown["colour"] = json!("blue");
    for (client, details) in [
        (&it.bank, json!([{ "type": "other" }])),
        (&it.bank, json!([unknown])),
        (&it.bank, json!([{ "type": "payment_initiation" }])),
        (&it.bank, json!({ "type": "account_information" })),
        (&it.bank, json!(["account_information"])),
        (&it.bank, json!(vec![accounts(); 21])),
        (&shop, json!([payment()])),
        (&none, json!([accounts()])),
    ] {
        let details = details.to_string();
        let request = client.request().with("authorization_details", &details);
        let answer = Answer::of(&it.house.browser().go(&request).await);
        let error = answer.error();
        assert_eq!(error, "invalid_authorization_details", "{details}");
        assert_eq!(answer.value("state"), request.value("state"));
    }
}

/// Setting: Bypass Authorization Approval
#[tokio::test]
async fn rfc9396_5_the_person_is_asked_each_time_unless_approval_is_assumed() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let request = it.request(&json!([accounts()]));
    for _ in 0..2 {
        let page = it.asked(&mut browser, &request).await;
        assert!(page.has_form("consent"), "also for the same once more");
        assert!(page.text().contains("This choice applies once."));
        browser.submit(&page, "consent", "allow", &[]).await;
    }
    let silent = request.clone().with("prompt", "none");
    let answer = Answer::of(&browser.go(&silent).await);
    assert_eq!(answer.error(), "consent_required");
    // The scope alone was allowed for good.
    let reply = browser.go(&it.bank.request()).await;
    assert!(Answer::of(&reply).value("code").is_some());
    let page = browser.go(&request).await;
    let denied = browser.submit(&page, "consent", "deny", &[]).await;
    assert_eq!(Answer::of(&denied).error(), "access_denied");
    let trusted = json!({ "bypassApprovalPage": true });
    it.house.change_client("bank", trusted).await;
    let answer = Answer::of(&browser.go(&request).await);
    let reply = it.bank.exchange(&request, answer.code()).await;
    let tokens = reply.expect_status(200).json();
    assert_eq!(tokens["authorization_details"], json!([accounts()]));
}

#[tokio::test]
async fn what_was_approved_is_on_record_and_in_the_account() {
    let it = setting().await;
    let details = json!([payment()]);
    it.approved(&details).await;
    let events = it.house.records().all::<domain::AuditEvent>().await;
    let events = events.unwrap();
    let event = events.iter().find(|it| it.event == "consent.given");
    assert_eq!(event.unwrap().detail["authorization_details"], details);
    // That tokens were issued is no more than that: it is in the log.
    assert!(events.iter().all(|it| it.event != "grant.created"));
    let mut browser = it.house.browser();
    it.asked(&mut browser, &it.bank.request()).await;
    let page = browser.open("/account/grants").await.expect_status(200);
    assert!(page.text().contains("Pay 123.50 EUR to Merchant A"));
}

/// Setting: Authorization Detail Types
#[tokio::test]
async fn rfc9396_6_a_client_gets_details_of_its_types_for_itself() {
    let it = setting().await;
    let ask = async |details: &Value| {
        let details = details.to_string();
        let form = [
            ("grant_type", "client_credentials"),
            ("authorization_details", details.as_str()),
        ];
        it.bank.token(&form).await
    };
    let granted = ask(&json!([accounts()])).await.expect_status(200).json();
    assert_eq!(granted["authorization_details"], json!([accounts()]));
    let refused = ask(&json!([{ "type": "other" }])).await.expect_status(400);
    assert_eq!(refused.json()["error"], "invalid_authorization_details");
}

#[tokio::test]
async fn rfc9396_10_the_types_are_published_and_follow_the_administrator() {
    let it = setting().await;
    let supported = async || {
        let document = it.house.at("/.well-known/oauth-authorization-server");
        let document = it.house.http.get(document).await.json();
        document
            .get("authorization_details_types_supported")
            .cloned()
    };
    let both = json!(["account_information", "payment_initiation"]);
    assert_eq!(supported().await, Some(both));
    let tokens = it.approved(&json!([payment(), accounts()])).await;
    let administration = it.house.administration();
    let path = "/oauth/authorizationDetailTypes/payment_initiation";
    let mut switched_off = administration.get(path).await.json();
    switched_off["active"] = json!(false);
    let changed = administration.put(path, &switched_off).await;
    let _ = changed.expect_status(200);
    assert_eq!(supported().await, Some(json!(["account_information"])));
    let request = it.request(&json!([payment()]));
    let answer = Answer::of(&it.house.browser().go(&request).await);
    assert_eq!(answer.error(), "invalid_authorization_details");
    // What was granted before is good for no more than what is left.
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let renewed = it.bank.refresh(refresh_token).await.expect_status(200);
    assert_eq!(renewed.json()["authorization_details"], json!([accounts()]));
    // RFC 8414 §3.2: "Claims with zero elements MUST be omitted from the response."
    let plain = House::open().await;
    let document = plain.at("/.well-known/openid-configuration");
    let document = plain.http.get(document).await.json();
    assert_eq!(document.get("authorization_details_types_supported"), None);
}

#[tokio::test]
async fn a_processor_that_could_not_be_used_is_refused_with_its_place() {
    let house = House::open().await;
    let administration = house.administration();
    let processor = |fields: Value| {
        json!({
            "id": "own",
            "name": "Own",
            "pluginDescriptorRef": { "id": "countersign.JsonSchemaAuthorizationDetailProcessor" },
            "configuration": { "fields": fields },
        })
    };
    for field in [
        json!({ "name": "JSON Schema", "value": "{" }),
        json!({ "name": "JSON Schema", "value": r#"{"$ref":"https://example.com/x"}"# }),
        json!({ "name": "Consent Template", "value": "Pay {amount" }),
    ] {
        let refused = administration
            .post(
                "/oauth/authorizationDetailProcessors",
                &processor(json!([field])),
            )
            .await;
        let refused = refused.expect_status(422).json();
        let path = &refused["validationErrors"][0]["fieldPath"];
        assert_eq!(path, "configuration.fields[0].value", "{field}");
    }
}

/// Where payments take a factor: a shop, and somebody with a mailbox and an app.
async fn payments() -> (House, Person, RelyingParty) {
    let house = House::open().await;
    house.define_approved_payments().await;
    let carol = house.add_person_with_mailbox("carol").await;
    let bank = json!({
        "authorizationDetailTypes": ["payment_initiation"],
        "grantTypes": ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS", "DEVICE_CODE"],
    });
    let bank = house.add_client_with("bank", bank).await;
    (house, carol, bank)
}

#[tokio::test]
async fn rts_5_1_a_payment_of_rich_authorization_is_approved_with_a_factor_bound_to_it() {
    let (house, carol, bank) = payments().await;
    let details = json!([payment()]).to_string();
    let request = bank.request().with("authorization_details", &details);
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &carol).await;
    for told in ["123.50", "EUR", "Merchant A"] {
        assert!(page.text().contains(told), "{told}: {page:?}");
        assert!(house.last_told().await.contains(told), "{told}");
    }
    let code = code_in(&house.last_told().await);
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    assert!(
        page.has_form("consent") && !page.text().contains("123.50"),
        "it is not asked for again: {page:?}"
    );
    let reply = browser.submit(&page, "consent", "allow", &[]).await;
    let reply = bank.exchange(&request, Answer::of(&reply).code()).await;
    let tokens = reply.expect_status(200).json();
    assert_eq!(tokens["authorization_details"][0], payment());
    let receipt = tokens["approval_receipt"].as_str().unwrap();
    let expected = Expected {
        issuer: Some(&house.issuer),
        audience: Some("bank"),
        digest: None,
        now: Some(house.now()),
    };
    let keys = VerifyingKeys::new(&house.jwks().await);
    let receipt = Receipt::verify(receipt, &keys, &expected).unwrap();
    let approved = &receipt.transaction().payments()[0];
    assert_eq!(approved.amount.to_string(), "123.50");
    // One approval is for one payment: the next is asked for again, in the same session.
    let page = browser.go(&request).await;
    assert!(page.text().contains("123.50"), "{page:?}");
}

#[tokio::test]
async fn a_payment_that_takes_a_factor_is_granted_nowhere_else() {
    let (_house, _, bank) = payments().await;
    let details = json!([payment()]).to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("authorization_details", details.as_str()),
    ];
    let refused = bank.token(&form).await.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_authorization_details");
    let form = [("authorization_details", details.as_str())];
    let refused = bank.call("/as/device_authz.oauth2", &form).await;
    let refused = refused.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_authorization_details");
}
