//! What a key has signed, whatever it was: header and claims are read strictly also then (RFC 7519).

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, Policy, SigningKey, VerifyingKeys, verify_compact};
use jose::jwt::ClaimsPolicy;
use serde_json::{Map, Value};

use super::two_parts;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "jws_signed",
    run,
    seeds,
};

const NOW: i64 = 1_800_000_000;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let jwk = Jwk::from_secret(&[7; 32]);
    SigningKey::new(&jwk, Algorithm::Hs256).expect("a key for HS256")
});

static KEYS: LazyLock<VerifyingKeys> = LazyLock::new(|| VerifyingKeys::from(KEY.jwk()));

/// The header, a line break, the claims.
fn run(input: &[u8]) -> bool {
    let Some((header, claims)) = two_parts(input) else {
        return false;
    };
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims));
    let signature = KEY.sign(signed.as_bytes()).expect("HMAC does not fail");
    let token = format!("{signed}.{}", encode(&signature));
    let policy = Policy::new(&[Algorithm::Hs256]).with_max_len(token.len());
    let Ok(verified) = verify_compact(&token, &KEYS, &policy) else {
        return false;
    };
    let read: Map<String, Value> = serde_json::from_str(header).expect("a header is an object");
    assert_eq!(read.get("alg"), Some(&Value::from("HS256")));
    assert!(!read.contains_key("crit") && !read.contains_key("b64"));
    assert_eq!(verified.payload(), claims);
    let Ok(parsed) = verified.claims() else {
        return false;
    };
    let read: Map<String, Value> = serde_json::from_slice(claims).expect("claims are an object");
    if ClaimsPolicy::new().check(&parsed, NOW).is_ok() {
        let time = |name: &str| read.get(name).and_then(Value::as_f64);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of this century are exact"
        )]
        let now = NOW as f64;
        assert!(time("exp").is_none_or(|exp| now < exp), "it has expired");
        assert!(
            time("nbf").is_none_or(|nbf| nbf <= now),
            "it is not valid yet"
        );
    }
    true
}

fn seeds() -> Vec<Vec<u8>> {
    let headers = [
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"HS256","kid":"k","cty":"JSON","x5t#S256":"A"}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"x":[1,2.5,{"y":null}]}"#,
    ];
    let claims = [
        "{}",
        r#"{"iss":"https://id.example","sub":"ada","aud":["a","b"],"exp":1800000060,"nbf":1799999940,"iat":1800000000,"jti":"1"}"#,
        r#"{"aud":"a","exp":1800000000.5,"nonce":"n","\u0073ub":"\ud83d\ude00"}"#,
    ];
    let pairs = headers
        .iter()
        .flat_map(|header| claims.map(|claims| format!("{header}\n{claims}")));
    pairs.map(String::into_bytes).collect()
}
