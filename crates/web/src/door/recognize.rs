//! The door of Recognize: sessions over WebSocket (docs/recognize-protocol.md), and the API of the
//! customers' backends (docs/recognize.md).

pub(crate) mod api;
mod pace;
mod place;
mod session;
mod socket;
mod ticketed;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use http::header::{
    CONNECTION, RETRY_AFTER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper_util::rt::TokioIo;
use tracing::Instrument;

use self::session::Session;
use self::socket::Socket;
use crate::app::App;
use crate::extract::Peer;
use crate::limit::Purpose;
use crate::recognize::NotAdmitted;

/// Where sessions are.
pub(crate) const PATH: &str = "/recognize/v2";

/// The one version of the protocol.
const PROTOCOL: &str = "recognize.v2";

/// RFC 6455 §1.3: what is hashed behind the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// `GET /recognize/v2`: begins a session.
pub(crate) async fn connect(
    State(app): State<Arc<App>>,
    peer: Peer,
    mut request: Request,
) -> Response {
    let admitted = match app.recognize.admit(peer.0) {
        Ok(admitted) => admitted,
        Err(NotAdmitted::Off) => {
            let sentence = "This server does no face recognition.\n";
            return (StatusCode::NOT_FOUND, sentence).into_response();
        }
        Err(NotAdmitted::Full) => return full(),
        Err(NotAdmitted::Address) => {
            let headers = [(RETRY_AFTER, "5")];
            let sentence = "There are too many sessions of this address now.\n";
            return (StatusCode::TOO_MANY_REQUESTS, headers, sentence).into_response();
        }
    };
    let Some(accept) = accepted(request.headers()) else {
        let sentence = "This is for WebSocket connections with the protocol recognize.v2.\n";
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    if let Err(limited) = app.admit(Purpose::SignOn, peer) {
        return limited.mark(StatusCode::TOO_MANY_REQUESTS.into_response());
    }
    let brought = request.headers().clone();
    let upgrade = hyper::upgrade::on(&mut request);
    let span = tracing::info_span!("recognize", session = tracing::field::Empty);
    let session = async move {
        match upgrade.await {
            Ok(upgraded) => {
                let socket = Socket::new(TokioIo::new(upgraded), admitted.stopping).await;
                let session = Session::new(app, admitted.faces, socket, brought);
                session.run().await;
            }
            Err(error) => tracing::debug!(%error, "a WebSocket was not begun"),
        }
        drop(admitted.connection);
    };
    tokio::spawn(session.instrument(span));
    let headers = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL)),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

fn full() -> Response {
    let headers = [(RETRY_AFTER, "5")];
    let sentence = "There are too many sessions now.\n";
    (StatusCode::SERVICE_UNAVAILABLE, headers, sentence).into_response()
}

/// What a request for a WebSocket is answered with (RFC 6455 §4.2).
fn accepted(headers: &HeaderMap) -> Option<HeaderValue> {
    // RFC 6455 §4.2.1: "A |Connection| header field that includes the token "Upgrade", treated as an
    // ASCII case-insensitive value", and "An |Upgrade| header field containing the value "websocket"".
    let is_meant = names(headers, &CONNECTION, "upgrade") && names(headers, &UPGRADE, "websocket");
    // "A |Sec-WebSocket-Version| header field, with a value of 13."
    let is_version = headers
        .get(SEC_WEBSOCKET_VERSION)
        .is_some_and(|it| it == "13");
    let is_protocol = names(headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    if !is_meant || !is_version || !is_protocol {
        return None;
    }
    // "A |Sec-WebSocket-Key| header field with a base64-encoded value that, when decoded, is 16 bytes
    // in length."
    let key = headers.get(SEC_WEBSOCKET_KEY)?.to_str().ok()?.trim();
    let decoded = BASE64.decode(key.as_bytes()).ok()?;
    let accept = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    let accept = BASE64.encode(accept.as_ref());
    (decoded.len() == 16).then(|| HeaderValue::from_str(&accept).ok())?
}

/// Whether a header that is a list has this value, whatever its case.
fn names(headers: &HeaderMap, header: &HeaderName, value: &str) -> bool {
    let lines = headers.get_all(header).into_iter();
    let mut values = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    values.any(|it| it.trim().eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(changed: &str, value: &'static str) -> HeaderMap {
        let good = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-protocol", "recognize.v3, recognize.v2"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let headers = good.into_iter().map(|(name, given)| {
            let given = if name == changed { value } else { given };
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(given),
            )
        });
        headers.collect()
    }

    #[test]
    fn rfc6455_1_3_the_example_of_the_handshake() {
        let accept = accepted(&asked("", "")).unwrap();
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn rfc6455_4_2_1_anything_else_is_no_handshake() {
        for (name, value) in [
            ("connection", "close"),
            ("upgrade", "h2c"),
            ("sec-websocket-version", "8"),
            ("sec-websocket-protocol", "recognize.v1"),
            ("sec-websocket-key", "c2hvcnQ="),
            ("sec-websocket-key", "no base64"),
        ] {
            assert!(accepted(&asked(name, value)).is_none(), "{name}: {value}");
        }
    }
}
