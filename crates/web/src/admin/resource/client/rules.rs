//! What must agree between the members of a client.

mod algorithm;
mod authentication;
mod grant;

pub(crate) use algorithm::content_goes_with_key;
use domain::{Client, JwksSettings};
use serde_json::Value;

use super::super::extended_properties::single_valued;
use super::super::own_value::{self, RETENTION};
use super::super::{Facts, keys_come_safely};
use super::typed;
use crate::admin::schema::{Document, Problems};

/// A client that is being checked.
struct Subject<'a> {
    document: &'a Document,
    client: Client,
}

/// Notes what does not agree.
pub(super) fn check(document: &Document, facts: &Facts<'_>, problems: &mut Problems) {
    let client = match typed(document) {
        Ok(client) => client,
        Err(error) => return problems.invalid("", format!("It cannot be used: {error}.")),
    };
    let subject = Subject { document, client };
    authentication::check(&subject, facts, problems);
    grant::check(&subject, facts, problems);
    requests(&subject, problems);
    keys(&subject, facts, problems);
    scopes(&subject, problems);
    own_value::check(document, "", RETENTION, problems);
    algorithm::check(&subject, problems);
    properties(&subject, facts, problems);
}

impl Subject<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.document.get(name).and_then(Value::as_str)
    }

    fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let list = self.document.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }

    fn is(&self, name: &str) -> bool {
        self.document.get(name).is_some_and(|it| *it == true)
    }

    fn has(&self, name: &str) -> bool {
        self.document.contains_key(name)
    }

    fn oidc(&self, name: &str) -> Option<&Value> {
        self.document.get("oidcPolicy")?.get(name)
    }

    fn oidc_text(&self, name: &str) -> Option<&str> {
        self.oidc(name)?.as_str()
    }

    fn oidc_is(&self, name: &str) -> bool {
        self.oidc(name).is_some_and(|it| *it == true)
    }

    /// Whether it is an application of an environment that has a secret, with which it may sign as
    /// well.
    fn signs_with_secret(&self) -> bool {
        self.has("pingOne") && self.client.authentication.secret.is_some()
    }

    fn has_keys(&self) -> bool {
        match &self.client.keys {
            Some(JwksSettings::Jwks(text)) => has_some_key(text),
            Some(JwksSettings::JwksUrl(_)) => true,
            None => false,
        }
    }
}

/// Whether there is a key in a set.
fn has_some_key(set: &str) -> bool {
    let set = serde_json::from_str::<Value>(set);
    set.is_ok_and(|set| set.pointer("/keys/0").is_some())
}

/// Where its keys come from.
fn keys(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    if let Some(JwksSettings::JwksUrl(address)) = &subject.client.keys {
        keys_come_safely(address, "jwksSettings.jwksUrl", facts, problems);
    }
}

/// How a client asks for authorization.
fn requests(subject: &Subject<'_>, problems: &mut Problems) {
    for (name, needs) in [
        (
            "requireSignedRequests",
            subject.client.require_signed_requests && !subject.signs_with_secret(),
        ),
        (
            "cibaRequireSignedRequests",
            subject.is("cibaRequireSignedRequests"),
        ),
    ] {
        problems.require(
            !needs || subject.has_keys(),
            name,
            "Signed requests need the client's public keys (jwksSettings).",
        );
    }
    problems.require(
        subject.oidc_text("sectorIdentifierUri").is_none()
            || subject.oidc_is("pairwiseIdentifierUserType"),
        "oidcPolicy.sectorIdentifierUri",
        "A sector needs pairwiseIdentifierUserType to be true.",
    );
}

fn scopes(subject: &Subject<'_>, problems: &mut Problems) {
    let client = &subject.client;
    problems.require(
        client.restrict_scopes || client.restricted_scopes.is_empty(),
        "restrictedScopes",
        "restrictedScopes needs restrictScopes to be true.",
    );
    own_value::prompt_needs_the_scope(subject.document, "", problems);
}

fn properties(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    let single_valued = single_valued(facts);
    for (name, given) in &subject.client.extended_parameters {
        problems.require(
            given.values.len() <= 1 || !single_valued.contains(name.as_str()),
            &format!("extendedParameters.{name}.values"),
            "This property has at most one value.",
        );
    }
}
