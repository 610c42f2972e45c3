//! What applies to clients that register themselves (RFC 7591), and what else they may have.

use serde_json::Value;

use super::client::content_goes_with_key;
use super::own_value::{self, RETENTION_OF_REGISTERED};
use super::server_settings::{
    COMMON_SCOPE_GROUPS, COMMON_SCOPES, EXCLUSIVE_SCOPE_GROUPS, EXCLUSIVE_SCOPES,
};
use super::word::{
    CONTENT_ENCRYPTION, GRANT_UNITS, KEY_MANAGEMENT, OVERRIDE, ROLLING_UNITS, SERVER_DEFAULT_OR,
    SIGNING,
};
use super::{Facts, Resource, Rules, access_token_manager};
use crate::admin::schema::{
    Document, NAME, Object, PROSE, Problems, URL, flag, integer, name_of, names_of, object,
    objects, reference, references, text, word,
};

const LONGEST: i64 = 1_000_000_000;
const EXPIRATION: &[&str] = &[
    "INDEFINITE_EXPIRY",
    "SERVER_DEFAULT",
    "OVERRIDE_SERVER_DEFAULT",
];

/// What applies to clients that register themselves.
const OF_REGISTERED: &str = "dynamicClientRegistration";

/// `/oauth/clientSettings`
pub(crate) static CLIENT_SETTINGS: Resource =
    Resource::one("/oauth/clientSettings", "client_settings", &SETTINGS).with(Rules {
        check,
        ..Rules::NONE
    });

const SETTINGS: Object = Object {
    name: "ClientSettings",
    about: "What applies to all clients.",
    fields: &[
        objects("clientMetadata", &METADATA).about("Replaced by /extendedProperties."),
        object("dynamicClientRegistration", &REGISTRATION).or_filled(),
    ],
};

const METADATA: Object = Object {
    name: "ClientMetadata",
    about: "A property that clients can have.",
    fields: &[
        text("parameter", &NAME).required(),
        text("description", &PROSE).or_text(""),
        flag("multiValued"),
    ],
};

