//! What every request to the authentication API shows besides what it asks.

use http::header::COOKIE;
use http::{HeaderMap, HeaderName};

use super::error::ApiError;
use crate::app::App;
use crate::extract::Visit;

/// What browsers let no page of another origin send unless it is allowed to.
const XSRF: HeaderName = HeaderName::from_static("x-xsrf-header");

/// By what a request shows that it may.
pub(super) enum Asking {
    /// By the browser's cookies.
    WithCookies,
    /// By the state that it was given last.
    WithState(String),
}

impl Asking {
    /// Takes it from the headers of a request. The cookies of one that brings a state do not count.
    pub(super) fn take(visit: &mut Visit, app: &App) -> Result<Self, ApiError> {
        let asking = Self::read(&visit.headers, app)?;
        if matches!(asking, Self::WithState(_)) {
            visit.headers.remove(COOKIE);
        }
        Ok(asking)
    }

    fn read(headers: &HeaderMap, app: &App) -> Result<Self, ApiError> {
        let shown = headers.get(XSRF);
        if shown.is_none_or(http::HeaderValue::is_empty) {
            return Err(ApiError::NoXsrfHeader);
        }
        let api = app.live.authn_api();
        let brought = api.state_headers().flat_map(|name| headers.get_all(name));
        let mut brought = brought.map(|value| value.to_str().unwrap_or_default());
        match (brought.next(), brought.next()) {
            (None, _) => Ok(Self::WithCookies),
            (Some(state), None) => Ok(Self::WithState(state.to_owned())),
            // Nobody can tell which one is meant.
            (Some(_), Some(_)) => Err(ApiError::NoFlow),
        }
    }
}
