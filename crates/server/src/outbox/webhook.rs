//! Text messages and calls: a request to a gateway for each.
//!
//! The gateway's address is the operator's and may be anywhere, so it is not guarded as those are that
//! others give. No redirect is followed, and of the answer only the status is read.

use data_encoding::HEXLOWER;
use domain::port::Pending;
use domain::{Message, MessageContent, Secret, Timestamp};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use jose::digest::hmac_sha256;

use super::carrier::{Carrier, Cause, Undelivered};
use super::channels::{ChannelFault, kept};
use crate::config::message::{ContentType, Gateway, Template, Values, header};

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

impl<'a> Values<'a> {
    /// Those of a message that goes to a telephone.
    fn of(message: &'a Message) -> Option<Self> {
        let (to, text, language) = match &message.content {
            MessageContent::Sms { to, text } => (to, text, ""),
            MessageContent::Voice { to, text, language } => (to, text, language.as_str()),
            MessageContent::Email { .. } | MessageContent::Push { .. } => return None,
        };
        Some(Self {
            id: message.id.to_string(),
            channel: message.content.channel().name(),
            to,
            text: text.expose(),
            language,
        })
    }
}

/// How a body is signed: `sha256=` and the HMAC-SHA-256 in hex.
fn signature(secret: &[u8], body: &str) -> String {
    let mac = hmac_sha256(secret, body.as_bytes());
    format!("sha256={}", HEXLOWER.encode(&mac))
}

#[cfg(test)]
mod tests;
