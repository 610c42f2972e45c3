//! What asks people out of band: the authenticators of back-channel requests (OpenID Connect CIBA Core).

use super::mapping::CONTRACT;
use super::plugin;
use super::{Facts, Resource, Rules, configured};
use crate::admin::schema::{Document, ID, NAME, Object, Problems, object, reference, text, time};

/// Where the authenticators are.
pub(super) const PATH: &str = "/oauth/outOfBandAuthPlugins";
/// Where the plug-ins are of which these are instances.
const DESCRIPTORS: &str = "/oauth/outOfBandAuthPlugins/descriptors";

/// What asks people in the application that PingOne knows them by.
pub(super) const PING_ONE_MFA: &str =
    "com.pingidentity.oobauth.pingone.mfa.PingOneMfaCibaAuthenticator";

/// `/oauth/outOfBandAuthPlugins`
pub(crate) static OUT_OF_BAND_AUTH_PLUGINS: Resource =
    Resource::many(PATH, "out_of_band_authenticator", &AUTHENTICATOR).with(Rules {
        settle: |authenticator| plugin::with_core(authenticator, &["subject"]),
        keep: plugin::keep_time,
        check,
        ..Rules::NONE
    });

const AUTHENTICATOR: Object = Object {
    name: "OutOfBandAuthenticator",
    about: "What asks people out of band.",
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

fn check(authenticator: &Document, _: &Facts<'_>, problems: &mut Problems) {
    configured::check(PATH, authenticator, problems);
}
