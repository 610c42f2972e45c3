//! What is known about a person, between `PingOne`'s attributes and the standard claims.

use domain::{Profile, User};
use serde_json::{Map, Value, json};

use super::given::Mistakes;
use crate::environment::error::Detail;

/// The attributes of a person that have one text, and the claim that it is.
type Attribute = (&'static str, fn(&mut Profile) -> &mut Option<String>);

const TEXTS: [Attribute; 6] = [
    ("email", |profile| &mut profile.email),
    ("mobilePhone", |profile| &mut profile.phone_number),
    ("preferredLanguage", |profile| &mut profile.locale),
    ("timezone", |profile| &mut profile.zoneinfo),
    ("nickname", |profile| &mut profile.nickname),
    ("photo", |profile| &mut profile.picture),
];

/// The attributes of a name, and the claim that each is.
const NAMES: [Attribute; 4] = [
    ("given", |profile| &mut profile.given_name),
    ("family", |profile| &mut profile.family_name),
    ("middle", |profile| &mut profile.middle_name),
    ("formatted", |profile| &mut profile.name),
];

/// Writes what is given over what is known; what is not given stays, and `null` removes.
pub(super) fn apply(profile: &mut Profile, given: &Map<String, Value>, mistakes: &mut Mistakes) {
    let before = profile.clone();
    for (name, claim) in TEXTS {
        if given.contains_key(name) {
            *claim(profile) = mistakes.text(given, (name, name)).map(str::to_owned);
        }
    }
    match given.get("name") {
        None => {}
        Some(Value::Null) => NAMES.iter().for_each(|(_, claim)| *claim(profile) = None),
        Some(Value::Object(parts)) => apply_name(profile, parts, mistakes),
        Some(_) => mistakes
            .0
            .push(Detail::invalid("name", "name must be an object.")),
    }
    // Who administers people knows their addresses.
    if profile.email != before.email {
        profile.email_verified = profile.email.is_some().then_some(true);
    }
    if profile.phone_number != before.phone_number {
        profile.phone_number_verified = profile.phone_number.is_some().then_some(true);
    }
    let email = profile.email.as_deref();
    if !email.is_none_or(domain::is_mail_address) {
        mistakes
            .0
            .push(Detail::invalid("email", "email must be an email address."));
    }
}

fn apply_name(profile: &mut Profile, parts: &Map<String, Value>, mistakes: &mut Mistakes) {
    for (name, claim) in NAMES {
        if parts.contains_key(name) {
            let target = format!("name.{name}");
            *claim(profile) = mistakes.text(parts, (name, &target)).map(str::to_owned);
        }
    }
    if !parts.contains_key("formatted") {
        let names = [&profile.given_name, &profile.family_name];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        profile.name = (!names.is_empty()).then(|| names.join(" "));
    }
}

/// A person as the API shows them.
pub(super) fn described(user: &User, environment: &str) -> Value {
    let id = user.id.uuid();
    let address = format!("{environment}/users/{id}");
    let environment_id = environment.rsplit('/').next().unwrap_or_default();
    let mut profile = user.profile.clone();
    let mut shown = json!({
        "_links": {
            "self": { "href": address },
            "environment": { "href": environment },
            "password": { "href": format!("{address}/password") },
            "devices": { "href": format!("{address}/devices") },
        },
        "id": id,
        "environment": { "id": environment_id },
        "username": user.username,
        "enabled": user.enabled,
        "createdAt": user.created.to_string(),
        "updatedAt": user.modified.to_string(),
    });
    let mut texts = |attributes: &[Attribute]| {
        let known = attributes.iter().filter_map(|(name, claim)| {
            let text = claim(&mut profile).clone()?;
            Some(((*name).to_owned(), Value::from(text)))
        });
        known.collect::<Map<String, Value>>()
    };
    let (own, name) = (texts(&TEXTS), texts(&NAMES));
    if let Some(shown) = shown.as_object_mut() {
        shown.extend(own);
        if !name.is_empty() {
            shown.insert("name".to_owned(), Value::Object(name));
        }
    }
    shown
}
