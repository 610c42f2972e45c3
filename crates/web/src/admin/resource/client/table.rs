//! What a client is like.

use super::super::mapping::VALUES;
use super::super::word::{
    ASYMMETRIC, CONTENT_ENCRYPTION, GRANT_UNITS, KEY_MANAGEMENT, OVERRIDE, REUSED_GRANTS,
    ROLLING_UNITS, SERVER_DEFAULT_OR, SIGNING, SIGNING_OR_NONE,
};
use crate::admin::resource::server_settings::{
    COMMON_SCOPE_GROUPS, COMMON_SCOPES, EXCLUSIVE_SCOPE_GROUPS, EXCLUSIVE_SCOPES,
};
use crate::admin::schema::{
    CLIENT_ID, HTTPS_URL, JWKS, LINE, NAME, Object, PROSE, REDIRECT_URI, RESPONSE_TYPE, URL,
    URL_OR_EMPTY, choice, flag, integer, map_by, names_of, object, objects, reference, secret,
    set_of_texts, set_of_words, text, texts, time, word,
};

/// The longest time, in its unit.
const LONGEST: i64 = 1_000_000_000;

const GRANT_TYPES: &[&str] = &[
    "IMPLICIT",
    "AUTHORIZATION_CODE",
    "RESOURCE_OWNER_CREDENTIALS",
    "CLIENT_CREDENTIALS",
    "REFRESH_TOKEN",
    "EXTENSION",
    "DEVICE_CODE",
    "ACCESS_TOKEN_VALIDATION",
    "CIBA",
    "TOKEN_EXCHANGE",
];

const EXPIRATION: &[&str] = &[
    "INDEFINITE_EXPIRY",
    "SERVER_DEFAULT",
    "OVERRIDE_SERVER_DEFAULT",
];

const METHODS: &[&str] = &[
    "NONE",
    "SECRET",
    "CERTIFICATE",
    "PRIVATE_KEY_JWT",
    "CLIENT_SECRET_JWT",
];

