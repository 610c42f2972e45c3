//! What a certificate says, for administrators to read.

use domain::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{Oid, asn1_rs::oid};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{CertificateFormat, name, read};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDescription {
    /// The number that its issuer has given it: pairs of hexadecimal digits between colons.
    pub serial_number: String,
    /// The distinguished name of whom it is of (RFC 4514).
    pub subject: String,
    /// Further names of whom it is of.
    pub alternative_names: Vec<String>,
    /// The distinguished name of its issuer (RFC 4514).
    pub issuer: String,
    /// From when on it is good.
    pub valid_from: Timestamp,
    /// Until when it is good.
    pub expires: Timestamp,
    /// The sort of its key; its object identifier where it has no name here.
    pub key_algorithm: String,
    /// The length of its key, in bits.
    pub key_size: usize,
    /// How it is signed; the object identifier where that has no name here.
    pub signature_algorithm: String,
    /// The version of X.509.
    pub version: u32,
}

impl CertificateDescription {
    /// Reads a certificate in DER.
    pub fn of(der: &[u8]) -> Result<Self, CertificateFormat> {
        let certificate = read(der).ok_or(CertificateFormat)?;
        let validity = certificate.validity();
        let [valid_from, expires] = [validity.not_before, validity.not_after]
            .map(|time| Timestamp::from_seconds(time.timestamp()));
        let (key_algorithm, key_size) = key(certificate.public_key());
        Ok(Self {
            serial_number: certificate.raw_serial_as_string().to_uppercase(),
            subject: name::written(certificate.subject()),
            alternative_names: alternative_names(&certificate),
            issuer: name::written(certificate.issuer()),
            valid_from,
            expires,
            key_algorithm,
            key_size,
            signature_algorithm: signature(&certificate.signature_algorithm.algorithm),
            version: certificate.version().0 + 1,
        })
    }
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension.map(|extension| &extension.value.general_names);
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => {
            Some((*text).to_owned())
        }
        GeneralName::DirectoryName(name) => Some(name::written(name)),
        _ => None,
    };
    names.into_iter().flatten().filter_map(text).collect()
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> (String, usize) {
    let size = key.parsed().map_or(0, |key| key.key_size());
    match key.parsed() {
        Ok(PublicKey::RSA(_)) => ("RSA".to_owned(), size),
        // The coordinates of P-521 fill whole bytes.
        Ok(PublicKey::EC(_)) if size == 528 => ("EC".to_owned(), 521),
        Ok(PublicKey::EC(_)) => ("EC".to_owned(), size),
        _ if key.algorithm.algorithm == oid!(1.3.101.112) => ("Ed25519".to_owned(), 256),
        _ => (key.algorithm.algorithm.to_id_string(), size),
    }
}

/// The names that Java gives to algorithms, and PingFederate shows.
fn signature(algorithm: &Oid<'_>) -> String {
    let identifier = algorithm.to_id_string();
    let name = match identifier.as_str() {
        "1.2.840.113549.1.1.5" => "SHA1withRSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA256withRSA",
        "1.2.840.113549.1.1.12" => "SHA384withRSA",
        "1.2.840.113549.1.1.13" => "SHA512withRSA",
        "1.2.840.10045.4.3.2" => "SHA256withECDSA",
        "1.2.840.10045.4.3.3" => "SHA384withECDSA",
        "1.2.840.10045.4.3.4" => "SHA512withECDSA",
        "1.3.101.112" => "Ed25519",
        _ => return identifier,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, SanType, SerialNumber,
    };

    use super::*;

    #[test]
    fn all_that_a_certificate_says_is_told() {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let mut params = CertificateParams::new(vec!["ca.example".to_owned()]).unwrap();
        let email = "ca@example.com".try_into().unwrap();
        params.subject_alt_names.push(SanType::Rfc822Name(email));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(SerialNumber::from(0x12_ab_u64));
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "DE");
        params
            .distinguished_name
            .push(DnType::OrganizationName, "A, B & C");
        params.distinguished_name.push(DnType::CommonName, "The CA");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2036, 1, 2);
        let made = params.self_signed(&pair).unwrap();
        let told = CertificateDescription::of(made.der()).unwrap();
        assert_eq!(told.serial_number, "12:AB");
        assert_eq!(told.subject, r"CN=The CA, O=A\, B & C, C=DE");
        assert_eq!(told.issuer, told.subject);
        assert_eq!(told.alternative_names, ["ca.example", "ca@example.com"]);
        assert_eq!(told.valid_from.to_string(), "2026-01-02T00:00:00.000Z");
        assert_eq!(told.expires.to_string(), "2036-01-02T00:00:00.000Z");
        let key = (told.key_algorithm.as_str(), told.key_size);
        assert_eq!(key, ("EC", 384));
        assert_eq!(told.signature_algorithm, "SHA384withECDSA");
        assert_eq!(told.version, 3);
    }

    #[test]
    fn keys_of_every_sort_have_their_names_and_sizes() {
        for (algorithm, name, size, signature) in [
            (&rcgen::PKCS_RSA_SHA256, "RSA", 2048, "SHA256withRSA"),
            (&rcgen::PKCS_ECDSA_P256_SHA256, "EC", 256, "SHA256withECDSA"),
            (&rcgen::PKCS_ECDSA_P521_SHA512, "EC", 521, "SHA512withECDSA"),
            (&rcgen::PKCS_ED25519, "Ed25519", 256, "Ed25519"),
        ] {
            let pair = KeyPair::generate_for(algorithm).unwrap();
            let made = CertificateParams::default().self_signed(&pair).unwrap();
            let told = CertificateDescription::of(made.der()).unwrap();
            assert_eq!((told.key_algorithm.as_str(), told.key_size), (name, size));
            assert_eq!(told.signature_algorithm, signature);
        }
    }
}
