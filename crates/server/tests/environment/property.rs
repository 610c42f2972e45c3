//! Whatever two browsers do in whatever order: no payment without its factors, none twice, and none but the
//! one that was shown.

use std::collections::BTreeSet;
use std::time::Duration;

use authn::approval::receipt::{Expected, Receipt};
use jose::jws::VerifyingKeys;
use serde_json::{Value, json};
use testkit::{Browser, Dice, Environment, House, Person, RelyingParty, code_in};

use super::flow::{post, right, without_redirect};

/// A browser with its flow.
struct Side {
    browser: Browser,
    person: Person,
    /// What is to be paid in it.
    sum: String,
    /// Where it is acted on.
    href: String,
    status: String,
    /// Whose right password was presented in it.
    proven: Option<Person>,
    /// The codes that were sent in it, the last of which is good.
    codes: Vec<String>,
    is_over: bool,
}

struct Story<'a> {
    house: &'a House,
    env: &'a Environment<'a>,
    shop: &'a RelyingParty,
    dice: Dice,
    /// Codes of flows that are over.
    old: Vec<String>,
    /// What was approved, by the receipts.
    approved: BTreeSet<String>,
}

impl Story<'_> {
    /// A request to approve a payment of a sum of its own.
    async fn begin(&mut self, person: &Person) -> Side {
        let sum = format!("{}.{:02}", 1 + self.dice.roll(999), self.dice.roll(100));
        let template = json!({
            "name": "transaction",
            "variables": {"sum": sum, "currency": "EUR", "recipient": "Demo Shop GmbH"},
        });
        let object = self.shop.assertion().with("sub", Value::Null);
        let object = object.with("pi.template", template);
        let object = object.signed_with_secret(self.shop.secret.as_deref().unwrap());
        let request = self.shop.request();
        let request = request.with("response_type", "token id_token");
        let request = without_redirect(request.with("request", &object));
        let request = request.without("redirect_uri");
        let mut browser = self.house.browser();
        let flow = browser.go(&request).await.expect_status(200).json();
        Side {
            browser,
            person: person.clone(),
            sum,
            href: flow["_links"]["self"]["href"].as_str().unwrap().to_owned(),
            status: flow["status"].as_str().unwrap().to_owned(),
            proven: None,
            codes: Vec::new(),
            is_over: false,
        }
    }

    /// Something is done in one of the two; what is sent is sent to it.
    async fn step(&mut self, side: &mut Side, other: &Side) {
        self.house.advance(Duration::from_secs(31));
        let told = self.messages().await;
        let (action, body) = self.deed(side, other);
        let code = body["otp"].as_str().map(str::to_owned);
        let reply = post(&mut side.browser, &side.href, action, &body).await;
        let answer = reply.json();
        if self.messages().await > told {
            side.codes.push(code_in(&self.env.last_text().await));
        }
        if side.is_over {
            assert_eq!(reply.status, 404, "{action} {answer}");
            return;
        }
        let was = side.status.clone();
        if let Some(status) = answer["status"].as_str() {
            status.clone_into(&mut side.status);
        }
        if action == "session.reset" {
            side.proven = None;
        }
        if was == "USERNAME_PASSWORD_REQUIRED" && reply.status == 200 {
            let mut both = [&side.person, &other.person].into_iter();
            let proven = both.find(|person| body == right(person)).cloned();
            side.proven = proven.or(side.proven.take());
        }
        side.is_over = matches!(side.status.as_str(), "COMPLETED" | "FAILED");
        match answer.get("authorizeResponse") {
            Some(answer) if side.status == "COMPLETED" => {
                assert_eq!(code.as_ref(), side.codes.last(), "without its code");
                self.check(side, answer).await;
            }
            given => assert!(given.is_none_or(|it| it.get("access_token").is_none())),
        }
    }

    /// Right and wrong passwords, the codes of this flow, of the other, and of those that are over.
    fn deed(&mut self, side: &Side, other: &Side) -> (&'static str, Value) {
        let named = &side.person.username;
        let old = self.dice.roll(self.old.len());
        let is_asked = side.status == "OTP_REQUIRED";
        let code = match self.dice.roll(5) {
            0 | 1 => side.codes.last(),
            2 => other.codes.last(),
            3 => side.codes.first(),
            _ => self.old.get(old),
        };
        let code = code.map_or("000000", String::as_str);
        match self.dice.roll(8) {
            0 => (
                "usernamePassword.check",
                json!({ "username": named, "password": "wrong" }),
            ),
            1 => ("usernamePassword.check", right(&other.person)),
            2 => ("session.reset", json!({})),
            3 | 4 if !is_asked => ("usernamePassword.check", right(&side.person)),
            _ => ("otp.check", json!({ "otp": code })),
        }
    }

    async fn messages(&self) -> usize {
        let messages = self.env.records.all::<domain::Message>().await;
        messages.unwrap().len()
    }

    /// The receipt is of what was to be paid here, and of no other.
    async fn check(&mut self, side: &Side, answer: &Value) {
        let keys = VerifyingKeys::new(&self.env.jwks().await);
        let expected = Expected {
            issuer: Some(&self.env.issuer),
            audience: Some("shop"),
            digest: None,
            now: Some(self.house.now()),
        };
        let receipt = answer["approval_receipt"].as_str().unwrap();
        let receipt = Receipt::verify(receipt, &keys, &expected).unwrap();
        // Nobody else, and nobody without a password.
        assert_eq!(receipt.subject().id(), side.proven.as_ref().unwrap().id);
        let paid = &receipt.transaction().payments()[0];
        assert_eq!(paid.amount.to_string(), side.sum);
        for shown in receipt.shown() {
            assert!(shown.text.contains(&side.sum), "{}", shown.text);
        }
        let id = receipt.transaction().id().to_string();
        assert!(self.approved.insert(id), "approved twice");
    }
}

#[tokio::test]
async fn no_payment_without_its_factors_and_none_twice_whatever_two_browsers_do() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let carol = env.add_person_with_mailbox("carol").await;
    let dave = env.add_person_with_mailbox("dave").await;
    let grants = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
    let fields = json!({ "grantTypes": grants, "bypassApprovalPage": true });
    let shop = env.add_client_with("shop", fields).await;
    let mut story = Story {
        house: &house,
        env: &env,
        shop: &shop,
        dice: Dice::new(),
        old: vec!["000000".to_owned()],
        approved: BTreeSet::new(),
    };
    for round in 0..25 {
        // Blocks are over, and messages may be sent again.
        house.advance(Duration::from_mins(61));
        let second = if round % 2 == 0 { &carol } else { &dave };
        let mut sides = [story.begin(&carol).await, story.begin(second).await];
        for _ in 0..16 {
            let [one, two] = &mut sides;
            match story.dice.roll(2) {
                0 => story.step(one, two).await,
                _ => story.step(two, one).await,
            }
        }
        story.old.extend(sides.into_iter().flat_map(|it| it.codes));
    }
    let through = story.approved.len();
    assert!(through > 5, "only {through} came through");
}
