//! WebAuthn Level 3 §7.2, clause by clause, and the material of receipts.

use super::ExpectedUser::{Discovered, Identified};
use super::soft_authenticator::SoftAlgorithm;
use super::*;
use jose::digest::sha256;
use serde_json::json;

/// Why an assertion is refused with what `change` gets wrong.
fn refusal(change: impl FnOnce(&mut Ceremony, &mut WebAuthnCredential)) -> Option<WebAuthnError> {
    let mut ceremony = Ceremony::new();
    let mut credential = ceremony.register().unwrap();
    change(&mut ceremony, &mut credential);
    ceremony.authenticate(&credential).err()
}

#[test]
fn webauthn_7_2_accepts_a_signature_of_each_algorithm() {
    use SoftAlgorithm::{EdDsa, Es256, Rs256};
    for algorithm in [Es256, EdDsa, Rs256] {
        let mut ceremony = Ceremony::new();
        ceremony.authenticator.algorithm = algorithm;
        let credential = ceremony.register().unwrap();
        let verified = ceremony.authenticate(&credential).unwrap();
        assert_eq!(*verified.credential_id(), credential.id);
        assert_eq!((verified.sign_count(), verified.origin()), (2, ORIGIN));
        assert!(verified.user_verified() && !verified.backup_state());
        let updated = verified.update(&credential);
        assert_eq!(updated.sign_count, 2);
        assert!(ceremony.authenticate(&updated).is_ok());
    }
}

#[test]
fn webauthn_7_2_5_refuses_a_credential_that_was_not_asked_for() {
    let mut ceremony = Ceremony::new();
    let credential = ceremony.register().unwrap();
    let response = ceremony.sign().to_string();
    let response = AuthenticationResponse::parse(response.as_bytes()).unwrap();
    let with = |allowed: &[domain::ByteString]| {
        let authentication = Authentication {
            allowed,
            ..ceremony.authentication()
        };
        authentication.verify(&response, &credential).err()
    };
    let other = vec![1, 2, 3].into();
    assert_eq!(with(std::slice::from_ref(&credential.id)), None);
    assert_eq!(with(&[other]), Some(WebAuthnError::CredentialNotAllowed));
}

#[test]
fn webauthn_7_2_6_refuses_another_credential_and_another_relying_partys() {
    let refused = refusal(|_, credential| credential.id = vec![1, 2, 3].into());
    assert_eq!(refused, Some(WebAuthnError::AnotherCredential));
    let refused = refusal(|_, credential| credential.rp_id = "example.org".to_owned());
    assert_eq!(refused, Some(WebAuthnError::AnotherCredential));
}

#[test]
fn webauthn_7_2_6_the_user_handle_is_that_of_the_user() {
    let mut ceremony = Ceremony::new();
    ceremony.authenticator.sign_count = 0;
    let credential = ceremony.register().unwrap();
    let mut with = |tells_user, user| {
        ceremony.authenticator.tells_user = tells_user;
        let response = ceremony.sign().to_string();
        let response = AuthenticationResponse::parse(response.as_bytes()).unwrap();
        let authentication = Authentication {
            user,
            ..ceremony.authentication()
        };
        authentication.verify(&response, &credential).err()
    };
    assert_eq!(with(true, Identified(HANDLE)), None);
    assert_eq!(with(false, Identified(HANDLE)), None);
    assert_eq!(with(true, Discovered(HANDLE)), None);
    let missing = Some(WebAuthnError::UserHandleMissing);
    assert_eq!(with(false, Discovered(HANDLE)), missing);
    let differs = Some(WebAuthnError::UserHandleDiffers);
    assert_eq!(with(true, Identified(b"bob")), differs);
    assert_eq!(with(true, Discovered(b"bob")), differs);
}

#[test]
fn webauthn_7_2_10_refuses_another_type() {
    let refused = refusal(|ceremony, _| {
        let members = &mut ceremony.authenticator.client_data;
        members.insert("type".to_owned(), json!("webauthn.create"));
    });
    assert_eq!(refused, Some(WebAuthnError::WrongType));
}

#[test]
fn webauthn_7_2_11_refuses_another_challenge() {
    let mut ceremony = Ceremony::new();
    let credential = ceremony.register().unwrap();
    let response = ceremony.sign();
    ceremony.challenge = Challenge::bound(&[7; 32], &CountingRandom::default());
    let refused = ceremony.verify_signed(&response, &credential).err();
    assert_eq!(refused, Some(WebAuthnError::WrongChallenge));
}

#[test]
fn webauthn_7_2_12_refuses_another_origin() {
    let refused = refusal(|ceremony, _| {
        ceremony.authenticator.origin = "https://sso.example.com:8443".to_owned();
    });
    let other = "https://sso.example.com:8443".to_owned();
    assert_eq!(refused, Some(WebAuthnError::WrongOrigin(other)));
}

