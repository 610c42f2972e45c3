//! The person's own signature over a transaction, so that anyone can check it later.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use domain::Digest;
use jose::digest::{constant_time_eq, sha256};
use jose::jwk::{Curve, Jwk, KeyType};
use jose::jws::{self, Algorithm, Typ, VerifyingKeys};
use jose::strict_base64url;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::factor::webauthn::{AssertionMaterial, Challenge, CredentialPublicKey};

/// A signature is not one over this transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    /// A part of it cannot be read.
    #[error("{0} of the person's signature cannot be read")]
    Unreadable(&'static str),
    /// It answers another challenge, so it approves something else.
    #[error("the person's signature answers another challenge than that of this transaction")]
    Challenge,
    /// It is not from somebody who was there.
    #[error("the person's signature does not say that anyone was present")]
    NotPresent,
    /// It is not of this key.
    #[error("the person's signature is not of the key beside it")]
    Signature,
    /// The device signed something else, or that the person denied it.
    #[error("the device did not sign that this transaction is approved")]
    NotApproved,
}

/// The person's own signature over a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SignatureMaterial {
    /// Of a passkey or a security key (WebAuthn §7.2).
    #[serde(rename = "webauthn")]
    WebAuthn(WebAuthnMaterial),
    /// Of the key of a registered device.
    DeviceKey(DeviceKeyMaterial),
    /// Of the key of a device with which a face was enrolled: a JWS of the type [`PROOF_TYP`], with the
    /// claim `transaction`, the digest of the transaction.
    Recognize(DeviceKeyMaterial),
}

/// The `typ` of what a device signs to begin a session (docs/recognize-protocol.md §3.4).
pub const PROOF_TYP: &str = "recognize-begin+jwt";

impl SignatureMaterial {
    /// Whether it is over the transaction with this digest; `challenge` is that of the transaction,
    /// if its client chose one.
    pub fn verify(&self, digest: &Digest, challenge: Option<&str>) -> Result<(), MaterialError> {
        match self {
            Self::WebAuthn(material) => verify_webauthn(material, digest, challenge),
            Self::DeviceKey(material) => verify_device_key(
                material,
                "approval+jwt",
                &[("digest", &digest.to_string()), ("decision", "approve")],
            ),
            Self::Recognize(material) => material.verify_proof(Some(digest)),
        }
    }
}

/// What an authenticator signed, with what it takes to check it; bytes are in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebAuthnMaterial {
    /// What the authenticator says (WebAuthn §6.1).
    pub authenticator_data: String,
    /// What the browser says (WebAuthn §5.8.1).
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The signature over both, in the form that the authenticator gave it.
    pub signature: String,
    /// The public key of the credential as a JWK (RFC 7517).
    pub public_key: Map<String, Value>,
    /// Where the challenge is from.
    pub challenge: WebAuthnChallenge,
}

impl WebAuthnMaterial {
    /// What an authenticator signed when it was asked with this challenge; `None` when the key is
    /// none that is known.
    pub fn of(assertion: &AssertionMaterial, challenge: &Challenge) -> Option<Self> {
        let key = CredentialPublicKey::read(&assertion.public_key).ok()?;
        let encode = |bytes: &[u8]| strict_base64url::encode(bytes);
        let derived = challenge.random_part();
        let derived = derived.map(|random| WebAuthnChallenge::Derived(encode(random)));
        Some(Self {
            authenticator_data: encode(&assertion.authenticator_data),
            client_data_json: encode(&assertion.client_data_json),
            signature: encode(&assertion.signature),
            public_key: key.to_jwk(),
            challenge: derived.unwrap_or(WebAuthnChallenge::Requested),
        })
    }
}

/// Where the challenge of an assertion is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebAuthnChallenge {
    /// [`webauthn_challenge`] of the digest and these 32 random bytes, in base64url.
    Derived(String),
    /// The client chose it (`pi.webAuthn.challenge`); it is in the transaction.
    Requested,
}

/// What the key of a registered device signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceKeyMaterial {
    /// The public key of the device (RFC 7517).
    pub jwk: Map<String, Value>,
    /// A JWS: of an authenticator it is of the type `approval+jwt` and has the claims `digest`, that of
    /// the transaction, and `decision`, which is `approve`.
    pub jws: String,
}

