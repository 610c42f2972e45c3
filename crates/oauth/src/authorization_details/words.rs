//! Details in words: templates such as `Pay {amount} {currency} to {creditorName}`.
//!
//! The first line of a template is the title. Each line after it is either a sentence or, where it
//! begins with a name and a colon (`Account: {creditorAccount.iban}`), a label with its value. A
//! placeholder names a member, with dots for members of members and numbers for places in lists
//! (`{debtors.0.name}`); `{{` and `}}` are braces. A line of which a member is missing is left out;
//! without its title the template does not serve, and the details are shown as they are.

use std::collections::BTreeMap;

use domain::AuthorizationDetail;
use serde_json::Value;

/// The longest template, in bytes.
const MAX_LENGTH: usize = 4 * 1024;

/// A piece of what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The text, without characters that would change the look of others.
    pub text: String,
    /// Whether it comes from the request, and not from an administrator.
    pub is_value: bool,
}

/// A line of what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the line is about, if it is a label with a value.
    pub label: Option<String>,
    /// What it says.
    pub parts: Vec<Part>,
}

/// What is told about authorization details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it is all about.
    pub title: Vec<Part>,
    /// More about it.
    pub lines: Vec<Line>,
    /// Everything that is in the details, by the names that they have there; empty if the lines say
    /// it already.
    pub everything: Vec<Line>,
}

impl Told {
    /// What is told without a template: the description of the type, or else its name, and
    /// everything that there is.
    pub(super) fn plain(detail: &AuthorizationDetail, description: &str) -> Self {
        let title = match description {
            "" => value(detail.kind()),
            _ => words(description),
        };
        Self {
            title: vec![title],
            lines: everything(detail),
            everything: Vec::new(),
        }
    }
}

/// Words for values, by value and language.
#[derive(Default)]
pub(super) struct Vocabulary(BTreeMap<(String, String), String>);

impl Vocabulary {
    /// Adds words for a value in a language, or in all if it is empty.
    pub(super) fn add(&mut self, value: &str, language: &str, words: &str) {
        let key = (value.to_owned(), language.to_owned());
        self.0.insert(key, words.to_owned());
    }

    /// A value of the request: the administrator's words for it, or itself.
    fn part(&self, text: &str, language: &str) -> Part {
        let known = |language: &str| self.0.get(&(text.to_owned(), language.to_owned()));
        match known(language).or_else(|| known("")) {
            Some(known) => words(known),
            None => value(text),
        }
    }
}

/// What a template has between two other pieces.
enum Piece {
    Text(String),
    /// The member at this path.
    Member(Vec<String>),
}

struct TemplateLine {
    label: Option<String>,
    pieces: Vec<Piece>,
}

/// What a person is told, with placeholders.
pub(super) struct Template {
    title: TemplateLine,
    lines: Vec<TemplateLine>,
}

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err("The template is longer than 4 KiB.".to_owned());
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut lines = lines.enumerate().map(|(number, line)| {
            let (label, line) = match line.split_once(": ") {
                Some((label, rest)) if number > 0 && !label.contains(['{', '}']) => {
                    (Some(label.to_owned()), rest)
                }
                _ => (None, line),
            };
            let pieces = pieces(line)?;
            Ok(TemplateLine { label, pieces })
        });
        let empty = || Err("The template is empty.".to_owned());
        Ok(Self {
            title: lines.next().unwrap_or_else(empty)?,
            lines: lines.collect::<Result<_, String>>()?,
        })
    }

    /// The template with members in place of the placeholders; `None` if the title has none.
    pub(super) fn fill(
        &self,
        detail: &AuthorizationDetail,
        vocabulary: &Vocabulary,
        language: &str,
    ) -> Option<Told> {
        let fill = |line: &TemplateLine| {
            let fill = |piece: &Piece| match piece {
                Piece::Text(text) => Some(vec![words(text)]),
                Piece::Member(path) => parts(member(detail, path)?, vocabulary, language),
            };
            let filled: Option<Vec<Vec<Part>>> = line.pieces.iter().map(fill).collect();
            Some(Line {
                label: line.label.clone(),
                parts: filled?.concat(),
            })
        };
        Some(Told {
            title: fill(&self.title)?.parts,
            lines: self.lines.iter().filter_map(fill).collect(),
            everything: everything(detail),
        })
    }
}

