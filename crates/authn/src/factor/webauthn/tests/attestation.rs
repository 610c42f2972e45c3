//! WebAuthn Level 3 §8, clause by clause, for the formats that the soft authenticator does not
//! speak: statements are made by hand, as the recorded ones are, and then wrong in one thing.

use jose::digest::sha256;
use jose::strict_base64url::encode;
use minicbor::Encoder;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, SigningKey as _,
};
use serde_json::json;

use super::soft_authenticator::named;
use super::*;

/// A credential on P-256 whose key is at hand, and the ceremony in which it was made.
struct Made {
    ceremony: Ceremony,
    key: KeyPair,
    client_data: Vec<u8>,
    data: Vec<u8>,
}

type Cbor = Encoder<Vec<u8>>;

impl Made {
    fn new() -> Self {
        let ceremony = Ceremony::new();
        let key = KeyPair::generate().unwrap();
        let client_data = json!({
            "type": "webauthn.create",
            "challenge": encode(ceremony.challenge.as_bytes()),
            "origin": ORIGIN,
        });
        let point = key.public_key_raw();
        let mut cose = Encoder::new(Vec::new());
        cose.map(5).unwrap().i8(1).unwrap().i8(2).unwrap();
        cose.i8(3).unwrap().i8(-7).unwrap().i8(-1).unwrap();
        cose.i8(1)
            .unwrap()
            .i8(-2)
            .unwrap()
            .bytes(&point[1..33])
            .unwrap();
        cose.i8(-3).unwrap().bytes(&point[33..]).unwrap();
        let head = [
            &sha256(b"example.com")[..],
            &[0x45, 0, 0, 0, 0],
            &[0; 16],
            &[0, 1, 7],
        ];
        Self {
            data: [&head.concat()[..], &cose.into_writer()].concat(),
            client_data: client_data.to_string().into_bytes(),
            ceremony,
            key,
        }
    }

    /// What most formats sign.
    fn signed(&self) -> Vec<u8> {
        [&self.data[..], &sha256(&self.client_data)].concat()
    }

    /// Registers with a statement of so many members.
    fn register(
        &self,
        format: &str,
        members: u64,
        write: impl FnOnce(&mut Cbor),
    ) -> Result<WebAuthnCredential, WebAuthnError> {
        let mut cbor = Encoder::new(Vec::new());
        cbor.map(3)
            .unwrap()
            .str("fmt")
            .unwrap()
            .str(format)
            .unwrap();
        cbor.str("attStmt").unwrap().map(members).unwrap();
        write(&mut cbor);
        cbor.str("authData").unwrap().bytes(&self.data).unwrap();
        self.ceremony.verify_created(&json!({
            "id": "Bw", "rawId": "Bw", "type": "public-key",
            "response": {
                "clientDataJSON": encode(&self.client_data),
                "attestationObject": encode(cbor.into_writer()),
            },
        }))
    }
}

fn certificate(key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::ExplicitNoCa;
    params.distinguished_name = DistinguishedName::new();
    change(&mut params);
    params.self_signed(key).unwrap().der().to_vec()
}

fn x5c(cbor: &mut Cbor, certificate: &[u8]) {
    cbor.str("x5c").unwrap().array(1).unwrap();
    cbor.bytes(certificate).unwrap();
}

/// A DER value; the tag may have several bytes.
fn der(tag: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let len = u8::try_from(contents.len()).unwrap();
    let long: &[u8] = if len < 0x80 { &[] } else { &[0x81] };
    [tag, long, &[len], &contents].concat()
}

fn extension(oid: &[u64], value: Vec<u8>) -> impl FnOnce(&mut CertificateParams) {
    let extension = CustomExtension::from_oid_content(oid, value);
    |params| params.custom_extensions.push(extension)
}

