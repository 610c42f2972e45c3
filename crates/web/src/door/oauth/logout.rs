//! `GET|POST /idp/init_logout.openid` (OpenID Connect RP-Initiated Logout).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::{Changes, StoreError, Versioned};
use domain::{Actor, Client, ClientId, Grant, Session, SessionId, User};
use http::header::ORIGIN;
use http::{Method, StatusCode};
use minijinja::context;
use oauth::authorize::{IdTokenHint, form_action_source};
use oauth::logout::{Destination, Facts, SignOut, end_grants, end_session, request};
use oauth::{Decision, Parameters};

use super::accept::prefers_json;
use crate::app::App;
use crate::csrf;
use crate::environment::error::ApiError;
use crate::extract::{Submitted, SubmittedError, Visit};
use crate::fault::Fault;
use crate::header;
use crate::page::Frame;
use crate::page::error::{PageError, PageRefusal};

/// The `action` of a request that a page of ours has sent on.
const SENT_ON: &str = "continue";

/// The end session endpoint.
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    method: Method,
    mut visit: Visit,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Submitted(parameters) = submitted.map_err(|error| match error {
        SubmittedError::TooLarge => error.into(),
        _ => PageRefusal::from(PageError::SignOut).because(&error),
    })?;
    visit.prefers(parameters.value("ui_locales"));
    let answered = sign_out(&app, &method, &parameters, &visit).await;
    answered.map_err(|refusal| refusal.in_language(visit.frame.locale))
}

async fn sign_out(
    app: &App,
    method: &Method,
    parameters: &Parameters,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    let named = parameters.value("client_id").map(ClientId::new);
    let hint = parameters.value("id_token_hint");
    let claimed = || hint.and_then(|hint| IdTokenHint::claimed_client(hint, &app.live.keys()));
    let client = match named.clone().or_else(claimed) {
        Some(id) => app.live.client(&id).await?,
        None => None,
    };
    let hint = app.id_token_hint(hint, client.as_deref());
    // RP-Initiated Logout §4: "the information that failed to validate MUST NOT be used"
    let believed = named.is_some() || hint.is_some();
    let client = client.as_deref().filter(|_| believed);
    let session = app.session(&visit.headers).await?;
    let facts = Facts {
        client,
        id_token_hint: hint.as_ref(),
        session: session.as_deref(),
    };
    let decided = request(parameters, &facts);
    if app.site.environment.is_some() && prefers_json(&visit.headers) {
        let mut response = answer_script(app, &decided, visit).await?;
        let (id, origin) = (client.map(|client| &client.id), visit.headers.get(ORIGIN));
        header::share_with(app, id, origin, response.headers_mut());
        return Ok(response);
    }
    let posted = method == Method::POST;
    let answer = posted.then(|| parameters.value("action")).flatten();
    // Browsers keep our cookies to themselves when another site posts: what looks like nobody being
    // signed on must neither pass for it nor sign anybody out unasked.
    if posted && answer != Some(SENT_ON) && !app.cookies().has_session(&visit.headers) {
        return Ok(send_on(app, parameters, &decided, client, visit));
    }
    match (decided, answer) {
        (SignOut::Now(destination), _) => end(app, &destination, client, visit).await,
        (SignOut::Confirm(destination), Some("confirm")) => {
            genuine(app, parameters, visit)?;
            end(app, &destination, client, visit).await
        }
        (SignOut::Confirm(destination), Some("cancel")) => {
            genuine(app, parameters, visit)?;
            Ok(match &destination {
                Destination::Client(uri) => Redirect::to(uri).into_response(),
                Destination::SignedOutPage => {
                    Redirect::to(&app.site.page("/account")).into_response()
                }
            })
        }
        (SignOut::Confirm(destination), _) => Ok(ask(app, parameters, &destination, client, visit)),
    }
}

/// Answers a script, which neither goes anywhere nor can ask the person anything.
async fn answer_script(
    app: &App,
    decided: &SignOut,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    if let SignOut::Confirm(_) = decided {
        return Ok(ApiError::SignOffUnproven.respond(app));
    }
    app.end_session(visit).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if app.cookies().has_session(&visit.headers) {
        app.cookies().remove_session(response.headers_mut());
    }
    Ok(response)
}