/// A line of a template in pieces.
fn pieces(line: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), line);
    while let Some(place) = rest.find(['{', '}']) {
        let (before, braced) = rest.split_at(place);
        text.push_str(before);
        let written_twice = ["{{", "}}"].into_iter().find(|it| braced.starts_with(it));
        if let Some(brace) = written_twice {
            text.extend(brace.chars().next());
            rest = braced.strip_prefix(brace).unwrap_or_default();
            continue;
        }
        let placeholder = braced.strip_prefix('{').and_then(|it| it.split_once('}'));
        let (name, after) = placeholder.ok_or("A brace stands alone; write it twice.")?;
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(Piece::Member(path(name)?));
        rest = after;
    }
    pieces.push(Piece::Text(text + rest));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    Ok(pieces)
}

fn path(name: &str) -> Result<Vec<String>, String> {
    let path: Vec<String> = name.split('.').map(|it| it.trim().to_owned()).collect();
    match path.iter().any(|it| it.is_empty() || it.contains('{')) {
        true => Err(format!("{{{name}}} names no member.")),
        false => Ok(path),
    }
}

/// The member at a path.
fn member<'a>(detail: &'a AuthorizationDetail, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let first = detail.members().get(first)?;
    rest.iter().try_fold(first, |value, name| match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A value in words; `None` if there is nothing to say.
fn parts(found: &Value, vocabulary: &Vocabulary, language: &str) -> Option<Vec<Part>> {
    let one = |text: &str| vocabulary.part(text, language);
    match found {
        Value::Null => None,
        Value::String(text) => Some(vec![one(text)]),
        Value::Array(items) => {
            let items = items
                .iter()
                .filter_map(|it| parts(it, vocabulary, language));
            let comma = [words(", ")];
            let joined: Vec<Vec<Part>> = items.collect();
            (!joined.is_empty()).then(|| joined.join(&comma[..]))
        }
        other => Some(vec![one(&other.to_string())]),
    }
}

/// Every member by its path, one line for each.
fn everything(detail: &AuthorizationDetail) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, found) in detail.members().iter().filter(|(name, _)| *name != "type") {
        flatten(name, found, &mut lines);
    }
    lines
}

fn flatten(path: &str, found: &Value, lines: &mut Vec<Line>) {
    let is_nested = |it: &Value| it.is_object() || it.is_array();
    match found {
        Value::Object(members) if !members.is_empty() => {
            for (name, found) in members {
                flatten(&format!("{path}.{name}"), found, lines);
            }
        }
        Value::Array(items) if items.iter().any(is_nested) => {
            for (place, found) in items.iter().enumerate() {
                flatten(&format!("{path}.{place}"), found, lines);
            }
        }
        found => {
            let text = parts(found, &Vocabulary::default(), "");
            lines.push(Line {
                label: Some(value(path).text),
                parts: text.unwrap_or_else(|| vec![value(&found.to_string())]),
            });
        }
    }
}

fn words(text: &str) -> Part {
    Part {
        text: text.to_owned(),
        is_value: false,
    }
}

/// A text of the request. What would break the line or turn the direction of what stands beside it
/// becomes a blank, so that nobody is shown something else than what they approve.
fn value(text: &str) -> Part {
    let is_plain = |it: &char| {
        !it.is_control()
            && !matches!(
                it,
                '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
            )
    };
    let text = text.chars().map(|it| if is_plain(&it) { it } else { ' ' });
    Part {
        text: text.collect(),
        is_value: true,
    }
}
