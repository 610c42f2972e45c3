//! `/account/grants`: what clients may do.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use authn::account::{Refusal, revoke_grants};
use axum::extract::State;
use axum::response::Response;
use domain::{AuthorizationDetail, ClientId, Consent, Grant, Scope, Timestamp};
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
    let client = ClientId::new(form.field("client"));
    let message = match revoke(&app, &visitor, &client).await? {
        Ok(()) => {
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

/// Takes back all that a client was granted.
async fn revoke(
    app: &App,
    visitor: &Visitor,
    client: &ClientId,
) -> Result<Result<(), Refusal>, PageRefusal> {
    let decide = || async {
        let of_client = |grant: &Grant| grant.client == *client;
        let grants = app.records.find_wanted(0, visitor.user.id, of_client);
        let grants = grants.await?;
        let consent = Consent::key_of(visitor.user.id, client);
        let consent = app.records.get::<Consent>(consent).await?;
        let owner = visitor.owner(app);
        Ok(revoke_grants(owner, client, &grants, consent.as_ref()))
    };
    if let Err(refusal) = visitor.carry_out(app, decide).await? {
        return Ok(Err(refusal));
    }
    // What was granted at that very moment is taken back too.
    while visitor.carry_out(app, decide).await?.is_ok() {}
    Ok(Ok(()))
}

/// All that one client may do.
struct Access {
    client: ClientId,
    scope: Scope,
    details: Vec<AuthorizationDetail>,
    /// When the first of it was granted.
    since: Timestamp,
    /// When the last token was issued from it.
    used: Timestamp,
}

impl Access {
    /// What clients may do together by these grants, the one that was used last on top.
    fn of(grants: impl Iterator<Item = Grant>) -> Vec<Self> {
        let mut by_client: BTreeMap<ClientId, Self> = BTreeMap::new();
        for grant in grants {
            let access = by_client.entry(grant.client.clone()).or_insert(Self {
                client: grant.client,
                scope: Scope::default(),
                details: Vec::new(),
                since: grant.issued,
                used: grant.updated,
            });
            access.scope = access.scope.values().chain(grant.scope.values()).collect();
            let details = grant.authorization_details.iter();
            access.details.extend(details.cloned());
            access.since = access.since.min(grant.issued);
            access.used = access.used.max(grant.updated);
        }
        let mut accesses: Vec<Self> = by_client.into_values().collect();
        accesses.sort_by_key(|access| Reverse(access.used));
        accesses
    }
}

/// The page with a message, if there is one.
async fn page(app: &App, visitor: &Visitor, message: Value) -> Result<Response, PageRefusal> {
    let (locales, locale, now) = (app.pages.locales(), visitor.visit.frame.locale, app.now());
    let grants = app.records.find::<Grant>(0, &visitor.user.id).await?;
    let live = grants.into_iter().map(|grant| grant.record);
    let mut shown = Vec::new();
    for access in Access::of(live.filter(|grant| grant.is_live(now))) {
        shown.push(context! {
            client_id => access.client.as_str(),
            client => client_view(app, &access.client).await?.shown(locales, locale),
            scopes => app.access_sentences(locale, &access.scope, &access.details),
            created => locales.date(locale, access.since),
            last_used => locales.date(locale, access.used),
        });
    }
    let contents =
        context! { grants => shown, form_action => app.site.page("/account/grants"), ..message };
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
