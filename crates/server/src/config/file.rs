//! Reads a configuration file, and goes on after a mistake so that all of them are told at once.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Deed, Origin, nearest};
use super::table::{SECTIONS, settings};
use super::{Draft, Value};

type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;

/// Reads the text of a file into the draft.
pub(super) fn read(text: &str, draft: &mut Draft) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let lines = Lines(text);
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(section) if is_section(key.get_ref()) => {
                read_section(key.get_ref(), section, &lines, draft);
            }
            _ if is_section(key.get_ref()) => {
                let deed = Deed::NotASection(key.get_ref().to_string());
                draft.mistake(lines.of(key.span().start), deed);
            }
            _ => read_setting("", (key, value), &lines, draft),
        }
    }
    for error in errors {
        let line = lines.of(error.span().map_or(0, |span| span.start));
        // What else was found on a line that cannot be read is only a consequence.
        draft.mistakes.retain(|mistake| mistake.origin != line);
        draft.mistake(line, Deed::Syntax(error.message().to_owned()));
    }
}

fn is_section(name: &str) -> bool {
    !name.is_empty() && SECTIONS.iter().any(|(section, _)| *section == name)
}

fn read_section(name: &str, section: &DeTable<'_>, lines: &Lines<'_>, draft: &mut Draft) {
    for entry in section {
        read_setting(name, entry, lines, draft);
    }
}

fn read_setting(
    section: &str,
    (key, value): (&Key<'_>, &Spanned<DeValue<'_>>),
    lines: &Lines<'_>,
    draft: &mut Draft,
) {
    let name = key.get_ref();
    let line = lines.of(key.span().start);
    let setting = settings().find(|it| it.section == section && it.key == name);
    match setting {
        Some(setting) => draft.set(setting, &value_of(value.get_ref()), line),
        None => draft.mistake(line, unknown(section, name, value.get_ref().is_table())),
    }
}

fn unknown(section: &str, name: &str, is_table: bool) -> Deed {
    let of_section = settings()
        .filter(|it| it.section == section)
        .map(|it| it.key);
    let sections = SECTIONS.iter().map(|(section, _)| *section);
    let (what, suggestion) = if section.is_empty() && is_table {
        ("section", nearest(name, sections))
    } else {
        ("setting", nearest(name, of_section))
    };
    Deed::Unknown {
        what,
        name: name.to_owned(),
        suggestion,
    }
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            i64::from_str_radix(&digits, number.radix())
                .map_or(Value::Other("a number too large"), Value::Integer)
        }
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Array(values) => {
            Value::List(values.iter().map(|it| value_of(it.get_ref())).collect())
        }
        DeValue::Float(_) => Value::Other("a number with a fraction"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(entries) => {
            let entries = entries.iter();
            let entry = |(key, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
                (key.get_ref().to_string(), value_of(value.get_ref()))
            };
            Value::Table(entries.map(entry).collect())
        }
    }
}

/// The text, for finding out on which line an offset is.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn of(&self, offset: usize) -> Origin {
        let before = self.0.as_bytes().iter().take(offset);
        Origin::Line(1 + before.filter(|byte| **byte == b'\n').count())
    }
}
