//! `countersign ppm`: PPM requests and answers by hand, as a client makes and reads them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use authn::pingid::ppm::{MAX_LENGTH, moment};
use authn::pingid::{sign, verify};
use clap::{Args, Subcommand};
use domain::port::Clock;
use domain::{Organization, Secret, Timestamp, Uuid};
use serde_json::{Map, Value};

use super::output::line;
use super::{Failure, io_failure};
use crate::adapter::clock::SystemClock;
use crate::adapter::random::SystemRandom;

/// How long a request is good that does not say so itself.
const LIFETIME: Duration = Duration::from_mins(10);

/// The most of a file that is read, in bytes.
const MOST: u64 = 1 << 20;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Sign a request, a JSON object; members that it lacks are added where they can be.
    Sign(Given),
    /// Check who signed an answer, or a request, and print what it says.
    Verify(Verifying),
}

#[derive(Args)]
pub(super) struct Given {
    /// A file with it; standard input, if it is `-`.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// The client's `pingid.properties`.
    #[arg(long, value_name = "FILE")]
    properties: PathBuf,
}

#[derive(Args)]
pub(super) struct Verifying {
    #[command(flatten)]
    given: Given,
    /// A file with the request that was answered, signed or not: that the answer is one to it is checked as
    /// well.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let now = SystemClock.now();
    match command {
        Command::Sign(given) => signed(given, now)?,
        Command::Verify(verifying) => verified(verifying, now)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn signed(given: &Given, now: Timestamp) -> Result<(), Failure> {
    let organization = given.organization(now)?;
    let request = jose::json::parse_object(given.text()?.as_bytes());
    let request = request.map_err(|error| refused(format!("the request is no JSON: {error}")))?;
    let request = Value::Object(completed(request, &organization.alias, now));
    let key = organization.newest();
    let key = key.ok_or_else(|| refused("the properties have no key".to_owned()))?;
    let token = sign(&organization, key, &request);
    line(&token.map_err(|error| refused(error.to_string()))?)
}

/// The request with what every request has.
fn completed(mut request: Map<String, Value>, alias: &str, now: Timestamp) -> Map<String, Value> {
    let added: [(&str, Value); 6] = [
        ("iss", "countersign".into()),
        ("aud", "pingidauthenticator".into()),
        ("idpAccountId", alias.into()),
        ("nonce", Uuid::new(&SystemRandom).to_string().into()),
        ("iat", now.seconds().into()),
        ("exp", (now + LIFETIME).seconds().into()),
    ];
    for (name, value) in added {
        request.entry(name).or_insert(value);
    }
    request
}

fn verified(verifying: &Verifying, now: Timestamp) -> Result<(), Failure> {
    let organization = verifying.given.organization(now)?;
    let answer = payload_of(&verifying.given.text()?, &organization, now)?;
    line(&format!("{:#}", Value::Object(answer.clone())))?;
    let expires = moment(answer.get("exp"));
    let expires = expires.ok_or_else(|| refused("its exp is no time".to_owned()))?;
    if now >= expires {
        return Err(refused("it has expired".to_owned()));
    }
    let Some(file) = &verifying.request else {
        return Ok(());
    };
    let text = read(file)?;
    let request = match text.trim_start().starts_with('{') {
        true => jose::json::parse_object(text.as_bytes())
            .map_err(|error| refused(format!("the request is no JSON: {error}")))?,
        false => payload_of(text.trim(), &organization, now)?,
    };
    match unlike(&request, &answer) {
        Some(name) => Err(refused(format!(
            "it does not answer the request: {name} is another"
        ))),
        None => Ok(()),
    }
}

/// What somebody of the organisation has signed.
fn payload_of(
    jws: &str,
    organization: &Organization,
    now: Timestamp,
) -> Result<Map<String, Value>, Failure> {
    let message = verify(organization, jws, MAX_LENGTH, now);
    let message = message.map_err(|error| refused(format!("it is not good: {error}")))?;
    Ok(message.payload().clone())
}

/// The member in which an answer is not one to this request, if there is one.
fn unlike(request: &Map<String, Value>, answer: &Map<String, Value>) -> Option<&'static str> {
    let asked = |name: &str| {
        request
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let told = |name: &str| answer.get(name).and_then(Value::as_str);
    let pairs = [
        ("iss", "aud"),
        ("aud", "iss"),
        ("sub", "sub"),
        ("idpAccountId", "idpAccountId"),
        ("returnUrl", "dst"),
    ];
    let mut others = pairs.into_iter();
    let other = others.find(|(here, there)| told(there) != Some(asked(here)));
    if let Some((_, there)) = other {
        return Some(there);
    }
    // A failure may be told before the nonce is known.
    let may_lack = told("status") == Some("failure") && told("nonce").is_none();
    if !may_lack && told("nonce") != Some(asked("nonce")) {
        return Some("nonce");
    }
    // "The tracking ID, passed from the request's jti field"; where there is none the nonce stands for it.
    let tracked = told("inResponseTo");
    let stands_in = asked("jti").is_empty() && tracked == Some(asked("nonce"));
    (tracked != Some(asked("jti")) && !stands_in).then_some("inResponseTo")
}

fn refused(reason: String) -> Failure {
    Failure::Refused(reason)
}

impl Given {
    fn text(&self) -> Result<String, Failure> {
        let text = read(&self.file)?;
        Ok(text.trim().to_owned())
    }

    /// The organisation as the client knows it.
    fn organization(&self, now: Timestamp) -> Result<Organization, Failure> {
        let shown = self.properties.display();
        let values = web::read_properties(&read(&self.properties)?);
        let value = |name: &str| {
            let value = values.get(name).map(|value| value.as_str());
            value.ok_or_else(|| refused(format!("{shown} has no {name}")))
        };
        let [token, key] = [value("token")?, value("use_base64_key")?].map(Secret::new);
        Ok(Organization::of_client(
            value("org_alias")?,
            token,
            key,
            now,
        ))
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        let opened = std::fs::File::open(file);
        opened.and_then(|opened| opened.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|cause| io_failure(&format!("read {}", file.display()), cause))?;
    Ok(text)
}
