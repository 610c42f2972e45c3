//! The settings as PingFederate's administrative API writes them.

use domain::{Scope, ScopeDescription, ServerSettings};
use serde_json::{Map, Value, json};

use crate::admin::api_result::Problem;
use crate::admin::fields::{Fields, Problems};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The units of grants' lifetimes, in seconds.
const GRANT_UNITS: &[(&str, u64)] = &[("DAYS", DAY), ("HOURS", HOUR), ("MINUTES", MINUTE)];

/// The units of the rolling interval, in seconds.
const ROLLING_UNITS: &[(&str, u64)] = &[("HOURS", HOUR), ("MINUTES", MINUTE), ("SECONDS", 1)];

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
        ("parStatus", json!("DISABLED")),
        ("parReferenceTimeout", json!(60)),
        ("parReferenceLength", json!(24)),
        ("clientSecretRetentionPeriod", json!(0)),
        ("jwtSecuredAuthorizationResponseModeLifetime", json!(600)),
        ("dpopProofRequireNonce", json!(false)),
        ("dpopProofLifetimeSeconds", json!(120)),
        ("dpopProofEnforceReplayPrevention", json!(false)),
    ]
}

/// The resource of the settings.
pub(super) fn write(settings: &ServerSettings) -> Value {
    let neutral = without_effect().into_iter();
    let mut resource: Map<String, Value> =
        neutral.map(|(n, value)| (n.to_owned(), value)).collect();
    let mut set = |name: &str, value: Value| resource.insert(name.to_owned(), value);
    set(
        "defaultScopeDescription",
        json!(settings.default_scope_description),
    );
    set("scopes", scopes_written(&settings.scopes));
    set(
        "exclusiveScopes",
        scopes_written(&settings.exclusive_scopes),
    );
    set(
        "authorizationCodeTimeout",
        json!(settings.authorization_code_timeout),
    );
    set(
        "authorizationCodeEntropy",
        json!(settings.authorization_code_entropy),
    );
    set("disallowPlainPKCE", json!(settings.disallow_plain_pkce));
    let issuer = settings.include_issuer_in_authorization_response;
    set("includeIssuerInAuthorizationResponse", json!(issuer));
    set(
        "rollRefreshTokenValues",
        json!(settings.roll_refresh_tokens),
    );
    set("refreshTokenLength", json!(settings.refresh_token_length));
    set(
        "refreshTokenRollingGracePeriod",
        json!(settings.refresh_token_rolling_grace_period),
    );
    set(
        "persistentGrantContract",
        json!({
            "coreAttributes": [{ "name": "USER_KEY" }, { "name": "USER_NAME" }],
            "extendedAttributes": [],
        }),
    );
    let approved = settings.bypass_authorization_for_approved_consents;
    set("bypassAuthorizationForApprovedConsents", json!(approved));
    set(
        "consentLifetimeDays",
        settings
            .consent_lifetime_days
            .map_or(json!(-1), |days| json!(days)),
    );
    set("allowedOrigins", json!(settings.allowed_origins));
    let (lifetime, unit) = in_unit(settings.persistent_grant_lifetime, GRANT_UNITS);
    set("persistentGrantLifetime", lifetime);
    set("persistentGrantLifetimeUnit", unit);
    let (idle, unit) = in_unit(settings.persistent_grant_idle_timeout, GRANT_UNITS);
    set("persistentGrantIdleTimeout", idle);
    set("persistentGrantIdleTimeoutTimeUnit", unit);
    let (interval, unit) = in_unit(Some(settings.refresh_token_rolling_interval), ROLLING_UNITS);
    set("refreshRollingInterval", interval);
    set("refreshRollingIntervalTimeUnit", unit);
    Value::Object(resource)
}

/// A time in seconds as a number and the largest unit that it is a whole number of; -1 for ever.
fn in_unit(seconds: Option<u64>, units: &[(&str, u64)]) -> (Value, Value) {
    let largest = units.first().map_or("DAYS", |(name, _)| *name);
    let Some(seconds) = seconds else {
        return (json!(-1), json!(largest));
    };
    let fitting = units.iter().find(|(_, length)| seconds % length == 0);
    let (unit, length) = fitting.copied().unwrap_or(("SECONDS", 1));
    (json!(seconds / length), json!(unit))
}

fn scopes_written(scopes: &[ScopeDescription]) -> Value {
    let written = |scope: &ScopeDescription| json!({ "name": scope.name, "description": scope.description, "dynamic": false });
    scopes.iter().map(written).collect()
}

/// Reads the settings.
pub(super) fn read(resource: &Value) -> Result<ServerSettings, Vec<Problem>> {
    let mut problems = Problems::default();
    let settings = Fields::of(resource, &mut problems).map(settings);
    problems.check(settings.unwrap_or_default())
}

fn settings(mut fields: Fields<'_>) -> ServerSettings {
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
        persistent_grant_lifetime: lifetime(
            &mut fields,
            "persistentGrantLifetime",
            "persistentGrantLifetimeUnit",
            None,
        ),
        persistent_grant_idle_timeout: lifetime(
            &mut fields,
            "persistentGrantIdleTimeout",
            "persistentGrantIdleTimeoutTimeUnit",
            Some(30 * DAY),
        ),
        refresh_token_length: number(&mut fields, "refreshTokenLength", 1, 70)
            .unwrap_or(ours.refresh_token_length),
        roll_refresh_tokens: fields.flag("rollRefreshTokenValues").unwrap_or(true),
        refresh_token_rolling_grace_period: grace_period(&mut fields),
        refresh_token_rolling_interval: rolling_interval(&mut fields),
        bypass_authorization_for_approved_consents: fields
            .flag("bypassAuthorizationForApprovedConsents")
            .unwrap_or(false),
        consent_lifetime_days: consent_lifetime(&mut fields),
        allowed_origins: origins(&mut fields),
    };
    exclusive_are_not_common(&settings, &mut fields);
    for (name, neutral) in without_effect() {
        fields.without_effect(name, &neutral);
    }
    fields.read_only("persistentGrantContract");
    fields.finish();
    settings
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

fn rolling_interval(fields: &mut Fields<'_>) -> u64 {
    let unit = fields
        .choice("refreshRollingIntervalTimeUnit", ROLLING_UNITS)
        .unwrap_or(HOUR);
    let interval = fields
        .integer("refreshRollingInterval", 0..=31_536_000)
        .unwrap_or(0);
    u64::try_from(interval).unwrap_or(0).saturating_mul(unit)
}

/// A lifetime in seconds; `None` is for ever.
fn lifetime(
    fields: &mut Fields<'_>,
    name: &'static str,
    unit: &'static str,
    default: Option<u64>,
) -> Option<u64> {
    let unit = fields.choice(unit, GRANT_UNITS).unwrap_or(DAY);
    match fields.integer(name, -1..=1_000_000_000) {
        None => default,
        Some(number) => u64::try_from(number)
            .ok()
            .map(|number| number.saturating_mul(unit)),
    }
}

fn consent_lifetime(fields: &mut Fields<'_>) -> Option<u32> {
    let days = fields.integer("consentLifetimeDays", -1..=36_500)?;
    u32::try_from(days).ok()
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
            persistent_grant_lifetime: Some(90 * MINUTE),
            refresh_token_rolling_interval: 90,
            consent_lifetime_days: Some(7),
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
        resource["parStatus"] = json!("ENABLED");
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
