//! The format `fido-u2f` (WebAuthn Level 3 §8.6).

use domain::Aaguid;

use super::super::cose::{CoseAlgorithm, Material};
use super::trust::AUTHENTICATOR;
use super::{AttestationError, Conveyed, Statement};

pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    let signature = statement.bytes("sig")?;
    let path = statement.certificates()?;
    // WebAuthn §8.6: "Check that x5c has exactly one element and let attCert be that element."
    let [certificate] = path.as_slice() else {
        return Err(AttestationError::Member("x5c"));
    };
    // WebAuthn §8.6: "If certificate public key is not an Elliptic Curve (EC) public key over the
    // P-256 curve, terminate this algorithm and return an appropriate error."
    if certificate.curve() != Some(1) {
        return Err(AttestationError::Requirement("its key must be on P-256"));
    }
    // WebAuthn §8.6: "If size differs or "-2" key is not found, terminate": the key is on P-256 as
    // well.
    let credential = statement.credential;
    let Material::Ec { curve: 1, point } = credential.public_key.material() else {
        return Err(AttestationError::AlgorithmDiffers);
    };
    // U2F keys tell no model: clients write zeros for it, and the signature does not cover it.
    if credential.aaguid != Aaguid::default() {
        return Err(AttestationError::AaguidDiffers);
    }
    // WebAuthn §8.6: "Let verificationData be the concatenation of (0x00 || rpIdHash ||
    // clientDataHash || credentialId || publicKeyU2F)"
    let signed = [
        &[0],
        &statement.data.rp_id_hash[..],
        statement.client_data_hash,
        credential.id,
        point,
    ]
    .concat();
    certificate.verify(CoseAlgorithm::Es256.verification(), &signed, signature)?;
    let purpose = AUTHENTICATOR;
    Ok(Conveyed::Certified { path, purpose })
}
