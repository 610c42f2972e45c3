//! The algorithms that the server can use.

use jose::jwe::{ContentEncryption, KeyManagement};
use jose::jws::Algorithm;
use serde::Serialize;

use super::Facts;
use crate::dpop;
use crate::key_ring::{ASYMMETRIC, CONTENT_ENCRYPTION, KEY_MANAGEMENT};

/// The members of the description that list algorithms.
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    reason = "the members are those of the metadata registry of RFC 8414 §7.1"
)]
pub struct Algorithms {
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    pub id_token_encryption_alg_values_supported: Vec<&'static str>,
    pub id_token_encryption_enc_values_supported: Vec<&'static str>,
    pub userinfo_signing_alg_values_supported: Vec<&'static str>,
    pub userinfo_encryption_alg_values_supported: Vec<&'static str>,
    pub userinfo_encryption_enc_values_supported: Vec<&'static str>,
    pub introspection_signing_alg_values_supported: Vec<&'static str>,
    pub introspection_encryption_alg_values_supported: Vec<&'static str>,
    pub introspection_encryption_enc_values_supported: Vec<&'static str>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub dpop_signing_alg_values_supported: Vec<&'static str>,
    pub authorization_signing_alg_values_supported: Vec<&'static str>,
    pub authorization_encryption_alg_values_supported: Vec<&'static str>,
    pub authorization_encryption_enc_values_supported: Vec<&'static str>,
    pub request_object_signing_alg_values_supported: Vec<&'static str>,
    pub request_object_encryption_alg_values_supported: Vec<&'static str>,
    pub request_object_encryption_enc_values_supported: Vec<&'static str>,
}

impl Algorithms {
    /// The algorithms of a server.
    pub(super) fn of(facts: &Facts<'_>) -> Self {
        // RFC 8414 §2: "The value "none" MUST NOT be used."
        let assertion = signing(Algorithm::ALL);
        Self {
            // OpenID Connect Discovery §3: "The value none MAY be supported": it is for those for whom an
            // administrator says so, and for nobody to choose.
            id_token_signing_alg_values_supported: signing(facts.id_token_algorithms),
            id_token_encryption_alg_values_supported: encryption(KeyManagement::ALL),
            id_token_encryption_enc_values_supported: content(ContentEncryption::ALL),
            userinfo_signing_alg_values_supported: signing(facts.id_token_algorithms),
            userinfo_encryption_alg_values_supported: encryption(KeyManagement::ALL),
            userinfo_encryption_enc_values_supported: content(ContentEncryption::ALL),
            introspection_signing_alg_values_supported: signing(facts.id_token_algorithms),
            introspection_encryption_alg_values_supported: encryption(KeyManagement::ALL),
            introspection_encryption_enc_values_supported: content(ContentEncryption::ALL),
            token_endpoint_auth_signing_alg_values_supported: assertion.clone(),
            introspection_endpoint_auth_signing_alg_values_supported: assertion.clone(),
            revocation_endpoint_auth_signing_alg_values_supported: assertion,
            dpop_signing_alg_values_supported: signing(dpop::ALGORITHMS),
            authorization_signing_alg_values_supported: signing(facts.id_token_algorithms),
            authorization_encryption_alg_values_supported: encryption(KeyManagement::ALL),
            authorization_encryption_enc_values_supported: content(ContentEncryption::ALL),
            request_object_signing_alg_values_supported: match facts.is_environment {
                // OpenID Connect Discovery §3: "Servers SHOULD support none and RS256."
                true => [vec!["none"], signing(Algorithm::ALL)].concat(),
                false => signing(ASYMMETRIC),
            },
            request_object_encryption_alg_values_supported: encryption(KEY_MANAGEMENT),
            request_object_encryption_enc_values_supported: content(CONTENT_ENCRYPTION),
        }
    }
}

fn signing(algorithms: &[Algorithm]) -> Vec<&'static str> {
    algorithms.iter().map(|it| it.name()).collect()
}

fn encryption(algorithms: &[KeyManagement]) -> Vec<&'static str> {
    algorithms.iter().map(|it| it.name()).collect()
}

fn content(algorithms: &[ContentEncryption]) -> Vec<&'static str> {
    algorithms.iter().map(|it| it.name()).collect()
}
