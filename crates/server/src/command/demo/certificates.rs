//! The certificates of the demo: an authority, which certifies the port and an application, and
//! whose key nobody keeps.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use crate::adapter::key_factory::set_validity;
use crate::config::Tls;
use crate::data_dir::{DataDir, write_private};
use crate::listen::tls::TlsFault;

/// The distinguished name of the authority, ...
pub(super) const AUTHORITY: &str = "CN=Countersign Demo CA";

/// ... and that of the application.
pub(super) const DEVICE: &str = "CN=demo-device";

const LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// Where the certificates are.
pub(super) struct Certificates {
    /// That of the authority.
    pub(super) authority: PathBuf,
    /// That of the port, and its key.
    pub(super) port: (PathBuf, PathBuf),
    /// That of the application, and its key.
    pub(super) device: (PathBuf, PathBuf),
}

impl Certificates {
    /// The certificates in the data directory, made if they are not there.
    pub(super) fn in_directory(
        directory: &DataDir,
        listen: SocketAddr,
        now: Timestamp,
    ) -> Result<Self, TlsFault> {
        let file = |name| directory.file(name);
        let certificates = Self {
            authority: file("demo-ca.pem"),
            port: (file("demo-mtls.pem"), file("demo-mtls.key")),
            device: (file("demo-device.pem"), file("demo-device.key")),
        };
        if !certificates.are_there() {
            certificates.make(listen, now)?;
        }
        Ok(certificates)
    }

    /// The certificate with which the port speaks.
    pub(super) fn tls(&self) -> Tls {
        let (certificate, key) = self.port.clone();
        Tls {
            certificate: Some(certificate),
            key: Some(key),
            self_signed: false,
        }
    }

    fn are_there(&self) -> bool {
        let (port, device) = (&self.port, &self.device);
        let files = [&self.authority, &port.0, &port.1, &device.0, &device.1];
        files.iter().all(|file| file.is_file())
    }

    fn make(&self, listen: SocketAddr, now: Timestamp) -> Result<(), TlsFault> {
        let mut params = named(AUTHORITY, now);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, key()?)?;
        let hosts = ["localhost".to_owned(), listen.ip().to_string()];
        let mut port = CertificateParams::new(hosts.to_vec())?;
        set_validity(&mut port, now, LIFETIME);
        port.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
        let mut device = named(DEVICE, now);
        device.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth);
        for (mut params, (certificate, private)) in [(port, &self.port), (device, &self.device)] {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            let pair = key()?;
            let made = params.signed_by(&pair, &authority)?;
            keep(private, &pair.serialize_pem())?;
            keep(certificate, &made.pem())?;
        }
        keep(&self.authority, &authority.pem())
    }
}

fn key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
}

/// What a certificate begins as for whoever has this name, which is a common name.
fn named(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let common_name = name.strip_prefix("CN=").unwrap_or(name);
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    set_validity(&mut params, now, LIFETIME);
    params
}

/// Writes a file over what may be there.
fn keep(path: &Path, content: &str) -> Result<(), TlsFault> {
    let _ = std::fs::remove_file(path);
    write_private(path, content.as_bytes()).map_err(|cause| TlsFault::NotKept {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use oauth::client_auth::{DistinguishedName, TrustedIssuer, certificates_in};
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    #[test]
    fn they_are_made_once_and_have_the_names_that_the_application_is_known_by() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDir::create(&parent.path().join("data")).unwrap();
        let listen = "127.0.0.1:9032".parse().unwrap();
        let now = Timestamp::from_seconds(1_795_348_800);
        let make = || Certificates::in_directory(&directory, listen, now).unwrap();
        let made = make();
        let text = |path: &Path| std::fs::read_to_string(path).unwrap();
        let device = text(&made.device.0);
        assert_eq!(text(&make().device.0), device);
        let device = certificates_in(&device).unwrap();
        let (_, device) = X509Certificate::from_der(&device[0]).unwrap();
        let subject = DistinguishedName::of(device.subject());
        assert_eq!(subject, DEVICE.parse().ok());
        let issuer = DistinguishedName::of(device.issuer());
        assert_eq!(issuer, AUTHORITY.parse().ok());
        let authority = certificates_in(&text(&made.authority)).unwrap();
        assert!(TrustedIssuer::new(&authority[0]).is_ok());
    }
}
