//! What a browser and its push service make of a notification, written from the specifications alone.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hmac;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, Policy, VerifyingKeys, verify_compact};
use jose::jwt::Claims;
use jose::strict_base64url::{decode, encode};
use serde_json::json;

/// The subscription of RFC 8291 §5: its private key, its public key, and its secret.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const SECRET: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}

/// The text in a body (RFC 8188 §2, RFC 8291 §3.4).
pub(super) fn opened(body: &[u8]) -> Vec<u8> {
    let (salt, rest) = body.split_at(16);
    let (_record_size, rest) = rest.split_at(4);
    let (length, rest) = rest.split_first().unwrap();
    let (server, sealed) = rest.split_at(usize::from(*length));
    let private = PrivateKey::from_private_key(&ECDH_P256, &decode(PRIVATE).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&ECDH_P256, server);
    let shared = agreement::agree(&private, public, (), |it| Ok(it.to_vec())).unwrap();
    let both = [decode(PUBLIC).unwrap().as_slice(), server].concat();
    let key = hmac(&decode(SECRET).unwrap(), &[&shared]);
    let input = hmac(&key, &[b"WebPush: info\0", &both, &[1]]);
    let key = hmac(salt, &[&input]);
    let encrypting = hmac(&key, &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = hmac(&key, &[b"Content-Encoding: nonce\0", &[1]]);
    let encrypting = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &encrypting[..16]).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&nonce[..12]).unwrap();
    let mut sealed = sealed.to_vec();
    let text = encrypting.open_in_place(nonce, Aad::empty(), &mut sealed);
    // The last record ends with 2, and padding after it.
    let text = text.unwrap();
    let end = text.iter().rposition(|byte| *byte == 2).unwrap();
    text[..end].to_vec()
}

/// What the server says of itself, signed with the key that it names (RFC 8292 §3).
pub(super) fn vouched(authorization: &str) -> Claims {
    let parameters = authorization.strip_prefix("vapid ").unwrap();
    let (token, key) = parameters.split_once(", k=").unwrap();
    let token = token.strip_prefix("t=").unwrap();
    let point = decode(key).unwrap();
    let (x, y) = point[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)});
    let keys = VerifyingKeys::from(&Jwk::from_value(jwk).unwrap());
    let verified = verify_compact(token, &keys, &Policy::new(&[Algorithm::Es256]));
    verified.unwrap().claims().unwrap()
}
