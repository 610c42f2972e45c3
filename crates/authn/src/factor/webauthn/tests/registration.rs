//! WebAuthn Level 3 §7.1 and §8, clause by clause.

use super::soft_authenticator::{AttestationKey, SoftAlgorithm, SoftAttestation, SoftMaker, named};
use super::*;
use domain::Aaguid;
use rcgen::{CertificateParams, DnType, IsCa};
use serde_json::json;

const MODEL: [u8; 16] = *b"model of a test!";

/// Why a registration is refused with what `change` gets wrong.
fn refusal(change: impl FnOnce(&mut Ceremony)) -> Option<WebAuthnError> {
    let mut ceremony = Ceremony::new();
    change(&mut ceremony);
    ceremony.register().err()
}

/// Why the response is refused after `change`.
fn refusal_of(change: impl FnOnce(&mut Value)) -> Option<WebAuthnError> {
    let mut ceremony = Ceremony::new();
    let mut response = ceremony.create();
    change(&mut response);
    ceremony.verify_created(&response).err()
}

#[test]
fn webauthn_7_1_27_makes_a_record_for_each_algorithm() {
    for (algorithm, attestation) in [
        (SoftAlgorithm::Es256, SoftAttestation::None),
        (SoftAlgorithm::EdDsa, SoftAttestation::PackedSelf),
        (SoftAlgorithm::Rs256, SoftAttestation::PackedSelf),
    ] {
        let mut ceremony = Ceremony::new();
        ceremony.authenticator.algorithm = algorithm;
        ceremony.authenticator.attestation = attestation;
        ceremony.authenticator.backup_eligible = true;
        ceremony.authenticator.aaguid = MODEL;
        // {"credProtect": 2}
        ceremony.authenticator.extensions = Some(b"\xa1\x6bcredProtect\x02".to_vec());
        let record = ceremony.register().unwrap();
        assert_eq!(record.rp_id, "example.com");
        assert_eq!(record.aaguid, Aaguid::from_bytes(MODEL));
        assert_eq!(record.transports, ["internal"]);
        assert_eq!(record.discoverable, Some(true));
        assert_eq!(record.attachment.as_deref(), Some("platform"));
        assert_eq!((record.sign_count, record.attested), (1, false));
        assert!(record.backup_eligible && !record.backup_state);
        assert!(record.user_verified_at_registration);
        CredentialPublicKey::read(&record.public_key).unwrap();
    }
}

#[test]
fn webauthn_7_1_6_refuses_client_data_that_are_not_json() {
    for text in [
        "",
        "[]",
        "{",
        "{\"type\":7}",
        "{\"type\":\"a\",\"type\":\"a\"}",
    ] {
        let text = jose::strict_base64url::encode(text);
        let refused = refusal_of(|it| it["response"]["clientDataJSON"] = json!(text));
        assert_eq!(refused, Some(WebAuthnError::ClientData));
    }
}

#[test]
fn webauthn_7_1_7_refuses_another_type() {
    let refused = refusal(|it| {
        let members = &mut it.authenticator.client_data;
        members.insert("type".to_owned(), json!("webauthn.get"));
    });
    assert_eq!(refused, Some(WebAuthnError::WrongType));
}

#[test]
fn webauthn_7_1_8_refuses_another_challenge() {
    let mut ceremony = Ceremony::new();
    let response = ceremony.create();
    let random = CountingRandom::default();
    Challenge::random(&random);
    ceremony.challenge = Challenge::random(&random);
    let refused = ceremony.verify_created(&response).err();
    assert_eq!(refused, Some(WebAuthnError::WrongChallenge));
}

#[test]
fn webauthn_7_1_9_refuses_another_origin() {
    for origin in [
        "https://example.com",
        "https://sso.example.com.evil.org",
        "null",
    ] {
        let refused = refusal(|it| origin.clone_into(&mut it.authenticator.origin));
        assert_eq!(refused, Some(WebAuthnError::WrongOrigin(origin.to_owned())));
    }
}

#[test]
fn webauthn_7_1_10_and_11_frames_are_for_those_who_may() {
    let framed = |top: Option<&str>, may: &[&str]| {
        refusal(|it| {
            it.party = party().with_top_origins(may).unwrap();
            let members = &mut it.authenticator.client_data;
            members.insert("crossOrigin".to_owned(), json!(true));
            if let Some(top) = top {
                members.insert("topOrigin".to_owned(), json!(top));
            }
        })
    };
    let shop = "https://shop.example";
    assert_eq!(framed(None, &[]), Some(WebAuthnError::CrossOrigin));
    assert_eq!(framed(Some(shop), &[]), Some(WebAuthnError::CrossOrigin));
    assert_eq!(framed(None, &[shop]), None);
    assert_eq!(framed(Some(shop), &[shop]), None);
    let other = "https://other.example";
    let refused = WebAuthnError::WrongTopOrigin(other.to_owned());
    assert_eq!(framed(Some(other), &[shop]), Some(refused.clone()));
    // A top origin without "crossOrigin" is one all the same.
    let quiet = refusal(|it| {
        let members = &mut it.authenticator.client_data;
        members.insert("topOrigin".to_owned(), json!(other));
    });
    assert_eq!(quiet, Some(refused));
}

