//! What the settings of the authorization server are like.

use super::super::word::{GRANT_UNITS, REUSED_GRANTS, ROLLING_UNITS};
use super::{COMMON_SCOPES, EXCLUSIVE_SCOPES};
use crate::admin::schema::{
    LINE, NAME, ORIGIN, Object, PATH_OR_EMPTY, PROSE, SCOPE_VALUE, URL_OR_EMPTY, flag, integer,
    name_of, names_of, object, objects, reference, set_of_words, text, texts, word,
};

/// The longest time, in its unit.
const LONGEST: i64 = 1_000_000_000;

/// The settings.
#[rustfmt::skip]
pub(super) const SERVER_SETTINGS: Object = Object {
    name: "AuthorizationServerSettings",
    about: "The settings of the authorization server.",
    fields: &[
        text("defaultScopeDescription", &PROSE).or_text("").about("What the default scope allows, for people."),
        objects("scopes", &SCOPE).about("The scopes that every client may ask for unless it is restricted."),
        objects("scopeGroups", &SCOPE_GROUP).about("The groups of such scopes."),
        objects("exclusiveScopes", &SCOPE).about("The scopes that only clients may ask for to which they are assigned."),
        objects("exclusiveScopeGroups", &EXCLUSIVE_SCOPE_GROUP).about("The groups of such scopes."),
        integer("authorizationCodeEntropy", 16..=128).required().about("Random bytes in an authorization code."),
        integer("authorizationCodeTimeout", 1..=3600).required().about("Seconds for which an authorization code is good."),
        integer("refreshRollingInterval", 0..=31_536_000).required().about("The least time between two changes of a refresh token."),
        word("refreshRollingIntervalTimeUnit", ROLLING_UNITS).or_text("HOURS"),
        integer("refreshTokenLength", 1..=70).required().about("Characters that a refresh token has at the least; this server's have 70."),
        flag("disallowPlainPKCE").about("Whether the plain PKCE method is refused."),
        flag("includeIssuerInAuthorizationResponse").about("Whether authorization responses carry iss (RFC 9207)."),
        flag("trackUserSessionsForLogout").kept().about("Whether clients are told of logouts; stays as it is, if left out."),
        text("tokenEndpointBaseUrl", &URL_OR_EMPTY).or_text("").about("Where the token endpoint is besides."),
        flag("requireOfflineAccessScopeToIssueRefreshTokens").about("Whether refresh tokens are issued only with the scope offline_access."),
        flag("offlineAccessRequireConsentPrompt").about("Whether offline_access is granted only with prompt=consent."),
        integer("persistentGrantLifetime", -1..=LONGEST).or(-1).about("How long grants last; for ever, if -1."),
        word("persistentGrantLifetimeUnit", GRANT_UNITS).or_text("DAYS"),
        integer("persistentGrantIdleTimeout", -1..=LONGEST).or(30).about("How long grants last without being used; for ever, if -1."),
        word("persistentGrantIdleTimeoutTimeUnit", GRANT_UNITS).or_text("DAYS"),
        flag("rollRefreshTokenValues").or_yes().about("Whether refresh tokens change at each use."),
        integer("refreshTokenRollingGracePeriod", 0..=86_400).or(60).about("Seconds for which the refresh token before the current one is still good."),
        set_of_words("persistentGrantReuseGrantTypes", REUSED_GRANTS).about("The grant types whose grants are used again."),
        object("persistentGrantContract", &GRANT_CONTRACT).or_filled().about("The attributes that are kept with a grant."),
        flag("bypassAuthorizationForApprovedGrants").about("Whether approval is not asked for again while there is a grant."),
        flag("bypassAuthorizationForApprovedConsents").about("Whether approval is not asked for again when it was given before."),
        integer("consentLifetimeDays", -1..=36_500).or(-1).about("Days for which approval is remembered; for ever, if -1."),
        flag("allowUnidentifiedClientROCreds").about("Whether the password grant needs no client."),
        flag("allowUnidentifiedClientExtensionGrants").about("Whether assertion grants need no client."),
        reference("adminWebServicePcvRef", "/passwordCredentialValidators").about("Who may use the web service for clients and grants."),
        name_of("atmIdForOAuthGrantManagement", &["/oauth/accessTokenManagers"], "id").or_text("").about("What validates the tokens with which grants are managed."),
        name_of("scopeForOAuthGrantManagement", &[COMMON_SCOPES, EXCLUSIVE_SCOPES], "name").or_text("").about("The scope with which grants are managed."),
        texts("allowedOrigins", &ORIGIN).about("The origins from which browsers' scripts may call the endpoints."),
        text("userAuthorizationUrl", &URL_OR_EMPTY).or_text("").about("Where people enter the code of a device."),
        text("registeredAuthorizationPath", &PATH_OR_EMPTY).or_text("").about("Another path at which people enter the code of a device."),
        integer("pendingAuthorizationTimeout", 1..=604_800).or(600).about("Seconds for which a device's code is good."),
        integer("devicePollingInterval", 1..=3600).or(5).about("Seconds between two polls of a device."),
        word("activationCodeCheckMode", &["AFTER_AUTHENTICATION", "BEFORE_AUTHENTICATION"]).or_text("AFTER_AUTHENTICATION"),
        flag("bypassActivationCodeConfirmation").about("Whether people need not confirm a device's code that came in the address."),
        flag("enableCookielessUserAuthorizationAuthenticationApi").about("Whether devices are confirmed without cookies."),
        flag("returnIdTokenOnOpenIdWithDeviceAuthzGrant").about("Whether devices get an ID token with the scope openid."),
        word("userAuthorizationConsentPageSetting", &["INTERNAL", "ADAPTER"]).or_text("INTERNAL"),
        text("userAuthorizationConsentAdapter", &LINE).about("What asks for approval in place of this server."),
        text("approvedScopesAttribute", &LINE).about("Its attribute with the scopes that were approved."),
        text("approvedAuthorizationDetailAttribute", &LINE).about("Its attribute with the authorization details that were approved."),
        word("parStatus", &["DISABLED", "ENABLED", "REQUIRED"]).or_text("ENABLED").about("What becomes of pushed authorization requests (RFC 9126)."),
        integer("parReferenceTimeout", 1..=86_400).or(60).about("Seconds for which a pushed request is kept."),
        integer("parReferenceLength", 16..=128).or(24).about("Random bytes in the reference to a pushed request."),
        integer("clientSecretRetentionPeriod", 0..=43_800).or(0).about("Minutes for which a replaced client secret still serves."),
        integer("jwtSecuredAuthorizationResponseModeLifetime", 1..=86_400).or(600).about("Seconds for which a signed authorization response is good."),
        flag("dpopProofRequireNonce").about("Whether DPoP proofs must carry a nonce of this server's."),
        integer("dpopProofLifetimeSeconds", 1..=86_400).or(120).about("Seconds for which a DPoP proof is good."),
        flag("dpopProofEnforceReplayPrevention").about("Whether each DPoP proof may be used only once."),
    ],
};

