//! `countersign customer`: the customers of Recognize.

mod print;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use authn::recognize::{
    ApiKey, Customer, EnrolledDevice, KeepTransactions, OperationRecord, Person,
    TransactionProfile, UserAuthorization,
};
use clap::{Args, Subcommand, ValueEnum};
use domain::port::{Changes, CommitError, Record, Records, Tenant, Versioned};
use domain::{Environment, EnvironmentId};
use serde_json::json;

use self::print::described;
use super::desk::Desk;
use super::output::{print, table};
use super::{Failure, Place};

/// How many records are deleted in one commit.
const AT_ONCE: usize = 250;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Let the people of an environment enrol and authenticate by their face.
    Add(Add),
    /// Change the rules of a customer.
    Set(Set),
    /// List all customers.
    List(Listing),
    /// Delete a customer, and every face that was enrolled in its environment.
    Delete(Named),
    /// Make a key for a customer's backend; it is shown once.
    AddKey(Key),
    /// Take a key of a customer's backend back.
    DeleteKey(Key),
}

#[derive(Args)]
pub(super) struct Add {
    /// Its name, which its pages give the SDK: lower-case letters, digits and hyphens.
    name: String,
    /// Whose people they are.
    #[arg(long, value_name = "ID")]
    environment: EnvironmentId,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its name.
    name: String,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What can be changed; what is not given stays as it is.
#[derive(Args)]
struct Rules {
    /// Who vouches for a person before their session begins.
    #[arg(long, value_enum, value_name = "TYPE")]
    user_authorization: Option<AuthorizationType>,
    /// Where the keys are that sign user authorizations.
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// How long a user authorization may be good.
    #[arg(long, value_name = "SECONDS")]
    authorization_lifetime: Option<u64>,
    /// An origin whose pages may open sessions; all that there are, one by one.
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Option<Vec<String>>,
    /// Whether people may have a PIN besides their face.
    #[arg(long, value_name = "BOOL")]
    pin: Option<bool>,
    /// Whether who is vouched for may enrol further devices.
    #[arg(long, value_name = "BOOL")]
    further_devices: Option<bool>,
    /// Which JWT tells of a success.
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// What is kept of transactions besides digests in the audit log.
    #[arg(long, value_enum, value_name = "WHAT")]
    keep_transactions: Option<Kept>,
}

#[derive(Clone, Copy, ValueEnum)]
enum AuthorizationType {
    #[value(name = "None")]
    None,
    #[value(name = "RemoteJWKSet")]
    RemoteJwkSet,
}

#[derive(Clone, Copy, ValueEnum)]
enum Profile {
    /// As the original has it: signed by the person's key, without `iss` and `exp`.
    Original,
    /// With `iss`, `exp`, `jti` and a receipt, signed by the environment's key.
    Extended,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kept {
    /// Nothing.
    None,
    /// The transaction data, with each operation that was given an id: 90 days.
    Operation,
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
pub(super) struct Named {
    /// Its name.
    name: String,
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Key {
    /// The name of the customer.
    name: String,
    /// What the key is called.
    #[arg(value_name = "KEY")]
    called: String,
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
        Command::Set(arguments) => runtime.block_on(set(arguments)),
        Command::List(arguments) => runtime.block_on(list(arguments)),
        Command::Delete(arguments) => runtime.block_on(delete(arguments)),
        Command::AddKey(arguments) => runtime.block_on(add_key(arguments)),
        Command::DeleteKey(arguments) => runtime.block_on(delete_key(arguments)),
    }
    .map(|()| ExitCode::SUCCESS)
}

impl Rules {
    fn apply(&self, customer: &mut Customer) -> Result<(), Failure> {
        let known = match &customer.user_authorization {
            UserAuthorization::RemoteJwkSet { jwks_uri } => Some(jwks_uri.clone()),
            UserAuthorization::None => None,
        };
        let uri = self.jwks_uri.clone().or(known);
        customer.user_authorization = match (self.user_authorization, uri) {
            (Some(AuthorizationType::None), _) | (None, None) => UserAuthorization::None,
            (Some(AuthorizationType::RemoteJwkSet) | None, Some(jwks_uri)) => {
                UserAuthorization::RemoteJwkSet { jwks_uri }
            }
            (Some(AuthorizationType::RemoteJwkSet), None) => {
                let sentence = "RemoteJWKSet takes --jwks-uri as well";
                return Err(Failure::Refused(sentence.to_owned()));
            }
        };
        if let Some(origins) = &self.origins {
            customer.origins.clone_from(origins);
        }
        if let Some(profile) = self.profile {
            customer.profile = match profile {
                Profile::Original => TransactionProfile::Original,
                Profile::Extended => TransactionProfile::Extended,
            };
        }
        if let Some(kept) = self.keep_transactions {
            customer.keep_transactions = match kept {
                Kept::None => KeepTransactions::None,
                Kept::Operation => KeepTransactions::Operation,
            };
        }
        customer.authorization_lifetime = self
            .authorization_lifetime
            .unwrap_or(customer.authorization_lifetime);
        customer.pin = self.pin.unwrap_or(customer.pin);
        customer.further_devices = self.further_devices.unwrap_or(customer.further_devices);
        customer.check().map_err(refused)
    }
}

fn refused(cause: impl std::fmt::Display) -> Failure {
    Failure::Refused(cause.to_string())
}

fn desk(place: &Place) -> Result<Desk, Failure> {
    Ok(Desk::open(place)?.of(Tenant::SYSTEM))
}

async fn loaded(desk: &Desk, name: &str) -> Result<Versioned<Customer>, Failure> {
    let found = desk.records.get::<Customer>(Customer::key_of(name)).await?;
    found.ok_or_else(|| refused(format!("there is no customer {name}")))
}

/// The same, unless it is being deleted.
async fn loaded_live(desk: &Desk, name: &str) -> Result<Versioned<Customer>, Failure> {
    let found = loaded(desk, name).await?;
    match found.is_live() {
        true => Ok(found),
        false => Err(refused(format!("the customer {name} is being deleted"))),
    }
}

async fn live(desk: &Desk, id: EnvironmentId) -> Result<Option<Versioned<Environment>>, Failure> {
    let found = desk.records.get::<Environment>(Environment::key_of(id));
    let found = found.await?;
    Ok(found.filter(|found| found.id == id && found.is_live()))
}

async fn add(arguments: &Add) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    let mut customer = Customer::new(&arguments.name, arguments.environment, desk.now());
    arguments.rules.apply(&mut customer)?;
    let added = desk.carry_out(async || {
        let Some(environment) = live(&desk, customer.environment).await? else {
            let sentence = format!("there is no environment {}", customer.environment);
            return Err(Failure::Refused(sentence));
        };
        let taken = desk.records.get::<Customer>(customer.key()).await?;
        if let Some(taken) = &taken
            && live(&desk, taken.environment).await?.is_some()
        {
            return Err(refused(format!(
                "there is a customer {} already",
                taken.name
            )));
        }
        let others = desk.records.all::<Customer>().await?;
        let mut others = others.iter().filter(|it| it.name != customer.name);
        if let Some(other) = others.find(|it| it.environment == customer.environment) {
            return Err(refused(format!(
                "the environment has the customer {} already, and its people are those of one customer",
                other.name
            )));
        }
        let mut changes = Changes::none();
        // Of two that are added to one environment at the same time, one is decided on again.
        changes.update(&environment);
        changes.upsert(taken.as_ref(), &customer);
        changes.insert(&event(&desk, "recognize.customer_added", &customer));
        Ok(((), changes))
    });
    added.await?;
    let text = format!("added {}", customer.name);
    print(arguments.json, &described(&customer), &text)
}

async fn set(arguments: &Set) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    let change = |customer: &mut Customer| arguments.rules.apply(customer);
    let changed = change_to(&desk, &arguments.name, change).await?;
    let text = format!("changed {}", changed.name);
    print(arguments.json, &described(&changed), &text)
}

async fn change_to(
    desk: &Desk,
    name: &str,
    change: impl Fn(&mut Customer) -> Result<(), Failure>,
) -> Result<Customer, Failure> {
    let changing = desk.carry_out(async || {
        let loaded = loaded_live(desk, name).await?;
        let mut changed = loaded.record.clone();
        change(&mut changed)?;
        let mut changes = Changes::none();
        changes.replace(&loaded, &changed);
        changes.insert(&event(desk, "recognize.customer_changed", &changed));
        Ok((changed, changes))
    });
    changing.await
}

async fn list(arguments: &Listing) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    let all = desk.records.all::<Customer>().await?;
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    for customer in &all {
        let authorization = match customer.user_authorization {
            UserAuthorization::None => "None",
            UserAuthorization::RemoteJwkSet { .. } => "RemoteJWKSet",
        };
        rows.push([
            customer.name.clone(),
            customer.environment.to_string(),
            authorization.to_owned(),
        ]);
        told.push(described(customer));
    }
    let heads = ["NAME", "ENVIRONMENT", "USER AUTHORIZATION"];
    print(arguments.json, &json!(told), &table(heads, &rows))
}

