//! `countersign import`: what another server exported, taken over.

use std::process::ExitCode;

use clap::Subcommand;
use domain::Actor;
use serde_json::{Value, json};
use web::configuration::{Fate, Verdict};

use super::Failure;
use super::configuration::{Given, parsed};
use super::desk::Desk;
use super::output::{line, print};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Take over PingFederate's bulk export (`GET /pf-admin-api/v1/bulk/export`), and say what
    /// becomes of each object in it.
    Pingfederate(Given),
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let Command::Pingfederate(arguments) = command;
    let bulk = parsed(&arguments.file)?;
    let desk = match arguments.dry_run {
        true => Desk::open_or_imagine(&arguments.place)?,
        false => Desk::open_or_create(&arguments.place)?,
    };
    let work = desk.configure(async |configuration| match arguments.dry_run {
        true => configuration.plan_import(&bulk).await,
        false => configuration.import(&Actor::Operator, &bulk).await,
    });
    let verdicts = super::small_runtime()?.block_on(work)?;
    let json: Vec<Value> = verdicts.iter().map(described).collect();
    print(arguments.json, &json!(json), &text_of(&verdicts))?;
    if !arguments.json {
        line(&summary(&verdicts, arguments.dry_run))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn described(verdict: &Verdict) -> Value {
    json!({ "place": verdict.place, "fate": name(verdict.fate), "notes": verdict.notes })
}

const fn name(fate: Fate) -> &'static str {
    match fate {
        Fate::Taken => "taken",
        Fate::Changed => "changed",
        Fate::Refused => "not taken",
        Fate::Same => "same already",
    }
}

/// A line for each object, and below it what is changed or why it is not taken.
fn text_of(verdicts: &[Verdict]) -> String {
    let mut lines = Vec::new();
    for verdict in verdicts {
        lines.push(format!("{} {}", name(verdict.fate), verdict.place));
        lines.extend(verdict.notes.iter().map(|note| format!("  {note}")));
    }
    lines.join("\n")
}

fn summary(verdicts: &[Verdict], is_dry_run: bool) -> String {
    let all = [Fate::Taken, Fate::Changed, Fate::Refused, Fate::Same];
    let counted = all.map(|fate| {
        let number = verdicts.iter().filter(|it| it.fate == fate).count();
        format!("{number} {}", name(fate))
    });
    let end = match is_dry_run {
        true => "nothing is changed: this was a dry run",
        false => "done",
    };
    format!("{}: {end}", counted.join(", "))
}
