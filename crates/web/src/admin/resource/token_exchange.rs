//! Token exchange (RFC 8693): what is taken, and what is made of it.

use serde_json::{Value, json};

use super::mapping::{
    ATTRIBUTE_SOURCE, CONTRACT, FULFILLMENT, ISSUANCE_CRITERIA, PLAIN_REFERENCE, Target,
    attributes, id_stays,
};
use super::{Facts, Resource, Rules, plugin};
use crate::admin::schema::{
    Document, ID, LINE, NAME, Object, Problems, URL, flag, map_of_objects, name_of, object,
    objects, reference, set_of_texts, text,
};

const POLICIES: &str = "/oauth/tokenExchange/processor/policies";
const GROUPS: &str = "/oauth/tokenExchange/generator/groups";

/// The attributes that every exchange has.
const CORE: [&str; 1] = ["subject"];

/// Where the generators of a group are.
const GENERATOR_OF_GROUP: &str = "generatorMappings.tokenGenerator.id";

/// `/oauth/tokenExchange/processor/policies`
pub(crate) static PROCESSOR_POLICIES: Resource =
    Resource::many(POLICIES, "token_exchange_processor_policy", &POLICY).with(Rules {
        settle: |policy| plugin::with_core(policy, &CORE),
        check,
        ..Rules::NONE
    });

/// `/oauth/tokenExchange/processor/settings`
pub(crate) static PROCESSOR_SETTINGS: Resource = Resource::one(
    "/oauth/tokenExchange/processor/settings",
    "token_exchange_processor_settings",
    &Object {
        name: "TokenExchangeProcessorSettings",
        about: "Which policy is used unless another is chosen.",
        fields: &[reference("defaultProcessorPolicyRef", POLICIES)],
    },
);

/// `/oauth/tokenExchange/generator/groups`
pub(crate) static GENERATOR_GROUPS: Resource =
    Resource::many(GROUPS, "token_exchange_generator_group", &GROUP).with(Rules {
        check: |group, _, problems| has_some(group, "generatorMappings", problems),
        named_by: &[GENERATOR_OF_GROUP],
        ..Rules::NONE
    });

/// `/oauth/tokenExchange/generator/settings`
pub(crate) static GENERATOR_SETTINGS: Resource = Resource::one(
    "/oauth/tokenExchange/generator/settings",
    "token_exchange_generator_settings",
    &Object {
        name: "TokenExchangeGeneratorSettings",
        about: "Which group is used unless another is chosen.",
        fields: &[reference("defaultGeneratorGroupRef", GROUPS)],
    },
);

/// `/oauth/tokenExchange/tokenGeneratorMappings`
pub(crate) static TOKEN_GENERATOR_MAPPINGS: Resource = Resource::many(
    "/oauth/tokenExchange/tokenGeneratorMappings",
    "token_generator_mapping",
    &GENERATOR_MAPPING,
)
.with(Rules {
    settle,
    check: |mapping, facts, problems| id_stays(mapping, "sourceId", facts, problems),
    ..Rules::NONE
});

#[rustfmt::skip]
const POLICY: Object = Object {
    name: "TokenExchangeProcessorPolicy",
    about: "Which tokens are taken in exchange.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        flag("actorTokenRequired").about("Whether there must be a token of whoever acts."),
        object("attributeContract", &CONTRACT).required(),
        objects("processorMappings", &PROCESSOR_MAPPING).required(),
    ],
};

#[rustfmt::skip]
const PROCESSOR_MAPPING: Object = Object {
    name: "TokenExchangeProcessorMapping",
    about: "How tokens of one type are taken.",
    fields: &[
        text("subjectTokenType", &LINE).required().about("The type of the subject's token (RFC 8693 section 3)."),
        object("subjectTokenProcessor", &PLAIN_REFERENCE).required(),
        text("actorTokenType", &LINE).about("The type of the actor's token."),
        object("actorTokenProcessor", &PLAIN_REFERENCE),
        objects("attributeSources", &ATTRIBUTE_SOURCE),
        map_of_objects("attributeContractFulfillment", &FULFILLMENT),
        object("issuanceCriteria", &ISSUANCE_CRITERIA).or_filled(),
    ],
};

const GROUP: Object = Object {
    name: "TokenExchangeGeneratorGroup",
    about: "Which tokens are made in exchange.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        set_of_texts("resourceUris", &URL).about("For these resources."),
        objects("generatorMappings", &GENERATOR).required(),
    ],
};

#[rustfmt::skip]
const GENERATOR: Object = Object {
    name: "TokenExchangeGeneratorMapping",
    about: "What makes tokens of one type.",
    fields: &[
        text("requestedTokenType", &LINE).required().about("The type that is asked for (RFC 8693 section 3)."),
        object("tokenGenerator", &PLAIN_REFERENCE).required(),
        flag("defaultMapping").about("Whether it is used when no type is asked for."),
    ],
};

#[rustfmt::skip]
const GENERATOR_MAPPING: Object = Object {
    name: "ProcessorPolicyToGeneratorMapping",
    about: "How attributes come from what is taken to what is made.",
    fields: &[
        text("id", &LINE).about("The ids of both, with a vertical bar between them."),
        name_of("sourceId", &[POLICIES], "id").required().about("The policy by which tokens are taken."),
        name_of("targetId", &[GROUPS], GENERATOR_OF_GROUP).required().about("The generator, which is one of a group."),
        objects("attributeSources", &ATTRIBUTE_SOURCE),
        map_of_objects("attributeContractFulfillment", &FULFILLMENT),
        object("issuanceCriteria", &ISSUANCE_CRITERIA).or_filled(),
    ],
};

/// The id follows from what is mapped.
fn settle(mapping: &mut Document) {
    let end = |name: &str| mapping.get(name).and_then(|it| it.as_str());
    if let (Some(source), Some(target)) = (end("sourceId"), end("targetId")) {
        let id = format!("{source}|{target}");
        mapping.insert("id".to_owned(), json!(id));
    }
}

fn check(policy: &Document, _: &Facts<'_>, problems: &mut Problems) {
    has_some(policy, "processorMappings", problems);
    let target = Target {
        required: &CORE,
        further: attributes(policy, "attributeContract"),
        told_by: "attributeContract",
    };
    let mappings = policy.get("processorMappings").and_then(Value::as_array);
    for (place, mapping) in mappings.into_iter().flatten().enumerate() {
        if let Value::Object(mapping) = mapping {
            target.check(mapping, &format!("processorMappings[{place}]"), problems);
        }
    }
}

fn has_some(document: &Document, list: &str, problems: &mut Problems) {
    let elements = document.get(list).and_then(|it| it.as_array());
    problems.require(
        elements.is_none_or(|elements| !elements.is_empty()),
        list,
        "There must be at least one.",
    );
}
