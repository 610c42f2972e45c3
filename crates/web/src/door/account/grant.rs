//! `/account/grants`: what clients may do.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use authn::account::{Refusal, revoke_grant};
use axum::extract::State;
use axum::response::Response;
use domain::{ClientId, Consent, Grant, GrantId};
use minijinja::{Value, context};

use super::{GenuineForm, Visitor, refused};
use crate::app::App;
use crate::fault::Fault;
use crate::page::ClientView;
use crate::page::error::PageRefusal;

/// `GET /account/grants`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    page(&app, &visitor, Value::default()).await
}

/// `POST /account/grants`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let message = match revoke(&app, &visitor, form.field("grant")).await? {
        Ok(client) => {
            let client = client_view(&app, &client).await?;
            let locale = visitor.visit.frame.locale;
            let args = context! { client => app.pages.locales().alias(locale, &client.name) };
            let id = "flash-grant-revoked";
            context! { flash => context! { message_id => id, args => args, kind => "success" } }
        }
        Err(refusal) => context! { error => refused(refusal) },
    };
    page(&app, &visitor, message).await
}

/// Takes back a grant; tells from which client.
async fn revoke(
    app: &App,
    visitor: &Visitor,
    id: &str,
) -> Result<Result<ClientId, Refusal>, PageRefusal> {
    let id = id.parse::<GrantId>().ok();
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
        let owner = visitor.owner(app);
        Ok(revoke_grant(owner, grant.as_ref(), consent.as_ref()))
    };
    visitor.carry_out(app, decide).await
}

/// The page with a message, if there is one.
async fn page(app: &App, visitor: &Visitor, message: Value) -> Result<Response, PageRefusal> {
    let (locales, locale, now) = (app.pages.locales(), visitor.visit.frame.locale, app.now());
    let mut grants = app.records.find::<Grant>(0, &visitor.user.id).await?;
    grants.retain(|grant| grant.is_live(now));
    grants.sort_by_key(|grant| Reverse(grant.updated));
    let mut shown = Vec::new();
    for grant in &grants {
        let words = app.scope_words(locale, &grant.scope).into_iter();
        let scopes: Vec<String> = words.map(|it| it.sentence(locales, locale)).collect();
        shown.push(context! {
            id => grant.id.to_string(),
            client => client_view(app, &grant.client).await?.shown(locales, locale),
            scopes => scopes,
            created => locales.date(locale, grant.issued),
            last_used => locales.date(locale, grant.updated),
        });
    }
    let contents = context! { grants => shown, form_action => "/account/grants", ..message };
    Ok(visitor.page(app, "account/grants.html", contents))
}

/// A client as the page names it; one that was deleted is named by its id.
async fn client_view(app: &App, id: &ClientId) -> Result<ClientView, Fault> {
    let gone = || ClientView {
        name: id.to_string(),
        logo_url: None,
        description: String::new(),
        extended_parameters: BTreeMap::new(),
    };
    let client = app.live.client(id).await?;
    Ok(client.as_deref().map_or_else(gone, ClientView::from))
}