async fn delete(arguments: &Named) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    // From here on no face is enrolled. If what follows is cut short, it is found by its record and goes on
    // when it is deleted again.
    let closing = desk.carry_out(async || {
        let mut loaded = loaded(&desk, &arguments.name).await?;
        let mut changes = Changes::none();
        if loaded.is_live() {
            loaded.record.deleted = Some(desk.now());
            changes.update(&loaded);
        }
        Ok((loaded.record, changes))
    });
    let deleted = closing.await?;
    let records = desk.records.of(deleted.environment.tenant());
    delete_all::<EnrolledDevice>(&records).await?;
    delete_all::<Person>(&records).await?;
    delete_all::<OperationRecord>(&records).await?;
    let deleting = desk.carry_out(async || {
        let loaded = loaded(&desk, &arguments.name).await?;
        let mut changes = Changes::none();
        changes.delete(&loaded);
        changes.insert(&event(&desk, "recognize.customer_deleted", &loaded));
        Ok(((), changes))
    });
    deleting.await?;
    let text = format!("deleted {} and every face that was enrolled", deleted.name);
    print(arguments.json, &described(&deleted), &text)
}

/// Deletes all records of a kind, some at a time, until there is none: those that a session of the server
/// has changed meanwhile are found anew.
async fn delete_all<R: Record>(records: &Records) -> Result<(), Failure> {
    loop {
        let all = records.all::<R>().await?;
        if all.is_empty() {
            return Ok(());
        }
        for some in all.chunks(AT_ONCE) {
            let mut changes = Changes::none();
            for record in some {
                changes.delete(record);
            }
            match records.commit(changes).await {
                Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }
}

async fn add_key(arguments: &Key) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    let (name, called) = (arguments.name.as_str(), arguments.called.as_str());
    let (key, kept) = ApiKey::new(name, called, desk.now(), &*desk.random);
    let changed = change_to(&desk, name, |customer| {
        if customer.api_keys.iter().any(|it| it.name == called) {
            return Err(refused(format!("{name} has a key {called} already")));
        }
        customer.api_keys.push(kept.clone());
        customer.check().map_err(refused)
    });
    changed.await?;
    let told = json!({"customer": name, "name": called, "key": key.expose()});
    print(arguments.json, &told, key.expose())
}

async fn delete_key(arguments: &Key) -> Result<(), Failure> {
    let desk = desk(&arguments.place)?;
    let (name, called) = (arguments.name.as_str(), arguments.called.as_str());
    let changed = change_to(&desk, name, |customer| {
        let before = customer.api_keys.len();
        customer.api_keys.retain(|it| it.name != called);
        match customer.api_keys.len() < before {
            true => Ok(()),
            false => Err(refused(format!("{name} has no key {called}"))),
        }
    });
    let changed = changed.await?;
    let text = format!("deleted the key {called} of {name}");
    print(arguments.json, &described(&changed), &text)
}

fn event(desk: &Desk, name: &str, customer: &Customer) -> domain::AuditEvent {
    let event = desk.event(name).with("customer", customer.name.clone());
    event.with("environment", customer.environment.to_string())
}
