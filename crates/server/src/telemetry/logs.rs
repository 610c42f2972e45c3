//! The log, on standard error: for people or as JSON.

mod gathered;
mod human;
mod json;
mod line;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::traces::Tracer;
use crate::config::{Log, LogFormat};

pub(crate) use gathered::Closing;
use gathered::Gathered;
use human::Human;
use json::Json;
use line::Lines;

/// The log and the traces cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be set up: {0}")]
pub(crate) struct LogFault(String);

/// Sends everything that happens from now on to the log, and to the tracer if there is one. The
/// process must not end before what is returned is dropped.
#[must_use = "lines may be lost when the process ends"]
pub(crate) fn start(log: &Log, tracer: Option<Tracer>) -> Result<Closing, LogFault> {
    let fault = |error: &dyn std::error::Error| LogFault(error.to_string());
    let (gathered, closing) = Gathered::start(std::io::stderr()).map_err(|error| fault(&error))?;
    let subscriber = subscriber(log, tracer, gathered)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|error| fault(&error))?;
    // A panic is noted where everything else is, with its place and without what it was about.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref().unwrap_or("unknown"), "a panic");
    }));
    Ok(closing)
}

/// What writes the log to `writer`.
pub(super) fn subscriber<W>(
    log: &Log,
    tracer: Option<Tracer>,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + 'static + use<W>, LogFault>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter: EnvFilter = log
        .filter
        .parse()
        .map_err(|error| LogFault(format!("{error}")))?;
    let traces = tracer.map(|tracer| tracing_opentelemetry::layer().with_tracer(tracer));
    Ok(Registry::default()
        .with(filter)
        .with(traces)
        .with(written(log.format, writer)))
}

fn written<S, W>(format: LogFormat, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    match format {
        LogFormat::Json => {
            let format = Json;
            Lines { format, writer }.boxed()
        }
        LogFormat::Human => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            let format = Human { colours };
            Lines { format, writer }.boxed()
        }
    }
}
