//! What one request may take, whatever it asks for: a place among the others, bytes and time. A panic
//! ends its request and nothing else.
//!
//! What is refused here has no door's form yet: it is [`Unserved`], which each door turns into its
//! own, around this.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::Limited;
use tokio::sync::Semaphore;

use crate::extract::bounded;

/// What one request may take.
#[derive(Clone, Copy, Debug)]
pub struct RequestLimits {
    /// The longest body, in bytes.
    pub body: usize,
    /// How long answering may take.
    pub timeout: Duration,
    /// How many may be worked on at the same time.
    pub concurrent: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            body: 256 << 10,
            timeout: Duration::from_secs(30),
            concurrent: 1_024,
        }
    }
}

/// Why a request is not served, before or after any handler has seen it. Every door says it in its
/// own form, with this status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// Too many others are being worked on.
    Busy,
    /// Its body is too long.
    TooLarge,
    /// Answering took too long.
    TooSlow,
    /// Its handler has panicked.
    Panicked,
    /// There is nothing at this path.
    NotFound,
    /// There is something at this path, but not for this method.
    MethodNotAllowed,
}

impl Unserved {
    /// The status with which it is told at every door.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Busy | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The response in the form of a door, if a door has to give it one; otherwise as it is.
    pub(crate) fn formed(mut response: Response, form: impl FnOnce(Self) -> Response) -> Response {
        match response.extensions_mut().remove() {
            Some(unserved) => in_place_of(response, form(unserved)),
            None => response,
        }
    }
}

/// One line of text, with the reason for the door around.
impl IntoResponse for Unserved {
    fn into_response(self) -> Response {
        let status = self.status();
        let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
        let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
        let mut response = (status, headers, Extension(self), text).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let soon = HeaderValue::from_static("1");
            response.headers_mut().insert(RETRY_AFTER, soon);
        }
        response
    }
}

/// `formed` with the headers of the response in whose place it is sent, but for those that describe
/// its content.
pub(crate) fn in_place_of(bare: Response, mut formed: Response) -> Response {
    let mut headers = bare.into_parts().0.headers;
    headers.remove(CONTENT_TYPE);
    formed.headers_mut().extend(headers);
    formed
}

/// The limits, and who is within them now.
pub(crate) struct Bounds {
    limits: RequestLimits,
    places: Semaphore,
}

impl Bounds {
    /// Nobody has come yet.
    pub(crate) fn new(limits: RequestLimits) -> Arc<Self> {
        let places = Semaphore::new(limits.concurrent);
        Arc::new(Self { limits, places })
    }

    /// Reads what is answered whatever it is, within the limits, as [`read`] does.
    pub(crate) async fn pass_over(&self, body: Body) {
        let Ok(_place) = self.places.try_acquire() else {
            return;
        };
        let reading = bounded(body, self.limits.body);
        let _ = tokio::time::timeout(self.limits.timeout, reading).await;
    }
}

/// Keeps a request within its bounds.
pub(crate) async fn kept(
    State(bounds): State<Arc<Bounds>>,
    request: Request,
    next: Next,
) -> Result<Response, Unserved> {
    let limits = bounds.limits;
    let Ok(_place) = bounds.places.try_acquire() else {
        tracing::warn!("too many requests are being worked on");
        return Err(Unserved::Busy);
    };
    let request = match announced_length(request.headers()) {
        Some(length) if length > limits.body => return Err(Unserved::TooLarge),
        // No more is read from a connection than was announced.
        Some(_) => request,
        None => request.map(|body| Body::new(Limited::new(body, limits.body))),
    };
    let answered = tokio::time::timeout(limits.timeout, caught(next.run(request)));
    answered.await.unwrap_or_else(|_| {
        tracing::error!(limit = ?limits.timeout, "an answer took too long");
        Err(Unserved::TooSlow)
    })
}

/// Reads the body of a request before its handler says anything, within the limits that [`kept`] has set:
/// one that is refused unread takes its connection with it, and what else was to come on it.
///
/// RFC 9112 §9.3: "A server MUST read the entire request message body or close the connection after
/// sending its response".
pub(crate) async fn read(request: Request, next: Next) -> Result<Response, Unserved> {
    let (parts, body) = request.into_parts();
    let body = bounded(body, usize::MAX).await;
    let body = body.map_err(|_| Unserved::TooLarge)?;
    Ok(next.run(Request::from_parts(parts, body.into())).await)
}

/// Comes to an end even if `future` panics. The panic itself is noted by the process's hook.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Unserved> {
    let mut future = pin!(future);
    std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.map_or(Poll::Ready(Err(Unserved::Panicked)), |polled| {
            polled.map(Ok)
        })
    })
    .await
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::{get, post};
    use tower::ServiceExt;

    use super::*;

    /// A door that says a word of its own, around these limits.
    fn door(limits: RequestLimits) -> Router {
        async fn panics() {
            panic!("a secret");
        }
        async fn says(request: Request, next: Next) -> Response {
            let form = |unserved: Unserved| (unserved.status(), "no").into_response();
            Unserved::formed(next.run(request).await, form)
        }
        async fn echo(request: Request) -> Result<Response, Unserved> {
            let body = bounded(request.into_body(), usize::MAX).await;
            let body = body.map_err(|_| Unserved::TooLarge)?;
            Ok(body.into_response())
        }
        Router::new()
            .route("/echo", post(echo))
            .route("/slow", get(std::future::pending::<()>))
            .route("/panic", get(panics))
            .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
            .fallback(async || Unserved::NotFound)
            .layer(from_fn_with_state(Bounds::new(limits), kept))
            .layer(from_fn(says))
    }

    async fn ask(limits: RequestLimits, request: http::request::Builder, body: &str) -> Response {
        let request = request.body(Body::from(body.to_owned())).unwrap();
        door(limits).oneshot(request).await.unwrap()
    }

    async fn text(response: Response) -> String {
        let body = bounded(response.into_body(), 1000).await;
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused_announced_or_not() {
        let limits = RequestLimits {
            body: 10,
            ..RequestLimits::default()
        };
        let announced = Request::post("/echo").header(CONTENT_LENGTH, "11");
        for request in [announced, Request::post("/echo")] {
            let response = ask(limits, request, "elevenbytes").await;
            assert_eq!(response.status(), 413);
            assert_eq!(text(response).await, "no");
        }
        let response = ask(limits, Request::post("/echo"), "ten bytes.").await;
        assert_eq!(text(response).await, "ten bytes.");
    }

    #[tokio::test]
    async fn more_at_once_than_allowed_are_asked_to_come_again() {
        let limits = RequestLimits {
            concurrent: 0,
            ..RequestLimits::default()
        };
        let response = ask(limits, Request::post("/echo"), "").await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_takes_too_long_is_given_up() {
        let response = ask(RequestLimits::default(), Request::get("/slow"), "").await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }

    #[tokio::test]
    async fn a_panic_is_answered_in_the_form_of_the_door() {
        let response = ask(RequestLimits::default(), Request::get("/panic"), "").await;
        assert_eq!(response.status(), 500);
        assert_eq!(text(response).await, "no");
    }

    #[tokio::test]
    async fn a_door_keeps_the_headers_and_not_the_content_of_what_it_says_in_its_own_words() {
        let response = ask(RequestLimits::default(), Request::get("/echo"), "").await;
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "POST");
        let response = ask(RequestLimits::default(), Request::get("/nowhere"), "").await;
        assert_eq!(response.status(), 404);
        let stated = response.headers()[CONTENT_TYPE].to_str().unwrap();
        assert_eq!(stated, "text/plain; charset=utf-8", "the door's own");
    }
}
