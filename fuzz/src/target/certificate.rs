//! Certificates as administrators and proxies give them, and names as administrators write them
//! (RFC 5280, RFC 4514).

use oauth::client_auth::{
    CertificateDescription, DistinguishedName, TrustedIssuer, certificates_in,
};

use super::two_parts;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "certificate",
    run,
    seeds,
};

/// A distinguished name, a line break, a file with certificates.
fn run(input: &[u8]) -> bool {
    let Some((name, file)) = two_parts(input) else {
        return false;
    };
    let name = name.parse::<DistinguishedName>();
    let Ok(file) = std::str::from_utf8(file) else {
        return false;
    };
    let Ok(certificates) = certificates_in(file) else {
        return false;
    };
    for certificate in &certificates {
        // What is trusted can be shown, and is one thing however often it is read.
        let described = CertificateDescription::of(certificate);
        let trusted = TrustedIssuer::new(certificate);
        assert!(trusted.is_err() || described.is_ok());
        if let Ok(described) = described {
            assert_eq!(CertificateDescription::of(certificate), Ok(described));
        }
    }
    name.is_ok()
}

fn seeds() -> Vec<Vec<u8>> {
    const PEM: &str = include_str!("../../seed/certificate.pem");
    let lines: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    [
        format!("CN=device,OU=\"One, two\"+UID=7;O=#0C024849\n{PEM}"),
        format!("1.2.3.4=\\ \\23\\2C, CN=device\n{PEM}{PEM}"),
        format!("cn=a\n{lines}"),
    ]
    .map(String::into_bytes)
    .into()
}
