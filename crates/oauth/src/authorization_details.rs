//! Rich authorization requests: which authorization details there are, who may ask with them, and
//! what they mean to the person who is asked (RFC 9396).
//!
//! Administrators define types. Each refers to a processor, which says by a JSON Schema what details
//! of the type are like, and in templates what is told about them ([`Processor`]).

#[cfg(test)]
pub(crate) mod example;
mod processor;
mod schema;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use domain::{AuthorizationDetail, AuthorizationDetails, AuthorizationDetailsFormat, Client};
use serde::Deserialize;
use serde_json::Value;

pub use processor::{Processor, ProcessorMistake};
pub use words::{Line, Part, Told};

/// What is wrong with authorization details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DetailsError {
    /// One is approved by people with a factor, and nobody is asked.
    Approved,
    /// One is not as its type says.
    Invalid,
    /// Nothing is left of what was granted.
    Lost,
    /// The parameter is no array of objects with a type, or too large.
    Malformed,
    /// They are more than what was granted.
    NotGranted,
    /// The client may not use the type.
    TypeNotAllowed,
    /// There is no such type.
    TypeUnknown,
}

impl DetailsError {
    /// The `error` that tells it (RFC 9396 §5, §6).
    pub const CODE: &'static str = "invalid_authorization_details";

    /// The `error_description` that tells it.
    #[rustfmt::skip]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Approved => "authorization_details has an object that people approve with a factor, which they do at the authorization endpoint alone.",
            Self::Invalid => "authorization_details has an object that is not as its type requires.",
            Self::Lost => "The client may no longer use the types of the granted authorization_details.",
            Self::Malformed => "authorization_details is not a JSON array of objects with a type, or is too large.",
            Self::NotGranted => "The authorization_details must be a part of what was granted.",
            Self::TypeNotAllowed => "The client may not use one of the types of authorization_details.",
            Self::TypeUnknown => "authorization_details has a type that is not supported.",
        }
    }
}

impl fmt::Display for DetailsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

impl std::error::Error for DetailsError {}

impl From<AuthorizationDetailsFormat> for DetailsError {
    fn from(_: AuthorizationDetailsFormat) -> Self {
        Self::Malformed
    }
}

/// A type that an administrator has defined.
struct DetailType {
    description: String,
    processor: Arc<Processor>,
}

/// A type as administrators write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeDocument {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    description: String,
    #[serde(default = "yes")]
    active: bool,
    authorization_detail_processor_ref: ProcessorRef,
}

#[derive(Deserialize)]
struct ProcessorRef {
    #[serde(default)]
    id: String,
}

const fn yes() -> bool {
    true
}

/// The types of authorization details that clients may use, by name.
#[derive(Default)]
pub struct DetailTypes(BTreeMap<String, DetailType>);

/// A type that cannot be used, for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the authorization detail type {kind:?} cannot be used: {cause}")]
pub struct UnusableType {
    /// The type, as far as it can be read.
    pub kind: String,
    /// Why not.
    pub cause: String,
}

impl DetailTypes {
    /// Reads types and processors as administrators write them. What cannot be used is left out, so
    /// that nobody is asked for something that was not checked.
    pub fn read(types: &[Value], processors: &[Value]) -> (Self, Vec<UnusableType>) {
        let id = |processor: &Value| processor.get("id")?.as_str().map(str::to_owned);
        let processors = processors
            .iter()
            .filter_map(|it| Some((id(it)?, Processor::read(it).map(Arc::new))));
        let processors: BTreeMap<String, _> = processors.collect();
        let (mut known, mut unusable) = (BTreeMap::new(), Vec::new());
        for document in types {
            let unreadable = |_| UnusableType::of(document, "it cannot be read");
            let read = TypeDocument::deserialize(document).map_err(unreadable);
            match read.and_then(|it| it.with_processor(&processors)) {
                Ok(Some((kind, found))) => drop(known.entry(kind).or_insert(found)),
                Ok(None) => {}
                Err(error) => unusable.push(error),
            }
        }
        (Self(known), unusable)
    }

    /// The names of the types.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The details of a request of this client.
    pub(crate) fn parse(
        &self,
        text: &str,
        client: &Client,
    ) -> Result<AuthorizationDetails, DetailsError> {
        let details = AuthorizationDetails::parse(text)?;
        self.check(&details, client)?;
        Ok(details)
    }

    /// The client may use the types of the details, and they are as their types say.
    pub(crate) fn check(
        &self,
        details: &AuthorizationDetails,
        client: &Client,
    ) -> Result<(), DetailsError> {
        details.iter().try_for_each(|it| self.check_one(it, client))
    }

    /// Whether people approve a detail with a factor that is bound to it (RTS art. 5).
    pub fn takes_factor(&self, detail: &AuthorizationDetail) -> bool {
        let known = self.0.get(detail.kind());
        known.is_some_and(|known| known.processor.approved_with_factor)
    }

    /// None of the details is one that people approve with a factor: nobody is asked for one.
    pub(crate) fn check_unapproved(
        &self,
        details: &AuthorizationDetails,
    ) -> Result<(), DetailsError> {
        match details.iter().any(|detail| self.takes_factor(detail)) {
            true => Err(DetailsError::Approved),
            false => Ok(()),
        }
    }

    // RFC 9396 §5: "The AS MUST refuse to process any unknown authorization details type or
    // authorization details not conforming to the respective type definition."
    fn check_one(&self, detail: &AuthorizationDetail, client: &Client) -> Result<(), DetailsError> {
        let known = self.0.get(detail.kind()).ok_or(DetailsError::TypeUnknown)?;
        if !client.authorization_detail_types.contains(detail.kind()) {
            return Err(DetailsError::TypeNotAllowed);
        }
        match known.processor.accepts(detail) {
            true => Ok(()),
            false => Err(DetailsError::Invalid),
        }
    }

    /// What of the details the client may still have: of types that there are and that it may use.
    pub(crate) fn left_of(
        &self,
        granted: &AuthorizationDetails,
        client: &Client,
    ) -> AuthorizationDetails {
        granted.filtered(|detail| {
            let kind = detail.kind();
            self.0.contains_key(kind) && client.authorization_detail_types.contains(kind)
        })
    }

    /// What is told about a detail to a person who reads this language (BCP 47).
    pub fn told(&self, detail: &AuthorizationDetail, language: &str) -> Told {
        match self.0.get(detail.kind()) {
            Some(known) => {
                let processor = &known.processor;
                processor.told(detail, &known.description, language)
            }
            None => Told::plain(detail, ""),
        }
    }
}

impl TypeDocument {
    /// The type with its processor, unless it is switched off.
    fn with_processor(
        self,
        processors: &BTreeMap<String, Result<Arc<Processor>, ProcessorMistake>>,
    ) -> Result<Option<(String, DetailType)>, UnusableType> {
        let unusable = |cause: String| UnusableType {
            kind: self.kind.clone(),
            cause,
        };
        if !self.active {
            return Ok(None);
        }
        let id = &self.authorization_detail_processor_ref.id;
        let processor = processors.get(id).cloned();
        let processor = processor.ok_or_else(|| unusable(format!("no processor {id:?}")))?;
        let processor = processor.map_err(|mistake| unusable(mistake.to_string()))?;
        let description = self.description;
        let found = DetailType {
            description,
            processor,
        };
        Ok(Some((self.kind, found)))
    }
}

impl UnusableType {
    fn of(document: &Value, cause: &str) -> Self {
        let kind = document.get("type").and_then(Value::as_str);
        Self {
            kind: kind.unwrap_or_default().to_owned(),
            cause: cause.to_owned(),
        }
    }
}
