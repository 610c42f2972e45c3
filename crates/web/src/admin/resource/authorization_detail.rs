//! Rich authorization requests (RFC 9396): the types of details that clients may ask with.

use oauth::authorization_details::Processor;
use serde_json::Value;

use super::mapping::CONTRACT;
use super::plugin::{self, DESCRIPTOR};
use super::{Facts, Resource, Rules, configured};
use crate::admin::schema::{
    Document, ID, LINE, NAME, Object, PROSE, Problems, flag, object, reference, text, time,
};

pub(super) const PROCESSORS: &str = "/oauth/authorizationDetailProcessors";

/// What checks details against a JSON Schema, and says them in words.
pub(crate) const SCHEMA_PROCESSOR: &str = "countersign.JsonSchemaAuthorizationDetailProcessor";

/// `/oauth/authorizationDetailTypes`
pub(crate) static AUTHORIZATION_DETAIL_TYPES: Resource = Resource::many(
    "/oauth/authorizationDetailTypes",
    "authorization_detail_type",
    &TYPE,
);

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
        object("pluginDescriptorRef", &DESCRIPTOR).required(),
        reference("parentRef", PROCESSORS),
        plugin::configuration(),
        object("attributeContract", &CONTRACT).or_filled(),
        time("lastModified").read_only(),
    ],
};

fn check(processor: &Document, _: &Facts<'_>, problems: &mut Problems) {
    configured::check(PROCESSORS, processor, problems);
    let read = Processor::read(&Value::Object(processor.clone()));
    if let Err(mistake) = read {
        problems.add("invalid_value", &mistake.path, mistake.message);
    }
}
