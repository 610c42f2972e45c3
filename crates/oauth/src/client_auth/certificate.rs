//! Authentication by a TLS certificate: `tls_client_auth` (RFC 8705 §2.1).
//!
//! The handshake proves no more than that the client holds the key of its certificate. Whether that
//! certificate is this client's is decided here, for those that came by TLS and those that a proxy
//! has passed on alike: each client has its own issuer and subject, and a public client may show any
//! certificate at all to have its tokens bound to it (RFC 8705 §4).

mod description;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod issuer;
mod name;

use std::sync::Arc;

use domain::{Client, TRUST_ANY, Thumbprint, Timestamp};
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

pub use description::CertificateDescription;
pub use file::{CertificateFormat, certificates_in};
pub use issuer::{IssuerFault, TrustedIssuer, TrustedIssuers};
pub use name::{DistinguishedName, NameFormat};

/// The certificates that a client has shown, its own first, together with the proof that it holds
/// the key of its own. Only who has seen that proof makes one.
#[derive(Clone, Debug)]
pub struct CertificateChain {
    certificates: Arc<[CertificateDer<'static>]>,
    thumbprint: Thumbprint,
}

impl CertificateChain {
    /// The chain of these certificates; `None` if there are none.
    pub fn new(certificates: Vec<CertificateDer<'static>>) -> Option<Self> {
        let thumbprint = Thumbprint::of_certificate(certificates.first()?);
        Some(Self {
            certificates: certificates.into(),
            thumbprint,
        })
    }

    /// The thumbprint of the client's own certificate (RFC 8705 §3.1).
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// The client's own certificate, and those that it has shown in support of it.
    fn parts(&self) -> Option<(&CertificateDer<'static>, &[CertificateDer<'static>])> {
        self.certificates.split_first()
    }
}

/// Why a certificate does not prove who a client is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateRefused {
    /// The issuer that the client is configured for is not among the trusted ones, or not now.
    #[error("the issuer that the client is configured for is not a trusted one")]
    IssuerUnknown,
    /// The certificate may not be used for signatures, and so not for TLS.
    #[error("the key of the client certificate may not sign (keyUsage)")]
    KeyUsage,
    /// There is no certificate.
    #[error("the request came without a client certificate")]
    Missing,
    /// No trusted issuer that the client may have stands behind the certificate now.
    #[error("the client certificate is not trusted: {0}")]
    NotTrusted(webpki::Error),
    /// The client is configured with a name that cannot be read.
    #[error("the client is configured with a distinguished name that cannot be read: {0}")]
    Name(#[from] NameFormat),
    /// The certificate is of somebody else.
    #[error("the client certificate is of `{0}`, who is not the client")]
    SubjectDiffers(String),
    /// The certificate cannot be read.
    #[error("the client certificate cannot be read")]
    Unreadable,
}

/// Checks that the certificate is this client's, and good now.
pub(super) fn verify(
    chain: Option<&CertificateChain>,
    client: &Client,
    issuers: &TrustedIssuers,
    now: Timestamp,
) -> Result<(), CertificateRefused> {
    let chain = chain.ok_or(CertificateRefused::Missing)?;
    let (own, _) = chain.parts().ok_or(CertificateRefused::Missing)?;
    let own = read(own).ok_or(CertificateRefused::Unreadable)?;
    // RFC 8705 §2: the answer is invalid_client "If no certificate is presented, or that which is
    // presented doesn't match that which is expected for the given client_id". §2.1.2: `tls_client_auth_subject_dn` is "A string representation -- as defined in
    // [RFC4514] -- of the expected subject distinguished name of the certificate that the OAuth
    // client will use in mutual-TLS authentication."
    let configured = client.authentication.certificate_subject.as_deref();
    let expected: DistinguishedName = configured.unwrap_or_default().parse()?;
    let subject = DistinguishedName::of(own.subject());
    if subject.ok_or(CertificateRefused::Unreadable)? != expected {
        return Err(CertificateRefused::SubjectDiffers(
            own.subject().to_string(),
        ));
    }
    if !may_sign(&own) {
        return Err(CertificateRefused::KeyUsage);
    }
    match client.authentication.certificate_issuer.as_deref() {
        Some(TRUST_ANY) => issuers.stand_behind(chain, now),
        named => {
            let issuer: DistinguishedName = named.unwrap_or_default().parse()?;
            issuers.have_issued(chain, &issuer, now)
        }
    }
}

/// RFC 5280 §4.2.1.3: "The digitalSignature bit is asserted when the subject public key is used for
/// verifying digital signatures, other than signatures on certificates (bit 5) and CRLs (bit 6)",
/// as it is in each TLS handshake of a client.
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    match certificate.key_usage() {
        Ok(None) => true,
        Ok(Some(usage)) => usage.value.digital_signature(),
        Err(_) => false,
    }
}

/// A certificate and nothing after it.
fn read(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(certificate)
}

#[cfg(test)]
mod tests;
