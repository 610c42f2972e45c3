//! The account pages: what people see and change about how they sign on.

mod access;
mod password;
mod totp;

use std::sync::Arc;

use authn::account::{Owner, Refusal};
use authn::flow::{Door, Facts as FlowFacts, Origin, Requirement, SecondFactor, Step, begin, next};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::port::Versioned;
use domain::{Attempts, HandleKey, Password, Session, SessionId, User};
use minijinja::{Value, context};
use oauth::Parameters;

use crate::app::App;
use crate::extract::{Filled, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};
use crate::{cookie, csrf};

/// Every route of the account pages.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(overview))
        .route(
            "/account/password",
            get(password::show).post(password::submit),
        )
        .route("/account/totp", get(totp::show).post(totp::submit))
        .route(
            "/account/sessions",
            get(access::sessions).post(access::end_session),
        )
        .route(
            "/account/grants",
            get(access::grants).post(access::revoke_grant),
        )
        .route("/account/sign-out", get(sign_out))
}

/// Who is looking at their account.
struct Visitor {
    user: User,
    session: Versioned<Session>,
    /// The token for this browser's forms.
    csrf: String,
}

impl Visitor {
    fn owner<'a>(&'a self, app: &'a App) -> Owner<'a> {
        Owner {
            user: &self.user,
            now: app.now(),
            random: app.random(),
        }
    }

    fn session_id(&self) -> SessionId {
        self.session.authentication.session
    }
}

/// A message about what was done, carried to the next page by its address.
const FLASHES: [&str; 5] = [
    "flash-password-changed",
    "flash-totp-enabled",
    "flash-totp-removed",
    "flash-session-revoked",
    "flash-sessions-revoked",
];

impl App {
    /// Who is signed on in this browser.
    async fn visitor(&self, visit: &Visit) -> Result<Option<Visitor>, Fault> {
        let Some(cookie) = cookie::value(&visit.headers, cookie::SESSION) else {
            return Ok(None);
        };
        let facts = FlowFacts {
            session: self.signed_on(&visit.headers, None).await?,
            ..FlowFacts::none(&self.settings.policy)
        };
        // The engine decides here too whether the session is enough, for this flow is never stored:
        // a session of before a second factor was set up is not.
        let origin = Origin {
            door: Door::Account,
            request: serde_json::Value::Null,
        };
        let (browser, now) = (HandleKey::of(cookie), self.now());
        let flow = begin(
            origin,
            self.account_requirement(),
            browser,
            now,
            self.random(),
        );
        let enough = matches!(next(&flow, &facts, now), Step::Done(_));
        let signed_on = facts.session.filter(|_| enough);
        Ok(signed_on.map(|signed_on| Visitor {
            user: signed_on.person.user,
            session: signed_on.session,
            csrf: csrf::token(cookie),
        }))
    }

    /// What it takes to see one's account.
    fn account_requirement(&self) -> Requirement {
        // Where a second factor is required, this is the only door through which people who have
        // none yet can come to set one up.
        let second_factor = match self.settings.second_factor {
            SecondFactor::Required => SecondFactor::WhenEnrolled,
            asked => asked,
        };
        Requirement {
            second_factor,
            ..Requirement::default()
        }
    }

    /// Sends the person through sign-on, and then to their account.
    async fn sign_on_first(&self, visit: &Visit) -> Result<Response, PageRefusal> {
        let requirement = self.account_requirement();
        self.begin_flow(Door::Account, serde_json::Value::Null, requirement, visit)
            .await
    }

    /// An account page; `contents` goes before what all of them show.
    fn account_page(
        &self,
        template: &str,
        visitor: &Visitor,
        visit: &Visit,
        contents: Value,
    ) -> Response {
        let user = &visitor.user;
        let common = context! {
            user => context! {
                name => user.display_name(),
                username => user.username.as_str(),
                email => user.profile.email.clone(),
            },
            csrf => visitor.csrf.as_str(),
            flash => flash(visit),
            nav => context! {
                overview => "/account",
                password => "/account/password",
                totp => "/account/totp",
                sessions => "/account/sessions",
                grants => "/account/grants",
                sign_out => "/account/sign-out",
            },
        };
        self.show(
            template,
            &visit.frame,
            context! { ..contents, ..common },
            |page| page,
        )
    }

    /// The failures counted under the name of the person, for a password asked for again.
    async fn attempts(&self, user: &User) -> Result<Option<Versioned<Attempts>>, Fault> {
        let key = authn::lockout::key(&user.username);
        Ok(self.records.get::<Attempts>(&key).await?)
    }

    async fn password_of(&self, user: &User) -> Result<Option<Versioned<Password>>, Fault> {
        Ok(self.records.get::<Password>(&user.id).await?)
    }
}

/// The message that the address of a page carries, if it is one of ours.
fn flash(visit: &Visit) -> Value {
    let query = visit
        .frame
        .address
        .split_once('?')
        .map_or("", |(_, query)| query);
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let done = pairs
        .find(|(name, _)| name == "done")
        .map(|(_, value)| value.into_owned());
    let count = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "count")
        .and_then(|(_, value)| value.parse::<u16>().ok());
    match done
        .as_deref()
        .and_then(|done| FLASHES.iter().find(|flash| **flash == done))
    {
        Some(id) => context! {
            message_id => *id,
            args => context! { count => count.unwrap_or(0) },
            kind => "success",
        },
        None => Value::from(()),
    }
}

/// To the page at `path` with a message about what was done.
fn done(path: &str, flash: &str) -> Response {
    Redirect::to(&format!("{path}?done={flash}")).into_response()
}

/// An error beside a form.
fn problem(id: &str) -> Value {
    context! { message_id => id, args => Value::from(()) }
}

/// What an account page says about a refusal.
const fn refusal_id(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotRecognised => "error-password-current",
        Refusal::CodeNotAccepted => "error-code",
        Refusal::AlreadyEnrolled | Refusal::DeviceGone => "error-form-stale",
        Refusal::SessionGone => "error-session-gone",
        Refusal::GrantGone => "error-grant-gone",
    }
}

/// The form of a signed-on person, if it is ours.
fn form(
    submitted: Result<Filled, SubmittedError>,
    visit: &Visit,
) -> Result<Parameters, PageRefusal> {
    let Filled(form) = submitted.map_err(|e| PageRefusal::from(PageError::Request).because(&e))?;
    let cookie = cookie::value(&visit.headers, cookie::SESSION).unwrap_or_default();
    match csrf::is_genuine(cookie, form.value(csrf::FIELD)) {
        true => Ok(form),
        false => Err(PageError::Forgery.into()),
    }
}

/// `GET /account`.
async fn overview(State(app): State<Arc<App>>, visit: Visit) -> Response {
    let shown = overview_page(&app, &visit).await;
    shown.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn overview_page(app: &App, visit: &Visit) -> Result<Response, PageRefusal> {
    let Some(visitor) = app.visitor(visit).await? else {
        return app.sign_on_first(visit).await;
    };
    let devices = app.devices(visitor.user.id).await?;
    let password = app.password_of(&visitor.user).await?;
    let changed = password.map(|p| app.pages.locales().date(visit.frame.locale, p.changed));
    let contents = context! {
        totp_enabled => devices.iter().any(|device| authn::factor::totp::is_usable(device)),
        password_changed => changed.unwrap_or_default(),
    };
    Ok(app.account_page("account/overview.html", &visitor, visit, contents))
}

/// `GET /account/sign-out`: to the question whether one wants to.
async fn sign_out() -> Response {
    Redirect::to(oauth::discovery::paths::END_SESSION).into_response()
}
