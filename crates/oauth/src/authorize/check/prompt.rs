//! What the person is to be asked, and how fresh their proof has to be.

use std::collections::BTreeSet;

use super::{Checked, ensure};
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::{AuthorizeError, Display, Prompt};
use crate::discovery;

/// How clients of `PingFederate` ask for the same as with `prompt=create`.
const REGISTERS: (&str, &str) = ("PolicyAction", "identity.registration");

/// The values of `prompt` are supported and do not contradict each other.
pub(in crate::authorize) fn prompts(seen: Seen<'_>) -> Checked {
    let values = seen
        .value("prompt")
        .unwrap_or_default()
        .split(' ')
        .filter(|v| !v.is_empty());
    // Initiating User Registration via OpenID Connect §4.1: "If the OpenID Provider receives a
    // prompt value that it does not support (not declared in the prompt_values_supported metadata
    // field) the OP SHOULD respond with an HTTP 400 (Bad Request) status code and an error value
    // of invalid_request."
    let can_register = seen.facts.can_register;
    let declared = |name| discovery::prompts(can_register).find(|prompt| prompt.name() == name);
    let prompts: Option<BTreeSet<Prompt>> = values.map(declared).collect();
    let mut prompts = prompts.ok_or(AuthorizeError::PromptUnknown)?;
    // OpenID Connect Core §3.1.2.1: "If this parameter contains none with any other value, an
    // error is returned."
    let is_clear = !prompts.contains(&Prompt::None) || prompts.len() == 1;
    ensure(is_clear, AuthorizeError::PromptNoneWithOthers)?;
    let (name, action) = REGISTERS;
    // A parameter of its own may be understood or not; nobody is asked anything because of it.
    if can_register && !prompts.contains(&Prompt::None) && seen.value(name) == Some(action) {
        prompts.insert(Prompt::Create);
    }
    Ok(Finding::Prompts(prompts))
}

/// `max_age` is a number of seconds.
pub(in crate::authorize) fn max_age(seen: Seen<'_>) -> Checked {
    let Some(text) = seen.value("max_age") else {
        return Ok(Finding::Nothing);
    };
    // OpenID Connect Core §3.1.2.1: "the allowable elapsed time in seconds since the last time the
    // End-User was actively authenticated"; digits alone, which `parse` is too kind to insist on.
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds
        .map(Finding::MaxAge)
        .ok_or(AuthorizeError::MaxAgeMalformed)
}

/// `display`: how pages should look.
#[expect(clippy::unnecessary_wraps, reason = "a check, like all the others")]
pub(in crate::authorize) fn display(seen: Seen<'_>) -> Checked {
    Ok(Finding::Display(
        seen.value("display")
            .map_or(Display::Page, Display::from_name),
    ))
}
