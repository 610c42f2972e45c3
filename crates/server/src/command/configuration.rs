//! `countersign export` and `countersign apply`: the whole configuration as one file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use domain::Actor;
use serde_json::{Value, json};
use web::configuration::{Deed, Step};

use super::desk::Desk;
use super::output::print;
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
    let runtime = super::small_runtime()?;
    let plan = desk.configure(async |configuration| configuration.plan(&file).await);
    let plan = runtime.block_on(plan)?;
    let steps: Vec<Value> = plan.iter().map(described).collect();
    print(arguments.json, &json!(steps), &text(&plan))?;
    if !arguments.dry_run && !plan.is_empty() {
        let made = desk
            .configure(async |configuration| configuration.apply(&Actor::Operator, &file).await);
        runtime.block_on(made)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn file(arguments: &Apply) -> Result<Value, Failure> {
    let shown = arguments.file.display();
    let read = match arguments.file.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(&arguments.file),
    };
    let text = read.map_err(|cause| io_failure(&format!("read {shown}"), cause))?;
    let parsed = jose::json::parse(text.as_bytes());
    parsed.map_err(|error| Failure::Refused(format!("{shown}: it is not usable JSON: {error}")))
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

/// The steps for people: what there was after `-`, what there will be after `+`.
fn text(steps: &[Step]) -> String {
    let mut lines = Vec::new();
    for step in steps {
        lines.push(format!("{} {}", name(step.deed), step.place));
        // What is deleted is known by its place.
        let changes = step.changes.iter().filter(|_| step.deed != Deed::Delete);
        for change in changes {
            let path = change.get("path").and_then(Value::as_str);
            let path = path.unwrap_or_default();
            for (sign, side) in [('-', "before"), ('+', "after")] {
                if let Some(value) = change.get(side) {
                    lines.push(format!("  {sign} {path}: {value}"));
                }
            }
        }
    }
    if lines.is_empty() {
        lines.push("nothing differs".to_owned());
    }
    lines.join("\n")
}
