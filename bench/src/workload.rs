//! What the load does.

use std::rc::Rc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use crate::http::{Connection, Reply};
use crate::key::ClientKey;
use crate::person;
use crate::{Failure, random_text};

pub const TOKEN: &str = "/as/token.oauth2";
const AUTHORIZE: &str = "/as/authorization.oauth2";
const PUSH: &str = "/as/par.oauth2";
pub const REDIRECT_URI: &str = "https://shop.example/callback";

/// Something that a connection does again and again.
pub enum Operation {
    /// Sends a form to the token endpoint, always the same.
    Form(String),
    /// Authenticates with an assertion of its own for each request.
    Assertion(Rc<ClientKey>),
    /// Pushes a request, with an assertion, a request object and a DPoP proof of its own each time.
    Push(Rc<ClientKey>),
    /// Uses each refresh token to get the next.
    Refresh { secret: String, token: String },
    /// Asks for a code in a browser that is signed on, and redeems it.
    Code { secret: String, cookies: String },
    /// Signs on with a password in a new browser.
    SignOn { password: String },
}

impl Operation {
    /// Does it once; returns how long the server took.
    pub async fn perform(&mut self, connection: &mut Connection) -> Result<Duration, Failure> {
        match self {
            Self::Form(form) => {
                let began = Instant::now();
                connection.post(TOKEN, "", form).await?.expect(200)?;
                Ok(began.elapsed())
            }
            Self::Assertion(key) => {
                let form = format!(
                    "grant_type=client_credentials&scope=profile&{}",
                    key.authentication()?
                );
                let began = Instant::now();
                connection.post(TOKEN, "", &form).await?.expect(200)?;
                Ok(began.elapsed())
            }
            Self::Push(key) => {
                let request = key.request_object(REDIRECT_URI)?;
                let form = format!("request={request}&{}", key.authentication()?);
                let proof = format!("DPoP: {}\r\n", key.proof("POST", PUSH)?);
                let began = Instant::now();
                connection.post(PUSH, &proof, &form).await?.expect(201)?;
                Ok(began.elapsed())
            }
            Self::Refresh { secret, token } => {
                let began = Instant::now();
                *token = refresh(connection, secret, token).await?;
                Ok(began.elapsed())
            }
            Self::Code { secret, cookies } => {
                let request = AuthorizationRequest::new();
                let began = Instant::now();
                code(connection, &request, (secret, cookies)).await?;
                Ok(began.elapsed())
            }
            Self::SignOn { password } => {
                let began = Instant::now();
                person::sign_on(connection, &AuthorizationRequest::new().path, password).await?;
                Ok(began.elapsed())
            }
        }
    }
}

/// A request for a code.
pub struct AuthorizationRequest {
    pub path: String,
    verifier: String,
}

impl AuthorizationRequest {
    pub fn new() -> Self {
        let (verifier, state) = (format!("{}{}", random_text(), random_text()), random_text());
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
        let path = format!(
            "{AUTHORIZE}?response_type=code&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback\
             &scope=openid+profile+email&state={state}&code_challenge={challenge}&code_challenge_method=S256"
        );
        Self { path, verifier }
    }
}

/// The refresh token of a browser that is signed on.
pub async fn first_refresh_token(
    connection: &mut Connection,
    secret: &str,
    cookies: &str,
) -> Result<String, Failure> {
    let request = AuthorizationRequest::new();
    refresh_token(&code(connection, &request, (secret, cookies)).await?)
}

/// Two requests: a code, then tokens.
async fn code(
    connection: &mut Connection,
    request: &AuthorizationRequest,
    (secret, cookies): (&str, &str),
) -> Result<Reply, Failure> {
    let headers = format!("Cookie: {cookies}\r\nAccept: text/html\r\n");
    let answer = connection.get(&request.path, &headers).await?.expect(303)?;
    let location = answer.header("location").unwrap_or_default();
    let code = location
        .split(['?', '&'])
        .find_map(|it| it.strip_prefix("code="));
    let code = code.ok_or_else(|| format!("there is no code in {location}"))?;
    let verifier = &request.verifier;
    let form = format!(
        "grant_type=authorization_code&code={code}&code_verifier={verifier}\
         &redirect_uri=https%3A%2F%2Fshop.example%2Fcallback&client_id=shop&client_secret={secret}"
    );
    connection.post(TOKEN, "", &form).await?.expect(200)
}

async fn refresh(
    connection: &mut Connection,
    secret: &str,
    token: &str,
) -> Result<String, Failure> {
    let form = format!(
        "grant_type=refresh_token&refresh_token={token}&client_id=shop&client_secret={secret}"
    );
    refresh_token(&connection.post(TOKEN, "", &form).await?.expect(200)?)
}

fn refresh_token(reply: &Reply) -> Result<String, Failure> {
    let body: Value = serde_json::from_str(&reply.body)?;
    let token = body["refresh_token"].as_str().map(str::to_owned);
    token.ok_or_else(|| "there is no refresh token".into())
}
