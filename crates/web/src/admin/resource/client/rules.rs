//! What must agree between the members of a client.

mod algorithm;
mod authentication;
mod grant;

use domain::{Client, ParStatus};
use serde_json::Value;

use super::super::extended_properties::single_valued;
use super::super::{Facts, rolling_interval_is_within_a_year};
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
    authentication::check(&subject, facts.now, problems);
    grant::check(&subject, problems);
    requests(&subject, facts, problems);
    scopes(&subject, problems);
    overrides(&subject, problems);
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

    fn number(&self, name: &str) -> Option<i64> {
        self.document.get(name).and_then(Value::as_i64)
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
        self.client.keys.is_some()
    }
}

/// How a client asks for authorization.
fn requests(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    problems.require(
        !subject.client.require_par || facts.settings.par_status != ParStatus::Disabled,
        "requirePushedAuthorizationRequests",
        "Pushed authorization requests are disabled (parStatus): the client could not ask at all.",
    );
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
    let consent = subject.text("offlineAccessRequireConsentPrompt");
    let required = subject.text("requireOfflineAccessScopeToIssueRefreshTokens");
    problems.require(
        consent != Some("YES") || required == Some("YES"),
        "offlineAccessRequireConsentPrompt",
        "YES needs requireOfflineAccessScopeToIssueRefreshTokens to be YES.",
    );
}

/// Values of the client's own in place of the server's.
#[rustfmt::skip]
fn overrides(subject: &Subject<'_>, problems: &mut Problems) {
    for (kind, value) in [
        ("refreshTokenRollingIntervalType", "refreshTokenRollingInterval"),
        ("refreshTokenRollingGracePeriodType", "refreshTokenRollingGracePeriod"),
        ("clientSecretRetentionPeriodType", "clientSecretRetentionPeriod"),
        ("lockoutMaxMaliciousActionsType", "lockoutMaxMaliciousActions"),
    ] {
        problems.require(
            subject.text(kind) != Some("OVERRIDE_SERVER_DEFAULT") || subject.has(value),
            value,
            &format!("It is required when {kind} is OVERRIDE_SERVER_DEFAULT."),
        );
    }
    for (kind, value) in [
        ("persistentGrantExpirationType", "persistentGrantExpirationTime"),
        ("persistentGrantIdleTimeoutType", "persistentGrantIdleTimeout"),
    ] {
        let is_own = subject.text(kind) == Some("OVERRIDE_SERVER_DEFAULT");
        problems.require(
            is_own || subject.number(value).is_none_or(|number| number == 0),
            value,
            &format!("It has an effect only when {kind} is OVERRIDE_SERVER_DEFAULT."),
        );
    }
    rolling_interval_is_within_a_year(
        subject.document,
        ["refreshTokenRollingInterval", "refreshTokenRollingIntervalTimeUnit"],
        problems,
    );
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
