//! The page of each step.

use authn::flow::{Door, Rejection, Step};
use axum::response::Response;
use minijinja::{Value, context};

use super::{Shown, localized};
use crate::app::App;
use crate::door::exit::request_of;
use crate::extract::Visit;
use crate::page::error::{PageError, PageRefusal};

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
                    client.map(|it| self.client_shown(&it, &visit.frame)),
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
                details,
                required,
                ..
            } => (
                "consent.html",
                context! {
                    subject => user.to_string(),
                    username => username,
                    scopes => self.scopes_shown(visit.frame.locale, (scope, required), details),
                    details => self.details_shown(visit.frame.locale, details),
                    remembered => details.is_empty()
                        && self.live.settings().bypass_authorization_for_approved_consents,
                },
            ),
            Step::Done(_) | Step::Failed(_) | Step::Canceled => {
                return Err(PageError::Expired.into());
            }
        };
        let common = context! {
            client => client,
            csrf => shown.csrf.as_str(),
            form_action => localized(&self.site.flow(shown.flow.id()), visit),
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
