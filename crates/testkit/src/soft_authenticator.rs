//! An authenticator and its client in software: it makes credentials and signs with them as a
//! browser would have it do, and does what a test tells it to get wrong.
//!
//! It shares no code with the relying party that it tests, and needs nothing of the house, so that
//! `authn` can include this file in its own tests.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;
use minicbor::Encoder;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, IsCa, KeyPair, SigningKey as _,
};
use serde_json::{Value, json};

/// The algorithm of a soft credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoftAlgorithm {
    /// ECDSA on P-256 (-7).
    Es256,
    /// `EdDSA` on Ed25519 (-8).
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (-257).
    Rs256,
}

/// What a soft authenticator says of its make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoftAttestation {
    /// Nothing.
    None,
    /// `packed`, signed with the new credential.
    PackedSelf,
    /// `packed`, signed with a key that [`SoftMaker`] has certified.
    Packed,
    /// `fido-u2f`, the same.
    FidoU2f,
}

/// Whoever makes soft authenticators and vouches for them.
pub struct SoftMaker {
    root: CertifiedIssuer<'static, KeyPair>,
}

/// A key with which authenticators attest, and its certificate.
pub struct AttestationKey {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl SoftMaker {
    /// A maker with a root of its own.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = named(&[(DnType::CommonName, "Soft Maker Root")]);
        let key = KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(params, key).unwrap();
        Self { root }
    }

    /// Its root certificate in DER.
    pub fn root(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    /// A key of its authenticators of one model.
    pub fn attestation_key(&self, aaguid: [u8; 16]) -> AttestationKey {
        self.attestation_key_changed(aaguid, |_| {})
    }

    /// The same with a certificate that is changed before it is made.
    pub fn attestation_key_changed(
        &self,
        aaguid: [u8; 16],
        change: impl FnOnce(&mut CertificateParams),
    ) -> AttestationKey {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::ExplicitNoCa;
        params.distinguished_name = named(&[
            (DnType::CountryName, "CH"),
            (DnType::OrganizationName, "Soft Maker"),
            (DnType::OrganizationalUnitName, "Authenticator Attestation"),
            (DnType::CommonName, "Soft Authenticator"),
        ]);
        let value = [&[0x04, 0x10], &aaguid[..]].concat();
        let oid = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];
        let extension = CustomExtension::from_oid_content(&oid, value);
        params.custom_extensions.push(extension);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.root).unwrap();
        AttestationKey {
            certificate: certificate.der().to_vec(),
            key,
        }
    }
}

impl Default for SoftMaker {
    fn default() -> Self {
        Self::new()
    }
}

/// A distinguished name of these attributes.
pub fn named(attributes: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, value) in attributes {
        name.push(kind.clone(), *value);
    }
    name
}

enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

struct Credential {
    key: Key,
    rp_id: String,
    user_handle: Vec<u8>,
}

/// An authenticator in software, with the client in front of it. Every public field may be changed
/// between ceremonies.
pub struct SoftAuthenticator {
    /// The origin that the client tells.
    pub origin: String,
    /// What else the client tells, over what it would.
    pub client_data: BTreeMap<String, Value>,
    /// The algorithm of new credentials; the options do not matter.
    pub algorithm: SoftAlgorithm,
    /// What is told of the make of new credentials.
    pub attestation: SoftAttestation,
    /// With which key, if one that is certified.
    pub attestation_key: Option<AttestationKey>,
    /// The model.
    pub aaguid: [u8; 16],
    /// The length of the ids of new credentials, in bytes.
    pub id_len: usize,
    /// Whether somebody is present (UP).
    pub user_present: bool,
    /// Whether the person is verified (UV).
    pub user_verified: bool,
    /// Whether credentials can be backed up (BE).
    pub backup_eligible: bool,
    /// Whether they are (BS).
    pub backup_state: bool,
    /// The signature counter; it rises before it is told unless it is 0.
    pub sign_count: u32,
    /// The RP ID that is hashed, if not that of the options.
    pub rp_id: Option<String>,
    /// Whether the user handle is told.
    pub tells_user: bool,
    /// Where the client tells that it is, if it does.
    pub attachment: Option<&'static str>,
    /// How it tells that it can be reached.
    pub transports: &'static [&'static str],
    /// Extension outputs in CBOR, if there are any.
    pub extensions: Option<Vec<u8>>,
    credentials: BTreeMap<Vec<u8>, Credential>,
}