#[test]
fn webauthn_7_1_13_refuses_what_is_no_attestation_object() {
    let refused = |cbor: &[u8]| {
        let text = jose::strict_base64url::encode(cbor);
        refusal_of(|it| it["response"]["attestationObject"] = json!(text))
    };
    assert_eq!(
        refused(b"\xbf"),
        Some(WebAuthnError::AttestationObject(NotCbor))
    );
    let member = |name| Some(WebAuthnError::AttestationObjectMember(name));
    assert_eq!(refused(b"\x01"), member("fmt"));
    assert_eq!(refused(b"\xa1\x63fmt\x64none"), member("attStmt"));
    assert_eq!(
        refused(b"\xa2\x63fmt\x64none\x67attStmt\xa0"),
        member("authData")
    );
    let empty = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x40";
    assert_eq!(refused(empty), Some(WebAuthnError::AuthenticatorData));
}

#[test]
fn webauthn_6_1_refuses_authenticator_data_with_something_after_them() {
    let refused = refusal(|it| it.authenticator.extensions = Some(b"\xa0\x00".to_vec()));
    assert_eq!(refused, Some(WebAuthnError::AuthenticatorData));
    let refused = refusal(|it| it.authenticator.extensions = Some(b"\x80".to_vec()));
    assert_eq!(refused, Some(WebAuthnError::AuthenticatorData));
}

#[test]
fn webauthn_7_1_14_refuses_another_rp_id() {
    let refused = refusal(|it| it.authenticator.rp_id = Some("sso.example.com".to_owned()));
    assert_eq!(refused, Some(WebAuthnError::WrongRpId));
}

#[test]
fn webauthn_7_1_15_somebody_must_be_present_unless_nobody_was_asked() {
    let refused = refusal(|it| it.authenticator.user_present = false);
    assert_eq!(refused, Some(WebAuthnError::UserNotPresent));
    let accepted = refusal(|it| {
        it.authenticator.user_present = false;
        it.conditional = true;
    });
    assert_eq!(accepted, None);
}

#[test]
fn webauthn_7_1_16_the_person_must_be_verified_if_that_is_required() {
    let refused = refusal(|it| it.authenticator.user_verified = false);
    assert_eq!(refused, Some(WebAuthnError::UserNotVerified));
    let mut ceremony = Ceremony::new();
    ceremony.authenticator.user_verified = false;
    ceremony.user_verification = UserVerification::Preferred;
    assert!(!ceremony.register().unwrap().user_verified_at_registration);
}

#[test]
fn webauthn_7_1_17_refuses_a_backup_of_what_cannot_be_backed_up() {
    let refused = refusal(|it| it.authenticator.backup_state = true);
    assert_eq!(refused, Some(WebAuthnError::BackedUpThoughNotEligible));
}

#[test]
fn webauthn_7_1_20_refuses_an_algorithm_that_was_not_asked_for() {
    let refused = refusal(|it| it.algorithms = vec![CoseAlgorithm::EdDsa]);
    assert_eq!(refused, Some(WebAuthnError::AlgorithmNotAllowed));
}

#[test]
fn webauthn_7_1_25_the_client_tells_the_credential_of_the_authenticator() {
    let refused = refusal_of(|it| {
        it["id"] = json!("AQID");
        it["rawId"] = json!("AQID");
    });
    assert_eq!(refused, Some(WebAuthnError::CredentialIdDiffers));
}

#[test]
fn webauthn_7_1_25_refuses_a_credential_id_of_more_than_1023_bytes() {
    for (len, refusal) in [
        (1023, None),
        (1024, Some(WebAuthnError::CredentialIdTooLong)),
    ] {
        let mut ceremony = Ceremony::new();
        ceremony.authenticator.id_len = len;
        let mut response = ceremony.create();
        if len > 1023 {
            // The client is found out before, unless it shows another one.
            let refused = ceremony.verify_created(&response).err();
            assert_eq!(refused, Some(WebAuthnError::Malformed("rawId")));
            response["id"] = json!("AQID");
            response["rawId"] = json!("AQID");
        }
        assert_eq!(ceremony.verify_created(&response).err(), refusal);
    }
}

#[test]
fn webauthn_7_1_26_refuses_a_credential_that_is_registered() {
    let refused = refusal(|it| it.already_registered = true);
    assert_eq!(refused, Some(WebAuthnError::AlreadyRegistered));
}

/// Registers with an authenticator that has a certified attestation key.
fn certified(
    format: SoftAttestation,
    policy: AttestationPolicy,
    key: AttestationKey,
) -> Result<WebAuthnCredential, WebAuthnError> {
    let mut ceremony = Ceremony::new();
    ceremony.authenticator.attestation = format;
    ceremony.authenticator.attestation_key = Some(key);
    if format == SoftAttestation::Packed {
        ceremony.authenticator.aaguid = MODEL;
    }
    ceremony.attestation = policy;
    ceremony.register()
}