#[rustfmt::skip]
const REGISTRATION: Object = Object {
    name: "DynamicClientRegistration",
    about: "What clients that register themselves are like.",
    fields: &[
        name_of("initialAccessTokenScope", &[COMMON_SCOPES, EXCLUSIVE_SCOPES], "name").or_text("").about("The scope that a token needs with which a client registers."),
        flag("restrictCommonScopes"),
        names_of("restrictedCommonScopes", &[COMMON_SCOPES, COMMON_SCOPE_GROUPS], "name"),
        names_of("allowedExclusiveScopes", &[EXCLUSIVE_SCOPES, EXCLUSIVE_SCOPE_GROUPS], "name"),
        names_of("allowedAuthorizationDetailTypes", &["/oauth/authorizationDetailTypes"], "type"),
        flag("enforceReplayPrevention"),
        flag("requireSignedRequests"),
        reference("defaultAccessTokenManagerRef", access_token_manager::PATH),
        flag("restrictToDefaultAccessTokenManager"),
        word("persistentGrantExpirationType", EXPIRATION).or_text("SERVER_DEFAULT"),
        integer("persistentGrantExpirationTime", -1..=LONGEST).or(0),
        word("persistentGrantExpirationTimeUnit", GRANT_UNITS).or_text("DAYS"),
        word("persistentGrantIdleTimeoutType", EXPIRATION).or_text("SERVER_DEFAULT"),
        integer("persistentGrantIdleTimeout", -1..=LONGEST).or(0),
        word("persistentGrantIdleTimeoutTimeUnit", GRANT_UNITS).or_text("DAYS"),
        word("clientCertIssuerType", &["NONE", "TRUST_ANY", "CERTIFICATE"]).or_text("NONE"),
        reference("clientCertIssuerRef", "/certificates/ca"),
        word("refreshRolling", &["SERVER_DEFAULT", "DONT_ROLL", "ROLL"]).or_text("SERVER_DEFAULT"),
        word("refreshTokenRollingIntervalType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("refreshTokenRollingInterval", 0..=31_536_000),
        word("refreshTokenRollingIntervalTimeUnit", ROLLING_UNITS).or_text("HOURS"),
        word("refreshTokenRollingGracePeriodType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("refreshTokenRollingGracePeriod", 0..=86_400),
        word("clientSecretRetentionPeriodType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("clientSecretRetentionPeriodOverride", 0..=43_800),
        object("oidcPolicy", &OIDC).or_filled(),
        references("policyRefs", "/oauth/clientRegistrationPolicies"),
        word("deviceFlowSettingType", OVERRIDE).or_text("SERVER_DEFAULT"),
        text("userAuthorizationUrlOverride", &URL),
        integer("pendingAuthorizationTimeoutOverride", 1..=604_800),
        integer("devicePollingIntervalOverride", 1..=3600),
        flag("bypassActivationCodeConfirmationOverride").optional(),
        flag("requireProofKeyForCodeExchange"),
        integer("cibaPollingInterval", 1..=3600).or(3),
        flag("cibaRequireSignedRequests"),
        reference("requestPolicyRef", "/oauth/cibaServerPolicy/requestPolicies"),
        reference("tokenExchangeProcessorPolicyRef", "/oauth/tokenExchange/processor/policies"),
        flag("rotateClientSecret"),
        flag("rotateRegistrationAccessToken"),
        flag("allowClientDelete"),
        flag("disableRegistrationAccessTokens"),
        flag("retainClientSecret"),
        flag("requireJwtSecuredAuthorizationResponseMode"),
        word("requireOfflineAccessScopeToIssueRefreshTokens", SERVER_DEFAULT_OR).or_text("SERVER_DEFAULT"),
        word("offlineAccessRequireConsentPrompt", SERVER_DEFAULT_OR).or_text("SERVER_DEFAULT"),
        word("lockoutMaxMaliciousActionsType", &["DO_NOT_LOCKOUT", "SERVER_DEFAULT", "OVERRIDE_SERVER_DEFAULT"]).or_text("SERVER_DEFAULT"),
        integer("lockoutMaxMaliciousActions", 0..=1_000_000),
    ],
};

const OIDC: Object = Object {
    name: "ClientRegistrationOIDCPolicy",
    about: "The OpenID Connect side of clients that register themselves.",
    fields: &[
        word("idTokenSigningAlgorithm", SIGNING),
        word("idTokenEncryptionAlgorithm", KEY_MANAGEMENT),
        word("idTokenContentEncryptionAlgorithm", CONTENT_ENCRYPTION),
        reference("policyGroup", "/oauth/openIdConnect/policies").shown_empty(),
    ],
};

/// What is so of the clients that register themselves has to be so as for every client.
fn check(settings: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let Some(Value::Object(registration)) = settings.get(OF_REGISTERED) else {
        return;
    };
    own_value::check(
        registration,
        OF_REGISTERED,
        RETENTION_OF_REGISTERED,
        problems,
    );
    own_value::prompt_needs_the_scope(registration, OF_REGISTERED, problems);
    let at = |name: &str| format!("{OF_REGISTERED}.{name}");
    let is = |name: &str| registration.get(name) == Some(&Value::Bool(true));
    let restricted = registration.get("restrictedCommonScopes");
    let restricted = restricted.and_then(Value::as_array);
    problems.require(
        is("restrictCommonScopes") || restricted.is_none_or(Vec::is_empty),
        &at("restrictedCommonScopes"),
        "restrictedCommonScopes needs restrictCommonScopes to be true.",
    );
    let kind = registration.get("clientCertIssuerType");
    problems.require(
        kind.is_none_or(|kind| kind != "CERTIFICATE")
            || registration.contains_key("clientCertIssuerRef"),
        &at("clientCertIssuerRef"),
        "It is required when clientCertIssuerType is CERTIFICATE.",
    );
    let policy = registration.get("oidcPolicy");
    let names = [
        "idTokenEncryptionAlgorithm",
        "idTokenContentEncryptionAlgorithm",
    ];
    let given = names.map(|name| policy.and_then(|it| it.get(name)?.as_str()));
    content_goes_with_key(given, names, &at("oidcPolicy."), problems);
}
