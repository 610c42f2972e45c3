use jose::Header;
use jose::jws::{SigningKey, sign_compact};
use jose::strict_base64url;
use serde_json::json;

use super::*;
use crate::approval::scene;

const EXPECTED: Expected<'_> = Expected {
    issuer: Some(scene::ISSUER),
    audience: Some("shop"),
    digest: None,
    now: Some(scene::NOW),
};

struct Scene {
    key: SigningKey,
    keys: VerifyingKeys,
    token: String,
}

fn a_receipt() -> Scene {
    let presented = scene::presented(scene::payment("99.95", "Demo Shop"));
    let (key, keys, token) = scene::receipt(&scene::approved(&presented));
    Scene { key, keys, token }
}

impl Scene {
    fn claims(&self) -> Value {
        let payload = self.token.split('.').nth(1).unwrap();
        serde_json::from_slice(&strict_base64url::decode(payload).unwrap()).unwrap()
    }

    /// Changed by whoever holds the receipt, who has no key.
    fn tampered(&self, claims: &Value) -> Result<Receipt, ReceiptError> {
        let mut parts: Vec<String> = self.token.split('.').map(str::to_owned).collect();
        parts[1] = strict_base64url::encode(claims.to_string());
        Receipt::verify(&parts.join("."), &self.keys, &EXPECTED)
    }

    /// Changed by whoever has the environment's key, but not the person's.
    fn forged(&self, claims: &Value) -> Result<Receipt, ReceiptError> {
        let header = Header::new().with_typ(TYP);
        let token = sign_compact(&self.key, header, claims.to_string().as_bytes()).unwrap();
        Receipt::verify(&token, &self.keys, &EXPECTED)
    }

    fn with(&self, path: &str, value: Value) -> Value {
        let mut claims = self.claims();
        *claims.pointer_mut(path).unwrap() = value;
        claims
    }

    /// Neither of them gets a receipt of something else.
    fn refuses(&self, path: &str, value: Value, forged: &ReceiptError) {
        let claims = self.with(path, value);
        let tampered = self.tampered(&claims).unwrap_err();
        assert!(
            matches!(tampered, ReceiptError::NotSigned(_)),
            "{path}: {tampered}"
        );
        assert_eq!(&self.forged(&claims).unwrap_err(), forged, "{path}");
    }
}

#[test]
fn a_receipt_says_what_was_approved_by_whom_and_with_what() {
    let scene = a_receipt();
    let receipt = Receipt::verify(&scene.token, &scene.keys, &EXPECTED).unwrap();
    assert_eq!(
        (receipt.issuer(), receipt.subject().id()),
        (scene::ISSUER, scene::user())
    );
    assert_eq!(
        receipt.transaction().payments()[0].amount.to_string(),
        "99.95"
    );
    assert_eq!(receipt.shown()[0].text, "Pay 99.95 EUR to Demo Shop?");
    assert_eq!(receipt.shown()[1].method.name(), "Email");
    let bound: Vec<Option<Bound>> = receipt.factors().iter().map(|it| it.bound).collect();
    assert_eq!(bound, [Some(Bound::Signature), Some(Bound::Code)]);
    let digest = Some(*receipt.digest());
    let expected = Expected { digest, ..EXPECTED };
    assert!(Receipt::verify(&scene.token, &scene.keys, &expected).is_ok());
    assert!(
        scene.forged(&scene.claims()).is_ok(),
        "only the changes are refused"
    );
}

#[test]
fn auditors_are_told_which_receipt_there_is_and_not_what_is_in_it() {
    let presented = scene::presented(scene::payment("99.95", "Demo Shop"));
    let approved = scene::approved(&presented);
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let issuer = crate::approval::receipt::Issuer {
        issuer: scene::ISSUER,
        key: &key,
        kid: "kid",
    };
    let random = domain::port::fixed::CountingRandom::default();
    let issued = crate::approval::receipt::issue(&approved, &issuer, scene::NOW, &random).unwrap();
    let actor = domain::Actor::User("ada".to_owned());
    let client = approved.transaction().client();
    let event = issued.event(actor, client, scene::NOW, &random);
    assert_eq!(event.event, "transaction.approved");
    assert_eq!(
        event.detail["transaction_digest"],
        presented.digest().to_string()
    );
    let digest = jose::digest::sha256(issued.token.as_bytes());
    let digest = strict_base64url::encode(digest);
    assert_eq!(event.detail["receipt_digest"], digest);
    assert!(!json!(event).to_string().contains("99.95"));
}

#[test]
fn another_amount_fails() {
    let path = "/transaction/source/variables/0/value";
    a_receipt().refuses(path, json!("9.95"), &ReceiptError::Digest);
}

#[test]
fn another_payee_fails() {
    let path = "/transaction/source/variables/2/value";
    a_receipt().refuses(path, json!("Other Shop"), &ReceiptError::Digest);
}

#[test]
fn another_text_fails() {
    let scene = a_receipt();
    scene.refuses(
        "/shown/0/text",
        json!("Pay 9.95 EUR to Demo Shop?"),
        &ReceiptError::Shown,
    );
    scene.refuses(
        "/shown/0/title",
        json!("Nothing to see"),
        &ReceiptError::Shown,
    );
    scene.refuses("/shown", json!([]), &ReceiptError::Shown);
}

