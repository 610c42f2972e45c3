use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::AuthorizationDetails;
use crate::port::fixed::CountingRandom;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn payment(sum: &str, recipient: &str) -> TransactionSource {
    let variables = [("sum", sum), ("currency", "EUR"), ("recipient", recipient)];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    TransactionSource::template("transaction", None, Variables::new(variables).unwrap()).unwrap()
}

fn details(value: &Value) -> TransactionSource {
    let details = AuthorizationDetails::parse(&value.to_string()).unwrap();
    TransactionSource::authorization_details(details).unwrap()
}

fn finished(source: TransactionSource) -> Transaction {
    let random = CountingRandom::default();
    let client = ClientId::new("shop");
    let subject = UserId::new(NOW, &random);
    let display = Display {
        method: "page".to_owned(),
        digest: Digest::of(b"display", b"Pay"),
    };
    TransactionDraft::new("environment", client, source, NOW, &random).finish(
        Some(subject),
        "en",
        vec![display],
    )
}

#[test]
fn its_id_is_a_uuid_of_version_4() {
    let random = CountingRandom::default();
    for _ in 0..100 {
        let id = TransactionId::new(&random).to_string();
        let places: Vec<usize> = id.match_indices('-').map(|(at, _)| at).collect();
        assert_eq!(places, [8, 13, 18, 23], "{id}");
        assert_eq!(&id[14..15], "4", "{id}");
        assert!(["8", "9", "a", "b"].contains(&&id[19..20]), "{id}");
    }
}

#[test]
fn in_an_environment_whoever_is_asked_is_told_by_their_uuid() {
    let random = CountingRandom::default();
    let subject = UserId::new(NOW, &random);
    let told = |environment: &str| {
        let client = ClientId::new("shop");
        let source = payment("1.00", "A");
        let draft = TransactionDraft::new(environment, client, source, NOW, &random);
        let transaction = draft.finish(Some(subject), "en", Vec::new());
        assert_eq!(transaction.subject(), Some(subject));
        transaction.to_value()["subject"].clone()
    };
    let environment = EnvironmentId::new(&random).to_string();
    assert_eq!(told(&environment), subject.uuid().to_string());
    assert_eq!(told("https://sso.example.com"), subject.to_string());
}

#[test]
fn its_digest_is_that_of_its_canonical_form_under_its_own_prefix() {
    let transaction = finished(payment("99.95", "Demo Shop"));
    let canonical = jose::json::canonical(&transaction.to_value()).unwrap();
    let input = [b"countersign transaction v1\0", canonical.as_bytes()].concat();
    assert_eq!(transaction.digest().as_bytes(), &sha256(&input));
    let read: Transaction = serde_json::from_value(transaction.to_value()).unwrap();
    assert_eq!(read, transaction);
    assert_eq!(read.digest(), transaction.digest());
    let text = transaction.digest().to_string();
    let digest: Digest = serde_json::from_value(json!(text)).unwrap();
    assert!(digest.matches(&transaction.digest()));
    assert!(serde_json::from_value::<Digest>(json!("AAAA")).is_err());
}

#[test]
fn rts_5_1_d_any_change_gives_another_digest() {
    let transaction = finished(payment("99.95", "Demo Shop"));
    let whole = transaction.to_value();
    let paths = [
        "/id",
        "/environment",
        "/client",
        "/subject",
        "/time",
        "/locale",
        "/display",
        "/source/name",
        "/source/variables/0/value",
        "/source/variables/2/value",
    ];
    for path in paths {
        let mut changed = whole.clone();
        *changed.pointer_mut(path).unwrap() = json!("changed");
        assert_ne!(digest_of(&changed), digest_of(&whole), "{path}");
    }
    let mut added = whole.clone();
    added["more"] = json!(1);
    assert_ne!(digest_of(&added), digest_of(&whole));
    assert!(serde_json::from_value::<Transaction>(added).is_err());
}

#[test]
fn variables_are_bounded_and_have_one_value_each() {
    let make = |variables: Vec<(String, String)>| Variables::new(variables);
    let one = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    assert!(make(one("a.b-c_9", &"x".repeat(1024))).is_ok());
    assert!(make(one("a", &"x".repeat(1025))).is_err());
    for name in ["", "a b", "ä", "${a}", "a}", &"a".repeat(65)] {
        assert_eq!(
            make(one(name, "x")),
            Err(TransactionFormat::VariableName),
            "{name}"
        );
    }
    let twice = [one("Sum", "1"), one("sum", "2")].concat();
    assert_eq!(
        make(twice),
        Err(TransactionFormat::VariableTwice("sum".to_owned()))
    );
    let many = |count: usize| {
        (0..count)
            .map(|it| (format!("v{it}"), "x".to_owned()))
            .collect()
    };
    assert!(make(many(64)).is_ok());
    assert!(make(many(65)).is_err());
    let long = |count: usize| (0..count).map(|it| (format!("v{it}"), "x".repeat(1022)));
    assert!(make(long(8).collect()).is_ok());
    assert!(make(long(9).collect()).is_err());
    let variables = make(one("Sum", "1")).unwrap();
    assert_eq!(variables.value("sUM"), Some("1"));
}

