//! Attestation certificates (RFC 5280) and what WebAuthn asks of all of them.

use aws_lc_rs::signature::{ParsedPublicKey, VerificationAlgorithm};
use domain::Aaguid;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Version;

use super::super::cose::Material;
use super::AttestationError;
use super::der::Der;

/// `id-fido-gen-ce-aaguid`: the model of the authenticators that a certificate is for.
const AAGUID: &str = "1.3.6.1.4.1.45724.1.1.4";

/// A certificate, read.
#[derive(Debug)]
pub(in super::super) struct Certificate<'a> {
    pub(super) der: &'a [u8],
    pub(super) read: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, AttestationError> {
        match X509Certificate::from_der(der) {
            Ok(([], read)) => Ok(Self { der, read }),
            _ => Err(AttestationError::Certificate),
        }
    }

    /// Checks that `signature` over `message` was made with the key of this certificate.
    pub(super) fn verify(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), AttestationError> {
        let key = ParsedPublicKey::new(algorithm, self.read.public_key().raw);
        let verified = key.is_ok_and(|key| key.verify_sig(message, signature).is_ok());
        verified.then_some(()).ok_or(AttestationError::BadSignature)
    }

    /// Checks that it certifies this key.
    pub(super) fn certifies(&self, key: &Material) -> Result<(), AttestationError> {
        let own = self.read.public_key();
        let same = match (own.parsed(), key) {
            (Ok(PublicKey::EC(own_point)), Material::Ec { curve, point }) => {
                own_point.data() == point && self.curve() == Some(*curve)
            }
            (Ok(PublicKey::RSA(own)), Material::Rsa { n, e }) => {
                without_zeros(own.modulus) == *n && without_zeros(own.exponent) == *e
            }
            // RFC 8410 §3: id-Ed25519.
            (_, Material::Ed25519(public)) => {
                own.algorithm.algorithm.to_id_string() == "1.3.101.112"
                    && *own.subject_public_key.data == **public
            }
            _ => false,
        };
        same.then_some(()).ok_or(AttestationError::KeyDiffers)
    }

    /// The curve of its key, by its COSE number (RFC 9053 §7.1).
    pub(super) fn curve(&self) -> Option<i64> {
        let parameters = self.read.public_key().algorithm.parameters.as_ref()?;
        match parameters.as_oid().ok()?.to_id_string().as_str() {
            "1.2.840.10045.3.1.7" => Some(1),
            "1.3.132.0.34" => Some(2),
            "1.3.132.0.35" => Some(3),
            _ => None,
        }
    }

    /// The value of an extension, and whether it is critical.
    pub(super) fn extension(&self, oid: &str) -> Option<(&'a [u8], bool)> {
        let mut extensions = self.read.extensions().iter();
        let extension = extensions.find(|it| it.oid.to_id_string() == oid)?;
        Some((extension.value, extension.critical))
    }

    /// WebAuthn §8.2.1, §8.3.1: "Version MUST be set to 3", "The Basic Constraints extension MUST
    /// have the CA component set to false."
    pub(super) fn check_end_entity(&self) -> Result<(), AttestationError> {
        let refused = |words| Err(AttestationError::Requirement(words));
        if self.read.version() != X509Version::V3 {
            return refused("it must be of version 3");
        }
        match self.read.basic_constraints() {
            Ok(Some(constraints)) if !constraints.value.ca => Ok(()),
            _ => refused("its basic constraints must say that it is no authority's"),
        }
    }

    /// WebAuthn §8.2 and §8.3: "If attestnCert contains an extension with OID
    /// 1.3.6.1.4.1.45724.1.1.4 (id-fido-gen-ce-aaguid) verify that the value of this extension
    /// matches the aaguid in authenticatorData."
    pub(super) fn check_aaguid(&self, aaguid: Aaguid) -> Result<(), AttestationError> {
        let Some((value, critical)) = self.extension(AAGUID) else {
            return Ok(());
        };
        // WebAuthn §8.2.1: "The extension MUST NOT be marked as critical."
        if critical {
            let words = "its AAGUID must not be critical";
            return Err(AttestationError::Requirement(words));
        }
        // WebAuthn §8.2.1: "the AAGUID MUST be wrapped in two OCTET STRINGS to be valid."
        let told = Der::new(value).only(Der::OCTET_STRING);
        let same = told.is_some_and(|told| told == aaguid.as_bytes());
        same.then_some(()).ok_or(AttestationError::AaguidDiffers)
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
