//! Payments that the shop asks people to approve (RFC 9396): what one is like, and how it is told.

use domain::Actor;
use serde_json::{Value, json};
use web::configuration::{Refusal, Resource, resource};

use super::super::Failure;
use super::super::desk::Desk;

/// The type of the authorization details that are a payment.
pub(super) const PAYMENT: &str = "payment_initiation";

macro_rules! example {
    ($file:literal) => {
        include_str!(concat!(
            "../../../../../docs/examples/authorization-details/payment_initiation/",
            $file
        ))
    };
}

/// The payment in words, by language; the first is for everybody else.
const WORDS: [(&str, &str); 4] = [
    ("en", example!("en.txt")),
    ("de", example!("de.txt")),
    ("fr", example!("fr.txt")),
    ("es", example!("es.txt")),
];

/// Defines payments, as an administrator does; what is there already stays as it is.
pub(super) async fn define(desk: &Desk) -> Result<(), Failure> {
    put(desk, "/oauth/authorizationDetailProcessors", &processor()).await?;
    let payment = json!({
        "id": PAYMENT,
        "type": PAYMENT,
        "description": "Pay from your account",
        "authorizationDetailProcessorRef": { "id": PAYMENT },
    });
    put(desk, "/oauth/authorizationDetailTypes", &payment).await
}

async fn put(desk: &Desk, path: &str, object: &Value) -> Result<(), Failure> {
    let known: Option<&'static Resource> = resource(path);
    let resource = known.ok_or_else(|| Failure::Refused(format!("there is no resource {path}")))?;
    let put =
        desk.configure(
            async |configuration| match configuration.read(resource, PAYMENT).await {
                Err(Refusal::Missing(_)) => {
                    let made = configuration.create(&Actor::Operator, resource, object);
                    made.await.map(drop)
                }
                found => found.map(drop),
            },
        );
    put.await
}

fn processor() -> Value {
    let [(_, plain), translations @ ..] = &WORDS;
    let field = |name: &str, value: &str| json!({ "name": name, "value": value });
    let translation = |(language, words): &(&str, &str)| {
        let fields = [
            field("Language", language),
            field("Consent Template", words),
        ];
        json!({ "fields": fields })
    };
    let rows: Vec<Value> = translations.iter().map(translation).collect();
    json!({
        "id": PAYMENT,
        "name": "Payments",
        "pluginDescriptorRef": { "id": "countersign.JsonSchemaAuthorizationDetailProcessor" },
        "configuration": {
            "fields": [
                field("JSON Schema", example!("schema.json")),
                field("Consent Template", plain),
            ],
            "tables": [{ "name": "Translations", "rows": rows }],
        },
    })
}