fn trusting(maker: &SoftMaker, models: Vec<Aaguid>) -> AttestationPolicy {
    let roots = AttestationRoots::new([maker.root().as_slice()]).unwrap();
    AttestationPolicy::Trusted { roots, models }
}

#[test]
fn webauthn_7_1_24_only_a_trusted_root_makes_a_credential_attested() {
    let maker = SoftMaker::new();
    for format in [SoftAttestation::Packed, SoftAttestation::FidoU2f] {
        let with = |policy| certified(format, policy, maker.attestation_key(MODEL));
        assert!(with(trusting(&maker, vec![])).unwrap().attested);
        assert!(!with(AttestationPolicy::Any).unwrap().attested);
        assert!(!with(AttestationPolicy::None).unwrap().attested);
        let refused = with(trusting(&SoftMaker::new(), vec![])).err();
        assert_eq!(refused, Some(WebAuthnError::AttestationNotTrusted));
    }
    for format in [SoftAttestation::None, SoftAttestation::PackedSelf] {
        let refused = refusal(|it| {
            it.authenticator.attestation = format;
            it.attestation = trusting(&maker, vec![]);
        });
        assert_eq!(refused, Some(WebAuthnError::AttestationNotTrusted));
    }
}

#[test]
fn webauthn_7_1_24_models_may_be_named() {
    let maker = SoftMaker::new();
    let with = |models| {
        let key = maker.attestation_key(MODEL);
        certified(SoftAttestation::Packed, trusting(&maker, models), key)
    };
    let (ours, other) = (Aaguid::from_bytes(MODEL), Aaguid::from_bytes([7; 16]));
    assert!(with(vec![other, ours]).unwrap().attested);
    assert_eq!(
        with(vec![other]).err(),
        Some(WebAuthnError::ModelNotAllowed)
    );
}

#[test]
fn webauthn_7_1_24_an_expired_root_path_is_not_trusted() {
    let maker = SoftMaker::new();
    let key = maker.attestation_key_changed(MODEL, |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    let refused = certified(SoftAttestation::Packed, trusting(&maker, vec![]), key).err();
    assert_eq!(refused, Some(WebAuthnError::AttestationNotTrusted));
}

#[test]
fn webauthn_8_2_1_asks_much_of_a_packed_certificate() {
    let maker = SoftMaker::new();
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let key = maker.attestation_key_changed(MODEL, change);
        match certified(SoftAttestation::Packed, AttestationPolicy::Any, key) {
            Err(WebAuthnError::Attestation(error)) => Some(error),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    };
    assert_eq!(with(&|_| {}), None);
    let attributes = [
        (DnType::CountryName, "CH"),
        (DnType::OrganizationName, "Soft Maker"),
        (DnType::OrganizationalUnitName, "Authenticator Attestation"),
        (DnType::CommonName, "Soft"),
    ];
    for left_out in 0..attributes.len() {
        let refused = with(&|params| {
            let mut left = attributes.to_vec();
            left.remove(left_out);
            params.distinguished_name = named(&left);
        });
        assert!(matches!(refused, Some(AttestationError::Requirement(_))));
    }
    let refused = with(&|params| {
        let mut other = attributes.to_vec();
        other[2].1 = "Something else";
        params.distinguished_name = named(&other);
    });
    assert!(matches!(refused, Some(AttestationError::Requirement(_))));
    for ca in [IsCa::NoCa, IsCa::Ca(rcgen::BasicConstraints::Unconstrained)] {
        let refused = with(&|params| params.is_ca = ca);
        assert!(matches!(refused, Some(AttestationError::Requirement(_))));
    }
    let refused = with(&|params| params.custom_extensions[0].set_criticality(true));
    assert!(matches!(refused, Some(AttestationError::Requirement(_))));
    assert_eq!(with(&|params| params.custom_extensions.clear()), None);
}

#[test]
fn webauthn_8_2_refuses_a_certificate_for_another_model() {
    let key = SoftMaker::new().attestation_key([7; 16]);
    let refused = certified(SoftAttestation::Packed, AttestationPolicy::Any, key).err();
    let expected = WebAuthnError::Attestation(AttestationError::AaguidDiffers);
    assert_eq!(refused, Some(expected));
}

#[test]
fn webauthn_8_6_a_u2f_key_has_no_model() {
    let refused = refusal(|it| {
        it.authenticator.attestation = SoftAttestation::FidoU2f;
        it.authenticator.attestation_key = Some(SoftMaker::new().attestation_key(MODEL));
        it.authenticator.aaguid = MODEL;
    });
    let expected = WebAuthnError::Attestation(AttestationError::AaguidDiffers);
    assert_eq!(refused, Some(expected));
}

#[test]
fn webauthn_8_6_a_u2f_key_is_on_p256() {
    let refused = refusal(|it| {
        it.authenticator.attestation = SoftAttestation::FidoU2f;
        it.authenticator.attestation_key = Some(SoftMaker::new().attestation_key(MODEL));
        it.authenticator.algorithm = SoftAlgorithm::EdDsa;
    });
    let expected = WebAuthnError::Attestation(AttestationError::AlgorithmDiffers);
    assert_eq!(refused, Some(expected));
}
