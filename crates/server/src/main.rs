//! The binary `countersign`: configuration, command line, adapters to the outside.
//!
//! Everything that has a side lives here: the clock, randomness, sockets, files, threads. What is
//! decided is decided in the crates below.

// They panic when nobody reads what they print.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod adapter;
mod application_server;
mod command;
mod config;
mod data_dir;
mod demo;
mod deployment;
mod first_start;
#[cfg(test)]
mod fixture;
mod health;
mod house;
mod keys;
mod listen;
mod outbox;
mod seal;
mod sweep;
mod telemetry;

/// With the system's allocator, a token request takes a fifth more of processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    command::run()
}
