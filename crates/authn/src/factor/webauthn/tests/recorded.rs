//! Answers that others have recorded or computed: by authenticators of five makes, as the Python
//! library `py_webauthn` publishes them, and the test vectors of WebAuthn Level 3 §16.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use jose::strict_base64url::{decode, encode};
use serde_json::json;

use super::*;
use domain::Aaguid;

static RECORDED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("recorded.json")).unwrap());

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn recorded(kind: &str, name: &str) -> &'static Value {
    let all = RECORDED[kind].as_array().unwrap();
    all.iter().find(|it| it["name"] == name).unwrap()
}

fn root(name: &str) -> Vec<u8> {
    decode(text(&RECORDED["roots"], name)).unwrap()
}

/// Registers what was recorded, at a time.
fn register(
    name: &str,
    policy: &AttestationPolicy,
    now: i64,
) -> Result<WebAuthnCredential, WebAuthnError> {
    let it = recorded("registrations", name);
    let party = RelyingParty::new(text(it, "rpId"), "Recorded", &[text(it, "origin")]).unwrap();
    let response = RegistrationResponse::parse(it["response"].to_string().as_bytes())?;
    let registration = Registration {
        relying_party: &party,
        challenge: &Challenge::of_caller(text(it, "challenge")).unwrap(),
        algorithms: CoseAlgorithm::DEFAULT,
        user_verification: UserVerification::Preferred,
        conditional: false,
        attestation: policy,
        already_registered: false,
    };
    let registered = registration.verify(&response, Timestamp::from_seconds(now))?;
    Ok(registered.into_record())
}

fn trusting(root: &[u8]) -> AttestationPolicy {
    let roots = AttestationRoots::new([root]).unwrap();
    let models = Vec::new();
    AttestationPolicy::Trusted { roots, models }
}

#[test]
fn webauthn_8_reads_the_attestation_of_real_authenticators() {
    for (name, format) in [
        ("apple", "apple"),
        ("tpm-lenovo", "tpm"),
        ("tpm-ecc", "tpm"),
        ("android-key", "android-key"),
        ("android-key-5", "android-key"),
        ("fido-u2f", "fido-u2f"),
        ("packed", "packed"),
        ("packed-okp", "packed"),
    ] {
        let record = register(name, &AttestationPolicy::Any, 0);
        let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(record.attestation_format, format);
        assert!(!record.attested);
    }
}

/// When the chains of certificates were good.
const SEPTEMBER_2021: i64 = 1_630_454_400;
const APRIL_2026: i64 = 1_777_161_600;

#[test]
fn webauthn_7_1_24_real_makers_vouch_for_their_authenticators() {
    let apple = trusting(&root("apple"));
    let google = trusting(&root("google_hardware_attestation_root_5"));
    assert!(register("apple", &apple, SEPTEMBER_2021).unwrap().attested);
    assert!(
        register("android-key-5", &google, APRIL_2026)
            .unwrap()
            .attested
    );
    let refused = Some(WebAuthnError::AttestationNotTrusted);
    assert_eq!(register("apple", &google, SEPTEMBER_2021).err(), refused);
    assert_eq!(register("android-key-5", &apple, APRIL_2026).err(), refused);
    assert_eq!(register("apple", &apple, APRIL_2026).err(), refused);
    assert_eq!(register("packed", &apple, SEPTEMBER_2021).err(), refused);
}

/// A certificate of a statement that was recorded.
fn certificate(name: &str, index: usize) -> Vec<u8> {
    let it = recorded("registrations", name);
    let object = decode(text(&it["response"]["response"], "attestationObject")).unwrap();
    let object = cbor::read(&object).unwrap();
    let statement = object.as_map().unwrap().text_key("attStmt").unwrap();
    let x5c = statement.as_map().unwrap().text_key("x5c").unwrap();
    x5c.as_array().unwrap()[index].as_bytes().unwrap().to_vec()
}

#[test]
fn webauthn_7_1_24_a_trusted_root_may_be_the_certificate_itself() {
    for name in ["packed", "fido-u2f"] {
        let trusted = trusting(&certificate(name, 0));
        let registered = register(name, &trusted, APRIL_2026);
        let record = registered.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(record.attested);
        let expired = register(name, &trusted, 4_000_000_000).err();
        assert_eq!(expired, Some(WebAuthnError::AttestationNotTrusted));
    }
}

#[test]
fn rfc5280_4_2_a_critical_extension_that_is_not_known_is_not_trusted() {
    // The certificates of Windows' TPMs have critical policies.
    for (name, now) in [("tpm-lenovo", SEPTEMBER_2021), ("tpm-ecc", APRIL_2026)] {
        let issuer = trusting(&certificate(name, 1));
        let refused = register(name, &issuer, now).err();
        assert_eq!(refused, Some(WebAuthnError::AttestationNotTrusted));
    }
}

