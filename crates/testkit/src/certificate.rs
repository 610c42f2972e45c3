//! Certification authorities, and the certificates that clients show.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::BASE64;
use domain::Thumbprint;
use oauth::client_auth::CertificateChain;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

/// The header that stands for the handshake in a house, where there is no TLS.
const SHOWN: &str = "x-shown-in-the-handshake";

/// A certification authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate of a client, and its key.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificates in DER, the client's own first.
    pub chain: Vec<Vec<u8>>,
    /// The same in PEM.
    pub pem: String,
    /// The key, in PEM.
    pub key: String,
}

/// A certificate of whoever has this common name and no other.
fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    /// An authority with this common name, which has certified itself.
    pub fn new(name: &str) -> Self {
        Self::changed(name, |_| {})
    }

    /// The same with a certificate that is changed before it is made.
    pub fn changed(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// An authority that this one has certified.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::signed_by(authority(name), key, &self.0).unwrap())
    }

    /// Its certificate in PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certifies a client with this common name.
    pub fn certify(&self, name: &str) -> ClientCertificate {
        self.certify_changed(name, |_| {})
    }

    /// The same with a certificate that is changed before it is made.
    pub fn certify_changed(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ClientCertificate {
        let mut params = named(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.0).unwrap();
        ClientCertificate {
            chain: vec![made.der().to_vec()],
            pem: made.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Certifies this machine, so that others may connect to it by TLS: the certificate and its key
    /// in PEM.
    pub fn certify_machine(&self) -> (String, String) {
        let hosts = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = CertificateParams::new(hosts).unwrap();
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.0).unwrap();
        (made.pem(), key.serialize_pem())
    }
}

impl ClientCertificate {
    /// With the certificate of an authority between it and its issuer.
    #[must_use]
    pub fn through(mut self, between: &Authority) -> Self {
        self.chain.push(between.0.der().to_vec());
        self.pem.push_str(&between.pem());
        self
    }

    /// Its thumbprint, as `cnf` has it (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> String {
        Thumbprint::of_certificate(&self.chain[0]).to_string()
    }

    /// The header that stands for the handshake in which it is shown.
    pub fn header(&self) -> (&'static str, String) {
        let chain: Vec<String> = self.chain.iter().map(|der| BASE64.encode(der)).collect();
        (SHOWN, chain.join(","))
    }
}

/// Gives a request the certificates that its header stands for, as the listener of the binary gives
/// it those of the handshake.
pub(crate) async fn shown(mut request: Request, next: Next) -> Response {
    let header = request.headers().get(SHOWN);
    let chain = header.map(|header| {
        let members = header.to_str().unwrap().split(',');
        members.map(|member| BASE64.decode(member.as_bytes()).unwrap().into())
    });
    if let Some(chain) = chain.and_then(|chain| CertificateChain::new(chain.collect())) {
        request.extensions_mut().insert(chain);
    }
    next.run(request).await
}