fn error(registered: Result<WebAuthnCredential, WebAuthnError>) -> Option<AttestationError> {
    match registered {
        Ok(_) => None,
        Err(WebAuthnError::Attestation(error)) => Some(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn webauthn_8_7_none_says_nothing() {
    let made = Made::new();
    assert_eq!(error(made.register("none", 0, |_| {})), None);
    let refused = made.register("none", 1, |cbor| {
        cbor.str("alg").unwrap().i8(-7).unwrap();
    });
    assert_eq!(error(refused), Some(AttestationError::NotEmpty));
}

#[test]
fn webauthn_7_1_21_a_format_that_is_not_known_conveys_nothing() {
    let mut made = Made::new();
    let unknown = |made: &Made| made.register("android-safetynet", 0, |_| {});
    assert!(!unknown(&made).unwrap().attested);
    let (roots, models) = (AttestationRoots::default(), vec![]);
    made.ceremony.attestation = AttestationPolicy::Trusted { roots, models };
    let refused = unknown(&made).err();
    assert_eq!(refused, Some(WebAuthnError::AttestationNotTrusted));
}

#[test]
fn webauthn_8_2_self_attestation_has_the_algorithm_of_the_credential() {
    let made = Made::new();
    let with = |alg, message: &[u8]| {
        let signature = made.key.sign(message).unwrap();
        error(made.register("packed", 2, |cbor| {
            cbor.str("alg").unwrap().i64(alg).unwrap();
            cbor.str("sig").unwrap().bytes(&signature).unwrap();
        }))
    };
    assert_eq!(with(-7, &made.signed()), None);
    assert_eq!(
        with(-7, b"another message"),
        Some(AttestationError::BadSignature)
    );
    assert_eq!(
        with(-257, &made.signed()),
        Some(AttestationError::AlgorithmDiffers)
    );
}

#[test]
fn webauthn_8_members_that_are_missing_are_named() {
    let made = Made::new();
    let refused = |format| error(made.register(format, 0, |_| {}));
    for format in ["packed", "fido-u2f", "android-key"] {
        assert_eq!(refused(format), Some(AttestationError::Member("sig")));
    }
    assert_eq!(refused("apple"), Some(AttestationError::Member("x5c")));
    assert_eq!(refused("tpm"), Some(AttestationError::Member("ver")));
    let empty = made.register("apple", 1, |cbor| {
        cbor.str("x5c").unwrap().array(0).unwrap();
    });
    assert_eq!(error(empty), Some(AttestationError::Member("x5c")));
    let garbage = made.register("apple", 1, |cbor| x5c(cbor, b"\x30\x00"));
    assert_eq!(error(garbage), Some(AttestationError::Certificate));
}

#[test]
fn webauthn_8_8_apple_certifies_the_key_with_the_nonce_of_the_ceremony() {
    const OID: &[u64] = &[1, 2, 840, 113_635, 100, 8, 2];
    let made = Made::new();
    let nonce = |message: &[u8]| {
        let octets = der(&[0x04], &[&sha256(message)]);
        der(&[0x30], &[&der(&[0xa1], &[&octets])])
    };
    let with = |key: &KeyPair, change: &mut dyn FnMut(&mut CertificateParams)| {
        let certificate = certificate(key, change);
        error(made.register("apple", 1, |cbor| x5c(cbor, &certificate)))
    };
    let right = || extension(OID, nonce(&made.signed()));
    assert_eq!(with(&made.key, &mut |it| right()(it)), None);
    let other = KeyPair::generate().unwrap();
    let refused = with(&other, &mut |it| right()(it));
    assert_eq!(refused, Some(AttestationError::KeyDiffers));
    let refused = with(&made.key, &mut |it| extension(OID, nonce(b"another"))(it));
    assert_eq!(refused, Some(AttestationError::CeremonyDiffers));
    let refused = with(&made.key, &mut |it| extension(OID, vec![0x30, 0])(it));
    assert_eq!(refused, Some(AttestationError::Certificate));
    let refused = with(&made.key, &mut |_| {});
    assert!(matches!(refused, Some(AttestationError::Requirement(_))));
}

/// `origin` and `purpose`, as they have to be, and `allApplications`.
const GENERATED: &[u8] = &[0xbf, 0x85, 0x3e, 3, 2, 1, 0];
const IMPORTED: &[u8] = &[0xbf, 0x85, 0x3e, 3, 2, 1, 2];
const SIGN: &[u8] = &[0xa1, 5, 0x31, 3, 2, 1, 2];
const SIGN_AND_ENCRYPT: &[u8] = &[0xa1, 8, 0x31, 6, 2, 1, 0, 2, 1, 2];
const ALL_APPLICATIONS: &[u8] = &[0xbf, 0x84, 0x58, 2, 5, 0];

#[test]
fn webauthn_8_4_android_describes_a_key_of_this_ceremony_for_signing() {
    let made = Made::new();
    let with = |key: &KeyPair, challenge: &[u8], software: &[&[u8]], hardware: &[&[u8]]| {
        let description = der(
            &[0x30],
            &[
                &[2, 1, 3, 10, 1, 1, 2, 1, 4, 10, 1, 1],
                &der(&[4], &[challenge]),
                &der(&[4], &[]),
                &der(&[0x30], software),
                &der(&[0x30], hardware),
            ],
        );
        let oid = [1, 3, 6, 1, 4, 1, 11_129, 2, 1, 17];
        let certificate = certificate(key, extension(&oid, description));
        let signature = key.sign(&made.signed()).unwrap();
        error(made.register("android-key", 3, |cbor| {
            cbor.str("alg").unwrap().i8(-7).unwrap();
            cbor.str("sig").unwrap().bytes(&signature).unwrap();
            x5c(cbor, &certificate);
        }))
    };
    let hash = sha256(&made.client_data);
    let described =
        |software: &[&[u8]], hardware: &[&[u8]]| with(&made.key, &hash, software, hardware);
    // In hardware; and in software, which conveys nothing.
    assert_eq!(described(&[], &[SIGN, GENERATED]), None);
    assert_eq!(described(&[SIGN, GENERATED], &[]), None);
    let purpose = Some(AttestationError::KeyPurpose);
    assert_eq!(described(&[], &[SIGN]), purpose);
    assert_eq!(described(&[], &[GENERATED]), purpose);
    assert_eq!(described(&[], &[SIGN, IMPORTED]), purpose);
    assert_eq!(described(&[], &[SIGN_AND_ENCRYPT, GENERATED]), purpose);
    assert_eq!(described(&[ALL_APPLICATIONS], &[SIGN, GENERATED]), purpose);
    assert_eq!(
        described(&[], &[SIGN, ALL_APPLICATIONS, GENERATED]),
        purpose
    );
    let cut = Some(AttestationError::Certificate);
    assert_eq!(described(&[], &[SIGN, GENERATED, &[0xa2]]), cut);
    let refused = with(&made.key, &[7; 32], &[], &[SIGN, GENERATED]);
    assert_eq!(refused, Some(AttestationError::CeremonyDiffers));
    let other = KeyPair::generate().unwrap();
    let refused = with(&other, &hash, &[], &[SIGN, GENERATED]);
    assert_eq!(refused, Some(AttestationError::KeyDiffers));
}

/// What a TPM says, each part of which a test may get wrong.
struct Tpm {
    version: &'static str,
    curve: u8,
    point: Vec<u8>,
    magic: u8,
    extra_data: Vec<u8>,
    name: Option<Vec<u8>>,
    names: usize,
    usage: Vec<u64>,
    subject: DistinguishedName,
    ca: IsCa,
}

impl Tpm {
    fn right(made: &Made) -> Self {
        Self {
            version: "2.0",
            curve: 3,
            point: made.key.public_key_raw().to_vec(),
            magic: 0xff,
            extra_data: sha256(&made.signed()).to_vec(),
            name: None,
            names: 3,
            usage: vec![2, 23, 133, 8, 3],
            subject: DistinguishedName::new(),
            ca: IsCa::ExplicitNoCa,
        }
    }

    fn public_area(&self) -> Vec<u8> {
        let sized = |bytes: &[u8]| [&[0, 32], bytes].concat();
        let head = [0, 0x23, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x10];
        let curve = [0, self.curve, 0, 0x10];
        let (x, y) = (sized(&self.point[1..33]), sized(&self.point[33..]));
        [&head[..], &curve, &x, &y].concat()
    }

    fn certified(&self, public_area: &[u8]) -> Vec<u8> {
        let name = [&[0, 0x0b], &sha256(public_area)[..]].concat();
        let name = self.name.clone().unwrap_or(name);
        let sized = |bytes: &[u8]| [&[0, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        [
            &[self.magic, 0x54, 0x43, 0x47, 0x80, 0x17, 0, 0][..],
            &sized(&self.extra_data),
            &[0; 25],
            &sized(&name),
            &[0, 0],
        ]
        .concat()
    }

    fn certificate(&self, key: &KeyPair) -> Vec<u8> {
        // 2.23.133.2.1 to 2.23.133.2.3.
        let attributes: Vec<u8> = (1..=self.names)
            .flat_map(|number| {
                let number = u8::try_from(number).unwrap();
                let oid = der(&[6], &[&[0x67, 0x81, 5, 2, number]]);
                let value = der(&[0x0c], &[b"id:FFFFF1D0"]);
                der(&[0x31], &[&der(&[0x30], &[&oid, &value])])
            })
            .collect();
        let name = der(&[0xa4], &[&der(&[0x30], &[&attributes])]);
        let names = extension(&[2, 5, 29, 17], der(&[0x30], &[&name]));
        certificate(key, |params| {
            names(params);
            params.is_ca = self.ca;
            params.distinguished_name = self.subject.clone();
            let usage = ExtendedKeyUsagePurpose::Other(self.usage.clone());
            params.extended_key_usages = vec![usage];
        })
    }
}

impl Tpm {
    /// Registers with what it says, signed with this attestation key.
    fn register(&self, made: &Made, key: &KeyPair) -> Result<WebAuthnCredential, WebAuthnError> {
        let public_area = self.public_area();
        let certified = self.certified(&public_area);
        let signature = key.sign(&certified).unwrap();
        made.register("tpm", 6, |cbor| {
            cbor.str("ver").unwrap().str(self.version).unwrap();
            cbor.str("alg").unwrap().i8(-7).unwrap();
            cbor.str("sig").unwrap().bytes(&signature).unwrap();
            cbor.str("certInfo").unwrap().bytes(&certified).unwrap();
            cbor.str("pubArea").unwrap().bytes(&public_area).unwrap();
            x5c(cbor, &self.certificate(key));
        })
    }
}

#[test]
fn webauthn_8_3_a_tpm_is_attested_by_who_is_trusted() {
    let mut made = Made::new();
    let (tpm, key) = (Tpm::right(&made), KeyPair::generate().unwrap());
    assert!(!tpm.register(&made, &key).unwrap().attested);
    for (root, attested) in [(&key, true), (&made.key, false)] {
        let roots = AttestationRoots::new([tpm.certificate(root).as_slice()]).unwrap();
        let models = vec![];
        made.ceremony.attestation = AttestationPolicy::Trusted { roots, models };
        let registered = tpm.register(&made, &key);
        assert_eq!(registered.is_ok_and(|it| it.attested), attested);
    }
}

#[test]
fn webauthn_8_3_a_tpm_certifies_the_key_and_the_ceremony() {
    let made = Made::new();
    let with = |change: &dyn Fn(&mut Tpm)| {
        let mut tpm = Tpm::right(&made);
        change(&mut tpm);
        error(tpm.register(&made, &KeyPair::generate().unwrap()))
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(
        with(&|it| it.version = "1.2"),
        Some(AttestationError::Member("ver"))
    );
    let differs = Some(AttestationError::KeyDiffers);
    assert_eq!(with(&|it| it.point.reverse()), differs);
    assert_eq!(with(&|it| it.name = Some(vec![0, 0x0b, 7])), differs);
    assert_eq!(with(&|it| it.curve = 9), Some(AttestationError::Tpm));
    assert_eq!(with(&|it| it.magic = 0xfe), Some(AttestationError::Tpm));
    let refused = with(&|it| it.extra_data = vec![7; 32]);
    assert_eq!(refused, Some(AttestationError::CeremonyDiffers));
    // §8.3.1
    let changes: [&dyn Fn(&mut Tpm); 4] = [
        &|it| it.names = 2,
        &|it| it.usage = vec![2, 23, 133, 8, 1],
        &|it| it.subject = named(&[(DnType::CommonName, "TPM")]),
        &|it| it.ca = IsCa::NoCa,
    ];
    for change in changes {
        let refused = with(change);
        assert!(matches!(refused, Some(AttestationError::Requirement(_))));
    }
}
