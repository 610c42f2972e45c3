//! TLS: certificates from files or of our own making. The one module that configures rustls.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::server::NoClientAuth;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::client_certificate::AnyCertificate;
use crate::adapter::key_factory::set_validity;
use crate::config::Tls;
use crate::data_dir::{DataDir, write_private};

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsFault {
    /// A file does not hold what it should.
    #[error("{} is not {expected} in PEM: {cause}", path.display())]
    Pem {
        path: PathBuf,
        expected: &'static str,
        cause: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not fit.
    #[error("the certificate and its key cannot be used: {0}")]
    Unfit(#[from] rustls::Error),
    /// No certificate could be made.
    #[error("a certificate cannot be made: {0}")]
    NotMade(#[from] rcgen::Error),
    /// A certificate that was made could not be kept.
    #[error("a certificate cannot be kept in {}: {cause}", path.display())]
    NotKept {
        path: PathBuf,
        cause: std::io::Error,
    },
}

/// For whom a certificate is made.
pub(crate) struct Subject<'a> {
    /// Under which name it is kept in the data directory.
    pub(crate) name: &'a str,
    /// The host names and addresses that it is good for, besides those of this machine.
    pub(crate) hosts: Vec<String>,
    /// From when on it is good.
    pub(crate) now: Timestamp,
}

/// The files that hold certificate and key: those that are configured, or our own.
pub(crate) fn files(
    tls: &Tls,
    directory: &DataDir,
    subject: &Subject<'_>,
) -> Result<Option<(PathBuf, PathBuf)>, TlsFault> {
    match tls {
        Tls {
            certificate: Some(certificate),
            key: Some(key),
            ..
        } => Ok(Some((certificate.clone(), key.clone()))),
        Tls {
            self_signed: true, ..
        } => self_signed(directory, subject).map(Some),
        Tls { .. } => Ok(None),
    }
}

/// Whether those who connect are asked for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clients {
    /// They are not.
    Anonymous,
    /// They are, and may go on without.
    Asked,
}

/// Reads certificate and key into a configuration for HTTP/2 and HTTP/1.1.
pub(crate) fn configuration(
    certificate: &Path,
    key: &Path,
    clients: Clients,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let pem = |path: &Path, expected| {
        let path = path.to_owned();
        move |cause| TlsFault::Pem {
            path,
            expected,
            cause,
        }
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(pem(certificate, "a certificate chain"))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(pem(key, "a private key"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(match clients {
            Clients::Anonymous => Arc::new(NoClientAuth),
            Clients::Asked => AnyCertificate::from_anybody(),
        })
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A certificate of our own, made once and kept, so that whoever chose to trust it can go on. Of
/// processes that start at the same moment the first makes the key, and the certificate of any is
/// one for it.
fn self_signed(directory: &DataDir, subject: &Subject<'_>) -> Result<(PathBuf, PathBuf), TlsFault> {
    let certificate = directory.file(&format!("{}.pem", subject.name));
    let key = directory.file(&format!("{}.key", subject.name));
    if certificate.is_file() && key.is_file() {
        return Ok((certificate, key));
    }
    keep(&key, || {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        Ok(pair.serialize_pem())
    })?;
    keep(&certificate, || {
        let pair = std::fs::read_to_string(&key).map_err(|cause| not_kept(&key, cause))?;
        let made = params(subject)?.self_signed(&KeyPair::from_pem(&pair)?)?;
        Ok(made.pem())
    })?;
    Ok((certificate, key))
}

/// Writes what `make` makes, unless the file is there, be it that another process was first.
fn keep(path: &Path, make: impl FnOnce() -> Result<String, TlsFault>) -> Result<(), TlsFault> {
    if path.is_file() {
        return Ok(());
    }
    match write_private(path, make()?.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(not_kept(path, cause)),
        _ => Ok(()),
    }
}

fn not_kept(path: &Path, cause: std::io::Error) -> TlsFault {
    let path = path.to_owned();
    TlsFault::NotKept { path, cause }
}

fn params(subject: &Subject<'_>) -> Result<CertificateParams, rcgen::Error> {
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    for host in &subject.hosts {
        let unspecified = host.parse().is_ok_and(|it: IpAddr| it.is_unspecified());
        if !unspecified && !hosts.contains(host) {
            hosts.push(host.clone());
        }
    }
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Countersign (self-signed)");
    params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    set_validity(&mut params, subject.now, Duration::from_hours(24 * 3650));
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_of_our_own_is_made_once_and_can_be_used() {
        let directory = tempfile::tempdir().unwrap();
        let data = DataDir::create(directory.path()).unwrap();
        let subject = Subject {
            name: "self-signed",
            hosts: vec!["id.example.com".to_owned(), "0.0.0.0".to_owned()],
            now: Timestamp::from_seconds(1_700_000_000),
        };
        let tls = Tls {
            self_signed: true,
            ..Tls::default()
        };
        let (certificate, key) = files(&tls, &data, &subject).unwrap().unwrap();
        assert!(configuration(&certificate, &key, Clients::Asked).is_ok());
        let made = std::fs::read(&certificate).unwrap();
        let again = files(&tls, &data, &subject).unwrap().unwrap();
        assert_eq!(std::fs::read(again.0).unwrap(), made);
        // One that was lost is made anew, for the same key.
        std::fs::remove_file(&certificate).unwrap();
        files(&tls, &data, &subject).unwrap();
        assert!(configuration(&certificate, &key, Clients::Anonymous).is_ok());
    }

    #[test]
    fn of_many_processes_that_start_at_the_same_moment_all_have_one_certificate() {
        let directory = tempfile::tempdir().unwrap();
        let start = || {
            let data = DataDir::create(directory.path()).unwrap();
            let subject = Subject {
                name: "self-signed",
                hosts: Vec::new(),
                now: Timestamp::from_seconds(1_700_000_000),
            };
            let (certificate, key) = self_signed(&data, &subject).unwrap();
            configuration(&certificate, &key, Clients::Asked).unwrap();
            std::fs::read(certificate).unwrap()
        };
        let made = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            let made = starts.into_iter().map(|it| it.join().unwrap());
            made.collect::<Vec<_>>()
        });
        assert!(made.iter().all(|it| *it == made[0]));
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tls.pem");
        std::fs::write(&path, "not a certificate").unwrap();
        let fault = configuration(&path, &path, Clients::Anonymous)
            .unwrap_err()
            .to_string();
        assert!(fault.contains("tls.pem"), "{fault}");
    }
}
