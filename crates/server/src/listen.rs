//! Connections: accepted, encrypted, limited, and brought to an end.

mod client_certificate;
mod connection;
pub(crate) mod forwarded_certificate;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::Limits;

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before accepting again when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(100);

/// The TLS configuration of a listener as it is now; `None` for plain HTTP.
pub(crate) type CurrentTls = Option<watch::Receiver<Arc<ServerConfig>>>;

/// An address that is listened on, and how.
pub(crate) struct Listener {
    /// The bound socket.
    socket: TcpListener,
    tls: CurrentTls,
    limits: Arc<Limits>,
}

impl Listener {
    /// Binds `address`; with port 0 the system chooses one.
    pub(crate) async fn bind(
        address: SocketAddr,
        tls: CurrentTls,
        limits: Arc<Limits>,
    ) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self {
            socket,
            tls,
            limits,
        })
    }

    /// The address that was bound.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves `router` until `stop` says so; then accepts no more and lets requests in flight
    /// finish until the deadline.
    pub(crate) async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let slots = Arc::new(Semaphore::new(self.limits.connections));
        let mut connections = JoinSet::new();
        loop {
            let accept = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, self.socket.accept().await)
            };
            let (slot, accepted) = tokio::select! {
                accepted = accept => accepted,
                () = reap(&mut connections) => continue,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let served = connection::serve(connection::Accepted {
                        stream,
                        peer,
                        tls: self.tls.as_ref().map(|tls| Arc::clone(&tls.borrow())),
                        router: router.clone(),
                        limits: Arc::clone(&self.limits),
                        stop: stop.clone(),
                    });
                    connections.spawn(async move {
                        served.await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(self.socket);
        finish(connections, self.limits.shutdown_deadline).await;
    }
}

/// Forgets a connection that has ended.
async fn reap(connections: &mut JoinSet<()>) {
    if connections.join_next().await.is_none() {
        std::future::pending::<()>().await;
    }
}

async fn finish(mut connections: JoinSet<()>, deadline: Duration) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(deadline, all).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "requests were still in flight at the shutdown deadline"
        );
        connections.shutdown().await;
    }
}
