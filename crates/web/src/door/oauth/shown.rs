//! What a request shows of who has sent it, besides its parameters.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};
use oauth::Parameters;
use oauth::client_auth::{CertificateChain, ClientAuthCause, ClientAuthError, Credentials};

use crate::extract::single_header;

/// What a request shows of who has sent it, besides its parameters.
pub(crate) struct Shown {
    pub(super) headers: HeaderMap,
    certificates: Option<CertificateChain>,
    /// The `client_id` in the query of a request whose parameters are in its body.
    id_in_query: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Shown {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().filter(|_| parts.method == Method::POST);
        let query = query.and_then(|query| Parameters::parse(query.as_bytes()).ok());
        let id_in_query = query.and_then(|query| query.value("client_id").map(str::to_owned));
        Ok(Self {
            headers: parts.headers.clone(),
            certificates: parts.extensions.get().cloned(),
            id_in_query,
        })
    }
}

impl Shown {
    /// The certificates of the connection, if there are any.
    pub(super) const fn certificates(&self) -> Option<&CertificateChain> {
        self.certificates.as_ref()
    }

    /// Where the client may have said and shown who it is.
    pub(super) fn credentials<'a>(
        &'a self,
        parameters: &'a Parameters,
    ) -> Result<Credentials<'a>, ClientAuthError> {
        let several = |_| ClientAuthError {
            cause: ClientAuthCause::SeveralMethods,
            in_header: true,
        };
        Ok(Credentials {
            authorization: single_header(&self.headers, AUTHORIZATION).map_err(several)?,
            parameters,
            id_in_query: self.id_in_query.as_deref(),
            certificates: self.certificates(),
        })
    }
}
