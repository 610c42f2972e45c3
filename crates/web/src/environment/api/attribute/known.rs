//! Which attributes an application may be given: what is asked for and would not be obeyed is refused.

use serde_json::{Map, Value};

use super::super::cors::CORS;
use super::{LOGIN_PAGE, METHOD, UNSIGNED};
use crate::admin::configuration::Problem;

/// Attributes that are obeyed.
const OBEYED: [&str; 18] = [
    CORS,
    LOGIN_PAGE,
    METHOD,
    UNSIGNED,
    "description",
    "enabled",
    "grantTypes",
    "jwks",
    "jwksUrl",
    "name",
    "parRequirement",
    "pkceEnforcement",
    "postLogoutRedirectUris",
    "protocol",
    "redirectUris",
    "requireSignedRequestObject",
    "responseTypes",
    "type",
];

/// Attributes that the API shows and that nobody sets: who sends back what they have read sends them, too.
const SHOWN: [&str; 6] = [
    "_embedded",
    "_links",
    "createdAt",
    "environment",
    "id",
    "updatedAt",
];

/// Attributes that change nothing of what a server does: they are kept for whoever reads them.
const KEPT: [&str; 6] = [
    "hiddenFromAppPortal",
    "homePageUrl",
    "icon",
    "initiateLoginUri",
    "tags",
    "targetLinkUri",
];

/// The longest that all kept attributes are together, in bytes of JSON.
const MOST: usize = 16 << 10;

/// Attributes that are as here, or refused: this server does what the value says, for all applications.
const FIXED: [(&str, bool); 4] = [
    ("allowWildcardInRedirectUris", false),
    ("assignActorRoles", false),
    ("idpSignoff", false),
    ("includeX5t", false),
];

/// The attributes that are only kept, or what is asked for and cannot be had.
pub(super) fn kept(members: &Map<String, Value>) -> Result<Map<String, Value>, Vec<Problem>> {
    let (mut kept, mut problems) = (Map::new(), Vec::new());
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let is_one_of = |names: &[&str]| names.contains(&name.as_str());
        let fixed = FIXED.iter().find(|(fixed, _)| fixed == name);
        match fixed {
            Some((_, only)) if *value != *only => {
                let message = format!("{name} can only be {only} here.");
                problems.push(Problem::invalid(name, &message));
            }
            Some(_) => {
                kept.insert(name.clone(), value.clone());
            }
            None if is_one_of(&KEPT) => {
                kept.insert(name.clone(), value.clone());
            }
            None if is_one_of(&OBEYED) || is_one_of(&SHOWN) => {}
            None => {
                let message = format!("{name} is not known here, and nothing would come of it.");
                problems.push(Problem::invalid(name, &message));
            }
        }
    }
    let length: usize = kept.values().map(|value| value.to_string().len()).sum();
    if length > MOST {
        let message = "The attributes that are only kept are longer than 16 KiB together.";
        problems.push(Problem::invalid("", message));
    }
    match problems.is_empty() {
        true => Ok(kept),
        false => Err(problems),
    }
}
