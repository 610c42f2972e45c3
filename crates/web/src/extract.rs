//! What handlers take from a request, bounded and checked.

use std::convert::Infallible;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Path};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use oauth::{ParameterError, Parameters};

use crate::app::App;
use crate::bounds::Unserved;
use crate::page::{Frame, Locale};

/// The id of a request, by which a person's report finds its lines in the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// From where a request came, as far as it can be believed.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// In which country that is (ISO 3166-1), as a trusted proxy says.
#[derive(Clone, Debug)]
pub struct Country(pub String);

impl Peer {
    /// From where the request with these extensions came.
    pub(crate) fn of(extensions: &http::Extensions) -> Self {
        let known = extensions.get().copied();
        known.unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// The part of the path that names what is asked for. What is not UTF-8 names nothing, as the empty
/// text does: the handler says so in its own form.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(
            segment.map_or_else(|_| String::new(), |Path(name)| name),
        ))
    }
}

/// The parameters of a request: the query of a GET, the form of a POST.
pub(crate) struct Submitted(pub(crate) Parameters);

/// The parameters of a request cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmittedError {
    /// RFC 6749 appendix B.
    #[error("the body is not application/x-www-form-urlencoded")]
    MediaType,
    /// The body is longer than any that is taken here.
    #[error("the body is too long")]
    TooLarge,
    /// They cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The body broke off.
    #[error("the body could not be read to its end")]
    Broken,
}

/// Handlers take `Result<Submitted, SubmittedError>` and answer in their own form; this is for one
/// that does not.
impl IntoResponse for SubmittedError {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => Unserved::TooLarge.into_response(),
            _ => (StatusCode::BAD_REQUEST, self.to_string()).into_response(),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Submitted {
    type Rejection = SubmittedError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, SubmittedError> {
        Ok(Self(Parameters::parse(&encoded(request).await?)?))
    }
}

/// The same of an authorization request, whose checks refuse what is repeated: it may be the client
/// that is to be told.
pub(crate) struct Requested(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for Requested {
    type Rejection = SubmittedError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, SubmittedError> {
        let query = request.uri().query().unwrap_or_default();
        let query = bytes::Bytes::copy_from_slice(query.as_bytes());
        let encoded = encoded(request).await?;
        // Clients of PingOne's post nothing, and have everything in the query.
        let sent = if encoded.is_empty() { query } else { encoded };
        Ok(Self(Parameters::parse_authorization(&sent)?))
    }
}

async fn encoded(request: Request<Body>) -> Result<bytes::Bytes, SubmittedError> {
    if request.method() == Method::POST {
        return form_body(request).await;
    }
    let query = request.uri().query().unwrap_or_default();
    Ok(bytes::Bytes::copy_from_slice(query.as_bytes()))
}

/// A form of our own pages, whose check boxes may share a name.
pub(crate) struct Filled(pub(crate) Parameters);

impl<S: Send + Sync> FromRequest<S> for Filled {
    type Rejection = SubmittedError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, SubmittedError> {
        Ok(Self(Parameters::parse_form(&form_body(request).await?)?))
    }
}

async fn form_body(request: Request<Body>) -> Result<bytes::Bytes, SubmittedError> {
    let form = is_of_type(request.headers(), "application/x-www-form-urlencoded");
    let body = bounded(request.into_body(), Parameters::MAX_LENGTH).await?;
    match form || body.is_empty() {
        true => Ok(body),
        false => Err(SubmittedError::MediaType),
    }
}

/// The whole body, or an error once it is longer than `limit` bytes.
pub(crate) async fn bounded(body: Body, limit: usize) -> Result<bytes::Bytes, SubmittedError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_of_length(&*error) => Err(SubmittedError::TooLarge),
        Err(_) => Err(SubmittedError::Broken),
    }
}

/// Whether a body could not be read because of its length, by the limit here or by one around it.
fn is_of_length(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(<dyn Error>::is::<LengthLimitError>)
}

/// Whether a request's body says that it is of this media type, which is written in either case
/// (RFC 9110 §8.3.1).
pub(crate) fn is_of_type(headers: &HeaderMap, media_type: &str) -> bool {
    let stated = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let essence = stated.and_then(|stated| stated.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

impl FromRequestParts<Arc<App>> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let original = parts.extensions.get::<OriginalUri>();
        let uri = original.map_or(&parts.uri, |original| &original.0);
        let address = uri.path_and_query().map_or("/", |it| it.as_str());
        let preferred = || Locale::of_header(text(&parts.headers, ACCEPT_LANGUAGE)?);
        let locale = asked_locale(parts).or_else(preferred);
        let request_id = parts.extensions.get::<RequestId>();
        Ok(Self {
            locale: locale.unwrap_or_else(|| app.pages.locales().fallback()),
            address: address.to_owned(),
            request_id: request_id.map(|id| id.0.clone()).unwrap_or_default(),
        })
    }
}

