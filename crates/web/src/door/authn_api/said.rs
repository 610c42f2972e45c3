//! What is said of a flow: a state, an end, or a problem.

use authn::factor::password::{MAX_LENGTH, MIN_LENGTH};
use authn::factor::webauthn::BytesAs;
use authn::flow::{Rejection, Step};
use axum::response::{IntoResponse, Response};
use domain::FlowId;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::action::{FIELDS, Remembering};
use super::error::{ApiError, words_of_failure};
use super::state::State;
use super::{Come, FLOWS, STATE};
use crate::app::App;
use crate::door::exit::{Answer, Exit};
use crate::door::flow::days_until;
use crate::door::passage::{Asked, Holder, Next};
use crate::door::person::{asking as client_of, request as request_of};
use crate::door::{members, transaction};
use crate::extract::Visit;
use crate::fault::Fault;
use crate::page::ClientView;

/// What is said in answer to a request.
pub(super) struct Said<'a> {
    pub(super) app: &'a App,
    pub(super) visit: &'a Visit,
}

impl Said<'_> {
    /// Where a flow has come to.
    pub(super) async fn next(&self, come: Come, holder: &Holder<'_>) -> Response {
        match come.next {
            Next::Leave(ended, exit) => self.left(ended.id(), *exit, holder).await,
            Next::Elsewhere(ended) => self.resume(ended.id(), holder, come.spent),
            Next::Ask(asked) => match come.canceled {
                Some(operation) => self.canceled(asked.flow.id(), operation, holder),
                None => self.asked(&asked, holder, come.spent).await,
            },
        }
    }

    async fn asked(&self, asked: &Asked, holder: &Holder<'_>, spent: bool) -> Response {
        let id = asked.flow.id();
        let Some(mut state) = State::of(&asked.step, &asked.flow, self.app) else {
            return self.resume(id, holder, spent);
        };
        if matches!(holder, Holder::Browser(_)) {
            self.tell_of_browser(asked, &mut state);
        }
        if let Step::Activate { user, .. } = &asked.step {
            let made = self
                .app
                .creation_options(&asked.flow, *user, BytesAs::Numbers);
            match made.await {
                // A text, as scripts for this API read it.
                Ok(Some(options)) => {
                    state.tell("publicKeyCredentialCreationOptions", options.to_string());
                }
                Ok(None) => {}
                Err(fault) => return self.problem(&ApiError::from(&fault), None),
            }
        }
        if let Step::PasswordExpires { until, .. } = &asked.step {
            let days = days_until(*until, self.app.now());
            state.tell("daysToExpire", days);
            state.tell("daysToExpireMsg", self.counted("password-expires-in", days));
        }
        if matches!(asked.step, Step::Register) {
            state.tell("fields", self.fields());
        }
        if matches!(asked.step, Step::UserCode { failed: true }) {
            let (_, error) = ApiError::UserCodeNotAccepted.body(|id| self.words(id));
            state.tell("authnError", error);
        }
        if asked.rejected == Some(Rejection::NameTaken) {
            let (_, error) = ApiError::NameTaken.body(|id| self.words(id));
            // The second is what PingFederate's widget shows of a state.
            let told = error.get("userMessage").cloned();
            state.tell("authnError", error);
            state.tell("userMessages", json!([told]));
        }
        if self.app.live.authn_api().tells_context {
            match self.context(asked).await {
                Ok(Some(context)) => state.tell("requestContext", context),
                Ok(None) => {}
                Err(fault) => return self.problem(&ApiError::from(&fault), None),
            }
        }
        let mut body = state.body(id, &self.address(id));
        // Nobody gives a factor for what they were not shown.
        if let Some(told) = transaction::told(&asked.flow) {
            body.insert("transaction".to_owned(), told);
        }
        let mut response = json_with(body, self.sealed(Some(id), holder, spent));
        if let Holder::Browser(browser) = holder {
            browser.mark(&asked.flow, self.app, response.headers_mut());
        }
        response
    }

    /// For which client a flow is, and what an administrator has noted of that.
    async fn context(&self, asked: &Asked) -> Result<Option<Value>, Fault> {
        let Some(id) = client_of(&asked.flow, request_of(&asked.flow).as_ref()) else {
            return Ok(None);
        };
        let client = self.app.live.client(&id).await?;
        Ok(client.map(|client| {
            let shown = ClientView::from(&*client);
            json!({
                "clientId": client.id.as_str(),
                "clientName": client.name,
                "extendedProperties": shown.extended_parameters,
            })
        }))
    }

    /// Has the browser remember a user name, or none any more.
    pub(super) fn remember(&self, what: &Remembering, response: &mut Response) {
        let name = match what {
            Remembering::AsBefore => return,
            Remembering::Nothing => None,
            Remembering::Name(name) => Some(name.as_str()),
        };
        let cookies = self.app.cookies();
        cookies.remember_name(&self.visit.headers, response.headers_mut(), name);
    }

    /// What a browser may be asked to keep, and keeps already.
    fn tell_of_browser(&self, asked: &Asked, state: &mut State) {
        let Step::SignOn { username, .. } = &asked.step else {
            return;
        };
        if asked.flow.changes_password() {
            return;
        }
        let lifetime = self.app.settings.policy.identity.trusted_browser;
        state.tell("showThisIsMyDevice", asked.flow.may_trust(lifetime));
        state.tell("showRememberMyUsername", true);
        let remembered = self.app.cookies().remembered_name(&self.visit.headers);
        state.tell("rememberMyUsernameSelected", remembered.is_some());
        if let (None, Some(name)) = (username, remembered) {
            state.tell("username", name);
        }
    }

    /// What somebody who registers is asked.
    fn fields(&self) -> Value {
        let told = FIELDS.iter().map(|field| {
            json!({
                "id": field.name,
                "label": self.words(field.words),
                "type": field.kind,
                "required": field.is_required,
                "readonly": false,
            })
        });
        told.collect()
    }

    /// Somebody has given something up. The flow is where they can sign on; this is told once.
    fn canceled(&self, id: FlowId, operation: &str, holder: &Holder<'_>) -> Response {
        let mut body = self.ended("CANCELED", Some(id));
        body.insert("canceledOperation".to_owned(), operation.into());
        json_with(body, self.sealed(Some(id), holder, true))
    }

    /// The flow goes on, or is left, where it began.
    fn resume(&self, id: FlowId, holder: &Holder<'_>, spent: bool) -> Response {
        // Nobody who has no browser began there.
        if matches!(holder, Holder::State(_)) {
            let state = self.sealed(Some(id), holder, spent);
            return self.problem(&ApiError::PagesOnly, state);
        }
        let url = format!("{}{}", self.app.settings.issuer, self.app.site.flow(id));
        let mut body = self.ended("RESUME", Some(id));
        body.insert("resumeUrl".to_owned(), url.into());
        json_with(body, None)
    }

    /// The flow is left with the authorization response.
    async fn left(&self, id: FlowId, mut exit: Exit, holder: &Holder<'_>) -> Response {
        let trusted = exit.take_trusted();
        let (answer, session) = match exit.leave(self.app).await {
            Ok(left) => left,
            Err(fault) => return self.problem(&ApiError::from(&fault), None),
        };
        let mut response = match answer {
            Answer::Client { response, .. } => self.over(Some(id), response.parameters()),
            Answer::Page(error) => self.problem(&ApiError::from(error), None),
            Answer::UserCode { allowed: true } => {
                json_with(self.ended("OAUTH_DEVICE_COMPLETED", Some(id)), None)
            }
            Answer::UserCode { allowed: false } => {
                let denied = [("error", "access_denied")];
                self.over(Some(id), denied.into_iter())
            }
            Answer::Own(_)
            | Answer::DeviceAuthentication(_)
            | Answer::Ppm(_)
            | Answer::PingId(_) => self.problem(&ApiError::NoFlow, None),
        };
        if let (Holder::Browser(_), Some(session)) = (holder, &session) {
            self.app.give_session(response.headers_mut(), session);
        }
        if let (Holder::Browser(_), Some((handle, lifetime))) = (holder, &trusted) {
            let cookies = self.app.cookies();
            cookies.set_trust(response.headers_mut(), handle, *lifetime);
        }
        response
    }

    /// An authorization response, or the error that is in its place.
    pub(super) fn over<'p>(
        &self,
        id: Option<FlowId>,
        parameters: impl Iterator<Item = (&'p str, &'p str)>,
    ) -> Response {
        let answer = members(parameters);
        let error = answer.get("error").and_then(Value::as_str);
        let mut body = match error {
            None => self.ended("COMPLETED", id),
            Some(error) => {
                let mut body = self.ended("FAILED", id);
                body.insert("code".to_owned(), error.into());
                let words = words_of_failure(error);
                body.insert("userMessage".to_owned(), self.words(words).into());
                body
            }
        };
        body.insert("authorizeResponse".to_owned(), Value::Object(answer));
        json_with(body, None)
    }

    /// A state in which nothing can be done here.
    fn ended(&self, status: &str, id: Option<FlowId>) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(id) = id {
            body.insert("id".to_owned(), id.to_string().into());
        }
        body.insert("status".to_owned(), status.into());
        let links = match id {
            Some(id) => json!({ "self": { "href": self.address(id) } }),
            None => json!({}),
        };
        body.insert("_links".to_owned(), links);
        body
    }

    pub(super) fn problem(&self, error: &ApiError, state: Option<String>) -> Response {
        tracing::info!(?error, "refused a request to the authentication API");
        let (status, mut body) = error.body(|id| self.words(id));
        if let Some(state) = state {
            body.insert(STATE.to_owned(), state.into());
        }
        error.mark((status, axum::Json(Value::Object(body))).into_response())
    }

    /// What a client without cookies holds from now on, if this is one.
    pub(super) fn sealed(
        &self,
        flow: Option<FlowId>,
        holder: &Holder<'_>,
        spent: bool,
    ) -> Option<String> {
        let Holder::State(held) = holder else {
            return None;
        };
        let secret = match spent {
            true => held.next.expose(),
            false => held.now.expose(),
        };
        let lifetime = self.app.live.authn_api().state_lifetime();
        let expires = self.app.now() + lifetime;
        let random = self.app.random();
        Some(self.app.state_key.seal(flow?, secret, expires, random))
    }

    fn address(&self, id: FlowId) -> String {
        format!("{}{FLOWS}/{id}", self.app.settings.issuer)
    }

    /// Words for the person that depend on a number.
    fn counted(&self, id: &str, count: u64) -> String {
        let mut words = fluent_bundle::FluentArgs::new();
        words.set("days", count);
        let locales = self.app.pages.locales();
        locales.text(self.visit.frame.locale, id, &words)
    }

    /// Words for the person, in their language.
    fn words(&self, id: &str) -> String {
        let locales = self.app.pages.locales();
        // Those who say how long a password is need them.
        let mut words = fluent_bundle::FluentArgs::new();
        words.set("min", MIN_LENGTH);
        words.set("max", MAX_LENGTH);
        locales.text(self.visit.frame.locale, id, &words)
    }
}

/// A state, with what a client without cookies holds from now on.
fn json_with(mut body: Map<String, Value>, state: Option<String>) -> Response {
    if let Some(state) = state {
        body.insert(STATE.to_owned(), state.into());
    }
    (StatusCode::OK, axum::Json(Value::Object(body))).into_response()
}
