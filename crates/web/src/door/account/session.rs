//! `/account/sessions`: where one is signed on.

use std::cmp::Reverse;
use std::sync::Arc;

use authn::account::{Refusal, revoke_other_sessions, revoke_session};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Session;
use minijinja::{Value, context};

use super::{GenuineForm, Visitor, done, refused};
use crate::app::App;
use crate::page::error::PageRefusal;

const PATH: &str = "/account/sessions";

/// `GET /account/sessions`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    page(&app, &visitor, None).await
}

/// `POST /account/sessions`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let ended = match form.field("action") {
        "revoke-others" => end_others(&app, &visitor).await?,
        _ => end(&app, &visitor, form.field("session")).await?,
    };
    match ended {
        Ok(response) => Ok(response),
        Err(refusal) => page(&app, &visitor, Some(refused(refusal))).await,
    }
}

async fn end(
    app: &App,
    visitor: &Visitor,
    id: &str,
) -> Result<Result<Response, Refusal>, PageRefusal> {
    let Ok(id) = id.parse() else {
        return Ok(Err(Refusal::SessionGone));
    };
    let decide = || async {
        let access = app.access_of(visitor.user.id).await?;
        Ok(revoke_session(visitor.owner(app), &access, id))
    };
    let ended = app.carry_out_deed(decide).await?;
    Ok(ended.map(|()| done(PATH, "flash-session-revoked")))
}

async fn end_others(
    app: &App,
    visitor: &Visitor,
) -> Result<Result<Response, Refusal>, PageRefusal> {
    let decide = || async {
        let access = app.access_of(visitor.user.id).await?;
        let owner = visitor.owner(app);
        Ok(revoke_other_sessions(owner, &access, visitor.session))
    };
    let ended = app.carry_out_deed(decide).await?;
    Ok(ended.map(|count| {
        let address = format!("{PATH}?done=flash-sessions-revoked&count={count}");
        Redirect::to(&address).into_response()
    }))
}

async fn page(app: &App, visitor: &Visitor, error: Option<Value>) -> Result<Response, PageRefusal> {
    let (locales, locale) = (app.pages.locales(), visitor.visit.frame.locale);
    let mut sessions = app.records.find::<Session>(0, &visitor.user.id).await?;
    sessions.retain(|session| session.is_live(app.settings.policy.session, app.now()));
    sessions.sort_by_key(|session| Reverse(session.last_used));
    let shown = |session: &Session| {
        let id = session.authentication.session;
        context! {
            id => id.to_string(),
            current => id == visitor.session,
            device => browser(&session.user_agent),
            ip => session.address.as_str(),
            created => locales.date(locale, session.created),
            last_seen => locales.date(locale, session.last_used),
        }
    };
    let sessions: Vec<Value> = sessions.iter().map(|session| shown(session)).collect();
    let contents = context! { sessions => sessions, form_action => PATH, error => error };
    Ok(visitor.page(app, "account/sessions.html", contents))
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
