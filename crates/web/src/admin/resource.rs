//! The resources of the administration API, each described by a table.
//!
//! To add one: write its tables in a module below this one, and name it in [`RESOURCES`]. Its
//! routes, the checks of what it refers to and of what refers to it, its audit events, its
//! description for tools and its place in exports follow from there.
//!
//! ```ignore
//! pub(crate) static ISSUERS: Resource = Resource::many("/oauth/issuers", "issuer", &ISSUER);
//!
//! const ISSUER: Object = Object {
//!     name: "Issuer",
//!     about: "A virtual issuer.",
//!     fields: &[
//!         text("id", &ID).made(),
//!         text("name", &NAME).required(),
//!         text("host", &LINE).required(),
//!         text("path", &LINE).optional(),
//!         text("description", &PROSE).or_text(""),
//!     ],
//! };
//! ```
//!
//! What a table cannot say is a plain function in [`Rules`].

mod access_token_manager;
mod access_token_mapping;
mod authentication_api;
mod authorization_detail;
pub(crate) mod certificate;
mod ciba;
pub(crate) mod client;
mod client_settings;
pub(crate) mod config_store;
mod configured;
pub(crate) mod descriptor;
pub(crate) mod extended_properties;
mod issuer;
mod key_pair;
mod mapping;
mod open_id_connect;
mod out_of_band;
mod own_value;
mod password_credential_validator;
mod persistent_grant_mapping;
mod plugin;
mod registration_policy;
pub(crate) mod server_settings;
mod session;
mod token_exchange;
mod word;

use std::collections::BTreeMap;

use domain::port::{DocumentName, Kind, Pending, Records, StoreError};
use domain::{ServerSettings, Timestamp};
use jose::jws::Algorithm;
use serde_json::Value;
use url::{Host, Url};

use super::configuration::Operator;
use super::schema::{Document, Object, Problems, below};

/// Every resource, in the order in which references lead back.
pub(crate) static RESOURCES: &[&Resource] = &[
    &server_settings::SETTINGS,
    &extended_properties::EXTENDED_PROPERTIES,
    &session::SESSION_SETTINGS,
    &session::AUTHENTICATION_SESSIONS,
    &session::APPLICATION_SESSIONS,
    &password_credential_validator::PASSWORD_CREDENTIAL_VALIDATORS,
    &issuer::ISSUERS,
    &certificate::TRUSTED_ISSUERS,
    &key_pair::OAUTH_KEY_PAIRS,
    &key_pair::ADDITIONAL_KEY_SETS,
    &authorization_detail::AUTHORIZATION_DETAIL_PROCESSORS,
    &authorization_detail::AUTHORIZATION_DETAIL_TYPES,
    &access_token_manager::ACCESS_TOKEN_MANAGERS,
    &access_token_manager::ACCESS_TOKEN_MANAGER_SETTINGS,
    &access_token_mapping::ACCESS_TOKEN_MAPPINGS,
    &open_id_connect::OPEN_ID_CONNECT_POLICIES,
    &open_id_connect::OPEN_ID_CONNECT_SETTINGS,
    &token_exchange::PROCESSOR_POLICIES,
    &token_exchange::PROCESSOR_SETTINGS,
    &token_exchange::GENERATOR_GROUPS,
    &token_exchange::GENERATOR_SETTINGS,
    &token_exchange::TOKEN_GENERATOR_MAPPINGS,
    &persistent_grant_mapping::IDP_ADAPTER_MAPPINGS,
    &persistent_grant_mapping::AUTHENTICATION_POLICY_CONTRACT_MAPPINGS,
    &persistent_grant_mapping::RESOURCE_OWNER_CREDENTIALS_MAPPINGS,
    &out_of_band::OUT_OF_BAND_AUTH_PLUGINS,
    &ciba::CIBA_REQUEST_POLICIES,
    &ciba::CIBA_SETTINGS,
    &registration_policy::CLIENT_REGISTRATION_POLICIES,
    &client_settings::CLIENT_SETTINGS,
    &config_store::CONFIG_STORE,
    &client::CLIENTS,
    &authentication_api::AUTHENTICATION_APPLICATIONS,
    &authentication_api::AUTHENTICATION_API_SETTINGS,
];

/// Every list within a single resource whose elements are named elsewhere.
pub(crate) static PARTS: &[&Part] = &[
    &server_settings::COMMON,
    &server_settings::EXCLUSIVE,
    &server_settings::COMMON_GROUPS,
    &server_settings::EXCLUSIVE_GROUPS,
    &extended_properties::PROPERTIES,
];

