//! A collector of traces: takes what is sent by OTLP over HTTP in protobuf, and reads it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};

/// How long the server may take to send what it has.
const PATIENCE: Duration = Duration::from_secs(30);

/// A collector that listens.
pub(crate) struct Collector {
    /// Where it takes traces.
    pub(crate) url: String,
    received: Received,
}

type Received = Arc<Mutex<Vec<Bytes>>>;

/// A span as it was received.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) trace: Vec<u8>,
    pub(crate) parent: Vec<u8>,
    pub(crate) name: String,
}

impl Collector {
    pub(crate) async fn open() -> Self {
        let received = Received::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&received));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let _serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, received }
    }

    /// Everything that was received, as it came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.received.lock().unwrap().concat()
    }

    /// Every span that was received, and the name of the service that sent it.
    pub(crate) fn spans(&self) -> Vec<(String, Span)> {
        let received = self.received.lock().unwrap().clone();
        received.iter().flat_map(|it| spans_of(it)).collect()
    }

    /// Waits until a span of this name was received.
    pub(crate) async fn awaited(&self, name: &str) -> Span {
        let look = async {
            loop {
                let mut spans = self.spans().into_iter();
                if let Some((_, span)) = spans.find(|(_, span)| span.name == name) {
                    return span;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, look).await;
        found.unwrap_or_else(|_| panic!("there is no span {name} among {:#?}", self.spans()))
    }
}

async fn take(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    // OTLP §"Binary Protobuf Encoding": "The client and the server MUST set
    // "Content-Type: application/x-protobuf" request and response headers".
    let media_type = headers.get("content-type");
    if media_type.is_none_or(|it| it != "application/x-protobuf") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    received.lock().unwrap().push(body);
    StatusCode::OK
}

/// The spans of an `ExportTraceServiceRequest`, each with its `service.name`.
fn spans_of(request: &[u8]) -> Vec<(String, Span)> {
    let mut spans = Vec::new();
    for resource_spans in fields(request, 1) {
        let resource = fields(resource_spans, 1);
        let mut attributes = resource.iter().flat_map(|it| fields(it, 1));
        let service = attributes.find(|it| text(it, 1) == "service.name");
        let service = service.map(|it| text(fields(it, 2).first().unwrap(), 1));
        for span in fields(resource_spans, 2)
            .into_iter()
            .flat_map(|it| fields(it, 2))
        {
            let bytes = |number| fields(span, number).first().map(|it| it.to_vec());
            let read = Span {
                trace: bytes(1).unwrap_or_default(),
                parent: bytes(4).unwrap_or_default(),
                name: text(span, 5),
            };
            spans.push((service.clone().unwrap_or_default(), read));
        }
    }
    spans
}

fn text(message: &[u8], number: u64) -> String {
    let found = fields(message, number);
    let found = found.first().copied().unwrap_or_default();
    String::from_utf8(found.to_vec()).unwrap()
}

/// The fields of a protobuf message that have this number and a length.
fn fields(mut message: &[u8], number: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let length = match tag & 7 {
            0 => {
                varint(&mut message);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)).unwrap(),
            5 => 4,
            other => panic!("{other} is no wire type"),
        };
        let (value, rest) = message.split_at(length);
        if tag >> 3 == number && tag & 7 == 2 {
            found.push(value);
        }
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("a varint has ten bytes at most")
}
