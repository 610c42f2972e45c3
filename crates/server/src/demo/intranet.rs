//! The demo's intranet: an application that was written for PingID, and signs people on with PPM.
//!
//! It has passwords of its own. For the second factor it signs a request with the key of its
//! `pingid.properties`, has the browser post it, and checks the answer that the browser posts back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use authn::pingid::ppm::MAX_LENGTH;
use authn::pingid::{sign, verify};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::port::{Clock, Random};
use domain::{Organization, Secret, Timestamp};
use http::StatusCode;
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::{Map, json};
use url::form_urlencoded;

use super::page::{self, Pages};
use super::relying_party::unguessable;

/// Where it begins.
const HOME: &str = "/intranet";
/// Where passwords are posted.
const SIGN_ON: &str = "/intranet/sign-on";
/// Where answers are posted.
const CALLBACK: &str = "/intranet/callback";
/// How long a request is good, in seconds.
const LIFETIME: i64 = 600;
/// Requests that are remembered at the same time.
const CAPACITY: usize = 1_000;

/// What the intranet was set up with: what is in its `pingid.properties`.
pub(crate) struct Setup {
    /// The organisation as it knows it.
    pub(crate) organization: Organization,
    /// `authenticator_url`
    pub(crate) authenticator_url: String,
    /// Its own address.
    pub(crate) url: String,
    /// Whom it knows, and with which password.
    pub(crate) people: Vec<(String, Secret)>,
}

struct Intranet {
    setup: Setup,
    pages: Pages,
    /// Who is on their way, by the `nonce` of their request.
    leaving: Mutex<BTreeMap<String, String>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Everything that the intranet serves.
pub(crate) fn router(
    setup: Setup,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Router, minijinja::Error> {
    let intranet = Arc::new(Intranet {
        setup,
        pages: Pages::new()?,
        leaving: Mutex::default(),
        clock,
        random,
    });
    Ok(Router::new()
        .route(HOME, get(home))
        .route(SIGN_ON, post(sign_on))
        .route(CALLBACK, post(callback))
        .route(
            "/assets/demo-intranet.js",
            get(async || super::shop::asset("text/javascript; charset=utf-8", page::PPM_SCRIPT)),
        )
        .with_state(intranet))
}

async fn home(State(intranet): State<Arc<Intranet>>) -> Response {
    intranet.show(StatusCode::OK, context! {})
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

/// The first factor is the intranet's own; then the person is sent on.
async fn sign_on(State(intranet): State<Arc<Intranet>>, body: Bytes) -> Response {
    let given: Option<Credentials> = super::shop::form(&body);
    let known = given.filter(|given| {
        let mut people = intranet.setup.people.iter();
        people.any(|(name, password)| {
            *name == given.username.trim() && password.matches(&given.password)
        })
    });
    match known {
        Some(given) => intranet.leave(given.username.trim()),
        None => intranet.failed("The intranet does not know this name and this password."),
    }
}

/// Where the answer comes back to.
async fn callback(State(intranet): State<Arc<Intranet>>, body: Bytes) -> Response {
    let mut fields = form_urlencoded::parse(&body);
    let answer = fields.find(|(name, _)| name == "ppm_response");
    let Some((_, answer)) = answer else {
        return intranet.failed("There is no answer in it.");
    };
    match intranet.checked(&answer, intranet.clock.now()) {
        Ok((person, answer)) => {
            let shown = context! { person => person, rows => page::rows(&answer) };
            intranet.show(StatusCode::OK, shown)
        }
        Err(problem) => intranet.failed(&problem),
    }
}

impl Intranet {
    /// Signs a request, and has the browser post it.
    fn leave(&self, username: &str) -> Response {
        let (setup, now) = (&self.setup, self.clock.now().seconds());
        let nonce = unguessable(&*self.random);
        let request = json!({
            "iss": "Intranet",
            "sub": username,
            "aud": "pingidauthenticator",
            "nonce": nonce,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": unguessable(&*self.random),
            "idpAccountId": setup.organization.alias,
            "returnUrl": format!("{}{CALLBACK}", setup.url),
            "dst": format!("{}/auth/", setup.authenticator_url),
            "attributes": [
                { "name": "isUserAuthenticated", "value": "true" },
                { "name": "appName", "value": "Intranet (PPM)" },
                { "name": "saasid", "value": "intranet" },
            ],
        });
        let key = setup.organization.newest();
        let signed = key.and_then(|key| sign(&setup.organization, key, &request).ok());
        let Some(signed) = signed else {
            return self.failed("The intranet’s key does not sign.");
        };
        self.remember(nonce, username);
        let field = |name: &str, value: &str| context! { name => name, value => value };
        let fields = [
            field("idp_account_id", &setup.organization.alias),
            field("iss", "Intranet"),
            field("ppm_request", &signed),
        ];
        let url = format!("{}/auth/", setup.authenticator_url);
        let leaving = context! { url => url, fields => fields };
        self.show(StatusCode::OK, context! { leaving => leaving })
    }

    /// Who has come back, with the whole answer, if it is good: signed by the key, for the intranet, in
    /// time, a success, and to a request of the intranet's own that nobody has answered yet.
    fn checked(
        &self,
        answer: &str,
        now: Timestamp,
    ) -> Result<(String, Map<String, serde_json::Value>), String> {
        let verified = verify(&self.setup.organization, answer, MAX_LENGTH, now);
        let verified = verified.map_err(|error| format!("The answer is not good: {error}."))?;
        let members = verified.payload();
        let text = |name: &str| members.get(name).and_then(|it| it.as_str());
        let expires = members.get("exp").and_then(serde_json::Value::as_i64);
        if text("aud") != Some("Intranet") || expires.is_none_or(|it| now.seconds() >= it) {
            return Err("The answer is another’s, or too old.".to_owned());
        }
        let asked = text("nonce").and_then(|nonce| self.take(nonce));
        let asked = asked.ok_or("The intranet has not asked for this answer.")?;
        if text("status") != Some("success") {
            let message = text("message").unwrap_or("The operation was canceled");
            let code = text("errorCode").unwrap_or("no code");
            return Err(format!("You are not signed on: {message} ({code})."));
        }
        match text("sub") == Some(asked.as_str()) {
            true => Ok((asked, members.clone())),
            false => Err("The answer is about somebody else.".to_owned()),
        }
    }

    fn remember(&self, nonce: String, username: &str) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        if leaving.len() >= CAPACITY {
            leaving.clear();
        }
        leaving.insert(nonce, username.to_owned());
    }

    fn take(&self, nonce: &str) -> Option<String> {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.remove(nonce)
    }

    fn failed(&self, error: &str) -> Response {
        self.show(StatusCode::BAD_REQUEST, context! { error => error })
    }

    fn show(&self, status: StatusCode, shown: Value) -> Response {
        self.pages.render("demo/intranet.html", status, shown)
    }
}
