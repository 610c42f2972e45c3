//! Everything that is asked for, as labels and values.

use domain::{AuthorizationDetail, TransactionSource};
use serde_json::Value;

use super::visible::visible;

/// What labels are called in one language.
struct Labels {
    locale: &'static str,
    total: &'static str,
    payments: &'static str,
    amount: &'static str,
    at_most: &'static str,
    payee: &'static str,
    account: &'static str,
    reference: &'static str,
    kind: &'static str,
}

const LABELS: [Labels; 4] = [
    Labels {
        locale: "en",
        total: "Total",
        payments: "Payments",
        amount: "Amount",
        at_most: "At most",
        payee: "Payee",
        account: "Account",
        reference: "Reference",
        kind: "Type",
    },
    Labels {
        locale: "de",
        total: "Summe",
        payments: "Zahlungen",
        amount: "Betrag",
        at_most: "Höchstens",
        payee: "Empfänger",
        account: "Konto",
        reference: "Verwendungszweck",
        kind: "Art",
    },
    Labels {
        locale: "fr",
        total: "Total",
        payments: "Paiements",
        amount: "Montant",
        at_most: "Au plus",
        payee: "Bénéficiaire",
        account: "Compte",
        reference: "Motif",
        kind: "Type",
    },
    Labels {
        locale: "es",
        total: "Total",
        payments: "Pagos",
        amount: "Importe",
        at_most: "Como máximo",
        payee: "Beneficiario",
        account: "Cuenta",
        reference: "Concepto",
        kind: "Tipo",
    },
];

/// A label and a value, nothing in them unseen.
pub(super) type Line = (String, String);

/// Everything that is asked for. Nothing is left out: what is signed is what is shown.
pub(super) fn lines(source: &TransactionSource, locale: &str) -> Vec<Line> {
    let line = |label: &str, value: &str| (visible(label), visible(value));
    match source {
        TransactionSource::Template { variables, .. } => {
            let lines = variables.iter().map(|it| line(&it.name, &it.value));
            lines.collect()
        }
        TransactionSource::Pairs { pairs } => {
            let lines = pairs.iter().map(|it| line(&it.label, &it.value));
            lines.collect()
        }
        TransactionSource::AuthorizationDetails { details } => {
            let labels = labels(locale);
            let mut lines = batch(source, labels);
            for detail in details.details().iter() {
                lines.extend(of_detail(detail, labels));
            }
            lines
        }
    }
}

fn labels(locale: &str) -> &'static Labels {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    let mut found = LABELS.iter();
    let [english, ..] = &LABELS;
    found
        .find(|it| it.locale.eq_ignore_ascii_case(language))
        .unwrap_or(english)
}

/// RTS art. 5(3)(b): of several payments, what they come to.
fn batch(source: &TransactionSource, labels: &Labels) -> Vec<Line> {
    let count = source.payments().len();
    if count < 2 {
        return Vec::new();
    }
    let totals = source.totals().into_iter();
    let totals = totals.map(|(currency, total)| {
        (
            labels.total.to_owned(),
            visible(&format!("{total} {currency}")),
        )
    });
    let count = (labels.payments.to_owned(), count.to_string());
    totals.chain([count]).collect()
}

fn of_detail(detail: &AuthorizationDetail, labels: &Labels) -> Vec<Line> {
    let members = detail.members();
    let mut lines = Vec::new();
    for (name, label) in [
        ("instructedAmount", labels.amount),
        ("maximumAmount", labels.at_most),
    ] {
        lines.extend(
            members
                .get(name)
                .and_then(money)
                .map(|money| (label.to_owned(), money)),
        );
    }
    let known = [
        ("creditorName", labels.payee),
        ("creditorAccount.iban", labels.account),
        ("remittanceInformationUnstructured", labels.reference),
    ];
    let mut flat = Vec::new();
    for (name, value) in members {
        let is_told =
            matches!(name.as_str(), "instructedAmount" | "maximumAmount") && money(value).is_some();
        if name != "type" && !is_told {
            flatten(name, value, &mut flat);
        }
    }
    for (path, label) in known {
        let of_path = flat.extract_if(.., |(name, _)| name == path);
        lines.extend(of_path.map(|(_, value)| (label.to_owned(), visible(&value))));
    }
    lines.extend(
        flat.iter()
            .map(|(path, value)| (visible(path), visible(value))),
    );
    lines.push((labels.kind.to_owned(), visible(detail.kind())));
    lines
}

