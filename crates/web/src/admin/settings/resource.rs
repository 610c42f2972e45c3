//! The settings as PingFederate's administrative API writes them.

use domain::{Scope, ScopeDescription, ServerSettings, TimeUnit};
use serde_json::{Map, Value, json};

use crate::admin::api_result::Problem;
use crate::admin::fields::{Fields, Problems};

/// The units of grants' lifetimes.
const GRANT_UNITS: &[(&str, TimeUnit)] = &[
    ("DAYS", TimeUnit::Days),
    ("HOURS", TimeUnit::Hours),
    ("MINUTES", TimeUnit::Minutes),
];

/// The units of the rolling interval.
const ROLLING_UNITS: &[(&str, TimeUnit)] = &[
    ("HOURS", TimeUnit::Hours),
    ("MINUTES", TimeUnit::Minutes),
    ("SECONDS", TimeUnit::Seconds),
];

/// The fields whose effect is yet to come, with the value that asks for nothing.
fn without_effect() -> [(&'static str, Value); 32] {
    [
        ("scopeGroups", json!([])),
        ("exclusiveScopeGroups", json!([])),
        ("trackUserSessionsForLogout", json!(false)),
        ("tokenEndpointBaseUrl", json!("")),
        (
            "requireOfflineAccessScopeToIssueRefreshTokens",
            json!(false),
        ),
        ("offlineAccessRequireConsentPrompt", json!(false)),
        ("persistentGrantReuseGrantTypes", json!([])),
        ("bypassAuthorizationForApprovedGrants", json!(false)),
        ("allowUnidentifiedClientROCreds", json!(false)),
        ("allowUnidentifiedClientExtensionGrants", json!(false)),
        ("atmIdForOAuthGrantManagement", json!("")),
        ("scopeForOAuthGrantManagement", json!("")),
        ("userAuthorizationUrl", json!("")),
        ("registeredAuthorizationPath", json!("")),
        ("pendingAuthorizationTimeout", json!(600)),
        ("devicePollingInterval", json!(5)),
        ("activationCodeCheckMode", json!("AFTER_AUTHENTICATION")),
        ("bypassActivationCodeConfirmation", json!(false)),
        (
            "enableCookielessUserAuthorizationAuthenticationApi",
            json!(false),
        ),
        ("returnIdTokenOnOpenIdWithDeviceAuthzGrant", json!(false)),
        ("userAuthorizationConsentPageSetting", json!("INTERNAL")),
        ("userAuthorizationConsentAdapter", json!("")),
        ("approvedScopesAttribute", json!("")),
        ("approvedAuthorizationDetailAttribute", json!("")),
        ("parStatus", json!("ENABLED")),
        ("parReferenceTimeout", json!(60)),
        ("parReferenceLength", json!(24)),
        ("clientSecretRetentionPeriod", json!(0)),
        ("jwtSecuredAuthorizationResponseModeLifetime", json!(600)),
        ("dpopProofRequireNonce", json!(false)),
        ("dpopProofLifetimeSeconds", json!(120)),
        ("dpopProofEnforceReplayPrevention", json!(true)),
    ]
}

/// The resource of the settings.
pub(super) fn write(settings: &ServerSettings) -> Value {
    let neutral = without_effect().into_iter();
    let mut resource: Map<String, Value> =
        neutral.map(|(n, value)| (n.to_owned(), value)).collect();
    if let Ok(Value::Object(set)) = serde_json::to_value(settings) {
        resource.extend(set);
    }
    let contract = json!({
        "coreAttributes": [{ "name": "USER_KEY" }, { "name": "USER_NAME" }],
        "extendedAttributes": [],
    });
    resource.insert("persistentGrantContract".to_owned(), contract);
    Value::Object(resource)
}

/// Reads the settings.
pub(super) fn read(resource: &Value) -> Result<ServerSettings, Vec<Problem>> {
    let mut problems = Problems::default();
    let settings = Fields::of(resource, &mut problems).map(settings);
    problems.check(settings.unwrap_or_default())
}

fn settings(mut fields: Fields<'_>) -> ServerSettings {
    required(&mut fields);
    let ours = ServerSettings::default();
    let settings = ServerSettings {
        default_scope_description: fields
            .text("defaultScopeDescription")
            .unwrap_or("")
            .to_owned(),
        scopes: scopes(&mut fields, "scopes"),
        exclusive_scopes: scopes(&mut fields, "exclusiveScopes"),
        authorization_code_timeout: number(&mut fields, "authorizationCodeTimeout", 1, 3600)
            .unwrap_or(ours.authorization_code_timeout),
        authorization_code_entropy: number(&mut fields, "authorizationCodeEntropy", 16, 128)
            .unwrap_or(ours.authorization_code_entropy),
        disallow_plain_pkce: fields.flag("disallowPlainPKCE").unwrap_or(false),
        include_issuer_in_authorization_response: fields
            .flag("includeIssuerInAuthorizationResponse")
            .unwrap_or(false),
        persistent_grant_lifetime: lifetime(&mut fields, "persistentGrantLifetime", -1),
        persistent_grant_lifetime_unit: unit(
            &mut fields,
            "persistentGrantLifetimeUnit",
            GRANT_UNITS,
            TimeUnit::Days,
        ),
        persistent_grant_idle_timeout: lifetime(&mut fields, "persistentGrantIdleTimeout", 30),
        persistent_grant_idle_timeout_time_unit: unit(
            &mut fields,
            "persistentGrantIdleTimeoutTimeUnit",
            GRANT_UNITS,
            TimeUnit::Days,
        ),
        refresh_token_length: number(&mut fields, "refreshTokenLength", 1, 70)
            .unwrap_or(ours.refresh_token_length),
        roll_refresh_tokens: fields.flag("rollRefreshTokenValues").unwrap_or(true),
        refresh_token_rolling_grace_period: grace_period(&mut fields),
        refresh_token_rolling_interval: fields
            .integer("refreshRollingInterval", 0..=31_536_000)
            .unwrap_or(0),
        refresh_token_rolling_interval_unit: unit(
            &mut fields,
            "refreshRollingIntervalTimeUnit",
            ROLLING_UNITS,
            TimeUnit::Hours,
        ),
        bypass_authorization_for_approved_consents: fields
            .flag("bypassAuthorizationForApprovedConsents")
            .unwrap_or(false),
        consent_lifetime_days: consent_lifetime(&mut fields),
        allowed_origins: origins(&mut fields),
        ..ServerSettings::default()
    };
    exclusive_are_not_common(&settings, &mut fields);
    for (name, neutral) in without_effect() {
        fields.without_effect(name, &neutral);
    }
    fields.read_only("persistentGrantContract");
    fields.finish();
    settings
}

fn required(fields: &mut Fields<'_>) {
    for name in [
        "authorizationCodeEntropy",
        "authorizationCodeTimeout",
        "refreshRollingInterval",
        "refreshTokenLength",
    ] {
        if fields.value(name).is_none() {
            fields.wrong("required", name, format!("{name} is required."));
        }
    }
}

/// What every client may ask for is not exclusive, whatever the other list says.
fn exclusive_are_not_common(settings: &ServerSettings, fields: &mut Fields<'_>) {
    let is_common = |name: &str| settings.scopes.iter().any(|scope| scope.name == name);
    let mut names = settings.exclusive_scopes.iter().map(|scope| &scope.name);
    if let Some(name) = names.find(|name| is_common(name)) {
        let message = format!("The scope {name:?} is a common one already.");
        fields.wrong("not_unique", "exclusiveScopes", message);
    }
}

fn number(fields: &mut Fields<'_>, name: &'static str, least: u32, most: u32) -> Option<u32> {
    let number = fields.integer(name, i64::from(least)..=i64::from(most))?;
    u32::try_from(number).ok()
}

fn grace_period(fields: &mut Fields<'_>) -> u32 {
    number(fields, "refreshTokenRollingGracePeriod", 0, 86_400).unwrap_or(0)
}

fn unit(
    fields: &mut Fields<'_>,
    name: &'static str,
    units: &[(&str, TimeUnit)],
    default: TimeUnit,
) -> TimeUnit {
    fields.choice(name, units).unwrap_or(default)
}

/// How long in its unit; for ever, if -1.
fn lifetime(fields: &mut Fields<'_>, name: &'static str, default: i64) -> i64 {
    fields.integer(name, -1..=1_000_000_000).unwrap_or(default)
}

fn consent_lifetime(fields: &mut Fields<'_>) -> i32 {
    let days = fields.integer("consentLifetimeDays", -1..=36_500);
    days.and_then(|days| i32::try_from(days).ok()).unwrap_or(-1)
}

fn origins(fields: &mut Fields<'_>) -> Vec<String> {
    let origins = fields.texts("allowedOrigins").unwrap_or_default();
    for origin in &origins {
        let legal = *origin == "*"
            || url::Url::parse(origin).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.origin().ascii_serialization() == *origin
            });
        if !legal {
            let shown: String = origin.chars().take(100).collect();
            let message = format!("{shown:?} is not an origin such as https://app.example.com.");
            fields.wrong("invalid_value", "allowedOrigins", message);
        }
    }
    origins.into_iter().map(str::to_owned).collect()
}

