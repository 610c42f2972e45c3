//! The connection to a server: a WebSocket (RFC 6455) over TLS.

mod handshake;
mod socket;
mod tls;

use std::time::Duration;

use url::{Host, Url};

use self::socket::Socket;
use self::tls::Tls;
use crate::error::Error;

/// Brings connections to a server.
pub trait Connect: Send + Sync {
    /// A new connection.
    fn connect(&self) -> Result<Box<dyn Connection>, Error>;
}

/// A connection to a server.
pub trait Connection: Send {
    /// Sends a text message.
    fn send(&mut self, text: &str) -> Result<(), Error>;
    /// Sends a binary message.
    fn send_frame(&mut self, message: Vec<u8>) -> Result<(), Error>;
    /// The next text message, if one comes in time.
    fn receive(&mut self, wait: Duration) -> Result<Option<String>, Error>;
    /// Closes it.
    fn close(&mut self);
}

/// The addresses of a server, of which the first that answers is taken.
pub struct Hosts {
    addresses: Vec<Url>,
    tls: Tls,
}

impl Hosts {
    /// The server at these URLs, and whom to trust there: certificates in DER, or Mozilla's list if none.
    pub fn new(hosts: &[String], trusted_certificates: &[Vec<u8>]) -> Result<Self, Error> {
        let addresses = hosts.iter().map(|host| address(host));
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(Error::Configuration("there is no host"));
        }
        let tls = Tls::new(trusted_certificates)?;
        Ok(Self { addresses, tls })
    }
}

impl Connect for Hosts {
    fn connect(&self) -> Result<Box<dyn Connection>, Error> {
        let mut ended = Error::Configuration("there is no host");
        for address in &self.addresses {
            match Socket::connect(address, &self.tls) {
                Ok(socket) => return Ok(Box::new(socket)),
                Err(error) => ended = error,
            }
        }
        Err(ended)
    }
}

/// An address that is safe to send secrets to.
fn address(host: &str) -> Result<Url, Error> {
    let url = Url::parse(host).ok();
    let url =
        url.filter(|url| url.has_host() && url.username().is_empty() && url.query().is_none());
    let url = url.ok_or(Error::Configuration(
        "a host is a URL: https://sso.example.com",
    ))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match (url.scheme(), is_here) {
        ("https", _) | ("http", true) => Ok(url),
        _ => Err(Error::Configuration("a host is reached by https")),
    }
}

/// Random bytes of the system.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the client makes randomness"
)]
pub(crate) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    // It fails where there is no randomness at all; a secret of zeros must not come of it.
    while aws_lc_rs::rand::fill(&mut bytes).is_err() {
        std::thread::yield_now();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_nowhere_in_the_clear() {
        for (host, is_one) in [
            ("https://sso.example.com", true),
            ("https://sso.example.com:8443/", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://localhost", true),
            ("http://sso.example.com", false),
            ("http://10.0.0.1", false),
            ("wss://sso.example.com", false),
            ("https://user@sso.example.com", false),
            ("sso.example.com", false),
            ("", false),
        ] {
            assert_eq!(address(host).is_ok(), is_one, "{host}");
        }
        assert!(Hosts::new(&[], &[]).is_err());
    }
}