impl SoftAuthenticator {
    /// A platform authenticator, at a page of this origin.
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            client_data: BTreeMap::new(),
            algorithm: SoftAlgorithm::Es256,
            attestation: SoftAttestation::None,
            attestation_key: None,
            aaguid: [0; 16],
            id_len: 16,
            user_present: true,
            user_verified: true,
            backup_eligible: false,
            backup_state: false,
            sign_count: 1,
            rp_id: None,
            tells_user: true,
            attachment: Some("platform"),
            transports: &["internal"],
            extensions: None,
            credentials: BTreeMap::new(),
        }
    }

    /// Makes a credential: `PublicKeyCredentialCreationOptionsJSON` in,
    /// `RegistrationResponseJSON` out.
    pub fn create(&mut self, options: &Value) -> Value {
        let mut id = vec![0; self.id_len];
        random().fill(&mut id).unwrap();
        let rp_id = options["rp"]["id"].as_str().unwrap().to_owned();
        let key = Key::generate(self.algorithm);
        let client_data = self.client_data_json("webauthn.create", &options["challenge"]);
        let attested = [
            &self.aaguid[..],
            &u16::try_from(id.len()).unwrap().to_be_bytes(),
            &id,
            &key.cose(),
        ]
        .concat();
        let data = self.authenticator_data(&rp_id, Some(&attested));
        let object = self.attestation_object(&data, &client_data, &id, &key);
        let user_handle = decoded(&options["user"]["id"]);
        let credential = Credential {
            key,
            rp_id,
            user_handle,
        };
        self.credentials.insert(id.clone(), credential);
        json!({
            "id": encoded(&id),
            "rawId": encoded(&id),
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": encoded(&client_data),
                "attestationObject": encoded(&object),
                "transports": self.transports,
            },
        })
    }

    /// Signs: `PublicKeyCredentialRequestOptionsJSON` in, `AuthenticationResponseJSON` out.
    ///
    /// The first credential that is allowed signs, or any of the RP ID if none is named.
    pub fn sign(&mut self, options: &Value) -> Value {
        let client_data = self.client_data_json("webauthn.get", &options["challenge"]);
        let rp_id = options["rpId"].as_str().unwrap();
        if self.sign_count != 0 {
            self.sign_count += 1;
        }
        let data = self.authenticator_data(rp_id, None);
        let allowed = options["allowCredentials"].as_array();
        let allowed: Vec<_> = allowed
            .into_iter()
            .flatten()
            .map(|it| decoded(&it["id"]))
            .collect();
        let mut known = self.credentials.iter();
        let (id, credential) = known
            .find(|(id, it)| it.rp_id == rp_id && (allowed.is_empty() || allowed.contains(id)))
            .expect("a credential that may be used");
        let signed = [&data[..], &sha256(&client_data)].concat();
        let handle = self.tells_user.then(|| encoded(&credential.user_handle));
        json!({
            "id": encoded(id),
            "rawId": encoded(id),
            "type": "public-key",
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&client_data),
                "authenticatorData": encoded(&data),
                "signature": encoded(&credential.key.sign(&signed)),
                "userHandle": handle,
            },
        })
    }

    fn client_data_json(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let mut members = json!({
            "type": kind,
            "challenge": encoded(&decoded(challenge)),
            "origin": self.origin,
            "crossOrigin": false,
        });
        for (name, value) in &self.client_data {
            members[name] = value.clone();
        }
        members.to_string().into_bytes()
    }

    fn authenticator_data(&self, rp_id: &str, attested: Option<&[u8]>) -> Vec<u8> {
        let bits = [
            (self.user_present, 0),
            (self.user_verified, 2),
            (self.backup_eligible, 3),
            (self.backup_state, 4),
            (attested.is_some(), 6),
            (self.extensions.is_some(), 7),
        ];
        let flags = bits
            .iter()
            .fold(0, |it, (set, bit)| it | (u8::from(*set) << bit));
        let rp_id = self.rp_id.as_deref().unwrap_or(rp_id);
        [
            &sha256(rp_id.as_bytes())[..],
            &[flags],
            &self.sign_count.to_be_bytes(),
            attested.unwrap_or_default(),
            self.extensions.as_deref().unwrap_or_default(),
        ]
        .concat()
    }

    fn attestation_object(&self, data: &[u8], client_data: &[u8], id: &[u8], key: &Key) -> Vec<u8> {
        let signed = [data, &sha256(client_data)].concat();
        let mut cbor = Encoder::new(Vec::new());
        cbor.map(3).unwrap();
        match self.attestation {
            SoftAttestation::None => {
                statement(&mut cbor, "none", 0);
            }
            SoftAttestation::PackedSelf => {
                statement(&mut cbor, "packed", 2);
                cbor.str("alg").unwrap().i64(key.algorithm()).unwrap();
                cbor.str("sig").unwrap().bytes(&key.sign(&signed)).unwrap();
            }
            SoftAttestation::Packed => {
                statement(&mut cbor, "packed", 3);
                cbor.str("alg").unwrap().i64(-7).unwrap();
                self.certified(&mut cbor, &signed);
            }
            SoftAttestation::FidoU2f => {
                statement(&mut cbor, "fido-u2f", 2);
                let (rp_id_hash, hash) = (&data[..32], sha256(client_data));
                let signed = [&[0], rp_id_hash, &hash, id, &key.public()].concat();
                self.certified(&mut cbor, &signed);
            }
        }
        cbor.str("authData").unwrap().bytes(data).unwrap();
        cbor.into_writer()
    }

    fn certified(&self, cbor: &mut Encoder<Vec<u8>>, signed: &[u8]) {
        let key = self.attestation_key.as_ref().expect("an attestation key");
        let signature = key.key.sign(signed).unwrap();
        cbor.str("sig").unwrap().bytes(&signature).unwrap();
        cbor.str("x5c").unwrap().array(1).unwrap();
        cbor.bytes(&key.certificate).unwrap();
    }
}

