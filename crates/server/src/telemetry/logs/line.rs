//! What is the same of all lines of the log, whatever they look like.
//!
//! `tracing-subscriber` has layers that write the same lines. They go over what they have written of a
//! span again for each event in it, and write everything through several writers; that cost a tenth of a
//! token request beside its signature. Here the members of a span are kept as they stand in a line
//! (docs/performance.md).

use std::cell::RefCell;
use std::io::Write as _;

use tracing::field::Visit;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// What a line looks like.
pub(super) trait Format: Send + Sync + 'static {
    /// Writes the members of a span or an event to the end of a line.
    type Members<'l>: Visit;

    /// What writes members to the end of this line.
    fn members<'l>(&self, line: &'l mut Vec<u8>) -> Self::Members<'l>;

    /// Writes the line of an event, with its end.
    fn write<S>(&self, line: &mut Vec<u8>, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'s> LookupSpan<'s>;
}

/// Writes each event as a line.
pub(super) struct Lines<F, W> {
    pub(super) format: F,
    pub(super) writer: W,
}

/// The members of a span as they stand in a line.
pub(super) struct SpanMembers(pub(super) Vec<u8>);

thread_local! {
    /// The line that a thread writes: its memory is used again.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl<S, F, W> Layer<S> for Lines<F, W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    F: Format,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut members = Vec::with_capacity(64);
        attributes.record(&mut self.format.members(&mut members));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanMembers(members));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(SpanMembers(members)) = span.extensions_mut().get_mut()
        {
            values.record(&mut self.format.members(members));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        LINE.with(|line| {
            // A value that logs while it is written gets a line of its own, not this one.
            let mut own = Vec::new();
            let mut shared = line.try_borrow_mut();
            let line = shared.as_deref_mut().unwrap_or(&mut own);
            line.clear();
            self.format.write(line, event, &context);
            // There is nowhere to say that the log cannot be written.
            let writer = self.writer.make_writer_for(event.metadata());
            let _ = { writer }.write_all(line);
        });
    }
}

/// Writes the time: `2026-11-23T05:08:15.215373Z`.
pub(super) fn write_time(line: &mut impl std::fmt::Write) {
    // Memory takes what is written.
    let _ = SystemTime.format_time(&mut Writer::new(line));
}

/// What happens inside, as it is written in this format.
#[cfg(test)]
pub(super) fn written(format: impl Format, inside: impl FnOnce()) -> String {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Out {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Out {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    let out = Out::default();
    let writer = out.clone();
    let subscriber = tracing_subscriber::registry().with(Lines { format, writer });
    tracing::subscriber::with_default(subscriber, inside);
    let bytes = out.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}
