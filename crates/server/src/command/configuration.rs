//! `countersign export` and `countersign apply`: the whole configuration as one file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::Actor;
use serde_json::{Value, json};
use web::configuration::{Deed, Step};

use super::desk::Desk;
use super::output::{complain, line, print};
use super::{Failure, Place, io_failure};

/// The longest file, in bytes.
const MAX_FILE: u64 = 256 << 20;

#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Given {
    /// The file; `-` for standard input.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) place: Place,
    /// Only print what would change.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
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
pub(super) fn apply(arguments: &Given) -> Result<ExitCode, Failure> {
    let file = file(arguments)?;
    let runtime = super::small_runtime()?;
    let mut desk = Desk::open_or_imagine(&arguments.place)?;
    if desk.is_imagined && !arguments.dry_run {
        // A file with a mistake makes nothing, not even an empty data directory.
        runtime.block_on(desk.configure(async |it| it.plan(&file).await))?;
        desk = Desk::open_or_create(&arguments.place)?;
    }
    let work = desk.configure(async |configuration| {
        let plan = configuration.plan(&file).await?;
        // People see what will be done before it is, and whoever reads JSON gets one document.
        if !arguments.json {
            line(&text(&plan))?;
        }
        let mut done = plan;
        let mut end = "nothing is changed: this was a dry run";
        if !arguments.dry_run && !done.is_empty() {
            let made = configuration.apply(&Actor::Operator, &file).await?;
            if made != done {
                overtaken(arguments, &made)?;
            }
            (done, end) = (made, "done");
        }
        told(arguments, end, &done)
    });
    runtime.block_on(work)?;
    Ok(ExitCode::SUCCESS)
}

/// Says that what is done is not what was to be done.
fn overtaken(arguments: &Given, made: &[Step]) -> Result<(), Failure> {
    complain("countersign: somebody else changed the same just now; this is what was done:");
    match arguments.json {
        true => Ok(()),
        false => line(&text(made)),
    }
}

/// Says how it ended.
fn told(arguments: &Given, end: &str, steps: &[Step]) -> Result<(), Failure> {
    if arguments.json {
        let json: Vec<Value> = steps.iter().map(described).collect();
        return print(true, &json!(json), "");
    }
    if !steps.is_empty() {
        let number = |deed| steps.iter().filter(|step| step.deed == deed).count();
        let [create, change, delete] = [Deed::Create, Deed::Change, Deed::Delete].map(number);
        let counted = format!("{create} to create, {change} to change, {delete} to delete");
        line(&format!("{counted}: {end}"))?;
    }
    Ok(())
}

fn file(arguments: &Given) -> Result<Value, Failure> {
    let file = parsed(&arguments.file)?;
    let strange = file.as_object().into_iter().flatten();
    let mut strange = strange.filter(|(name, _)| !["metadata", "operations"].contains(&&***name));
    match strange.next() {
        Some((name, _)) => Err(Failure::Refused(format!(
            "{}: a file has metadata and operations, and no {name:?}",
            arguments.file.display()
        ))),
        None => Ok(file),
    }
}

/// The JSON in a file, or on standard input if it is called `-`: read strictly, so that nobody else
/// reads it differently.
pub(super) fn parsed(file: &Path) -> Result<Value, Failure> {
    let shown = file.display();
    let refused = |why: String| Failure::Refused(format!("{shown}: it is {why}"));
    let mut text = Vec::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().take(MAX_FILE + 1).read_to_end(&mut text),
        false => File::open(file).and_then(|it| it.take(MAX_FILE + 1).read_to_end(&mut text)),
    };
    let length = read.map_err(|cause| io_failure(&format!("read {shown}"), cause))?;
    if u64::try_from(length).is_ok_and(|length| length > MAX_FILE) {
        return Err(refused(format!("longer than {} MiB", MAX_FILE >> 20)));
    }
    let parsed = jose::json::parse(&text);
    parsed.map_err(|error| refused(format!("not usable JSON: {error}")))
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
