//! A client of a server.

use std::time::SystemTime;

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};
use jose::digest::{hmac_sha1, sha256};
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use url::form_urlencoded;

use super::browser::form;

/// What a client was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` when it is empty.
    pub json: Value,
}

impl Reply {
    /// Whether it is the answer that was asked for.
    pub fn is_success(&self) -> bool {
        self.status == 200
    }

    /// A member of the body that is text; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.json
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether it is a refusal of what was granted (RFC 6749 §5.2).
    pub fn is_invalid_grant(&self) -> bool {
        self.status == 400 && self.text("error") == "invalid_grant"
    }

    /// Whether a token that was asked about is good.
    pub fn is_active(&self) -> bool {
        assert_eq!(self.status, 200, "{self:?}");
        let active = self.json.get("active").and_then(Value::as_bool);
        active.unwrap_or_else(|| panic!("{self:?}"))
    }
}

/// A client that authenticates with its secret.
#[derive(Clone)]
pub struct RelyingParty {
    /// Its connections.
    pub http: Client,
    /// The issuer, without a trailing slash.
    pub issuer: String,
    /// Its `client_id`.
    pub id: String,
    /// Its secret; none for a client that authenticates in another way.
    pub secret: Option<String>,
    /// Where people come back to it.
    pub redirect_uri: String,
    /// What it asks for.
    pub scope: String,
}

impl RelyingParty {
    /// The address to which it sends people, with further parameters.
    pub fn authorization(&self, verifier: &str, more: &[(&str, &str)]) -> String {
        let challenge = challenge(verifier);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.scope)
            .append_pair("state", "af0ifjsldkj")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        let query = query.finish();
        format!("{}/as/authorization.oauth2?{query}", self.issuer)
    }

    /// Exchanges a code.
    pub async fn redeem(&self, code: &str, verifier: &str) -> Result<Reply, reqwest::Error> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ];
        self.post("/as/token.oauth2", &fields).await
    }

    /// Renews tokens.
    pub async fn refresh(&self, token: &str) -> Result<Reply, reqwest::Error> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/as/token.oauth2", &fields).await
    }

    /// Asks about a token.
    pub async fn introspect(&self, token: &str) -> Result<Reply, reqwest::Error> {
        self.post("/as/introspect.oauth2", &[("token", token)])
            .await
    }

    /// Calls an endpoint with its credentials.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Reply, reqwest::Error> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.issuer))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(fields));
        if let Some(secret) = &self.secret {
            request = request.header(AUTHORIZATION, basic(&self.id, secret));
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Ok(Reply {
            status,
            headers,
            json,
        })
    }
}

/// RFC 6749 §2.3.1: identifier and password are encoded as in a form before they are joined.
pub(super) fn basic(id: &str, secret: &str) -> String {
    let encode =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let joined = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", BASE64.encode(joined.as_bytes()))
}

/// The challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&sha256(verifier.as_bytes()))
}

/// The time in seconds since 1970: the real server has the real time.
pub fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the real server has the real time"
    )]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

/// What an authenticator app with this secret shows now, or so many steps later (RFC 6238 §4).
pub fn one_time_code(secret: &str, steps: i64) -> String {
    let step = (now() / 30 + steps).to_be_bytes();
    let key = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let mac = hmac_sha1(&key, &step);
    let offset = usize::from(mac.last().unwrap() & 0xf);
    let word = mac.iter().skip(offset).take(4);
    let word = word.fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}