#[test]
fn there_is_something_to_approve() {
    assert_eq!(TransactionSource::pairs([]), Err(TransactionFormat::Empty));
    let nothing = AuthorizationDetails::none();
    assert_eq!(
        TransactionSource::authorization_details(nothing),
        Err(TransactionFormat::Empty)
    );
    let unnamed = TransactionSource::template("", None, Variables::default());
    assert_eq!(unnamed, Err(TransactionFormat::Empty));
}

#[test]
fn numbers_are_the_same_to_every_reader() {
    let large = r#"[{"type":"x","amount":9007199254740993}]"#;
    let large = AuthorizationDetails::parse(large).unwrap();
    let refused = TransactionSource::authorization_details(large.clone());
    assert_eq!(refused, Err(TransactionFormat::Number));
    let stored = json!({"type": "authorization_details", "details": large.to_value()});
    assert!(serde_json::from_value::<TransactionSource>(stored).is_err());
}

#[test]
fn pairs_are_approved_in_their_order() {
    let pair = |label: &str| (label.to_owned(), "1".to_owned());
    let one = finished(TransactionSource::pairs([pair("a"), pair("b")]).unwrap());
    let other = finished(TransactionSource::pairs([pair("b"), pair("a")]).unwrap());
    assert_ne!(one.digest(), other.digest());
}

fn paid(amount: &str, payee: &str) -> Value {
    json!({
        "type": "payment_initiation",
        "instructedAmount": {"currency": "EUR", "amount": amount},
        "creditorName": payee,
        "creditorAccount": {"iban": "DE02100100109307118603"},
    })
}

#[test]
fn rts_5_3_b_a_batch_is_its_total_and_its_payees_in_any_order() {
    let (a, b, c) = (paid("10.00", "A"), paid("5.50", "B"), paid("0.05", "C"));
    let batch = finished(details(&json!([a, b, c])));
    assert_eq!(
        batch.digest(),
        finished(details(&json!([c, a, b]))).digest()
    );
    let totals = batch.source().totals();
    assert_eq!(totals.len(), 1);
    assert_eq!(
        (totals[0].0.as_str(), totals[0].1.to_string()),
        ("EUR", "15.55".to_owned())
    );
    for other in [
        json!([a, b]),
        json!([a, b, c, c]),
        json!([a, b, paid("0.06", "C")]),
        json!([a, b, paid("0.05", "D")]),
    ] {
        assert_ne!(
            finished(details(&other)).digest(),
            batch.digest(),
            "{other}"
        );
    }
}

#[test]
fn rts_5_3_a_what_is_blocked_is_the_most_that_is_paid() {
    let mut blocked = paid("100.00", "Fuel");
    let members = blocked.as_object_mut().unwrap();
    let money = members.remove("instructedAmount").unwrap();
    members.insert("maximumAmount".to_owned(), money);
    let approved = finished(details(&json!([blocked]))).payments();
    let made =
        |amount: &str, payee: &str| finished(details(&json!([paid(amount, payee)]))).payments();
    let covers = |amount, payee| approved[0].covers(&made(amount, payee)[0]);
    assert!(covers("63.17", "Fuel") && covers("100.00", "Fuel") && covers("100", "Fuel"));
    assert!(!covers("100.01", "Fuel"));
    assert!(!covers("63.17", "Other"));
    let exact = made("100.00", "Fuel");
    assert!(exact[0].covers(&made("100.0", "Fuel")[0]));
    assert!(!exact[0].covers(&made("99.99", "Fuel")[0]));
}

#[test]
fn amounts_are_exact() {
    let amount = |text: &str| text.parse::<Amount>();
    assert_eq!(amount("99.95").unwrap().to_string(), "99.95");
    assert_eq!(amount("0.1").unwrap().to_string(), "0.10");
    assert_eq!(amount("7").unwrap().to_string(), "7.00");
    assert_eq!(amount("0.00000001").unwrap().to_string(), "0.00000001");
    let sum = amount("0.1").unwrap().plus(amount("0.2").unwrap());
    assert_eq!(sum, amount("0.3").ok());
    for text in [
        "",
        ".5",
        "5.",
        "-1",
        "+1",
        "1,00",
        "1e3",
        "0.000000001",
        " 1",
        "１",
    ] {
        assert_eq!(amount(text), Err(AmountFormat), "{text:?}");
    }
    assert_eq!(amount(&"9".repeat(25)), Err(AmountFormat));
}

proptest! {
    #[test]
    fn amounts_are_read_back(whole in 0..1_000_000_u64, fraction in "[0-9]{0,8}") {
        let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
        let amount: Amount = text.parse().unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
    }
}