/// Registers what was recorded after a bit of its attestation object was flipped.
fn flipped(name: &str, policy: &AttestationPolicy, bit: usize) -> Option<WebAuthnCredential> {
    let it = recorded("registrations", name);
    let mut response = it["response"].clone();
    let member = &mut response["response"]["attestationObject"];
    let mut object = decode(member.as_str().unwrap()).unwrap();
    *object.get_mut(bit / 8)? ^= 1 << (bit % 8);
    *member = json!(encode(object));
    let party = RelyingParty::new(text(it, "rpId"), "Recorded", &[text(it, "origin")]).unwrap();
    let registration = Registration {
        relying_party: &party,
        challenge: &Challenge::of_caller(text(it, "challenge")).unwrap(),
        algorithms: CoseAlgorithm::DEFAULT,
        user_verification: UserVerification::Preferred,
        conditional: false,
        attestation: policy,
        already_registered: false,
    };
    let response = RegistrationResponse::parse(response.to_string().as_bytes()).ok()?;
    let now = match name {
        "apple" => SEPTEMBER_2021,
        _ => APRIL_2026,
    };
    let registered = registration
        .verify(&response, Timestamp::from_seconds(now))
        .ok()?;
    Some(registered.into_record())
}

#[test]
fn whatever_is_flipped_in_a_trusted_attestation_makes_no_other_record() {
    for (name, policy) in [
        ("apple", trusting(&root("apple"))),
        (
            "android-key-5",
            trusting(&root("google_hardware_attestation_root_5")),
        ),
    ] {
        let now = if name == "apple" {
            SEPTEMBER_2021
        } else {
            APRIL_2026
        };
        let before = register(name, &policy, now).unwrap();
        for bit in (0..30_000).step_by(13) {
            if let Some(record) = flipped(name, &policy, bit) {
                assert_eq!(record, before, "bit {bit} of {name}");
            }
        }
    }
}

#[test]
fn whatever_is_flipped_in_what_a_tpm_or_a_key_signed_makes_no_other_record() {
    // What `fido-u2f` signs is the credential alone, not the flags and not the counter.
    for name in ["tpm-lenovo", "tpm-ecc", "packed"] {
        let before = register(name, &AttestationPolicy::Any, 0).unwrap();
        for bit in (0..36_000).step_by(13) {
            if let Some(record) = flipped(name, &AttestationPolicy::Any, bit) {
                // What is of no known format conveys nothing, and nothing covers its name.
                let attestation_format = before.attestation_format.clone();
                let same_format = record.attestation_format == attestation_format;
                let record = WebAuthnCredential {
                    attestation_format,
                    ..record
                };
                assert!(!same_format || record == before, "bit {bit} of {name}");
            }
        }
    }
}

#[test]
fn webauthn_7_2_verifies_recorded_signatures() {
    for (name, sign_count) in [("EC2", 78), ("RSA", 1), ("OKP", 7)] {
        let it = recorded("assertions", name);
        let party = RelyingParty::new(text(it, "rpId"), "Recorded", &[text(it, "origin")]).unwrap();
        let response = it["response"].to_string();
        let response = AuthenticationResponse::parse(response.as_bytes()).unwrap();
        let credential = WebAuthnCredential {
            id: response.credential_id().clone(),
            rp_id: party.id().to_owned(),
            public_key: decode(text(it, "publicKey")).unwrap().into(),
            ..on_record()
        };
        let authentication = Authentication {
            relying_party: &party,
            challenge: &Challenge::of_caller(text(it, "challenge")).unwrap(),
            allowed: &[],
            user: ExpectedUser::Identified(response.user_handle().map_or(&[], |it| it)),
            user_verification: UserVerification::Preferred,
        };
        let verified = authentication.verify(&response, &credential);
        let verified = verified.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.sign_count(), sign_count);
    }
}

fn on_record() -> WebAuthnCredential {
    WebAuthnCredential {
        id: vec![].into(),
        rp_id: String::new(),
        public_key: vec![].into(),
        sign_count: 0,
        transports: vec![],
        aaguid: Aaguid::default(),
        user_verified_at_registration: false,
        backup_eligible: false,
        backup_state: false,
        discoverable: None,
        attachment: None,
        attestation_format: "none".to_owned(),
        attested: false,
    }
}

