//! `/account/password`: changing one's password.

use std::sync::Arc;

use authn::account::{ChangePassword, Ending, change_password};
use authn::factor::password::{MAX_LENGTH, MIN_LENGTH, NewPassword, PasswordRule};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};

use super::{GenuineForm, Visitor, done, problem, refused};
use crate::app::App;
use crate::fault::Fault;
use crate::page::error::PageRefusal;

const PATH: &str = "/account/password";

/// `GET /account/password`.
pub(super) async fn show(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    page(&app, &visitor, None)
}

/// `POST /account/password`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let (current, new) = (form.field("current_password"), form.field("new_password"));
    let accepted = match accept(&visitor, current, new, form.field("confirm")) {
        Ok(accepted) => accepted,
        Err(error) => return Ok(page(&app, &visitor, Some(error))),
    };
    let presented = visitor.present(&app, current).await?;
    let new = app
        .ports
        .passwords
        .hash(accepted)
        .await
        .map_err(Fault::from)?;
    let others = Ending::AllBut(visitor.session);
    let decide = || async {
        let facts = ChangePassword {
            confirmation: visitor.confirmation(&app, Some(&presented)).await?,
            new: new.clone(),
            access: app.access_of(visitor.user.id, others).await?,
        };
        Ok(change_password(visitor.owner(&app), facts))
    };
    match visitor.carry_out(&app, decide).await? {
        Ok(handle) => {
            // The password is changed whether or not this succeeds, and the cookie with it.
            let ended = visitor.end_other_sessions(&app).await;
            let told = ended.map(|_| done(&app, PATH, "flash-password-changed"));
            Ok(app.with_session(&handle, told.into_response()))
        }
        Err(refusal) => Ok(page(&app, &visitor, Some(refused(refusal)))),
    }
}

/// The new password, if all fields are filled and it obeys the rules; or the error.
fn accept(
    visitor: &Visitor,
    current: &str,
    new: &str,
    confirm: &str,
) -> Result<NewPassword, Value> {
    if [current, new, confirm].contains(&"") {
        return Err(problem("error-field-missing"));
    }
    if new != confirm {
        return Err(problem("error-password-mismatch"));
    }
    NewPassword::accept(new, &visitor.user.username, Some(current)).map_err(broken)
}

fn page(app: &App, visitor: &Visitor, error: Option<Value>) -> Response {
    let contents = context! {
        form_action => app.site.page(PATH),
        error => error,
        min_length => MIN_LENGTH,
        max_length => MAX_LENGTH,
    };
    visitor.page(app, "account/password.html", contents)
}

/// What a page says about a new password that breaks a rule.
pub(in crate::door) fn broken(rule: PasswordRule) -> Value {
    match rule {
        PasswordRule::Unconfirmed => problem("error-password-mismatch"),
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
