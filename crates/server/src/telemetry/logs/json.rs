//! The log as one JSON object a line.

use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::line::{Format, SpanMembers, write_time};

/// A JSON object: `timestamp`, `level`, the event's own members, `target`, and `span`, which has the
/// `name` of the span that it happened in and its members.
pub(super) struct Json;

impl Format for Json {
    type Members<'l> = Members<'l>;

    fn members<'l>(&self, line: &'l mut Vec<u8>) -> Members<'l> {
        Members(line)
    }

    fn write<S>(&self, line: &mut Vec<u8>, event: &Event<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        line.extend_from_slice(b"{\"timestamp\":\"");
        write_time(&mut Escaped(line));
        line.extend_from_slice(b"\",\"level\":\"");
        line.extend_from_slice(event.metadata().level().as_str().as_bytes());
        line.push(b'"');
        event.record(&mut Members(line));
        Members(line).text("target", event.metadata().target());
        if let Some(span) = context.event_span(event) {
            line.extend_from_slice(b",\"span\":{\"name\":");
            quote(line, span.name());
            if let Some(SpanMembers(members)) = span.extensions().get() {
                line.extend_from_slice(members);
            }
            line.push(b'}');
        }
        line.extend_from_slice(b"}\n");
    }
}

/// Writes members of an object, each with a comma before it.
pub(super) struct Members<'a>(&'a mut Vec<u8>);

impl Members<'_> {
    fn name(&mut self, name: &str) {
        self.0.push(b',');
        quote(self.0, name.strip_prefix("r#").unwrap_or(name));
        self.0.push(b':');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quote(self.0, value);
    }

    fn json(&mut self, field: &Field, value: impl Serialize) {
        self.name(field.name());
        // A number cannot fail, and memory takes what is written.
        let _ = serde_json::to_writer(&mut *self.0, &value);
    }
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.json(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.json(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.json(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.json(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field.name());
        self.0.push(b'"');
        let _ = write!(Escaped(self.0), "{value:?}");
        self.0.push(b'"');
    }
}

/// A string with its quotation marks.
fn quote(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    let _ = Escaped(line).write_str(text);
    line.push(b'"');
}

/// Text inside a JSON string (RFC 8259 §7).
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        while let Some(place) = rest.iter().position(is_special) {
            let (plain, from) = rest.split_at(place);
            self.0.extend_from_slice(plain);
            let Some((special, after)) = from.split_first() else {
                break;
            };
            match special {
                b'"' | b'\\' => self.0.extend_from_slice(&[b'\\', *special]),
                b'\n' => self.0.extend_from_slice(b"\\n"),
                b'\t' => self.0.extend_from_slice(b"\\t"),
                _ => write!(self.0, "\\u{special:04x}").map_err(|_| fmt::Error)?,
            }
            rest = after;
        }
        self.0.extend_from_slice(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::telemetry::logs::line::written;

    /// What happens inside, as lines of JSON.
    fn lines(inside: impl FnOnce()) -> Vec<Value> {
        let text = written(Json, inside);
        assert!(text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    #[test]
    fn an_event_has_its_members_and_those_of_its_span() {
        let written = lines(|| {
            let span = tracing::info_span!("request", id = "7", late = tracing::field::Empty);
            let _entered = span.enter();
            span.record("late", 3);
            let place: Option<&str> = None;
            tracing::warn!(target: "door", status = 404_u16, ms = 1.5, ok = true, place, "an answer");
        });
        let [line] = written.as_slice() else {
            panic!("{written:?}")
        };
        let time = line["timestamp"].as_str().unwrap();
        assert!(time.ends_with('Z') && time.len() == 27, "{time}");
        let mut rest = line.clone();
        rest.as_object_mut().unwrap().remove("timestamp");
        assert_eq!(
            rest,
            json!({
                "level": "WARN",
                "status": 404,
                "ms": 1.5,
                "ok": true,
                "message": "an answer",
                "target": "door",
                "span": { "name": "request", "id": "7", "late": 3 },
            })
        );
    }

    #[test]
    fn nothing_that_is_logged_ends_a_string_or_a_line() {
        let odd = "\"},\n{\\\u{0}\t\u{1b}[31m\u{7f} é \u{2028} 🦀";
        let written = lines(|| {
            tracing::info!(text = odd, shown = %odd, debug = ?odd, "one");
            tracing::info!("two {odd}");
        });
        let [one, two] = written.as_slice() else {
            panic!("{written:?}")
        };
        assert_eq!((&one["text"], &one["shown"]), (&json!(odd), &json!(odd)));
        assert_eq!(one["debug"], format!("{odd:?}"));
        assert_eq!(two["message"], format!("two {odd}"));
        assert!(two.get("span").is_none());
    }

    #[test]
    fn a_number_that_json_has_not_is_null() {
        let written = lines(|| tracing::info!(ms = f64::NAN, "one"));
        assert_eq!(written[0]["ms"], Value::Null);
    }

    #[test]
    fn a_value_that_logs_gets_a_line_of_its_own() {
        struct Chatty;
        impl Debug for Chatty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                tracing::info!("inner");
                f.write_str("chatty")
            }
        }
        let written = lines(|| tracing::info!(value = ?Chatty, "outer"));
        let messages: Vec<_> = written.iter().map(|line| &line["message"]).collect();
        assert!(messages.contains(&&json!("outer")), "{messages:?}");
    }
}
