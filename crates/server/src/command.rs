//! The command line.

mod admin;
mod audit;
mod client;
mod config;
mod configuration;
mod customer;
mod demo;
mod desk;
mod environment;
mod import;
mod jose;
mod keys;
mod output;
mod pingid;
mod ppm;
mod receipt;
mod serve;
mod user;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[cfg(test)]
pub(crate) use audit::check as audit_check;
use authn::factor::password::CostOutOfRange;
use clap::{Args, Parser, Subcommand};
use domain::EnvironmentId;
use domain::port::StoreError;

use crate::adapter::faces::FacesFault;
use crate::adapter::key_factory::KeyFault;
use crate::application_server::ApplicationServerFault;
use crate::config::{Config, FlagValue, Loaded, Mistake, Sources, load};
use crate::data_dir::DataFault;
use crate::demo::SignInError;
use crate::first_start::UnfitPassword;
use crate::house::HouseFault;
use crate::keys::KeyRefusal;
use crate::listen::tls::TlsFault;
use crate::outbox::ChannelFault;
use crate::seal::SealFault;
use crate::telemetry::logs::LogFault;
use crate::telemetry::traces::TraceFault;

/// An OAuth 2.0 and OpenID Connect authorization server with multi-factor authentication.
#[derive(Parser)]
#[command(name = "countersign", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<serve::Arguments>),
    /// Run a server with people, applications and a shop, to be tried at once.
    Demo(demo::Arguments),
    /// The people who can sign on.
    #[command(subcommand)]
    User(user::Command),
    /// Those who may configure the server.
    #[command(subcommand)]
    Admin(admin::Command),
    /// The applications that ask for tokens.
    #[command(subcommand)]
    Client(client::Command),
    /// The environments: tenants with an issuer, people and applications of their own.
    #[command(subcommand)]
    Env(environment::Command),
    /// The customers of Recognize: whose people enrol and authenticate by their face.
    #[command(subcommand)]
    Customer(customer::Command),
    /// The keys with which the server signs.
    #[command(subcommand)]
    Keys(keys::Command),
    /// What `PingID`'s clients know the server and its environments as.
    #[command(subcommand)]
    Pingid(pingid::Command),
    /// Sign requests as `PingID`'s clients do, and check answers to them, by hand.
    #[command(subcommand)]
    Ppm(ppm::Command),
    /// Write the whole configuration as one file, with secrets sealed.
    Export(configuration::Export),
    /// Make the configuration what a file says, in the form that `export` writes, and print what
    /// differs first.
    Apply(configuration::Given),
    /// Take over the configuration of another server.
    #[command(subcommand)]
    Import(import::Command),
    /// What happened, and whether what was noted of it is what was written.
    #[command(subcommand)]
    Audit(audit::Command),
    /// The receipts of what people approved.
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Make, read and check tokens by hand.
    #[command(subcommand)]
    Jose(jose::Command),
    /// Check a configuration file, or print an example of one.
    #[command(subcommand)]
    Config(config::Command),
}

