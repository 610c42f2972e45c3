//! `countersign user`: the people who can sign on.

mod device;

use std::process::ExitCode;

use authn::account::{Access, Ended, Ending, end_sessions};
use authn::factor::password::{NewPassword, salt};
use authn::factor::totp;
use clap::{Args, Subcommand};
use domain::port::{Changes, Record, Versioned};
use domain::{
    Attempts, Consent, Device, DeviceKind, Grant, Password, Profile, Secret, Session,
    TrustedBrowser, User, UserId,
};
use serde_json::{Value, json};

use super::desk::{Desk, new_password};
use super::output::{print, table};
use super::serve::hasher;
use super::{Failure, Seat};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add someone who can sign on.
    Add(Box<Add>),
    /// List everyone.
    List(Listing),
    /// Set someone's password; whoever is signed on as them no longer is.
    SetPassword(SetPassword),
    /// Let someone try again who failed too often.
    Unlock(Named),
    /// Delete someone, and everything that they have granted.
    Delete(Named),
}

#[derive(Args)]
pub(super) struct Add {
    /// The name with which they sign on.
    name: String,
    #[command(flatten)]
    seat: Seat,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
    #[arg(long, value_parser = device::mail_address)]
    email: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    given_name: Option<String>,
    #[arg(long)]
    family_name: Option<String>,
    /// The secret of their authenticator app in base 32, if they have one already.
    #[arg(long, value_name = "BASE32")]
    totp_secret: Option<String>,
    #[command(flatten)]
    codes: device::Codes,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Listing {
    #[command(flatten)]
    seat: Seat,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SetPassword {
    #[command(flatten)]
    named: Named,
    /// Have them set another when they next sign on with it.
    #[arg(long)]
    must_change: bool,
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub(super) struct Named {
    /// The name with which they sign on.
    name: String,
    #[command(flatten)]
    seat: Seat,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::Add(arguments) => runtime.block_on(add(arguments)),
        Command::List(arguments) => runtime.block_on(list(arguments)),
        Command::SetPassword(arguments) => runtime.block_on(set_password(arguments)),
        Command::Unlock(arguments) => runtime.block_on(unlock(arguments)),
        Command::Delete(arguments) => runtime.block_on(delete(arguments)),
    }
    .map(|()| ExitCode::SUCCESS)
}

async fn add(arguments: &Add) -> Result<(), Failure> {
    let desk = Desk::open_or_create_at(&arguments.seat).await?;
    let username = valid_name(&arguments.name)?;
    if !by_name(&desk, username).await?.is_empty() {
        return Err(Failure::Refused(format!(
            "there is a user {username} already"
        )));
    }
    let totp_secret = arguments.totp_secret.as_deref().map(totp::import);
    let totp_secret = totp_secret.transpose().map_err(refused)?;
    let password = new_password(arguments.password_stdin)?;
    let newcomer = Newcomer {
        username: username.to_owned(),
        profile: profile(arguments),
        password,
        totp_secret,
        codes: arguments.codes.kinds(),
    };
    let user = newcomer.add(&desk).await?;
    let text = format!("added {} ({})", user.username, desk.written(user.id));
    let devices = of_user::<Device>(&desk, user.id).await?;
    let devices = in_order(devices.iter().map(|it| &it.record).collect());
    print(arguments.json, &described(&desk, &user, &devices), &text)
}

/// Someone who is to be added.
pub(super) struct Newcomer {
    pub(super) username: String,
    pub(super) profile: Profile,
    pub(super) password: Secret,
    pub(super) totp_secret: Option<Secret>,
    /// Where codes are sent to them.
    pub(super) codes: Vec<DeviceKind>,
}

impl Newcomer {
    /// Adds them, with everything that they sign on with, at once.
    pub(super) async fn add(&self, desk: &Desk) -> Result<User, Failure> {
        let now = desk.now();
        let user = User {
            id: UserId::new(now, &*desk.random),
            username: self.username.clone(),
            enabled: true,
            mfa_enabled: true,
            profile: self.profile.clone(),
            created: now,
            modified: now,
        };
        let password = password(desk, &user, &self.password)?;
        let app = |secret| device::app(user.id, secret, now, &*desk.random);
        let sent_to = |kind| device::sent_to(user.id, kind, now, &*desk.random);
        let apps = self.totp_secret.iter().map(app);
        let devices: Vec<Device> = apps.chain(self.codes.iter().map(sent_to)).collect();
        let added = desk.carry_out(async || {
            if !by_name(desk, &user.username).await?.is_empty() {
                let name = &user.username;
                return Err(Failure::Refused(format!("there is a user {name} already")));
            }
            let mut changes = Changes::none();
            changes.insert(&user);
            changes.insert(&password);
            for device in &devices {
                changes.insert(device);
            }
            changes.insert(
                &desk
                    .event("user.added")
                    .with("username", user.username.clone()),
            );
            Ok((user.clone(), changes))
        });
        added.await
    }
}

/// A password that obeys the rules, hashed.
fn password(desk: &Desk, user: &User, text: &Secret) -> Result<Password, Failure> {
    let accepted = NewPassword::accept(text.expose(), &user.username, None).map_err(refused)?;
    let hash = accepted.hash(&hasher(&desk.config.sign_on)?, &salt(&*desk.random));
    Ok(Password {
        user: user.id,
        hash: hash.into_secret(),
        changed: desk.now(),
        must_change: false,
    })
}

fn refused(reason: impl std::fmt::Display) -> Failure {
    Failure::Refused(reason.to_string())
}

fn valid_name(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    if name.is_empty() || name.len() > User::MAX_USERNAME || name.chars().any(char::is_control) {
        let most = User::MAX_USERNAME;
        return Err(refused(format!(
            "a user name has 1 to {most} bytes and no control characters"
        )));
    }
    Ok(name)
}

fn profile(arguments: &Add) -> Profile {
    let (given, family) = (&arguments.given_name, &arguments.family_name);
    let names: Vec<&str> = [given, family]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    Profile {
        name: (!names.is_empty()).then(|| names.join(" ")),
        given_name: given.clone(),
        family_name: family.clone(),
        email: arguments.email.clone(),
        // The operator who adds someone knows their address.
        email_verified: arguments.email.is_some().then_some(true),
        phone_number: arguments.phone.clone(),
        phone_number_verified: arguments.phone.is_some().then_some(true),
        ..Profile::default()
    }
}

async fn list(arguments: &Listing) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let mut users = desk.records.all::<User>().await?;
    users.sort_by_key(|user| User::normalized(&user.username));
    let devices = desk.records.all::<Device>().await?;
    let theirs = |user: &User| -> Vec<&Device> {
        let theirs = devices.iter().filter(|device| device.user == user.id);
        in_order(theirs.map(|device| &device.record).collect())
    };
    let rows: Vec<[String; 5]> = users
        .iter()
        .map(|user| {
            [
                user.username.clone(),
                user.profile.email.clone().unwrap_or_default(),
                if user.enabled { "enabled" } else { "disabled" }.to_owned(),
                types(&theirs(user)),
                desk.written(user.id),
            ]
        })
        .collect();
    let json: Vec<Value> = users
        .iter()
        .map(|user| described(&desk, user, &theirs(user)))
        .collect();
    let heads = ["NAME", "EMAIL", "STATUS", "SECOND FACTOR", "ID"];
    print(arguments.json, &json!(json), &table(heads, &rows))
}

/// Devices in the order in which their owner had them, and of one moment by what they are.
fn in_order(mut devices: Vec<&Device>) -> Vec<&Device> {
    devices.sort_by_key(|it| (it.created, device::type_of(&it.kind), it.id));
    devices
}

/// With what someone answers when a second factor is asked for.
fn types(devices: &[&Device]) -> String {
    let active = devices.iter().filter(|device| device.is_active());
    let mut types: Vec<_> = active.map(|it| device::type_of(&it.kind)).collect();
    types.sort_unstable();
    types.dedup();
    match types.is_empty() {
        true => "-".to_owned(),
        false => types.join(","),
    }
}

fn described(desk: &Desk, user: &User, devices: &[&Device]) -> Value {
    let described: Vec<Value> = devices.iter().map(|it| device::described(it)).collect();
    json!({
        "id": desk.written(user.id),
        "username": user.username,
        "enabled": user.enabled,
        "second_factor": devices.iter().any(|device| device.is_active()),
        "devices": described,
        "profile": user.profile,
        "created": user.created.to_string(),
    })
}

async fn set_password(arguments: &SetPassword) -> Result<(), Failure> {
    let Named { name, seat, json } = &arguments.named;
    let desk = Desk::open_at(seat).await?;
    let user = find(&desk, name).await?;
    let text = new_password(arguments.password_stdin)?;
    let password = Password {
        must_change: arguments.must_change,
        ..password(&desk, &user, &text)?
    };
    let ended = desk.carry_out(async || {
        let stored = desk.records.get::<Password>(user.id.as_bytes()).await?;
        let (ended, mut changes) = end_of_access(&desk, user.id).await?;
        changes.upsert(stored.as_ref(), &password);
        let event = desk.event("password.set");
        let event = event.with("username", user.username.clone());
        let event = event.with("sessions_ended", ended.sessions);
        changes.insert(&event.with("grants_ended", ended.grants));
        Ok((ended, changes))
    });
    let Ended { sessions, grants } = ended.await? + end_access(&desk, user.id).await?;
    let name = &user.username;
    let answer = json!({ "username": name, "sessions_ended": sessions, "grants_ended": grants });
    let text = format!("set the password of {name}; {sessions} sessions and {grants} grants ended");
    print(*json, &answer, &text)
}

/// Ends what was too much to end at once, and what was begun or granted while it was ended.
async fn end_access(desk: &Desk, user: UserId) -> Result<Ended, Failure> {
    let mut all = Ended::NONE;
    loop {
        let ended = desk.carry_out(async || end_of_access(desk, user).await);
        match ended.await? {
            Ended::NONE => return Ok(all),
            ended => all = all + ended,
        }
    }
}

/// What ends the sessions of someone, and the grants that end with them.
async fn end_of_access(desk: &Desk, user: UserId) -> Result<(Ended, Changes), Failure> {
    let ends = |grant: &Grant| Ending::Everything.ends_grant(grant);
    let access = Access {
        sessions: of_user(desk, user).await?,
        grants: desk.records.find_wanted(0, user, ends).await?,
    };
    Ok(end_sessions(user, &access, Ending::Everything))
}

async fn unlock(arguments: &Named) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let key = authn::lockout::key(&arguments.name);
    let blocked = desk.carry_out(async || {
        let counted = desk.records.get::<Attempts>(&key).await?;
        let mut changes = Changes::none();
        if let Some(counted) = &counted {
            changes.delete(counted);
            let event = desk.event("sign_on.unlocked");
            changes.insert(&event.with("username", arguments.name.clone()));
        }
        let blocked = counted.is_some_and(|counted| counted.is_blocked(desk.now()));
        Ok((blocked, changes))
    });
    let blocked = blocked.await?;
    let name = &arguments.name;
    let text = if blocked {
        format!("{name} can try again")
    } else {
        format!("{name} was not locked")
    };
    print(
        arguments.json,
        &json!({ "username": name, "was_locked": blocked }),
        &text,
    )
}

