//! What makes and checks access tokens.

mod protection;

use serde_json::json;

use super::mapping::{self, ATTRIBUTE};
use super::plugin;
use super::{Facts, Resource, Rules, configured};
use crate::admin::schema::{
    Document, ID, LINE, NAME, Object, Problems, URL, flag, integer, object, objects, reference,
    references, set_of_texts, text, time,
};

/// Where the managers are.
pub(super) const PATH: &str = "/oauth/accessTokenManagers";
/// Where the plug-ins are of which these are instances.
const DESCRIPTORS: &str = "/oauth/accessTokenManagers/descriptors";

/// Tokens that are signed statements (RFC 9068).
pub(super) const JWT: &str =
    "com.pingidentity.pf.access.token.management.plugins.JwtBearerAccessTokenManagementPlugin";
/// Tokens that are random references.
pub(super) const REFERENCE: &str =
    "org.sourceid.oauth20.token.plugin.impl.ReferenceBearerAccessTokenManagementPlugin";

/// How far up a manager inherits.
const MOST_ANCESTORS: usize = 16;

/// `/oauth/accessTokenManagers`
pub(crate) static ACCESS_TOKEN_MANAGERS: Resource =
    Resource::many(PATH, "access_token_manager", &MANAGER).with(Rules {
        settle: |manager| plugin::with_core(manager, &[]),
        keep,
        check,
        ..Rules::NONE
    });

/// `/oauth/accessTokenManagers/settings`
pub(crate) static ACCESS_TOKEN_MANAGER_SETTINGS: Resource = Resource::one(
    "/oauth/accessTokenManagers/settings",
    "access_token_manager_settings",
    &SETTINGS,
);

#[rustfmt::skip]
const MANAGER: Object = Object {
    name: "AccessTokenManager",
    about: "What makes and checks access tokens.",
    fields: &[
        text("id", &ID).required(),
        text("name", &NAME).required(),
        plugin::is_of(DESCRIPTORS).about("What kind of tokens it makes: JWTs or references."),
        reference("parentRef", PATH).about("The manager from which it inherits."),
        plugin::configuration(),
        object("attributeContract", &ATTRIBUTES).or_filled().about("What its tokens tell."),
        object("selectionSettings", &SELECTION).or_filled().about("When it is chosen."),
        object("accessControlSettings", &ACCESS).or_filled().about("Who may use it."),
        object("sessionValidationSettings", &SESSION).or_filled().about("How its tokens depend on sessions."),
        integer("sequenceNumber", 0..=i64::MAX).read_only().about("Its place among the managers."),
        time("lastModified").read_only().about("When it was last changed."),
    ],
};

const ATTRIBUTES: Object = Object {
    name: "AccessTokenAttributeContract",
    about: "What access tokens tell.",
    fields: &[
        objects("coreAttributes", &ATTRIBUTE).read_only(),
        objects("extendedAttributes", &ATTRIBUTE),
        text("defaultSubjectAttribute", &LINE).about("The attribute that is the subject."),
    ],
};

const SELECTION: Object = Object {
    name: "AtmSelectionSettings",
    about: "When a manager is chosen.",
    fields: &[set_of_texts("resourceUris", &URL).about("For these resources.")],
};

#[rustfmt::skip]
const ACCESS: Object = Object {
    name: "AtmAccessControlSettings",
    about: "Who may use a manager.",
    fields: &[
        flag("restrictClients").about("Whether only some clients may use it."),
        references("allowedClients", "/oauth/clients").about("The clients that may use it."),
    ],
};

#[rustfmt::skip]
const SESSION: Object = Object {
    name: "SessionValidationSettings",
    about: "How tokens depend on sessions.",
    fields: &[
        flag("includeSessionId").about("Whether tokens name the session."),
        flag("checkValidAuthnSession").about("Whether tokens end with the session."),
        flag("checkSessionRevocationStatus").about("Whether tokens end when the session is revoked."),
        flag("updateAuthnSessionActivity").about("Whether the use of a token is a use of the session."),
    ],
};

const SETTINGS: Object = Object {
    name: "AccessTokenManagementSettings",
    about: "Which manager is used unless another is chosen.",
    fields: &[reference("defaultAccessTokenManagerRef", PATH)],
};

fn keep(manager: &mut Document, facts: &Facts<'_>) {
    plugin::keep_time(manager, facts);
    let number = facts.existing.and_then(|it| it.get("sequenceNumber"));
    let number = number.cloned().unwrap_or_else(|| json!(1));
    manager.insert("sequenceNumber".to_owned(), number);
}

fn check(manager: &Document, _: &Facts<'_>, problems: &mut Problems) {
    configured::check(PATH, manager, problems);
    if plugin::descriptor(manager) == JWT {
        protection::check(manager, problems);
    }
}

/// The attributes that a manager's tokens tell, those that it inherits among them.
pub(super) fn attributes<'a>(id: &str, facts: &Facts<'a>) -> Option<Vec<&'a str>> {
    let mut manager = facts.named(&ACCESS_TOKEN_MANAGERS, id)?;
    let mut told = mapping::attributes(manager, "attributeContract");
    // Who inherits from itself, however far around, has nothing more after a few steps.
    for _ in 0..MOST_ANCESTORS {
        let parent = manager
            .get("parentRef")
            .and_then(|it| it.get("id")?.as_str());
        let Some(parent) = parent.and_then(|id| facts.named(&ACCESS_TOKEN_MANAGERS, id)) else {
            break;
        };
        told.extend(mapping::attributes(parent, "attributeContract"));
        manager = parent;
    }
    Some(told)
}