/// A resource: a collection of objects, or a single one.
pub struct Resource {
    /// Its path below the API's.
    pub(crate) path: &'static str,
    /// What one of it is called: in audit events, and with blanks for underscores in messages.
    pub(crate) noun: &'static str,
    /// What one of it is like.
    pub(crate) object: &'static Object,
    /// Whether there are many.
    pub(crate) arity: Arity,
    /// The kind of record that it is stored as.
    pub(crate) kind: Kind,
    /// What its table cannot say.
    pub(crate) rules: Rules,
}

/// Whether there are many of something.
#[derive(Clone, Copy)]
pub(crate) enum Arity {
    /// A collection.
    Many {
        /// The member by which its objects are told apart.
        id: &'static str,
        /// The members that a filter looks at.
        searched: &'static [&'static str],
    },
    /// A single object, which is always there.
    One {
        /// The key of its record; made of its path, if `None`.
        key: Option<&'static str>,
        /// What it is like until somebody writes it.
        initial: fn() -> Document,
    },
}

/// What a table cannot say.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Makes the members of a document agree where one follows from another. It is applied when a
    /// document is read and when it is shown, and once more changes nothing.
    pub(crate) settle: fn(&mut Document),
    /// Takes out what is over by now, before a document is shown.
    pub(crate) expire: fn(&mut Document, Timestamp),
    /// Sets the members that the server keeps.
    pub(crate) keep: fn(&mut Document, &Facts<'_>),
    /// Notes what does not agree between members, or with other resources.
    pub(crate) check: fn(&Document, &Facts<'_>, &mut Problems),
    /// The other resources that the functions look at.
    pub(crate) consulted: &'static [&'static Resource],
    /// The algorithms with which this server signs because of a document.
    pub(crate) signs_with: fn(&Document) -> Vec<Algorithm>,
    /// What a document needs in collections without their ids.
    pub(crate) needs: &'static [Need],
    /// The places within a document by which others name it, besides its own members, as
    /// [`super::schema::texts_at`] has them.
    pub(crate) named_by: &'static [&'static str],
    /// What goes with a document when it is deleted, if anything does.
    pub(crate) belongings: Option<Belongings>,
}

/// What a document needs in a collection without naming its id, so that a table cannot tell.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    /// The path of the collection.
    pub(crate) collection: &'static str,
    /// The member of the document for which it needs one of the collection, if it does.
    pub(crate) is_met_by: fn(&Document, &Document) -> Option<&'static str>,
}

/// Records that mean nothing without a document, not even to another one with its id: they are
/// deleted once it is, and whatever is left of them opens nothing.
#[derive(Clone, Copy)]
pub(crate) struct Belongings {
    /// What they are called in the event that tells of the deletion.
    pub(crate) noun: &'static str,
    /// How many there are of the document with this id.
    pub(crate) count: for<'a> fn(&'a Records, &'a str) -> Pending<'a, Result<usize, StoreError>>,
    /// Deletes those of the document with this id, and says how many they were.
    pub(crate) delete: for<'a> fn(&'a Records, &'a str) -> Pending<'a, Result<usize, StoreError>>,
}

/// What a document is checked against.
pub(crate) struct Facts<'a> {
    /// The document that it replaces, if there is one.
    pub(crate) existing: Option<&'a Document>,
    /// The settings of the authorization server.
    pub(crate) settings: &'a ServerSettings,
    /// The resources that the rules look at, by path: each of them by id, a single one without.
    pub(crate) consulted: &'a BTreeMap<&'static str, BTreeMap<String, Document>>,
    /// What the operator has said.
    pub(crate) operator: &'a Operator,
    /// The time now.
    pub(crate) now: Timestamp,
}

impl<'a> Facts<'a> {
    /// The single resource that the rules look at.
    pub(crate) fn one(&self, resource: &Resource) -> Option<&'a Document> {
        self.named(resource, "")
    }

    /// The one with this id of a collection that the rules look at.
    pub(crate) fn named(&self, resource: &Resource, id: &str) -> Option<&'a Document> {
        self.consulted.get(resource.path)?.get(id)
    }

    /// All of a collection that the rules look at, by id.
    pub(crate) fn all(&self, resource: &Resource) -> impl Iterator<Item = (&'a str, &'a Document)> {
        let all = self.consulted.get(resource.path).into_iter().flatten();
        all.map(|(id, document)| (id.as_str(), document))
    }
}