/// A client.
#[rustfmt::skip]
pub(crate) const CLIENT: Object = Object {
    name: "Client",
    about: "An application that asks for tokens.",
    fields: &[
        text("clientId", &CLIENT_ID).required().about("How the client names itself in its requests."),
        flag("enabled").or_yes().about("Whether the client may do anything at all."),
        texts("redirectUris", &REDIRECT_URI).about("Where people may be sent back to; * stands for any characters of the path."),
        set_of_words("grantTypes", GRANT_TYPES).required().about("The grants that it may use; at least one."),
        text("name", &NAME).required().about("Its name, shown to people; also the alias of its translations."),
        text("description", &PROSE).or_text("").about("What it does, shown to people."),
        time("creationDate").read_only().about("When it was made."),
        time("modificationDate").read_only().about("When it was last changed."),
        word("replicationStatus", &["REPLICATED", "NOT_REPLICATED"]).read_only().about("Not used by this server."),
        text("logoUrl", &URL_OR_EMPTY).or_text("").about("Where its logo is."),
        reference("defaultAccessTokenManagerRef", "/oauth/accessTokenManagers").about("What makes its access tokens; the server's default, if left out."),
        flag("restrictToDefaultAccessTokenManager").about("Whether nothing else makes its access tokens."),
        flag("validateUsingAllEligibleAtms").about("Whether tokens that it asks about may be of any manager that it may use."),
        word("refreshRolling", &["SERVER_DEFAULT", "DONT_ROLL", "ROLL"]).or_text("SERVER_DEFAULT").about("Whether refresh tokens change at each use."),
        word("refreshTokenRollingIntervalType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("refreshTokenRollingInterval", 0..=31_536_000).about("The least time between two changes of a refresh token."),
        word("refreshTokenRollingIntervalTimeUnit", ROLLING_UNITS).or_text("HOURS"),
        word("persistentGrantExpirationType", EXPIRATION).or_text("SERVER_DEFAULT"),
        integer("persistentGrantExpirationTime", -1..=LONGEST).or(0).about("How long grants last; for ever, if -1."),
        word("persistentGrantExpirationTimeUnit", GRANT_UNITS).or_text("DAYS"),
        word("persistentGrantIdleTimeoutType", EXPIRATION).or_text("SERVER_DEFAULT"),
        integer("persistentGrantIdleTimeout", -1..=LONGEST).or(0).about("How long grants last without being used; for ever, if -1."),
        word("persistentGrantIdleTimeoutTimeUnit", GRANT_UNITS).or_text("DAYS"),
        word("persistentGrantReuseType", OVERRIDE).or_text("SERVER_DEFAULT"),
        set_of_words("persistentGrantReuseGrantTypes", REUSED_GRANTS).about("The grant types whose grants are used again."),
        flag("allowAuthenticationApiInit").about("Whether it may let people sign on without redirects; then consent is assumed and common scopes are restricted."),
        flag("enableCookielessAuthenticationApi").about("Whether it may do so without cookies."),
        flag("bypassApprovalPage").about("Whether consent is assumed."),
        flag("restrictScopes").about("Whether it may have only some of the common scopes."),
        names_of("restrictedScopes", &[COMMON_SCOPES, COMMON_SCOPE_GROUPS], "name").about("The common scopes and scope groups that it may have, if it may not have all."),
        names_of("exclusiveScopes", &[EXCLUSIVE_SCOPES, EXCLUSIVE_SCOPE_GROUPS], "name").about("The exclusive scopes and scope groups that it may have."),
        names_of("authorizationDetailTypes", &["/oauth/authorizationDetailTypes"], "type").about("The types of authorization details that it may use (RFC 9396)."),
        set_of_texts("restrictedResponseTypes", &RESPONSE_TYPE).about("The only response types that it may ask for; all, if empty."),
        flag("requirePushedAuthorizationRequests").about("Whether its authorization requests must be pushed first (RFC 9126)."),
        flag("requireJwtSecuredAuthorizationResponseMode").about("Whether it must ask for responses as signed tokens (JARM)."),
        flag("requireSignedRequests").about("Whether its authorization requests must be signed (RFC 9101)."),
        word("requestObjectSigningAlgorithm", ASYMMETRIC).about("The only algorithm with which it signs requests; any, if left out."),
        object("oidcPolicy", &OIDC_POLICY).or_filled().about("Its OpenID Connect side."),
        object("clientAuth", &CLIENT_AUTH).or_filled().about("How it proves who it is."),
        choice("jwksSettings", &JWKS_SETTINGS).about("Its public keys."),
        map_by("extendedParameters", &["/extendedProperties"], &VALUES).optional().about("Its extended properties."),
        word("deviceFlowSettingType", OVERRIDE).or_text("SERVER_DEFAULT"),
        text("userAuthorizationUrlOverride", &URL).about("Where people enter the code of a device."),
        integer("pendingAuthorizationTimeoutOverride", 1..=604_800).about("Seconds for which a device's code is good."),
        integer("devicePollingIntervalOverride", 1..=3600).about("Seconds between two polls of a device."),
        flag("bypassActivationCodeConfirmationOverride").optional().about("Whether people need not confirm a device's code that came in the address."),
        flag("requireProofKeyForCodeExchange").about("Whether PKCE is required (RFC 7636)."),
        word("cibaDeliveryMode", &["POLL", "PING"]).about("How the result of a back-channel authentication is delivered; POLL, if it may use CIBA."),
        text("cibaNotificationEndpoint", &URL).about("Where it is notified; required for PING."),
        integer("cibaPollingInterval", 0..=3600).about("Seconds between two polls; 3, if it may use CIBA."),
        flag("cibaRequireSignedRequests").optional().about("Whether its back-channel authentication requests must be signed."),
        flag("cibaUserCodeSupported").optional().about("Whether it supports user codes."),
        word("cibaRequestObjectSigningAlgorithm", ASYMMETRIC).about("The only algorithm with which it signs back-channel authentication requests; any, if left out."),
        reference("requestPolicyRef", "/oauth/cibaServerPolicy/requestPolicies").about("What applies to its back-channel authentication requests; the server's default, if left out."),
        reference("tokenExchangeProcessorPolicyRef", "/oauth/tokenExchange/processor/policies").about("What applies to its token exchanges; the server's default, if left out."),
        word("refreshTokenRollingGracePeriodType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("refreshTokenRollingGracePeriod", 0..=86_400).about("Seconds for which the refresh token before the current one is still good."),
        word("clientSecretRetentionPeriodType", OVERRIDE).or_text("SERVER_DEFAULT"),
        integer("clientSecretRetentionPeriod", 0..=43_800).about("Minutes for which a replaced secret still serves."),
        time("clientSecretChangedTime").read_only().about("When its secret was last changed."),
        word("tokenIntrospectionSigningAlgorithm", SIGNING).about("How introspection responses are signed; RS256, if left out."),
        word("tokenIntrospectionEncryptionAlgorithm", KEY_MANAGEMENT),
        word("tokenIntrospectionContentEncryptionAlgorithm", CONTENT_ENCRYPTION),
        word("jwtSecuredAuthorizationResponseModeSigningAlgorithm", SIGNING).about("How authorization responses are signed; RS256, if left out."),
        word("jwtSecuredAuthorizationResponseModeEncryptionAlgorithm", KEY_MANAGEMENT),
        word("jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm", CONTENT_ENCRYPTION),
        flag("requireDpop").about("Whether every token must be bound by DPoP (RFC 9449)."),
        word("requireOfflineAccessScopeToIssueRefreshTokens", SERVER_DEFAULT_OR).or_text("SERVER_DEFAULT").about("Whether refresh tokens are issued only with the scope offline_access."),
        word("offlineAccessRequireConsentPrompt", SERVER_DEFAULT_OR).or_text("SERVER_DEFAULT").about("Whether offline_access is granted only with prompt=consent."),
        word("lockoutMaxMaliciousActionsType", &["DO_NOT_LOCKOUT", "SERVER_DEFAULT", "OVERRIDE_SERVER_DEFAULT"]).or_text("SERVER_DEFAULT"),
        integer("lockoutMaxMaliciousActions", 0..=1_000_000).about("How many tokens that are not its own it may try to revoke."),
    ],
};

#[rustfmt::skip]
const OIDC_POLICY: Object = Object {
    name: "ClientOIDCPolicy",
    about: "The OpenID Connect side of a client.",
    fields: &[
        word("idTokenSigningAlgorithm", SIGNING_OR_NONE).about("How ID tokens are signed; RS256, if left out. NONE only for those of the token endpoint."),
        word("idTokenEncryptionAlgorithm", KEY_MANAGEMENT),
        word("idTokenContentEncryptionAlgorithm", CONTENT_ENCRYPTION),
        reference("policyGroup", "/oauth/openIdConnect/policies").shown_empty().about("What its ID tokens contain; the server's default, if left out."),
        flag("grantAccessSessionRevocationApi").about("Whether it may revoke sessions."),
        flag("grantAccessSessionSessionManagementApi").about("Whether it may ask about and extend sessions."),
        word("logoutMode", &["NONE", "PING_FRONT_CHANNEL", "OIDC_FRONT_CHANNEL", "OIDC_BACK_CHANNEL"]).or_text("NONE"),
        flag("pingAccessLogoutCapable").about("Whether PingAccess is told of logouts."),
        texts("logoutUris", &URL).about("Where it is told of logouts through the browser."),
        text("backChannelLogoutUri", &URL).about("Where it is told of logouts directly."),
        texts("postLogoutRedirectUris", &REDIRECT_URI).about("Where people may be sent after signing out."),
        flag("pairwiseIdentifierUserType").about("Whether people have another sub for each sector."),
        text("sectorIdentifierUri", &HTTPS_URL).about("The document that lists the redirect URIs of its sector."),
        word("userInfoResponseSigningAlgorithm", SIGNING_OR_NONE).about("How answers about a person are signed; not at all, if left out."),
        word("userInfoResponseEncryptionAlgorithm", KEY_MANAGEMENT),
        word("userInfoResponseContentEncryptionAlgorithm", CONTENT_ENCRYPTION),
    ],
};

#[rustfmt::skip]
const CLIENT_AUTH: Object = Object {
    name: "ClientAuth",
    about: "How a client proves who it is.",
    fields: &[
        word("type", METHODS).or_text("NONE"),
        secret("secret").about("Its secret."),
        objects("secondarySecrets", &SECONDARY_SECRET).kept().about("Secrets that were replaced and still serve for a while."),
        text("clientCertIssuerDn", &LINE).about("The issuer of its certificate, or TRUST_ANY."),
        text("clientCertSubjectDn", &LINE).about("The subject of its certificate (RFC 4514)."),
        flag("enforceReplayPrevention").optional().about("Whether each of its signed tokens may be used only once."),
        word("tokenEndpointAuthSigningAlgorithm", SIGNING).about("The only algorithm with which it signs assertions; any of the method's, if left out."),
    ],
};

const SECONDARY_SECRET: Object = Object {
    name: "SecondarySecret",
    about: "A secret that was replaced and still serves for a while.",
    fields: &[
        secret("secret").required(),
        time("expiryTime")
            .required()
            .about("When it stops serving."),
    ],
};

/// The secrets of a client, as a resource of their own.
#[rustfmt::skip]
pub(crate) const CLIENT_SECRET: Object = Object {
    name: "ClientSecret",
    about: "The secret of a client.",
    fields: &[
        secret("secret").required().about("The secret."),
        objects("secondarySecrets", &SECONDARY_SECRET).kept().about("Secrets that were replaced and still serve for a while."),
    ],
};

const JWKS_SETTINGS: Object = Object {
    name: "JwksSettings",
    about: "The public keys of a client: either here or at an address.",
    fields: &[
        text("jwks", &JWKS).about("A JSON Web Key Set as text."),
        text("jwksUrl", &URL).about("Where the set is."),
    ],
};
