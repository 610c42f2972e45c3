//! Signed requests (RFC 9101 §10), pushed requests (RFC 9126 §7), and what they carry (RFC 9396 §12).

use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest};

use super::{Setting, key_pair, refused, unsigned};

impl Setting {
    /// What is told to the client of a request that is refused.
    async fn told(&self, request: &AuthorizationRequest) -> String {
        let reply = self.house.browser().go(request).await;
        Answer::of(&reply).error().to_owned()
    }

    /// A request that carries an object, and the address to tell of it.
    fn carrying(&self, object: &str) -> AuthorizationRequest {
        let request = self.shop.request().carried("request", object);
        request.with("redirect_uri", &self.shop.redirect_uri)
    }
}

#[tokio::test]
async fn rfc9101_10_1_no_algorithm_is_believed_that_the_client_does_not_have() {
    let (key, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    let object = it.shop.request_object(&it.shop.request());
    let public = key.jwk().to_public_json().unwrap();
    let hmac = |secret: &str| {
        let secret = Jwk::from_secret(secret.as_bytes());
        object.signed(&SigningKey::new(&secret, Algorithm::Hs256).unwrap())
    };
    for forged in [
        unsigned(&json!({ "alg": "none" }), object.claims()),
        unsigned(&json!({ "alg": "NONE" }), object.claims()),
        hmac(&public),
        hmac(it.shop.secret.as_deref().unwrap()),
    ] {
        assert_eq!(
            it.told(&it.carrying(&forged)).await,
            "invalid_request_object"
        );
    }
}

#[tokio::test]
async fn rfc9101_10_2_a_request_is_its_clients_alone() {
    // The evil client signs with a key of its own what it says is the shop's.
    let (_, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    let (evils, fields) = key_pair();
    it.house.change_client("evil", fields).await;
    let request = it.shop.request();
    for object in [
        it.shop.request_object(&request).signed(&evils),
        it.evil.request_object(&request).signed(&evils),
        it.evil.request_object(&it.evil.request()).signed(&evils),
    ] {
        assert_eq!(
            it.told(&it.carrying(&object)).await,
            "invalid_request_object"
        );
    }
}

#[tokio::test]
async fn rfc9101_10_3_a_request_names_the_server_for_which_it_is() {
    let (key, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    for audience in [
        json!("https://other.example"),
        json!(["https://other.example"]),
        Value::Null,
    ] {
        let object = it
            .shop
            .request_object(&it.shop.request())
            .with("aud", audience);
        let request = it.carrying(&object.signed(&key));
        assert_eq!(it.told(&request).await, "invalid_request_object");
        let pushed = it.shop.push(&request.without("redirect_uri")).await;
        refused(pushed, 400, "invalid_request_object");
    }
}

#[tokio::test]
async fn rfc9101_10_4_nothing_is_fetched_for_whoever_asks() {
    // Somebody listens at the address, and is never asked.
    let (_, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/request", listener.local_addr().unwrap());
    let request = it.shop.request().with("request_uri", &address);
    assert_eq!(it.told(&request).await, "request_uri_not_supported");
    refused(it.shop.push(&request).await, 400, "invalid_request");
    let asked = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
    assert!(asked.await.is_err(), "nobody has connected");
}

#[tokio::test]
async fn rfc9101_10_5_a_client_that_must_sign_cannot_be_made_to_ask_without() {
    let (key, mut fields) = key_pair();
    fields["requireSignedRequests"] = json!(true);
    let it = Setting::open_with(fields).await;
    let request = it.shop.request();
    assert_eq!(it.told(&request).await, "invalid_request");
    let stripped = request.signed(&it.shop, &key).without("request");
    let stripped = stripped.with("redirect_uri", &it.shop.redirect_uri);
    assert_eq!(
        it.told(&stripped.with("response_type", "code")).await,
        "invalid_request"
    );
    refused(it.shop.push(&request).await, 400, "invalid_request");
}

#[tokio::test]
async fn rfc9101_10_7_what_differs_outside_changes_nothing() {
    let (key, fields) = key_pair();
    let it = Setting::open_with(fields).await;
    let request = it.shop.request().with("scope", "openid");
    let signed = request.signed(&it.shop, &key);
    let tampered = signed
        .with("scope", "openid profile email phone")
        .with("redirect_uri", &it.evil.redirect_uri)
        .with("state", "chosen by somebody else")
        .with("code_challenge", "chosen by somebody else");
    let answer = it.house.browser().sign_on(&tampered, &it.alice).await;
    assert_eq!(answer.redirect_uri, it.shop.redirect_uri);
    assert_eq!(answer.value("state"), request.value("state"));
    let tokens = it.shop.redeem(&request, &answer).await;
    assert_eq!(tokens.scope.as_deref(), Some("openid"));
}

#[tokio::test]
async fn rfc9126_7_2_nothing_is_pushed_that_leads_elsewhere() {
    let it = Setting::open().await;
    for uri in [
        it.evil.redirect_uri.as_str(),
        "https://evil.example",
        "javascript:alert(1)",
    ] {
        let request = it.shop.request().with("redirect_uri", uri);
        refused(it.shop.push(&request).await, 400, "invalid_request");
    }
    // Nor does what stands beside a reference lead there.
    let pushed = it.shop.pushed(&it.shop.request()).await;
    let beside = pushed.with("redirect_uri", &it.evil.redirect_uri);
    let answer = it.house.browser().sign_on(&beside, &it.alice).await;
    assert_eq!(answer.redirect_uri, it.shop.redirect_uri);
}

#[tokio::test]
async fn rfc9126_7_3_a_captured_reference_is_answered_once() {
    let it = Setting::open().await;
    let request = it.shop.request();
    let pushed = it.shop.pushed(&request).await;
    let answer = it.house.browser().sign_on(&pushed, &it.alice).await;
    let replayed = it.house.browser().go(&pushed).await.expect_status(400);
    assert_eq!(replayed.header("location"), None);
    it.shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc9126_7_5_a_reference_that_was_swapped_brings_a_code_that_fits_nobody_else() {
    // The attacker puts the reference of their own request into the victim's browser, or the victim's
    // into their own: the code belongs to the verifier and the state of the request that was pushed.
    let it = Setting::open().await;
    let (pushed, begun) = (it.shop.request(), it.shop.request());
    let swapped = it.shop.pushed(&pushed).await;
    let answer = it.house.browser().sign_on(&swapped, &it.alice).await;
    assert_ne!(answer.value("state"), begun.value("state"));
    refused(
        it.shop.exchange(&begun, answer.code()).await,
        400,
        "invalid_grant",
    );
    it.shop.redeem(&pushed, &answer).await;
}

#[tokio::test]
async fn rfc9396_12_what_was_pushed_or_signed_is_what_the_person_approves() {
    let (key, mut fields) = key_pair();
    fields["authorizationDetailTypes"] = json!([]);
    let it = Setting::open_with(fields).await;
    it.house.define_detail_types().await;
    let types = json!({ "authorizationDetailTypes": ["payment_initiation"] });
    it.house.change_client("shop", types).await;
    let payment = |amount: &str| {
        let payment = json!([{
            "type": "payment_initiation",
            "actions": ["initiate", "status", "cancel"],
            "locations": ["https://example.com/payments"],
            "instructedAmount": { "currency": "EUR", "amount": amount },
            "creditorName": "Merchant A",
            "creditorAccount": { "iban": "DE02100100109307118603" },
            "remittanceInformationUnstructured": "Ref Number Merchant",
        }]);
        payment.to_string()
    };
    let request = it
        .shop
        .request()
        .with("authorization_details", &payment("12.50"));
    let signed = request.signed(&it.shop, &key);
    for carried in [it.shop.pushed(&request).await, signed] {
        let tampered = carried.with("authorization_details", &payment("9999.00"));
        let mut browser = it.house.browser();
        let page = browser.go(&tampered).await;
        let page = browser.enter_password(&page, &it.alice).await;
        let text = page.text();
        assert!(text.contains("12.50") && !text.contains("9999"), "{text}");
        let answer = browser.allow(page).await;
        let reply = it
            .shop
            .exchange(&request, answer.code())
            .await
            .expect_status(200);
        let granted = reply.json()["authorization_details"].to_string();
        assert!(
            granted.contains("12.50") && !granted.contains("9999"),
            "{granted}"
        );
    }
    // In an address anybody could change it: then the person sees what was changed.
    let open = request.with("authorization_details", &payment("9999.00"));
    let mut browser = it.house.browser();
    let page = browser.go(&open).await;
    let page = browser.enter_password(&page, &it.alice).await;
    assert!(page.text().contains("9999"));
}

/// A server whose client may ask for payments.
async fn paying() -> Setting {
    let it = Setting::open().await;
    it.house.define_detail_types().await;
    let types = json!({ "authorizationDetailTypes": ["payment_initiation"] });
    it.house.change_client("shop", types).await;
    it
}

/// A payment to somebody at a place.
fn payment_to(creditor: &str, location: &str) -> Value {
    json!({
        "type": "payment_initiation",
        "actions": ["initiate", "status", "cancel"],
        "locations": [location],
        "instructedAmount": { "currency": "EUR", "amount": "12.50" },
        "creditorName": creditor,
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "remittanceInformationUnstructured": "Ref Number Merchant",
    })
}

impl Setting {
    /// A request for these details.
    fn asking(&self, details: &Value) -> AuthorizationRequest {
        let details = json!([details]).to_string();
        self.shop.request().with("authorization_details", &details)
    }
}

#[tokio::test]
async fn rfc9396_12_what_details_say_is_compared_as_it_is() {
    let it = paying().await;
    // "No additional transformation or normalization is to be done": none of these is the type.
    for kind in [
        "Payment_Initiation",
        "payment_initiation ",
        "payment\u{200b}_initiation",
        "payment_\u{131}nitiation",
        "payment%5Finitiation",
    ] {
        let mut details = payment_to("Merchant A", "https://example.com/payments");
        details["type"] = json!(kind);
        let told = it.told(&it.asking(&details)).await;
        assert_eq!(told, "invalid_authorization_details", "{kind:?}");
    }
}

#[tokio::test]
async fn rfc9396_12_details_are_for_the_places_that_they_name() {
    let it = paying().await;
    let place = "https://example.com/payments";
    let request = it.asking(&payment_to("Merchant A", place));
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let reply = it.shop.exchange(&request, answer.code()).await;
    let tokens = it.shop.tokens(&reply.expect_status(200)).await;
    let told = it.shop.introspect(&tokens.access_token).await;
    let told = told.expect_status(200).json();
    assert_eq!(
        told["authorization_details"][0]["locations"],
        json!([place])
    );
}

#[tokio::test]
async fn rfc9396_12_what_details_carry_is_text_wherever_it_comes_out() {
    let it = paying().await;
    // "The AS MUST properly sanitize and handle the data passed in the authorization_details in order
    // to prevent injection attacks."
    let script = "<script>alert(1)</script>\" onload=\"x";
    let request = it.asking(&payment_to(script, "https://example.com/payments"));
    let mut browser = it.house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &it.alice).await;
    assert!(page.has_form("consent"));
    let text = page.text();
    assert!(text.contains("&lt;script&gt;alert(1)"), "{text}");
    assert!(!text.contains("<script>alert"), "{text}");
    assert!(!text.contains("\" onload"), "{text}");
}
