//! Ports that nobody has.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// The ports that are tried: below those from which connections are made, so that none of the
/// tests' own connections takes the port of a server that is just being restarted.
const FIRST: u16 = 10_300;
const COUNT: u16 = 20_000;

/// A port on which nobody listens.
///
/// Processes that run at the same time begin at different places, and no process gives a port
/// twice.
pub(super) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 1_000).unwrap() * 20;
    for _ in 0..COUNT {
        let offset = own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
