//! `countersign admin`: those who may configure the server.

use std::process::ExitCode;

use authn::factor::password::{NewPassword, salt};
use clap::{Args, Subcommand, ValueEnum};
use domain::port::{Changes, Tenant};
use domain::{Administrator, AdministratorRole};
use serde_json::json;

use super::desk::{Desk, new_password};
use super::output::print;
use super::serve::hasher;
use super::{Failure, Place};
use crate::first_start::ADMINISTRATOR;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Set an administrator's password, when it was lost.
    SetPassword(SetPassword),
}

/// What an administrator may do.
#[derive(Clone, Copy, ValueEnum)]
enum Role {
    Full,
    Auditor,
}

impl From<Role> for AdministratorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Full => Self::Full,
            Role::Auditor => Self::Auditor,
        }
    }
}

#[derive(Args)]
pub(super) struct SetPassword {
    /// The administrator's name; a new one is added.
    #[arg(default_value = ADMINISTRATOR)]
    name: String,
    #[command(flatten)]
    place: Place,
    /// What they may do: `full`, or `auditor`, who changes nothing. A new one may do everything unless
    /// it is said, and one that is there already may do what they might before.
    #[arg(long)]
    role: Option<Role>,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let Command::SetPassword(arguments) = command;
    super::small_runtime()?.block_on(set_password(arguments))?;
    Ok(ExitCode::SUCCESS)
}

async fn set_password(arguments: &SetPassword) -> Result<(), Failure> {
    let desk = Desk::open(&arguments.place)?.of(Tenant::SYSTEM);
    let name = valid_name(&arguments.name)?;
    let text = new_password(arguments.password_stdin)?;
    let accepted = NewPassword::accept(text.expose(), name, None);
    let accepted = accepted.map_err(|rule| Failure::Refused(rule.to_string()))?;
    let hash = accepted.hash(&hasher(&desk.config.sign_on)?, &salt(&*desk.random));
    let (hash, changed) = (hash.into_secret(), desk.now());
    let wanted = arguments.role.map(AdministratorRole::from);
    let added = desk.carry_out(async || {
        let stored = desk.records.get::<Administrator>(name).await?;
        let kept = stored.as_ref().map(|stored| stored.role);
        let administrator = Administrator {
            name: name.to_owned(),
            password_hash: hash.clone(),
            changed,
            role: wanted.or(kept).unwrap_or_default(),
        };
        let mut changes = Changes::none();
        changes.upsert(stored.as_ref(), &administrator);
        changes.insert(&desk.event("administrator.password_set").with("name", name));
        Ok((stored.is_none(), changes))
    });
    let added = added.await?;
    let deed = if added {
        "added"
    } else {
        "set the password of"
    };
    let answer = json!({ "name": name, "added": added });
    print(
        arguments.json,
        &answer,
        &format!("{deed} the administrator {name}"),
    )
}

/// RFC 7617 §2: "a user-id containing a colon character is invalid"
fn valid_name(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    let fits = (1..=128).contains(&name.len());
    if !fits || name.contains(':') || name.chars().any(char::is_control) {
        let sentence =
            "an administrator's name has 1 to 128 bytes, no colon and no control characters";
        return Err(Failure::Refused(sentence.to_owned()));
    }
    Ok(name)
}
