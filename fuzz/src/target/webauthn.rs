//! What authenticators and their clients answer: CBOR, COSE keys, certificates and the rest
//! (WebAuthn Level 3 §6, §8).

use std::sync::LazyLock;

use authn::factor::webauthn::{
    AttestationPolicy, Authentication, AuthenticationResponse, Challenge, CoseAlgorithm,
    CredentialPublicKey, ExpectedUser, Registration, RegistrationResponse, RelyingParty,
    UserVerification,
};
use data_encoding::BASE64URL_NOPAD;
use domain::{Timestamp, WebAuthnCredential};
use serde_json::{Value, json};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "webauthn",
    run,
    seeds,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Ceremonies that authenticators of several makes were recorded in.
static RECORDED: LazyLock<Vec<Value>> = LazyLock::new(|| {
    const JSON: &str =
        include_str!("../../../crates/authn/src/factor/webauthn/tests/recorded.json");
    let recorded: Value = serde_json::from_str(JSON).expect("the file is JSON");
    let all = recorded["registrations"].as_array();
    all.expect("registrations").clone()
});

/// An attestation object, taken for the answer in each of the recorded ceremonies; and authenticator
/// data, which nobody has signed.
fn run(input: &[u8]) -> bool {
    let mut accepted = false;
    for ceremony in RECORDED.iter() {
        if let Some(credential) = register(ceremony, input) {
            accepted = true;
            check(ceremony, &credential, input);
        }
    }
    accepted
}

fn party(ceremony: &Value) -> RelyingParty {
    let text = |name: &str| ceremony[name].as_str().expect("a text");
    RelyingParty::new(text("rpId"), "Recorded", &[text("origin")]).expect("a relying party")
}

fn challenge(ceremony: &Value) -> Challenge {
    let text = ceremony["challenge"].as_str().expect("a text");
    Challenge::of_caller(text).expect("a challenge")
}

fn register(ceremony: &Value, object: &[u8]) -> Option<WebAuthnCredential> {
    let mut response = ceremony["response"].clone();
    response["response"]["attestationObject"] = json!(BASE64URL_NOPAD.encode(object));
    let response = RegistrationResponse::parse(response.to_string().as_bytes()).ok()?;
    let registration = Registration {
        relying_party: &party(ceremony),
        challenge: &challenge(ceremony),
        algorithms: CoseAlgorithm::DEFAULT,
        user_verification: UserVerification::Preferred,
        conditional: false,
        attestation: &AttestationPolicy::Any,
        already_registered: false,
    };
    let registered = registration.verify(&response, NOW).ok()?;
    Some(registered.into_record())
}

/// What is kept can be used, is read the same again, and is of no use to whoever signs nothing.
fn check(ceremony: &Value, credential: &WebAuthnCredential, input: &[u8]) {
    let key = CredentialPublicKey::read(&credential.public_key).expect("a sound key");
    assert!(CoseAlgorithm::DEFAULT.contains(&key.algorithm()));
    assert!(!credential.attested, "nobody is trusted");
    let stored = serde_json::to_string(credential).expect("a record can be written");
    let read: WebAuthnCredential = serde_json::from_str(&stored).expect("a record can be read");
    assert_eq!(read, *credential);
    let id = credential.id.to_string();
    let client_data = json!({
        "type": "webauthn.get", "challenge": ceremony["challenge"], "origin": ceremony["origin"],
    });
    let response = json!({
        "id": id, "rawId": id, "type": "public-key",
        "response": {
            "clientDataJSON": BASE64URL_NOPAD.encode(client_data.to_string().as_bytes()),
            "authenticatorData": BASE64URL_NOPAD.encode(input.get(..2048).unwrap_or(input)),
            "signature": BASE64URL_NOPAD.encode(input.get(..64).unwrap_or(input)),
        },
    });
    let response = AuthenticationResponse::parse(response.to_string().as_bytes());
    let authentication = Authentication {
        relying_party: &party(ceremony),
        challenge: &challenge(ceremony),
        allowed: &[],
        user: ExpectedUser::Identified(b"somebody"),
        user_verification: UserVerification::Preferred,
    };
    let verified = authentication.verify(&response.expect("a response"), credential);
    assert!(verified.is_err(), "nobody has signed that");
}

fn seeds() -> Vec<Vec<u8>> {
    let object = |ceremony: &Value| {
        let text = &ceremony["response"]["response"]["attestationObject"];
        let text = text.as_str().expect("a text");
        BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")
    };
    RECORDED.iter().map(object).collect()
}
