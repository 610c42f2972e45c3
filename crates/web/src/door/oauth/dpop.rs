//! What requests prove by DPoP (RFC 9449).

use axum::response::Response;
use domain::ServerSettings;
use domain::port::{Changes, CommitError};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oauth::Decision;
use oauth::client_auth::ClientAuthError;
use oauth::dpop::{DpopError, Facts, PresentedProof, Request, VerifiedProof, due_nonce, verify};

use super::caller::Caller;
use crate::app::App;
use crate::fault::Fault;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What a request proves by DPoP, and what the client is told with the answer.
pub(crate) struct Dpop {
    proof: Result<Option<VerifiedProof>, DpopError>,
    changes: Changes,
    nonce: Option<String>,
}

/// The parts of a request that a proof is about.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// Its method.
    pub(crate) method: &'a Method,
    /// The path of the endpoint.
    pub(crate) endpoint: &'static str,
    /// Its headers.
    pub(crate) headers: &'a HeaderMap,
    /// The access token that it shows, at an endpoint that is protected by one.
    pub(crate) access_token: Option<&'a str>,
}

impl Dpop {
    /// Verifies the proof that came with a request, if one did.
    pub(crate) fn of(app: &App, signed: &Signed<'_>) -> Self {
        let headers = signed.headers.get_all(DPOP).iter();
        let presented = PresentedProof::of(headers.map(HeaderValue::as_bytes));
        let Some(presented) = presented.transpose() else {
            return Self {
                proof: Ok(None),
                changes: Changes::none(),
                nonce: None,
            };
        };
        let (settings, now) = (app.live.settings(), app.now());
        let facts = Facts {
            settings: &settings,
            nonces: &app.nonce_key,
        };
        let nonce = due_nonce(presented.as_ref().ok(), &facts, now);
        let uris = addresses(app, &settings, signed.endpoint);
        let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
        let request = Request {
            method: signed.method.as_str(),
            uris: &uris,
            access_token: signed.access_token,
        };
        let Decision { answer, changes } = match presented {
            Ok(proof) => verify(&proof, &request, &facts, now),
            Err(error) => Decision::refuse(error),
        };
        Self {
            proof: answer.map(Some),
            changes,
            nonce,
        }
    }

    /// The proof, if there is one that is believed; one that is not refuses the request.
    pub(crate) fn proof(&self) -> Result<Option<&VerifiedProof>, DpopError> {
        self.proof
            .as_ref()
            .map(Option::as_ref)
            .map_err(Clone::clone)
    }

    /// What spends the proof, to be committed with what it is used for.
    pub(crate) fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// Spends the proof for a request that changes nothing else.
    pub(crate) async fn spend(&self, app: &App) -> Result<Result<(), DpopError>, Fault> {
        match app.records.commit(self.changes()).await {
            Ok(()) => Ok(Ok(())),
            Err(CommitError::Claimed) => Ok(Err(DpopError::Replayed)),
            Err(CommitError::Conflict) => Err(Fault::Contention),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// What was used before, the proof or the client's assertion, when the store says only that
    /// something was.
    pub(crate) async fn replayed<E>(&self, app: &App, caller: &Caller<'_>) -> Result<E, Fault>
    where
        E: From<ClientAuthError> + From<DpopError>,
    {
        if self.changes.is_empty() {
            return Ok(ClientAuthError::REPLAYED.into());
        }
        // The request is refused in any case; so the assertion is spent, if it was not.
        match app.records.commit(caller.authenticate(app).changes).await {
            Ok(()) => Ok(DpopError::Replayed.into()),
            Err(CommitError::Claimed) => Ok(ClientAuthError::REPLAYED.into()),
            Err(CommitError::Conflict) => Err(Fault::Contention),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// The answer, with a nonce if one is due.
    ///
    /// RFC 9449 §8.2: a new nonce is supplied "by including a DPoP-Nonce HTTP header in the HTTP 200
    /// (OK) response from the previous request".
    pub(crate) fn supply(&self, mut response: Response) -> Response {
        let nonce = self.nonce.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(nonce)) = nonce {
            response.headers_mut().insert(DPOP_NONCE, nonce);
        }
        response
    }
}

/// The addresses by which an endpoint is reached. What the `Host` header says is none of them: a
/// proof for another server would be good here for whoever sends it on with that server's name.
fn addresses(app: &App, settings: &ServerSettings, endpoint: &str) -> Vec<String> {
    let other = settings.token_endpoint_base_url.trim_end_matches('/');
    let other = Some(other).filter(|it| !it.is_empty() && endpoint == app.site.paths.token);
    let bases = std::iter::once(app.settings.issuer.as_str()).chain(other);
    let bases = bases.chain(app.settings.mutual_tls.url());
    bases.map(|base| [base, endpoint].concat()).collect()
}
