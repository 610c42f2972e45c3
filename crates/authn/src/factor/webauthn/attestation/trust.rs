//! Who is trusted to vouch for authenticators (WebAuthn Level 3 §7.1 steps 23 and 24).

use std::time::Duration;

use domain::{Aaguid, Timestamp};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::super::error::WebAuthnError;
use super::super::options::AttestationConveyance;
use super::Conveyed;
use super::certificate::Certificate;

/// The purpose of attestation certificates. None has been named for them, so that those that are
/// limited to any are for something else; it stands for itself, `id-fido-gen-ce-aaguid`.
pub(super) const AUTHENTICATOR: &[u8] = &[
    0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5, 0x1c, 0x01, 0x01, 0x04,
];

/// Which authenticators may be used.
#[derive(Clone, Debug, Default)]
pub enum AttestationPolicy {
    /// Any, and they are not asked what they are.
    #[default]
    None,
    /// Any; what they tell must be correct, and is not believed.
    Any,
    /// Those for which one of these vouches.
    Trusted {
        /// Who may vouch.
        roots: AttestationRoots,
        /// The models that may be used; none named means all.
        models: Vec<Aaguid>,
    },
}

/// The certificates of those who vouch for authenticators.
#[derive(Clone, Debug, Default)]
pub struct AttestationRoots {
    anchors: Vec<TrustAnchor<'static>>,
    certificates: Vec<CertificateDer<'static>>,
}

/// The bytes are not the certificate of anybody who could vouch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate in DER that could be a root of trust")]
pub struct NotARoot;

impl AttestationRoots {
    /// The roots with these certificates, in DER: of authorities, or of single authenticator
    /// models.
    pub fn new<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NotARoot> {
        let mut roots = Self::default();
        for der in certificates {
            let certificate = CertificateDer::from(der.to_vec());
            let anchor = anchor_from_trusted_cert(&certificate).map_err(|_| NotARoot)?;
            roots.anchors.push(anchor.to_owned());
            roots.certificates.push(certificate);
        }
        Ok(roots)
    }

    /// WebAuthn §7.1 step 24: "use the X.509 certificates returned as the attestation trust path
    /// from the verification procedure to verify that the attestation public key either correctly
    /// chains up to an acceptable root certificate, or is itself an acceptable certificate".
    fn stand_behind(
        &self,
        path: &[Certificate<'_>],
        purpose: &'static [u8],
        now: Timestamp,
    ) -> bool {
        let Some((own, others)) = path.split_first() else {
            return false;
        };
        let validity = own.read.validity();
        let is_good = (validity.not_before.timestamp()..=validity.not_after.timestamp())
            .contains(&now.seconds());
        if is_good && self.certificates.iter().any(|root| **root == *own.der) {
            return true;
        }
        let der = CertificateDer::from(own.der);
        let others: Vec<_> = others
            .iter()
            .map(|it| CertificateDer::from(it.der))
            .collect();
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        // Who has an extension that is critical and not known is not trusted (RFC 5280 §4.2): the
        // TPMs of Windows are among them, for their policies.
        EndEntityCert::try_from(&der).is_ok_and(|own| {
            own.verify_for_usage(
                ALL_VERIFICATION_ALGS,
                &self.anchors,
                &others,
                time,
                KeyUsage::required_if_present(purpose),
                None,
                None,
            )
            .is_ok()
        })
    }
}

impl AttestationPolicy {
    /// What authenticators are to be asked.
    pub const fn conveyance(&self) -> AttestationConveyance {
        match self {
            Self::None => AttestationConveyance::None,
            Self::Any | Self::Trusted { .. } => AttestationConveyance::Direct,
        }
    }

    /// Whether somebody who is trusted stands behind the authenticator; an error if somebody had
    /// to.
    pub(in super::super) fn assess(
        &self,
        conveyed: &Conveyed<'_>,
        model: Aaguid,
        now: Timestamp,
    ) -> Result<bool, WebAuthnError> {
        let Self::Trusted { roots, models } = self else {
            return Ok(false);
        };
        // WebAuthn §7.1 step 24: "If no attestation was provided, verify that None attestation is
        // acceptable under Relying Party policy. If self attestation was used, verify that self
        // attestation is acceptable".
        let Conveyed::Certified { path, purpose } = conveyed else {
            return Err(WebAuthnError::AttestationNotTrusted);
        };
        if !roots.stand_behind(path, purpose, now) {
            return Err(WebAuthnError::AttestationNotTrusted);
        }
        if !models.is_empty() && !models.contains(&model) {
            return Err(WebAuthnError::ModelNotAllowed);
        }
        Ok(true)
    }
}
