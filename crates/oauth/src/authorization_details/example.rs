//! The two types that docs/rich-authorization-requests.md describes.

use serde_json::{Map, Value, json};

use super::DetailTypes;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../docs/examples/authorization-details/",
            $name
        ))
    };
}

/// A field or a row as administrators write it.
pub(crate) fn field(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

pub(crate) fn row(fields: &Map<String, Value>) -> Value {
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| field(name, value.as_str().unwrap()));
    json!({ "fields": fields.collect::<Value>() })
}

fn processor(id: &str, schema: &str, templates: [&str; 4], words: &str) -> Value {
    let words: Vec<Map<String, Value>> = serde_json::from_str(words).unwrap();
    let [english, translations @ ..] = templates;
    let translations = ["de", "fr", "es"].into_iter().zip(translations);
    let translation = |(language, template): (&str, &str)| {
        let fields = [
            field("Language", language),
            field("Consent Template", template),
        ];
        json!({ "fields": fields })
    };
    json!({
        "id": id,
        "configuration": {
            "fields": [field("JSON Schema", schema), field("Consent Template", english)],
            "tables": [
                { "name": "Translations", "rows": translations.map(translation).collect::<Value>() },
                { "name": "Words", "rows": words.iter().map(row).collect::<Value>() },
            ],
        },
    })
}

pub(crate) fn processors() -> [Value; 2] {
    [
        processor(
            "payments",
            file!("payment_initiation/schema.json"),
            [
                file!("payment_initiation/en.txt"),
                file!("payment_initiation/de.txt"),
                file!("payment_initiation/fr.txt"),
                file!("payment_initiation/es.txt"),
            ],
            "[]",
        ),
        processor(
            "accounts",
            file!("account_information/schema.json"),
            [
                file!("account_information/en.txt"),
                file!("account_information/de.txt"),
                file!("account_information/fr.txt"),
                file!("account_information/es.txt"),
            ],
            file!("account_information/words.json"),
        ),
    ]
}

/// A type as administrators write it.
pub(crate) fn detail_type(kind: &str, processor: &str) -> Value {
    json!({
        "id": kind,
        "type": kind,
        "description": format!("What {kind} is"),
        "authorizationDetailProcessorRef": { "id": processor },
    })
}

pub(crate) fn types() -> DetailTypes {
    let types = [
        detail_type("payment_initiation", "payments"),
        detail_type("account_information", "accounts"),
    ];
    let (types, unusable) = DetailTypes::read(&types, &processors());
    assert_eq!(unusable, []);
    types
}

/// The payment of RFC 9396 §2.
pub(crate) fn payment() -> Value {
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
pub(crate) fn accounts() -> Value {
    json!({
        "type": "account_information",
        "actions": ["list_accounts", "read_balances", "read_transactions"],
        "locations": ["https://example.com/accounts"],
    })
}
