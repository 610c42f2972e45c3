//! Regulation (EU) 2018/389, articles 4 and 5, as a table of tests: those that can be decided here.

use domain::port::fixed::CountingRandom;
use domain::{Payment, Secret};
use jose::strict_base64url;
use serde_json::{Value, json};

use super::code::{self, CodeContext};
use super::scene::{self, approved, details, payment, presented};
use super::template::Method;
use super::{NotApproved, Presented, SignatureMaterial};

fn paid(amount: &str, payee: &str) -> Value {
    json!({"type": "payment_initiation", "creditorName": payee,
        "instructedAmount": {"currency": "EUR", "amount": amount}})
}

fn code_for(secret: &Secret, presented: &Presented) -> String {
    let digest = presented.digest();
    let context = CodeContext {
        digest: &digest,
        channel: "SMS",
        resend: 0,
        length: 8,
    };
    code::derive(secret, &context).expose().to_owned()
}

fn made(amount: &str, payee: &str) -> Payment {
    presented(payment(amount, payee))
        .transaction()
        .payments()
        .remove(0)
}

#[test]
fn rts_4_2_a_a_receipt_tells_nothing_of_a_factor() {
    let presented = presented(payment("99.95", "Demo Shop"));
    let secret = code::new_secret(&CountingRandom::default());
    let digest = presented.digest();
    let context = CodeContext {
        digest: &digest,
        channel: "Email",
        resend: 0,
        length: 6,
    };
    let sent = code::derive(&secret, &context).expose().to_owned();
    let (_, _, token) = scene::receipt(&approved(&presented));
    let payload = strict_base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims = String::from_utf8(payload).unwrap();
    assert!(!claims.contains(&sent) && !claims.contains(secret.expose()));
    assert!(claims.contains("••••••"));
    for word in ["password", "\"pin\"", "score"] {
        assert!(!claims.contains(word), "{word}");
    }
}

#[test]
fn rts_4_2_b_knowing_codes_does_not_help_to_make_another() {
    let secret = code::new_secret(&CountingRandom::default());
    let codes: std::collections::BTreeSet<String> = (0..500)
        .map(|cents| code_for(&secret, &presented(payment(&format!("1.{cents:03}"), "A"))))
        .collect();
    // Of 500 draws of 8 digits, hardly two are the same unless there is a rule.
    assert!(codes.len() >= 498, "{}", codes.len());
    let other = code::new_secret(&CountingRandom::default());
    assert_eq!(
        other.expose(),
        secret.expose(),
        "the same randomness, the same secret"
    );
    let random = CountingRandom::default();
    let (first, second) = (code::new_secret(&random), code::new_secret(&random));
    let presented = presented(payment("1.00", "A"));
    assert_ne!(code_for(&first, &presented), code_for(&second, &presented));
}

#[test]
fn rts_5_1_a_the_payer_is_told_amount_and_payee() {
    let presented = presented(payment("99.95", "Demo Shop"));
    for method in Method::ALL {
        let text = presented.shown(method).unwrap().text();
        assert!(
            text.contains("99.95 EUR") && text.contains("Demo Shop"),
            "{text}"
        );
    }
    let batch = scene::presented(details(&json!([paid("10.00", "A"), paid("5.50", "B")])));
    for method in Method::ALL {
        let text = batch.shown(method).unwrap().text();
        for told in ["15.50 EUR", "10.00 EUR", "5.50 EUR", "Payee: A", "Payee: B"] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }
}

#[test]
fn rts_5_1_b_the_code_is_specific_to_amount_and_payee() {
    let secret = code::new_secret(&CountingRandom::default());
    let code = |amount, payee| code_for(&secret, &presented(payment(amount, payee)));
    let expected = code("99.95", "Demo Shop");
    assert_eq!(code("99.95", "Demo Shop"), expected);
    assert_ne!(code("99.96", "Demo Shop"), expected);
    assert_ne!(code("99.95", "Demo Shoq"), expected);
}

