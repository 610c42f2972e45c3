//! Which channels there are: what the configuration says becomes what carries messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use authn::evidence::FactorKind;
use authn::factor::push::web_push::{ApplicationServer, PushFault};
use domain::{Channel, Secret};
use rustls_pki_types::CertificateDer;

use super::carrier::Carrier;
use super::inbox::Inbox;
use super::mail::Mail;
use super::push::WebPush;
use super::webhook::Webhook;
use crate::adapter::fetch::GuardedFetch;
use crate::adapter::http;
use crate::config::Config;
use crate::config::message::{Kept, TemplateFault};

/// Why a channel cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelFault {
    /// A file with a secret cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },
    /// The mail server cannot be spoken to as configured.
    #[error("mail cannot be sent as [mail] says: {0}")]
    Mail(String),
    /// A header of a gateway is none.
    #[error("the headers of a gateway must be lines such as \"Authorization: Bearer secret\"")]
    Header,
    /// The body for a gateway cannot be written.
    #[error("the body for a gateway cannot be written: {0}")]
    Template(#[from] TemplateFault),
    /// There is no HTTP client.
    #[error("an HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
    /// The key for push services cannot be used.
    #[error("notifications cannot be sent: {0}")]
    Push(#[from] PushFault),
}

/// What carries the messages of each channel that there is.
#[derive(Default)]
pub(crate) struct Channels {
    carriers: BTreeMap<Channel, Arc<dyn Carrier>>,
    /// The key by which push services know this server, if it notifies.
    pub(crate) application_server: Option<String>,
}

impl Channels {
    /// Those that are configured. `trusted` are trusted to say who a host is, besides those whom the
    /// system trusts.
    pub(crate) fn configured(
        config: &Config,
        trusted: &[CertificateDer<'static>],
    ) -> Result<Self, ChannelFault> {
        let mut channels = Self::default();
        if let Some(mail) = Mail::of(&config.mail, trusted)? {
            channels.add(Channel::Email, mail);
        }
        for (channel, gateway) in [(Channel::Sms, &config.sms), (Channel::Voice, &config.voice)] {
            if let Some(webhook) = Webhook::of(gateway, || http::client(trusted))? {
                channels.add(channel, webhook);
            }
        }
        Ok(channels)
    }

    /// All that go to people go into an inbox that everybody can look into.
    pub(crate) fn to_inbox(inbox: &Arc<Inbox>) -> Self {
        let people = [Channel::Email, Channel::Sms, Channel::Voice];
        let carrier = || Arc::clone(inbox) as Arc<dyn Carrier>;
        Self {
            carriers: people.map(|channel| (channel, carrier())).into(),
            application_server: None,
        }
    }

    /// Those, and notifications by this server.
    #[must_use]
    pub(crate) fn with_push(mut self, server: ApplicationServer, fetch: GuardedFetch) -> Self {
        self.application_server = Some(server.public_key().to_owned());
        self.add(Channel::Push, WebPush::new(server, fetch));
        self
    }

    fn add(&mut self, channel: Channel, carrier: impl Carrier) {
        self.carriers.insert(channel, Arc::new(carrier));
    }

    /// What carries the messages of a channel, if it is there.
    pub(super) fn of(&self, channel: Channel) -> Option<&dyn Carrier> {
        self.carriers.get(&channel).map(|carrier| &**carrier)
    }

    /// Whether devices of this kind can be reached, if they have to be.
    pub(crate) fn reach(&self, kind: FactorKind) -> bool {
        let channel = match kind {
            FactorKind::Email => Channel::Email,
            FactorKind::Sms => Channel::Sms,
            FactorKind::Voice => Channel::Voice,
            _ => return true,
        };
        self.carriers.contains_key(&channel)
    }
}

#[cfg(test)]
impl Channels {
    /// One channel with this carrier.
    pub(super) fn of_test(channel: Channel, carrier: Arc<dyn Carrier>) -> Self {
        Self {
            carriers: [(channel, carrier)].into(),
            application_server: None,
        }
    }
}

/// A secret that is kept here or in a file.
pub(super) fn kept(secret: &Kept) -> Result<Option<Secret>, ChannelFault> {
    match (&secret.here, &secret.file) {
        (Some(hidden), _) => Ok(Some(hidden.0.clone())),
        (None, Some(path)) => read(path).map(Some),
        (None, None) => Ok(None),
    }
}

/// What a file holds, without the white space around it.
pub(super) fn read(path: &Path) -> Result<Secret, ChannelFault> {
    let text = std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
    let text = text.map_err(|cause| ChannelFault::File {
        path: path.to_owned(),
        cause,
    })?;
    Ok(Secret::new(text.trim()))
}
