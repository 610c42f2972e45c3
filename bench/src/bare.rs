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

/// Messages that are signed and verified in turns. With one alone, the processor would learn by heart which
/// way the branches of its verification go, as it cannot for signatures that it has never seen.
const MESSAGES: usize = 64;

/// How long a rate is measured in one go.
const SLICE: Duration = Duration::from_millis(50);

/// How often ES256 can be signed and verified by one core in a second.
pub struct Rates {
    pub sign: f64,
    pub verify: f64,
}

impl Rates {
    /// What a verification costs, in microseconds.
    pub fn verification(&self) -> f64 {
        1e6 / self.verify
    }
}

/// What one core does while the others do the same, as they do under load: cores that share what they
/// are made of, or their clock, are slower together. It takes a tenth of a second for each of `slices`.
pub fn es256_under_load(slices: usize) -> Result<Rates, Failure> {
    let others = thread::available_parallelism()?.get() - 1;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Only what the one is measured by counts.
                    let _ = es256(1);
                }
            });
        }
        let rates = es256(slices);
        over.store(true, Ordering::Relaxed);
        rates
    })
}

/// Measures both in turns, for a tenth of a second for each of `slices`.
pub fn es256(slices: usize) -> Result<Rates, Failure> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let random = SystemRandom::new();
    let public = pair.public_key().as_ref();
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)?;
    let mut signed = Vec::with_capacity(MESSAGES);
    for _ in 0..MESSAGES {
        let mut message = [b'm'; 400];
        let (unlike, _) = message.split_at_mut(16);
        aws_lc_rs::rand::fill(unlike)?;
        let signature = pair.sign(&random, &message)?;
        signed.push((message, signature));
    }
    let (mut signs, mut verifies) = (Vec::new(), Vec::new());
    for _ in 0..slices {
        signs.push(rate(&signed, |(message, _)| {
            pair.sign(&random, black_box(message)).is_ok()
        }));
        verifies.push(rate(&signed, |(message, signature)| {
            let verified = public.verify_sig(black_box(message), signature.as_ref());
            verified.is_ok()
        }));
    }
    Ok(Rates {
        sign: median(signs),
        verify: median(verifies),
    })
}

/// How often something can be done in a second, by doing it to each of `all` for a slice of one.
fn rate<T>(all: &[T], mut operation: impl FnMut(&T) -> bool) -> f64 {
    let began = Instant::now();
    let mut done = 0_u32;
    while began.elapsed() < SLICE {
        for one in all {
            done += u32::from(black_box(operation(one)));
        }
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}