/// The challenge by which an authenticator signs a transaction, as `clientDataJSON` has it: in base64url
/// `countersign` and a zero byte, then SHA-256 of `countersign webauthn transaction v1`, a zero byte, 32
/// random bytes and the digest.
pub fn webauthn_challenge(random: [u8; 32], digest: &Digest) -> String {
    strict_base64url::encode(Challenge::recomputed(random, digest.as_bytes()).as_bytes())
}

fn verify_webauthn(
    material: &WebAuthnMaterial,
    digest: &Digest,
    requested: Option<&str>,
) -> Result<(), MaterialError> {
    use MaterialError::Unreadable;
    let bytes = |text: &str, name| strict_base64url::decode(text).map_err(|_| Unreadable(name));
    let authenticator_data = bytes(&material.authenticator_data, "authenticatorData")?;
    let client_data = bytes(&material.client_data_json, "clientDataJSON")?;
    let signature = bytes(&material.signature, "signature")?;
    check_client_data(
        &client_data,
        &expected_challenge(material, digest, requested)?,
    )?;
    // WebAuthn §6.1: 32 bytes for the relying party, then the flags, of which the first is `UP`.
    match authenticator_data.get(32) {
        Some(flags) if flags & 1 == 1 && authenticator_data.len() >= 37 => {}
        Some(_) => return Err(MaterialError::NotPresent),
        None => return Err(Unreadable("authenticatorData")),
    }
    // WebAuthn §7.2: "Using credentialPublicKey, verify that sig is a valid signature over the binary
    // concatenation of authData and hash."
    let message = [authenticator_data.as_slice(), &sha256(&client_data)].concat();
    verify_signature(&material.public_key, &message, &signature)
}

/// The challenge in the form that `clientDataJSON` has it in.
fn expected_challenge(
    material: &WebAuthnMaterial,
    digest: &Digest,
    requested: Option<&str>,
) -> Result<String, MaterialError> {
    match (&material.challenge, requested) {
        // A transaction whose client chose a challenge is approved by that one alone.
        (WebAuthnChallenge::Requested, Some(challenge)) => Ok(challenge.to_owned()),
        (WebAuthnChallenge::Derived(random), None) => {
            let random = strict_base64url::decode(random).ok();
            let random = random.and_then(|random| random.try_into().ok());
            let random = random.ok_or(MaterialError::Unreadable("challenge"))?;
            Ok(webauthn_challenge(random, digest))
        }
        _ => Err(MaterialError::Challenge),
    }
}

fn check_client_data(client_data: &[u8], expected: &str) -> Result<(), MaterialError> {
    let unreadable = MaterialError::Unreadable("clientDataJSON");
    let client_data = jose::json::parse_object(client_data).map_err(|_| unreadable)?;
    let member = |name: &str| client_data.get(name).and_then(Value::as_str);
    let challenge = member("challenge").ok_or(unreadable)?;
    // WebAuthn §7.2: "Verify that the value of C.type is the string webauthn.get."
    if member("type") != Some("webauthn.get") {
        return Err(unreadable);
    }
    // WebAuthn §7.2: "Verify that the value of C.challenge equals the base64url encoding of
    // pkOptions.challenge."
    match constant_time_eq(challenge.as_bytes(), expected.as_bytes()) {
        true => Ok(()),
        false => Err(MaterialError::Challenge),
    }
}

