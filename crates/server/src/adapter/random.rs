//! The cryptographic library's randomness, drawn here and nowhere else.

use domain::port::Random;

/// The cryptographic library's random generator, seeded by the system.
#[derive(Debug, Default)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "this is the adapter that makes randomness for everyone; without it there is no going on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system has randomness");
    }
}
