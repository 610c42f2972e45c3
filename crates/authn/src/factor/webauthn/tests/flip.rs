//! Whatever is changed, cut off or made up is refused, and nothing panics.

use super::soft_authenticator::{SoftAlgorithm, SoftAttestation};
use super::*;
use jose::strict_base64url::{decode, encode};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// An assertion that is accepted, with its credential.
static SIGNED: LazyLock<(Ceremony, Value, WebAuthnCredential)> = LazyLock::new(|| {
    let mut ceremony = Ceremony::new();
    ceremony.authenticator.algorithm = SoftAlgorithm::EdDsa;
    let credential = ceremony.register().unwrap();
    let response = ceremony.sign();
    (ceremony, response, credential)
});

/// A registration that is accepted.
static CREATED: LazyLock<(Ceremony, Value)> = LazyLock::new(|| {
    let mut ceremony = Ceremony::new();
    ceremony.authenticator.attestation = SoftAttestation::PackedSelf;
    let response = ceremony.create();
    (ceremony, response)
});

fn changed(response: &Value, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut response = response.clone();
    let member = &mut response["response"][name];
    let mut bytes = decode(member.as_str().unwrap()).unwrap();
    change(&mut bytes);
    *member = json!(encode(bytes));
    response
}

fn flip(bytes: &mut [u8], at: usize) {
    let bit = at % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn the_originals_are_accepted() {
    let (ceremony, response, credential) = &*SIGNED;
    ceremony.verify_signed(response, credential).unwrap();
    let (ceremony, response) = &*CREATED;
    ceremony.verify_created(response).unwrap();
}

#[test]
fn any_flipped_bit_of_a_signed_response_is_refused() {
    let (ceremony, response, credential) = &*SIGNED;
    for name in ["clientDataJSON", "authenticatorData", "signature"] {
        let len = response["response"][name].as_str().unwrap().len() * 6;
        for bit in 0..len {
            let flipped = changed(response, name, |bytes| flip(bytes, bit));
            let verified = ceremony.verify_signed(&flipped, credential);
            assert!(verified.is_err(), "bit {bit} of {name}");
        }
    }
    for bit in 0..credential.public_key.len() * 8 {
        let mut key = credential.public_key.to_vec();
        flip(&mut key, bit);
        let other = WebAuthnCredential {
            public_key: key.into(),
            ..credential.clone()
        };
        assert!(
            ceremony.verify_signed(response, &other).is_err(),
            "bit {bit} of the key"
        );
    }
}

#[test]
fn any_flipped_bit_of_a_self_attested_registration_is_refused_or_harmless() {
    let (ceremony, response) = &*CREATED;
    let before = ceremony.verify_created(response).unwrap();
    for name in ["clientDataJSON", "attestationObject"] {
        let len = response["response"][name].as_str().unwrap().len() * 6;
        for bit in 0..len {
            let flipped = changed(response, name, |bytes| flip(bytes, bit));
            // The name of the format is the one thing that no signature covers: a format that is
            // not known conveys nothing.
            if let Ok(record) = ceremony.verify_created(&flipped) {
                let format = record.attestation_format.clone();
                assert_ne!(format, "packed", "bit {bit} of {name}");
                let same = WebAuthnCredential {
                    attestation_format: "packed".to_owned(),
                    ..record
                };
                assert_eq!(same, before, "bit {bit} of {name}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_cut_off_or_goes_on_is_refused(
        cut in 0_usize..2_000,
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (ceremony, response, credential) = &*SIGNED;
        for name in ["clientDataJSON", "authenticatorData", "signature"] {
            let other = changed(response, name, |bytes| {
                bytes.truncate(cut % bytes.len());
                bytes.extend(&tail);
            });
            if other != *response {
                prop_assert!(ceremony.verify_signed(&other, credential).is_err());
            }
        }
        let (ceremony, response) = &*CREATED;
        let other = changed(response, "attestationObject", |bytes| {
            bytes.truncate(cut % bytes.len());
            bytes.extend(&tail);
        });
        if other != *response {
            prop_assert!(ceremony.verify_created(&other).is_err());
        }
    }

    #[test]
    fn no_response_makes_it_panic(
        client_data in "\\PC*",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let (ceremony, _) = &*CREATED;
        let made_up = json!({
            "id": "AQID", "rawId": "AQID", "type": "public-key",
            "response": {
                "clientDataJSON": encode(client_data), "attestationObject": encode(&bytes),
                "authenticatorData": encode(&bytes), "signature": encode(&bytes),
            },
        });
        prop_assert!(ceremony.verify_created(&made_up).is_err());
        let (ceremony, _, credential) = &*SIGNED;
        prop_assert!(ceremony.verify_signed(&made_up, credential).is_err());
    }
}
