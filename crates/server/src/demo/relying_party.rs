//! A relying party of OpenID Connect: the authorization code flow with PKCE, and what comes after.
//!
//! The order of the steps is the order of this file: [`RelyingParty::discover`] once,
//! [`RelyingParty::begin`] when someone wants to sign in, [`RelyingParty::complete`] when they
//! come back, then [`RelyingParty::refresh`], [`RelyingParty::userinfo`] and
//! [`RelyingParty::sign_out_url`] as often as they are needed.

mod id_token;
mod request;

use authn::approval::receipt::{self, Receipt};
use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::port::Random;
use jose::digest::constant_time_eq;
use jose::jwk::JwkSet;
use jose::jws::{SigningKey, VerifyingKeys};
use jose::jwt::Claims;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use url::Url;

use id_token::Expected;

/// How a shop is known to the server, as `countersign client add` printed it.
pub(crate) struct Registration {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uri: String,
    pub(crate) post_logout_redirect_uri: String,
    /// With what it signs requests; the server knows the public half.
    pub(crate) key: SigningKey,
}

/// What somebody is to approve before the server sends them back.
pub(crate) enum Approval {
    /// This in detail, as a part of what they allow (RFC 9396 §2).
    Details(Value),
    /// This transaction, of which there will be a receipt (docs/approval.md): a template of the
    /// server's, and what to put into it.
    Transaction(Value),
}

/// A relying party that knows its server.
pub(crate) struct RelyingParty {
    http: reqwest::Client,
    provider: Provider,
    registration: Registration,
}

/// What the server says of itself (OpenID Connect Discovery §3).
#[derive(Deserialize)]
struct Provider {
    issuer: String,
    #[serde(deserialize_with = "url")]
    authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    token_endpoint: Url,
    #[serde(deserialize_with = "url")]
    userinfo_endpoint: Url,
    #[serde(deserialize_with = "url")]
    jwks_uri: Url,
    #[serde(deserialize_with = "url")]
    end_session_endpoint: Url,
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

/// Why someone could not be signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The server said no (RFC 6749 §4.1.2.1, §5.2).
    #[error("The server said no.")]
    Refused {
        error: String,
        description: Option<String>,
    },
    /// The answer is not to a question of ours, or not from our server.
    #[error("The answer does not belong to a sign-in that was begun in this browser: {0}.")]
    Foreign(&'static str),
    /// The ID token proves nothing.
    #[error("The ID token is not acceptable: {0}.")]
    IdToken(String),
    /// The server cannot be reached.
    #[error("The server cannot be reached: {0}.")]
    Unreachable(#[from] reqwest::Error),
    /// The server does not answer as it should.
    #[error("The server’s answer cannot be understood.")]
    Malformed,
}

/// What is remembered between leaving for the server and coming back. It stays with us, bound to
/// the browser; the browser itself never sees it.
pub(crate) struct Attempt {
    state: String,
    nonce: String,
    code_verifier: String,
}

impl Attempt {
    /// Whether an answer with this state is to this attempt.
    pub(crate) fn is_of(&self, state: &str) -> bool {
        constant_time_eq(state.as_bytes(), self.state.as_bytes())
    }
}

/// What the server appends to our redirect URI (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
pub(crate) struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Answer {
    /// The state that it brings back; empty when it brings none.
    pub(crate) fn state(&self) -> &str {
        self.state.as_deref().unwrap_or_default()
    }
}

/// What the token endpoint answers with (RFC 6749 §5.1).
#[derive(Clone, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) token_type: String,
    pub(crate) expires_in: u64,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) scope: Option<String>,
    /// What was granted in detail (RFC 9396 §7).
    pub(crate) authorization_details: Option<Value>,
    /// The receipt of what was approved.
    pub(crate) approval_receipt: Option<String>,
}

/// Someone who is signed in.
pub(crate) struct SignedIn {
    pub(crate) tokens: Tokens,
    /// The ID token as it came: the hint for signing out.
    pub(crate) id_token: String,
    /// Its claims, verified.
    pub(crate) claims: Claims,
    /// The receipt of what they have approved, verified.
    pub(crate) receipt: Option<Receipt>,
}

