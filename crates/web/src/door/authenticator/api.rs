//! What an authenticator asks: to be paired, to be woken, what there is to be decided, and to take what
//! was.

use std::sync::Arc;
use std::time::Duration;

use authn::account::Owner;
use authn::account::device::{Proof, admit, begun_in, subscribe as subscribed_at};
use authn::factor::push::{
    Answered, Answering, MAX_JWS, NotAnswered, PairingProof, PushMatter, PushRequest,
    answer as judge, subscription,
};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::port::Versioned;
use domain::{Attempts, Device, DeviceId, DeviceKind, PushRequestId, PushSubscription, User};
use http::{StatusCode, Uri};
use oauth::Decision;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::proof::Caller;
use crate::app::App;
use crate::door::pingid::used_up;
use crate::extract::{Visit, bounded};
use crate::limit::Purpose;

/// The longest body, in bytes.
const MAX_BODY: usize = 2 * MAX_JWS;

/// How long a request may be held until there is something to be decided, in seconds.
const MAX_WAIT: u64 = 25;

/// How often it is looked whether there is.
const PAUSE: Duration = Duration::from_secs(1);

/// `POST /authenticator/devices`: an app is paired.
pub(super) async fn pair(
    State(app): State<Arc<App>>,
    visit: Visit,
    body: Body,
) -> Result<Response, ApiError> {
    let admitted = app.admit(Purpose::SignOn, visit.peer);
    admitted.map_err(ApiError::Limited)?;
    let body = object(body).await?;
    let signed = body.get("proof").and_then(Value::as_str);
    let signed = signed.ok_or(ApiError::Body)?;
    let subscription = match body.get("subscription") {
        None | Some(Value::Null) => None,
        Some(told) => Some(subscription_of(told)?),
    };
    let proof = PairingProof::read(signed, &app.settings.issuer, app.now())?;
    let paired = paired(&app, &visit, &proof, subscription.as_ref()).await;
    if matches!(paired, Err(ApiError::PairingKey)) {
        app.note_failure(Purpose::SignOn, visit.peer);
    }
    let (device, user) = paired?;
    used_up(&app, &device).await?;
    let told = described(&app, &device, &user);
    Ok((StatusCode::CREATED, axum::Json(told)).into_response())
}

async fn paired(
    app: &App,
    visit: &Visit,
    proof: &PairingProof,
    subscription: Option<&PushSubscription>,
) -> Result<(Device, User), ApiError> {
    let id: DeviceId = proof.device().parse().map_err(|_| ApiError::PairingKey)?;
    let decide = || async {
        let begun = app.records.get::<Device>(&id).await?;
        let user = match &begun {
            Some(begun) => app.records.get::<User>(&begun.user).await?,
            None => None,
        };
        let Some(user) = user.filter(|user| user.enabled) else {
            return Ok(Decision::refuse(ApiError::PairingKey));
        };
        // Whoever was signed out since has nothing paired any more, however narrowly.
        let session = match begun.as_deref().and_then(begun_in) {
            None => None,
            Some(name) => match app.live_session(user.id, name).await? {
                None => return Ok(Decision::refuse(ApiError::PairingKey)),
                open => open,
            },
        };
        let wallet = app.wallet(user.id, visit.frame.locale.tag()).await?;
        let owner = Owner {
            user: &user,
            now: app.now(),
            random: app.random(),
            administrator: None,
            session: None,
        };
        let Decision {
            answer,
            mut changes,
        } = admit(
            owner,
            &wallet,
            id,
            Proof::Key {
                proof,
                subscription,
            },
        );
        if let Some(session) = &session {
            changes.check(session.handle, Some(session));
        }
        let answer = answer.map(|device| (device, user.record.clone()));
        let answer = answer.map_err(ApiError::from);
        Ok(Decision { answer, changes })
    };
    app.carry_out(decide, || ApiError::PairingKey).await?
}

/// `GET /authenticator/devices/{device}`: what there is to be known about oneself.
pub(super) async fn device(State(app): State<Arc<App>>, caller: Caller) -> Response {
    axum::Json(described(&app, &caller.device, &caller.user)).into_response()
}

/// `PUT /authenticator/devices/{device}/subscription`: where to be woken.
pub(super) async fn subscribe(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let told = Value::Object(object(body).await?);
    let subscription = subscription_of(&told)?;
    // Nobody is told what the server could not send.
    let knows = app
        .settings
        .policy
        .devices
        .push
        .application_server
        .is_some();
    change(&app, &caller, Some(subscription).filter(|_| knows)).await
}

/// `DELETE /authenticator/devices/{device}/subscription`: not to be woken any more.
pub(super) async fn unsubscribe(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    change(&app, &caller, None).await
}

async fn change(
    app: &App,
    caller: &Caller,
    subscription: Option<PushSubscription>,
) -> Result<StatusCode, ApiError> {
    let decide = || async {
        let Some(device) = app.records.get::<Device>(&caller.device.id).await? else {
            return Ok(Decision::refuse(ApiError::Unknown));
        };
        let Decision { answer, changes } = subscribed_at(&device, subscription.clone());
        let answer = answer.map_err(|_| ApiError::Unknown);
        Ok(Decision { answer, changes })
    };
    let changed = app.carry_out(decide, || ApiError::Unknown).await?;
    changed.map(|()| StatusCode::NO_CONTENT)
}