/// A list within a single resource whose elements are named elsewhere.
pub(crate) struct Part {
    /// Its path below the API's.
    pub(crate) path: &'static str,
    /// What one of it is called.
    pub(crate) noun: &'static str,
    /// The resource that it is a part of.
    pub(crate) whole: &'static Resource,
    /// The member of the resource.
    pub(crate) member: &'static str,
    /// What an element is like.
    pub(crate) object: &'static Object,
    /// The member by which its elements are told apart.
    pub(crate) id: &'static str,
    /// Whether its elements have addresses of their own.
    pub(crate) is_served: bool,
}

impl Rules {
    /// No rules.
    pub(crate) const NONE: Self = Self {
        settle: |_| {},
        expire: |_, _| {},
        keep: |_, _| {},
        check: |_, _, _| {},
        consulted: &[],
        signs_with: |_| Vec::new(),
        needs: &[],
        named_by: &[],
        belongings: None,
    };
}

impl Resource {
    /// A collection of objects that are told apart by `id`, and searched by `id` and `name`.
    pub(crate) const fn many(
        path: &'static str,
        noun: &'static str,
        object: &'static Object,
    ) -> Self {
        let arity = Arity::Many {
            id: "id",
            searched: &["id", "name"],
        };
        Self {
            path,
            noun,
            object,
            arity,
            kind: Kind::Resource,
            rules: Rules::NONE,
        }
    }

    /// A single object, which has what its table fills in until somebody writes it.
    pub(crate) const fn one(
        path: &'static str,
        noun: &'static str,
        object: &'static Object,
    ) -> Self {
        let arity = Arity::One {
            key: None,
            initial: Document::new,
        };
        Self {
            path,
            noun,
            object,
            arity,
            kind: Kind::Resource,
            rules: Rules::NONE,
        }
    }

    /// The resource with what its table cannot say.
    pub(crate) const fn with(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The name of the record of one of it; a single one has no id.
    pub(crate) fn record(&self, id: &str) -> DocumentName {
        match self.arity {
            Arity::Many { .. } => {
                let key = [&self.key_prefix(), id.as_bytes()].concat();
                DocumentName::new(self.kind, key)
            }
            Arity::One { key: Some(key), .. } => DocumentName::new(self.kind, key),
            // Apart from all collections, of which none is called so.
            Arity::One { key: None, .. } => {
                DocumentName::new(self.kind, format!("settings{}", self.path))
            }
        }
    }

    /// What the keys of its records begin with.
    pub(crate) fn key_prefix(&self) -> Vec<u8> {
        match self.kind {
            Kind::Resource => format!("{}/", self.path.trim_start_matches('/')).into_bytes(),
            _ => Vec::new(),
        }
    }

    /// The member by which its objects are told apart; empty for a single one.
    pub(crate) const fn id(&self) -> &'static str {
        match self.arity {
            Arity::Many { id, .. } => id,
            Arity::One { .. } => "",
        }
    }

    /// What one of it is called in a sentence.
    pub(crate) fn called(&self) -> String {
        self.noun.replace('_', " ")
    }
}

/// Notes an interval in which refresh tokens change that is longer than a year.
fn rolling_interval_is_within_a_year(
    document: &Document,
    path: &str,
    [interval, unit]: [&str; 2],
    problems: &mut Problems,
) {
    let unit = document.get(unit).and_then(Value::as_str);
    let most = match unit.unwrap_or_default() {
        "SECONDS" => 31_536_000,
        "MINUTES" => 525_600,
        _ => 8760,
    };
    let number = document.get(interval).and_then(Value::as_i64);
    if number.is_some_and(|number| number > most) {
        let unit = unit.unwrap_or("HOURS").to_lowercase();
        let message = format!("It must be between 0 and {most} {unit}.");
        problems.invalid(&below(path, interval), message);
    }
}

/// Notes an address of keys that would be read from a connection which anybody on the way can change;
/// this machine itself may be reached so where the operator allows it.
fn keys_come_safely(address: &str, path: &str, facts: &Facts<'_>, problems: &mut Problems) {
    let address = Url::parse(address);
    let is_here = |url: &Url| match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_allowed = |url: &Url| facts.operator.loopback_http && is_here(url);
    let is_safe = address.is_ok_and(|url| url.scheme() == "https" || is_allowed(&url));
    problems.require(is_safe, path, "Keys come from an https URL.");
}

#[cfg(test)]
mod tests;
