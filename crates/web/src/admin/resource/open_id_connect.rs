//! What ID tokens contain.

use super::mapping::{ATTRIBUTE_MAPPING, VALUES};
use super::{Resource, Rules, access_token_manager, plugin};
use crate::admin::schema::{
    ID, LINE_OR_EMPTY, NAME, Object, flag, integer, map_of_objects, object, objects, reference,
    text,
};

/// Where the policies are.
const PATH: &str = "/oauth/openIdConnect/policies";

/// `/oauth/openIdConnect/policies`
pub(crate) static OPEN_ID_CONNECT_POLICIES: Resource =
    Resource::many(PATH, "open_id_connect_policy", &POLICY).with(Rules {
        settle: |policy| plugin::with_core(policy, &["sub"]),
        ..Rules::NONE
    });

/// `/oauth/openIdConnect/settings`
pub(crate) static OPEN_ID_CONNECT_SETTINGS: Resource = Resource::one(
    "/oauth/openIdConnect/settings",
    "open_id_connect_settings",
    &SETTINGS,
);

#[rustfmt::skip]
const POLICY: Object = Object {
    name: "OpenIdConnectPolicy",
    about: "What ID tokens and answers about a person contain.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        reference("accessTokenManagerRef", access_token_manager::PATH).required(),
        integer("idTokenLifetime", 1..=1_000_000).or(5).about("Minutes for which ID tokens are good."),
        flag("includeSriInIdToken").about("Whether ID tokens name the session."),
        flag("includeUserInfoInIdToken").about("Whether ID tokens contain what is told about a person elsewhere."),
        flag("includeSHashInIdToken").about("Whether ID tokens contain the hash of the state."),
        flag("includeX5tInIdToken").about("Whether ID tokens name the certificate of the key."),
        text("idTokenTypHeaderValue", &LINE_OR_EMPTY).or_text("").about("The type that ID tokens declare."),
        flag("returnIdTokenOnRefreshGrant").about("Whether a refresh token brings an ID token."),
        flag("returnIdTokenOnTokenExchangeGrant").about("Whether a token exchange brings an ID token."),
        flag("reissueIdTokenInHybridFlow").about("Whether the token endpoint issues another ID token in the hybrid flow."),
        flag("allowIdTokenIntrospection").about("Whether resource servers may ask about ID tokens."),
        object("attributeContract", &CONTRACT).required(),
        object("attributeMapping", &ATTRIBUTE_MAPPING).required(),
        map_of_objects("scopeAttributeMappings", &VALUES).about("The attributes that scopes ask for."),
    ],
};

const CONTRACT: Object = Object {
    name: "OpenIdConnectAttributeContract",
    about: "The claims that there are.",
    fields: &[
        objects("coreAttributes", &CLAIM).read_only(),
        objects("extendedAttributes", &CLAIM),
    ],
};

const CLAIM: Object = Object {
    name: "OpenIdConnectAttribute",
    about: "A claim.",
    fields: &[
        text("name", &NAME).required(),
        flag("includeInIdToken").optional(),
        flag("includeInUserInfo").optional(),
        flag("multiValued").optional(),
    ],
};

const SETTINGS: Object = Object {
    name: "OpenIdConnectSettings",
    about: "Which policy is used unless another is chosen.",
    fields: &[
        reference("defaultPolicyRef", PATH),
        object("sessionSettings", &SESSION).about("As in /session/settings, where they are now."),
    ],
};

const SESSION: Object = Object {
    name: "OIDCSessionSettings",
    about: "How sessions are followed.",
    fields: &[
        flag("trackUserSessionsForLogout").optional(),
        flag("revokeUserSessionOnLogout").optional(),
        integer("sessionRevocationLifetime", 1..=43_200),
    ],
};