/// The person's answer has to come from our own page.
fn genuine(app: &App, parameters: &Parameters, visit: &Visit) -> Result<(), PageRefusal> {
    let cookie = app.cookies().session(&visit.headers).unwrap_or_default();
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
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(repeated(parameters)).finish();
    let frame = Frame {
        address: format!("{}?{query}", address(app)),
        ..visit.frame.clone()
    };
    let cookie = app.cookies().session(&visit.headers).unwrap_or_default();
    let shown = context! {
        client => client.map(|it| app.client_shown(it, &visit.frame)),
        csrf => csrf::token(cookie),
        form_action => address(app),
        fields => fields(repeated(parameters)),
    };
    let source = source(destination);
    app.show("sign-out.html", &frame, shown, |page| {
        page.leading_to(&source)
    })
}

/// Has the browser send a request that came from another site once more, from a page of ours, so
/// that our cookies come with it.
fn send_on(
    app: &App,
    parameters: &Parameters,
    decided: &SignOut,
    client: Option<&Client>,
    visit: &Visit,
) -> Response {
    let (SignOut::Now(destination) | SignOut::Confirm(destination)) = decided;
    let sent = repeated(parameters).chain([("action", SENT_ON)]);
    let shown = context! {
        client => client.map(|it| app.client_shown(it, &visit.frame)),
        action_url => address(app),
        fields => fields(sent),
    };
    let source = source(destination);
    app.show("form-post.html", &visit.frame, shown, |page| {
        page.leading_to(&source)
    })
}

/// The address of the endpoint.
fn address(app: &App) -> String {
    app.site.endpoint(app.site.paths.end_session)
}

/// What of a request its repetition needs.
fn repeated(parameters: &Parameters) -> impl Iterator<Item = (&str, &str)> {
    parameters.iter().filter(|(name, _)| {
        matches!(
            *name,
            "id_token_hint" | "client_id" | "post_logout_redirect_uri" | "state" | "ui_locales"
        )
    })
}

fn fields<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<minijinja::Value> {
    parameters
        .map(|(name, value)| context! { name => name, value => value })
        .collect()
}

/// Where the forms of a page lead in the end.
fn source(destination: &Destination) -> String {
    match destination {
        Destination::Client(uri) => form_action_source(uri),
        Destination::SignedOutPage => String::new(),
    }
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
                client => client.map(|it| app.client_shown(it, &visit.frame)),
                continue_url => minijinja::Value::from(()),
            };
            app.show("signed-out.html", &visit.frame, shown, |page| page)
        }
    };
    if app.cookies().has_session(&visit.headers) {
        app.cookies().remove_session(response.headers_mut());
    }
    Ok(response)
}

impl App {
    /// Ends the session of the browser, if it has one, with the grants that end with it.
    async fn end_session(&self, visit: &Visit) -> Result<(), Fault> {
        let decide = || async {
            let Some(session) = self.session(&visit.headers).await? else {
                return Ok(Decision::<_, Fault>::accept(None, Changes::none()));
            };
            let user = self.records.get::<User>(&session.user).await?;
            let actor = user.map_or(Actor::Unknown, |user| Actor::User(user.record.username));
            let changes = self.end_of_session(&session, actor).await?;
            Ok(Decision::accept(
                Some(session.authentication.session),
                changes,
            ))
        };
        match self.carry_out(decide, || Fault::Contention).await?? {
            Some(ended) => self.end_late_grants(ended).await,
            None => Ok(()),
        }
    }

    /// What ends a session, by whoever brings it about, with the grants that end with it.
    pub(in crate::door) async fn end_of_session(
        &self,
        session: &Versioned<Session>,
        actor: Actor,
    ) -> Result<Changes, StoreError> {
        let grants = self.ending_with(session.authentication.session).await?;
        let (now, random) = (self.now(), self.random());
        Ok(end_session(session, &grants, actor, now, random))
    }

    /// Ends the grants that were made in a session while it was being ended, and those that were too
    /// many to end with it: no more can follow.
    pub(in crate::door) async fn end_late_grants(&self, ended: SessionId) -> Result<(), Fault> {
        let decide = || async {
            let grants = self.ending_with(ended).await?;
            let changes = end_grants(ended, &grants);
            Ok(Decision::<_, Fault>::accept(grants.len(), changes))
        };
        while self.carry_out(decide, || Fault::Contention).await?? > 0 {}
        Ok(())
    }

    /// The grants of a session that end with it.
    async fn ending_with(&self, session: SessionId) -> Result<Vec<Versioned<Grant>>, StoreError> {
        let ends = |grant: &Grant| !grant.outlives_session();
        self.records.find_wanted(2, session, ends).await
    }
}
