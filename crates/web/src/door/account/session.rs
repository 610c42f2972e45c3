//! `/account/sessions`: where one is signed on.

use std::cmp::Reverse;
use std::sync::Arc;

use authn::account::{Ended, Ending, forget_browser, revoke_sessions};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Session, SessionId, TrustedBrowser};
use minijinja::{Value, context};

use super::{GenuineForm, Visitor, done, problem, refused};
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
    if form.field("action") == "revoke-others" {
        let count = visitor.end_other_sessions(&app).await?;
        let address = format!(
            "{}?done=flash-sessions-revoked&count={count}",
            app.site.page(PATH)
        );
        return Ok(Redirect::to(&address).into_response());
    }
    if form.field("action") == "forget" {
        return forget(&app, &visitor, form.field("browser")).await;
    }
    let ended = match form.field("session").parse() {
        Ok(id) => visitor.end_sessions(&app, Ending::One(id)).await?,
        Err(_) => 0,
    };
    match ended {
        0 => page(&app, &visitor, Some(problem("error-session-gone"))).await,
        _ => Ok(done(&app, PATH, "flash-session-revoked")),
    }
}

/// Forgets that the browser is trusted that was trusted in this session.
async fn forget(app: &App, visitor: &Visitor, session: &str) -> Result<Response, PageRefusal> {
    let decide = || async {
        let found = match session.parse::<SessionId>() {
            Ok(id) => app.records.find::<TrustedBrowser>(1, &id).await?,
            Err(_) => Vec::new(),
        };
        Ok(forget_browser(visitor.owner(app), found.first()))
    };
    match visitor.carry_out(app, decide).await? {
        Ok(()) => Ok(done(app, PATH, "flash-browser-forgotten")),
        Err(refusal) => page(app, visitor, Some(refused(refusal))).await,
    }
}

impl Visitor {
    /// Ends all their sessions but the one in which they act; tells how many.
    pub(super) async fn end_other_sessions(&self, app: &App) -> Result<usize, PageRefusal> {
        self.end_sessions(app, Ending::AllBut(self.session)).await
    }

    /// Ends sessions, and what ends with them, until nothing is left; tells how many sessions.
    async fn end_sessions(&self, app: &App, ending: Ending) -> Result<usize, PageRefusal> {
        let decide = || async {
            let access = app.access_of(self.user.id, ending).await?;
            Ok(revoke_sessions(self.owner(app), &access, ending))
        };
        let mut count = 0;
        loop {
            match self.carry_out(app, decide).await? {
                Ok(ended) if ended != Ended::NONE => count += ended.sessions,
                _ => return Ok(count),
            }
        }
    }
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
    let trusted = |browser: &TrustedBrowser| {
        context! {
            id => browser.session.to_string(),
            device => self::browser(&browser.user_agent),
            ip => browser.address.as_str(),
            created => locales.date(locale, browser.created),
            expires => locales.date(locale, browser.expires),
        }
    };
    let mut browsers = app
        .records
        .find::<TrustedBrowser>(0, &visitor.user.id)
        .await?;
    browsers.retain(|browser| app.now() < browser.expires);
    let browsers: Vec<Value> = browsers.iter().map(|browser| trusted(browser)).collect();
    let contents = context! {
        sessions => sessions,
        trusted => browsers,
        form_action => app.site.page(PATH),
        error => error,
    };
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
