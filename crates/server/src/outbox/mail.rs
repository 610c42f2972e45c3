//! Mail: one letter for each message, handed to one server (RFC 6409), over connections that are kept
//! for the next.
//!
//! The connections are kept here and not by the library, whose pool takes one back in the middle of a
//! command when its time was up: the next letter would have been told the last one's answer.

mod letter;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::port::Pending;
use domain::{Message, Timestamp};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use rustls_pki_types::CertificateDer;

use super::carrier::{Carrier, Cause, Undelivered};
use super::channels::{ChannelFault, kept};
use crate::config;
use letter::Sender;

/// How long it may take to reach the server, and to find out whether a connection is still one.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next letter; servers close theirs after some minutes.
const KEEPING: Duration = Duration::from_secs(60);

/// The ports of RFC 8314 §3.
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// How a connection is made secure.
enum Security {
    /// TLS from the beginning.
    Wrapped(TlsParameters),
    /// TLS by STARTTLS, or nothing.
    Upgraded(TlsParameters),
    /// TLS by STARTTLS where the server offers it.
    Offered(TlsParameters),
    /// None.
    Plain,
}

/// A server that takes mail.
pub(crate) struct Mail {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    sender: Sender,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Mail {
    /// The server that is configured; none, if there is none.
    pub(super) fn of(
        mail: &config::Mail,
        trusted: &[CertificateDer<'static>],
    ) -> Result<Option<Self>, ChannelFault> {
        let (Some(url), Some(from)) = (&mail.url, &mail.from) else {
            return Ok(None);
        };
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = || tls(&host, trusted);
        let is_here = host == "localhost" || host.parse().is_ok_and(is_loopback);
        let security = match url.scheme() {
            "smtps" => Security::Wrapped(tls()?),
            _ if mail.insecure => Security::Plain,
            _ if is_here => Security::Offered(tls()?),
            _ => Security::Upgraded(tls()?),
        };
        let port = match url.scheme() {
            "smtps" => SUBMISSIONS,
            _ => SUBMISSION,
        };
        let name = percent_decode_str(url.username()).decode_utf8_lossy();
        let password = kept(&mail.password)?;
        let credentials = password
            .filter(|_| !name.is_empty())
            .map(|password| Credentials::new(name.into_owned(), password.expose().to_owned()));
        Ok(Some(Self {
            port: url.port().unwrap_or(port),
            security,
            credentials,
            sender: Sender {
                from: from.clone(),
                reply_to: mail.reply_to.clone(),
            },
            kept: Mutex::default(),
            host,
        }))
    }

    async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let letter = letter::of(message, &self.sender);
        let letter = letter.map_err(|what| Undelivered::Never(Cause::Unwritable(what)))?;
        let mut connection = self.connection().await.map_err(Undelivered::Later)?;
        // Dropped when it takes too long, and with it the connection.
        let sent = connection
            .send(letter.envelope(), &letter.formatted())
            .await;
        sent.map_err(|error| refusal(&error))?;
        self.keep(connection);
        Ok(())
    }

    /// A connection that works: one that was kept, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Cause> {
        while let Some((mut kept, since)) = self.take() {
            let is_young = since.elapsed() < KEEPING;
            let tested = tokio::time::timeout(CONNECTING, kept.test_connected());
            if is_young && tested.await.unwrap_or(false) {
                return Ok(kept);
            }
        }
        let connected = tokio::time::timeout(CONNECTING, self.connect()).await;
        let connected = connected.map_err(|_| Cause::TimedOut)?;
        // Nothing of a message has been said yet: the text is the server's about us.
        connected.map_err(|error| match error.status() {
            Some(code) => Cause::Status(code.into()),
            None => Cause::Unreachable(deepest(&error)),
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let name = ClientId::default();
        let wrapped = match &self.security {
            Security::Wrapped(tls) => Some(tls.clone()),
            _ => None,
        };
        let place = (self.host.as_str(), self.port);
        let connected =
            AsyncSmtpConnection::connect_tokio1(place, Some(CONNECTING), &name, wrapped, None);
        let mut connection = connected.await?;
        match &self.security {
            Security::Upgraded(tls) => connection.starttls(tls.clone(), &name).await?,
            Security::Offered(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &name).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, credentials).await?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, since)| since.elapsed() < KEEPING);
        kept.push((connection, Instant::now()));
    }
}

impl Carrier for Mail {
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        _: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>> {
        Box::pin(self.send(message))
    }
}

fn is_loopback(address: std::net::IpAddr) -> bool {
    address.is_loopback()
}

fn tls(host: &str, trusted: &[CertificateDer<'static>]) -> Result<TlsParameters, ChannelFault> {
    let fault = |error: lettre::transport::smtp::Error| ChannelFault::Mail(deepest(&error));
    let mut builder: TlsParametersBuilder = TlsParameters::builder(host.to_owned());
    for certificate in trusted {
        let certificate = Certificate::from_der(certificate.to_vec()).map_err(fault)?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(fault)
}

/// What the server says of a letter. Its words may quote the address, and only the status is kept.
fn refusal(error: &lettre::transport::smtp::Error) -> Undelivered {
    match error.status() {
        // RFC 5321 §4.2.1: "The command was not accepted and the requested action did not occur. The
        // SMTP client SHOULD NOT repeat the exact request".
        Some(code) if error.is_permanent() => Undelivered::Never(Cause::Status(code.into())),
        Some(code) => Undelivered::Later(Cause::Status(code.into())),
        // RFC 6531 §3.2: without SMTPUTF8 no such address may be tried.
        None if error.is_client() => Undelivered::Never(Cause::Unwritable(
            "the server takes no internationalized addresses",
        )),
        None => Undelivered::Later(Cause::Unreachable("the connection broke off".to_owned())),
    }
}

/// What lies at the bottom of an error.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests;
