//! What access tokens tell, and where it comes from.

use serde_json::{Value, json};

use super::mapping::{
    ATTRIBUTE_SOURCE, FULFILLMENT, ISSUANCE_CRITERIA, PLAIN_REFERENCE, Target, id_stays,
};
use super::{Facts, Resource, Rules, access_token_manager};
use crate::admin::schema::{
    Document, LINE, Object, Problems, map_of_objects, object, objects, reference, text, word,
};

const CONTEXTS: &[&str] = &[
    "DEFAULT",
    "PCV",
    "IDP_CONNECTION",
    "IDP_ADAPTER",
    "AUTHENTICATION_POLICY_CONTRACT",
    "CLIENT_CREDENTIALS",
    "TOKEN_EXCHANGE_PROCESSOR_POLICY",
];

/// `/oauth/accessTokenMappings`
pub(crate) static ACCESS_TOKEN_MAPPINGS: Resource = Resource::many(
    "/oauth/accessTokenMappings",
    "access_token_mapping",
    &MAPPING,
)
.with(Rules {
    settle,
    check,
    consulted: &[&access_token_manager::ACCESS_TOKEN_MANAGERS],
    ..Rules::NONE
});

#[rustfmt::skip]
const MAPPING: Object = Object {
    name: "AccessTokenMapping",
    about: "What access tokens tell, and where it comes from.",
    fields: &[
        text("id", &LINE).about("The context and the manager, with a vertical bar between them."),
        object("context", &CONTEXT).required().about("In which context."),
        reference("accessTokenManagerRef", access_token_manager::PATH).required().about("Whose tokens."),
        objects("attributeSources", &ATTRIBUTE_SOURCE),
        map_of_objects("attributeContractFulfillment", &FULFILLMENT),
        object("issuanceCriteria", &ISSUANCE_CRITERIA).or_filled(),
    ],
};

const CONTEXT: Object = Object {
    name: "AccessTokenMappingContext",
    about: "The context of a mapping.",
    fields: &[
        word("type", CONTEXTS).required(),
        object("contextRef", &PLAIN_REFERENCE),
    ],
};

/// The id follows from what is mapped.
fn settle(mapping: &mut Document) {
    let context = mapping.get("context");
    let kind = context.and_then(|it| it.get("type")?.as_str());
    let of = context.and_then(|it| it.pointer("/contextRef/id")?.as_str());
    let manager = mapping.get("accessTokenManagerRef");
    let manager = manager.and_then(|it| it.get("id")?.as_str());
    if let (Some(kind), Some(manager)) = (kind, manager) {
        let id = match of {
            Some(of) => format!("{}|{of}|{manager}", kind.to_lowercase()),
            None => format!("{}|{manager}", kind.to_lowercase()),
        };
        mapping.insert("id".to_owned(), json!(id));
    }
}

fn check(mapping: &Document, facts: &Facts<'_>, problems: &mut Problems) {
    id_stays(mapping, "context", facts, problems);
    let context = mapping.get("context");
    let kind = context.and_then(|it| it.get("type").and_then(Value::as_str));
    let alone = matches!(kind, Some("DEFAULT" | "CLIENT_CREDENTIALS"));
    let names = context.is_some_and(|it| it.get("contextRef").is_some());
    problems.require(
        alone != names,
        "context.contextRef",
        "DEFAULT and CLIENT_CREDENTIALS have no contextRef; every other type has one.",
    );
    let manager = mapping.get("accessTokenManagerRef");
    let manager = manager.and_then(|it| it.get("id")?.as_str());
    let told = manager.and_then(|id| access_token_manager::attributes(id, facts));
    // That there is no such manager is told at the reference.
    if let Some(further) = told {
        let target = Target {
            required: &[],
            further,
            told_by: "attributeContract of the access token manager",
        };
        target.check(mapping, "", problems);
    }
}
