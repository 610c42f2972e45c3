use domain::port::fixed::CountingRandom;
use jose::strict_base64url::encode;
use proptest::prelude::*;
use serde_json::json;

use super::render::isolated;
use super::*;
use crate::approval::WebAuthnChallenge;
use crate::approval::scene::{self, content, draft, names, payment, presented, template, user};
use crate::approval::visible::{shows_anything, visible};
use crate::evidence::FactorKind;

#[test]
fn the_text_has_the_values_and_the_code_has_a_place() {
    let presented = presented(payment("99.95", "Demo Shop"));
    let page = presented.shown(Method::Page).unwrap();
    assert_eq!(page.text(), "Pay 99.95 EUR to Demo Shop?");
    assert!(!page.has_code());
    let sms = presented.shown(Method::Sms).unwrap();
    assert!(
        sms.text()
            .contains("99.95 EUR to Demo Shop? To approve it, enter the code ••••••.")
    );
    assert!(
        sms.with_code("123456")
            .text
            .contains("enter the code 123456.")
    );
    let voice = presented.shown(Method::Voice).unwrap();
    assert!(
        voice
            .with_code("123")
            .text
            .contains("enter the code 1, 2, 3.")
    );
    assert_eq!(sms.with_code("123456").title, None);
}

#[test]
fn it_is_shown_in_the_language_asked_for_before_that_of_the_person() {
    let names = Names {
        locales: vec!["fr"],
        ..names()
    };
    let text = |draft: TransactionDraft| {
        let presented = present(draft, None, &names, &Templates::default(), &[]).unwrap();
        (
            presented.transaction().locale().to_owned(),
            presented.shown[0].text(),
        )
    };
    let asked = draft(payment("1.00", "A")).in_locales(vec!["ja".to_owned(), "de-AT".to_owned()]);
    assert_eq!(
        text(asked),
        ("de".to_owned(), "1.00 EUR an A zahlen?".to_owned())
    );
    assert_eq!(text(draft(payment("1.00", "A"))).0, "fr");
}

#[test]
fn a_missing_variable_is_an_error_at_the_request() {
    let draft_without = draft(template(None, &[("sum", "1.00"), ("currency", "EUR")]));
    let missing = TemplateError::MissingVariable("recipient".to_owned());
    let templates = Templates::default();
    assert_eq!(
        check(&draft_without, &templates, &Method::ALL),
        Err(missing.clone())
    );
    assert_eq!(
        scene::try_presented(draft_without, &templates),
        Err(missing)
    );
    let complete = draft(template(
        None,
        &[("SUM", "1.00"), ("Currency", "EUR"), ("recipient", "A")],
    ));
    assert_eq!(check(&complete, &templates, &Method::ALL), Ok(()));
}

#[test]
fn a_variable_in_which_nothing_is_to_be_seen_is_missing() {
    let templates = Templates::default();
    let missing = || TemplateError::MissingVariable("recipient".to_owned());
    for blank in ["", "  ", "\u{200b}", "\u{a0}\u{2800}\u{202e}"] {
        let draft = draft(payment("99.95", blank));
        assert_eq!(
            check(&draft, &templates, &Method::ALL),
            Err(missing()),
            "{blank:?}"
        );
        assert_eq!(scene::try_presented(draft, &templates), Err(missing()));
    }
    // One that no text needs may be left empty.
    let unused = [
        ("sum", "1"),
        ("currency", "EUR"),
        ("recipient", "A"),
        ("note", ""),
    ];
    let complete = draft(template(None, &unused));
    assert_eq!(check(&complete, &templates, &Method::ALL), Ok(()));
}

#[test]
fn what_a_text_in_any_language_needs_must_be_there_at_the_request() {
    let sms = |locale: &str, text: &str| {
        content(
            json!({"template": {"id": "transaction"}, "locale": locale, "variant": "c",
            "deliveryMethod": "SMS", "content": text}),
        )
    };
    let templates = Templates::new(vec![sms("en", "${sum}"), sms("it", "${sum} ${importo}")]);
    let draft = draft(template(Some("C"), &[("sum", "1.00")]));
    let missing = TemplateError::MissingVariable("importo".to_owned());
    assert_eq!(check(&draft, &templates, &Method::ALL), Err(missing));
    assert_eq!(check(&draft, &templates, &[Method::Email]), Ok(()));
    // A variant without a text for pages is shown with everything that was sent.
    let presented = scene::try_presented(draft, &templates).unwrap();
    let page = presented.shown(Method::Page).unwrap().text();
    assert_eq!(page, "Demo Shop asks you to approve:\nsum: 1.00");
    assert!(presented.shown(Method::Email).is_none());
}

