//! What is said of a flow.

use std::time::Duration;

use authn::flow::{Door, Flow, Known};
use axum::response::{IntoResponse, Response};
use domain::{ClientId, FlowId, Handle, SessionId};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::state::{Status, has_page_only};
use crate::app::App;
use crate::door::exit::{Answer, Exit, request_of};
use crate::door::passage::{Asked, Ended, Holder, Next, Passage, Way};
use crate::door::{members, transaction};
use crate::environment::error::ApiError;
use crate::extract::Visit;
use crate::fault::Fault;

/// The media type of all answers.
const JSON: &str = "application/hal+json;charset=UTF-8";

/// What a flow leaves behind.
struct Left {
    /// The authorization response.
    answer: Map<String, Value>,
    /// In which session the person is signed on now, if they are.
    signed_on: Option<SessionId>,
    /// What opens the session that was begun, if one was.
    session: Option<Handle>,
    /// The trust in the browser, if it is trusted from now on, and for how long.
    trusted: Option<(Handle, Duration)>,
}

/// What is said in answer to a request.
pub(super) struct Said<'a> {
    pub(super) app: &'a App,
    pub(super) visit: &'a Visit,
}

impl Said<'_> {
    pub(super) fn passage<'p>(&'p self, id: &'p str, holder: &'p Holder<'p>) -> Passage<'p> {
        Passage {
            app: self.app,
            way: Way::Api,
            id,
            holder,
            visit: self.visit,
        }
    }

    /// Where a flow has come to.
    pub(super) async fn next(&self, next: Next, holder: &Holder<'_>) -> Response {
        let said = match next {
            Next::Leave(ended, exit) => self.left(&ended, *exit, holder).await,
            Next::Elsewhere(ended) => self.left_elsewhere(&ended).await,
            Next::Ask(asked) => self.asked(&asked, holder).await,
        };
        said.unwrap_or_else(|error| error.respond(self.app))
    }

    async fn asked(&self, asked: &Asked, holder: &Holder<'_>) -> Result<Response, ApiError> {
        let flow = &asked.flow;
        // Its pages are at the `resumeUrl`.
        if has_page_only(&asked.step) {
            let known = asked.known.as_ref();
            let body = self.body("COMPLETED", flow, known, None).await?;
            return Ok(json_of(body));
        }
        let status = Status::of(&asked.step, flow, self.app);
        let status = status.ok_or(ApiError::Defect)?;
        let mut model = status.model();
        let embedded = model.remove("_embedded");
        let told = embedded.as_ref().and_then(|it| it.get("user"));
        let known = asked.known.as_ref().filter(|known| is_about(known, told));
        let signed_on = known.and_then(|known| known.session);
        let mut body = self.body(status.name(), flow, known, signed_on).await?;
        embed(&mut body, embedded);
        body.extend(model);
        if let Some(presented) = transaction::told(flow) {
            body.insert("transaction".to_owned(), presented);
        }
        let address = self.address(flow.id());
        if let Some(links) = body.get_mut("_links").and_then(Value::as_object_mut) {
            let actions = status.actions();
            links.extend(actions.map(|id| (id.to_owned(), json!({ "href": address }))));
        }
        let mut response = json_of(body);
        if let Holder::Browser(browser) = holder {
            browser.mark(flow, self.app, response.headers_mut());
        }
        Ok(response)
    }

    /// The flow is left with the authorization response.
    async fn left(
        &self,
        ended: &Ended,
        exit: Exit,
        holder: &Holder<'_>,
    ) -> Result<Response, ApiError> {
        let left = self.leave(exit).await?;
        self.over(ended, left, holder).await
    }

    /// The same before anybody was asked anything: of a request that fails so (`prompt=none`) there
    /// is no flow to be told of, and it is refused as all others are.
    pub(super) async fn left_at_once(
        &self,
        ended: &Ended,
        exit: Exit,
        holder: &Holder<'_>,
    ) -> Response {
        let said = match self.leave(exit).await {
            Ok(left) if left.answer.contains_key("error") => {
                let text = |name: &str| left.answer.get(name).and_then(Value::as_str);
                let [code, message] = ["error", "error_description"]
                    .map(|name| text(name).unwrap_or_default().to_owned());
                Err(ApiError::Request { code, message })
            }
            Ok(left) => self.over(ended, left, holder).await,
            Err(error) => Err(error),
        };
        said.unwrap_or_else(|error| error.respond(self.app))
    }

    async fn leave(&self, mut exit: Exit) -> Result<Left, ApiError> {
        let (signed_on, trusted) = (exit.signed_on(), exit.take_trusted());
        let (answer, session) = exit.leave(self.app).await?;
        let Answer::Client { response, .. } = answer else {
            return Err(ApiError::NotFound);
        };
        Ok(Left {
            answer: members(response.parameters()),
            signed_on,
            session,
            trusted,
        })
    }

    async fn over(
        &self,
        ended: &Ended,
        left: Left,
        holder: &Holder<'_>,
    ) -> Result<Response, ApiError> {
        let status = match left.answer.contains_key("error") {
            true => "FAILED",
            false => "COMPLETED",
        };
        let known = ended.known.as_ref();
        let body = self.body(status, &ended.flow, known, left.signed_on);
        let mut body = body.await?;
        body.insert("authorizeResponse".to_owned(), Value::Object(left.answer));
        let mut response = json_of(body);
        if let Holder::Browser(_) = holder {
            let headers = response.headers_mut();
            if let Some(session) = &left.session {
                self.app.give_session(headers, session);
            }
            if let Some((handle, lifetime)) = &left.trusted {
                self.app.cookies().set_trust(headers, handle, *lifetime);
            }
        }
        Ok(response)
    }

    /// A flow in which nothing can be done here: it is left where it began.
    async fn left_elsewhere(&self, ended: &Ended) -> Result<Response, ApiError> {
        let status = match ended.is_done {
            true => "COMPLETED",
            false => "FAILED",
        };
        let known = ended.known.as_ref();
        let signed_on = known.and_then(|known| known.session);
        let body = self.body(status, &ended.flow, known, signed_on);
        Ok(json_of(body.await?))
    }

    /// What is said of every flow.
    async fn body(
        &self,
        status: &str,
        flow: &Flow,
        known: Option<&Known>,
        signed_on: Option<SessionId>,
    ) -> Result<Map<String, Value>, ApiError> {
        let environment = self.app.site.environment.map(|it| it.env.to_string());
        let issuer = &self.app.settings.issuer;
        let uuid = flow.id().uuid().to_string();
        let client = match client_of(flow)? {
            Some(client) => self.app.live.client(&client).await?,
            None => None,
        };
        let application = client.map(|client| json!({ "name": client.name }));
        let embedded = [("user", known.map(person)), ("application", application)];
        let body = json!({
            "_links": {
                "self": { "href": self.address(flow.id()) },
                "signOnPage": { "href": format!("{}/signon/{uuid}", base(self.app)) },
            },
            "id": uuid,
            "environment": { "id": environment },
            "status": status,
            "resumeUrl": format!("{issuer}/resume?flowId={uuid}"),
            "createdAt": flow.created().to_string(),
            "expiresAt": flow.expires_at().to_string(),
            "_embedded": Value::Object(present(embedded)),
        });
        let session = signed_on.map(|id| json!({ "id": id.uuid().to_string() }));
        let Value::Object(mut body) = body else {
            return Err(ApiError::Defect);
        };
        body.extend(present([("session", session)]));
        Ok(body)
    }

    fn address(&self, id: FlowId) -> String {
        format!("{}/flows/{}", base(self.app), id.uuid())
    }
}

