//! Virtual issuers.

use super::Resource;
use crate::admin::schema::{HOST, ID, NAME, Object, PATH_OR_EMPTY, PROSE, text};

/// `/oauth/issuers`
pub(crate) static ISSUERS: Resource = Resource::many("/oauth/issuers", "issuer", &ISSUER);

const ISSUER: Object = Object {
    name: "Issuer",
    about: "A virtual issuer.",
    fields: &[
        text("id", &ID).made(),
        text("name", &NAME).required(),
        text("host", &HOST)
            .required()
            .about("The host of its address."),
        text("path", &PATH_OR_EMPTY)
            .optional()
            .about("The path of its address."),
        text("description", &PROSE).or_text(""),
    ],
};
