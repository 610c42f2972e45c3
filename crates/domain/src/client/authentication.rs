//! How a client proves who it is.

use jose::jws::Algorithm;
use serde::{Deserialize, Serialize};

use crate::{Secret, Timestamp};

/// The issuer that stands for every issuer in the list of trusted ones.
pub const TRUST_ANY: &str = "TRUST_ANY";

/// The way in which a client proves who it is (OpenID Connect Core §9, RFC 8705 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthenticationMethod {
    /// It does not: a public client.
    #[default]
    None,
    /// `client_secret_basic` or `client_secret_post`.
    Secret,
    /// `tls_client_auth`: a certificate of a trusted issuer, with the client's subject.
    Certificate,
    /// `private_key_jwt`, verified with the client's keys.
    PrivateKeyJwt,
    /// `client_secret_jwt`, verified with the client's secret.
    ClientSecretJwt,
}

/// A secret that was replaced and still serves for a while.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetainedSecret {
    /// The secret.
    pub secret: Secret,
    /// When it stops serving.
    #[serde(rename = "expiryTime", with = "crate::wire::time")]
    pub expires: Timestamp,
}

/// How a client proves who it is, and with what.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientAuthentication {
    /// The way.
    #[serde(rename = "type", default)]
    pub method: AuthenticationMethod,
    /// Its secret, if it has one; HMAC algorithms need it back, so it is sealed and not hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// Secrets that were replaced and still serve for a while.
    #[serde(rename = "secondarySecrets", default)]
    pub retained_secrets: Vec<RetainedSecret>,
    /// The distinguished name of the certificate's issuer, or [`TRUST_ANY`].
    #[serde(
        rename = "clientCertIssuerDn",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub certificate_issuer: Option<String>,
    /// The distinguished name of the certificate's subject (RFC 4514).
    #[serde(
        rename = "clientCertSubjectDn",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub certificate_subject: Option<String>,
    /// Whether each assertion and each signed request may be used only once.
    #[serde(default)]
    pub enforce_replay_prevention: bool,
    /// The only algorithm allowed for assertions; any of the method's family, if `None`.
    #[serde(
        rename = "tokenEndpointAuthSigningAlgorithm",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub algorithm: Option<Algorithm>,
}

impl ClientAuthentication {
    /// The secrets that serve at this time, the current one first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let retained = self
            .retained_secrets
            .iter()
            .filter(move |it| now < it.expires);
        self.secret.iter().chain(retained.map(|it| &it.secret))
    }
}
