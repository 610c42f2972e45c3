//! The yardstick: a bare axum handler that parses the same form and signs the same token, and does
//! nothing else. It knows no client, checks no secret, and keeps no record of anything.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::State;
use axum::routing::post;
use axum::{Form, Json, Router};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{Failure, random_text};

/// What a client sends.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, and nothing else")]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    scope: String,
}

/// The claims of the server's access tokens, in the same order.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
}

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    scope: String,
    token_type: &'static str,
    expires_in: u64,
}

struct Issuer {
    url: String,
    encoded_header: String,
    key: EcdsaKeyPair,
}

/// Serves on a free port, whose URL it prints as the server does, until it is killed.
pub fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        println!("  people and applications  {url}\n  data");
        let header = format!(
            r#"{{"typ":"at+jwt","alg":"ES256","kid":"{}"}}"#,
            random_text()
        );
        let issuer = Issuer {
            url,
            encoded_header: BASE64URL_NOPAD.encode(header.as_bytes()),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
        };
        let router = Router::new()
            .route("/as/token.oauth2", post(token))
            .with_state(Arc::new(issuer));
        Ok(axum::serve(listener, router).await?)
    })
}

async fn token(
    State(issuer): State<Arc<Issuer>>,
    Form(request): Form<TokenRequest>,
) -> Json<TokenResponse> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_secs();
    let claims = Claims {
        iss: &issuer.url,
        sub: &request.client_id,
        aud: &issuer.url,
        client_id: &request.client_id,
        scope: &request.scope,
        iat: now,
        exp: now + 7200,
        jti: random_text(),
    };
    Json(TokenResponse {
        access_token: issuer.sign(&claims),
        scope: request.scope,
        token_type: "Bearer",
        expires_in: 7200,
    })
}

impl Issuer {
    fn sign(&self, claims: &Claims<'_>) -> String {
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        let mut token = format!("{}.", self.encoded_header);
        BASE64URL_NOPAD.encode_append(&payload, &mut token);
        let signature = self.key.sign(&SystemRandom::new(), token.as_bytes());
        token.push('.');
        if let Ok(signature) = signature {
            BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut token);
        }
        token
    }
}
