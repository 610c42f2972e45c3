//! Whatever is done in whatever order, by whoever: no code without the password and the second factor.

use std::time::Duration;

use authn::approval::receipt::{Expected, Receipt};
use jose::jws::{Algorithm, SigningKey, VerifyingKeys};
use serde_json::json;
use testkit::{AuthorizationRequest, Dice, House, Person, RelyingParty};

use super::application::{Application, client, house, redirectless};

/// What has been proven in one flow.
#[derive(Default)]
struct Proven {
    password: bool,
    code: bool,
}

struct Story<'a> {
    house: &'a House,
    ada: &'a Person,
    dice: Dice,
}

impl Story<'_> {
    /// Does something, and says whether the flow is over.
    async fn step(
        &mut self,
        app: &mut Application,
        old: &mut Vec<String>,
        proven: &mut Proven,
    ) -> bool {
        let stolen = old.get(self.dice.roll(8)).cloned();
        let own = app.state.clone();
        let is_stale = stolen.is_some() && stolen != own;
        if is_stale {
            app.state = stolen;
        }
        let before = app.status().to_owned();
        let code = self.ada.code_at(self.house.now());
        let (action, body) = match self.dice.roll(7) {
            0 | 1 => (
                "checkUsernamePassword",
                json!({ "username": "ada", "password": self.ada.password }),
            ),
            2 => (
                "checkUsernamePassword",
                json!({ "username": "ada", "password": "wrong" }),
            ),
            3 | 4 => ("checkOtp", json!({ "otp": code })),
            5 => ("checkOtp", json!({ "otp": "000000" })),
            _ => ("resendOtp", json!({})),
        };
        let reply = app.act(action, body).await;
        let answer = reply.json();
        if is_stale {
            assert_eq!(reply.status, 404, "{action} {answer}");
            app.state = own;
            let _ = app.read().await;
            return false;
        }
        old.extend(own);
        let status = answer["status"].as_str().unwrap_or_default();
        proven.password |= before == "USERNAME_PASSWORD_REQUIRED" && status == "OTP_REQUIRED";
        proven.code |= before == "OTP_REQUIRED" && status == "COMPLETED" && action == "checkOtp";
        if status == "COMPLETED" {
            assert!(proven.password && proven.code, "{answer}");
            return true;
        }
        assert!(answer.get("authorizeResponse").is_none(), "{answer}");
        if reply.status == 400 {
            let _ = app.read().await;
        }
        false
    }
}

/// A flow in which ada is to pay this.
async fn paying(
    house: &House,
    (shop, key): (&RelyingParty, &SigningKey),
    sum: &str,
) -> (Application, AuthorizationRequest) {
    let request = redirectless(shop);
    let payment = json!({
        "name": "transaction",
        "variables": { "sum": sum, "currency": "EUR", "recipient": "Demo Shop GmbH" },
    });
    let object = shop.request_object(&request).with("pi.template", payment);
    let carried = request.carried("request", &object.signed(key));
    (Application::started(house, &carried).await, request)
}

/// What was approved by the receipt that comes for this code.
async fn paid(
    house: &House,
    (shop, request): (&RelyingParty, &AuthorizationRequest),
    code: &str,
) -> String {
    let reply = shop.exchange(request, code).await;
    let tokens = reply.expect_status(200).json();
    let keys = VerifyingKeys::new(&house.jwks().await);
    let expected = Expected {
        issuer: None,
        audience: Some(&shop.id),
        digest: None,
        now: Some(house.now()),
    };
    let receipt = tokens["approval_receipt"].as_str().unwrap();
    let receipt = Receipt::verify(receipt, &keys, &expected).unwrap();
    receipt.transaction().payments()[0].amount.to_string()
}

#[tokio::test]
async fn rts_5_1_d_no_payment_is_approved_but_by_the_code_that_was_sent_for_it() {
    let house = house().await;
    let ada = house.add_person_with_mailbox("ada").await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwks = json!({ "keys": [key.jwk().to_public_value().unwrap()] }).to_string();
    let settings = json!({
        "enableCookielessAuthenticationApi": true,
        "jwksSettings": { "jwks": jwks },
    });
    let shop = client(&house, "shop", settings).await;
    let mut dice = Dice::new();
    let (mut old, mut completed) = (vec!["000000".to_owned()], 0);
    for _ in 0..20 {
        // Messages may be sent again.
        house.advance(Duration::from_mins(61));
        let sum = format!("{}.{:02}", 1 + dice.roll(999), dice.roll(100));
        let (mut app, request) = paying(&house, (&shop, &key), &sum).await;
        app.enter_password(&ada).await;
        assert_eq!(app.status(), "OTP_REQUIRED", "{}", app.answer);
        let mut sent = house.sent_code().await;
        for _ in 0..6 {
            house.advance(Duration::from_secs(31));
            let which = dice.roll(old.len());
            let is_right = match dice.roll(4) {
                0 => {
                    let again = app.act("resendOtp", json!({})).await;
                    if again.status == 200 {
                        old.push(std::mem::replace(&mut sent, house.sent_code().await));
                    }
                    continue;
                }
                1 => true,
                // One code in a million is the same by chance.
                _ => old[which] == sent,
            };
            let code = if is_right { &sent } else { &old[which] };
            let reply = app.enter_code(code).await;
            if app.status() == "COMPLETED" {
                assert!(is_right, "by the code of something else");
                assert_eq!(paid(&house, (&shop, &request), app.code()).await, sum);
                completed += 1;
                break;
            }
            assert!(reply.json().get("authorizeResponse").is_none());
            let _ = app.read().await;
        }
        old.push(sent);
    }
    assert!(completed > 2, "only {completed} came through");
}

#[tokio::test]
async fn no_code_without_the_required_factors_in_any_order_and_none_twice() {
    let house = house().await;
    let ada = house.add_person_with_totp("ada").await;
    let fields = json!({ "enableCookielessAuthenticationApi": true });
    let shop = client(&house, "shop", fields).await;
    let mut story = Story {
        house: &house,
        ada: &ada,
        dice: Dice::new(),
    };
    let mut completed = 0;
    for _ in 0..40 {
        // Blocks are over, and the code of the moment is a new one.
        house.advance(Duration::from_mins(16));
        let mut app = Application::started(&house, &redirectless(&shop)).await;
        let (mut old, mut proven) = (Vec::new(), Proven::default());
        for _ in 0..12 {
            if story.step(&mut app, &mut old, &mut proven).await {
                completed += 1;
                let again = app.read().await;
                assert_eq!(again.status, 404);
                break;
            }
        }
    }
    assert!(completed > 10, "only {completed} came through");
}
