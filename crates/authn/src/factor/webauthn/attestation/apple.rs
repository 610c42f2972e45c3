//! The format `apple`, anonymous attestation (WebAuthn Level 3 §8.8).

use jose::digest::{constant_time_eq, sha256};
use x509_parser::asn1_rs::Class;

use super::der::Der;
use super::trust::AUTHENTICATOR;
use super::{AttestationError, Conveyed, Statement};

/// The extension that holds the nonce.
const NONCE: &str = "1.2.840.113635.100.8.2";

pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    let path = statement.certificates()?;
    let certificate = path.first().ok_or(AttestationError::Member("x5c"))?;
    // WebAuthn §8.8: "Concatenate authenticatorData and clientDataHash to form nonceToHash. Perform
    // SHA-256 hash of nonceToHash to produce nonce. Verify that nonce equals the value of the
    // extension with OID 1.2.840.113635.100.8.2 in credCert."
    let (value, _) = certificate
        .extension(NONCE)
        .ok_or(AttestationError::Requirement("it must have a nonce"))?;
    let told = nonce(value).ok_or(AttestationError::Certificate)?;
    if !constant_time_eq(told, &sha256(&statement.signed())) {
        return Err(AttestationError::CeremonyDiffers);
    }
    // WebAuthn §8.8: "Verify that the credential public key equals the Subject Public Key of
    // credCert."
    certificate.certifies(statement.credential.public_key.material())?;
    let purpose = AUTHENTICATOR;
    Ok(Conveyed::Certified { path, purpose })
}

/// `SEQUENCE { [1] EXPLICIT OCTET STRING }`
fn nonce(extension: &[u8]) -> Option<&[u8]> {
    let sequence = Der::new(extension).only(Der::SEQUENCE)?;
    let tagged = Der::new(sequence).only((Class::ContextSpecific, 1))?;
    Der::new(tagged).only(Der::OCTET_STRING)
}