/// A scope.
#[rustfmt::skip]
pub(super) const SCOPE: Object = Object {
    name: "ScopeEntry",
    about: "A scope that clients may ask for.",
    fields: &[
        text("name", &SCOPE_VALUE).required().about("The scope value; of a dynamic scope, a pattern with one *."),
        text("description", &PROSE).required().about("What it allows, for people."),
        flag("dynamic").about("Whether * in the name stands for any characters."),
    ],
};

/// A group of common scopes.
#[rustfmt::skip]
pub(super) const SCOPE_GROUP: Object = Object {
    name: "ScopeGroupEntry",
    about: "Several scopes under one name.",
    fields: &[
        text("name", &SCOPE_VALUE).required().about("The scope value that stands for them."),
        text("description", &PROSE).required().about("What they allow together, for people."),
        names_of("scopes", &[COMMON_SCOPES], "name").required().about("The scopes in it."),
    ],
};

/// A group with exclusive scopes.
#[rustfmt::skip]
pub(super) const EXCLUSIVE_SCOPE_GROUP: Object = Object {
    name: "ExclusiveScopeGroupEntry",
    about: "Several scopes, exclusive ones among them, under one name.",
    fields: &[
        text("name", &SCOPE_VALUE).required().about("The scope value that stands for them."),
        text("description", &PROSE).required().about("What they allow together, for people."),
        names_of("scopes", &[EXCLUSIVE_SCOPES, COMMON_SCOPES], "name").required().about("The scopes in it."),
    ],
};

#[rustfmt::skip]
const GRANT_CONTRACT: Object = Object {
    name: "PersistentGrantContract",
    about: "The attributes that are kept with a grant.",
    fields: &[
        objects("coreAttributes", &ATTRIBUTE).read_only().about("The attributes that every grant has."),
        objects("extendedAttributes", &ATTRIBUTE).about("More attributes."),
    ],
};

const ATTRIBUTE: Object = Object {
    name: "PersistentGrantAttribute",
    about: "An attribute of a grant.",
    fields: &[text("name", &NAME).required()],
};
