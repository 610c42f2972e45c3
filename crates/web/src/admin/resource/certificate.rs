//! Who is trusted to issue certificates of clients.

use data_encoding::HEXUPPER;
use domain::Timestamp;
use jose::digest::{sha1, sha256};
use oauth::client_auth::{CertificateDescription, TrustedIssuer, certificates_in};
use serde_json::{Value, json};

use super::{Facts, Resource, Rules};
use crate::admin::schema::{
    Document, Format, ID, LINE, Object, Problems, integer, text, texts, time, word,
};

/// The operation that has the place of an id.
pub(crate) const IMPORT: &str = "import";

/// `/certificates/ca`
pub(crate) static TRUSTED_ISSUERS: Resource =
    Resource::many("/certificates/ca", "trusted_issuer", &CERTIFICATE).with(Rules {
        settle,
        expire,
        check,
        ..Rules::NONE
    });

#[rustfmt::skip]
const CERTIFICATE: Object = Object {
    name: "CertView",
    about: "A certificate of who is trusted to issue certificates.",
    fields: &[
        text("id", &ID).made(),
        text("fileData", &CERTIFICATE_FILE).required().about("The certificate, in PEM or in base64."),
        text("serialNumber", &LINE).read_only(),
        text("subjectDN", &LINE).read_only().about("Whose it is (RFC 4514)."),
        texts("subjectAlternativeNames", &LINE).read_only(),
        text("issuerDN", &LINE).read_only().about("Who has issued it (RFC 4514)."),
        time("validFrom").read_only(),
        time("expires").read_only(),
        text("keyAlgorithm", &LINE).read_only(),
        integer("keySize", 0..=65_536).read_only().about("In bits."),
        text("signatureAlgorithm", &LINE).read_only(),
        integer("version", 1..=3).read_only().about("Of X.509."),
        text("sha1Fingerprint", &LINE).read_only(),
        text("sha256Fingerprint", &LINE).read_only(),
        word("status", &["VALID", "EXPIRED", "NOT_YET_VALID"]).read_only(),
    ],
};

/// One certificate of a certification authority.
static CERTIFICATE_FILE: Format = Format::new("certificate", EXAMPLE, |text| issuer(text).err())
    .of_at_most(64 << 10)
    .with_lines();

/// A certificate in DER, if it is one of an issuer.
fn issuer(text: &str) -> Result<Vec<u8>, String> {
    let read = certificates_in(text)
        .map_err(|_| "It must be one certificate, in PEM or in base64.".to_owned())?;
    let [certificate] = read.as_slice() else {
        return Err("It must be one certificate.".to_owned());
    };
    let trusted = TrustedIssuer::new(certificate);
    trusted.map_err(|fault| format!("It cannot be used: {fault}."))?;
    Ok(certificate.to_vec())
}

/// What the certificate says.
fn settle(document: &mut Document) {
    let file = document.get("fileData").and_then(Value::as_str);
    let Some((der, told)) = file.and_then(described) else {
        return;
    };
    let told = json!({
        "serialNumber": told.serial_number,
        "subjectDN": told.subject,
        "subjectAlternativeNames": told.alternative_names,
        "issuerDN": told.issuer,
        "validFrom": told.valid_from.to_string(),
        "expires": told.expires.to_string(),
        "keyAlgorithm": told.key_algorithm,
        "keySize": told.key_size,
        "signatureAlgorithm": told.signature_algorithm,
        "version": told.version,
        "sha1Fingerprint": HEXUPPER.encode(&sha1(&der)),
        "sha256Fingerprint": HEXUPPER.encode(&sha256(&der)),
    });
    if let Value::Object(told) = told {
        document.extend(told);
    }
}

fn described(file: &str) -> Option<(Vec<u8>, CertificateDescription)> {
    let der = certificates_in(file).ok()?.first()?.to_vec();
    let told = CertificateDescription::of(&der).ok()?;
    Some((der, told))
}

/// Whether it is good now is told when it is shown.
fn expire(document: &mut Document, now: Timestamp) {
    let time = |name: &str| document.get(name)?.as_str()?.parse::<Timestamp>().ok();
    let status = match (time("validFrom"), time("expires")) {
        (Some(from), _) if now < from => "NOT_YET_VALID",
        (_, Some(until)) if now > until => "EXPIRED",
        _ => "VALID",
    };
    document.insert("status".to_owned(), json!(status));
}

fn check(document: &Document, _: &Facts<'_>, problems: &mut Problems) {
    problems.require(
        document.get("id").is_none_or(|id| *id != *IMPORT),
        "id",
        "This id would be mistaken for an operation.",
    );
}

const EXAMPLE: &str = "\
        MIIBojCCAUmgAwIBAgICEmcwCgYIKoZIzj0EAwIwJzETMBEGA1UEAwwKRXhhbXBsZSBDQTEQMA4G\
        A1UECgwHRXhhbXBsZTAgFw0yNjExMjIyMjA5MDBaGA8yMTI2MTAyOTIyMDkwMFowJzETMBEGA1UE\
        AwwKRXhhbXBsZSBDQTEQMA4GA1UECgwHRXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\
        BOtsYB06gf+cPcJi2MTnXSgON5wuSClyyZueO01/oMtDzlhiNAn5sxLLr36kjotXCMfGnlsm70Ei\
        Tn7A2RKesBKjYzBhMB0GA1UdDgQWBBTDCBItuY6SVm17wTTWzqXZlby+9zAfBgNVHSMEGDAWgBTD\
        CBItuY6SVm17wTTWzqXZlby+9zAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAKBggq\
        hkjOPQQDAgNHADBEAiAOw24R8r6Qdi5TGotsQVvnu0NNGOhbhTxJMhzNgJmLvQIgVQwk+Vyb6wjY\
        mXl4ZVL7NC1+l5Fmp/C95wuNYiC39wc=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_follows_the_clock() {
        let mut document = Document::new();
        document.insert("fileData".to_owned(), json!(EXAMPLE));
        settle(&mut document);
        assert_eq!(document["subjectDN"], "O=Example, CN=Example CA");
        assert_eq!(document["serialNumber"], "12:67");
        let from: Timestamp = document["validFrom"].as_str().unwrap().parse().unwrap();
        let until: Timestamp = document["expires"].as_str().unwrap().parse().unwrap();
        let second = std::time::Duration::from_secs(1);
        for (now, status) in [
            (Timestamp::from_seconds(from.seconds() - 1), "NOT_YET_VALID"),
            (from, "VALID"),
            (until, "VALID"),
            (until + second, "EXPIRED"),
        ] {
            expire(&mut document, now);
            assert_eq!(document["status"], status, "{now}");
        }
    }

    #[test]
    fn what_is_no_certificate_of_an_issuer_names_the_reason() {
        assert!(issuer(EXAMPLE).is_ok());
        for (text, reason) in [
            ("AAAA", "one certificate, in PEM or in base64"),
            ("", "one certificate, in PEM or in base64"),
        ] {
            let told = issuer(text).unwrap_err();
            assert!(told.contains(reason), "{told}");
        }
    }
}
