//! Virtual issuers.

use super::Resource;
use crate::admin::schema::{ID, LINE, LINE_OR_EMPTY, NAME, Object, PROSE, text};

/// `/oauth/issuers`
pub(crate) static ISSUERS: Resource = Resource::many("/oauth/issuers", "issuer", &ISSUER);

const ISSUER: Object = Object {
    name: "Issuer",
    about: "A virtual issuer.",
    fields: &[
        text("id", &ID).made(),
        text("name", &NAME).required(),
        text("host", &LINE)
            .required()
            .about("The host of its address."),
        text("path", &LINE_OR_EMPTY)
            .optional()
            .about("The path of its address."),
        text("description", &PROSE).or_text(""),
    ],
};
