//! The two types of authorization details that docs/rich-authorization-requests.md describes.

use serde_json::{Value, json};

use crate::house::House;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(
            "../../../docs/examples/authorization-details/",
            $name
        ))
    };
}

/// The templates of a type by language; the first is for all that are not named.
type Templates = [(&'static str, &'static str); 4];

const PAYMENT: Templates = [
    ("en", file!("payment_initiation/en.txt")),
    ("de", file!("payment_initiation/de.txt")),
    ("fr", file!("payment_initiation/fr.txt")),
    ("es", file!("payment_initiation/es.txt")),
];

const ACCOUNTS: Templates = [
    ("en", file!("account_information/en.txt")),
    ("de", file!("account_information/de.txt")),
    ("fr", file!("account_information/fr.txt")),
    ("es", file!("account_information/es.txt")),
];

impl House {
    /// Defines `payment_initiation` and `account_information` through the administration API.
    pub async fn define_detail_types(&self) {
        let schema = file!("payment_initiation/schema.json");
        let payments = configuration(schema, PAYMENT, "[]");
        self.define_detail_type("payment_initiation", payments)
            .await;
        let schema = file!("account_information/schema.json");
        let words = file!("account_information/words.json");
        let accounts = configuration(schema, ACCOUNTS, words);
        self.define_detail_type("account_information", accounts)
            .await;
    }

    /// Defines `payment_initiation` as one that people approve with a factor.
    pub async fn define_approved_payments(&self) {
        let schema = file!("payment_initiation/schema.json");
        let mut payments = configuration(schema, PAYMENT, "[]");
        let fields = payments["fields"].as_array_mut().unwrap();
        fields.push(field("Approved With A Factor", "true"));
        self.define_detail_type("payment_initiation", payments)
            .await;
    }

    /// Defines a type of authorization details; `configuration` is that of its processor.
    pub async fn define_detail_type(&self, kind: &str, configuration: Value) {
        let administration = self.administration();
        let processor = json!({
            "id": kind,
            "name": kind,
            "pluginDescriptorRef": { "id": "countersign.JsonSchemaAuthorizationDetailProcessor" },
            "configuration": configuration,
        });
        let processors = "/oauth/authorizationDetailProcessors";
        let made = administration.post(processors, &processor).await;
        let _ = made.expect_status(201);
        let detail_type = json!({
            "id": kind,
            "type": kind,
            "description": format!("What {kind} is"),
            "authorizationDetailProcessorRef": { "id": kind },
        });
        let types = "/oauth/authorizationDetailTypes";
        let made = administration.post(types, &detail_type).await;
        let _ = made.expect_status(201);
    }
}

fn configuration(schema: &str, templates: Templates, words: &str) -> Value {
    let words: Vec<serde_json::Map<String, Value>> = serde_json::from_str(words).unwrap();
    let word = |fields: &serde_json::Map<String, Value>| {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| field(name, value.as_str().unwrap()));
        json!({ "fields": fields.collect::<Value>() })
    };
    let translation = |(language, template): &(&str, &str)| {
        let fields = [
            field("Language", language),
            field("Consent Template", template),
        ];
        json!({ "fields": fields })
    };
    let translations = &templates[1..];
    json!({
        "fields": [
            field("JSON Schema", schema),
            field("Consent Template", templates[0].1),
        ],
        "tables": [
            { "name": "Translations", "rows": translations.iter().map(translation).collect::<Value>() },
            { "name": "Words", "rows": words.iter().map(word).collect::<Value>() },
        ],
    })
}

fn field(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}
