//! The format `android-key` (WebAuthn Level 3 §8.4).

use jose::digest::constant_time_eq;

use super::super::cose::CoseAlgorithm;
use super::der::{Der, Malformed};
use super::trust::AUTHENTICATOR;
use super::{AttestationError, Conveyed, Statement};

/// The extension that holds the description of the key.
const KEY_DESCRIPTION: &str = "1.3.6.1.4.1.11129.2.1.17";

/// Fields of an authorization list.
const PURPOSE: u32 = 1;
const ALL_APPLICATIONS: u32 = 600;
const ORIGIN: u32 = 702;

/// `KM_PURPOSE_SIGN` and `KM_ORIGIN_GENERATED`.
const SIGN: &[u8] = &[2];
const GENERATED: &[u8] = &[0];

pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    let signature = statement.bytes("sig")?;
    let path = statement.certificates()?;
    let Some(algorithm) = CoseAlgorithm::from_id(statement.algorithm()?) else {
        return Ok(Conveyed::Nothing);
    };
    let certificate = path.first().ok_or(AttestationError::Member("x5c"))?;
    // WebAuthn §8.4: "Verify that sig is a valid signature over the concatenation of
    // authenticatorData and clientDataHash using the public key in the first certificate in x5c
    // with the algorithm specified in alg."
    certificate.verify(algorithm.verification(), &statement.signed(), signature)?;
    // WebAuthn §8.4: "Verify that the public key in the first certificate in x5c matches the
    // credentialPublicKey in the attestedCredentialData in authenticatorData."
    certificate.certifies(statement.credential.public_key.material())?;
    let (value, _) = certificate
        .extension(KEY_DESCRIPTION)
        .ok_or(AttestationError::Requirement("it must describe the key"))?;
    let described = KeyDescription::read(value).ok_or(AttestationError::Certificate)?;
    // WebAuthn §8.4: "Verify that the attestationChallenge field in the attestation certificate
    // extension data is identical to clientDataHash."
    if !constant_time_eq(described.challenge, statement.client_data_hash) {
        return Err(AttestationError::CeremonyDiffers);
    }
    match described.protection() {
        Ok(Some(Protection::Hardware)) => Ok(Conveyed::Certified {
            path,
            purpose: AUTHENTICATOR,
        }),
        Ok(Some(Protection::Software)) => Ok(Conveyed::Nothing),
        Ok(None) => Err(AttestationError::KeyPurpose),
        Err(Malformed) => Err(AttestationError::Certificate),
    }
}

/// What the key store says of the key.
struct KeyDescription<'a> {
    challenge: &'a [u8],
    software_enforced: Der<'a>,
    hardware_enforced: Der<'a>,
}

impl<'a> KeyDescription<'a> {
    fn read(extension: &'a [u8]) -> Option<Self> {
        let mut fields = Der::new(Der::new(extension).only(Der::SEQUENCE)?);
        fields.next(Der::INTEGER)?; // attestationVersion
        fields.next(Der::ENUMERATED)?; // attestationSecurityLevel
        fields.next(Der::INTEGER)?; // keyMintVersion
        fields.next(Der::ENUMERATED)?; // keyMintSecurityLevel
        let challenge = fields.next(Der::OCTET_STRING)?;
        fields.next(Der::OCTET_STRING)?; // uniqueId
        Some(Self {
            challenge,
            software_enforced: Der::new(fields.next(Der::SEQUENCE)?),
            hardware_enforced: Der::new(fields.next(Der::SEQUENCE)?),
        })
    }

    /// What protects the key; nothing that is believed if it was not made on the device, for
    /// signing alone, and for one app.
    fn protection(&self) -> Result<Option<Protection>, Malformed> {
        let lists = [self.software_enforced, self.hardware_enforced];
        // WebAuthn §8.4: "The AuthorizationList.allApplications field is not present on either
        // authorization list (softwareEnforced nor teeEnforced), since PublicKeyCredential MUST be
        // scoped to the RP ID."
        for list in lists {
            if list.tagged(ALL_APPLICATIONS)?.is_some() {
                return Ok(None);
            }
        }
        // "use only the teeEnforced authorization list if the RP wants to only accept keys from a
        // trusted execution environment, otherwise use the union of teeEnforced and
        // softwareEnforced."
        if is_for_signing(&[self.hardware_enforced])? {
            return Ok(Some(Protection::Hardware));
        }
        Ok(is_for_signing(&lists)?.then_some(Protection::Software))
    }
}

/// What protects a key.
enum Protection {
    Hardware,
    Software,
}

/// WebAuthn §8.4: "The value in the AuthorizationList.origin field is equal to
/// `KM_ORIGIN_GENERATED`. The value in the AuthorizationList.purpose field is equal to
/// `KM_PURPOSE_SIGN`."
fn is_for_signing(lists: &[Der<'_>]) -> Result<bool, Malformed> {
    let (mut generated, mut sign) = (false, false);
    for list in lists {
        if let Some(origin) = list.tagged(ORIGIN)? {
            generated = origin.only(Der::INTEGER) == Some(GENERATED);
        }
        if let Some(purposes) = list.tagged(PURPOSE)? {
            let purposes = purposes.only(Der::SET).map(Der::new);
            sign = purposes.and_then(|it| it.only(Der::INTEGER)) == Some(SIGN);
        }
    }
    Ok(generated && sign)
}
