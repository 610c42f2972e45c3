//! A key that signs whatever it is given.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};

/// RFC 8037 appendix A.1.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let mut jwk = public();
    jwk["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let jwk = Jwk::from_value(jwk).expect("a key");
    SigningKey::new(&jwk, Algorithm::EdDsa).expect("a key for EdDSA")
});

/// The public half of the key.
pub(super) fn public() -> Value {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
}

/// A compact token with exactly this header and these claims.
pub(super) fn signed(header: &str, claims: &[u8]) -> String {
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims));
    let signature = KEY.sign(signed.as_bytes()).expect("Ed25519 does not fail");
    format!("{signed}.{}", encode(&signature))
}
