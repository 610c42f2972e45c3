//! The configuration records, in memory and up to date.
//!
//! The token endpoint reads no database for a client: it finds it here. Whatever changes a
//! configuration record, in this process or another, moves the store's configuration revision,
//! and [`Live::follow`] then forgets what it knew.

mod application;
mod authn_api;
mod detail_types;
mod origins;
mod policies;
mod sessions;
mod templates;
mod trust;

use std::sync::Arc;

use arc_swap::ArcSwap;
use authn::approval::template::Templates;
use domain::port::{Records, StoreError};
use domain::{Client, ClientId, ServerSettings, SigningKeyRecord};
use oauth::KeyRing;
use oauth::authorization_details::DetailTypes;
use quick_cache::sync::Cache;

pub(crate) use self::application::forget_application;
pub(crate) use self::authn_api::AuthnApi;
use self::detail_types::KnownTypes;
pub(crate) use self::origins::Origins;
pub(crate) use self::policies::{POLICIES, Policies, SORT, Sort};
pub(crate) use self::sessions::SessionRules;
pub(crate) use self::templates::{CONTENT, CONTENTS};
pub(crate) use self::trust::ClientTrust;

/// Clients that are kept in memory, at the most.
const CLIENTS: usize = 10_000;

/// The configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys cannot be used.
    #[error("the signing keys cannot be used: {0}")]
    Keys(String),
}

/// The configuration records as they are now.
pub(crate) struct Live {
    records: Records,
    known: ArcSwap<Known>,
    clients: Cache<ClientId, Arc<Client>>,
}

/// What is kept whole: all of it at least as new as its revision.
struct Known {
    revision: u64,
    settings: Arc<ServerSettings>,
    keys: Arc<KeyRing>,
    detail_types: Arc<KnownTypes>,
    client_trust: Arc<ClientTrust>,
    authn_api: Arc<AuthnApi>,
    session_rules: SessionRules,
    origins: Arc<Origins>,
    policies: Arc<Policies>,
    templates: Arc<Templates>,
}

impl Live {
    /// Reads the configuration.
    pub(crate) async fn load(records: Records) -> Result<Self, LiveError> {
        let revision = records.store().configuration_revision().await?;
        let known = ArcSwap::from_pointee(read(&records, revision, None).await?);
        Ok(Self {
            records,
            known,
            clients: Cache::new(CLIENTS),
        })
    }

    /// Reads the configuration again if it has changed.
    pub(crate) async fn follow(&self) -> Result<(), LiveError> {
        let revision = self.records.store().configuration_revision().await?;
        if revision == self.revision() {
            return Ok(());
        }
        let known = Arc::clone(&self.known.load().detail_types);
        let read = read(&self.records, revision, Some(known)).await;
        let read = read.map(Arc::new);
        // Several may be here at once, and who read first may come last.
        if let Ok(read) = &read {
            self.known.rcu(|known| {
                let newer = if read.revision > known.revision {
                    read
                } else {
                    known
                };
                Arc::clone(newer)
            });
        }
        // First the number, then the entries: see `client`. A key that cannot be used must not keep
        // a client alive that was switched off.
        self.clients.clear();
        read.map(drop)
    }

    /// The settings of the authorization server.
    pub(crate) fn settings(&self) -> Arc<ServerSettings> {
        Arc::clone(&self.known.load().settings)
    }

    /// The keys that are published, and those of them that sign.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.known.load().keys)
    }

    /// The types of authorization details.
    pub(crate) fn detail_types(&self) -> Arc<DetailTypes> {
        self.known.load().detail_types.types()
    }

    /// In which words people are told things.
    pub(crate) fn templates(&self) -> Arc<Templates> {
        Arc::clone(&self.known.load().templates)
    }

    /// How clients may prove who they are.
    pub(crate) fn client_trust(&self) -> Arc<ClientTrust> {
        Arc::clone(&self.known.load().client_trust)
    }

    /// How the authentication API may be used.
    pub(crate) fn authn_api(&self) -> Arc<AuthnApi> {
        Arc::clone(&self.known.load().authn_api)
    }

    /// How long people stay signed on when they have closed the browser.
    pub(crate) fn session_rules(&self) -> SessionRules {
        self.known.load().session_rules
    }

    /// By which policies people sign on.
    pub(crate) fn policies(&self) -> Arc<Policies> {
        Arc::clone(&self.known.load().policies)
    }

    /// From where the scripts of applications call.
    pub(crate) fn origins(&self) -> Arc<Origins> {
        Arc::clone(&self.known.load().origins)
    }

    /// As of which configuration of the store it is.
    pub(crate) fn revision(&self) -> u64 {
        self.known.load().revision
    }

    /// The client with this id.
    pub(crate) async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        match self.clients.get(id) {
            Some(known) => Ok(Some(known)),
            // Apart: next to every client is known, and its request need not carry the room for it.
            None => Box::pin(self.read_client(id)).await,
        }
    }

    async fn read_client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        let revision = self.revision();
        let Some(found) = self.records.get::<Client>(id).await? else {
            return Ok(None);
        };
        let client = Arc::new(found.record);
        self.clients.insert(id.clone(), Arc::clone(&client));
        // What was read before a change must not stay behind after the change was noticed.
        if self.revision() != revision {
            self.clients.remove(id);
        }
        Ok(Some(client))
    }
}

/// Reads what is kept whole; `revision` was the store's before that.
async fn read(
    records: &Records,
    revision: u64,
    detail_types: Option<Arc<KnownTypes>>,
) -> Result<Known, LiveError> {
    let settings = records.get::<ServerSettings>(ServerSettings::KEY).await?;
    let settings = settings.map(|settings| settings.record).unwrap_or_default();
    Ok(Known {
        revision,
        settings: Arc::new(settings),
        keys: Arc::new(key_ring(records).await?),
        detail_types: KnownTypes::read(records, detail_types).await?,
        client_trust: Arc::new(ClientTrust::read(records).await?),
        authn_api: Arc::new(AuthnApi::read(records).await?),
        session_rules: SessionRules::read(records).await?,
        origins: Arc::new(Origins::read(records).await?),
        policies: Arc::new(Policies::read(records).await?),
        templates: Arc::new(templates::read(records).await?),
    })
}

async fn key_ring(records: &Records) -> Result<KeyRing, LiveError> {
    let keys = records.all::<SigningKeyRecord>().await?;
    let keys: Vec<SigningKeyRecord> = keys.into_iter().map(|key| key.record).collect();
    KeyRing::new(&keys).map_err(|error| LiveError::Keys(error.to_string()))
}
