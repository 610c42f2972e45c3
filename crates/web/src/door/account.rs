//! The account pages: what people see and change about how they sign on.
//!
//! Every handler takes a [`Visitor`], which sends whoever is not signed on through sign-on first, and
//! answers with a page or a refusal that is drawn as one. A form comes as a [`GenuineForm`].

mod confirmation;
mod device;
mod grant;
mod password;
mod session;
mod visitor;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use authn::account::{Access, Decision, Ending, Refusal};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::port::StoreError;
use domain::{Grant, Handle, Password, UserId};
use minijinja::{Value, context};

pub(in crate::door) use self::device::Choice;
pub(in crate::door) use self::password::broken;
use self::visitor::{GenuineForm, Visitor};
use crate::app::App;
use crate::fault::Fault;
use crate::limit::Purpose;
use crate::page::Page;
use crate::page::error::{PageError, PageRefusal};

/// Every route of the account pages.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(overview))
        .route(
            "/account/password",
            get(password::show).post(password::submit),
        )
        .route("/account/devices", get(device::show))
        .route(
            "/account/devices/new/{kind}",
            get(device::show_new).post(device::submit_new),
        )
        .route(
            "/account/devices/{device}",
            get(device::show_one).post(device::submit_one),
        )
        .route("/account/devices/{device}/state", get(device::state))
        .route("/account/confirm", get(device::confirm))
        .route("/account/totp", get(device::moved))
        .route(
            "/account/sessions",
            get(session::show).post(session::submit),
        )
        .route("/account/grants", get(grant::show).post(grant::submit))
        .route("/account/sign-out", get(sign_out))
}

/// `GET /account`.
async fn overview(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, PageRefusal> {
    let user = &visitor.user;
    let devices = app.devices(user.id).await?;
    let password = app.records.get::<Password>(&user.id).await?;
    let date = |changed| {
        app.pages
            .locales()
            .date(visitor.visit.frame.locale, changed)
    };
    let contents = context! {
        devices => devices.iter().filter(|device| device.is_active()).count(),
        password_changed => password.map(|password| date(password.changed)).unwrap_or_default(),
    };
    Ok(visitor.page(&app, "account/overview.html", contents))
}

/// `GET /account/sign-out`: to the question whether one wants to.
async fn sign_out(State(app): State<Arc<App>>) -> Redirect {
    Redirect::to(&app.site.endpoint(app.site.paths.end_session))
}

impl Visitor {
    /// An account page; `contents` goes before what all of them show.
    fn page(&self, app: &App, template: &str, contents: Value) -> Response {
        self.page_with(app, template, contents, |page| page)
    }

    /// The same, with what is its own.
    fn page_with(
        &self,
        app: &App,
        template: &str,
        contents: Value,
        own: impl FnOnce(Page) -> Page,
    ) -> Response {
        let user = &self.user;
        let frame = &self.visit.frame;
        let common = context! {
            user => context! {
                name => user.display_name(),
                username => user.username.as_str(),
                email => user.profile.email.clone(),
            },
            csrf => self.csrf_token(app),
            flash => flash(&frame.address),
            nav => context! {
                overview => app.site.page("/account"),
                password => app.site.page("/account/password"),
                devices => app.site.page("/account/devices"),
                sessions => app.site.page("/account/sessions"),
                grants => app.site.page("/account/grants"),
                sign_out => app.site.page("/account/sign-out"),
            },
        };
        let shown = context! { ..contents, ..common };
        app.show(template, frame, shown, own)
    }

    /// Carries out what they do to their account.
    async fn carry_out<T, F>(
        &self,
        app: &App,
        decide: impl FnMut() -> F,
    ) -> Result<Result<T, Refusal>, PageRefusal>
    where
        F: Future<Output = Result<Decision<T>, Fault>>,
    {
        // Nothing is claimed here.
        let answer = app.carry_out(decide, || Refusal::SignedOut).await?;
        match answer {
            // The form was for a session that has ended meanwhile.
            Err(Refusal::SignedOut) => return Err(PageError::Forgery.into()),
            Err(Refusal::NotRecognised) => app.note_failure(Purpose::SignOn, self.visit.peer),
            _ => {}
        }
        Ok(answer)
    }
}

impl App {
    /// Where a person is signed on, and what came of it, as far as it may end.
    pub(in crate::door) async fn access_of(
        &self,
        user: UserId,
        ending: Ending,
    ) -> Result<Access, StoreError> {
        let ends = |grant: &Grant| ending.ends_grant(grant);
        Ok(Access {
            sessions: self.records.find(0, &user).await?,
            grants: self.records.find_wanted(0, &user, ends).await?,
        })
    }

    /// The answer with which the visitor's session gets another cookie.
    fn with_session(&self, handle: &Handle, mut response: Response) -> Response {
        self.give_session(response.headers_mut(), handle);
        response
    }
}

/// A message about what was done, carried to the next page by its address.
const FLASHES: [&str; 9] = [
    "flash-password-changed",
    "flash-method-added",
    "flash-method-renamed",
    "flash-method-default",
    "flash-method-removed",
    "flash-code-sent",
    "flash-session-revoked",
    "flash-browser-forgotten",
    "flash-sessions-revoked",
];

/// The message that the address of a page carries, if it is one of ours.
fn flash(address: &str) -> Option<Value> {
    let (_, query) = address.split_once('?')?;
    let parameters: BTreeMap<Cow<'_, str>, Cow<'_, str>> =
        url::form_urlencoded::parse(query.as_bytes()).collect();
    let done = parameters.get("done")?;
    let id = FLASHES.into_iter().find(|id| done == id)?;
    let count = parameters
        .get("count")
        .and_then(|it| it.parse::<u16>().ok());
    Some(context! {
        message_id => id,
        args => context! { count => count.unwrap_or(0) },
        kind => "success",
    })
}

/// To the page at `path` with a message about what was done.
fn done(app: &App, path: &str, flash: &str) -> Response {
    let path = app.site.page(path);
    Redirect::to(&format!("{path}?done={flash}")).into_response()
}

/// An error beside a form.
fn problem(id: &str) -> Value {
    context! { message_id => id, args => Value::from(()) }
}

/// The error that a refusal is beside a form.
fn refused(refusal: Refusal) -> Value {
    problem(match refusal {
        Refusal::NotRecognised => "error-password-current",
        Refusal::CodeNotAccepted => "error-code",
        Refusal::Unconfirmed => "error-confirm-needed",
        Refusal::AlreadyEnrolled => "error-method-known",
        Refusal::TooManyDevices => "error-method-full",
        Refusal::NothingToRecover => "error-recovery-alone",
        Refusal::NotAName => "error-method-name",
        Refusal::NotATarget => "error-method-target",
        Refusal::TooSoon => "error-code-too-soon",
        Refusal::TooManyMessages => "error-code-too-many-sent",
        Refusal::CredentialNotAccepted => "error-method-passkey",
        Refusal::LastDevice => "error-method-last",
        Refusal::DeviceGone | Refusal::KindNotOffered | Refusal::SignedOut => "error-form-stale",
        Refusal::BrowserGone => "error-browser-gone",
        Refusal::GrantGone => "error-grant-gone",
    })
}
