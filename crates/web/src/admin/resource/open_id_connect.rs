//! What ID tokens contain.

use serde_json::Value;

use super::mapping::{ATTRIBUTE_MAPPING, Target, VALUES, attributes};
use super::server_settings::{COMMON_SCOPES, EXCLUSIVE_SCOPES};
use super::{Facts, Resource, Rules, access_token_manager, plugin};
use crate::admin::schema::{
    Document, ID, LINE_OR_EMPTY, NAME, Object, Problems, flag, integer, map_by, object, objects,
    reference, shortened, text,
};

/// The claims that there always are.
const CORE: [&str; 1] = ["sub"];

/// Where the policies are.
const PATH: &str = "/oauth/openIdConnect/policies";

/// `/oauth/openIdConnect/policies`
pub(crate) static OPEN_ID_CONNECT_POLICIES: Resource =
    Resource::many(PATH, "open_id_connect_policy", &POLICY).with(Rules {
        settle: |policy| plugin::with_core(policy, &CORE),
        check,
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
        map_by("scopeAttributeMappings", &[COMMON_SCOPES, EXCLUSIVE_SCOPES], &VALUES).about("The attributes that scopes ask for."),
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

fn check(policy: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let claims = attributes(policy, "attributeContract");
    let scopes = policy.get("scopeAttributeMappings");
    let scopes = scopes.and_then(Value::as_object).into_iter().flatten();
    for (scope, mapping) in scopes {
        let values = mapping.get("values").and_then(Value::as_array);
        let values = values.into_iter().flatten().enumerate();
        for (place, claim) in values {
            let claim = claim.as_str().unwrap_or_default();
            problems.require(
                claims.contains(&claim),
                &format!("scopeAttributeMappings.{scope}.values[{place}]"),
                &format!("attributeContract has no claim {}.", shortened(claim)),
            );
        }
    }
    if let Some(Value::Object(mapping)) = policy.get("attributeMapping") {
        let target = Target {
            required: &CORE,
            further: claims,
            told_by: "attributeContract",
        };
        target.check(mapping, "attributeMapping", problems);
    }
}