/// The client for which a flow is.
pub(crate) fn client_of(flow: &Flow) -> Result<Option<ClientId>, Fault> {
    Ok(match flow.origin().door {
        Door::Authorize => Some(request_of(flow)?.client().clone()),
        Door::UserCode => flow.device().map(|device| device.client.clone()),
        Door::Account | Door::Ppm | Door::PingId | Door::DeviceAuthentication => None,
    })
}

/// The public address of the environment.
pub(super) fn base(app: &App) -> &str {
    let issuer = app.settings.issuer.as_str();
    issuer.strip_suffix("/as").unwrap_or(issuer)
}

/// Somebody, as they are told to whoever holds their flow. What they are called is told to nobody who
/// has only been told by a client that they are it.
fn person(known: &Known) -> Value {
    let user = &known.user;
    let (given, family) = (&user.profile.given_name, &user.profile.family_name);
    let told = |name: &Option<String>| name.clone().filter(|_| known.is_proven).map(Value::from);
    let name = present([("given", told(given)), ("family", told(family))]);
    let name = (!name.is_empty()).then_some(Value::Object(name));
    let told = present([
        ("id", Some(user.id.uuid().to_string().into())),
        ("username", Some(user.username.as_str().into())),
        ("name", name),
    ]);
    Value::Object(told)
}

/// Those members that there are.
pub(super) fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let members = members.into_iter();
    let there = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    there.collect()
}

/// Whether somebody who is known is whom a status tells of, if it tells of anybody.
fn is_about(known: &Known, told: Option<&Value>) -> bool {
    told.is_none_or(|told| told.get("username") == Some(&known.user.username.as_str().into()))
}

/// Adds what a status has embedded; of a person who is known everything is told already.
fn embed(body: &mut Map<String, Value>, embedded: Option<Value>) {
    let (Some(all), Some(Value::Object(embedded))) = (
        body.get_mut("_embedded").and_then(Value::as_object_mut),
        embedded,
    ) else {
        return;
    };
    for (name, value) in embedded {
        all.entry(name).or_insert(value);
    }
}

pub(super) fn json_of(body: Map<String, Value>) -> Response {
    let headers = [(CONTENT_TYPE, JSON)];
    (StatusCode::OK, headers, Value::Object(body).to_string()).into_response()
}
