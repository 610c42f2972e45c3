//! `countersign env`: the environments of the server.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::{Actor, Environment, EnvironmentId};
use serde_json::{Value, json};
use web::Registry;

use super::desk::Desk;
use super::output::{print, table};
use super::{Failure, Place};
use crate::adapter::key_factory::KeyFactory;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add an environment; it has keys of its own, and nobody in it yet.
    Add(Add),
    /// List all environments.
    List(Listing),
    /// Delete an environment, and everything in it.
    Delete(Delete),
}

#[derive(Args)]
pub(super) struct Add {
    /// Its name, for whoever administers it.
    name: String,
    #[command(flatten)]
    place: Place,
    /// What it is for.
    #[arg(long, default_value = "")]
    description: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Listing {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Delete {
    /// Its id.
    id: EnvironmentId,
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::Add(arguments) => runtime.block_on(add(arguments)),
        Command::List(arguments) => runtime.block_on(list(arguments)),
        Command::Delete(arguments) => runtime.block_on(delete(arguments)),
    }
    .map(|()| ExitCode::SUCCESS)
}

async fn add(arguments: &Add) -> Result<(), Failure> {
    let desk = Desk::open_or_create(&arguments.place)?;
    let (name, description) = (&arguments.name, &arguments.description);
    let registry = registry(&desk);
    let added = registry.add(&Actor::Operator, name, description);
    let environment = added.await?;
    let described = described(&desk, &environment).await?;
    let issuer = described.get("issuer").and_then(Value::as_str);
    let lines = [
        format!("added {}", environment.name),
        format!("  id         {}", environment.id),
        format!("  issuer     {}", issuer.unwrap_or_default()),
        String::new(),
        "Add people and applications with --environment and the id.".to_owned(),
    ];
    print(arguments.json, &described, &lines.join("\n"))
}

async fn list(arguments: &Listing) -> Result<(), Failure> {
    let desk = Desk::open(&arguments.place)?;
    let environments = registry(&desk).all().await?;
    let (mut rows, mut json) = (Vec::new(), Vec::new());
    for environment in &environments {
        rows.push([
            environment.id.to_string(),
            environment.name.clone(),
            environment.created.to_string(),
        ]);
        json.push(described(&desk, environment).await?);
    }
    let heads = ["ID", "NAME", "CREATED"];
    print(arguments.json, &json!(json), &table(heads, &rows))
}

async fn delete(arguments: &Delete) -> Result<(), Failure> {
    let desk = Desk::open(&arguments.place)?;
    let registry = registry(&desk);
    let deleted = registry.delete(&Actor::Operator, arguments.id).await?;
    let text = format!(
        "deleted {} ({}) and everything in it",
        deleted.name, deleted.id
    );
    print(arguments.json, &described(&desk, &deleted).await?, &text)
}

pub(super) fn registry(desk: &Desk) -> Registry<'_> {
    Registry {
        records: &desk.records,
        factory: &KeyFactory,
        random: &*desk.random,
        now: desk.now(),
    }
}

async fn described(desk: &Desk, environment: &Environment) -> Result<Value, Failure> {
    Ok(json!({
        "id": environment.id,
        "name": environment.name,
        "description": environment.description,
        "organization": environment.organization,
        "issuer": web::issuer_of(&desk.issuer().await?, environment.id),
        "created": environment.created.to_string(),
    }))
}
