//! What the tests of approvals begin with: a shop that asks, a person who is asked, and their keys.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use domain::port::fixed::CountingRandom;
use domain::{
    AuthorizationDetails, ClientId, DeviceId, Digest, Timestamp, TransactionDraft,
    TransactionSource, UserId, Variables,
};
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Algorithm, SigningKey, VerifyingKeys, sign_compact};
use jose::strict_base64url::encode;
use serde_json::{Value, json};

use super::code::{self, CodeContext};
use super::receipt::{Issuer, issue};
use super::template::{Content, Method, Names, TemplateError, Templates};
use super::{
    ApprovedTransaction, ApprovingFactor, Binding, DeviceKeyMaterial, Presented, SignatureMaterial,
    WebAuthnChallenge, WebAuthnMaterial, present, webauthn_challenge,
};
use crate::evidence::{Evidence, FactorKind};

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
pub(crate) const ISSUER: &str = "https://sso.example.com";
const SEED: [u8; 32] = [7; 32];

pub(super) fn user() -> UserId {
    UserId::new(NOW, &CountingRandom::default())
}

pub(super) fn names() -> Names<'static> {
    Names {
        username: "ada",
        given_name: Some("Ada"),
        family_name: None,
        application: "Demo Shop",
        environment: "Example",
        locales: Vec::new(),
    }
}

pub(super) fn template(variant: Option<&str>, variables: &[(&str, &str)]) -> TransactionSource {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = Variables::new(variables).unwrap();
    TransactionSource::template("transaction", variant.map(str::to_owned), variables).unwrap()
}

pub(crate) fn payment(sum: &str, recipient: &str) -> TransactionSource {
    template(
        None,
        &[("sum", sum), ("currency", "EUR"), ("recipient", recipient)],
    )
}

pub(super) fn details(value: &Value) -> TransactionSource {
    let details = AuthorizationDetails::parse(&value.to_string()).unwrap();
    TransactionSource::authorization_details(details).unwrap()
}

pub(super) fn draft(source: TransactionSource) -> TransactionDraft {
    let random = CountingRandom::default();
    TransactionDraft::new("env", ClientId::new("shop"), source, NOW, &random)
}

pub(super) fn content(value: Value) -> Content {
    serde_json::from_value(value).unwrap()
}

pub(super) fn try_presented(
    draft: TransactionDraft,
    templates: &Templates,
) -> Result<Presented, TemplateError> {
    present(draft, Some(user()), &names(), templates, &Method::ALL)
}

pub(super) fn presented(source: TransactionSource) -> Presented {
    try_presented(draft(source), &Templates::default()).unwrap()
}

pub(super) fn evidence(kind: FactorKind) -> Evidence {
    let device = DeviceId::new(NOW, &CountingRandom::default());
    Evidence::of_device(kind, user(), device, NOW)
}

/// The person gave the code that was sent for this.
pub(super) fn by_code(digest: &Digest) -> ApprovingFactor {
    let secret = code::new_secret(&CountingRandom::default());
    let context = CodeContext {
        digest,
        channel: "Email",
        resend: 0,
        length: 6,
    };
    let sent = code::derive(&secret, &context);
    let matched = code::check(&secret, &context, sent.expose()).unwrap();
    one(&evidence(FactorKind::Email), Some(Binding::Code(matched)))
}

/// The one factor that something proves.
pub(super) fn one(evidence: &Evidence, binding: Option<Binding>) -> ApprovingFactor {
    ApprovingFactor::all_of(evidence, binding).remove(0)
}

pub(super) fn signed(material: SignatureMaterial) -> ApprovingFactor {
    one(
        &evidence(FactorKind::WebAuthn),
        Some(Binding::Signature(material)),
    )
}

/// The person's device signs a decision.
pub(super) fn device_key(digest: &Digest, decision: &str, typ: &str) -> SignatureMaterial {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let payload = json!({"digest": digest.to_string(), "decision": decision}).to_string();
    let header = Header::new().with_typ(typ);
    SignatureMaterial::DeviceKey(DeviceKeyMaterial {
        jwk: key.jwk().to_public_value().unwrap(),
        jws: sign_compact(&key, header, payload.as_bytes()).unwrap(),
    })
}

/// The person's passkey signs the challenge of this digest.
pub(super) fn passkey(digest: &Digest) -> WebAuthnMaterial {
    let challenge = webauthn_challenge(SEED, digest);
    assertion(&challenge, WebAuthnChallenge::Derived(encode(SEED)), 5)
}

/// An authenticator's answer to a challenge, with these flags.
#[expect(
    clippy::disallowed_methods,
    reason = "an authenticator draws its own nonces"
)]
pub(super) fn assertion(challenge: &str, from: WebAuthnChallenge, flags: u8) -> WebAuthnMaterial {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let client_data = json!({"type": "webauthn.get", "challenge": challenge, "origin": ISSUER});
    let client_data = client_data.to_string();
    let authenticator_data = [&sha256(b"sso.example.com")[..], &[flags, 0, 0, 0, 1]].concat();
    let message = [&authenticator_data[..], &sha256(client_data.as_bytes())].concat();
    let signature = pair.sign(&SystemRandom::new(), &message).unwrap();
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])});
    WebAuthnMaterial {
        authenticator_data: encode(authenticator_data),
        client_data_json: encode(client_data),
        signature: encode(signature),
        public_key: jwk.as_object().unwrap().clone(),
        challenge: from,
    }
}

pub(super) fn approved(presented: &Presented) -> ApprovedTransaction {
    let passkey = SignatureMaterial::WebAuthn(passkey(&presented.digest()));
    let factors = vec![signed(passkey), by_code(&presented.digest())];
    presented
        .approved(&[Method::Page, Method::Email], factors)
        .unwrap()
}

/// An environment's key, its keys as everyone knows them, and a receipt.
pub(crate) fn receipt(approved: &ApprovedTransaction) -> (SigningKey, VerifyingKeys, String) {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let issuer = Issuer {
        issuer: ISSUER,
        key: &key,
        kid: key.kid().unwrap(),
    };
    let issued = issue(approved, &issuer, NOW, &CountingRandom::default()).unwrap();
    let keys = VerifyingKeys::from(key.jwk());
    (key, keys, issued.token)
}
