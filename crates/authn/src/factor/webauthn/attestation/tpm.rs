//! The format `tpm` (WebAuthn Level 3 §8.3; TPM 2.0 Library, part 2).

use aws_lc_rs::signature::VerificationAlgorithm;
use jose::digest::{constant_time_eq, sha1, sha256, sha384, sha512};
use x509_parser::extensions::GeneralName;

use super::super::cbor::Value;
use super::super::cose::{CoseAlgorithm, Material, RS1, rs1_verification};
use super::certificate::Certificate;
use super::{AttestationError, Conveyed, Statement};

/// `tcg-kp-AIKCertificate`, 2.23.133.8.3, as the contents of its DER.
const AIK_CERTIFICATE: &[u8] = &[0x67, 0x81, 0x05, 0x08, 0x03];
/// The same in text.
const AIK_CERTIFICATE_TEXT: &str = "2.23.133.8.3";

/// What the subject alternative name tells of the TPM: manufacturer, model and version.
const TPM_NAMES: [&str; 3] = ["2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"];

const TPM_GENERATED_VALUE: u32 = 0xff54_4347;
const TPM_ST_ATTEST_CERTIFY: u16 = 0x8017;
const TPM_ALG_NULL: u16 = 0x0010;
const TPM_ALG_RSA: u16 = 0x0001;
const TPM_ALG_ECC: u16 = 0x0023;
/// Clock, reset count, restart count and whether that is safe.
const CLOCK_INFO: usize = 17;

pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    // WebAuthn §8.3: "ver: The version of the TPM specification to which the signature conforms.",
    // "2.0".
    let version = statement.members.text_key("ver").and_then(Value::as_text);
    if version != Some("2.0") {
        return Err(AttestationError::Member("ver"));
    }
    let public_area = statement.bytes("pubArea")?;
    let certified = statement.bytes("certInfo")?;
    let signature = statement.bytes("sig")?;
    let path = statement.certificates()?;
    let Some((verification, hash)) = algorithm(statement.algorithm()?) else {
        return Ok(Conveyed::Nothing);
    };
    // WebAuthn §8.3: "Verify that the public key specified by the parameters and unique fields of
    // pubArea is identical to the credentialPublicKey in the attestedCredentialData in
    // authenticatorData."
    let described = PublicArea::read(public_area).ok_or(AttestationError::Tpm)?;
    if described.key != *statement.credential.public_key.material() {
        return Err(AttestationError::KeyDiffers);
    }
    let certified_facts = CertifyInfo::read(certified).ok_or(AttestationError::Tpm)?;
    // WebAuthn §8.3: "Verify that extraData is set to the hash of attToBeSigned using the hash
    // algorithm employed in "alg"."
    if !constant_time_eq(certified_facts.extra_data, &hash(&statement.signed())) {
        return Err(AttestationError::CeremonyDiffers);
    }
    // WebAuthn §8.3: "Verify that attested contains a TPMS_CERTIFY_INFO structure [...], whose name
    // field contains a valid Name for pubArea"
    if certified_facts.name != described.name(public_area).ok_or(AttestationError::Tpm)? {
        return Err(AttestationError::KeyDiffers);
    }
    // WebAuthn §8.3: "Verify the sig is a valid signature over certInfo using the attestation
    // public key in aikCert with the algorithm specified in alg."
    let certificate = path.first().ok_or(AttestationError::Member("x5c"))?;
    certificate.verify(verification, certified, signature)?;
    check_requirements(certificate)?;
    certificate.check_aaguid(statement.credential.aaguid)?;
    let purpose = AIK_CERTIFICATE;
    Ok(Conveyed::Certified { path, purpose })
}

type Hash = fn(&[u8]) -> Vec<u8>;

/// What verifies an algorithm's signatures, and its hash.
fn algorithm(id: i64) -> Option<(&'static dyn VerificationAlgorithm, Hash)> {
    use CoseAlgorithm as A;
    if id == RS1 {
        return Some((rs1_verification(), |it| sha1(it).to_vec()));
    }
    let algorithm = A::from_id(id)?;
    let hash: Hash = match algorithm {
        A::Es256 | A::Rs256 | A::Ps256 => |it| sha256(it).to_vec(),
        A::Es384 => |it| sha384(it).to_vec(),
        A::Es512 => |it| sha512(it).to_vec(),
        // A TPM has none.
        A::EdDsa => return None,
    };
    Some((algorithm.verification(), hash))
}

