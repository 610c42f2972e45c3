//! Traces by OpenTelemetry, sent by OTLP over HTTP when an endpoint is configured.

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::config::Telemetry;

/// What makes spans.
pub(crate) type Tracer = SdkTracer;

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent: {0}")]
pub(crate) struct TraceFault(String);

/// The exporter of traces; sends what is left when it is shut down.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts sending traces; none without an endpoint.
    pub(crate) fn start(telemetry: &Telemetry) -> Result<Option<Self>, TraceFault> {
        let Some(endpoint) = &telemetry.otlp_endpoint else {
            return Ok(None);
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint.as_str())
            .build()
            .map_err(|error| TraceFault(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name(telemetry.service_name.clone())
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Some(Self(provider)))
    }

    /// What makes spans that are sent.
    pub(crate) fn tracer(&self) -> Tracer {
        self.0.tracer("countersign")
    }

    /// Sends what has not been sent yet. Blocks for some seconds at most.
    pub(crate) fn stop(&self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Makes `span` a child of the span that the caller names (W3C Trace Context §3.2).
pub(super) fn adopt(span: &tracing::Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    // Without traces there is nothing to adopt into, and nothing is lost.
    let _ = span.set_parent(parent);
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
