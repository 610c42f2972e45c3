//! The authentication API, and the applications that use it.

use serde_json::{Value, json};

use super::{Facts, Resource, Rules};
use crate::admin::schema::{
    Document, ID, NAME, ORIGIN, Object, PROSE, Problems, URL, flag, reference, text, texts,
};

const APPLICATIONS_PATH: &str = "/authenticationApi/applications";

/// `/authenticationApi/applications`
pub(crate) static AUTHENTICATION_APPLICATIONS: Resource = Resource::many(
    APPLICATIONS_PATH,
    "authentication_application",
    &APPLICATION,
)
.with(Rules {
    check,
    ..Rules::NONE
});

/// `/authenticationApi/settings`
pub(crate) static AUTHENTICATION_API_SETTINGS: Resource = Resource::one(
    "/authenticationApi/settings",
    "authentication_api_settings",
    &SETTINGS,
);

#[rustfmt::skip]
const APPLICATION: Object = Object {
    name: "AuthnApiApplication",
    about: "An application that shows the pages of flows itself.",
    fields: &[
        text("id", &ID).made(),
        text("name", &NAME).required(),
        text("url", &URL).required().about("Where people are asked; the flow is added as flowId. Scripts of its origin may call the API."),
        text("description", &PROSE).or_text(""),
        texts("additionalAllowedOrigins", &ORIGIN).about("Other origins whose scripts may call the API."),
        reference("clientForRedirectlessModeRef", "/oauth/clients").about("The client for which it may use the redirectless mode, where that is restricted."),
    ],
};

#[rustfmt::skip]
const SETTINGS: Object = Object {
    name: "AuthnApiSettings",
    about: "How the authentication API may be used.",
    fields: &[
        flag("apiEnabled").about("Whether it may be used at all."),
        flag("enableApiDescriptions").about("Whether its states and actions are described at /pf-ws/authn/explorer."),
        flag("restrictAccessToRedirectlessMode").about("Whether an application may use the redirectless mode for its own client alone."),
        flag("includeRequestContext").about("Whether states tell of the client for which the flow is, with its extended properties."),
        reference("defaultApplicationRef", APPLICATIONS_PATH).about("The application to which browsers are led in place of the server's own pages."),
    ],
};

fn check(application: &Document, _: &Facts<'_>, problems: &mut Problems) {
    let others = application.get("additionalAllowedOrigins");
    let others = others.and_then(Value::as_array);
    // Scripts call with the cookies of whoever is signed on.
    problems.require(
        others.is_none_or(|others| !others.contains(&json!("*"))),
        "additionalAllowedOrigins",
        "Each origin must be named.",
    );
}
