//! Issuers whom the operator trusts, in a file.

use std::path::{Path, PathBuf};

use oauth::client_auth::{TrustedIssuer, TrustedIssuers, certificates_in};
use rustls_pki_types::CertificateDer;
use web::App;

use super::super::{Failure, io_failure};

/// A file with certificates of issuers, if there is one.
pub(in super::super) struct TrustedFile(Option<PathBuf>);

impl TrustedFile {
    pub(in super::super) fn at(path: Option<&Path>) -> Self {
        Self(path.map(Path::to_owned))
    }

    /// The certificates in it.
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let Some(path) = &self.0 else {
            return Ok(Vec::new());
        };
        let name = path.display();
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|cause| io_failure(&format!("read {name}"), cause))?;
        let read = certificates_in(&text);
        read.map_err(|error| Failure::Refused(format!("{name} cannot be used: {error}")))
    }

    /// Those who are trusted to issue certificates of clients.
    pub(in super::super) fn read(&self) -> Result<TrustedIssuers, Failure> {
        let certificates = self.certificates()?;
        let issuers = certificates.iter().map(TrustedIssuer::new);
        let issuers = issuers.collect::<Result<_, _>>();
        issuers.map_err(|fault| {
            let name = self.0.as_deref().unwrap_or(Path::new("")).display();
            Failure::Refused(format!("a certificate in {name} cannot be used: {fault}"))
        })
    }

    /// Reads it again; what cannot be used does not replace what can.
    pub(super) fn read_again(&self, app: &App) {
        let Some(path) = &self.0 else { return };
        let file = path.display();
        match self.read() {
            Ok(issuers) => {
                app.trust(issuers);
                tracing::info!(%file, "read the trusted issuers again");
            }
            Err(error) => tracing::error!(%file, %error, "the trusted issuers stay as they were"),
        }
    }
}
