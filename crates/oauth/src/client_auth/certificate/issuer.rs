//! Who is trusted to say whose a certificate is.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::x509::X509Version;

use super::{CertificateChain, CertificateRefused, DistinguishedName, read};

/// Why somebody is not trusted to issue certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerFault {
    /// The certificate is of no certification authority.
    #[error("it is not the certificate of a certification authority")]
    NotAnAuthority,
    /// It is no certificate, or not a usable one.
    #[error("it cannot be read as a certificate")]
    Unreadable,
}

/// Somebody who is trusted to issue certificates.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    name: DistinguishedName,
    anchor: TrustAnchor<'static>,
    /// From when on, in seconds since 1970, ...
    not_before: i64,
    /// ... and until when its own certificate is good.
    not_after: i64,
}

impl TrustedIssuer {
    /// The issuer with this certificate.
    pub fn new(certificate: &CertificateDer<'_>) -> Result<Self, IssuerFault> {
        let read = read(certificate).ok_or(IssuerFault::Unreadable)?;
        // RFC 5280 §4.2.1.9: "If the basic constraints extension is not present in a version 3
        // certificate, or the extension is present but the cA boolean is not asserted, then the
        // certified public key MUST NOT be used to verify certificate signatures."
        if read.version() == X509Version::V3 && !read.is_ca() {
            return Err(IssuerFault::NotAnAuthority);
        }
        let anchor = anchor_from_trusted_cert(certificate).map_err(|_| IssuerFault::Unreadable)?;
        Ok(Self {
            name: DistinguishedName::of(read.subject()).ok_or(IssuerFault::Unreadable)?,
            anchor: anchor.to_owned(),
            not_before: read.validity().not_before.timestamp(),
            not_after: read.validity().not_after.timestamp(),
        })
    }

    fn is_good(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now.seconds())
    }
}

/// All who are trusted to issue certificates.
#[derive(Clone, Debug, Default)]
pub struct TrustedIssuers(Vec<Arc<TrustedIssuer>>);

impl FromIterator<TrustedIssuer> for TrustedIssuers {
    fn from_iter<I: IntoIterator<Item = TrustedIssuer>>(issuers: I) -> Self {
        Self(issuers.into_iter().map(Arc::new).collect())
    }
}

impl TrustedIssuers {
    /// These and those.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(&others.0).cloned().collect())
    }

    /// Whether one of them has this name.
    #[must_use]
    pub fn include(&self, name: &DistinguishedName) -> bool {
        self.0.iter().any(|issuer| issuer.name == *name)
    }

    /// Whether one of them stands behind a certificate, directly or through the others in its
    /// chain.
    pub(super) fn stand_behind(
        &self,
        chain: &CertificateChain,
        now: Timestamp,
    ) -> Result<(), CertificateRefused> {
        let (own, others) = chain.parts().ok_or(CertificateRefused::Missing)?;
        let anchors = self.anchors(|issuer| issuer.is_good(now));
        verify(own, &anchors, others, now)
    }

    /// Whether the one of this name has itself issued a certificate. Others do not count even if
    /// they are trusted: each of them could have somebody take that name.
    pub(super) fn have_issued(
        &self,
        chain: &CertificateChain,
        name: &DistinguishedName,
        now: Timestamp,
    ) -> Result<(), CertificateRefused> {
        let (own, _) = chain.parts().ok_or(CertificateRefused::Missing)?;
        let anchors = self.anchors(|issuer| issuer.is_good(now) && issuer.name == *name);
        if anchors.is_empty() {
            return Err(CertificateRefused::IssuerUnknown);
        }
        verify(own, &anchors, &[], now)
    }

    fn anchors(&self, wanted: impl Fn(&TrustedIssuer) -> bool) -> Vec<TrustAnchor<'static>> {
        let wanted = self.0.iter().filter(|issuer| wanted(issuer));
        wanted.map(|issuer| issuer.anchor.clone()).collect()
    }
}

/// RFC 8705 §2.1: the method "relies on a validated certificate chain \[RFC5280\]": the signatures,
/// the dates, and that the certificate may be used by a client.
fn verify(
    own: &CertificateDer<'_>,
    anchors: &[TrustAnchor<'_>],
    others: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), CertificateRefused> {
    let seconds = u64::try_from(now.seconds()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let own = EndEntityCert::try_from(own).map_err(CertificateRefused::NotTrusted)?;
    let usage = KeyUsage::client_auth();
    let path = own.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        anchors,
        others,
        time,
        usage,
        None,
        None,
    );
    path.map(drop).map_err(CertificateRefused::NotTrusted)
}