/// An error of the token endpoint (RFC 6749 §5.2).
#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
    error_description: Option<String>,
}

impl RelyingParty {
    /// Learns the server's endpoints from its issuer (OpenID Connect Discovery §4).
    pub(crate) async fn discover(
        http: reqwest::Client,
        issuer: &str,
        registration: Registration,
    ) -> Result<Self, SignInError> {
        let address = format!("{issuer}/.well-known/openid-configuration");
        let answer = http.get(address).send().await?.error_for_status()?;
        let provider: Provider = understood(&answer.bytes().await?)?;
        // OpenID Connect Discovery §4.3: "The issuer value returned MUST be identical to the Issuer
        // URL that was used as the prefix to /.well-known/openid-configuration"
        if provider.issuer != issuer {
            return Err(SignInError::Foreign("the server has another issuer"));
        }
        Ok(Self {
            http,
            provider,
            registration,
        })
    }

    /// Checks the answer, exchanges the code, and verifies who signed in. An attempt is used up by
    /// this, whatever comes of it.
    pub(crate) async fn complete(
        &self,
        attempt: Attempt,
        answer: Answer,
        now: i64,
    ) -> Result<SignedIn, SignInError> {
        let code = self.check(&attempt, answer)?;
        let tokens = self
            .token(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", &self.registration.redirect_uri),
                ("code_verifier", &attempt.code_verifier),
            ])
            .await?;
        let missing = || SignInError::IdToken("there is none".to_owned());
        let id_token = tokens.id_token.clone().ok_or_else(missing)?;
        let expected = Expected {
            issuer: &self.provider.issuer,
            client_id: &self.registration.client_id,
            nonce: Some(&attempt.nonce),
            access_token: Some(&tokens.access_token),
        };
        let keys = self.keys().await?;
        let claims = expected.verify(&id_token, &keys, now)?;
        let receipt = self.receipt(&tokens, &keys, now)?;
        Ok(SignedIn {
            tokens,
            id_token,
            claims,
            receipt,
        })
    }

    /// The receipt that came with tokens, verified: whoever keeps it can show later what was approved,
    /// by whom and with what.
    fn receipt(
        &self,
        tokens: &Tokens,
        keys: &JwkSet,
        now: i64,
    ) -> Result<Option<Receipt>, SignInError> {
        let expected = receipt::Expected {
            issuer: Some(&self.provider.issuer),
            audience: Some(&self.registration.client_id),
            digest: None,
            now: Some(Timestamp::from_seconds(now)),
        };
        let verify = |token: &String| Receipt::verify(token, &VerifyingKeys::new(keys), &expected);
        let receipt = tokens.approval_receipt.as_ref().map(verify).transpose();
        receipt.map_err(|_| SignInError::Foreign("the receipt is not good"))
    }

    /// The code of an answer that is to our question and from our server.
    fn check(&self, attempt: &Attempt, answer: Answer) -> Result<String, SignInError> {
        // RFC 6749 §10.12: the state is "a binding value that enables the client to validate the
        // validity of the request"
        if !attempt.is_of(answer.state()) {
            return Err(SignInError::Foreign("the state is another one"));
        }
        // RFC 9207 §2.4: "If the value does not match the expected issuer identifier, clients MUST
        // reject the authorization response"
        if answer.iss.as_deref() != Some(&*self.provider.issuer) {
            return Err(SignInError::Foreign("the issuer is another one"));
        }
        if let Some(error) = answer.error {
            let description = answer.error_description;
            return Err(SignInError::Refused { error, description });
        }
        answer
            .code
            .ok_or(SignInError::Foreign("there is no code in it"))
    }

    /// New tokens for a refresh token (RFC 6749 §6). A new ID token must be about the same person.
    pub(crate) async fn refresh(
        &self,
        before: &SignedIn,
        refresh_token: &str,
        now: i64,
    ) -> Result<SignedIn, SignInError> {
        let mut tokens = self
            .token(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ])
            .await?;
        // RFC 6749 §6: a refresh token stays good unless a new one takes its place.
        if tokens.refresh_token.is_none() {
            tokens.refresh_token = Some(refresh_token.to_owned());
        }
        let Some(id_token) = tokens.id_token.clone() else {
            return Ok(SignedIn {
                tokens,
                id_token: before.id_token.clone(),
                claims: before.claims.clone(),
                receipt: before.receipt.clone(),
            });
        };
        let expected = Expected {
            issuer: &self.provider.issuer,
            client_id: &self.registration.client_id,
            nonce: None,
            access_token: Some(&tokens.access_token),
        };
        let claims = expected.verify(&id_token, &self.keys().await?, now)?;
        // OpenID Connect Core §12.2: "its sub Claim Value MUST be the same as in the ID Token
        // issued when the original authentication occurred"
        if claims.get("sub") != before.claims.get("sub") {
            let sentence = "it is about someone else";
            return Err(SignInError::IdToken(sentence.to_owned()));
        }
        Ok(SignedIn {
            tokens,
            id_token,
            claims,
            receipt: before.receipt.clone(),
        })
    }

    /// What the server tells about the person (OpenID Connect Core §5.3).
    pub(crate) async fn userinfo(
        &self,
        person: &SignedIn,
    ) -> Result<Map<String, Value>, SignInError> {
        let request = self.http.get(self.provider.userinfo_endpoint.clone());
        let answer = request.bearer_auth(&person.tokens.access_token).send();
        let answer = answer.await?.error_for_status()?;
        let told: Map<String, Value> = understood(&answer.bytes().await?)?;
        // OpenID Connect Core §5.3.2: "The sub Claim in the UserInfo Response MUST be verified to
        // exactly match the sub Claim in the ID Token"
        if told.get("sub") != person.claims.get("sub") {
            return Err(SignInError::Foreign("userinfo is about someone else"));
        }
        Ok(told)
    }

    /// Where to send the browser to sign out at the server too (OpenID Connect RP-Initiated Logout
    /// §2).
    pub(crate) fn sign_out_url(&self, id_token: &str) -> Url {
        let mut url = self.provider.end_session_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair(
                "post_logout_redirect_uri",
                &self.registration.post_logout_redirect_uri,
            );
        url
    }

    /// Where people add passkeys and other devices.
    pub(crate) fn devices_url(&self) -> String {
        format!("{}/account/devices", self.provider.issuer)
    }

    /// The name to show for the server: where people will find themselves.
    pub(crate) fn provider_name(&self) -> &str {
        let issuer = &self.provider.issuer;
        issuer.split_once("://").map_or(issuer, |(_, host)| host)
    }

    /// Asks the token endpoint; we authenticate with our secret (RFC 6749 §2.3.1).
    async fn token(&self, form: &[(&str, &str)]) -> Result<Tokens, SignInError> {
        let registration = &self.registration;
        // RFC 6749 §2.3.1: the identifier and the secret are form-encoded before they are joined.
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let client_id = encoded(&registration.client_id);
        let client_secret = encoded(&registration.client_secret);
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self.http.post(self.provider.token_endpoint.clone());
        let answer = request
            .basic_auth(client_id, Some(client_secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await?;
        if answer.status().is_client_error() {
            let refusal: TokenRefusal = understood(&answer.bytes().await?)?;
            return Err(SignInError::Refused {
                error: refusal.error,
                description: refusal.error_description,
            });
        }
        understood(&answer.error_for_status()?.bytes().await?)
    }

    /// The server's keys. A busy site would keep them, and fetch them again when a token names a
    /// key that it does not know.
    async fn keys(&self) -> Result<JwkSet, SignInError> {
        let answer = self.http.get(self.provider.jwks_uri.clone()).send();
        let text = answer.await?.error_for_status()?.bytes().await?;
        JwkSet::parse(&text).map_err(|error| SignInError::IdToken(error.to_string()))
    }
}

fn understood<T: serde::de::DeserializeOwned>(answer: &[u8]) -> Result<T, SignInError> {
    serde_json::from_slice(answer).map_err(|_| SignInError::Malformed)
}

/// 256 random bits as text: more than anyone can guess.
pub(super) fn unguessable(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}
