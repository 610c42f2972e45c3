//! The error page: what went wrong, for a person who did nothing wrong.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use minijinja::context;

use super::{ClientView, Frame, Locale};
use crate::app::App;
use crate::bounds::{Unserved, in_place_of};
use crate::extract::SubmittedError;
use crate::fault::Fault;
use crate::limit::Limited;

/// What the error page tells.
///
/// Each deed has one row: a status, and the words' ids in `assets/locale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// The application's request is wrong.
    Request,
    /// The application is not known, or switched off.
    Client,
    /// The application wants the person sent to a place that it has not registered.
    RedirectUri,
    /// The person may not do this.
    Denied,
    /// The flow is over: it took too long, or it is done.
    Expired,
    /// The flow began in another browser.
    OtherBrowser,
    /// The form was not ours, or is too old.
    Forgery,
    /// The request to sign out is wrong.
    SignOut,
    /// There is no such page.
    NotFound,
    /// The page does not take this method.
    Method,
    /// More was sent than the page takes.
    TooLarge,
    /// Too much comes from the person's address.
    Limited(Limited),
    /// The house cannot answer.
    Unavailable,
    /// Something broke.
    Defect,
}

impl PageError {
    /// The one table of the error page: status and the stem of its words' ids.
    const fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::Request => (StatusCode::BAD_REQUEST, "error-request"),
            Self::Client => (StatusCode::BAD_REQUEST, "error-client"),
            Self::RedirectUri => (StatusCode::BAD_REQUEST, "error-redirect"),
            Self::Denied => (StatusCode::FORBIDDEN, "error-denied"),
            Self::Expired => (StatusCode::GONE, "error-expired"),
            Self::OtherBrowser => (StatusCode::FORBIDDEN, "error-browser"),
            Self::Forgery => (StatusCode::FORBIDDEN, "error-csrf"),
            Self::SignOut => (StatusCode::BAD_REQUEST, "error-sign-out"),
            Self::NotFound => (StatusCode::NOT_FOUND, "error-not-found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "error-method"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "error-too-large"),
            Self::Limited(_) => (StatusCode::TOO_MANY_REQUESTS, "error-busy"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "error-unavailable"),
            Self::Defect => (StatusCode::INTERNAL_SERVER_ERROR, "error-server"),
        }
    }
}

/// A refusal that is shown as a page: a handler returns it, and [`drawn`] makes the page of it.
#[derive(Clone, Debug)]
pub(crate) struct PageRefusal {
    error: PageError,
    /// What exactly is wrong, in English, for whoever runs the application; never a secret.
    detail: Option<String>,
    /// The application's name and logo, once it is known.
    client: Option<Box<ClientView>>,
    /// The language that what was asked for wants, where the address does not say.
    locale: Option<Locale>,
}

impl From<PageError> for PageRefusal {
    fn from(error: PageError) -> Self {
        Self {
            error,
            detail: None,
            client: None,
            locale: None,
        }
    }
}

impl From<Unserved> for PageRefusal {
    fn from(unserved: Unserved) -> Self {
        let error = match unserved {
            Unserved::Busy | Unserved::TooSlow => PageError::Unavailable,
            Unserved::TooLarge => PageError::TooLarge,
            Unserved::Panicked => PageError::Defect,
            Unserved::NotFound => PageError::NotFound,
            Unserved::MethodNotAllowed => PageError::Method,
        };
        error.into()
    }
}

impl From<SubmittedError> for PageRefusal {
    fn from(error: SubmittedError) -> Self {
        match error {
            SubmittedError::TooLarge => PageError::TooLarge.into(),
            _ => Self::from(PageError::Request).because(&error),
        }
    }
}

impl From<Fault> for PageRefusal {
    fn from(fault: Fault) -> Self {
        tracing::error!(cause = %fault, "a page could not be made");
        match fault {
            Fault::Busy(_) | Fault::Store(_) | Fault::Contention => PageError::Unavailable.into(),
            Fault::Defect(_) => PageError::Defect.into(),
        }
    }
}

impl From<domain::port::StoreError> for PageRefusal {
    fn from(error: domain::port::StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl PageRefusal {
    /// Whether nothing was wrong but the house.
    pub(crate) const fn is_fault(&self) -> bool {
        matches!(self.error, PageError::Unavailable | PageError::Defect)
    }

    /// The refusal with what exactly is wrong.
    pub(crate) fn because(mut self, detail: &impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The refusal with the application that the person came from.
    pub(crate) fn of_client(mut self, client: Option<&domain::Client>) -> Self {
        self.client = client.map(ClientView::from).map(Box::new);
        self
    }

    /// The refusal in this language.
    pub(crate) const fn in_language(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    /// The refusal as a page.
    fn page(self, app: &App, mut frame: Frame) -> Response {
        frame.locale = self.locale.unwrap_or(frame.locale);
        let (status, words) = self.error.row();
        tracing::info!(error = ?self.error, detail = self.detail.as_deref(), "showed an error page");
        let shown = context! {
            title_id => format!("{words}-title"),
            message_id => format!("{words}-message"),
            detail => self.detail,
            reference => frame.request_id.as_str(),
            back_url => minijinja::Value::from(()),
            client => self.client.map(|it| it.shown(app.pages.locales(), frame.locale)),
        };
        let response = app.show("error.html", &frame, shown, |page| page.with_status(status));
        match self.error {
            PageError::Limited(limited) => limited.mark(response),
            _ => response,
        }
    }
}

/// The status alone, with the refusal for [`drawn`].
impl IntoResponse for PageRefusal {
    fn into_response(self) -> Response {
        let (status, _) = self.error.row();
        (status, Extension(self)).into_response()
    }
}

/// Draws the pages of what is refused by handlers and extractors, or not served at all. What a
/// refusal has for headers, the page has.
pub(crate) async fn drawn(
    State(app): State<Arc<App>>,
    frame: Frame,
    request: Request,
    next: Next,
) -> Response {
    let page = |refusal: PageRefusal| refusal.page(&app, frame);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove() {
        Some(refusal) => in_place_of(response, page(refusal)),
        None => Unserved::formed(response, |unserved| page(unserved.into())),
    }
}

impl App {
    /// A client as templates have it.
    pub(crate) fn client_shown(&self, client: &domain::Client, frame: &Frame) -> minijinja::Value {
        ClientView::from(client).shown(self.pages.locales(), frame.locale)
    }

    /// A page as a response; `finish` says what is special about it.
    pub(crate) fn show(
        &self,
        template: &str,
        frame: &Frame,
        shown: minijinja::Value,
        finish: impl FnOnce(super::Page) -> super::Page,
    ) -> Response {
        match self.pages.render(template, frame, shown) {
            Ok(page) => finish(page).into_response(),
            Err(error) => {
                tracing::error!(cause = %error, "a template failed");
                let text = "Something went wrong. The server's log says what.\n";
                (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
            }
        }
    }
}