#[test]
fn webauthn_7_2_13_and_14_refuses_a_frame_that_is_not_expected() {
    let refused = refusal(|ceremony, _| {
        let members = &mut ceremony.authenticator.client_data;
        members.insert("crossOrigin".to_owned(), json!(true));
    });
    assert_eq!(refused, Some(WebAuthnError::CrossOrigin));
    let refused = refusal(|ceremony, _| {
        let members = &mut ceremony.authenticator.client_data;
        members.insert("topOrigin".to_owned(), json!("https://shop.example"));
    });
    let shop = "https://shop.example".to_owned();
    assert_eq!(refused, Some(WebAuthnError::WrongTopOrigin(shop)));
}

#[test]
fn webauthn_7_2_15_refuses_another_rp_id() {
    let refused = refusal(|ceremony, _| {
        ceremony.authenticator.rp_id = Some("example.org".to_owned());
    });
    assert_eq!(refused, Some(WebAuthnError::WrongRpId));
}

#[test]
fn webauthn_7_2_16_somebody_must_be_present() {
    let refused = refusal(|ceremony, _| ceremony.authenticator.user_present = false);
    assert_eq!(refused, Some(WebAuthnError::UserNotPresent));
}

#[test]
fn webauthn_7_2_17_the_person_must_be_verified_if_that_is_required() {
    let refused = refusal(|ceremony, _| ceremony.authenticator.user_verified = false);
    assert_eq!(refused, Some(WebAuthnError::UserNotVerified));
    let accepted = refusal(|ceremony, _| {
        ceremony.authenticator.user_verified = false;
        ceremony.user_verification = UserVerification::Discouraged;
    });
    assert_eq!(accepted, None);
}

#[test]
fn webauthn_7_2_18_refuses_a_backup_of_what_cannot_be_backed_up() {
    let refused = refusal(|ceremony, _| ceremony.authenticator.backup_state = true);
    assert_eq!(refused, Some(WebAuthnError::BackedUpThoughNotEligible));
}

#[test]
fn webauthn_7_2_19_whether_it_can_be_backed_up_never_changes() {
    let refused = refusal(|ceremony, _| ceremony.authenticator.backup_eligible = true);
    assert_eq!(refused, Some(WebAuthnError::BackupEligibilityChanged));
    let refused = refusal(|_, credential| credential.backup_eligible = true);
    assert_eq!(refused, Some(WebAuthnError::BackupEligibilityChanged));
}

#[test]
fn webauthn_7_2_21_refuses_a_signature_of_another_key() {
    let refused = refusal(|_, credential| {
        let another = Ceremony::new().register().unwrap();
        credential.public_key = another.public_key;
    });
    assert_eq!(refused, Some(WebAuthnError::BadSignature));
}

#[test]
fn webauthn_7_2_22_the_counter_rises_or_there_is_none() {
    for (stored, told, accepted) in [
        (0, 0, true),
        (0, 1, true),
        (5, 6, true),
        (5, 5, false),
        (5, 4, false),
        (5, 0, false),
    ] {
        let refused = refusal(|ceremony, credential| {
            credential.sign_count = stored;
            // It counts before it tells, but for a counter that it does not have.
            ceremony.authenticator.sign_count = u32::saturating_sub(told, 1);
            if told == 1 {
                ceremony.authenticator.sign_count = 1;
            }
        });
        match accepted {
            true => assert_eq!(refused, None, "{stored} then {told}"),
            false => assert_eq!(refused, Some(WebAuthnError::CounterWentBack)),
        }
    }
}

#[test]
fn material_of_a_receipt_is_checked_without_the_server() {
    let mut ceremony = Ceremony::new();
    let credential = ceremony.register().unwrap();
    let digest = sha256(b"99.95 EUR to Demo Shop");
    ceremony.challenge = Challenge::bound(&digest, &CountingRandom::default());
    let verified = ceremony.authenticate(&credential).unwrap();
    let kept = serde_json::to_value(verified.assertion_material()).unwrap();
    assert!(kept["clientDataJSON"].is_string() && kept["publicKey"].is_string());
    let material: AssertionMaterial = serde_json::from_value(kept).unwrap();
    let random = *ceremony.challenge.random_part().unwrap();
    let with = |digest, rp_id| {
        let challenge = Challenge::recomputed(random, &digest);
        verify_material(&material, rp_id, &challenge)
    };
    let facts = with(digest, "example.com").unwrap();
    assert_eq!((facts.origin(), facts.sign_count()), (ORIGIN, 2));
    assert!(facts.user_verified());
    let other = sha256(b"99.96 EUR to Demo Shop");
    let told = crate::approval::WebAuthnMaterial::of(&material, &ceremony.challenge).unwrap();
    let told = crate::approval::SignatureMaterial::WebAuthn(told);
    let is_over = |digest| told.verify(&domain::Digest::from_bytes(digest), None);
    assert_eq!(is_over(digest), Ok(()));
    assert!(is_over(other).is_err(), "the same in a receipt");
    let refused = with(other, "example.com").err();
    assert_eq!(refused, Some(WebAuthnError::WrongChallenge));
    let refused = with(digest, "example.org").err();
    assert_eq!(refused, Some(WebAuthnError::WrongRpId));
    let another = Ceremony::new().register().unwrap();
    let swapped = AssertionMaterial {
        public_key: another.public_key,
        ..material.clone()
    };
    let refused = verify_material(&swapped, "example.com", &ceremony.challenge).err();
    assert_eq!(refused, Some(WebAuthnError::BadSignature));
}
