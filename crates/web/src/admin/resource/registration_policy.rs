//! What clients that register themselves have to obey.

use super::plugin;
use super::{Resource, Rules, configured};
use crate::admin::schema::{ID, NAME, Object, reference, text, time};

pub(super) const PATH: &str = "/oauth/clientRegistrationPolicies";
/// Where the plug-ins are of which these are instances.
const DESCRIPTORS: &str = "/oauth/clientRegistrationPolicies/descriptors";

/// What allows only some response types.
pub(super) const RESPONSE_TYPES: &str =
    "com.pingidentity.pf.client.registration.ResponseTypesConstraintsPlugin";

/// `/oauth/clientRegistrationPolicies`
pub(crate) static CLIENT_REGISTRATION_POLICIES: Resource =
    Resource::many(PATH, "client_registration_policy", &POLICY).with(Rules {
        keep: plugin::keep_time,
        check: |policy, _, problems| configured::check(PATH, policy, problems),
        ..Rules::NONE
    });

const POLICY: Object = Object {
    name: "ClientRegistrationPolicy",
    about: "What clients that register themselves have to obey.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        plugin::is_of(DESCRIPTORS),
        reference("parentRef", PATH),
        plugin::configuration(),
        time("lastModified").read_only(),
    ],
};
