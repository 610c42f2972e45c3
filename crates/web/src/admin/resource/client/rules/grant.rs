//! What a client's grant types and response types demand of its other members.

use domain::{GrantType, ResponseType};

use super::super::super::Facts;
use super::super::super::ciba::{self, CIBA_REQUEST_POLICIES, CIBA_SETTINGS};
use super::super::USER_CODES;
use super::Subject;
use crate::admin::schema::{Document, Problems};

/// Members that mean something only for CIBA.
const OF_CIBA: [&str; 7] = [
    "cibaDeliveryMode",
    "cibaNotificationEndpoint",
    "cibaPollingInterval",
    "cibaRequireSignedRequests",
    USER_CODES,
    "cibaRequestObjectSigningAlgorithm",
    "requestPolicyRef",
];

pub(super) fn check(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    let client = &subject.client;
    problems.require(
        !client.grant_types.is_empty(),
        "grantTypes",
        "A client has at least one grant type.",
    );
    // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
    problems.require(
        !client.may_use(GrantType::ClientCredentials) || client.is_confidential(),
        "clientAuth",
        "The grant type CLIENT_CREDENTIALS needs client authentication.",
    );
    let redirects =
        client.may_use(GrantType::AuthorizationCode) || client.may_use(GrantType::Implicit);
    let needs_none = subject.is("allowAuthenticationApiInit");
    problems.require(
        !redirects || needs_none || !client.redirect_uris.is_empty(),
        "redirectUris",
        "The grant types AUTHORIZATION_CODE and IMPLICIT need at least one redirection URI.",
    );
    ciba(subject, facts, problems);
    response_types(subject, problems);
}

fn ciba(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    if !subject.client.may_use(GrantType::Ciba) {
        for name in OF_CIBA.into_iter().filter(|name| subject.has(name)) {
            problems.invalid(name, "It needs the grant type CIBA.");
        }
        return;
    }
    let is_pinged = subject.text("cibaDeliveryMode") == Some("PING");
    problems.require(
        !is_pinged || subject.has("cibaNotificationEndpoint"),
        "cibaNotificationEndpoint",
        "The delivery mode PING needs a notification endpoint.",
    );
    problems.require(
        !subject.is(USER_CODES) || policy(subject, facts).is_some_and(ciba::checks_user_codes),
        USER_CODES,
        "The CIBA request policy of the client does not check user codes (userCodePcvRef).",
    );
}

/// The policy that applies to the back-channel authentication requests of a client: its own, or the
/// default.
fn policy<'a>(subject: &Subject<'_>, facts: &Facts<'a>) -> Option<&'a Document> {
    let id_in = |document: &Document, member: &str| {
        let id = document.get(member)?.get("id")?.as_str();
        id.map(str::to_owned)
    };
    let default = || id_in(facts.one(&CIBA_SETTINGS)?, "defaultRequestPolicyRef");
    let id = id_in(subject.document, "requestPolicyRef").or_else(default)?;
    facts.named(&CIBA_REQUEST_POLICIES, &id)
}

/// Response types and grant types go together: each of one needs some of the other.
fn response_types(subject: &Subject<'_>, problems: &mut Problems) {
    let client = &subject.client;
    for (position, text) in subject.texts("restrictedResponseTypes").enumerate() {
        let response_type = text.parse::<ResponseType>();
        let mut grants = response_type.into_iter().flat_map(ResponseType::grants);
        if let Some(grant) = grants.find(|grant| !client.may_use(*grant)) {
            let path = format!("restrictedResponseTypes[{position}]");
            let grant = name(grant);
            let message = format!("The response type {text} needs the grant type {grant}.");
            problems.invalid(&path, message);
        }
    }
    let restricted = &client.restricted_response_types;
    for grant in [GrantType::AuthorizationCode, GrantType::Implicit] {
        let needs = |it: &ResponseType| it.grants().any(|needed| needed == grant);
        problems.require(
            restricted.is_empty() || !client.may_use(grant) || restricted.iter().any(needs),
            "restrictedResponseTypes",
            &format!("None of them is for the grant type {}.", name(grant)),
        );
    }
}

/// A grant type's name.
const fn name(grant: GrantType) -> &'static str {
    match grant {
        GrantType::Implicit => "IMPLICIT",
        _ => "AUTHORIZATION_CODE",
    }
}
