//! Rich authorization requests (RFC 9396): the types of details that clients may ask with.

use oauth::authorization_details::Processor;
use serde_json::Value;

use super::mapping::CONTRACT;
use super::plugin;
use super::{Facts, Resource, Rules, configured};
use crate::admin::schema::{
    Document, ID, LINE, NAME, Object, PROSE, Problems, flag, object, reference, text, time,
};

pub(super) const PROCESSORS: &str = "/oauth/authorizationDetailProcessors";
/// Where the plug-ins are of which these are instances.
const DESCRIPTORS: &str = "/oauth/authorizationDetailProcessors/descriptors";

/// What checks details against a JSON Schema, and says them in words.
pub(crate) const SCHEMA_PROCESSOR: &str = "countersign.JsonSchemaAuthorizationDetailProcessor";

/// `/oauth/authorizationDetailTypes`
pub(crate) static AUTHORIZATION_DETAIL_TYPES: Resource = Resource::many(
    "/oauth/authorizationDetailTypes",
    "authorization_detail_type",
    &TYPE,
)
.with(Rules {
    check: type_is_unique,
    consulted: &[&AUTHORIZATION_DETAIL_TYPES],
    ..Rules::NONE
});

/// `/oauth/authorizationDetailProcessors`
pub(crate) static AUTHORIZATION_DETAIL_PROCESSORS: Resource =
    Resource::many(PROCESSORS, "authorization_detail_processor", &PROCESSOR).with(Rules {
        settle: |processor| plugin::with_core(processor, &[]),
        keep: plugin::keep_time,
        check,
        ..Rules::NONE
    });

#[rustfmt::skip]
const TYPE: Object = Object {
    name: "AuthorizationDetailType",
    about: "A type of authorization details.",
    fields: &[
        text("id", &ID).made(),
        text("type", &LINE).required().about("The value of type in the details."),
        text("description", &PROSE).or_text("").about("What it is for."),
        flag("active").or_yes().about("Whether clients may use it."),
        reference("authorizationDetailProcessorRef", PROCESSORS).required().about("What checks the details, and says them in words."),
    ],
};

const PROCESSOR: Object = Object {
    name: "AuthorizationDetailProcessor",
    about: "What checks authorization details, and says them in words.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        plugin::is_of(DESCRIPTORS),
        reference("parentRef", PROCESSORS),
        plugin::configuration(),
        object("attributeContract", &CONTRACT).or_filled(),
        time("lastModified").read_only(),
    ],
};

/// Notes a type that another one is of already: only one of them could count.
fn type_is_unique(one: &Document, facts: &Facts<'_>, problems: &mut Problems) {
    let id = one.get("id").and_then(Value::as_str);
    let mut others = facts
        .all(&AUTHORIZATION_DETAIL_TYPES)
        .filter(|(other, _)| Some(*other) != id);
    if others.any(|(_, other)| other.get("type") == one.get("type")) {
        problems.add("not_unique", "type", "There is such a type already.");
    }
}

fn check(processor: &Document, _: &Facts<'_>, problems: &mut Problems) {
    configured::check(PROCESSORS, processor, problems);
    let read = Processor::read(&Value::Object(processor.clone()));
    if let Err(mistake) = read {
        problems.add("invalid_value", &mistake.path, mistake.message);
    }
}
