//! `countersign export` and `countersign apply`: the whole configuration as one file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::Actor;
use serde_json::{Value, json};
use web::configuration::{Deed, Step};

use super::desk::Desk;
use super::output::{complain, line, print};
use super::{Failure, Place, io_failure};

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Apply {
    /// The file, in the form that `export` writes; `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Only print what would change.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Writes the configuration, with secrets sealed under the master key.
pub(super) fn export(arguments: &Export) -> Result<ExitCode, Failure> {
    let desk = Desk::open(&arguments.place)?;
    let exported = super::small_runtime()?
        .block_on(desk.configure(async |configuration| configuration.export().await))?;
    print(true, &exported, "")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what differs, then makes the file true.
pub(super) fn apply(arguments: &Apply) -> Result<ExitCode, Failure> {
    let file = file(arguments)?;
    let desk = Desk::open_or_create(&arguments.place)?;
    let work = desk.configure(async |configuration| {
        let plan = configuration.plan(&file).await?;
        tell(arguments.json, &plan)?;
        if arguments.dry_run || plan.is_empty() {
            return told(arguments, "nothing is changed: this was a dry run", &plan);
        }
        let made = configuration.apply(&Actor::Operator, &file).await?;
        if made != plan {
            complain(
                "countersign: somebody else changed the same just now; this is what was done:",
            );
            tell(arguments.json, &made)?;
        }
        told(arguments, "done", &made)
    });
    super::small_runtime()?.block_on(work)?;
    Ok(ExitCode::SUCCESS)
}

/// Says what becomes of the configuration.
fn tell(as_json: bool, steps: &[Step]) -> Result<(), Failure> {
    let json: Vec<Value> = steps.iter().map(described).collect();
    print(as_json, &json!(json), &text(steps))
}

/// Says how it ended, to people.
fn told(arguments: &Apply, end: &str, steps: &[Step]) -> Result<(), Failure> {
    if !arguments.json && !steps.is_empty() {
        let number = |deed| steps.iter().filter(|step| step.deed == deed).count();
        let [create, change, delete] = [Deed::Create, Deed::Change, Deed::Delete].map(number);
        let counted = format!("{create} to create, {change} to change, {delete} to delete");
        line(&format!("{counted}: {end}"))?;
    }
    Ok(())
}

fn file(arguments: &Apply) -> Result<Value, Failure> {
    let text = content(&arguments.file)?;
    let parsed = jose::json::parse(text.as_bytes());
    let shown = arguments.file.display();
    parsed.map_err(|error| Failure::Refused(format!("{shown}: it is not usable JSON: {error}")))
}

/// What is in a file, or on standard input if it is called `-`.
pub(super) fn content(file: &Path) -> Result<String, Failure> {
    let read = match file.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(file),
    };
    read.map_err(|cause| io_failure(&format!("read {}", file.display()), cause))
}

const fn name(deed: Deed) -> &'static str {
    match deed {
        Deed::Create => "create",
        Deed::Change => "change",
        Deed::Delete => "delete",
    }
}

fn described(step: &Step) -> Value {
    json!({ "place": step.place, "deed": name(step.deed), "changes": step.changes })
}

/// The steps for people: for each member that differs, what it was and what it will be.
fn text(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "nothing differs".to_owned();
    }
    let mut lines = Vec::new();
    for step in steps {
        lines.push(format!("{} {}", name(step.deed), step.place));
        // What is deleted is known by its place.
        let changes = step.changes.iter().filter(|_| step.deed != Deed::Delete);
        for change in changes {
            lines.extend(worded(change).into_iter().map(|it| format!("  {it}")));
        }
    }
    lines.join("\n")
}

/// One member's change; of a list, what is taken out and what is put in.
fn worded(change: &Value) -> Vec<String> {
    let path = change.get("path").and_then(Value::as_str);
    let path = path.unwrap_or_default();
    let sides = (change.get("before"), change.get("after"));
    if let (Some(Value::Array(before)), Some(Value::Array(after))) = sides {
        let gone = before.iter().filter(|it| !after.contains(it));
        let new = after.iter().filter(|it| !before.contains(it));
        let gone = gone.map(|it| format!("{path}: - {it}"));
        let lines: Vec<String> = gone
            .chain(new.map(|it| format!("{path}: + {it}")))
            .collect();
        if !lines.is_empty() {
            return lines;
        }
    }
    let shown = |side: Option<&Value>| side.map_or("nothing".to_owned(), Value::to_string);
    match sides {
        (None, Some(after)) => vec![format!("{path}: {after}")],
        (before, after) => vec![format!("{path}: {} -> {}", shown(before), shown(after))],
    }
}