#[test]
fn rts_5_1_c_an_accepted_code_corresponds_to_what_was_agreed() {
    let approved = approved(&presented(payment("99.95", "Demo Shop")));
    assert!(approved.covers(&made("99.95", "Demo Shop")));
    assert!(!approved.covers(&made("99.94", "Demo Shop")));
    assert!(!approved.covers(&made("99.95", "Other Shop")));
    assert_eq!(approved.transaction().payments().len(), 1);
}

#[test]
fn rts_5_1_d_any_change_of_amount_or_payee_invalidates_the_code() {
    let agreed = presented(payment("99.95", "Demo Shop"));
    let factors = || {
        let passkey = scene::passkey(&agreed.digest());
        vec![
            scene::by_code(&agreed.digest()),
            scene::signed(SignatureMaterial::WebAuthn(passkey)),
        ]
    };
    assert!(agreed.approved(&[Method::Page], factors()).is_ok());
    for changed in [
        payment("99.96", "Demo Shop"),
        payment("99.95", "Other Shop"),
    ] {
        for factor in factors() {
            let refused = presented(changed.clone()).approved(&[Method::Page], vec![factor]);
            let refused = refused.unwrap_err();
            assert!(matches!(
                refused,
                NotApproved::AnotherTransaction | NotApproved::Signature(_)
            ));
        }
    }
}

#[test]
fn rts_5_2_what_is_displayed_is_derived_from_what_is_signed_and_is_signed_itself() {
    let agreed = presented(payment("99.95", "Demo Shop"));
    // A pure function: the same again from the same.
    assert_eq!(presented(payment("99.95", "Demo Shop")), agreed);
    for method in Method::ALL {
        let shown = agreed.shown(method).unwrap();
        let signed = agreed.transaction().display_by(method.name()).unwrap();
        assert!(shown.digest().matches(&signed));
    }
    // Another text for the same values is another transaction.
    let page = scene::content(json!({"template": {"id": "transaction"}, "locale": "en",
        "deliveryMethod": "Page", "title": "Free gift", "body": "${sum}${currency}${recipient}"}));
    let templates = super::template::Templates::new(vec![page]);
    let draft = scene::draft(payment("99.95", "Demo Shop"));
    let other = scene::try_presented(draft, &templates).unwrap();
    assert_ne!(other.digest(), agreed.digest());
}

#[test]
fn rts_5_3_a_what_is_blocked_on_a_card_is_the_most_that_is_paid() {
    let blocked = json!([{"type": "card_payment", "creditorName": "Fuel",
        "maximumAmount": {"currency": "EUR", "amount": "100.00"}}]);
    let presented = presented(details(&blocked));
    let text = presented.shown(Method::Page).unwrap().text();
    assert!(text.contains("At most: 100.00 EUR"), "{text}");
    let approved = approved(&presented);
    assert!(approved.covers(&made("63.17", "Fuel")) && approved.covers(&made("100.00", "Fuel")));
    assert!(!approved.covers(&made("100.01", "Fuel")) && !approved.covers(&made("1.00", "Other")));
    // The code is specific to the amount that was agreed to be blocked.
    let secret = code::new_secret(&CountingRandom::default());
    let mut more = blocked;
    more[0]["maximumAmount"]["amount"] = json!("100.01");
    let more = scene::presented(details(&more));
    assert_ne!(code_for(&secret, &more), code_for(&secret, &presented));
}

#[test]
fn rts_5_3_b_a_batch_has_one_code_for_its_total_and_its_payees_in_any_order() {
    let secret = code::new_secret(&CountingRandom::default());
    let code = |batch: Value| code_for(&secret, &presented(details(&batch)));
    let (a, b, c) = (paid("10.00", "A"), paid("5.50", "B"), paid("0.05", "C"));
    let expected = code(json!([a, b, c]));
    for order in [json!([a, c, b]), json!([c, b, a]), json!([b, c, a])] {
        assert_eq!(code(order), expected);
    }
    for other in [
        json!([a, b]),
        json!([a, b, paid("0.06", "C")]),
        json!([a, b, paid("0.05", "D")]),
    ] {
        assert_ne!(code(other), expected);
    }
}
