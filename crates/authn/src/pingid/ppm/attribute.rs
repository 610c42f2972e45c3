//! The attributes of a PPM request.

use std::net::IpAddr;

use domain::{ClientId, is_mail_address, telephone_number};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::PpmError;

/// The names under which clients send an address of mail, the preferred first.
const MAIL: [&str; 4] = ["email", "mail", "USER_ATTRIBUTE_EMAIL", "dirMail"];
/// The same of a telephone number.
const PHONE: [&str; 4] = [
    "phone",
    "phoneNumber",
    "USER_ATTRIBUTE_PHONE",
    "dirPhoneNumber",
];
/// The same of groups.
const GROUPS: [&str; 3] = ["memberOf", "group", "groups"];
/// The most attributes.
const MOST: usize = 64;
/// The most groups, as in `PingID`'s other interface.
const MOST_GROUPS: usize = 1000;
/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 100;
/// The longest address of an icon, in bytes.
const LONGEST_URL: usize = 2048;

/// What is to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enrolment {
    /// A security key (`webauthn`).
    SecurityKey,
    /// A passkey of the device at hand (`webauthn_platform`).
    Platform,
}

/// What a client says about the person, the application, and where the person is. What is not
/// reserved for the future is named; the rest is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// Whether the person has proven their first factor there (`isUserAuthenticated`).
    pub is_authenticated: Option<bool>,
    /// `fname`
    pub given_name: Option<String>,
    /// `lname`
    pub family_name: Option<String>,
    /// `email`, or what else it is called; only if it is an address.
    pub email: Option<String>,
    /// `phone`, or what else it is called, in E.164.
    pub phone: Option<String>,
    /// Whether a telephone number was sent that is none.
    pub phone_is_invalid: bool,
    /// `appName`
    pub application: Option<String>,
    /// `appIconUrl`; only if it has https.
    pub icon_url: Option<String>,
    /// `pingidIp`
    pub address: Option<IpAddr>,
    /// `saasid`
    pub saas_id: Option<ClientId>,
    /// `pingidSpAlias`; by default `pingone`.
    pub sp_alias: String,
    /// `memberOf`, `group` or `groups`: a list, or names parted by semicolons. `None` where none of them is
    /// there; none at all where they are there and empty.
    pub groups: Option<Vec<String>>,
    /// `webauthnEnrollmentType`
    pub enrolment: Option<Enrolment>,
    /// `webauthnName`: what the device is to be called.
    pub device_name: Option<String>,
    /// `webauthnDisplayName`: what the person is called where keys are chosen.
    pub display_name: Option<String>,
    /// `webAuthnDeviceId`: which device is to answer.
    pub device: Option<i64>,
}

impl Attributes {
    /// What `attributes` says; nothing, if there are none.
    pub(super) fn read(listed: Option<&Value>) -> Result<Self, PpmError> {
        let members = named(listed)?;
        let text = |name: &str| shown(members.get(name));
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let phone = first(&PHONE);
        let number = phone.as_deref().and_then(telephone_number);
        let device_name = text("webauthnName");
        let display_name = text("webauthnDisplayName");
        let too_long = |it: &Option<String>| {
            it.as_ref()
                .is_some_and(|it| it.chars().count() > LONGEST_NAME)
        };
        if too_long(&device_name) || too_long(&display_name) {
            return Err(PpmError::Attributes);
        }
        Ok(Self {
            is_authenticated: flag(members.get("isUserAuthenticated"))?,
            given_name: text("fname"),
            family_name: text("lname"),
            email: first(&MAIL).filter(|it| is_mail_address(it)),
            phone_is_invalid: phone.is_some() && number.is_none(),
            phone: number,
            application: text("appName").map(|it| it.chars().take(LONGEST_NAME).collect()),
            icon_url: text("appIconUrl").and_then(|it| icon(&it)),
            address: match text("pingidIp") {
                Some(text) => Some(text.parse().map_err(|_| PpmError::Attributes)?),
                None => None,
            },
            saas_id: text("saasid").map(ClientId::new),
            sp_alias: text("pingidSpAlias").unwrap_or_else(|| "pingone".to_owned()),
            groups: first_groups(&members)?,
            enrolment: match text("webauthnEnrollmentType").as_deref() {
                None => None,
                Some("webauthn") => Some(Enrolment::SecurityKey),
                Some("webauthn_platform") => Some(Enrolment::Platform),
                Some(_) => return Err(PpmError::Attributes),
            },
            device_name,
            display_name,
            device: match members.get("webAuthnDeviceId") {
                None | Some(Value::Null) => None,
                Some(id) => Some(number_of(id).ok_or(PpmError::Attributes)?),
            },
        })
    }
}

/// The attributes by name. One that comes twice is not chosen from: who checks the one may use the
/// other.
fn named(listed: Option<&Value>) -> Result<Map<String, Value>, PpmError> {
    let listed = match listed {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Array(listed)) if listed.len() <= MOST => listed,
        Some(_) => return Err(PpmError::Attributes),
    };
    let mut members = Map::new();
    for attribute in listed {
        let name = attribute.get("name").and_then(Value::as_str);
        let name = name.ok_or(PpmError::Attributes)?;
        let value = attribute.get("value").cloned().unwrap_or_default();
        if members.insert(name.to_owned(), value).is_some() {
            return Err(PpmError::Attributes);
        }
    }
    Ok(members)
}

/// A text without what cannot be seen; none, if nothing is left.
fn shown(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    let text: String = text.chars().filter(|it| !it.is_control()).collect();
    let text = crate::approval::visible(&text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Clients send `"true"`; `true` is the same.
fn flag(value: Option<&Value>) -> Result<Option<bool>, PpmError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(text)) => Ok(Some(text.trim().eq_ignore_ascii_case("true"))),
        Some(_) => Err(PpmError::Attributes),
    }
}

fn number_of(value: &Value) -> Option<i64> {
    let text = value.as_str().map(str::trim);
    value.as_i64().or_else(|| text?.parse().ok())
}

/// The address of an icon, if it is one that may be shown: pages of ours show images that were fetched by
/// TLS, and no others.
pub fn icon(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_shown = url.scheme() == "https" && url.has_host() && text.len() <= LONGEST_URL;
    is_shown.then(|| url.into())
}

/// The groups under the first of their names that has some.
fn first_groups(members: &Map<String, Value>) -> Result<Option<Vec<String>>, PpmError> {
    let mut known = None;
    for name in GROUPS {
        let Some(value) = members.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let names = groups(value)?;
        if !names.is_empty() {
            return Ok(Some(names));
        }
        known = Some(names);
    }
    Ok(known)
}

fn groups(value: &Value) -> Result<Vec<String>, PpmError> {
    let names: Vec<String> = match value {
        Value::Array(names) => {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<_>>().ok_or(PpmError::Attributes)?
        }
        // A list may come as a text, too.
        Value::String(text) if text.trim_start().starts_with('[') => {
            let list = jose::json::parse(text.as_bytes()).map_err(|_| PpmError::Attributes)?;
            return match list {
                Value::Array(_) => groups(&list),
                _ => Err(PpmError::Attributes),
            };
        }
        Value::String(text) => text.split(';').map(|name| name.trim().to_owned()).collect(),
        _ => return Err(PpmError::Attributes),
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    match names.len() <= MOST_GROUPS {
        true => Ok(names),
        false => Err(PpmError::Attributes),
    }
}
