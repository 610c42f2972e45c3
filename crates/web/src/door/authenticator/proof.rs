//! Which authenticator a request is from: it is proved with its key.

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use domain::port::{CommitError, Versioned};
use domain::{Device, DeviceId, DeviceKind, ServerSettings, User};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use jose::jwk::Jwk;
use oauth::dpop::{DpopError, Facts, PresentedProof, Request, verify};
use serde_json::Value;
use std::sync::Arc;

use super::error::ApiError;
use crate::app::App;
use crate::extract::Peer;
use crate::fault::Fault;
use crate::limit::Purpose;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The authenticator that made a request, which has proved it, and whose it is.
pub(super) struct Caller {
    pub(super) device: Versioned<Device>,
    pub(super) user: User,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let path = RawPathParams::from_request_parts(parts, app).await;
        let named = path.ok().and_then(|path| {
            let mut named = path.iter().filter(|(name, _)| *name == "device");
            named.next().map(|(_, id)| id.to_owned())
        });
        let id: Option<DeviceId> = named.and_then(|id| id.parse().ok());
        let caller = match id {
            Some(id) => Self::load(app, id).await?,
            None => None,
        };
        let caller = caller.ok_or(ApiError::Unknown)?;
        let proved = caller.prove(app, parts).await;
        if matches!(proved, Err(ApiError::Proof(_) | ApiError::OtherKey)) {
            let peer = Peer::of(&parts.extensions);
            let counted = app.count_failure(Purpose::SignOn, peer);
            counted.map_err(ApiError::Limited)?;
        }
        proved.map(|()| caller)
    }
}

impl Caller {
    /// The authenticator with this id, if it is paired and its person may sign on.
    pub(super) async fn load(app: &App, id: DeviceId) -> Result<Option<Self>, ApiError> {
        let Some(device) = app.records.get::<Device>(&id).await? else {
            return Ok(None);
        };
        let is_paired = matches!(device.kind, DeviceKind::Authenticator(_)) && device.is_active();
        let user = app.records.get::<User>(&device.user).await?;
        let user = user.filter(|user| is_paired && user.enabled);
        Ok(user.map(|user| Self {
            device,
            user: user.record,
        }))
    }

    /// Whether its key has signed this very request, and no other with the same proof.
    async fn prove(&self, app: &App, parts: &Parts) -> Result<(), ApiError> {
        let headers = parts.headers.get_all(DPOP).iter();
        let proof = PresentedProof::of(headers.map(HeaderValue::as_bytes))?;
        let proof = proof.ok_or(ApiError::Unproved)?;
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => parts.uri.path(),
        };
        let url = app.site.url(&app.settings.issuer, path);
        // What clients may be allowed is not for authenticators.
        let settings = ServerSettings::default();
        let facts = Facts {
            settings: &settings,
            nonces: &app.nonce_key,
        };
        let request = Request {
            method: parts.method.as_str(),
            uris: &[&url],
            access_token: None,
        };
        let verified = verify(&proof, &request, &facts, app.now());
        if !self.is_key(verified.answer?.jkt().as_str()) {
            return Err(ApiError::OtherKey);
        }
        match app.records.commit(verified.changes).await {
            Ok(()) => Ok(()),
            Err(CommitError::Claimed) => Err(DpopError::Replayed.into()),
            Err(CommitError::Conflict) => Err(Fault::Contention.into()),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    fn is_key(&self, thumbprint: &str) -> bool {
        let DeviceKind::Authenticator(authenticator) = &self.device.kind else {
            return false;
        };
        let key = Jwk::from_value(Value::Object(authenticator.key.clone()));
        key.is_ok_and(|key| key.thumbprint() == thumbprint)
    }
}
