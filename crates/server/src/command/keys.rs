//! `countersign keys`: the keys with which the server signs, and to which others encrypt.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use domain::{KeyFamily, KeyState, ServerSettings, SigningKeyRecord, Timestamp};
use serde_json::{Value, json};

use super::desk::Desk;
use super::output::{print, table};
use super::{Failure, Seat};
use crate::adapter::key_factory::create;
use crate::keys;

/// What clocks may differ by, caches may keep and servers may overlap, added to the life of tokens.
const MARGIN: Duration = Duration::from_hours(1);

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the keys.
    List(Common),
    /// Let the next key be used. What was signed with the key before, or encrypted to it, stays good.
    Rotate {
        #[command(flatten)]
        common: Common,
        /// Only this family; every family, if not given.
        #[arg(long)]
        family: Option<Family>,
    },
    /// Take one key out of use before its time.
    Retire {
        /// Its id (`kid`), which may begin with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        common: Common,
        /// It is no longer secret: invalidate what it signed, now.
        #[arg(long)]
        compromised: bool,
    },
}

#[derive(Args)]
pub(super) struct Common {
    #[command(flatten)]
    seat: Seat,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The families by their names.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Family {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
    RsaEncryption,
    P256Encryption,
}

impl From<Family> for KeyFamily {
    fn from(family: Family) -> Self {
        match family {
            Family::Rsa => Self::Rsa,
            Family::P256 => Self::P256,
            Family::P384 => Self::P384,
            Family::P521 => Self::P521,
            Family::Ed25519 => Self::Ed25519,
            Family::RsaEncryption => Self::RsaEncryption,
            Family::P256Encryption => Self::P256Encryption,
        }
    }
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::List(common) => runtime.block_on(list(common)),
        Command::Rotate { common, family } => {
            runtime.block_on(rotate(common, family.map(KeyFamily::from)))
        }
        Command::Retire {
            kid,
            common,
            compromised,
        } => runtime.block_on(retire(common, kid, *compromised)),
    }
    .map(|()| ExitCode::SUCCESS)
}

async fn list(common: &Common) -> Result<(), Failure> {
    let desk = Desk::open_at(&common.seat).await?;
    show(&desk, common).await
}

/// Until when everything is over that the server has signed until now. It knows how long its tokens
/// live; the configuration here may be another one.
async fn everything_ends(desk: &Desk) -> Result<Timestamp, Failure> {
    let unknown = "start the server once: how long its tokens live is not known";
    let deployment = desk.deployment().await?;
    let deployment = deployment.ok_or_else(|| Failure::Refused(unknown.to_owned()))?;
    let settings = desk.records.get::<ServerSettings>(ServerSettings::KEY);
    let settings = settings.await?.map(|stored| stored.record);
    let responses = Duration::from_secs(settings.unwrap_or_default().jarm_lifetime.into());
    let now = desk.now();
    Ok(deployment.tokens_end(now).max(now + responses) + MARGIN)
}

async fn rotate(common: &Common, only: Option<KeyFamily>) -> Result<(), Failure> {
    let desk = Desk::open_at(&common.seat).await?;
    let present = desk.records.all::<SigningKeyRecord>().await?;
    let families = only.map_or_else(|| keys::families(&present), |family| vec![family]);
    for family in families {
        let fresh = create(family, desk.now(), &*desk.random)?;
        let rotated = desk.carry_out(async || {
            let keys = desk.records.all::<SigningKeyRecord>().await?;
            let until = everything_ends(&desk).await?;
            let mut changes = keys::rotate(&keys, &fresh, until, desk.now())?;
            changes.insert(&desk.event("key.rotated").with("family", family.name()));
            Ok(((), changes))
        });
        rotated.await?;
    }
    show(&desk, common).await
}

async fn retire(common: &Common, kid: &str, compromised: bool) -> Result<(), Failure> {
    let desk = Desk::open_at(&common.seat).await?;
    let present = desk.records.all::<SigningKeyRecord>().await?;
    let family = keys::find(&present, kid)?.family;
    let fresh = create(family, desk.now(), &*desk.random)?;
    let retired = desk.carry_out(async || {
        let keys = desk.records.all::<SigningKeyRecord>().await?;
        let mut changes = keys::retire(&keys, kid, &fresh, compromised, desk.now())?;
        let event = desk.event("key.retired").with("kid", kid);
        changes.insert(&event.with("compromised", compromised));
        Ok(((), changes))
    });
    retired.await?;
    show(&desk, common).await
}

async fn show(desk: &Desk, common: &Common) -> Result<(), Failure> {
    let mut keys = desk.records.all::<SigningKeyRecord>().await?;
    keys.sort_by_key(|key| (key.family, rank(key.state), key.created));
    let rows: Vec<[String; 5]> = keys
        .iter()
        .map(|key| {
            [
                key.kid.clone(),
                key.family.name().to_owned(),
                state(key.state).to_owned(),
                key.created.to_string(),
                key.unpublish_after
                    .map_or_else(|| "-".to_owned(), |until| until.to_string()),
            ]
        })
        .collect();
    let json: Vec<Value> = keys.iter().map(|key| described(key)).collect();
    let heads = ["KID", "FAMILY", "STATE", "CREATED", "PUBLISHED UNTIL"];
    print(common.json, &json!(json), &table(heads, &rows))
}

fn described(key: &SigningKeyRecord) -> Value {
    json!({
        "kid": key.kid,
        "family": key.family.name(),
        "state": state(key.state),
        "created": key.created.to_string(),
        "activated": key.activated.map(|at| at.to_string()),
        "published_until": key.unpublish_after.map(|at| at.to_string()),
    })
}

const fn rank(state: KeyState) -> u8 {
    match state {
        KeyState::Active => 0,
        KeyState::Next => 1,
        KeyState::Retired => 2,
    }
}

const fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Active => "active",
        KeyState::Next => "next",
        KeyState::Retired => "retired",
    }
}
