//! What a client's way to prove who it is demands of its other members.

use std::time::Duration;

use domain::{AuthenticationMethod, TRUST_ANY, Timestamp};
use oauth::client_auth::DistinguishedName;
use serde_json::Value;

use super::super::super::Facts;
use super::super::super::certificate::TRUSTED_ISSUERS;
use super::super::issuer_name;
use super::super::retention::{MOST_RETAINED, expiry};
use super::Subject;
use crate::admin::schema::Problems;

/// The longest time for which a replaced secret may serve.
const LONGEST_RETENTION: Duration = Duration::from_secs(43_800 * 60);

pub(super) fn check(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    method(subject, problems);
    certificate(subject, problems);
    issuer_is_trusted(subject, facts, problems);
    retained_secrets(subject, facts.now, problems);
    session_access(subject, problems);
}

fn method(subject: &Subject<'_>, problems: &mut Problems) {
    use AuthenticationMethod as Method;
    let authentication = &subject.client.authentication;
    let method = authentication.method;
    let needs_secret = matches!(method, Method::Secret | Method::ClientSecretJwt);
    problems.require(
        !needs_secret || authentication.secret.is_some(),
        "clientAuth.secret",
        "This authentication method needs a secret.",
    );
    problems.require(
        method != Method::PrivateKeyJwt || subject.has_keys(),
        "jwksSettings",
        "PRIVATE_KEY_JWT needs the client's public keys.",
    );
    let fits = |symmetric: bool| match method {
        Method::PrivateKeyJwt => !symmetric,
        Method::ClientSecretJwt => symmetric,
        Method::None | Method::Secret | Method::Certificate => true,
    };
    let algorithm = authentication.algorithm;
    problems.require(
        algorithm.is_none_or(|algorithm| fits(algorithm.is_symmetric())),
        "clientAuth.tokenEndpointAuthSigningAlgorithm",
        "PRIVATE_KEY_JWT uses RS, ES, PS or EdDSA; CLIENT_SECRET_JWT uses HS.",
    );
}

fn certificate(subject: &Subject<'_>, problems: &mut Problems) {
    let authentication = &subject.client.authentication;
    if authentication.method != AuthenticationMethod::Certificate {
        return;
    }
    let is_name = |text: &str| text.parse::<DistinguishedName>().is_ok();
    let issuer = authentication.certificate_issuer.as_deref();
    let subject = authentication.certificate_subject.as_deref();
    for (given, is_good, path) in [
        (
            issuer,
            issuer.is_none_or(|issuer| issuer == TRUST_ANY || is_name(issuer)),
            "clientAuth.clientCertIssuerDn",
        ),
        (
            subject,
            subject.is_none_or(is_name),
            "clientAuth.clientCertSubjectDn",
        ),
    ] {
        problems.require(
            given.is_some(),
            path,
            "CERTIFICATE needs the issuer and the subject of the client's certificate.",
        );
        problems.require(
            is_good,
            path,
            "It must be a distinguished name, such as CN=shop,O=Example; an issuer may be TRUST_ANY.",
        );
    }
}

/// Whoever stands behind the client's certificates has to be trusted: nobody else is believed.
fn issuer_is_trusted(subject: &Subject<'_>, facts: &Facts<'_>, problems: &mut Problems) {
    let authentication = &subject.client.authentication;
    let name = authentication.certificate_issuer.as_deref();
    let name = name.filter(|_| authentication.method == AuthenticationMethod::Certificate);
    // What is no name is told of as such.
    let Some(Ok(name)) = name.map(str::parse::<DistinguishedName>) else {
        return;
    };
    let is_stored = facts
        .all(&TRUSTED_ISSUERS)
        .any(|(_, issuer)| issuer_name(issuer).is_some_and(|it| it == name));
    problems.require(
        is_stored || facts.operator.trusted_issuers.include(&name),
        "clientAuth.clientCertIssuerDn",
        "Nobody of this name is trusted: import the certificate into /certificates/ca first.",
    );
}

fn retained_secrets(subject: &Subject<'_>, now: Timestamp, problems: &mut Problems) {
    let authentication = subject.document.get("clientAuth");
    let retained = authentication.and_then(|it| it.get("secondarySecrets"));
    let retained = retained.and_then(Value::as_array);
    let retained = retained.map(Vec::as_slice).unwrap_or_default();
    problems.require(
        retained.len() <= MOST_RETAINED,
        "clientAuth.secondarySecrets",
        "At most 10 replaced secrets still serve.",
    );
    for (position, one) in retained.iter().enumerate() {
        problems.require(
            expiry(one).is_some_and(|expiry| expiry <= now + LONGEST_RETENTION),
            &format!("clientAuth.secondarySecrets[{position}].expiryTime"),
            "A replaced secret serves for at most 43800 minutes.",
        );
    }
}

fn session_access(subject: &Subject<'_>, problems: &mut Problems) {
    for name in [
        "grantAccessSessionRevocationApi",
        "grantAccessSessionSessionManagementApi",
    ] {
        problems.require(
            !subject.oidc_is(name) || subject.client.is_confidential(),
            &format!("oidcPolicy.{name}"),
            "A client that may act on sessions needs client authentication.",
        );
    }
}
