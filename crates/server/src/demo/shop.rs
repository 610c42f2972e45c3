//! The shop's web application.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::port::{Clock, Random};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use jose::digest::constant_time_eq;
use jose::jws::Unverified;
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::face::{self, Checkout};
use super::page::{self, Pages};
use super::relying_party::{Answer, Approval, RelyingParty, SignInError, SignedIn};
use super::session::{self, Sessions};
use crate::outbox::Inbox;

/// The shop.
pub(super) struct Shop {
    relying_party: RelyingParty,
    sessions: Sessions,
    pages: Pages,
    inbox: Arc<Inbox>,
    /// How payments are approved by face, if they can be.
    pub(super) checkout: Option<Checkout>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Everything that the shop serves.
pub(crate) fn router(
    (relying_party, checkout): (RelyingParty, Option<Checkout>),
    inbox: Arc<Inbox>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Router, minijinja::Error> {
    let shop = Arc::new(Shop {
        relying_party,
        sessions: Sessions::default(),
        pages: Pages::new()?,
        inbox,
        checkout,
        clock,
        random,
    });
    Ok(Router::new()
        .route("/", get(home))
        .route("/face", get(face::page))
        .route("/face/verify", post(face::verify))
        .route("/assets/recognize.js", get(face::sdk))
        .route(
            "/assets/demo-face.js",
            get(async || asset("text/javascript; charset=utf-8", page::FACE_SCRIPT)),
        )
        .route("/sign-in", get(sign_in))
        .route("/buy", get(buy))
        .route("/pay", get(pay))
        .route("/callback", get(callback))
        .route("/inbox", get(sent))
        .route("/account", get(account))
        .route("/refresh", post(refresh))
        .route("/userinfo", post(userinfo))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route(
            "/assets/demo-shop.css",
            get(async || asset("text/css; charset=utf-8", page::STYLE)),
        )
        .route(
            "/assets/demo-inbox.js",
            get(async || asset("text/javascript; charset=utf-8", page::INBOX_SCRIPT)),
        )
        .route(
            "/assets/demo-shop.svg",
            get(async || asset("image/svg+xml", page::MARK)),
        )
        .with_state(shop))
}

pub(super) fn asset(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, content).into_response()
}

impl Shop {
    fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Who is signed in, in this browser.
    pub(super) fn person(&self, headers: &HeaderMap) -> Option<(String, Arc<SignedIn>)> {
        let id = session::id(headers)?;
        let person = self.sessions.with(&id, |session| session.person.clone())?;
        Some((id, person?))
    }

    pub(super) fn show(&self, name: &str, status: StatusCode, shown: Value) -> Response {
        let issuer_name = self.relying_party.provider_name();
        let devices_url = self.relying_party.devices_url();
        let shown = context! { issuer_name, devices_url, ..shown };
        self.pages.render(name, status, shown)
    }

    fn failed(&self, failure: &SignInError) -> Response {
        let (error, description) = match failure {
            SignInError::Refused { error, description } => (Some(error), description.as_ref()),
            _ => (None, None),
        };
        let message = failure.to_string();
        let shown = context! { message, error, error_description => description };
        self.show("demo/error.html", StatusCode::BAD_REQUEST, shown)
    }
}

async fn home(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let person = shop.person(&headers);
    let user = person.map(|(_, person)| context! { name => page::name(&person.claims) });
    let has_face = shop.checkout.is_some();
    shop.show(
        "demo/home.html",
        StatusCode::OK,
        context! { user, has_face },
    )
}

/// Begins a sign-in: a new session, and off to the server.
async fn sign_in(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    leave(&shop, &headers, None)
}

/// Has the person approve the payment of a mug, at the server that knows them.
async fn buy(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let payment = json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": "28.00" },
        "creditorName": "Demo Shop",
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "remittanceInformationUnstructured": "The Morning Mug",
    }]);
    leave(&shop, &headers, Some(&Approval::Details(payment)))
}

/// Has the person approve a payment with one more factor that is bound to it, of which the shop gets a
/// receipt.
async fn pay(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let payment = json!({
        "name": "transaction",
        "variables": { "sum": "99.95", "currency": "EUR", "recipient": "Demo Shop" },
    });
    leave(&shop, &headers, Some(&Approval::Transaction(payment)))
}

fn leave(shop: &Shop, headers: &HeaderMap, approval: Option<&Approval>) -> Response {
    let begun = shop
        .relying_party
        .begin(approval, shop.now(), &*shop.random);
    let (url, attempt) = match begun {
        Ok(begun) => begun,
        Err(failure) => return shop.failed(&failure),
    };
    let known = session::id(headers);
    let id = shop.sessions.renew(known.as_deref(), &*shop.random);
    shop.sessions.remember_attempt(&id, attempt);
    let cookie = [(SET_COOKIE, session::cookie(&id))];
    (cookie, Redirect::to(url.as_str())).into_response()
}

/// Where the server sends people back to.
async fn callback(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let known = session::id(&headers);
    let answer = form::<Answer>(query.unwrap_or_default().as_bytes());
    let expected = known.as_ref().zip(answer).and_then(|(id, answer)| {
        let attempt = shop.sessions.take_attempt(id, answer.state())?;
        Some((attempt, answer))
    });
    let Some((attempt, answer)) = expected else {
        return shop.failed(&SignInError::Foreign("nothing is known of it here"));
    };
    match shop
        .relying_party
        .complete(attempt, answer, shop.now())
        .await
    {
        Ok(person) => {
            // The session before a sign-in must not become the one after it.
            let id = shop.sessions.renew(known.as_deref(), &*shop.random);
            shop.sessions
                .with(&id, |session| session.person = Some(Arc::new(person)));
            let cookie = [(SET_COOKIE, session::cookie(&id))];
            (cookie, Redirect::to("/account")).into_response()
        }
        Err(failure) => shop.failed(&failure),
    }
}

