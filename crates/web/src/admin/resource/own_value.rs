//! Values of a client's own, or of all clients that register themselves, in place of the server's.

use serde_json::Value;

use super::rolling_interval_is_within_a_year;
use crate::admin::schema::{Document, Problems, below};

/// How clients have values in place of the server's: the member that says whether they do, and the
/// member with the value. Zero is no value of those at the end.
const OF_ALL: [[&str; 2]; 5] = [
    [
        "refreshTokenRollingIntervalType",
        "refreshTokenRollingInterval",
    ],
    [
        "refreshTokenRollingGracePeriodType",
        "refreshTokenRollingGracePeriod",
    ],
    [
        "lockoutMaxMaliciousActionsType",
        "lockoutMaxMaliciousActions",
    ],
    [
        "persistentGrantExpirationType",
        "persistentGrantExpirationTime",
    ],
    [
        "persistentGrantIdleTimeoutType",
        "persistentGrantIdleTimeout",
    ],
];

/// What stands in the place of no value, where one cannot be left out.
const NONE_BY_ZERO: [&str; 2] = [
    "persistentGrantExpirationTime",
    "persistentGrantIdleTimeout",
];

/// How a client says for how long its replaced secrets serve.
pub(super) const RETENTION: [&str; 2] = [
    "clientSecretRetentionPeriodType",
    "clientSecretRetentionPeriod",
];
/// How it is said for clients that register themselves.
pub(super) const RETENTION_OF_REGISTERED: [&str; 2] = [
    "clientSecretRetentionPeriodType",
    "clientSecretRetentionPeriodOverride",
];

/// Notes values that have no effect, and those that are wanted but not there, in the object at
/// `path`.
pub(super) fn check(
    document: &Document,
    path: &str,
    retention: [&str; 2],
    problems: &mut Problems,
) {
    for [kind, value] in OF_ALL.into_iter().chain([retention]) {
        let is_own = text(document, kind) == Some("OVERRIDE_SERVER_DEFAULT");
        let given = document.get(value).and_then(Value::as_i64);
        let is_given = given.is_some_and(|it| it != 0 || !NONE_BY_ZERO.contains(&value));
        let message = match is_own {
            true => format!("It is required when {kind} is OVERRIDE_SERVER_DEFAULT."),
            false => format!("It has an effect only when {kind} is OVERRIDE_SERVER_DEFAULT."),
        };
        problems.require(is_own == is_given, &below(path, value), &message);
    }
    let interval = [
        "refreshTokenRollingInterval",
        "refreshTokenRollingIntervalTimeUnit",
    ];
    rolling_interval_is_within_a_year(document, path, interval, problems);
}

/// Notes a prompt that is wanted for a scope that is not.
pub(super) fn prompt_needs_the_scope(document: &Document, path: &str, problems: &mut Problems) {
    let consent = text(document, "offlineAccessRequireConsentPrompt");
    let required = text(document, "requireOfflineAccessScopeToIssueRefreshTokens");
    problems.require(
        consent != Some("YES") || required == Some("YES"),
        &below(path, "offlineAccessRequireConsentPrompt"),
        "YES needs requireOfflineAccessScopeToIssueRefreshTokens to be YES.",
    );
}

fn text<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.get(name).and_then(Value::as_str)
}
