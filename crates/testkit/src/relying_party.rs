//! Relying parties: they ask for authorization, redeem codes and verify what they get.

mod answer;
mod ask;
mod assertion;
mod request;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::port::Clock;
use domain::port::fixed::FixedClock;
use http::Method;
use jose::digest::left_half_hash;
use jose::jwk::JwkSet;
use jose::jws::{Algorithm, Policy, VerifyingKeys, verify_compact};
use jose::jwt::{self, ClaimsPolicy};
use oauth::discovery::Paths;
use serde_json::{Map, Value, json};

pub use self::answer::{Answer, Tokens};
pub use self::assertion::SignedAssertion;
pub use self::request::{AuthorizationRequest, Pkce};
use crate::certificate::ClientCertificate;
use crate::dpop::Dpop;
use crate::house::House;
use crate::http::{Http, Reply, Request};

/// A client of the server under test.
#[derive(Clone)]
pub struct RelyingParty {
    /// Its `client_id`.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<String>,
    /// The redirection URI that it uses.
    pub redirect_uri: String,
    /// The key with which it proves its requests, if it does (RFC 9449).
    pub dpop: Option<Dpop>,
    /// The certificate that it shows in TLS, if it does.
    certificate: Option<ClientCertificate>,
    url: String,
    /// Where the endpoints are, below the address.
    pub paths: &'static Paths,
    mutual_tls_url: String,
    issuer: String,
    http: Http,
    clock: Arc<FixedClock>,
}