/// What the people of the demo were sent. Whoever can see it can see everybody's.
async fn sent(State(shop): State<Arc<Shop>>) -> Response {
    let arrived = shop.inbox.arrived();
    let messages: Vec<Value> = arrived.iter().map(page::message).collect();
    let shown = shop.show("demo/inbox.html", StatusCode::OK, context! { messages });
    ([(CACHE_CONTROL, "no-store")], shown).into_response()
}

async fn account(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let Some((id, person)) = shop.person(&headers) else {
        return Redirect::to("/").into_response();
    };
    let remembered = shop.sessions.with(&id, |session| {
        let userinfo = session.userinfo.as_ref().map(page::rows);
        let (notice, error) = (session.notice.take(), session.error.take());
        context! { csrf => session.csrf.clone(), userinfo, notice, error }
    });
    let tokens = &person.tokens;
    let shown = context! {
        user => context! { name => page::name(&person.claims) },
        token_type => &tokens.token_type,
        expires_in => tokens.expires_in,
        scope => &tokens.scope,
        details => tokens.authorization_details.as_ref().map(ToString::to_string),
        receipt => person.receipt.as_ref().map(page::receipt),
        receipt_raw => &tokens.approval_receipt,
        can_refresh => tokens.refresh_token.is_some(),
        id_token => context! {
            raw => &person.id_token,
            claims => page::rows(person.claims.as_map()),
        },
        access_token => context! {
            raw => &tokens.access_token,
            claims => looked_into(&tokens.access_token),
        },
        ..remembered.unwrap_or_default()
    };
    shop.show("demo/signed-in.html", StatusCode::OK, shown)
}

/// What an access token says, for curiosity's sake. An application must not look into it: it is
/// meant for the API, and may be a mere reference tomorrow.
fn looked_into(access_token: &str) -> Option<Vec<Value>> {
    let token = Unverified::parse(access_token, jose::DEFAULT_MAX_TOKEN_LEN).ok()?;
    let claims = token.unverified_claims().ok()?;
    Some(page::rows(claims.as_map()))
}

async fn refresh(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((id, person)) = asked_by_our_form(&shop, &headers, &body) else {
        return Redirect::to("/account").into_response();
    };
    let Some(refresh_token) = person.tokens.refresh_token.clone() else {
        return Redirect::to("/account").into_response();
    };
    let now = shop.now();
    let refreshed = shop.relying_party.refresh(&person, &refresh_token, now);
    let refreshed = refreshed.await;
    shop.sessions.with(&id, |session| match refreshed {
        Ok(person) => {
            session.person = Some(Arc::new(person));
            session.notice = Some("The tokens are new.".to_owned());
        }
        Err(failure) => session.error = Some(sentence(&failure)),
    });
    Redirect::to("/account").into_response()
}

async fn userinfo(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((id, person)) = asked_by_our_form(&shop, &headers, &body) else {
        return Redirect::to("/account").into_response();
    };
    let told = shop.relying_party.userinfo(&person).await;
    shop.sessions.with(&id, |session| match told {
        Ok(told) => session.userinfo = Some(told),
        Err(failure) => session.error = Some(sentence(&failure)),
    });
    Redirect::to("/account").into_response()
}

fn sentence(failure: &SignInError) -> String {
    match failure {
        SignInError::Refused {
            error,
            description: Some(description),
        } => format!("{error}: {description}"),
        SignInError::Refused { error, .. } => error.clone(),
        other => other.to_string(),
    }
}

/// Signs out here, then at the server.
async fn sign_out(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((id, person)) = asked_by_our_form(&shop, &headers, &body) else {
        return Redirect::to("/").into_response();
    };
    shop.sessions.end(&id);
    let url = shop.relying_party.sign_out_url(&person.id_token);
    Redirect::to(url.as_str()).into_response()
}

async fn signed_out(State(shop): State<Arc<Shop>>) -> Response {
    let notice = "You’re signed out, here and there.";
    shop.show("demo/home.html", StatusCode::OK, context! { notice })
}

/// What our forms carry.
#[derive(Deserialize)]
struct OurForm {
    csrf_token: String,
}

/// Who is signed in, if it was our own form that they sent.
fn asked_by_our_form(
    shop: &Shop,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<(String, Arc<SignedIn>)> {
    let (id, person) = shop.person(headers)?;
    let OurForm { csrf_token } = form(body)?;
    let csrf = shop.sessions.with(&id, |session| session.csrf.clone())?;
    constant_time_eq(csrf.as_bytes(), csrf_token.as_bytes()).then_some((id, person))
}

/// Form fields or query parameters as a value; nothing when a name comes twice.
pub(super) fn form<T: serde::de::DeserializeOwned>(text: &[u8]) -> Option<T> {
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(text) {
        // RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
        if fields
            .insert(name.into_owned(), value.into_owned().into())
            .is_some()
        {
            return None;
        }
    }
    serde_json::from_value(fields.into()).ok()
}
