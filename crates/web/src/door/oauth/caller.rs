//! Who calls a back-channel endpoint, and what the endpoints issue tokens with.

use std::sync::Arc;

use domain::{Client, JwksSettings, ServerSettings};
use oauth::authorization_details::DetailTypes;
use oauth::client_auth::{
    AuthenticatedClient, ClientAuthError, ClientKeys, Facts, Presented, TrustedIssuers,
    authenticate, identify,
};
use oauth::encryption::Encryption;
use oauth::request_object::Opened;
use oauth::token::Issuer;
use oauth::{Decision, KeyRing, Parameters};

use super::shown::Shown;
use crate::app::App;
use crate::fault::Fault;

/// The client that a request says it is from, not yet believed, with its record and all that its
/// proof is checked with.
pub(crate) struct Caller<'a> {
    presented: Presented<'a>,
    client: Option<Arc<Client>>,
    /// The path of the endpoint that it calls.
    endpoint: &'static str,
    /// Its public keys, if they are needed and could be had.
    keys: Option<Arc<ClientKeys>>,
    issuers: TrustedIssuers,
}

impl<'a> Caller<'a> {
    /// Finds out which client a request to `endpoint` says it is from.
    pub(crate) async fn identify(
        app: &App,
        endpoint: &'static str,
        shown: &'a Shown,
        parameters: &'a Parameters,
    ) -> Result<Result<Self, ClientAuthError>, Fault> {
        let credentials = shown.credentials(parameters);
        let presented = match credentials.and_then(|credentials| identify(&credentials)) {
            Ok(presented) => presented,
            Err(error) => return Ok(Err(error)),
        };
        let client = app.live.client(presented.client()).await?;
        let keys = match client.as_deref() {
            Some(client) if presented.needs_keys_of(client) => {
                // Apart: most requests fetch nothing, and need not carry the room for it.
                Box::pin(app.keys_of(client, presented.key_id())).await
            }
            _ => None,
        };
        let issuers = shown.certificates().map(|_| app.trusted_issuers());
        Ok(Ok(Self {
            presented,
            client,
            endpoint,
            keys,
            issuers: issuers.unwrap_or_default(),
        }))
    }

    /// The client that it says it is, if there is such a one: not to be believed.
    pub(super) fn claimed(&self) -> Option<&Client> {
        self.client.as_deref()
    }

    /// Whether it is a public client, which proves nothing.
    pub(crate) fn is_public(&self) -> bool {
        let client = self.client.as_deref();
        client.is_some_and(|client| !client.is_confidential())
    }

    /// Checks the proof.
    pub(crate) fn authenticate(
        &self,
        app: &App,
    ) -> Decision<AuthenticatedClient<'_>, ClientAuthError> {
        let settings = app.live.settings();
        let base_url = settings.token_endpoint_base_url.trim_end_matches('/');
        let base_url = Some(base_url).filter(|url| !url.is_empty());
        let other_urls: Vec<&str> = base_url
            .into_iter()
            .chain(app.settings.mutual_tls.url())
            .collect();
        let facts = Facts {
            issuer: &app.settings.issuer,
            endpoint: self.endpoint,
            token_endpoint: app.site.paths.token,
            other_urls: &other_urls,
            issuer_is_client: app.live.client_trust().issuer_is_client,
            keys: self.keys.as_deref(),
            issuers: &self.issuers,
        };
        authenticate(&self.presented, self.client.as_deref(), &facts, app.now())
    }
}

impl App {
    /// The keys of `client`, among them the one with the id `wanted` if there is such a one; without
    /// them it is not believed, and the log says why.
    pub(in crate::door) async fn keys_of(
        &self,
        client: &Client,
        wanted: Option<&str>,
    ) -> Option<Arc<ClientKeys>> {
        let keys = self.client_keys(client, wanted).await;
        if let Err(reason) = &keys {
            tracing::info!(client = %client.id, %reason, "there are no keys of a client");
        }
        keys.ok()
    }

    /// The keys with which a client may have signed a request object.
    pub(super) async fn keys_for_request(
        &self,
        client: &Client,
        object: &Opened<'_>,
    ) -> Option<Arc<ClientKeys>> {
        let wanted = match client.keys.as_ref()? {
            JwksSettings::Jwks(_) => None,
            JwksSettings::JwksUrl(_) => object.key_id(),
        };
        self.keys_of(client, wanted.as_deref()).await
    }
}

/// The configuration that tokens are issued with, as it is now.
pub(crate) struct Issuing {
    keys: Arc<KeyRing>,
    /// The keys of the client that gets the tokens, if they are needed and could be had.
    client_keys: Option<Arc<ClientKeys>>,
    settings: Arc<ServerSettings>,
    detail_types: Arc<DetailTypes>,
}

impl Issuing {
    /// The configuration as it is now.
    pub(crate) fn now(app: &App) -> Self {
        Self {
            keys: app.live.keys(),
            client_keys: None,
            settings: app.live.settings(),
            detail_types: app.live.detail_types(),
        }
    }

    /// The same, with what is needed to encrypt ID tokens to `client`.
    pub(crate) async fn to(client: Option<&Client>, app: &App) -> Self {
        Self::encrypting(client, Encryption::of_id_tokens, app).await
    }

    /// The same, with what is needed to encrypt to `client` as it wants.
    pub(crate) async fn encrypting(
        client: Option<&Client>,
        wanted: fn(&Client) -> Option<Encryption>,
        app: &App,
    ) -> Self {
        let encryption = client.and_then(wanted);
        let needs_keys = encryption.is_some_and(Encryption::needs_client_key);
        let client_keys = match client.filter(|_| needs_keys) {
            Some(client) => Box::pin(app.keys_of(client, None)).await,
            None => None,
        };
        Self {
            client_keys,
            ..Self::now(app)
        }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The issuer.
    pub(crate) fn issuer<'a>(&'a self, app: &'a App) -> Issuer<'a> {
        Issuer {
            url: &app.settings.issuer,
            environment: app.site.environment,
            keys: &self.keys,
            client_keys: self.client_keys.as_deref().map(ClientKeys::set),
            settings: &self.settings,
            detail_types: &self.detail_types,
            access_token: &app.settings.access_token,
            id_token: &app.settings.id_token,
            random: app.random(),
        }
    }
}