fn scopes(fields: &mut Fields<'_>, name: &'static str) -> Vec<ScopeDescription> {
    let list = fields.list(name).unwrap_or_default();
    let mut scopes: Vec<ScopeDescription> = Vec::new();
    for (position, value) in list.iter().enumerate() {
        let Some(mut scope) = fields.element(name, position, value) else {
            continue;
        };
        let value = scope.text("name").unwrap_or_default().to_owned();
        let description = scope.text("description").unwrap_or_default().to_owned();
        scope.without_effect("dynamic", &json!(false));
        let legal = value
            .parse::<Scope>()
            .is_ok_and(|parsed| parsed.contains(&value));
        if !legal {
            let message =
                "A scope has printable ASCII characters without space, quote or backslash.";
            scope.wrong("invalid_value", "name", message);
        }
        if scopes.iter().any(|known| known.name == value) {
            scope.wrong(
                "not_unique",
                "name",
                format!("The scope {value:?} appears twice."),
            );
        }
        scope.finish();
        scopes.push(ScopeDescription {
            name: value,
            description,
            dynamic: false,
        });
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_unchanged() {
        let settings = ServerSettings {
            persistent_grant_lifetime: 90,
            persistent_grant_lifetime_unit: TimeUnit::Minutes,
            refresh_token_rolling_interval: 90,
            refresh_token_rolling_interval_unit: TimeUnit::Seconds,
            consent_lifetime_days: 7,
            allowed_origins: vec!["https://app.example.com".to_owned()],
            ..ServerSettings::default()
        };
        let resource = write(&settings);
        assert_eq!(resource["persistentGrantLifetime"], 90);
        assert_eq!(resource["persistentGrantLifetimeUnit"], "MINUTES");
        assert_eq!(read(&resource).unwrap(), settings);
    }

    #[test]
    fn mistakes_are_named_by_path() {
        let mut resource = write(&ServerSettings::default());
        resource["scopes"][1]["name"] = json!("a b");
        resource["exclusiveScopes"] = json!([{ "name": "email", "description": "" }]);
        resource["allowedOrigins"] = json!(["https://app.example.com/path"]);
        resource["parStatus"] = json!("REQUIRED");
        resource["colour"] = json!("blue");
        let problems = read(&resource).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|p| p.field_path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "scopes[1].name",
                "allowedOrigins",
                "exclusiveScopes",
                "parStatus",
                "colour"
            ]
        );
    }
}