/// An object that is nothing but an amount and its currency.
fn money(value: &Value) -> Option<String> {
    let members = value.as_object().filter(|members| members.len() == 2)?;
    let (amount, currency) = (
        members.get("amount")?.as_str()?,
        members.get("currency")?.as_str()?,
    );
    Some(visible(&format!("{amount} {currency}")))
}

fn flatten(path: &str, value: &Value, flat: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                flatten(&format!("{path}.{name}"), value, flat);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                flatten(&format!("{path}.{}", index + 1), value, flat);
            }
        }
        Value::String(text) => flat.push((path.to_owned(), text.clone())),
        other => flat.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{AuthorizationDetails, Variables};
    use serde_json::json;

    fn of(details: &Value, locale: &str) -> Vec<String> {
        let details = AuthorizationDetails::parse(&details.to_string()).unwrap();
        let source = TransactionSource::authorization_details(details).unwrap();
        let lines = lines(&source, locale).into_iter();
        lines
            .map(|(label, value)| format!("{label}: {value}"))
            .collect()
    }

    #[test]
    fn a_payment_is_told_in_the_persons_language_and_nothing_is_left_out() {
        let payment = json!([{
            "type": "payment_initiation",
            "instructedAmount": {"currency": "EUR", "amount": "99.95"},
            "creditorName": "Demo\u{202e} Shop",
            "creditorAccount": {"iban": "DE02100100109307118603", "bic": "X"},
            "remittanceInformationUnstructured": "Mug",
            "urgent": true,
            "steps": ["a", {"b": null}],
        }]);
        assert_eq!(
            of(&payment, "de-AT"),
            [
                "Betrag: 99.95 EUR",
                "Empfänger: Demo⟨U+202E⟩ Shop",
                "Konto: DE02100100109307118603",
                "Verwendungszweck: Mug",
                "creditorAccount.bic: X",
                "steps.1: a",
                "steps.2.b: null",
                "urgent: true",
                "Art: payment_initiation",
            ]
        );
    }

    #[test]
    fn rts_5_3_b_a_batch_is_told_with_its_total_and_each_payee() {
        let paid = |amount: &str, payee: &str| {
            json!({"type": "payment_initiation", "creditorName": payee,
                "instructedAmount": {"currency": "EUR", "amount": amount}})
        };
        let lines = of(&json!([paid("10.00", "A"), paid("5.5", "B")]), "xx");
        assert_eq!(lines[..2], ["Total: 15.50 EUR", "Payments: 2"]);
        for line in [
            "Payee: A",
            "Payee: B",
            "Amount: 10.00 EUR",
            "Amount: 5.5 EUR",
        ] {
            assert!(lines.contains(&line.to_owned()), "{line}");
        }
    }

    #[test]
    fn an_amount_with_more_to_it_is_told_in_full() {
        let odd =
            json!([{"type": "x", "instructedAmount": {"currency": "EUR", "amount": "1", "x": 2}}]);
        let lines = of(&odd, "en");
        assert!(
            lines.contains(&"instructedAmount.x: 2".to_owned()),
            "{lines:?}"
        );
    }

    #[test]
    fn values_and_pairs_are_told_by_their_names() {
        let variables = Variables::new([("Sum".to_owned(), "1".to_owned())]).unwrap();
        let source = TransactionSource::template("transaction", None, variables).unwrap();
        assert_eq!(lines(&source, "en"), [("Sum".to_owned(), "1".to_owned())]);
        let source = TransactionSource::pairs([("An\nA".to_owned(), "B".to_owned())]).unwrap();
        assert_eq!(
            lines(&source, "en"),
            [("An⟨U+000A⟩A".to_owned(), "B".to_owned())]
        );
    }
}
