//! `/account/sessions` and `/account/grants`: where one is signed on, and what clients may do.

use std::sync::Arc;

use authn::account::{
    Access, Refusal, revoke_grant as decide_grant, revoke_other_sessions, revoke_session,
};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{ClientId, Consent, Grant, GrantId, Session, SessionId};
use minijinja::{Value, context};
use oauth::Decision;

use super::{Visitor, done, form, problem, refusal_id};
use crate::app::App;
use crate::extract::{Filled, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::ClientView;
use crate::page::error::PageRefusal;

/// `GET /account/sessions`.
pub(super) async fn sessions(State(app): State<Arc<App>>, visit: Visit) -> Response {
    let shown = async {
        match app.visitor(&visit).await? {
            Some(visitor) => sessions_page(&app, &visitor, &visit, Value::from(())).await,
            None => app.sign_on_first(&visit).await,
        }
    };
    shown
        .await
        .unwrap_or_else(|refusal: PageRefusal| refusal.page(&app, &visit.frame))
}

/// `POST /account/sessions`.
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    visit: Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Response {
    let answered = end(&app, &visit, submitted).await;
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn end(
    app: &App,
    visit: &Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Some(visitor) = app.visitor(visit).await? else {
        return app.sign_on_first(visit).await;
    };
    let form = form(submitted, visit)?;
    let chosen = match form.value("action") {
        Some("revoke-others") => None,
        _ => Some(
            form.value("session")
                .unwrap_or_default()
                .parse::<SessionId>(),
        ),
    };
    let decide = || async {
        let sessions = app.records.find::<Session>(0, &visitor.user.id).await?;
        let grants = app.records.find::<Grant>(0, &visitor.user.id).await?;
        let access = Access {
            sessions: &sessions,
            grants: &grants,
        };
        let owner = visitor.owner(app);
        Ok(match chosen {
            None => {
                let decision = revoke_other_sessions(owner, access, visitor.session_id());
                Decision {
                    answer: decision.answer.map(Some),
                    changes: decision.changes,
                }
            }
            Some(Err(_)) => Decision::refuse(Refusal::SessionGone),
            Some(Ok(session)) => {
                let decision = revoke_session(owner, access, session);
                Decision {
                    answer: decision.answer.map(|()| None),
                    changes: decision.changes,
                }
            }
        })
    };
    match app.carry_out(decide, || Refusal::SessionGone).await? {
        Ok(None) => Ok(done("/account/sessions", "flash-session-revoked")),
        Ok(Some(count)) => {
            let address = format!("/account/sessions?done=flash-sessions-revoked&count={count}");
            Ok(Redirect::to(&address).into_response())
        }
        Err(refusal) => sessions_page(app, &visitor, visit, problem(refusal_id(refusal))).await,
    }
}

async fn sessions_page(
    app: &App,
    visitor: &Visitor,
    visit: &Visit,
    error: Value,
) -> Result<Response, PageRefusal> {
    let (locales, locale) = (app.pages.locales(), visit.frame.locale);
    let mut sessions = app.records.find::<Session>(0, &visitor.user.id).await?;
    sessions.retain(|session| session.is_live(app.settings.policy.session, app.now()));
    sessions.sort_by_key(|session| std::cmp::Reverse(session.last_used));
    let shown = |session: &Session| {
        let id = session.authentication.session;
        context! {
            id => id.to_string(),
            current => id == visitor.session_id(),
            device => browser(&session.user_agent),
            ip => session.address.as_str(),
            created => locales.date(locale, session.created),
            last_seen => locales.date(locale, session.last_used),
        }
    };
    let sessions: Vec<Value> = sessions.iter().map(|session| shown(session)).collect();
    let contents =
        context! { sessions => sessions, form_action => "/account/sessions", error => error };
    Ok(app.account_page("account/sessions.html", visitor, visit, contents))
}

/// A browser and its system as people name them.
fn browser(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    // Browsers also name those whose pages they want to be served: the most special one counts.
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => user_agent.chars().take(40).collect(),
    }
}

/// `GET /account/grants`.
pub(super) async fn grants(State(app): State<Arc<App>>, visit: Visit) -> Response {
    let shown = async {
        match app.visitor(&visit).await? {
            Some(visitor) => grants_page(&app, &visitor, &visit, Value::from(())).await,
            None => app.sign_on_first(&visit).await,
        }
    };
    shown
        .await
        .unwrap_or_else(|refusal: PageRefusal| refusal.page(&app, &visit.frame))
}

/// `POST /account/grants`.
pub(super) async fn revoke_grant(
    State(app): State<Arc<App>>,
    visit: Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Response {
    let answered = revoke(&app, &visit, submitted).await;
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn revoke(
    app: &App,
    visit: &Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Some(visitor) = app.visitor(visit).await? else {
        return app.sign_on_first(visit).await;
    };
    let form = form(submitted, visit)?;
    let id = form
        .value("grant")
        .unwrap_or_default()
        .parse::<GrantId>()
        .ok();
    let decide = || async {
        let grant = match id {
            Some(id) => app.records.get::<Grant>(&id).await?,
            None => None,
        };
        let consent = match &grant {
            Some(grant) => {
                let key = Consent::key_of(visitor.user.id, &grant.client);
                app.records.get::<Consent>(key).await?
            }
            None => None,
        };
        let decision = decide_grant(visitor.owner(app), grant.as_ref(), consent.as_ref());
        let client = grant.map(|grant| grant.record.client);
        Ok(Decision {
            answer: decision.answer.map(|()| client),
            changes: decision.changes,
        })
    };
    match app.carry_out(decide, || Refusal::GrantGone).await? {
        Ok(client) => {
            let name = client_view(app, client.as_ref()).await?.name;
            let flash = context! {
                message_id => "flash-grant-revoked",
                args => context! { client => name },
                kind => "success",
            };
            let page = grants_contents(app, &visitor, visit).await?;
            let contents = context! { flash => flash, error => Value::from(()), ..page };
            Ok(app.account_page("account/grants.html", &visitor, visit, contents))
        }
        Err(refusal) => grants_page(app, &visitor, visit, problem(refusal_id(refusal))).await,
    }
}

async fn grants_page(
    app: &App,
    visitor: &Visitor,
    visit: &Visit,
    error: Value,
) -> Result<Response, PageRefusal> {
    let page = grants_contents(app, visitor, visit).await?;
    let contents = context! { error => error, ..page };
    Ok(app.account_page("account/grants.html", visitor, visit, contents))
}

async fn grants_contents(app: &App, visitor: &Visitor, visit: &Visit) -> Result<Value, Fault> {
    let (locales, locale, now) = (app.pages.locales(), visit.frame.locale, app.now());
    let mut grants = app.records.find::<Grant>(0, &visitor.user.id).await?;
    grants.retain(|grant| grant.is_live(now));
    grants.sort_by_key(|grant| std::cmp::Reverse(grant.updated));
    let mut shown = Vec::new();
    for grant in &grants {
        let scopes: Vec<String> = grant
            .scope
            .values()
            .map(|scope| app.scope_sentence(locale, scope))
            .collect();
        shown.push(context! {
            id => grant.id.to_string(),
            client => client_view(app, Some(&grant.client)).await?,
            scopes => scopes,
            created => locales.date(locale, grant.issued),
            last_used => locales.date(locale, grant.updated),
        });
    }
    Ok(context! { grants => shown, form_action => "/account/grants" })
}

/// A client as the page names it; one that was deleted is named by its id.
async fn client_view(app: &App, id: Option<&ClientId>) -> Result<ClientView, Fault> {
    let client = match id {
        Some(id) => app.live.client(id).await?,
        None => None,
    };
    let gone = || ClientView {
        name: id.map(ToString::to_string).unwrap_or_default(),
        logo_url: None,
        description: String::new(),
    };
    Ok(client.as_deref().map_or_else(gone, ClientView::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(browser(edge), "Edge · Windows");
        assert_eq!(browser("curl/8.0"), "curl/8.0");
        assert_eq!(
            browser("Mozilla/5.0 (iPhone) Safari/604.1"),
            "Safari · iPhone"
        );
    }
}
