//! `GET|POST /idp/init_logout.openid` (OpenID Connect RP-Initiated Logout).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::Changes;
use domain::{Actor, Client, ClientId, Grant, User};
use http::Method;
use minijinja::context;
use oauth::authorize::{IdTokenHint, form_action_source};
use oauth::logout::{Destination, Facts, SignOut, end_session, request};
use oauth::{Decision, Parameters};

use crate::app::App;
use crate::extract::{Submitted, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::ClientView;
use crate::page::error::{PageError, PageRefusal};
use crate::{cookie, csrf};

/// The end session endpoint.
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    method: Method,
    visit: Visit,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    let answered = match submitted {
        Ok(Submitted(parameters)) => sign_out(&app, &method, &parameters, &visit).await,
        Err(error) => Err(PageRefusal::from(PageError::SignOut).because(&error)),
    };
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn sign_out(
    app: &App,
    method: &Method,
    parameters: &Parameters,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    let client = match parameters.value("client_id") {
        Some(id) => app.live.client(&ClientId::new(id)).await?,
        None => None,
    };
    let hint = parameters.value("id_token_hint");
    let client = match (client, hint.and_then(IdTokenHint::claimed_client)) {
        (None, Some(id)) if parameters.value("client_id").is_none() => app.live.client(&id).await?,
        (named, _) => named,
    };
    let client = client.as_deref();
    let hint = app.id_token_hint(hint, client);
    let session = app.session(&visit.headers).await?;
    let facts = Facts {
        client,
        id_token_hint: hint.as_ref(),
        session: session.as_deref(),
    };
    let answer = (method == Method::POST)
        .then(|| parameters.value("action"))
        .flatten();
    match (request(parameters, &facts), answer) {
        (SignOut::Now(destination), _) => end(app, &destination, client, visit).await,
        (SignOut::Confirm(destination), Some("confirm")) => {
            genuine(parameters, visit)?;
            end(app, &destination, client, visit).await
        }
        (SignOut::Confirm(destination), Some("cancel")) => {
            genuine(parameters, visit)?;
            Ok(match &destination {
                Destination::Client(uri) => Redirect::to(uri).into_response(),
                Destination::SignedOutPage => Redirect::to("/account").into_response(),
            })
        }
        (SignOut::Confirm(destination), _) => Ok(ask(app, parameters, &destination, client, visit)),
    }
}

/// The person's answer has to come from our own page.
fn genuine(parameters: &Parameters, visit: &Visit) -> Result<(), PageRefusal> {
    let cookie = cookie::value(&visit.headers, cookie::SESSION).unwrap_or_default();
    match csrf::is_genuine(cookie, parameters.value(csrf::FIELD)) {
        true => Ok(()),
        false => Err(PageError::Forgery.into()),
    }
}

/// Asks whether the person wants to sign out; the form repeats the request.
fn ask(
    app: &App,
    parameters: &Parameters,
    destination: &Destination,
    client: Option<&Client>,
    visit: &Visit,
) -> Response {
    let repeated = [
        "id_token_hint",
        "client_id",
        "post_logout_redirect_uri",
        "state",
        "ui_locales",
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let fields = parameters
        .iter()
        .filter(|(name, _)| repeated.contains(name));
    let fields: Vec<_> = fields
        .map(|(name, value)| {
            query.append_pair(name, value);
            context! { name => name, value => value }
        })
        .collect();
    let cookie = cookie::value(&visit.headers, cookie::SESSION).unwrap_or_default();
    let shown = context! {
        client => client.map(ClientView::from),
        csrf => csrf::token(cookie),
        form_action => oauth::discovery::paths::END_SESSION,
        fields => fields,
    };
    let source = match destination {
        Destination::Client(uri) => form_action_source(uri),
        Destination::SignedOutPage => String::new(),
    };
    app.show("sign-out.html", &visit.frame, shown, |page| {
        page.leading_to(&source)
    })
}

/// Ends the session of the browser, if it has one, and sends the person on.
async fn end(
    app: &App,
    destination: &Destination,
    client: Option<&Client>,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    app.end_session(visit).await?;
    let mut response = match destination {
        Destination::Client(uri) => Redirect::to(uri).into_response(),
        Destination::SignedOutPage => {
            let shown = context! {
                client => client.map(ClientView::from),
                continue_url => minijinja::Value::from(()),
            };
            app.show("signed-out.html", &visit.frame, shown, |page| page)
        }
    };
    app.cookies()
        .remove(response.headers_mut(), cookie::SESSION);
    Ok(response)
}

impl App {
    /// Ends the session of the browser, if it has one, with the grants that end with it.
    pub(crate) async fn end_session(&self, visit: &Visit) -> Result<(), Fault> {
        let decide = || async {
            let Some(session) = self.session(&visit.headers).await? else {
                return Ok(Decision::<(), Fault>::accept((), Changes::none()));
            };
            let sid = session.authentication.session;
            let grants = self.records.find::<Grant>(2, &sid).await?;
            let user = self.records.get::<User>(&session.user).await?;
            let actor = user.map_or(Actor::Unknown, |user| Actor::User(user.record.username));
            let changes = end_session(&session, &grants, actor, self.now(), self.random());
            Ok(Decision::accept((), changes))
        };
        self.carry_out(decide, || Fault::Contention).await?
    }
}
