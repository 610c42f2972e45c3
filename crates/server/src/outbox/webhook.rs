//! Text messages and calls: a request to a gateway for each.
//!
//! The gateway's address is the operator's and may be anywhere, so it is not guarded as those are that
//! others give. No redirect is followed, and of the answer only the status is read.

mod template;

use domain::port::Pending;
use domain::{Message, Secret, Timestamp};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use super::carrier::{Carrier, Cause, Undelivered};
use super::channels::{ChannelFault, kept};
use crate::config::{ContentType, Gateway};
pub(crate) use template::{Template, TemplateFault};
use template::{Values, signature};

/// A gateway that is asked by HTTP.
pub(crate) struct Webhook {
    client: reqwest::Client,
    method: Method,
    url: String,
    headers: HeaderMap,
    template: Template,
    signing: Option<(HeaderName, Secret)>,
}

impl Webhook {
    /// The gateway that is configured; none, if there is none.
    pub(super) fn of(
        gateway: &Gateway,
        client: impl FnOnce() -> Result<reqwest::Client, reqwest::Error>,
    ) -> Result<Option<Self>, ChannelFault> {
        let Some(url) = &gateway.url else {
            return Ok(None);
        };
        let secret = kept(&gateway.signing_secret)?;
        let header = gateway.signature_header.clone();
        Ok(Some(Self {
            client: client()?,
            method: gateway.method.clone(),
            url: url.to_string(),
            headers: headers(gateway)?,
            template: Template::new(gateway.content_type, gateway.body.as_deref())?,
            signing: secret.map(|secret| (header, secret)),
        }))
    }

    /// What the gateway is sent.
    fn request(&self, message: &Message) -> Result<Request<String>, Undelivered> {
        let unwritable = |what| Undelivered::Never(Cause::Unwritable(what));
        let values = Values::of(message);
        let values = values.ok_or_else(|| unwritable("it is none for a telephone"))?;
        let body = self.template.render(&values);
        let body = body.map_err(|_| unwritable("the template fails with its values"))?;
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.url);
        if let Some(all) = request.headers_mut() {
            all.extend(self.headers.clone());
        }
        if let Some((name, secret)) = &self.signing {
            request = request.header(name, signature(&secret.to_bytes(), &body));
        }
        let request = request.header("idempotency-key", values.id).body(body);
        request.map_err(|_| unwritable("the request cannot be put together"))
    }

    async fn send(&self, message: &Message) -> Result<(), Undelivered> {
        let later = |error: reqwest::Error| Undelivered::Later(cause(error));
        let request = self.request(message)?;
        let request = reqwest::Request::try_from(request).map_err(later)?;
        let response = self.client.execute(request).await.map_err(later)?;
        Cause::of_http_status(response.status().as_u16())
    }
}

impl Carrier for Webhook {
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        _: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>> {
        Box::pin(self.send(message))
    }
}

/// Why there was no answer. The address may hold a secret, and is left out.
fn cause(error: reqwest::Error) -> Cause {
    if error.is_timeout() {
        return Cause::TimedOut;
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(deeper) = source {
        text = deeper.to_string();
        source = deeper.source();
    }
    Cause::Unreachable(text)
}

/// The headers that are always the same.
fn headers(gateway: &Gateway) -> Result<HeaderMap, ChannelFault> {
    let mut headers = HeaderMap::new();
    let content_type: ContentType = gateway.content_type;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type.name()));
    headers.insert(USER_AGENT, HeaderValue::from_static("Countersign"));
    let file = match &gateway.headers_file {
        Some(path) => Some(super::channels::read(path)?),
        None => None,
    };
    let in_file = file.iter().flat_map(|text| text.expose().lines());
    let lines = gateway.headers.iter().map(|line| line.0.expose());
    for line in lines.chain(in_file.map(str::trim).filter(|line| !line.is_empty())) {
        let (name, value) = header(line).ok_or(ChannelFault::Header)?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// A line such as `Authorization: Bearer ...`.
pub(crate) fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim().parse().ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

#[cfg(test)]
mod tests;
