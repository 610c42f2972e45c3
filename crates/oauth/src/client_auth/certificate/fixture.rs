//! Certification authorities of tests, and what they issue.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::{CertificateChain, TrustedIssuer, TrustedIssuers};

/// A certification authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A name with one attribute.
pub(crate) fn named(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// What the certificate of a client should be like.
pub(crate) fn client(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

impl Authority {
    /// An authority that nobody has certified but itself.
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, |_| {})
    }

    /// The same with a certificate that is changed before it is made.
    pub(crate) fn root_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// An authority below this one.
    pub(crate) fn below(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::signed_by(authority(name), key, &self.0).unwrap())
    }

    /// Certifies a client; `others` are shown along.
    pub(crate) fn certify(&self, params: &CertificateParams, others: &[&Self]) -> CertificateChain {
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &self.0).unwrap();
        let others = others.iter().map(|other| other.0.der().clone());
        let chain = std::iter::once(own.der().clone()).chain(others);
        CertificateChain::new(chain.collect()).unwrap()
    }

    /// Trust in this authority.
    pub(crate) fn trusted(&self) -> TrustedIssuers {
        TrustedIssuers::from_iter([TrustedIssuer::new(self.0.der()).unwrap()])
    }

    /// Its certificate.
    pub(crate) fn certificate(&self) -> &rustls_pki_types::CertificateDer<'static> {
        self.0.der()
    }
}
