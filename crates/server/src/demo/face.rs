//! Payments that people approve by their face: the web SDK of Recognize in a page of the shop, and the shop's
//! backend, which believes nothing that the page says but what the server has signed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Secret;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use minijinja::context;
use serde_json::{Value, json};

use super::shop::Shop;

/// What is paid, as the shop has it: never as a page says it.
const PAYMENT: &str = r#"[{"Amount":"28.00 EUR"},{"Payee":"Demo Shop"},{"For":"The Morning Mug"}]"#;

/// What the shop was set up with as a customer of Recognize.
pub(crate) struct Checkout {
    /// Its name there.
    pub(crate) customer: String,
    /// The key of its backend.
    pub(crate) key: Secret,
    /// The address of the server.
    pub(crate) issuer: String,
    /// The web SDK.
    pub(crate) sdk: Vec<u8>,
    pub(crate) http: reqwest::Client,
}

impl Checkout {
    /// Whether this person has approved what the shop wants to be paid; the reason if they have not.
    async fn verify(&self, jwt: &str, username: &str) -> reqwest::Result<Value> {
        let expected = json!({"jwt": jwt, "transactionData": PAYMENT, "username": username});
        let request = self.http.post(format!("{}/v2/verify-jwt", self.issuer));
        let request = request.header("X-Api-Key", self.key.expose());
        let request = request.header(CONTENT_TYPE, "application/json");
        let answer = request.body(expected.to_string()).send().await?;
        let told = answer.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&told).unwrap_or_default())
    }
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let (Some(checkout), Some(username)) = (&shop.checkout, username(&shop, &headers)) else {
        return Redirect::to("/").into_response();
    };
    let shown = context! {
        username,
        customer => &checkout.customer,
        issuer => &checkout.issuer,
        payment => PAYMENT,
    };
    let page = shop.show("demo/face.html", StatusCode::OK, shown);
    ([(CACHE_CONTROL, "no-store")], page).into_response()
}

/// What the page has received: the JWT, of which only the server knows what it is worth.
pub(super) async fn verify(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (Some(checkout), Some(username)) = (&shop.checkout, username(&shop, &headers)) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let jwt = String::from_utf8_lossy(&body);
    match checkout.verify(&jwt, &username).await {
        Ok(told) => {
            let paid = told.get("valid") == Some(&json!(true));
            let answer = json!({"paid": paid, "reason": told.get("reason")});
            ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the demo shop cannot have a JWT verified");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// The web SDK, as it is published.
pub(super) async fn sdk(State(shop): State<Arc<Shop>>) -> Response {
    let Some(checkout) = &shop.checkout else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, checkout.sdk.clone()).into_response()
}

/// The name by which Recognize knows who is signed in: their `sub`, which never changes.
fn username(shop: &Shop, headers: &HeaderMap) -> Option<String> {
    let (_, person) = shop.person(headers)?;
    let sub = person.claims.get("sub")?.as_str()?;
    Some(sub.to_owned())
}
