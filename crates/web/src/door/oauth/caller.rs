//! Who calls a back-channel endpoint, and what the endpoints issue tokens with.

use std::sync::Arc;

use domain::{Client, JwksSettings, ServerSettings};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jose::jwk::JwkSet;
use oauth::authorization_details::DetailTypes;
use oauth::client_auth::{
    AuthenticatedClient, ClientAuthCause, ClientAuthError, Credentials, Facts, Presented,
    authenticate, identify,
};
use oauth::token::Issuer;
use oauth::{Decision, KeyRing, Parameters};

use crate::app::App;
use crate::extract::single_header;
use crate::fault::Fault;

/// The client that a request says it is from, with its record, not yet believed.
pub(crate) struct Caller<'a> {
    presented: Presented<'a>,
    client: Option<Arc<Client>>,
    /// The path of the endpoint that it calls.
    endpoint: &'static str,
}

impl<'a> Caller<'a> {
    /// Finds out which client a request to `endpoint` says it is from.
    pub(crate) async fn identify(
        app: &App,
        endpoint: &'static str,
        headers: &'a HeaderMap,
        parameters: &'a Parameters,
    ) -> Result<Result<Self, ClientAuthError>, Fault> {
        let Ok(authorization) = single_header(headers, AUTHORIZATION) else {
            return Ok(Err(ClientAuthError {
                cause: ClientAuthCause::SeveralMethods,
                in_header: true,
            }));
        };
        let presented = match identify(&Credentials {
            authorization,
            parameters,
        }) {
            Ok(presented) => presented,
            Err(error) => return Ok(Err(error)),
        };
        let client = app.live.client(presented.client()).await?;
        Ok(Ok(Self {
            presented,
            client,
            endpoint,
        }))
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
        let facts = Facts {
            issuer: &app.settings.issuer,
            endpoint: self.endpoint,
        };
        authenticate(&self.presented, self.client.as_deref(), &facts, app.now())
    }
}

/// The public keys of a client, if it has any that are kept here.
pub(crate) fn inline_keys(client: &Client) -> Option<JwkSet> {
    let keys = client.keys.as_ref().and_then(JwksSettings::inline)?;
    JwkSet::parse(keys).ok()
}

/// The configuration that tokens are issued with, as it is now.
pub(crate) struct Issuing {
    keys: Arc<KeyRing>,
    settings: Arc<ServerSettings>,
    detail_types: Arc<DetailTypes>,
}

impl Issuing {
    /// The configuration as it is now.
    pub(crate) fn now(app: &App) -> Self {
        Self {
            keys: app.live.keys(),
            settings: app.live.settings(),
            detail_types: app.live.detail_types(),
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
            keys: &self.keys,
            settings: &self.settings,
            detail_types: &self.detail_types,
            access_token: &app.settings.access_token,
            id_token: &app.settings.id_token,
            random: app.random(),
        }
    }
}
