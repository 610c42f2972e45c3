//! `/account/password`: changing one's password.

use std::sync::Arc;

use authn::account::{Access, ChangePassword, Confirmation, change_password};
use authn::factor::password::{MAX_LENGTH, MIN_LENGTH, NewPassword, PasswordRule};
use axum::extract::State;
use axum::response::Response;
use domain::{Grant, Secret, Session};
use minijinja::{Value, context};
use oauth::Decision;

use super::{Visitor, done, form, problem, refusal_id};
use crate::app::App;
use crate::extract::{Filled, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// `GET /account/password`.
pub(super) async fn show(State(app): State<Arc<App>>, visit: Visit) -> Response {
    let shown = async {
        match app.visitor(&visit).await? {
            Some(visitor) => Ok(page(&app, &visitor, &visit, Value::from(()))),
            None => app.sign_on_first(&visit).await,
        }
    };
    shown
        .await
        .unwrap_or_else(|refusal: PageRefusal| refusal.page(&app, &visit.frame))
}

/// `POST /account/password`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visit: Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Response {
    let answered = change(&app, &visit, submitted).await;
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn change(
    app: &App,
    visit: &Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Some(visitor) = app.visitor(visit).await? else {
        return app.sign_on_first(visit).await;
    };
    let form = form(submitted, visit)?;
    let [current, new, confirm] = ["current_password", "new_password", "confirm"]
        .map(|name| form.value(name).unwrap_or_default());
    let refused = |error: Value| Ok(page(app, &visitor, visit, error));
    if [current, new, confirm].contains(&"") {
        return refused(problem("error-field-missing"));
    }
    if new != confirm {
        return refused(problem("error-password-mismatch"));
    }
    let accepted = match NewPassword::accept(new, &visitor.user.username, Some(current)) {
        Ok(accepted) => accepted,
        Err(rule) => return refused(rule_shown(rule)),
    };
    let Some(stored) = app.password_of(&visitor.user).await? else {
        return Err(PageError::Request.into());
    };
    let pool = &app.ports.passwords;
    let verdict = pool.verify(Some(stored.record.clone()), Secret::new(current));
    let verdict = verdict.await.map_err(Fault::from)?;
    let new = pool.hash(accepted).await.map_err(Fault::from)?;
    let decide = || async {
        let attempts = app.attempts(&visitor.user).await?;
        let sessions = app.records.find::<Session>(0, &visitor.user.id).await?;
        let grants = app.records.find::<Grant>(0, &visitor.user.id).await?;
        let policy = app.settings.policy.lockout;
        let confirmation = Confirmation {
            verdict: &verdict,
            attempts: attempts.as_ref(),
            policy,
        };
        let facts = ChangePassword {
            confirmation,
            stored: &stored,
            new: new.clone(),
            access: Access {
                sessions: &sessions,
                grants: &grants,
            },
            current: visitor.session_id(),
        };
        let decision = change_password(visitor.owner(app), facts);
        Ok(Decision {
            answer: decision.answer,
            changes: decision.changes,
        })
    };
    match app
        .carry_out(decide, || authn::account::Refusal::NotRecognised)
        .await?
    {
        Ok(()) => Ok(done("/account/password", "flash-password-changed")),
        Err(refusal) => refused(problem(refusal_id(refusal))),
    }
}

fn page(app: &App, visitor: &Visitor, visit: &Visit, error: Value) -> Response {
    let contents = context! {
        form_action => "/account/password",
        error => error,
        min_length => MIN_LENGTH,
        max_length => MAX_LENGTH,
    };
    app.account_page("account/password.html", visitor, visit, contents)
}

fn rule_shown(rule: PasswordRule) -> Value {
    match rule {
        PasswordRule::TooShort => context! {
            message_id => "error-password-short",
            args => context! { min => MIN_LENGTH },
        },
        PasswordRule::TooLong => context! {
            message_id => "error-password-long",
            args => context! { max => MAX_LENGTH },
        },
        PasswordRule::Unchanged => problem("error-password-same"),
        PasswordRule::Common => problem("error-password-common"),
        PasswordRule::IsUsername => problem("error-password-policy"),
    }
}
