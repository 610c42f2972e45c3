//! What reads bytes from the network or from disk, fed with bytes that nobody meant.
//!
//! A [`Target`] reads its input the way the house does and then checks what must hold whatever the
//! input was: a panic is a finding, and so is a forged token that is believed. [`smoke`] tries all of
//! them for a few seconds, the same way each time; `make fuzz` goes on for as long as it is given,
//! guided by coverage.

pub mod smoke;
mod target;

/// The configuration of the server, which is a binary: its modules are those of the house.
#[path = "../../crates/server/src"]
mod server {
    #[expect(dead_code, unused_imports, reason = "only its reader is wanted here")]
    pub(crate) mod config;
}

pub use target::TARGETS;

/// Something that reads bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also that of its folder of seeds.
    pub name: &'static str,
    /// Reads an input and panics if something does not hold; tells whether the input was accepted.
    pub run: fn(&[u8]) -> bool,
    /// Inputs that are accepted.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    /// The target with this name.
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }
}
