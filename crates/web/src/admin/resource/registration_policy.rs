//! What clients that register themselves have to obey.

use super::plugin::{self, DESCRIPTOR};
use super::{Resource, Rules};
use crate::admin::schema::{ID, NAME, Object, object, reference, text, time};

const PATH: &str = "/oauth/clientRegistrationPolicies";

/// `/oauth/clientRegistrationPolicies`
pub(crate) static CLIENT_REGISTRATION_POLICIES: Resource =
    Resource::many(PATH, "client_registration_policy", &POLICY).with(Rules {
        keep: plugin::keep_time,
        ..Rules::NONE
    });

const POLICY: Object = Object {
    name: "ClientRegistrationPolicy",
    about: "What clients that register themselves have to obey.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        object("pluginDescriptorRef", &DESCRIPTOR).required(),
        reference("parentRef", PATH),
        plugin::configuration(),
        time("lastModified").read_only(),
    ],
};
