//! The settings of the authorization server.

mod table;

use std::collections::BTreeSet;

use domain::ServerSettings;
use serde_json::{Value, json};

use super::{Arity, Facts, Kind, Part, Resource, Rules, rolling_interval_is_within_a_year};
use crate::admin::schema::{Document, Object, Problems};

/// Where common scopes are.
pub(crate) const COMMON_SCOPES: &str = "/oauth/authServerSettings/scopes/commonScopes";
/// Where exclusive scopes are.
pub(crate) const EXCLUSIVE_SCOPES: &str = "/oauth/authServerSettings/scopes/exclusiveScopes";
/// Where groups of common scopes are.
pub(crate) const COMMON_SCOPE_GROUPS: &str = "/oauth/authServerSettings/scopes/commonScopeGroups";
/// Where groups of exclusive scopes are.
pub(crate) const EXCLUSIVE_SCOPE_GROUPS: &str =
    "/oauth/authServerSettings/scopes/exclusiveScopeGroups";

/// `/oauth/authServerSettings`
pub(crate) static SETTINGS: Resource = Resource {
    arity: Arity::One {
        key: Some("oauth"),
        initial: || match serde_json::to_value(ServerSettings::default()) {
            Ok(Value::Object(settings)) => settings,
            _ => Document::new(),
        },
    },
    kind: Kind::Settings,
    ..Resource::one(
        "/oauth/authServerSettings",
        "settings",
        &table::SERVER_SETTINGS,
    )
    .with(Rules {
        settle,
        check,
        ..Rules::NONE
    })
};

/// The scopes that every client may ask for unless it is restricted.
pub(crate) static COMMON: Part = part(COMMON_SCOPES, "common_scope", "scopes", &table::SCOPE);
/// The scopes that only clients may ask for to which they are assigned.
pub(crate) static EXCLUSIVE: Part = part(
    EXCLUSIVE_SCOPES,
    "exclusive_scope",
    "exclusiveScopes",
    &table::SCOPE,
);
/// The groups of common scopes.
pub(crate) static COMMON_GROUPS: Part = part(
    COMMON_SCOPE_GROUPS,
    "common_scope_group",
    "scopeGroups",
    &table::SCOPE_GROUP,
);
/// The groups of exclusive scopes.
pub(crate) static EXCLUSIVE_GROUPS: Part = part(
    EXCLUSIVE_SCOPE_GROUPS,
    "exclusive_scope_group",
    "exclusiveScopeGroups",
    &table::EXCLUSIVE_SCOPE_GROUP,
);

const fn part(
    path: &'static str,
    noun: &'static str,
    member: &'static str,
    object: &'static Object,
) -> Part {
    Part {
        path,
        noun,
        whole: &SETTINGS,
        member,
        object,
        id: "name",
        is_served: true,
    }
}

fn settle(settings: &mut Document) {
    let contract = settings.entry("persistentGrantContract");
    if let Value::Object(contract) = contract.or_insert_with(|| json!({})) {
        let core = json!([{ "name": "USER_KEY" }, { "name": "USER_NAME" }]);
        contract.insert("coreAttributes".to_owned(), core);
    }
}

fn check(settings: &Document, _: &Facts<'_>, problems: &mut Problems) {
    names_are_unique(settings, problems);
    patterns_are_patterns(settings, problems);
    groups_have_scopes(settings, problems);
    settings_go_together(settings, problems);
    rolling_interval_is_within_a_year(
        settings,
        "",
        ["refreshRollingInterval", "refreshRollingIntervalTimeUnit"],
        problems,
    );
}

/// Each scope value means one thing, whichever list it is in.
fn names_are_unique(settings: &Document, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for list in [
        "scopes",
        "scopeGroups",
        "exclusiveScopes",
        "exclusiveScopeGroups",
    ] {
        for (position, scope) in elements(settings, list).iter().enumerate() {
            let name = name(scope);
            if !seen.insert(name) {
                let path = format!("{list}[{position}].name");
                let message = format!("The scope {name:?} is there already.");
                problems.add("not_unique", &path, message);
            }
        }
    }
}

/// A dynamic scope stands for some values, and every other one for itself.
fn patterns_are_patterns(settings: &Document, problems: &mut Problems) {
    for list in ["scopes", "exclusiveScopes"] {
        for (position, scope) in elements(settings, list).iter().enumerate() {
            let is_dynamic = scope.get("dynamic").is_some_and(|it| *it == true);
            let path = format!("{list}[{position}].name");
            let wildcards = name(scope).matches('*').count();
            problems.require(
                is_dynamic || wildcards == 0,
                &path,
                "Only the name of a dynamic scope has a *.",
            );
            problems.require(
                !is_dynamic || wildcards == 1,
                &path,
                "The name of a dynamic scope has one *, such as payment:*.",
            );
            problems.require(
                !is_dynamic || name(scope) != "*",
                &path,
                "It would make every value a scope: begin with what it is for, such as payment:*.",
            );
        }
    }
}

/// A group of nothing would be a scope that allows nothing.
fn groups_have_scopes(settings: &Document, problems: &mut Problems) {
    for list in ["scopeGroups", "exclusiveScopeGroups"] {
        for (position, group) in elements(settings, list).iter().enumerate() {
            let scopes = group.get("scopes").and_then(Value::as_array);
            problems.require(
                scopes.is_none_or(|scopes| !scopes.is_empty()),
                &format!("{list}[{position}].scopes"),
                "A group has at least one scope.",
            );
        }
    }
}

fn settings_go_together(settings: &Document, problems: &mut Problems) {
    let is = |name: &str, value: Value| settings.get(name) == Some(&value);
    problems.require(
        !is("offlineAccessRequireConsentPrompt", json!(true))
            || is("requireOfflineAccessScopeToIssueRefreshTokens", json!(true)),
        "offlineAccessRequireConsentPrompt",
        "It needs requireOfflineAccessScopeToIssueRefreshTokens to be true.",
    );
    problems.require(
        !is("userAuthorizationConsentPageSetting", json!("ADAPTER"))
            || settings.contains_key("userAuthorizationConsentAdapter"),
        "userAuthorizationConsentAdapter",
        "It is required when userAuthorizationConsentPageSetting is ADAPTER.",
    );
}

fn elements<'a>(settings: &'a Document, list: &str) -> &'a [Value] {
    let elements = settings.get(list).and_then(Value::as_array);
    elements.map(Vec::as_slice).unwrap_or_default()
}

fn name(scope: &Value) -> &str {
    let name = scope.get("name").and_then(Value::as_str);
    name.unwrap_or_default()
}