/// A request as a person's browser made it.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) headers: HeaderMap,
    pub(crate) frame: Frame,
    /// Whether the request itself asked for the language, so that it should be kept.
    pub(crate) asks_for_language: bool,
    pub(crate) address: String,
    pub(crate) peer: Peer,
    pub(crate) country: Option<String>,
    pub(crate) user_agent: String,
    /// Whether it may lack our cookies although the browser has them: another site's form was
    /// posted, with which browsers do not send them (`SameSite=Lax`).
    pub(crate) may_lack_cookies: bool,
}

impl Visit {
    /// Shows pages in the first of these languages that there is, if there is one.
    pub(crate) fn prefers(&mut self, ui_locales: Option<&str>) {
        if let Some(locale) = ui_locales.and_then(Locale::of_list) {
            self.frame.locale = locale;
            self.asks_for_language = true;
        }
    }

    /// Whether a page of another site may have posted a form, so that the browser has brought none of
    /// our cookies, and would keep what it is given beside those that it has.
    pub(crate) fn is_foreign_form(&self) -> bool {
        // Fetch Metadata §2.2: a browser that follows a link or sends a form says `navigate`, and one
        // that does not know the header asks for a page all the same.
        let mode = text(
            &self.headers,
            http::HeaderName::from_static("sec-fetch-mode"),
        );
        let asks_for_page = || {
            text(&self.headers, ACCEPT)?
                .contains("text/html")
                .then_some(())
        };
        let navigates = mode.map_or_else(|| asks_for_page().is_some(), |mode| mode == "navigate");
        self.may_lack_cookies && navigates
    }
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let address = peer.map(|peer| peer.0.to_string());
        let Ok(frame) = Frame::from_request_parts(parts, app).await;
        let user_agent = text(&parts.headers, USER_AGENT).unwrap_or_default();
        let user_agent = user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let headers = parts.headers.clone();
        let country = parts.extensions.get::<Country>();
        Ok(Self {
            headers,
            country: country.map(|country| country.0.clone()),
            frame,
            asks_for_language: asked_locale(parts).is_some(),
            address: address.unwrap_or_default(),
            peer: Peer::of(&parts.extensions),
            user_agent,
            may_lack_cookies: parts.method == Method::POST
                && app.cookies().flows(&parts.headers).is_empty()
                && !app.cookies().has_session(&parts.headers),
        })
    }
}

/// The language that the address of a page asks for.
fn asked_locale(parts: &Parts) -> Option<Locale> {
    let query = parts.uri.query().unwrap_or_default();
    let mut asked = url::form_urlencoded::parse(query.as_bytes());
    asked.find_map(|(name, value)| {
        (name == "ui_locales")
            .then(|| Locale::of_list(&value))
            .flatten()
    })
}

/// A header came more than once that must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RepeatedHeader;

/// The text of a header that may come only once, if it came; empty if it is not text.
///
/// RFC 9110 §5.3: "a sender MUST NOT generate multiple field lines with the same name in a message
/// [...] unless that field's definition allows multiple field line values to be recombined as a
/// comma-separated list". Who chooses one of several may choose another than a proxy has.
pub(crate) fn single_header(
    headers: &HeaderMap,
    name: http::HeaderName,
) -> Result<Option<&str>, RepeatedHeader> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    match values.next() {
        None => Ok(value.map(|value| value.to_str().unwrap_or_default())),
        Some(_) => Err(RepeatedHeader),
    }
}

/// The text of a header that says what somebody prefers or what they are: the first, if it came
/// more than once.
fn text(headers: &HeaderMap, name: http::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn rfc9110_5_3_a_header_that_may_come_once_is_refused_when_it_comes_twice() {
        let mut headers = HeaderMap::new();
        let read = |headers: &HeaderMap| {
            single_header(headers, AUTHORIZATION).map(|it| it.map(str::to_owned))
        };
        assert_eq!(read(&headers), Ok(None));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(read(&headers), Ok(Some("Basic abc".to_owned())));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(read(&headers), Err(RepeatedHeader));
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_bytes(b"Basic \xff").unwrap(),
        );
        assert_eq!(read(&headers), Ok(Some(String::new())));
    }
}
