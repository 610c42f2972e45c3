//! Certificates as administrators and proxies hand them over: as text.

use data_encoding::BASE64;
use rustls_pki_types::CertificateDer;

use super::read;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The text holds no certificate, or one that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must hold certificates in PEM, or one in base64")]
pub struct CertificateFormat;

/// The certificates in a text, in their order: in PEM (RFC 7468 §5.1), whose line breaks may be
/// missing as PingFederate allows it, PEM in base64, or one certificate in base64.
pub fn certificates_in(text: &str) -> Result<Vec<CertificateDer<'static>>, CertificateFormat> {
    if text.contains(BEGIN) {
        return in_pem(text);
    }
    let decoded = decoded(text)?;
    match std::str::from_utf8(&decoded) {
        Ok(text) if text.contains(BEGIN) => in_pem(text),
        _ => Ok(vec![certificate(decoded)?]),
    }
}

fn in_pem(text: &str) -> Result<Vec<CertificateDer<'static>>, CertificateFormat> {
    let blocks = text.split(BEGIN).skip(1);
    let contents = blocks.map(|block| block.split_once(END).ok_or(CertificateFormat));
    contents
        .map(|content| certificate(decoded(content?.0)?))
        .collect()
}

fn decoded(text: &str) -> Result<Vec<u8>, CertificateFormat> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64.decode(&text).map_err(|_| CertificateFormat)
}

fn certificate(der: Vec<u8>) -> Result<CertificateDer<'static>, CertificateFormat> {
    match read(&der) {
        Some(_) => Ok(der.into()),
        None => Err(CertificateFormat),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pem() -> String {
        let pair = KeyPair::generate().unwrap();
        let made = CertificateParams::default().self_signed(&pair).unwrap();
        made.pem()
    }

    #[test]
    fn every_form_that_administrators_send_is_read() {
        let [one, two] = [pem(), pem()];
        let read = certificates_in(&one).unwrap();
        assert_eq!(read.len(), 1);
        let der = BASE64.encode(&read[0]);
        for text in [
            one.replace(['\r', '\n'], ""),
            one.replace('\n', "\r\n"),
            format!("the certificate of the shop\n{one}"),
            BASE64.encode(one.as_bytes()),
            der.clone(),
            format!(" {}\n{}", &der[..10], &der[10..]),
        ] {
            assert_eq!(certificates_in(&text).unwrap(), read, "{text}");
        }
        let both = certificates_in(&format!("{one}{two}")).unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(both[0], read[0]);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let good = pem();
        let der = certificates_in(&good).unwrap();
        let longer = [der[0].as_ref(), b"x"].concat();
        for text in [
            "",
            "x",
            "AAAA",
            BEGIN,
            &good.replace(END, ""),
            &good.replace("MI", "MJ"),
            &format!("{good}{BEGIN}AAAA{END}"),
            &BASE64.encode(&longer),
        ] {
            assert_eq!(certificates_in(text), Err(CertificateFormat), "{text}");
        }
    }
}
