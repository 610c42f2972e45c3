//! The doors of a house: listeners, and what the binary does around each request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use web::{App, Peer, RequestId};

use crate::certificate;

/// The doors of a server, each at its listener: for people and applications, for administration, and for
/// who shows a certificate.
pub(super) fn served(
    app: &Arc<App>,
    [runtime, administration, mutual_tls]: [TcpListener; 3],
) -> Vec<JoinHandle<()>> {
    let certified = web::router::mutual_tls(app).layer(from_fn(certificate::shown));
    vec![
        tokio::spawn(serve(runtime, web::router::runtime(app))),
        tokio::spawn(serve(administration, web::router::administration(app))),
        tokio::spawn(serve(mutual_tls, certified)),
    ]
}

pub(super) async fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

pub(super) fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

/// Serves as the binary does, as far as handlers can tell.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let router = router.layer(from_fn(noted));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await.unwrap();
}

/// Gives a request an id and the address that it came from, as behind a proxy that is trusted.
async fn noted(mut request: Request, next: Next) -> Response {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    let forwarded = request.headers().get("x-forwarded-for");
    let forwarded: Option<IpAddr> = forwarded.and_then(|it| it.to_str().ok()?.parse().ok());
    let extensions = request.extensions_mut();
    if let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>().copied() {
        extensions.insert(Peer(forwarded.unwrap_or(peer.ip())));
    }
    let id = format!("request-{number}");
    extensions.insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert("x-request-id", id.parse().unwrap());
    response
}