/// `GET /authenticator/devices/{device}/requests?wait=`: what there is to be decided; held for as many
/// seconds until there is something.
pub(super) async fn requests(
    State(app): State<Arc<App>>,
    uri: Uri,
    caller: Caller,
) -> Result<Response, ApiError> {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let wait = parameters.find(|(name, _)| name == "wait");
    let wait = wait.and_then(|(_, wait)| wait.parse::<u64>().ok());
    let mut left = wait.unwrap_or(0).min(MAX_WAIT);
    loop {
        let found = app
            .records
            .find::<PushRequest>(0, &caller.device.id)
            .await?;
        let open: Vec<Value> = found
            .iter()
            .filter(|request| request.is_open(app.now()))
            .map(told)
            .collect();
        if !open.is_empty() || left == 0 {
            return Ok(axum::Json(json!({ "requests": open })).into_response());
        }
        // Whoever asks is asked by any process that shares the store: so it is looked there.
        tokio::time::sleep(PAUSE).await;
        left -= 1;
    }
}

/// `POST /authenticator/devices/{device}/requests/{request}`: what was decided.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Path((_, request)): Path<(String, String)>,
    visit: Visit,
    caller: Caller,
    body: Body,
) -> Result<Response, ApiError> {
    let body = bounded(body, MAX_BODY).await.map_err(|_| ApiError::Body)?;
    let jws = std::str::from_utf8(&body).map_err(|_| ApiError::Body)?;
    let request: PushRequestId = request.parse().map_err(|_| NotAnswered::Over)?;
    let (device, user) = (&caller.device, &caller.user);
    let recovers = app.settings.policy.identity.recovery;
    let wording = recovers.then(|| app.own_wording(visit.frame.locale.tag()));
    let decide = || async {
        let device = app.records.get::<Device>(&device.id).await?;
        let request = app.records.get::<PushRequest>(&request).await?;
        let (Some(device), Some(request)) = (device, request) else {
            return Ok(Decision::refuse(NotAnswered::Over));
        };
        let key = authn::lockout::key(&user.username);
        let attempts = app.records.get::<Attempts>(&key).await?;
        let policy = &app.settings.policy;
        let asked = Answering {
            request: &request,
            device: &device,
            user,
            attempts: attempts.as_ref(),
            policy: (policy.lockout, &policy.devices.push),
            alert: wording.as_ref(),
        };
        Ok(judge(
            &asked,
            jws.trim(),
            &app.settings.issuer,
            app.now(),
            app.random(),
        ))
    };
    let answered = app.carry_out(decide, || NotAnswered::Over).await?;
    let decision = match answered? {
        Answered::Approved => "approve",
        Answered::Denied => "deny",
    };
    Ok(axum::Json(json!({ "decision": decision })).into_response())
}

/// What an app is told about itself.
fn described(app: &App, device: &Device, user: &User) -> Value {
    let notified = match &device.kind {
        DeviceKind::Authenticator(authenticator) => authenticator.subscription.is_some(),
        _ => false,
    };
    json!({
        "device": device.id.to_string(),
        "name": device.name,
        "issuer": app.settings.issuer,
        "environment": app.name(),
        "username": user.username,
        "display_name": user.display_name(),
        "notified": notified,
        "application_server_key": app.settings.policy.devices.push.application_server,
    })
}

/// What an app is told about what is to be decided. The number is not among it: only the page has it
/// that asks.
fn told(request: &Versioned<PushRequest>) -> Value {
    let shown = &request.shown;
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("id", request.id.to_string().into());
    tell("asked", request.asked.millis().into());
    tell("until", request.until.millis().into());
    tell("number_matching", request.wants_number().into());
    tell("circumstance", json!(request.circumstance));
    let mut text = json!({
        "method": shown.method(),
        "locale": shown.locale(),
        "text": shown.text(),
    });
    if let (Some(members), Some(title)) = (text.as_object_mut(), shown.title()) {
        members.insert("title".to_owned(), title.into());
    }
    tell("shown", text);
    let (kind, record) = match &request.matter {
        PushMatter::SignOn(record) => ("sign_on", json!(record)),
        PushMatter::Transaction(transaction) => ("transaction", json!(transaction)),
    };
    tell("type", kind.into());
    tell("record", record);
    tell("digest", request.matter.digest().to_string().into());
    Value::Object(told)
}

async fn object(body: Body) -> Result<Map<String, Value>, ApiError> {
    let body = bounded(body, MAX_BODY).await.map_err(|_| ApiError::Body)?;
    jose::json::parse_object(&body).map_err(|_| ApiError::Body)
}

/// A subscription in the form that browsers give it (Push API, `PushSubscription.toJSON`).
fn subscription_of(told: &Value) -> Result<PushSubscription, ApiError> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let keys = told.get("keys");
    let key = |name| text(keys.and_then(|keys| keys.get(name)));
    let endpoint = text(told.get("endpoint"));
    Ok(subscription(&endpoint, &key("p256dh"), &key("auth"))?)
}
