//! The page of each step.

use authn::flow::{Door, Rejection, Step};
use axum::response::Response;
use domain::Scope;
use fluent_bundle::FluentArgs;
use minijinja::{Value, context};

use super::{Shown, localized};
use crate::app::App;
use crate::door::exit::request_of;
use crate::extract::Visit;
use crate::page::error::{PageError, PageRefusal};
use crate::page::{ClientView, Locale};

impl App {
    /// The page of a flow's step.
    pub(super) async fn flow_page(
        &self,
        shown: &Shown,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let (client, form_action) = match shown.flow.origin().door {
            Door::Authorize => {
                let request = request_of(&shown.flow)?;
                let client = self.live.client(request.client()).await?;
                (
                    client.as_deref().map(ClientView::from),
                    request.target().form_action_source(),
                )
            }
            Door::Account => (None, String::new()),
        };
        let (template, contents) = match &shown.step {
            Step::SignOn { username, locked } => (
                "sign-on.html",
                context! {
                    username => username.as_deref().unwrap_or_default(),
                    username_locked => locked,
                },
            ),
            Step::OneTimeCode { username, .. } => (
                "one-time-code.html",
                context! { username => username, channel => "totp" },
            ),
            Step::Consent {
                user,
                username,
                scope,
                required,
                ..
            } => (
                "consent.html",
                context! {
                    subject => user.to_string(),
                    username => username,
                    scopes => self.scopes_shown(visit.frame.locale, scope, required),
                    details => Vec::<String>::new(),
                    remembered => self.live.settings().bypass_authorization_for_approved_consents,
                },
            ),
            Step::Done(_) | Step::Failed(_) | Step::Canceled => {
                return Err(PageError::Expired.into());
            }
        };
        let common = context! {
            client => client,
            csrf => shown.csrf.as_str(),
            form_action => localized(&super::address(shown.flow.id()), visit),
            error => shown.rejected.map(error_shown),
        };
        let leading = |page: crate::page::Page| page.leading_to(&form_action);
        Ok(self.show(
            template,
            &visit.frame,
            context! { ..contents, ..common },
            leading,
        ))
    }

    /// What scopes mean, in the words of the administrator or else in ours.
    pub(crate) fn scope_sentence(&self, locale: Locale, scope: &str) -> String {
        let settings = self.live.settings();
        let mut known = settings.scopes.iter().chain(&settings.exclusive_scopes);
        let described = known.find(|known| known.name == scope && !known.description.is_empty());
        match described {
            Some(known) => known.description.clone(),
            None => {
                let id = format!("scope-{scope}");
                let locales = self.pages.locales();
                match locales.has(&id) {
                    true => locales.text(locale, &id, &FluentArgs::new()),
                    false => scope.to_owned(),
                }
            }
        }
    }

    /// The scopes in the order in which administrators list them, what they do not list last.
    pub(crate) fn as_listed<'s>(&self, scope: &'s Scope) -> Vec<&'s str> {
        let settings = self.live.settings();
        let listed = settings.scopes.iter().chain(&settings.exclusive_scopes);
        let listed: Vec<&str> = listed.map(|listed| listed.name.as_str()).collect();
        let place = |name| listed.iter().position(|listed| *listed == name);
        let mut names: Vec<&str> = scope.values().collect();
        names.sort_by_cached_key(|name| place(*name).unwrap_or(usize::MAX));
        names
    }

    /// What the person is asked to allow, what they must allow first.
    fn scopes_shown(&self, locale: Locale, scope: &Scope, required: &Scope) -> Vec<Value> {
        let shown = |name: &str| {
            context! {
                name => name,
                description => self.scope_sentence(locale, name),
                required => required.contains(name),
            }
        };
        let mut names = self.as_listed(scope);
        names.sort_by_key(|name| !required.contains(name));
        names.into_iter().map(shown).collect()
    }
}

/// What a page says about an action that had no effect.
fn error_shown(rejection: Rejection) -> Value {
    let message_id = match rejection {
        Rejection::NotRecognised => "error-credentials",
        Rejection::CodeNotAccepted => "error-code",
        Rejection::NothingAllowed => "error-scope-required",
        Rejection::NotOffered => "error-form-stale",
    };
    context! { message_id => message_id, args => Value::from(()) }
}