#[test]
fn another_locale_fails() {
    let scene = a_receipt();
    scene.refuses("/transaction/locale", json!("de"), &ReceiptError::Digest);
    scene.refuses("/shown/0/locale", json!("de"), &ReceiptError::Shown);
}

#[test]
fn another_time_fails() {
    let scene = a_receipt();
    let earlier = scene::NOW.millis() - 1;
    scene.refuses("/transaction/time", json!(earlier), &ReceiptError::Digest);
    scene.refuses("/factors/0/time", json!(earlier), &ReceiptError::FactorTime);
    let later = scene::NOW.seconds() + 3600;
    scene.refuses("/iat", json!(later), &ReceiptError::Future);
}

#[test]
fn another_subject_fails() {
    let scene = a_receipt();
    let other = "00000000000000000000000000";
    scene.refuses("/transaction/subject", json!(other), &ReceiptError::Digest);
    scene.refuses("/sub", json!(other), &ReceiptError::Parties);
    scene.refuses("/aud", json!("other"), &ReceiptError::Audience);
    scene.refuses(
        "/iss",
        json!("https://other.example.com"),
        &ReceiptError::Issuer,
    );
}

#[test]
fn another_factor_fails() {
    let scene = a_receipt();
    let digest = scene.claims()["digest"].clone();
    let other: Digest = serde_json::from_value(digest).unwrap();
    let other = Digest::of(b"other", other.as_bytes());
    let stranger = serde_json::to_value(scene::passkey(&other)).unwrap();
    let key = stranger["publicKey"].clone();
    let path = "/factors/0/signature/publicKey";
    scene.refuses(path, key, &MaterialError::Signature.into());
    let path = "/factors/0/signature/clientDataJSON";
    scene.refuses(
        path,
        stranger["clientDataJSON"].clone(),
        &MaterialError::Challenge.into(),
    );
    let path = "/factors/0/signature/authenticatorData";
    scene.refuses(
        path,
        json!(strict_base64url::encode([1; 37])),
        &MaterialError::Signature.into(),
    );
    scene.refuses("/factors", json!([]), &ReceiptError::NotApproved);
    scene.refuses("/factors/0/bound", json!("code"), &ReceiptError::Malformed);
}

#[test]
fn another_digest_fails() {
    let scene = a_receipt();
    let other = Digest::of(b"", b"").to_string();
    scene.refuses("/digest", json!(other), &ReceiptError::Digest);
    scene.refuses("/shown/0/digest", json!(other), &ReceiptError::Shown);
    scene.refuses(
        "/transaction/display/0/digest",
        json!(other),
        &ReceiptError::Digest,
    );
    // With a transaction of its own, the person's signature is for another.
    let mut claims = scene.with("/transaction/source/variables/0/value", json!("9.95"));
    claims["digest"] = json!(digest_of(&claims["transaction"]).unwrap());
    let refused = scene.forged(&claims).unwrap_err();
    assert_eq!(refused, MaterialError::Challenge.into());
}

#[test]
fn what_is_not_known_is_not_trusted() {
    let scene = a_receipt();
    let mut claims = scene.claims();
    claims["more"] = json!(1);
    assert_eq!(scene.forged(&claims).unwrap_err(), ReceiptError::Malformed);
    let mut claims = scene.claims();
    claims["transaction"]["source"]["more"] = json!(1);
    assert_eq!(scene.forged(&claims).unwrap_err(), ReceiptError::Digest);
    let digest = Some(Digest::of(b"", b""));
    let expected = Expected { digest, ..EXPECTED };
    let refused = Receipt::verify(&scene.token, &scene.keys, &expected).unwrap_err();
    assert_eq!(refused, ReceiptError::Unexpected);
}

#[test]
fn rts_4_2_c_it_is_signed_as_a_receipt_by_the_right_key_or_it_is_none() {
    let scene = a_receipt();
    let payload = scene.claims().to_string();
    let sign = |key: &SigningKey, typ: &str| {
        sign_compact(key, Header::new().with_typ(typ), payload.as_bytes()).unwrap()
    };
    let other = SigningKey::generate(Algorithm::Es256).unwrap();
    let unsigned = {
        let header = strict_base64url::encode(json!({"alg": "none", "typ": TYP}).to_string());
        format!("{header}.{}.", strict_base64url::encode(&payload))
    };
    let symmetric = {
        let secret = scene.key.jwk().to_public_json().unwrap();
        let secret = jose::jwk::Jwk::from_secret(secret.as_bytes());
        sign(&SigningKey::new(&secret, Algorithm::Hs256).unwrap(), TYP)
    };
    for token in [
        sign(&other, TYP),
        sign(&scene.key, "at+jwt"),
        unsigned,
        symmetric,
        String::new(),
    ] {
        let refused = Receipt::verify(&token, &scene.keys, &EXPECTED).unwrap_err();
        assert!(matches!(refused, ReceiptError::NotSigned(_)), "{refused}");
    }
}