impl Key {
    fn generate(algorithm: SoftAlgorithm) -> Self {
        match algorithm {
            SoftAlgorithm::Es256 => {
                Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
            }
            SoftAlgorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::generate().unwrap()),
            SoftAlgorithm::Rs256 => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        }
    }

    const fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::EdDsa(_) => -8,
            Self::Rs256(_) => -257,
        }
    }

    fn public(&self) -> Vec<u8> {
        match self {
            Self::Es256(pair) => pair.public_key().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Rs256(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    fn cose(&self) -> Vec<u8> {
        let mut cbor = Encoder::new(Vec::new());
        let public = self.public();
        match self {
            Self::Es256(_) => {
                cbor.map(5).unwrap().i8(1).unwrap().i8(2).unwrap();
                cbor.i8(3).unwrap().i8(-7).unwrap();
                cbor.i8(-1).unwrap().i8(1).unwrap();
                cbor.i8(-2).unwrap().bytes(&public[1..33]).unwrap();
                cbor.i8(-3).unwrap().bytes(&public[33..]).unwrap();
            }
            Self::EdDsa(_) => {
                cbor.map(4).unwrap().i8(1).unwrap().i8(1).unwrap();
                cbor.i8(3).unwrap().i8(-8).unwrap();
                cbor.i8(-1).unwrap().i8(6).unwrap();
                cbor.i8(-2).unwrap().bytes(&public).unwrap();
            }
            Self::Rs256(_) => {
                cbor.map(4).unwrap().i8(1).unwrap().i8(3).unwrap();
                cbor.i8(3).unwrap().i16(-257).unwrap();
                // RSAPublicKey (RFC 8017 A.1.1) of 2048 bits: where its numbers are is known.
                cbor.i8(-1).unwrap().bytes(&public[9..265]).unwrap();
                cbor.i8(-2).unwrap().bytes(&public[267..]).unwrap();
            }
        }
        cbor.into_writer()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = random();
        match self {
            Self::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
        }
    }
}

/// The beginning of an attestation object: format, and members of the statement.
fn statement(cbor: &mut Encoder<Vec<u8>>, format: &str, members: u64) {
    cbor.str("fmt").unwrap().str(format).unwrap();
    cbor.str("attStmt").unwrap().map(members).unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "an authenticator has randomness of its own"
)]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Bytes of options in either form: base64url, or numbers.
fn decoded(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => BASE64URL_NOPAD.decode(text.as_bytes()).unwrap(),
        other => serde_json::from_value(other.clone()).unwrap(),
    }
}