/// A vector of §16: a registration and an authentication, in hexadecimal.
struct Vector {
    id: &'static str,
    create: [&'static str; 3],
    get: [&'static str; 4],
}

impl Vector {
    fn verify(&self) -> (WebAuthnCredential, VerifiedAssertion) {
        let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).unwrap();
        let challenge = |hex| Challenge::of_caller(&encode(bytes(hex))).unwrap();
        let text = |hex| encode(bytes(hex));
        let party = RelyingParty::new("example.org", "Vector", &["https://example.org"]).unwrap();
        let credential = |response: Value| {
            let id = text(self.id);
            json!({"id": id, "rawId": id, "type": "public-key", "response": response}).to_string()
        };
        let created = credential(json!({
            "clientDataJSON": text(self.create[1]), "attestationObject": text(self.create[2]),
        }));
        let registration = Registration {
            relying_party: &party,
            challenge: &challenge(self.create[0]),
            algorithms: CoseAlgorithm::DEFAULT,
            user_verification: UserVerification::Preferred,
            conditional: false,
            attestation: &AttestationPolicy::Any,
            already_registered: false,
        };
        let response = RegistrationResponse::parse(created.as_bytes()).unwrap();
        let registered = registration.verify(&response, NOW).unwrap();
        let signed = credential(json!({
            "authenticatorData": text(self.get[1]), "clientDataJSON": text(self.get[2]),
            "signature": text(self.get[3]),
        }));
        let authentication = Authentication {
            relying_party: &party,
            challenge: &challenge(self.get[0]),
            allowed: &[],
            user: ExpectedUser::Identified(HANDLE),
            user_verification: UserVerification::Preferred,
        };
        let response = AuthenticationResponse::parse(signed.as_bytes()).unwrap();
        let verified = authentication.verify(&response, registered.record());
        (registered.into_record(), verified.unwrap())
    }
}

#[test]
fn webauthn_16_2_none_es256() {
    let (record, verified) = Vector {
        id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
        create: [
            "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
            "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
            "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
        ],
        get: [
            "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
            "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
            "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
            "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
        ],
    }
    .verify();
    assert_eq!(
        record.aaguid.to_string(),
        "8446ccb9-ab1d-b374-750b-2367ff6f3a1f"
    );
    assert!(record.backup_eligible && record.backup_state && verified.backup_state());
    assert!(!record.user_verified_at_registration && !verified.user_verified());
}

#[test]
fn webauthn_16_3_packed_self_es256() {
    let (record, verified) = Vector {
        id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
        create: [
            "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
            "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
            "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
        ],
        get: [
            "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
            "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
            "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
            "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
        ],
    }
    .verify();
    assert_eq!(record.attestation_format, "packed");
    assert!(record.user_verified_at_registration && record.backup_state);
    assert!(!verified.user_verified() && !verified.backup_state());
}

#[test]
fn webauthn_16_11_packed_eddsa() {
    let (record, verified) = Vector {
        id: "ce9f840ed96599580cd140fbc7bb3230633f50f61041aff73308ae71caa8a2bd",
        create: [
            "a8abf9dabdc6b0df63466b39bda9e8a34a34e185337a59f1c579990676d3b3bd",
            "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22714b763532723347734e396a526d733576616e6f6f306f303459557a656c6e7878586d5a426e6254733730222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20425f44543567375a445f2d394f544c59583549764551227d",
            "a363666d74667061636b65646761747453746d74a363616c67266373696758483046022100d83f60bd80269537583218858aefb03ac57d45fa06e42feaae332d187f62da9f022100a02bd3cb6f7e1d283c93bad1f3f4b5a4c0494463da7fdbf256949116754d1f17637835638159022730820223308201c8a003020102021100b2cfc9ea33c8643b0e1a760463eaf164300a06082a8648ce3d0403023062311e301c06035504030c15576562417574686e207465737420766563746f7273310c300a060355040a0c0357334331253023060355040b0c1c41757468656e74696361746f72204174746573746174696f6e204341310b30090603550406130241413020170d3234303130313030303030305a180f33303234303130313030303030305a305f311e301c06035504030c15576562417574686e207465737420766563746f7273310c300a060355040a0c0357334331223020060355040b0c1941757468656e74696361746f72204174746573746174696f6e310b30090603550406130241413059301306072a8648ce3d020106082a8648ce3d03010703420004dd2b7a564b73b8c0b81c4c62e521925c4d1198ec9f583dbf1eebe364b65cd9c29a9bdf346aaa81fb6b9507e5249a52fdaf8e39e26b0b7dc45992a7e233b70f70a360305e300c0603551d130101ff04023000300e0603551d0f0101ff040403020780301d0603551d0e041604140ae27546bc7eccb1b4b597bd354f0c0b1f1f8f8e301f0603551d2304183016801445aff715b0dd786741fee996ebc16547a3931b1e300a06082a8648ce3d0403020349003046022100a0d434ecb5fc3bfd7da5f41904517ad2836249f561bd834ba7a438a8ab7a4ce8022100fac845bb7a02513b58e9f319654dbe49b0f02b95835bac568c71f8a18cdde9ab6861757468446174615881bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b54100000000d5aa33581e8ca478e20fe713f5d32ff20020ce9f840ed96599580cd140fbc7bb3230633f50f61041aff73308ae71caa8a2bda401010327200621582044e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832",
        ],
        get: [
            "895957e01c633a698348a2d8a31a54b7db27e8c1c43b2080d79ae2190267bfd2",
            "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50100000000",
            "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a2269566c583442786a4f6d6d44534b4c596f7870557439736e364d48454f7943413135726947514a6e763949222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
            "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cfdfc48f85393bc0d40b011f0d6fecb097d6607525713223a0dc0d453993dae00b",
        ],
    }
    .verify();
    assert!(!record.backup_eligible && !verified.user_verified());
}