#[test]
fn a_client_cannot_say_what_the_server_knows() {
    for name in [
        "OTP",
        "otp",
        "code.value",
        "user.username",
        "Application.Name",
        "details",
    ] {
        let draft = draft(template(Some("details"), &[(name, "x")]));
        let refused = check(&draft, &Templates::default(), &Method::ALL);
        assert_eq!(
            refused,
            Err(TemplateError::ReservedVariable(name.to_owned()))
        );
    }
    let variables = domain::Variables::new([("a".to_owned(), "b".to_owned())]).unwrap();
    let source =
        TransactionSource::template("verification_code_template", None, variables).unwrap();
    let refused = check(&draft(source), &Templates::default(), &Method::ALL);
    assert!(matches!(refused, Err(TemplateError::TakesNoVariables(_))));
    let source =
        TransactionSource::template("nothing", None, domain::Variables::default()).unwrap();
    let refused = check(&draft(source), &Templates::default(), &Method::ALL);
    assert!(matches!(refused, Err(TemplateError::UnknownTemplate(_))));
}

#[test]
fn templates_cannot_loop() {
    let presented = presented(payment(
        "${sum}${recipient}",
        "${recipient}${otp}${details}",
    ));
    let sms = presented.shown(Method::Sms).unwrap();
    let text = sms.with_code("123456").text;
    assert!(text.starts_with("Pay ${sum}${recipient} EUR to ${recipient}${otp}${details}? "));
    assert_eq!(text.matches("123456").count(), 1);
    // What was sent is told once, however often it names itself.
    let draft = draft(template(
        Some("details"),
        &[("a", "${details}${a}"), ("b", "${a}")],
    ));
    let presented = scene::try_presented(draft, &Templates::default()).unwrap();
    let page = presented.shown(Method::Page).unwrap().text();
    assert_eq!(
        page,
        "Demo Shop asks you to approve:\na: ${details}${a}\nb: ${a}"
    );
}

#[test]
fn values_are_text_in_html_too_and_cannot_turn_what_is_around_them() {
    let mail = content(
        json!({"template": {"id": "transaction"}, "locale": "en", "variant": "h",
        "deliveryMethod": "Email", "subject": "Pay ${recipient}", "body": "<b>${recipient}</b> ${otp}",
        "emailContentType": "text/html"}),
    );
    let templates = Templates::new(vec![mail]);
    let shown = |recipient: &str| {
        let draft = draft(template(Some("h"), &[("recipient", recipient)]));
        let presented = scene::try_presented(draft, &templates).unwrap();
        presented.shown(Method::Email).unwrap().clone()
    };
    let markup = shown("<script>\"&'\n</script>\u{202e}");
    let expected = "<b>&lt;script&gt;&quot;&amp;&#39;⟨U+000A⟩&lt;/script&gt;⟨U+202E⟩</b> ••••••";
    assert_eq!(markup.text(), expected);
    assert!(markup.with_code("1").is_html);
    assert_eq!(shown("שלום").text(), "<b>\u{2068}שלום\u{2069}</b> ••••••");
    assert_eq!(shown("<b>").title().unwrap(), "Pay <b>");
}

