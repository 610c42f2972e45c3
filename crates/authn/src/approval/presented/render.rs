//! A text with its values in their places.

use domain::{Timestamp, TransactionDraft, TransactionSource};

use crate::approval::shown::{Part, Shown};
use crate::approval::statement;
use crate::approval::template::{
    Content, DETAILS, Method, Names, Pattern, Piece, TemplateError, is_code,
};
use crate::approval::visible::{is_right_to_left, shows_anything, visible};

/// What a text is about: a request, if there is one, and when.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) source: Option<&'a TransactionSource>,
    pub(super) time: Timestamp,
}

impl<'a> Said<'a> {
    pub(super) const fn of(draft: &'a TransactionDraft) -> Self {
        Self {
            source: Some(&draft.source),
            time: draft.time,
        }
    }
}

/// A text with its values in their places.
pub(super) fn render(
    content: &Content,
    method: Method,
    said: Said<'_>,
    names: &Names<'_>,
) -> Result<Shown, TemplateError> {
    let fill = |pattern: &Pattern, is_html: bool| {
        let pieces = pattern.pieces().iter();
        let parts = pieces.map(|piece| match piece {
            Piece::Text(text) => Ok(Some(text.clone())),
            Piece::Variable(name) if is_code(name) => Ok(None),
            Piece::Variable(name) => {
                let value = value(name, &content.locale, said, names);
                let value = value.ok_or_else(|| TemplateError::MissingVariable(name.clone()))?;
                Ok(Some(if is_html { escaped(&value) } else { value }))
            }
        });
        parts.collect::<Result<Vec<Part>, TemplateError>>()
    };
    Ok(Shown {
        method,
        locale: content.locale.clone(),
        is_html: content.is_html,
        title: content
            .title
            .as_ref()
            .map(|title| fill(title, false))
            .transpose()?,
        text: fill(&content.body, content.is_html)?,
    })
}

/// The value of a variable: nothing in it is unseen, and nothing in it is a variable.
fn value(name: &str, locale: &str, said: Said<'_>, names: &Names<'_>) -> Option<String> {
    let known = match name {
        "user.username" => names.username,
        "user.name.given" => names.given_name.unwrap_or(names.username),
        "user.name.family" => names.family_name.unwrap_or(names.username),
        "application.name" => names.application,
        "environment.name" => names.environment,
        "current-year" => return said.time.to_string().get(..4).map(str::to_owned),
        DETAILS => {
            let lines = statement::lines(said.source?, locale).into_iter();
            let lines =
                lines.map(|(label, value)| format!("{}: {}", isolated(label), isolated(value)));
            return Some(lines.collect::<Vec<_>>().join("\n"));
        }
        _ => match said.source? {
            // What nothing is to be seen of is as good as not sent: it would be an empty space.
            TransactionSource::Template { variables, .. } => variables
                .value(name)
                .filter(|value| shows_anything(value))?,
            _ => return None,
        },
    };
    Some(isolated(visible(known)))
}

/// A value that is written from right to left must not turn the words around it.
pub(super) fn isolated(value: String) -> String {
    match is_right_to_left(&value) {
        true => format!("\u{2068}{value}\u{2069}"),
        false => value,
    }
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>\n"),
            other => html.push(other),
        }
    }
    html
}
