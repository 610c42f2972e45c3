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

/// The claims of a usual access token.
const CLAIMS: &str = r#"{"iss":"https://sso.example.com","sub":"9f2b7c1e-54c4-4d0f-8f0a-3a5f0a1b2c3d","aud":["https://api.example.com","https://files.example.com"],"client_id":"6779ef20e75817b79602","exp":1800003600,"iat":1800000000,"jti":"dbe39bf3a3ba4238a513f51d6e1691c4","scope":"openid profile email offline_access","auth_time":1799999990,"acr":"urn:mace:incommon:iap:silver","cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}"#;
const NOW: i64 = 1_800_000_000;

/// One thing to measure.
struct Case<'a> {
    name: String,
    operation: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    fn new(name: impl Into<String>, operation: impl FnMut() + 'a) -> Self {
        Self {
            name: name.into(),
            operation: Box::new(operation),
        }
    }

    fn run(&mut self, rounds: u32) -> Duration {
        let start = Instant::now();
        (0..rounds).for_each(|_| (self.operation)());
        start.elapsed()
    }

    /// How many rounds fill a slice.
    fn rounds(&mut self) -> u32 {
        let mut rounds = 1;
        while self.run(rounds) < Duration::from_millis(5) {
            rounds *= 2;
        }
        rounds
    }
}

/// Measures all cases in turns, so that other work on the machine falls on all of them alike.
fn measure(mut cases: Vec<Case<'_>>) -> Vec<f64> {
    let rounds: Vec<u32> = cases.iter_mut().map(Case::rounds).collect();
    let mut slices = vec![Vec::new(); cases.len()];
    for _ in 0..81 {
        for ((case, rounds), slices) in cases.iter_mut().zip(&rounds).zip(&mut slices) {
            slices.push(case.run(*rounds).as_secs_f64() * 1e9 / f64::from(*rounds));
        }
    }
    let results = slices.into_iter().map(|mut slices| {
        slices.sort_by(f64::total_cmp);
        slices.get(8).copied().unwrap_or_default()
    });
    let results: Vec<f64> = results.collect();
    for (case, result) in cases.iter().zip(&results) {
        println!("{:<32} {result:>10.0} ns", case.name);
    }
    results
}

fn key(algorithm: Algorithm) -> SigningKey {
    if algorithm.is_symmetric() {
        return must(SigningKey::new(&Jwk::from_secret(&[7; 32]), algorithm));
    }
    must(SigningKey::generate(algorithm))
}

/// What is needed to sign and verify whole tokens.
struct Tokens {
    algorithms: [Algorithm; 1],
    signer: Signer,
    keys: VerifyingKeys,
    token: String,
}

impl Tokens {
    fn new(algorithm: Algorithm) -> Self {
        let signer = Signer::new(key(algorithm), Header::new().with_typ("at+jwt"));
        let keys = VerifyingKeys::from(signer.key().jwk());
        let token = must(signer.sign(CLAIMS.as_bytes()));
        Self {
            algorithms: [algorithm],
            signer,
            keys,
            token,
        }
    }

    fn cases(&self) -> [Case<'_>; 2] {
        let [algorithm] = self.algorithms;
        let policy = Policy::new(&self.algorithms).with_typ(Typ::Required("at+jwt"));
        let claims = ClaimsPolicy::new()
            .with_issuers(&["https://sso.example.com"])
            .with_audiences(&["https://api.example.com"]);
        [
            Case::new(format!("{algorithm} JWT sign"), || {
                black_box(must(self.signer.sign(black_box(CLAIMS.as_bytes()))));
            }),
            Case::new(format!("{algorithm} JWT verify and check"), move || {
                black_box(must(jwt::verify(
                    black_box(&self.token),
                    &self.keys,
                    &policy,
                    &claims,
                    NOW,
                )));
            }),
        ]
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bare library is what is measured"
)]
fn bare() -> [Case<'static>; 2] {
    let pair = must(EcdsaKeyPair::generate(
        &aws::ECDSA_P256_SHA256_FIXED_SIGNING,
    ));
    let random = SystemRandom::new();
    let message = [7; 580];
    let signature = must(pair.sign(&random, &message));
    let public = must(ParsedPublicKey::new(
        &aws::ECDSA_P256_SHA256_FIXED,
        pair.public_key(),
    ));
    [
        Case::new("ES256 sign, bare aws-lc-rs", move || {
            black_box(must(pair.sign(&random, black_box(&message))));
        }),
        Case::new("ES256 verify, bare aws-lc-rs", move || {
            must(public.verify_sig(black_box(&message), signature.as_ref()));
        }),
    ]
}

#[expect(
    clippy::panic,
    reason = "a benchmark that fails has nothing to measure"
)]
fn must<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}

fn main() {
    let es256 = Tokens::new(Algorithm::Es256);
    let results = measure(bare().into_iter().chain(es256.cases()).collect());
    for algorithm in [Algorithm::Rs256, Algorithm::EdDsa, Algorithm::Hs256] {
        measure(Tokens::new(algorithm).cases().into_iter().collect());
    }
    if let [bare_sign, bare_verify, sign, verify] = *results.as_slice() {
        println!("ES256 JWT sign / bare   {:>19.3}", sign / bare_sign);
        println!("ES256 JWT verify / bare {:>19.3}", verify / bare_verify);
    }
}
