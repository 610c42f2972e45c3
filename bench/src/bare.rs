//! What the bare cryptography costs on this machine, in this run.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey,
};

use crate::{Failure, median};

/// How often ES256 can be signed and verified by one core in a second.
pub struct Rates {
    pub sign: f64,
    pub verify: f64,
}

/// What one core does while the others do the same, as they do under load: cores that share what they
/// are made of, or their clock, are slower together.
pub fn es256_under_load() -> Result<Rates, Failure> {
    let others = thread::available_parallelism()?.get() - 1;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Only what the one is measured by counts.
                    let _ = es256();
                }
            });
        }
        let rates = es256();
        over.store(true, Ordering::Relaxed);
        rates
    })
}

/// Measures both in turns, for about two seconds.
pub fn es256() -> Result<Rates, Failure> {
    let message = [b'm'; 400];
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let random = SystemRandom::new();
    let signature = pair.sign(&random, &message)?;
    let public = pair.public_key().as_ref();
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)?;
    let (mut signs, mut verifies) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        signs.push(rate(|| pair.sign(&random, black_box(&message)).is_ok()));
        verifies.push(rate(|| {
            let verified = public.verify_sig(black_box(&message), signature.as_ref());
            verified.is_ok()
        }));
    }
    Ok(Rates {
        sign: median(signs),
        verify: median(verifies),
    })
}

/// How often something can be done in a second, by doing it for a twentieth of one.
fn rate(mut operation: impl FnMut() -> bool) -> f64 {
    let began = Instant::now();
    let mut done = 0_u32;
    while began.elapsed() < Duration::from_millis(50) {
        for _ in 0..50 {
            done += u32::from(black_box(operation()));
        }
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}
