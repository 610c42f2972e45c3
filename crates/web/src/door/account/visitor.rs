//! Who is signed on in the browser that made a request, and what they submit.

use std::sync::Arc;

use authn::account::{Owner, is_fresh};
use authn::flow::{Door, Facts, Origin, Requirement, SecondFactor, SignedOn, Step, begin, next};
use authn::session;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use domain::port::CommitError;
use domain::{HandleKey, SessionId, User};
use http::request::Parts;
use http::{HeaderMap, Request};
use oauth::Parameters;
use serde_json::Value;

use crate::app::App;
use crate::csrf;
use crate::door::exit::DEVICES;
use crate::door::person::circumstances;
use crate::extract::{Filled, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// Somebody who looks at their own account. Whoever is not signed on is sent through sign-on, and
/// then to their account.
pub(super) struct Visitor {
    pub(super) user: User,
    pub(super) session: SessionId,
    /// Whether they have signed on so lately, and with two factors, that they need not confirm who they
    /// are.
    pub(super) is_fresh: bool,
    pub(super) visit: Visit,
}

impl Visitor {
    /// The person as they act now.
    pub(super) fn owner<'a>(&'a self, app: &'a App) -> Owner<'a> {
        Owner {
            user: &self.user,
            now: app.now(),
            random: app.random(),
            administrator: None,
            session: Some(self.session),
        }
    }

    /// Has them sign on once more, whatever their session is worth, and then leads to their devices.
    pub(super) async fn sign_on_again(&self, app: &App) -> Result<Response, PageRefusal> {
        let requirement = Requirement {
            reauthenticate: true,
            subject: Some(self.user.id),
            login_hint: Some(self.user.username.clone()),
            ..app.account_requirement()
        };
        let request = Value::from(DEVICES);
        app.begin_flow(Door::Account, request, requirement, &self.visit)
            .await
    }

    /// The token for the forms of this browser.
    pub(super) fn csrf_token(&self, app: &App) -> String {
        csrf::token(app.session_cookie(&self.visit.headers))
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, app).await;
        match app.signed_on_enough(&visit).await {
            Ok(Some(signed_on)) => Ok(Self {
                is_fresh: is_fresh(&signed_on.session, app.now()),
                session: signed_on.session.authentication.session,
                user: signed_on.person.user,
                visit,
            }),
            Ok(None) => Err(app.sign_on_first(&visit).await.into_response()),
            Err(fault) => Err(PageRefusal::from(fault).into_response()),
        }
    }
}

impl App {
    /// Who is signed on in this browser, if that is enough to see their account;
    /// the visit is noted as a use of the session.
    async fn signed_on_enough(&self, visit: &Visit) -> Result<Option<SignedOn>, Fault> {
        let Some(cookie) = self.cookies().session(&visit.headers) else {
            return Ok(None);
        };
        let session = self.signed_on(&visit.headers, None).await?;
        // The engine decides here too whether the session is enough, for this flow is never stored:
        // a session of before a second factor was set up is not.
        let (requirement, now) = (self.account_requirement(), self.now());
        let browser = HandleKey::of(cookie);
        let flow = begin(origin(), requirement, browser, now, self.random());
        let facts = Facts {
            session,
            circumstances: circumstances(&flow, visit, self.records.tenant()),
            ..Facts::none(self.own_policy())
        };
        let enough = matches!(next(&flow, &facts, now), Step::Done(_));
        let Some(signed_on) = facts.session.filter(|_| enough) else {
            return Ok(None);
        };
        let used = session::keep(&signed_on.session, None, now);
        match self.records.commit(used).await {
            // Who notes it at the same moment notes it for both.
            Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        Ok(Some(signed_on))
    }

    async fn sign_on_first(&self, visit: &Visit) -> Result<Response, PageRefusal> {
        let Origin { door, request } = origin();
        self.begin_flow(door, request, self.account_requirement(), visit)
            .await
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
            every_browser: true,
            ..Requirement::default()
        }
    }
}

fn origin() -> Origin {
    Origin {
        door: Door::Account,
        request: Value::Null,
    }
}

/// A form that was made for the session of the browser that submits it.
pub(super) struct GenuineForm(Parameters);

impl GenuineForm {
    /// What was filled into a field; empty when there is no such field.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.value(name).unwrap_or_default()
    }
}

impl FromRequest<Arc<App>> for GenuineForm {
    type Rejection = PageRefusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, PageRefusal> {
        let cookie = app.session_cookie(request.headers()).to_owned();
        let Filled(form) = Filled::from_request(request, app).await?;
        match csrf::is_genuine(&cookie, form.value(csrf::FIELD)) {
            true => Ok(Self(form)),
            false => Err(PageError::Forgery.into()),
        }
    }
}

impl App {
    fn session_cookie<'a>(&self, headers: &'a HeaderMap) -> &'a str {
        self.cookies().session(headers).unwrap_or_default()
    }
}
