//! What this crate costs beside the bare cryptography, in nanoseconds for each operation.
//!
//! Run with `cargo bench -p countersign-jose`. Each figure is the 10th percentile of slices of about 5 ms.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as aws, EcdsaKeyPair, KeyPair, ParsedPublicKey};
use countersign_jose::Header;
use countersign_jose::jwk::Jwk;
use countersign_jose::jws::{Algorithm, Policy, Signer, SigningKey, Typ, VerifyingKeys};
use countersign_jose::jwt::{self, ClaimsPolicy};

/// The 393 bytes of claims of a usual access token.
const CLAIMS: &str = r#"{"iss":"https://sso.example.com","sub":"9f2b7c1e-54c4-4d0f-8f0a-3a5f0a1b2c3d","aud":["https://api.example.com","https://files.example.com"],"client_id":"6779ef20e75817b79602","exp":1800003600,"iat":1800000000,"jti":"dbe39bf3a3ba4238a513f51d6e1691c4","scope":"openid profile email offline_access","auth_time":1799999990,"acr":"urn:mace:incommon:iap:silver","cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}"#;
const NOW: i64 = 1_800_000_000;

fn measure(name: &str, mut operation: impl FnMut()) -> f64 {
    let slice = Duration::from_millis(5);
    let mut rounds = 1_u32;
    loop {
        let start = Instant::now();
        (0..rounds).for_each(|_| operation());
        if start.elapsed() >= slice {
            break;
        }
        rounds *= 2;
    }
    let mut slices: Vec<f64> = (0..81)
        .map(|_| {
            let start = Instant::now();
            (0..rounds).for_each(|_| operation());
            start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
        })
        .collect();
    slices.sort_by(f64::total_cmp);
    let result = slices.get(8).copied().unwrap_or_default();
    println!("{name:<32} {result:>10.0} ns");
    result
}

fn key(algorithm: Algorithm) -> SigningKey {
    if algorithm.is_symmetric() {
        return must(SigningKey::new(&Jwk::from_secret(&[7; 32]), algorithm));
    }
    must(SigningKey::generate(algorithm))
}

/// Signs and verifies whole tokens; returns both times.
fn tokens(algorithm: Algorithm) -> (f64, f64) {
    let signer = Signer::new(key(algorithm), Header::new().with_typ("at+jwt"));
    let sign = measure(&format!("{algorithm} JWT sign"), || {
        black_box(must(signer.sign(black_box(CLAIMS.as_bytes()))));
    });
    let token = must(signer.sign(CLAIMS.as_bytes()));
    let keys = VerifyingKeys::from(signer.key().jwk());
    let algorithms = [algorithm];
    let policy = Policy::new(&algorithms).with_typ(Typ::Required("at+jwt"));
    let claims = ClaimsPolicy::new()
        .with_issuers(&["https://sso.example.com"])
        .with_audiences(&["https://api.example.com"]);
    let verify = measure(&format!("{algorithm} JWT verify and check"), || {
        black_box(must(jwt::verify(
            black_box(&token),
            &keys,
            &policy,
            &claims,
            NOW,
        )));
    });
    (sign, verify)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bare library is what is measured"
)]
fn bare() -> (f64, f64) {
    let pair = must(EcdsaKeyPair::generate(
        &aws::ECDSA_P256_SHA256_FIXED_SIGNING,
    ));
    let random = SystemRandom::new();
    let message = [7; 480];
    let sign = measure("ES256 sign, bare aws-lc-rs", || {
        black_box(must(pair.sign(&random, black_box(&message))));
    });
    let signature = must(pair.sign(&random, &message));
    let public = must(ParsedPublicKey::new(
        &aws::ECDSA_P256_SHA256_FIXED,
        pair.public_key(),
    ));
    let verify = measure("ES256 verify, bare aws-lc-rs", || {
        must(public.verify_sig(black_box(&message), signature.as_ref()));
    });
    (sign, verify)
}

#[expect(
    clippy::panic,
    reason = "a benchmark that fails has nothing to measure"
)]
fn must<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}

fn main() {
    let bare = bare();
    let ours = tokens(Algorithm::Es256);
    for algorithm in [Algorithm::Rs256, Algorithm::EdDsa, Algorithm::Hs256] {
        tokens(algorithm);
    }
    println!("ES256 JWT sign / bare   {:>19.3}", ours.0 / bare.0);
    println!("ES256 JWT verify / bare {:>19.3}", ours.1 / bare.1);
}
