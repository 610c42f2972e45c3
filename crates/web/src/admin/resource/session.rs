//! Sessions: how they are followed, and how long they last.

use serde_json::Value;

use super::{Facts, Resource, Rules};
use crate::admin::schema::{Document, Object, Problems, flag, integer, word};

const UNITS: &[&str] = &["MINUTES", "HOURS", "DAYS"];
/// The longest time in minutes: ten years.
const LONGEST: i64 = 5_256_000;

/// `/session/settings`
pub(crate) static SESSION_SETTINGS: Resource =
    Resource::one("/session/settings", "session_settings", &SETTINGS);

/// `/session/authenticationSessionPolicies/global`
pub(crate) static AUTHENTICATION_SESSIONS: Resource = Resource::one(
    "/session/authenticationSessionPolicies/global",
    "authentication_session_policy",
    &AUTHENTICATION,
)
.with(Rules {
    check,
    ..Rules::NONE
});

/// `/session/applicationSessionPolicy`
pub(crate) static APPLICATION_SESSIONS: Resource = Resource::one(
    "/session/applicationSessionPolicy",
    "application_session_policy",
    &APPLICATION,
)
.with(Rules {
    check,
    ..Rules::NONE
});

#[rustfmt::skip]
const SETTINGS: Object = Object {
    name: "SessionSettings",
    about: "How sessions are followed.",
    fields: &[
        flag("trackAdapterSessionsForLogout"),
        flag("revokeUserSessionOnLogout").or_yes().about("Whether signing out revokes the session."),
        integer("sessionRevocationLifetime", 1..=43_200).or(490).about("Minutes for which the revocation of a session is remembered."),
    ],
};

#[rustfmt::skip]
const AUTHENTICATION: Object = Object {
    name: "GlobalAuthenticationSessionPolicy",
    about: "How long people stay signed on.",
    fields: &[
        flag("enableSessions").or_yes().about("Whether who is signed on is so at the next application; otherwise each asks them anew."),
        flag("persistentSessions").about("Whether they do so when the browser is closed."),
        flag("hashUniqueUserKeyAttribute"),
        integer("idleTimeoutMins", 1..=LONGEST).or(60).about("Minutes for which a session lasts without being used."),
        word("idleTimeoutDisplayUnit", UNITS).or_text("MINUTES"),
        integer("maxTimeoutMins", 1..=LONGEST).or(480).about("Minutes for which a session lasts."),
        word("maxTimeoutDisplayUnit", UNITS).or_text("MINUTES"),
    ],
};

const APPLICATION: Object = Object {
    name: "ApplicationSessionPolicy",
    about: "How long sessions with applications last.",
    fields: &[
        integer("idleTimeoutMins", 1..=LONGEST).or(60),
        integer("maxTimeoutMins", 1..=LONGEST).or(480),
    ],
};

fn check(policy: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let minutes = |name: &str| policy.get(name).and_then(Value::as_i64);
    problems.require(
        minutes("idleTimeoutMins") <= minutes("maxTimeoutMins"),
        "idleTimeoutMins",
        "It cannot be longer than maxTimeoutMins.",
    );
}