/// What they have begun and granted goes first, so that a deletion which breaks off can be begun
/// anew, and what they began and granted meanwhile goes last. What they sign on with goes with them:
/// nobody may sign on with less than before.
async fn delete(arguments: &Named) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let id = find(&desk, &arguments.name).await?.id;
    let ended = delete_granted(&desk, id).await?;
    let user = desk.carry_out(async || {
        let user = find(&desk, &arguments.name).await?;
        let mut changes = Changes::none();
        for device in &of_user::<Device>(&desk, user.id).await? {
            changes.delete(device);
        }
        if let Some(password) = desk.records.get::<Password>(user.id.as_bytes()).await? {
            changes.delete(&password);
        }
        changes.delete(&user);
        let event = desk.event("user.deleted");
        let event = event.with("username", user.username.clone());
        changes.insert(&event.with("grants_ended", ended));
        Ok((user.record.clone(), changes))
    });
    let user = user.await?;
    desk.records.delete_found::<Device>(0, user.id).await?;
    let ended = ended + delete_granted(&desk, user.id).await?;
    let (id, name) = (desk.written(user.id), user.username);
    let answer = json!({ "id": id, "username": name, "grants_ended": ended });
    let text = format!("deleted {name}; {ended} grants ended");
    print(arguments.json, &answer, &text)
}

/// Deletes the sessions of someone and what they have granted; returns how many grants.
async fn delete_granted(desk: &Desk, user: UserId) -> Result<usize, Failure> {
    desk.records.delete_found::<Session>(0, user).await?;
    desk.records.delete_found::<Consent>(0, user).await?;
    desk.records.delete_found::<TrustedBrowser>(0, user).await?;
    Ok(desk.records.delete_found::<Grant>(0, user).await?)
}

/// What belongs to someone: every kind that does has its owner in its first lookup.
async fn of_user<R: Record>(desk: &Desk, user: UserId) -> Result<Vec<Versioned<R>>, Failure> {
    Ok(desk.records.find::<R>(0, user.as_bytes()).await?)
}

async fn by_name(desk: &Desk, name: &str) -> Result<Vec<Versioned<User>>, Failure> {
    Ok(desk.records.find::<User>(0, User::normalized(name)).await?)
}

async fn find(desk: &Desk, name: &str) -> Result<Versioned<User>, Failure> {
    let found = by_name(desk, name).await?.into_iter().next();
    found.ok_or_else(|| refused(format!("there is no user {name}")))
}
