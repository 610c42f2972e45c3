//! The log for people.

use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::line::{Format, SpanMembers, write_time};

/// A line such as
/// `2026-11-23T05:08:15.215373Z  INFO request{request_id="7"}: countersign::access: answered status=200`.
pub(super) struct Human {
    /// Whether levels have colours and what surrounds a message is dim (ECMA-48 §8.3.117).
    pub(super) colours: bool,
}

const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

impl Human {
    const fn dim(&self) -> &'static str {
        if self.colours { DIM } else { "" }
    }

    const fn plain(&self) -> &'static str {
        if self.colours { PLAIN } else { "" }
    }

    /// The level, as wide as any other, and with its colour.
    fn level(&self, level: Level) -> [&'static str; 2] {
        let (name, colour) = match level {
            Level::ERROR => ("ERROR", "\x1b[31m"),
            Level::WARN => (" WARN", "\x1b[33m"),
            Level::INFO => (" INFO", "\x1b[32m"),
            Level::DEBUG => ("DEBUG", "\x1b[34m"),
            Level::TRACE => ("TRACE", "\x1b[35m"),
        };
        [if self.colours { colour } else { "" }, name]
    }
}

impl Format for Human {
    type Members<'l> = Members<'l>;

    fn members<'l>(&self, line: &'l mut Vec<u8>) -> Members<'l> {
        Members(line)
    }

    fn write<S>(&self, line: &mut Vec<u8>, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        let (dim, plain) = (self.dim().as_bytes(), self.plain().as_bytes());
        let metadata = event.metadata();
        let [colour, level] = self.level(*metadata.level());
        line.extend_from_slice(dim);
        write_time(&mut Visible(line));
        for piece in [
            plain,
            b" ",
            colour.as_bytes(),
            level.as_bytes(),
            plain,
            b" ",
        ] {
            line.extend_from_slice(piece);
        }
        let spans = context.event_scope(event).into_iter();
        for span in spans.flat_map(Scope::from_root) {
            line.extend_from_slice(span.name().as_bytes());
            if let Some(SpanMembers(members)) = span.extensions().get()
                && !members.is_empty()
            {
                for piece in [b"{", members.trim_ascii_start(), b"}"] {
                    line.extend_from_slice(piece);
                }
            }
            line.extend_from_slice(b": ");
        }
        for piece in [dim, metadata.target().as_bytes(), b":", plain] {
            line.extend_from_slice(piece);
        }
        event.record(&mut Members(line));
        line.push(b'\n');
    }
}

/// Writes members as `name=value`, each with a space before it; a message without its name.
pub(super) struct Members<'a>(&'a mut Vec<u8>);

impl Members<'_> {
    fn name(&mut self, field: &Field) {
        self.0.push(b' ');
        let name = field.name();
        if name != "message" {
            let name = name.strip_prefix("r#").unwrap_or(name);
            self.0.extend_from_slice(name.as_bytes());
            self.0.push(b'=');
        }
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.record_debug(field, &format_args!("{value}")),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        let _ = write!(self.0, "{value}");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        let _ = write!(Visible(self.0), "{value:?}");
    }
}

/// Text in which no control character does anything to a terminal or ends a line.
struct Visible<'a>(&'a mut Vec<u8>);

impl fmt::Write for Visible<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(place) = rest.find(char::is_control) {
            let (plain, from) = rest.split_at(place);
            self.0.extend_from_slice(plain.as_bytes());
            let mut letters = from.chars();
            if let Some(control) = letters.next() {
                write!(self.0, "{}", control.escape_debug()).map_err(|_| fmt::Error)?;
            }
            rest = letters.as_str();
        }
        self.0.extend_from_slice(rest.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::logs::line::written;

    const BARE: Human = Human { colours: false };

    /// The lines without their times.
    fn lines(inside: impl FnOnce()) -> Vec<String> {
        let text = written(BARE, inside);
        let timeless = |line: &str| {
            let (time, rest) = line.split_once(' ').unwrap();
            assert!(time.ends_with('Z') && time.len() == 27, "{line}");
            rest.to_owned()
        };
        text.lines().map(timeless).collect()
    }

    #[test]
    fn a_line_tells_where_and_what() {
        let written = lines(|| {
            let outer = tracing::info_span!("request", id = "7", late = tracing::field::Empty);
            let _entered = outer.enter();
            outer.record("late", 3);
            let _inner = tracing::info_span!("inner").entered();
            let shown = format_args!("shown");
            tracing::warn!(target: "door", status = 404_u16, ms = 1.5, text = "a b", %shown, "an answer");
        });
        let expected = r#" WARN request{id="7" late=3}: inner: door: an answer status=404 ms=1.5 text="a b" shown=shown"#;
        assert_eq!(written, [expected]);
    }

    #[test]
    fn nothing_that_is_logged_ends_a_line_or_paints_a_terminal() {
        let odd = "a\nb\x1b[31m\u{9b}31m\u{7f} é 🦀";
        let written = lines(|| {
            tracing::error!(target: "x", text = odd, shown = %odd, "one {odd}");
        });
        assert_eq!(written.len(), 1, "{written:?}");
        assert!(!written[0].contains(char::is_control), "{written:?}");
        assert!(
            written[0].starts_with("ERROR x: one a\\nb\\u{1b}[31m"),
            "{written:?}"
        );
        assert!(written[0].contains("é 🦀"));
    }

    #[test]
    fn colours_are_for_terminals() {
        let one = || tracing::info!(target: "x", "one");
        assert!(!written(BARE, one).contains('\x1b'));
        let painted = written(Human { colours: true }, one);
        assert!(painted.contains("\x1b[32m INFO\x1b[0m "), "{painted:?}");
    }
}