/// The requirements for the certificates of attestation keys (§8.3.1).
fn check_requirements(certificate: &Certificate<'_>) -> Result<(), AttestationError> {
    certificate.check_end_entity()?;
    let refused = |words| Err(AttestationError::Requirement(words));
    // WebAuthn §8.3.1: "Subject field MUST be set to empty."
    if certificate.read.subject().iter().next().is_some() {
        return refused("its subject must be empty");
    }
    // WebAuthn §8.3.1: "The Subject Alternative Name extension MUST be set as defined in
    // [TPMv2-EK-Profile] section 3.2.9."
    if !names_a_tpm(certificate) {
        return refused("its alternative name must be of a TPM");
    }
    // WebAuthn §8.3.1: "The Extended Key Usage extension MUST contain the OID 2.23.133.8.3
    // ("joint-iso-itu-t(2) internationalorganizations(23) 133 tcg-kp(8)
    // tcg-kp-AIKCertificate(3)")."
    let usage = certificate.read.extended_key_usage().ok().flatten();
    let is_aik = usage.is_some_and(|usage| {
        let mut others = usage.value.other.iter();
        others.any(|oid| oid.to_id_string() == AIK_CERTIFICATE_TEXT)
    });
    if !is_aik {
        return refused("its extended key usage must be that of an AIK");
    }
    Ok(())
}

fn names_a_tpm(certificate: &Certificate<'_>) -> bool {
    let names = certificate.read.subject_alternative_name().ok().flatten();
    let told: Vec<String> = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DirectoryName(name) => Some(name.iter_attributes()),
            _ => None,
        })
        .flatten()
        .map(|attribute| attribute.attr_type().to_id_string())
        .collect();
    TPM_NAMES
        .iter()
        .all(|name| told.iter().any(|it| it == name))
}

/// `TPMT_PUBLIC` of a signing key.
struct PublicArea {
    name_algorithm: u16,
    key: Material,
}

impl PublicArea {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let key_type = fields.u16()?;
        let name_algorithm = fields.u16()?;
        fields.u32()?; // objectAttributes
        fields.sized()?; // authPolicy
        // A key that signs has no symmetric algorithm; it may have a scheme with its hash.
        if fields.u16()? != TPM_ALG_NULL {
            return None;
        }
        if fields.u16()? != TPM_ALG_NULL {
            fields.u16()?;
        }
        let key = match key_type {
            TPM_ALG_RSA => {
                fields.u16()?; // keyBits
                let e = match fields.u32()? {
                    0 => 65_537,
                    e => e,
                };
                Material::Rsa {
                    n: without_zeros(fields.sized()?),
                    e: without_zeros(&e.to_be_bytes()),
                }
            }
            TPM_ALG_ECC => fields.ec_point()?,
            _ => return None,
        };
        fields.0.is_empty().then_some(Self {
            name_algorithm,
            key,
        })
    }

    /// The Name of the object: "the concatenation of nameAlg and the digest of pubArea".
    fn name(&self, public_area: &[u8]) -> Option<Vec<u8>> {
        let digest = match self.name_algorithm {
            0x0004 => sha1(public_area).to_vec(),
            0x000b => sha256(public_area).to_vec(),
            0x000c => sha384(public_area).to_vec(),
            0x000d => sha512(public_area).to_vec(),
            _ => return None,
        };
        Some([&self.name_algorithm.to_be_bytes()[..], &digest].concat())
    }
}

/// `TPMS_ATTEST` of a certification.
struct CertifyInfo<'a> {
    extra_data: &'a [u8],
    name: &'a [u8],
}

impl<'a> CertifyInfo<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        // WebAuthn §8.3: "Verify that magic is set to TPM_GENERATED_VALUE. Verify that type is set
        // to TPM_ST_ATTEST_CERTIFY."
        if fields.u32()? != TPM_GENERATED_VALUE || fields.u16()? != TPM_ST_ATTEST_CERTIFY {
            return None;
        }
        fields.sized()?; // qualifiedSigner
        let extra_data = fields.sized()?;
        fields.take(CLOCK_INFO)?;
        fields.take(8)?; // firmwareVersion
        let name = fields.sized()?;
        fields.sized()?; // qualifiedName
        fields.0.is_empty().then_some(Self { extra_data, name })
    }
}

/// Big-endian fields one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(u16::from_be_bytes(bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    }

    /// A length of two bytes, and as many bytes.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    /// Curve, key derivation and the coordinates, which may lack leading zeros.
    fn ec_point(&mut self) -> Option<Material> {
        let (curve, len) = match self.u16()? {
            0x0003 => (1, 32),
            0x0004 => (2, 48),
            0x0005 => (3, 66),
            _ => return None,
        };
        if self.u16()? != TPM_ALG_NULL {
            return None;
        }
        let mut point = vec![4];
        for _ in 0..2 {
            let coordinate = self.sized()?;
            let missing = usize::checked_sub(len, coordinate.len())?;
            point.extend(std::iter::repeat_n(0, missing));
            point.extend(coordinate);
        }
        Some(Material::Ec { curve, point })
    }
}

fn without_zeros(number: &[u8]) -> Vec<u8> {
    let significant = number.iter().skip_while(|byte| **byte == 0);
    significant.copied().collect()
}
