//! What names stand for.

use std::net::SocketAddr;

use domain::port::Pending;

/// Finds out what a name stands for.
pub(crate) trait Resolver: Send + Sync + 'static {
    /// The network addresses of a host, with this port.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> Pending<'a, std::io::Result<Vec<SocketAddr>>>;
}

/// Asks as the system is configured to.
pub(crate) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> Pending<'a, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, port)).await?;
            Ok(found.collect())
        })
    }
}
