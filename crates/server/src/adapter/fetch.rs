//! Fetching what others publish, and handing over what they want to be told, at addresses that others
//! have given (server-side request forgery).
//!
//! An address is checked before anything is sent: it begins with https, holds no credentials, and
//! its host has only been resolved to what may be reached. The connection is made to the very
//! network address that was checked, without asking for it again, so that a name that changes its
//! address in between leads nowhere (DNS rebinding). No redirect is followed, no proxy is asked, no
//! cookie is kept, and what is read is bounded in time and size.

mod exchange;
mod network;
mod resolver;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::port::{Fetch, FetchError, Fetched, Pending, Wanted};
use http::HeaderMap;
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::config::Reach;

pub(crate) use resolver::{Resolver, SystemResolver};
pub(crate) use tls::{Connector, connector};

/// How long it may take to reach a host, ...
const CONNECTING: Duration = Duration::from_secs(2);

/// ... and to have its whole answer.
const ANSWERING: Duration = Duration::from_secs(5);

/// The most network addresses of a host that are tried.
const TRIES: usize = 3;

/// Fetches within reach.
pub(crate) struct GuardedFetch {
    pub(crate) reach: Reach,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) connector: Connector,
}

/// What is handed over.
#[derive(Clone, Copy)]
pub(crate) struct Posted<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Where to go, checked.
struct Destination {
    url: Url,
    addresses: Vec<SocketAddr>,
}

impl Fetch for GuardedFetch {
    fn get<'a>(&'a self, wanted: Wanted<'a>) -> Pending<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let fetched = tokio::time::timeout(ANSWERING, self.fetch(wanted));
            fetched.await.unwrap_or(Err(FetchError::TimedOut))
        })
    }
}

impl GuardedFetch {
    async fn fetch(&self, wanted: Wanted<'_>) -> Result<Fetched, FetchError> {
        let destination = self.destination(wanted.url).await?;
        let stream = connect(&destination.addresses).await?;
        let url = &destination.url;
        if url.scheme() == "http" {
            return exchange::get(stream, url, wanted).await;
        }
        let stream = tls::wrap(&self.connector, stream, url).await?;
        exchange::get(stream, url, wanted).await
    }

    /// Hands something over; returns the status of the answer, whatever it is.
    pub(crate) async fn post(&self, posted: Posted<'_>) -> Result<u16, FetchError> {
        let posting = async {
            let destination = self.destination(posted.url).await?;
            let stream = connect(&destination.addresses).await?;
            let url = &destination.url;
            if url.scheme() == "http" {
                return exchange::post(stream, url, posted).await;
            }
            let stream = tls::wrap(&self.connector, stream, url).await?;
            exchange::post(stream, url, posted).await
        };
        let posted = tokio::time::timeout(ANSWERING, posting);
        posted.await.unwrap_or(Err(FetchError::TimedOut))
    }

    /// Resolves an address, once, to what may be reached of it.
    async fn destination(&self, url: &str) -> Result<Destination, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::AddressMalformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.reach.loopback_http => {}
            _ => return Err(FetchError::SchemeForbidden),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::CredentialsInAddress);
        }
        let port = url.port_or_known_default();
        let port = port.ok_or(FetchError::AddressMalformed)?;
        let addresses = match url.host().ok_or(FetchError::AddressMalformed)? {
            Host::Domain(name) => self.resolver.resolve(name, port).await,
            Host::Ipv4(address) => Ok(vec![SocketAddr::new(address.into(), port)]),
            Host::Ipv6(address) => Ok(vec![SocketAddr::new(address.into(), port)]),
        };
        let addresses = addresses.map_err(|error| FetchError::HostUnknown(error.to_string()))?;
        let mut addresses = addresses;
        addresses.retain(|address| self.reach.includes(&url, address.ip()));
        match addresses.is_empty() {
            true => Err(FetchError::AddressForbidden),
            false => Ok(Destination { url, addresses }),
        }
    }
}

impl Reach {
    fn includes(&self, url: &Url, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if url.scheme() == "http" {
            return address.is_loopback();
        }
        let host = url.host_str().unwrap_or_default();
        network::is_public(address)
            || self.networks.iter().any(|it| it.contains(&address))
            || self.hosts.iter().any(|it| it.eq_ignore_ascii_case(host))
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, FetchError> {
    let mut failure = FetchError::TimedOut;
    for address in addresses.iter().take(TRIES) {
        match tokio::time::timeout(CONNECTING, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = FetchError::Unreachable(error.to_string()),
            Err(_) => failure = FetchError::TimedOut,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests;
