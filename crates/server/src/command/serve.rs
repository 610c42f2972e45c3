//! `countersign serve`: puts the parts together and serves until it is told to stop.

mod doors;
mod issuers;
mod outside;
mod server;

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use domain::Secret;
use tokio::sync::watch;
use web::MutualTls;

use super::{Failure, Place};
use crate::config::{Config, FlagValue};
use crate::first_start::{self, FirstPassword};
use crate::telemetry::logs;
use crate::telemetry::traces::Traces;

pub(super) use issuers::TrustedFile;
pub(super) use outside::hasher;
pub(super) use server::Server;

/// Where clients show certificates unless told otherwise, as PingFederate's do.
pub(super) const MTLS_LISTEN: &str = "127.0.0.1:9032";

/// The flags of `serve`.
#[derive(Args, Clone, Default)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// The address for people and applications [default: 127.0.0.1:9031].
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// The address for administration [default: 127.0.0.1:9999].
    #[arg(long, value_name = "ADDRESS")]
    pub(super) admin_listen: Option<String>,
    /// A second HTTPS port for clients that show certificates [127.0.0.1:9032 if no ADDRESS is
    /// given].
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = MTLS_LISTEN)]
    pub(super) mtls_listen: Option<String>,
    /// The URL by which everyone else reaches the server; its issuer.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

impl Arguments {
    fn flags(&self) -> Vec<FlagValue> {
        let flags = [
            ("server.listen", "listen", &self.listen),
            ("server.admin_listen", "admin-listen", &self.admin_listen),
            ("server.mtls_listen", "mtls-listen", &self.mtls_listen),
            ("server.public_url", "public-url", &self.public_url),
        ];
        let given = flags.into_iter().filter_map(|(setting, flag, value)| {
            let value = value.clone()?;
            Some(FlagValue {
                setting,
                flag,
                value,
            })
        });
        given.collect()
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let loaded = arguments.place.load(arguments.flags())?;
    let password = first_start::given_password()?;
    let config = loaded.config;
    let traces = Traces::start(&config.telemetry)?;
    let _log = logs::start(&config.log, traces.as_ref().map(Traces::tracer))?;
    for variable in loaded.warnings {
        tracing::warn!(
            variable,
            "an environment variable looks like a setting and is none"
        );
    }
    let result = super::runtime()?.block_on(serve(config, traces.is_some(), password));
    if let Some(traces) = traces {
        traces.stop();
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// Serves until a signal says to stop.
async fn serve(config: Config, traced: bool, password: Option<Secret>) -> Result<(), Failure> {
    let server = Server::prepare(config, traced, password, None).await?;
    announce(&server);
    let (stop, stopped) = watch::channel(false);
    server.run(stop, stopped).await
}

/// Says where the server is, and the administrator's password if it was made up: here alone, never
/// in the log.
fn announce(server: &Server) {
    let (config, doors) = (&server.config, &server.doors);
    let mut lines = vec![
        format!("Countersign {}", env!("CARGO_PKG_VERSION")),
        format!("  people and applications  {}", doors.public_url),
        format!("  administration           {}", doors.admin_url),
    ];
    if let MutualTls::At(url) = &doors.mutual_tls_at {
        lines.push(format!("  certificates of clients  {url}"));
    }
    lines.push(format!(
        "  data                     {}",
        config.data_dir.display()
    ));
    if let Some(FirstPassword::MadeUp(password)) = &server.password {
        let (name, password) = (first_start::ADMINISTRATOR, password.expose());
        let variable = first_start::PASSWORD_VARIABLE;
        lines.push(format!(
            "  administrator            {name} with the password {password}"
        ));
        lines.push(format!("                           It is shown only now; set {variable} before the first start to choose another."));
    }
    let mut out = std::io::stdout().lock();
    // Whoever closed standard output does not want to know.
    let _ = writeln!(out, "{}", lines.join("\n")).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    /// What a command line sets.
    fn set(line: &[&str]) -> Vec<(&'static str, String)> {
        let line = [&["serve"], line].concat();
        let flags = Line::parse_from(line).arguments.flags();
        let pairs = flags.into_iter().map(|it| (it.setting, it.value));
        pairs.collect()
    }

    #[test]
    fn pingfederate_pf_secondary_https_port_is_9032_unless_another_is_given() {
        let at = |address: &str| vec![("server.mtls_listen", address.to_owned())];
        assert_eq!(set(&[]), []);
        assert_eq!(set(&["--mtls-listen"]), at("127.0.0.1:9032"));
        assert_eq!(set(&["--mtls-listen", "[::1]:9443"]), at("[::1]:9443"));
    }
}
