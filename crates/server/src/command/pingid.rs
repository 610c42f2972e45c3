//! `countersign pingid`: what `PingID`'s clients know the server and its environments as.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use domain::port::Tenant;
use domain::{Actor, Environment, EnvironmentId, Organization, OrganizationKeySize, ReturnOrigin};
use serde_json::{Value, json};
use web::{OrganizationError, OrganizationSettings, Organizations, properties};

use super::desk::Desk;
use super::output::{print, write};
use super::{Failure, Place};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Write the `pingid.properties` with which clients are set up.
    Properties(Of),
    /// Make another key; the earlier ones stay good for a while.
    Rotate(Rotate),
    /// End an earlier key before its time.
    Retire(Retire),
    /// Show the organisation, or set what is given.
    Set(Set),
}

#[derive(Args)]
pub(super) struct Of {
    /// The id of the environment [default: the server itself].
    environment: Option<EnvironmentId>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    of: Of,
    /// For how many days the earlier keys stay good.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(..=365))]
    overlap: u64,
    /// How long the key is, in bits: clients sign by HS256, HS384 or HS512 accordingly.
    #[arg(long, default_value = "256", value_parser = ["256", "384", "512"])]
    bits: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Retire {
    /// The id of the key, as `countersign pingid set` shows it.
    key: String,
    #[command(flatten)]
    of: Of,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Set {
    #[command(flatten)]
    of: Of,
    /// The `org_alias` by which clients name it.
    #[arg(long)]
    alias: Option<String>,
    /// A host to whose pages answers may be posted, in place of all that were set before: a host that
    /// speaks TLS, or an origin such as `http://localhost:8080`. It can be given several times.
    #[arg(long, value_name = "HOST")]
    return_host: Vec<ReturnOrigin>,
    /// Whether people who are unknown, or have no device, are enrolled when a client sends them.
    #[arg(long, value_name = "BOOL")]
    enroll: Option<bool>,
    /// Whether clients of the REST API may have a code sent once to an address or a number that is none
    /// of the person's own devices.
    #[arg(long, value_name = "BOOL")]
    one_time_devices: Option<bool>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl From<OrganizationError> for Failure {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Fault(fault) => Self::FirstStart(fault),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::Properties(arguments) => runtime.block_on(written(arguments)),
        Command::Rotate(arguments) => runtime.block_on(rotate(arguments)),
        Command::Retire(arguments) => runtime.block_on(retire(arguments)),
        Command::Set(arguments) => runtime.block_on(set(arguments)),
    }
    .map(|()| ExitCode::SUCCESS)
}

impl Of {
    /// The records of the server, if it has the environment.
    async fn desk(&self) -> Result<Desk, Failure> {
        let desk = Desk::open(&self.place)?;
        let Some(id) = self.environment else {
            return Ok(desk);
        };
        let system = desk.records.of(Tenant::SYSTEM);
        let found = system.get::<Environment>(Environment::key_of(id)).await?;
        match found.is_some_and(|found| found.id == id && found.is_live()) {
            true => Ok(desk),
            false => Err(Failure::Refused(format!("there is no environment {id}"))),
        }
    }
}

/// The organisations of a server.
pub(super) fn organizations(desk: &Desk) -> Organizations<'_> {
    Organizations {
        records: &desk.records,
        random: &*desk.random,
        now: desk.now(),
    }
}

async fn written(of: &Of) -> Result<(), Failure> {
    let desk = of.desk().await?;
    let organization = organizations(&desk).of(of.environment).await?;
    let key = organization.newest();
    let key = key.ok_or_else(|| Failure::Refused("the organisation has no key".to_owned()))?;
    write(properties(&organization, key, &desk.issuer().await?).as_bytes())
}

async fn rotate(arguments: &Rotate) -> Result<(), Failure> {
    let desk = arguments.of.desk().await?;
    let bits = arguments.bits.parse().ok();
    let size = bits.and_then(OrganizationKeySize::of_bits);
    let organizations = organizations(&desk);
    let rotated = organizations.rotate(
        &Actor::Operator,
        arguments.of.environment,
        size.unwrap_or_default(),
        Duration::from_hours(24 * arguments.overlap),
    );
    let organization = rotated.await?;
    let mut lines = vec!["made another key".to_owned()];
    lines.extend(key_lines(&organization, &desk));
    lines.push("Clients get it with `countersign pingid properties`.".to_owned());
    let json = described(&organization, &desk);
    print(arguments.json, &json, &lines.join("\n"))
}

async fn retire(arguments: &Retire) -> Result<(), Failure> {
    let desk = arguments.of.desk().await?;
    let organizations = organizations(&desk);
    let environment = arguments.of.environment;
    let retired = organizations.retire(&Actor::Operator, environment, &arguments.key);
    let organization = retired.await?;
    let mut lines = vec![format!("ended the key {}", arguments.key)];
    lines.extend(key_lines(&organization, &desk));
    let json = described(&organization, &desk);
    print(arguments.json, &json, &lines.join("\n"))
}

async fn set(arguments: &Set) -> Result<(), Failure> {
    let desk = arguments.of.desk().await?;
    let hosts = &arguments.return_host;
    let settings = OrganizationSettings {
        alias: arguments.alias.clone(),
        return_origins: (!hosts.is_empty()).then(|| hosts.clone()),
        enrols: arguments.enroll,
        one_time_devices: arguments.one_time_devices,
    };
    let is_asked = settings == OrganizationSettings::default();
    let organizations = organizations(&desk);
    let organization = match is_asked {
        true => organizations.of(arguments.of.environment).await?,
        false => {
            let environment = arguments.of.environment;
            let set = organizations.set(&Actor::Operator, environment, &settings);
            set.await?
        }
    };
    let origins = organization.return_origins.iter();
    let origins: Vec<String> = origins.map(ToString::to_string).collect();
    let mut lines = vec![
        format!("org_alias     {}", organization.alias),
        format!("return hosts  {}", origins.join(" ")),
        format!("enrolls       {}", organization.enrols),
        format!("one-time      {}", organization.one_time_devices),
    ];
    lines.extend(key_lines(&organization, &desk));
    let json = described(&organization, &desk);
    print(arguments.json, &json, &lines.join("\n"))
}

fn key_lines(organization: &Organization, desk: &Desk) -> Vec<String> {
    let keys = organization.keys(desk.now());
    let line = |key: &domain::OrganizationKey| {
        let until = key.ends.map(|ends| format!(", until {ends}"));
        let until = until.unwrap_or_default();
        format!("  key {} of {}{until}", key.id, key.created)
    };
    keys.map(line).collect()
}

fn described(organization: &Organization, desk: &Desk) -> Value {
    let keys = organization.keys(desk.now()).map(|key| {
        json!({
            "id": key.id,
            "created": key.created.to_string(),
            "ends": key.ends.map(|ends| ends.to_string()),
        })
    });
    let origins = organization.return_origins.iter();
    json!({
        "environment": organization.environment,
        "org_alias": organization.alias,
        "return_hosts": origins.map(ToString::to_string).collect::<Vec<_>>(),
        "enrolls": organization.enrols,
        "one_time_devices": organization.one_time_devices,
        "keys": keys.collect::<Vec<_>>(),
    })
}
