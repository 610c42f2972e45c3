//! `/certificates/ca/import` and `/certificates/ca/{id}/file`: certificates come and go as files.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use oauth::client_auth::certificates_in;
use serde_json::Value;

use super::api_result::AdminError;
use super::body::Given;
use super::configuration::missing;
use super::handler::{Shared, Who, create};
use super::openapi::{Described, Gives, Operation};
use super::resource::certificate::TRUSTED_ISSUERS;
use crate::app::App;
use crate::extract::Named;

const IMPORT: &str = "/certificates/ca/import";
const FILE: &str = "/certificates/ca/{id}/file";

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(IMPORT, post(import))
        .route(FILE, get(file))
}

/// What tools are told of them.
pub(super) fn described() -> [Described; 2] {
    let object = TRUSTED_ISSUERS.object;
    let import = Operation {
        method: "post",
        about: "Trusts an issuer of certificates.".to_owned(),
        takes: Some(object),
        gives: Gives::Made(object),
        refuses: &[400, 422],
    };
    let file = Operation {
        method: "get",
        about: "The certificate of a trusted issuer, in PEM.".to_owned(),
        takes: None,
        gives: Gives::File("application/x-pem-file"),
        refuses: &[404],
    };
    [
        Described {
            path: IMPORT.to_owned(),
            operations: vec![import],
        },
        Described {
            path: FILE.to_owned(),
            operations: vec![file],
        },
    ]
}

/// `POST /certificates/ca/import`
async fn import(
    State(app): Shared,
    Extension(who): Who,
    Given(given): Given,
) -> Result<Response, AdminError> {
    let created = create(&app, &TRUSTED_ISSUERS, &who.actor(), &given).await?;
    Ok((StatusCode::CREATED, created).into_response())
}

/// `GET /certificates/ca/{id}/file`
async fn file(State(app): Shared, Named(id): Named) -> Result<Response, AdminError> {
    let found = app.configuration().load(&TRUSTED_ISSUERS, &id).await?;
    let found = found.ok_or_else(|| missing(&TRUSTED_ISSUERS, &id))?;
    let data = found.document.get("fileData").and_then(Value::as_str);
    let certificates = certificates_in(data.unwrap_or_default()).unwrap_or_default();
    let text: String = certificates.iter().map(|der| pem(der)).collect();
    Ok(([(CONTENT_TYPE, "application/x-pem-file")], text).into_response())
}

/// A certificate in PEM (RFC 7468 §5.1).
fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let encoded = data_encoding::BASE64.encode(der);
    let mut rest = encoded.as_str();
    // RFC 7468 §2: "Generators MUST wrap the base64-encoded lines so that each line consists of
    // exactly 64 characters except for the final line".
    while let Some((line, others)) = rest.split_at_checked(64.min(rest.len())) {
        if line.is_empty() {
            break;
        }
        text.push_str(line);
        text.push('\n');
        rest = others;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
