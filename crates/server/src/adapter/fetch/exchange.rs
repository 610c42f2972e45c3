//! One request, one answer, and no more.

use std::time::Duration;

use bytes::Bytes;
use domain::port::{FetchError, Fetched, Wanted};
use http::header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, HOST, USER_AGENT};
use http::request::Builder;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use url::Url;

use super::Posted;

/// The most bytes of headers that are read.
const MAX_HEADERS: usize = 32 * 1024;

/// Gets what is wanted over a connection.
pub(super) async fn get<S>(stream: S, url: &Url, wanted: Wanted<'_>) -> Result<Fetched, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let request = request(Method::GET, url).header(ACCEPT, wanted.accept);
    let (response, _driver) = exchange(stream, request.body(Full::default())).await?;
    match response.status() {
        StatusCode::OK => read(response, wanted.limit).await,
        status if status.is_redirection() => Err(FetchError::Redirected(status.as_u16())),
        status => Err(FetchError::Status(status.as_u16())),
    }
}

/// Hands something over, and returns the status of the answer; the rest of it is not read.
pub(super) async fn post<S>(stream: S, url: &Url, posted: Posted<'_>) -> Result<u16, FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut request = request(Method::POST, url);
    if let Some(headers) = request.headers_mut() {
        headers.extend(posted.headers.clone());
    }
    let body = Bytes::copy_from_slice(posted.body);
    let (response, _driver) = exchange(stream, request.body(Full::new(body))).await?;
    Ok(response.status().as_u16())
}

/// Makes a request; the connection lives as long as what is returned beside the answer.
async fn exchange<S>(
    stream: S,
    request: Result<Request<Full<Bytes>>, http::Error>,
) -> Result<(Response<Incoming>, JoinSet<hyper::Result<()>>), FetchError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut http = http1::Builder::new();
    http.max_buf_size(MAX_HEADERS);
    let (mut sender, connection) = http
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = request.map_err(|_| FetchError::AddressMalformed)?;
    let response = sender.send_request(request).await;
    let response = response.map_err(|error| broken(&error))?;
    Ok((response, driver))
}

fn broken(error: &hyper::Error) -> FetchError {
    FetchError::BrokenOff(error.to_string())
}

fn request(method: Method, url: &Url) -> Builder {
    let host = url.host_str().unwrap_or_default();
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, host)
        .header(USER_AGENT, "Countersign")
}

async fn read(response: Response<Incoming>, limit: usize) -> Result<Fetched, FetchError> {
    let content_type = text(response.headers(), CONTENT_TYPE).map(str::to_owned);
    let max_age = max_age(response.headers());
    let body = match Limited::new(response.into_body(), limit).collect().await {
        Ok(collected) => collected.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => return Err(FetchError::TooLarge { limit }),
        Err(error) => return Err(FetchError::BrokenOff(error.to_string())),
    };
    Ok(Fetched {
        body,
        content_type,
        max_age,
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// For how long an answer may be kept from now on; nothing, where its publisher says nothing.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let directives = lines.flat_map(|line| line.split(',')).map(str::trim);
    let lifetimes = directives.filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.to_ascii_lowercase().as_str() {
            // RFC 9111 §4.2.1: "caches are encouraged to consider responses that have invalid
            // freshness information [...] to be stale."
            "max-age" => Some(value.trim_matches('"').parse().unwrap_or(0)),
            "no-store" | "no-cache" => Some(0),
            _ => None,
        }
    });
    // RFC 9111 §4.2.1: "either the most restrictive or the first one can be used".
    let lifetime: u64 = lifetimes.min()?;
    let age = text(headers, AGE).and_then(|age| age.parse().ok());
    let left = lifetime.saturating_sub(age.unwrap_or(0));
    Some(Duration::from_secs(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9111_5_2_2_the_publisher_says_how_long_an_answer_may_be_kept() {
        let kept = |lines: &[&'static str], age: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(CACHE_CONTROL, line.parse().unwrap());
            }
            if let Some(age) = age {
                headers.insert(AGE, age.parse().unwrap());
            }
            max_age(&headers).map(|it| it.as_secs())
        };
        assert_eq!(kept(&[], None), None);
        assert_eq!(kept(&["public"], None), None);
        assert_eq!(kept(&["max-age=60"], None), Some(60));
        assert_eq!(kept(&["public, Max-Age=\"60\""], None), Some(60));
        assert_eq!(kept(&["max-age=600"], Some("590")), Some(10));
        assert_eq!(kept(&["max-age=600"], Some("700")), Some(0));
        assert_eq!(kept(&["max-age=600", "max-age=60"], None), Some(60));
        assert_eq!(kept(&["max-age=600, no-store"], None), Some(0));
        assert_eq!(kept(&["no-cache"], None), Some(0));
        assert_eq!(kept(&["max-age=soon"], None), Some(0));
    }
}
