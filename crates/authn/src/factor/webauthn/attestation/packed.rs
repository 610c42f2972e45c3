//! The format `packed` (WebAuthn Level 3 §8.2).

use x509_parser::asn1_rs::{Oid, oid};

use super::super::cose::CoseAlgorithm;
use super::certificate::Certificate;
use super::trust::AUTHENTICATOR;
use super::{AttestationError, Conveyed, Statement};

pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    let signature = statement.bytes("sig")?;
    let id = statement.algorithm()?;
    if statement.members.text_key("x5c").is_none() {
        return verify_self(statement, id, signature);
    }
    let path = statement.certificates()?;
    let Some(algorithm) = CoseAlgorithm::from_id(id) else {
        return Ok(Conveyed::Nothing);
    };
    let certificate = path.first().ok_or(AttestationError::Member("x5c"))?;
    // WebAuthn §8.2: "Verify that sig is a valid signature over the concatenation of
    // authenticatorData and clientDataHash using the attestation public key in attestnCert with the
    // algorithm specified in alg."
    certificate.verify(algorithm.verification(), &statement.signed(), signature)?;
    check_requirements(certificate)?;
    certificate.check_aaguid(statement.credential.aaguid)?;
    let purpose = AUTHENTICATOR;
    Ok(Conveyed::Certified { path, purpose })
}

/// WebAuthn §8.2: "Validate that alg matches the algorithm of the credentialPublicKey in
/// authenticatorData. Verify that sig is a valid signature over the concatenation of
/// authenticatorData and clientDataHash using the credential public key with alg."
fn verify_self<'a>(
    statement: &Statement<'a>,
    id: i64,
    signature: &[u8],
) -> Result<Conveyed<'a>, AttestationError> {
    let key = &statement.credential.public_key;
    if key.algorithm().id() != id {
        return Err(AttestationError::AlgorithmDiffers);
    }
    key.verifies(&statement.signed(), signature)
        .then_some(Conveyed::SelfAttestation)
        .ok_or(AttestationError::BadSignature)
}

/// The requirements for certificates of this format (§8.2.1).
fn check_requirements(certificate: &Certificate<'_>) -> Result<(), AttestationError> {
    certificate.check_end_entity()?;
    // WebAuthn §8.2.1: "Subject-C: ISO 3166 code specifying the country where the Authenticator
    // vendor is incorporated", "Subject-O: Legal name of the Authenticator vendor", "Subject-OU:
    // Literal string "Authenticator Attestation"", "Subject-CN: A UTF8String of the
    // vendor's choosing".
    let refused = |words| Err(AttestationError::Requirement(words));
    let country = |text: &str| text.len() == 2 && text.bytes().all(|it| it.is_ascii_alphabetic());
    let some = |text: &str| !text.is_empty();
    if !subject_has(certificate, &oid!(2.5.4.6), country) {
        return refused("its subject must have a country of two letters");
    }
    if !subject_has(certificate, &oid!(2.5.4.10), some) {
        return refused("its subject must have an organization");
    }
    if !subject_has(certificate, &oid!(2.5.4.11), |it| {
        it == "Authenticator Attestation"
    }) {
        return refused("the unit of its subject must be `Authenticator Attestation`");
    }
    if !subject_has(certificate, &oid!(2.5.4.3), some) {
        return refused("its subject must have a common name");
    }
    Ok(())
}

fn subject_has(certificate: &Certificate<'_>, oid: &Oid<'_>, fits: impl Fn(&str) -> bool) -> bool {
    let mut attributes = certificate.read.subject().iter_by_oid(oid);
    attributes.any(|attribute| attribute.as_str().is_ok_and(&fits))
}
