//! One connection, from its handshake to its end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use oauth::client_auth::CertificateChain;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::HANDSHAKE_TIMEOUT;
use crate::config::Limits;

/// A connection that was accepted and all that serving it takes.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) router: Router,
    pub(super) limits: Arc<Limits>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Serves a connection until it ends.
pub(super) async fn serve(accepted: Accepted) {
    let Accepted {
        stream,
        peer,
        tls,
        router,
        limits,
        stop,
    } = accepted;
    // Answers are small and complete: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let mut http = Http {
        peer,
        certificates: None,
        router,
        limits,
        stop,
    };
    match tls {
        None => http.serve(stream).await,
        Some(config) => {
            let handshake = TlsAcceptor::from(config).accept(stream);
            match tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
                Ok(Ok(stream)) => {
                    let shown = stream.get_ref().1.peer_certificates();
                    let shown = shown.map(|it| it.iter().map(|it| it.clone().into_owned()));
                    http.certificates = shown.and_then(|it| CertificateChain::new(it.collect()));
                    http.serve(stream).await;
                }
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
            }
        }
    }
}

struct Http {
    peer: SocketAddr,
    /// What the client has shown in the handshake.
    certificates: Option<CertificateChain>,
    router: Router,
    limits: Arc<Limits>,
    stop: watch::Receiver<bool>,
}

impl Http {
    async fn serve(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let activity = Arc::new(Activity::default());
        let (router, peer, counted) = (self.router.clone(), self.peer, Arc::clone(&activity));
        let certificates = self.certificates.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let busy = counted.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if let Some(certificates) = &certificates {
                request.extensions_mut().insert(certificates.clone());
            }
            let answered = router.clone().oneshot(request);
            async move {
                let answer = answered.await;
                drop(busy);
                answer
            }
        });
        let builder = builder(&self.limits);
        let mut connection =
            pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        let reason = tokio::select! {
            result = connection.as_mut() => return note(peer, result),
            _ = self.stop.wait_for(|stop| *stop) => "the server stops",
            () = activity.idle_for(self.limits.idle_timeout) => "idle",
        };
        tracing::debug!(%peer, reason, "a connection is ended");
        connection.as_mut().graceful_shutdown();
        // HTTP/2 clients may answer the farewell or not; those in flight have the request's time.
        let farewell = self.limits.request_timeout;
        match tokio::time::timeout(farewell, connection).await {
            Ok(result) => note(peer, result),
            Err(_) => tracing::debug!(%peer, "a connection did not end"),
        }
    }
}

fn note(peer: SocketAddr, result: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection failed");
    }
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(limits.request_headers);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.request_headers).unwrap_or(u32::MAX))
        .max_concurrent_streams(100)
        .keep_alive_interval(limits.idle_timeout / 2)
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

/// Whether requests are in flight, and since when not.
struct Activity {
    in_flight: AtomicUsize,
    /// When the connection began, and milliseconds from then to the end of the last request.
    began: Instant,
    last_end: std::sync::atomic::AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            in_flight: AtomicUsize::new(0),
            began: Instant::now(),
            last_end: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

impl Activity {
    fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(Arc::clone(self))
    }

    /// Comes to an end when no request has been in flight for so long.
    async fn idle_for(&self, limit: Duration) {
        loop {
            let last_end = Duration::from_millis(self.last_end.load(Ordering::Acquire));
            let idle_at = self.began + last_end + limit;
            let busy = self.in_flight.load(Ordering::Acquire) > 0;
            match (busy, idle_at <= Instant::now()) {
                (false, true) => return,
                (false, false) => tokio::time::sleep_until(idle_at).await,
                (true, _) => tokio::time::sleep(limit).await,
            }
        }
    }
}

/// A request in flight.
struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let elapsed = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_end.store(elapsed, Ordering::Release);
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_only_while_nothing_is_in_flight() {
        let activity = Arc::new(Activity::default());
        let limit = Duration::from_mins(1);
        let busy = activity.begin();
        let idle = tokio::time::timeout(Duration::from_mins(10), activity.idle_for(limit));
        assert!(idle.await.is_err());
        drop(busy);
        let before = Instant::now();
        activity.idle_for(limit).await;
        assert!(before.elapsed() >= Duration::from_secs(59));
    }
}