/// Why a command did not do what it was asked to; one sentence for standard error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration has mistakes.
    #[error("{}", mistakes_text(.0, .1.as_deref()))]
    Config(Vec<Mistake>, Option<PathBuf>),
    /// Something outside did not work.
    #[error("cannot {deed}: {cause}")]
    Io { deed: String, cause: std::io::Error },
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The environments cannot be changed so.
    #[error(transparent)]
    Environment(#[from] web::RegistryError),
    /// The configuration cannot be changed so.
    #[error(transparent)]
    Configuration(#[from] web::configuration::Refusal),
    /// What a server cannot do without cannot be made.
    #[error(transparent)]
    FirstStart(#[from] web::Fault),
    /// The administrator's first password will not do.
    #[error(transparent)]
    Password(#[from] UnfitPassword),
    /// TLS cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// The log cannot be set up.
    #[error(transparent)]
    Log(#[from] LogFault),
    /// Traces cannot be sent.
    #[error(transparent)]
    Traces(#[from] TraceFault),
    /// Passwords cannot be hashed as configured.
    #[error(transparent)]
    Cost(#[from] CostOutOfRange),
    /// The house cannot be put together.
    #[error(transparent)]
    House(#[from] HouseFault),
    /// Nobody can look at the frames of cameras.
    #[error(transparent)]
    Faces(#[from] FacesFault),
    /// A key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Keys cannot be changed as asked.
    #[error(transparent)]
    Keys(#[from] KeyRefusal),
    /// The audit log cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The shop of the demo cannot reach the server.
    #[error(transparent)]
    Demo(#[from] SignInError),
    /// The shop of the demo has no pages.
    #[error("the pages of the demo cannot be made: {0}")]
    Pages(#[from] minijinja::Error),
    /// There is no HTTP client.
    #[error("an HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
    /// Messages cannot be sent as configured.
    #[error(transparent)]
    Channels(#[from] ChannelFault),
    /// The server cannot say to push services who it is.
    #[error(transparent)]
    ApplicationServer(#[from] ApplicationServerFault),
    /// What was asked for cannot be done; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// The server changes the same records again and again.
    #[error("the server is changing the same records; try again")]
    Busy,
}

fn io_failure(deed: &str, cause: std::io::Error) -> Failure {
    let deed = deed.to_owned();
    Failure::Io { deed, cause }
}

/// The async runtime: a worker for each core.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| io_failure("start the runtime", cause))
}

/// Which server a command is about.
#[derive(Args, Clone, Default)]
pub(crate) struct Place {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "COUNTERSIGN_CONFIG")]
    config: Option<PathBuf>,
    /// Where the server keeps everything [default: ./countersign-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Which house of a server a command is about.
#[derive(Args, Clone, Default)]
pub(crate) struct Seat {
    #[command(flatten)]
    place: Place,
    /// The environment that it is about [default: the server itself].
    #[arg(long, value_name = "ID")]
    environment: Option<EnvironmentId>,
}

impl Place {
    /// The arguments that lead to the same server, each after a space.
    fn arguments(&self) -> String {
        let given = [("--config", &self.config), ("--data-dir", &self.data_dir)];
        let written = given.map(|(name, path)| match path {
            Some(path) => format!(" {name} {}", quoted(&path.to_string_lossy())),
            None => String::new(),
        });
        written.concat()
    }

    /// The configuration there, with these flags over it.
    pub(crate) fn load(&self, mut flags: Vec<FlagValue>) -> Result<Loaded, Failure> {
        if let Some(directory) = &self.data_dir {
            flags.push(FlagValue {
                setting: "data_dir",
                flag: "data-dir",
                value: directory.display().to_string(),
            });
        }
        let sources = Sources {
            file: self.config.as_deref(),
            environment: std::env::vars().collect(),
            flags,
        };
        load(sources).map_err(|mistakes| Failure::Config(mistakes, self.config.clone()))
    }

    /// The configuration there.
    pub(crate) fn configuration(&self) -> Result<Config, Failure> {
        self.load(Vec::new()).map(|loaded| loaded.config)
    }
}

/// A word of a command line as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    match word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn mistakes_text(mistakes: &[Mistake], file: Option<&Path>) -> String {
    let name = file.map(|path| format!("{}: ", path.display()));
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| match &mistake.origin {
            crate::config::Origin::File | crate::config::Origin::Line(_) => {
                format!("{}{mistake}", name.as_deref().unwrap_or_default())
            }
            _ => mistake.to_string(),
        })
        .collect();
    lines.join("\n")
}

/// The async runtime of a command that is soon done.
fn small_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| io_failure("start the runtime", cause))
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let result = match CommandLine::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::User(command) => user::run(&command),
        Command::Admin(command) => admin::run(&command),
        Command::Client(command) => client::run(&command),
        Command::Env(command) => environment::run(&command),
        Command::Customer(command) => customer::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::Pingid(command) => pingid::run(&command),
        Command::Ppm(command) => ppm::run(&command),
        Command::Export(arguments) => configuration::export(&arguments),
        Command::Apply(arguments) => configuration::apply(&arguments),
        Command::Import(command) => import::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Receipt(command) => receipt::run(&command),
        Command::Jose(command) => jose::run(command),
        Command::Config(command) => config::run(&command),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&format!("countersign: {failure}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_so_that_a_shell_reads_it() {
        let place = |config: Option<&str>, data_dir: Option<&str>| Place {
            config: config.map(PathBuf::from),
            data_dir: data_dir.map(PathBuf::from),
        };
        assert_eq!(place(None, None).arguments(), "");
        let plain = place(Some("/etc/countersign.toml"), None);
        assert_eq!(plain.arguments(), " --config /etc/countersign.toml");
        let strange = place(None, Some("it's here"));
        assert_eq!(strange.arguments(), r" --data-dir 'it'\''s here'");
    }
}