#[test]
fn pairs_and_details_are_shown_as_they_are() {
    let pairs = [("Amount", "10 EUR"), ("To", "A")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let shown = presented(TransactionSource::pairs(pairs).unwrap());
    let page = shown.shown(Method::Page).unwrap().text();
    assert_eq!(
        page,
        "Demo Shop asks you to approve:\nAmount: 10 EUR\nTo: A"
    );
    let payment = json!([{"type": "payment_initiation", "creditorName": "A",
        "instructedAmount": {"currency": "EUR", "amount": "1.00"}}]);
    let shown = presented(scene::details(&payment));
    assert_eq!(
        shown.lines()[0],
        ("Amount".to_owned(), "1.00 EUR".to_owned())
    );
    assert!(
        shown
            .shown(Method::Push)
            .unwrap()
            .text()
            .contains("Payee: A")
    );
}

#[test]
fn only_factors_that_are_bound_to_it_approve_it() {
    let presented = presented(payment("1.00", "A"));
    let digest = presented.digest();
    let approve =
        |factors: Vec<ApprovingFactor>| presented.approved(&[Method::Page], factors).map(|_| ());
    let unbound = scene::one(&scene::evidence(FactorKind::Password), None);
    let other = Digest::of(b"", b"other");
    assert_eq!(approve(vec![]), Err(NotApproved::Unbound));
    assert_eq!(approve(vec![unbound.clone()]), Err(NotApproved::Unbound));
    assert_eq!(
        approve(vec![scene::by_code(&other)]),
        Err(NotApproved::AnotherTransaction)
    );
    assert_eq!(approve(vec![unbound, scene::by_code(&digest)]), Ok(()));
    let device = |decision, typ| scene::signed(scene::device_key(&digest, decision, typ));
    assert_eq!(approve(vec![device("approve", "approval+jwt")]), Ok(()));
    assert_eq!(
        approve(vec![device("deny", "approval+jwt")]),
        Err(MaterialError::NotApproved.into())
    );
    assert_eq!(
        approve(vec![device("approve", "JWT")]),
        Err(MaterialError::Signature.into())
    );
    let passkey = |digest| scene::signed(SignatureMaterial::WebAuthn(scene::passkey(digest)));
    assert_eq!(approve(vec![passkey(&digest)]), Ok(()));
    assert_eq!(
        approve(vec![passkey(&other)]),
        Err(MaterialError::Challenge.into())
    );
    let mut stranger = scene::by_code(&digest);
    stranger.user = UserId::new(Timestamp::from_seconds(1), &CountingRandom::default());
    assert_eq!(approve(vec![stranger]), Err(NotApproved::BySomeoneElse));
    let unshown = presented.approved(&[], vec![scene::by_code(&digest)]);
    assert_eq!(unshown.unwrap_err(), NotApproved::NotShown);
}

#[test]
fn a_challenge_that_the_client_chose_is_the_only_one() {
    let challenge = encode([9; 32]);
    let chosen = draft(payment("1.00", "A")).with_challenge(Some(challenge.clone()));
    let presented = scene::try_presented(chosen, &Templates::default()).unwrap();
    let approve = |material: crate::approval::WebAuthnMaterial| {
        let factor = scene::signed(SignatureMaterial::WebAuthn(material));
        presented
            .approved(&[Method::Page], vec![factor])
            .map(|_| ())
    };
    let answer = |challenge: &str| scene::assertion(challenge, WebAuthnChallenge::Requested, 1);
    assert_eq!(approve(answer(&challenge)), Ok(()));
    assert_eq!(
        approve(answer(&encode([8; 32]))),
        Err(MaterialError::Challenge.into())
    );
    assert_eq!(
        approve(scene::passkey(&presented.digest())),
        Err(MaterialError::Challenge.into())
    );
    let absent = scene::assertion(&challenge, WebAuthnChallenge::Requested, 0);
    assert_eq!(approve(absent), Err(MaterialError::NotPresent.into()));
}

#[test]
fn nobody_approves_what_nobody_was_asked() {
    let asked = present(
        draft(payment("1.00", "A")),
        None,
        &names(),
        &Templates::default(),
        &[],
    );
    let asked = asked.unwrap();
    let refused = asked.approved(&[Method::Page], vec![scene::by_code(&asked.digest())]);
    assert_eq!(refused.unwrap_err(), NotApproved::NobodyAsked);
    assert_ne!(
        presented(payment("1.00", "A")).transaction().subject(),
        None
    );
    assert_eq!(
        presented(payment("1.00", "A")).transaction().subject(),
        Some(user())
    );
}

#[test]
fn what_was_presented_is_read_back_as_it_was() {
    let presented = presented(payment("1.00", "A"));
    let value = serde_json::to_value(&presented).unwrap();
    let read: Presented = serde_json::from_value(value).unwrap();
    assert_eq!(read, presented);
    assert_eq!(read.digest(), presented.digest());
}

proptest! {
    #[test]
    fn no_value_can_take_the_place_of_the_code_or_hide(value in ".{0,40}|[$ {}otp\u{202e}]{0,20}") {
        prop_assume!(shows_anything(&value));
        let presented = presented(payment("1.00", &value));
        for shown in &presented.shown {
            let text = shown.with_code("§§§").text;
            let places = usize::from(shown.has_code());
            let count = text.matches("§§§").count() - value.matches("§§§").count();
            prop_assert!(shown.method() == Method::Voice || count == places);
            prop_assert!(text.contains(&isolated(visible(&value))));
        }
    }
}
