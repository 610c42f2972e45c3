//! Where passwords are checked.

use super::mapping::CONTRACT;
use super::plugin;
use super::{Facts, Resource, Rules, configured};
use crate::admin::schema::{Document, ID, NAME, Object, Problems, object, reference, text, time};

/// Where the validators are.
pub(super) const PATH: &str = "/passwordCredentialValidators";
/// Where the plug-ins are of which these are instances.
const DESCRIPTORS: &str = "/passwordCredentialValidators/descriptors";

/// People in a table.
pub(super) const SIMPLE: &str =
    "org.sourceid.saml20.domain.SimpleUsernamePasswordCredentialValidator";
/// People in a directory.
pub(super) const LDAP: &str = "org.sourceid.saml20.domain.LDAPUsernamePasswordCredentialValidator";
/// People whom another server knows.
pub(super) const RADIUS: &str =
    "org.sourceid.saml20.domain.RadiusUsernamePasswordCredentialValidator";

/// `/passwordCredentialValidators`
pub(crate) static PASSWORD_CREDENTIAL_VALIDATORS: Resource =
    Resource::many(PATH, "password_credential_validator", &VALIDATOR).with(Rules {
        settle: |validator| plugin::with_core(validator, &["username"]),
        keep: plugin::keep_time,
        check,
        ..Rules::NONE
    });

const VALIDATOR: Object = Object {
    name: "PasswordCredentialValidator",
    about: "Where passwords are checked.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        plugin::is_of(DESCRIPTORS),
        reference("parentRef", PATH),
        plugin::configuration(),
        object("attributeContract", &CONTRACT).or_filled(),
        time("lastModified").read_only(),
    ],
};

fn check(validator: &Document, _: &Facts<'_>, problems: &mut Problems) {
    configured::check(PATH, validator, problems);
}