/// A number for everything that must differ from one request to the next.
pub(crate) fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl RelyingParty {
    /// A client of `house`.
    pub fn new(house: &House, id: &str, secret: Option<String>, redirect_uri: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret,
            redirect_uri: redirect_uri.to_owned(),
            dpop: None,
            certificate: None,
            url: house.url.clone(),
            paths: &Paths::PINGFEDERATE,
            mutual_tls_url: house.mutual_tls_url.clone(),
            issuer: house.issuer.clone(),
            http: house.http.clone(),
            clock: Arc::clone(&house.clock),
        }
    }

    /// The same client, of the environment of its house with this issuer.
    #[must_use]
    pub(crate) fn in_environment(&self, issuer: &str) -> Self {
        Self {
            url: issuer.to_owned(),
            mutual_tls_url: issuer.replacen(&self.url, &self.mutual_tls_url, 1),
            issuer: issuer.to_owned(),
            paths: &Paths::PINGONE,
            ..self.clone()
        }
    }

    /// The same client, when it proves each request with this key.
    #[must_use]
    pub fn proving(&self, key: &Dpop) -> Self {
        Self {
            dpop: Some(key.clone()),
            ..self.clone()
        }
    }

    /// The same client, when it shows this certificate wherever it calls an endpoint.
    #[must_use]
    pub fn showing(&self, certificate: &ClientCertificate) -> Self {
        Self {
            certificate: Some(certificate.clone()),
            ..self.clone()
        }
    }

    /// The address of an endpoint, by its path below the issuer.
    pub fn at(&self, path: &str) -> String {
        match &self.certificate {
            Some(_) => format!("{}{path}", self.mutual_tls_url),
            None => format!("{}{path}", self.url),
        }
    }

    /// A request to an endpoint.
    fn request_to(&self, method: Method, path: &str) -> Request {
        let request = self.http.request(method, self.at(path));
        match &self.certificate {
            Some(certificate) => {
                let (name, value) = certificate.header();
                request.header(name, &value)
            }
            None => request,
        }
    }

    /// An authorization request for a code with everything that one should have: `openid`, state,
    /// nonce and PKCE.
    pub fn request(&self) -> AuthorizationRequest {
        let number = unique();
        let pkce = Pkce::new(number);
        let request = AuthorizationRequest {
            endpoint: format!("{}{}", self.url, self.paths.authorization),
            parameters: Vec::new(),
            pkce: pkce.clone(),
        };
        request
            .with("client_id", &self.id)
            .with("response_type", "code")
            .with("redirect_uri", &self.redirect_uri)
            .with("scope", "openid")
            .with("state", &format!("state-{number}"))
            .with("nonce", &format!("nonce-{number}"))
            .with("code_challenge", &pkce.challenge)
            .with("code_challenge_method", "S256")
    }

    /// Redeems the code of an answer, and verifies everything that comes back.
    pub async fn redeem(&self, request: &AuthorizationRequest, answer: &Answer) -> Tokens {
        let answer = self.opened(answer).await;
        let reply = self.exchange(request, answer.code()).await;
        let tokens = self.tokens(&reply.expect_status(200)).await;
        assert_eq!(
            tokens.id_claims.get("nonce").and_then(Value::as_str),
            request.value("nonce"),
            "OpenID Connect Core §3.1.3.7 item 11"
        );
        tokens
    }

    /// An answer that came as a signed token, verified as JARM §2.4 says; any other as it is.
    pub async fn opened(&self, answer: &Answer) -> Answer {
        let Some(response) = answer.value("response") else {
            return answer.clone();
        };
        let (keys, algorithms) = self.keys_for(response).await;
        let policy = Policy::new(&algorithms);
        let verified = verify_compact(response, &keys, &policy).expect("a verified response");
        let claims = verified.claims().expect("claims");
        assert_eq!(claims.issuer(), Ok(Some(self.issuer.as_str())));
        assert_eq!(claims.audiences(), Ok(vec![self.id.as_str()]));
        assert!(claims.expires_at().unwrap() > Some(self.clock.now().seconds()));
        let texts = claims.as_map().iter();
        let texts =
            texts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Answer {
            redirect_uri: answer.redirect_uri.clone(),
            parameters: texts.collect(),
        }
    }

    /// Sends a code to the token endpoint with what belongs to it.
    pub async fn exchange(&self, request: &AuthorizationRequest, code: &str) -> Reply {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code)];
        if let Some(uri) = request.value("redirect_uri") {
            form.push(("redirect_uri", uri));
        }
        if request.value("code_challenge").is_some() {
            form.push(("code_verifier", &request.pkce.verifier));
        }
        self.token(&form).await
    }

    /// Sends a refresh token to the token endpoint.
    pub async fn refresh(&self, refresh_token: &str) -> Reply {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.token(&form).await
    }

    /// A request to the token endpoint, authenticated as this client does.
    pub async fn token(&self, form: &[(&str, &str)]) -> Reply {
        self.call(self.paths.token, form).await
    }

    /// Asks what a token is good for.
    pub async fn introspect(&self, token: &str) -> Reply {
        self.call(self.paths.introspection, &[("token", token)])
            .await
    }

    /// Revokes a token.
    pub async fn revoke(&self, token: &str) -> Reply {
        self.call(self.paths.revocation, &[("token", token)]).await
    }

    /// Asks about the person of an access token.
    pub async fn userinfo(&self, access_token: &str) -> Reply {
        let url = self.at(self.paths.userinfo);
        let request = self.request_to(Method::GET, self.paths.userinfo);
        let Some(key) = &self.dpop else {
            return request.bearer(access_token).send().await;
        };
        let proof = key.proof("GET", &url).with_token(access_token);
        let request = request.header("dpop", &proof.signed());
        let authorization = format!("DPoP {access_token}");
        request.header("authorization", &authorization).send().await
    }

    /// A form to an endpoint, with HTTP Basic when there is a secret, else with `client_id`.
    pub async fn call(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        let proof = self.dpop.as_ref();
        let proof = proof.map(|key| key.proof("POST", &self.at(path)).signed());
        self.call_with(proof.as_deref(), path, form).await
    }

    /// The same with this `DPoP` header, or without one.
    pub async fn call_with(&self, proof: Option<&str>, path: &str, form: &[(&str, &str)]) -> Reply {
        let mut request = self.request_to(Method::POST, path);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let mut form = form.to_vec();
        if self.secret.is_none() {
            form.push(("client_id", &self.id));
        }
        self.credentials(request.form(&form)).send().await
    }

    fn credentials(&self, request: Request) -> Request {
        match &self.secret {
            // RFC 6749 §2.3.1: both are form-encoded before they go into the header.
            Some(secret) => request.basic(&encoded(&self.id), &encoded(secret)),
            None => request,
        }
    }

    /// Reads a token response and verifies its ID token, if there is one (OpenID Connect Core
    /// §3.1.3.7).
    pub async fn tokens(&self, reply: &Reply) -> Tokens {
        let body = reply.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let access_token = text("access_token").expect("an access token");
        let id_token = text("id_token");
        let id_claims = match &id_token {
            Some(token) => self.verified(token, &access_token).await,
            None => Map::new(),
        };
        Tokens {
            access_token,
            refresh_token: text("refresh_token"),
            id_token,
            scope: text("scope"),
            expires_in: body["expires_in"].as_i64().expect("expires_in"),
            id_claims,
        }
    }

    async fn verified(&self, token: &str, access_token: &str) -> Map<String, Value> {
        let (keys, algorithms) = self.keys_for(token).await;
        let (issuers, audiences) = ([self.issuer.as_str()], [self.id.as_str()]);
        let claims = ClaimsPolicy::new()
            .with_issuers(&issuers)
            .with_audiences(&audiences)
            .with_required(&["sub", "exp", "iat", "auth_time"]);
        let now = self.now().seconds();
        let verified = jwt::verify(token, &keys, &Policy::new(&algorithms), &claims, now);
        let verified = verified.expect("the ID token is one of the server's");
        let algorithm = Algorithm::from_name(verified.header().alg()).unwrap();
        // OpenID Connect Core §3.1.3.8.
        if let Some(hash) = verified.claims().get("at_hash") {
            assert_eq!(hash, &json!(left_half_hash(algorithm, access_token)));
        }
        verified.into_claims().into_map()
    }

    /// What verifies a token of the server's for this client: its secret, or the server's keys.
    async fn keys_for(&self, token: &str) -> (VerifyingKeys, Vec<Algorithm>) {
        let is_symmetric = is_symmetric(token);
        let all = Algorithm::ALL.iter().copied();
        let algorithms = all.filter(|it| it.is_symmetric() == is_symmetric);
        let keys = if is_symmetric {
            let secret = self.secret.as_deref().expect("a secret");
            VerifyingKeys::from(&jose::jwk::Jwk::from_secret(secret.as_bytes()))
        } else {
            VerifyingKeys::new(&self.jwks().await)
        };
        (keys, algorithms.collect())
    }

    async fn jwks(&self) -> JwkSet {
        let reply = self
            .http
            .get(format!("{}{}", self.url, self.paths.jwks))
            .await;
        JwkSet::parse(reply.text()).unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Whether a token was signed with the client's secret.
fn is_symmetric(token: &str) -> bool {
    let header = token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["alg"].as_str().unwrap().starts_with("HS")
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