/// A signature as authenticators write it: that of ECDSA is in ASN.1, which no JWS has.
fn verify_signature(
    jwk: &Map<String, Value>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), MaterialError> {
    let sound = public_jwk(jwk)?;
    let member = |name: &str| {
        let text = jwk.get(name).and_then(Value::as_str).unwrap_or_default();
        strict_base64url::decode(text).unwrap_or_default()
    };
    let point = || [[4].as_slice(), &member("x"), &member("y")].concat();
    let verified = match (sound.key_type(), sound.curve()) {
        (KeyType::Ec, Some(Curve::P256)) => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point()).verify(message, signature)
        }
        (KeyType::Ec, Some(Curve::P384)) => {
            UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point()).verify(message, signature)
        }
        (KeyType::Ec, Some(Curve::P521)) => {
            UnparsedPublicKey::new(&ECDSA_P521_SHA512_ASN1, point()).verify(message, signature)
        }
        (KeyType::Okp, Some(Curve::Ed25519)) => {
            UnparsedPublicKey::new(&ED25519, member("x")).verify(message, signature)
        }
        (KeyType::Rsa, _) => {
            let (n, e) = (member("n"), member("e"));
            let key = RsaPublicKeyComponents { n: &n, e: &e };
            let parameters = match sound.alg() {
                Some("PS256") => &RSA_PSS_2048_8192_SHA256,
                _ => &RSA_PKCS1_2048_8192_SHA256,
            };
            key.verify(parameters, message, signature)
        }
        _ => return Err(MaterialError::Unreadable("the public key")),
    };
    verified.map_err(|_| MaterialError::Signature)
}

impl DeviceKeyMaterial {
    /// Whether it is what a device signs to begin a session of Recognize: over the transaction with this
    /// digest, or over none.
    pub(crate) fn verify_proof(&self, transaction: Option<&Digest>) -> Result<(), MaterialError> {
        let digest = transaction.map(Digest::to_string).unwrap_or_default();
        verify_device_key(self, PROOF_TYP, &[("transaction", &digest)])
    }
}

fn verify_device_key(
    material: &DeviceKeyMaterial,
    typ: &str,
    expected: &[(&str, &str)],
) -> Result<(), MaterialError> {
    let keys = VerifyingKeys::from(&public_jwk(&material.jwk)?.without_kid());
    let policy = jws::Policy::new(&[Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256])
        .with_typ(Typ::Required(typ));
    let verified = jws::Unverified::parse(&material.jws, jose::DEFAULT_MAX_TOKEN_LEN)
        .and_then(|it| it.verify(&keys, &policy))
        .map_err(|_| MaterialError::Signature)?;
    let claims = verified.claims();
    let claims = claims.map_err(|_| MaterialError::Unreadable("the payload"))?;
    let is = |name: &str, expected: &str| {
        let claim = claims.get(name).and_then(Value::as_str).unwrap_or_default();
        constant_time_eq(claim.as_bytes(), expected.as_bytes())
    };
    match expected.iter().all(|(name, value)| is(name, value)) {
        true => Ok(()),
        false => Err(MaterialError::NotApproved),
    }
}

fn public_jwk(members: &Map<String, Value>) -> Result<Jwk, MaterialError> {
    let jwk = Jwk::from_value(Value::Object(members.clone())).ok();
    let public = jwk.filter(|jwk| !jwk.is_private());
    public.ok_or(MaterialError::Unreadable("the public key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use jose::jws::SigningKey;
    use serde_json::json;

    fn is_good(jwk: &Map<String, Value>, signature: &[u8]) -> bool {
        let changed = verify_signature(jwk, b"other", signature);
        assert_eq!(changed, Err(MaterialError::Signature));
        verify_signature(jwk, b"message", signature).is_ok()
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "an authenticator draws its own nonces"
    )]
    fn every_algorithm_of_authenticators_can_be_checked() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256] {
            let key = SigningKey::generate(algorithm).unwrap();
            let signature = key.sign(b"message").unwrap();
            assert!(is_good(&key.jwk().to_public_value().unwrap(), &signature));
        }
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
        let (x, y) = (strict_base64url::encode(x), strict_base64url::encode(y));
        let jwk = json!({"kty": "EC", "crv": "P-384", "x": x, "y": y});
        let signature = pair.sign(&SystemRandom::new(), b"message").unwrap();
        assert!(is_good(jwk.as_object().unwrap(), signature.as_ref()));
    }

    #[test]
    fn a_private_key_is_in_no_receipt() {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let private: Value = serde_json::from_str(&key.jwk().to_private_json()).unwrap();
        let refused = verify_signature(private.as_object().unwrap(), b"message", b"");
        assert_eq!(refused, Err(MaterialError::Unreadable("the public key")));
    }
}
