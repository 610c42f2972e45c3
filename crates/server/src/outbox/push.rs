//! Notifications to authenticators (RFC 8030): each is handed to the push service of its browser, at
//! an address that the browser has told, which is why it is guarded.

use authn::factor::push::web_push::{ApplicationServer, PushFault, Recipient, encrypt};
use domain::port::{FetchError, Pending};
use domain::{Message, MessageContent, Timestamp};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use jose::strict_base64url;
use url::Url;

use super::carrier::{Carrier, Cause, Undelivered};
use crate::adapter::fetch::{GuardedFetch, Posted};
use crate::adapter::random::SystemRandom;

const TTL: HeaderName = HeaderName::from_static("ttl");
const URGENCY: HeaderName = HeaderName::from_static("urgency");
const TOPIC: HeaderName = HeaderName::from_static("topic");

/// What hands notifications to push services.
pub(super) struct WebPush {
    server: ApplicationServer,
    fetch: GuardedFetch,
}

impl WebPush {
    /// Notifications by this server.
    pub(super) const fn new(server: ApplicationServer, fetch: GuardedFetch) -> Self {
        Self { server, fetch }
    }

    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Undelivered> {
        let never = |what| Undelivered::Never(Cause::Unwritable(what));
        let MessageContent::Push {
            endpoint,
            key,
            authentication_secret,
            payload,
        } = &message.content
        else {
            return Err(never("it is no notification"));
        };
        let recipient = Recipient {
            key,
            authentication_secret,
        };
        let body = encrypt(payload.expose().as_bytes(), recipient, &SystemRandom);
        let body = body.map_err(|fault| never(reason(fault)))?;
        let headers = self.headers(endpoint, message, now);
        let headers = headers.map_err(|fault| never(reason(fault)))?;
        let posted = Posted {
            url: endpoint,
            headers: &headers,
            body: &body,
        };
        match self.fetch.post(posted).await {
            // RFC 8030 §7.3: "A push service MUST return a 404 (Not Found) status code if an
            // application server attempts to send a push message to an expired push message
            // subscription." Many say 410 (Gone).
            Ok(404 | 410) => Err(Undelivered::Never(Cause::Gone)),
            Ok(status) => Cause::of_http_status(status),
            Err(error) => Err(unreached(&error)),
        }
    }

    fn headers(
        &self,
        endpoint: &str,
        message: &Message,
        now: Timestamp,
    ) -> Result<HeaderMap, PushFault> {
        let url = Url::parse(endpoint).map_err(|_| PushFault::Endpoint)?;
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| PushFault::Endpoint);
        let mut authorization = text(&self.server.authorization(&url, now)?)?;
        authorization.set_sensitive(true);
        // RFC 8030 §5.2: for how long it is kept while nobody is there.
        let lifetime = message.expires.since(now).as_secs().to_string();
        // RFC 8030 §5.4: what is sent again takes the place of what was sent before.
        let topic = strict_base64url::encode(message.id.as_bytes());
        Ok(HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            ),
            (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (TTL, text(&lifetime)?),
            // RFC 8030 §5.3: somebody waits for it.
            (URGENCY, HeaderValue::from_static("high")),
            (TOPIC, text(&topic)?),
        ]))
    }
}

impl Carrier for WebPush {
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        now: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>> {
        Box::pin(self.send(message, now))
    }
}

const fn reason(fault: PushFault) -> &'static str {
    match fault {
        PushFault::TooLong => "it is too long",
        PushFault::Subscription => "the keys of the subscription cannot be used",
        PushFault::Endpoint => "the endpoint is no address",
        PushFault::Key | PushFault::Library => "it cannot be encrypted",
    }
}

/// Why a push service was not reached. An address that may not be reached is not tried again: it was
/// not a push service's.
fn unreached(error: &FetchError) -> Undelivered {
    match error {
        FetchError::AddressForbidden
        | FetchError::AddressMalformed
        | FetchError::CredentialsInAddress
        | FetchError::SchemeForbidden => {
            Undelivered::Never(Cause::Unwritable("the endpoint may not be reached"))
        }
        FetchError::TimedOut => Undelivered::Later(Cause::TimedOut),
        other => Undelivered::Later(Cause::Unreachable(other.to_string())),
    }
}

#[cfg(test)]
mod tests;
