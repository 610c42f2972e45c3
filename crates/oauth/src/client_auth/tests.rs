mod assertion;
mod connection;
mod secret;

use data_encoding::BASE64;
use domain::{ClientAuthentication, JwksSettings};
use jose::Header;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Parameters;
use crate::discovery::Paths;
use crate::fixture::{ISSUER, NOW, SECRET, TOKEN_ENDPOINT, client, deeds, public_client};

const PATHS: Paths = Paths::PINGFEDERATE;

fn facts<'a>(keys: Option<&'a ClientKeys>, issuers: &'a TrustedIssuers) -> Facts<'a> {
    Facts {
        issuer: ISSUER,
        endpoint: PATHS.introspection,
        token_endpoint: PATHS.token,
        other_urls: &["https://mtls.example:9032"],
        issuer_is_client: true,
        keys,
        issuers,
    }
}

/// The keys that are loaded for a client.
fn keys_of(client: &Client) -> Option<ClientKeys> {
    let set = client.keys.as_ref().and_then(JwksSettings::inline)?;
    ClientKeys::parse(set).ok()
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn basic(id: &str, secret: &str) -> String {
    format!(
        "Basic {}",
        BASE64.encode(format!("{id}:{secret}").as_bytes())
    )
}

fn credentials<'a>(authorization: Option<&'a str>, parameters: &'a Parameters) -> Credentials<'a> {
    Credentials {
        authorization,
        parameters,
        id_in_query: None,
        certificates: None,
    }
}

fn outcome(
    authorization: Option<&str>,
    parameters: &[(&str, &str)],
    client: Option<&Client>,
) -> Result<Changes, ClientAuthError> {
    let parameters: Parameters = parameters.iter().copied().collect();
    let presented = identify(&credentials(authorization, &parameters))?;
    let keys = client.and_then(keys_of);
    let issuers = TrustedIssuers::default();
    let decision = authenticate(&presented, client, &facts(keys.as_ref(), &issuers), NOW);
    decision.answer.map(|_| decision.changes)
}

fn cause(
    authorization: Option<&str>,
    parameters: &[(&str, &str)],
    client: Option<&Client>,
) -> Option<ClientAuthCause> {
    let refused = outcome(authorization, parameters, client).err()?;
    assert_eq!(refused.in_header, authorization.is_some());
    Some(refused.cause)
}

#[test]
fn rfc6749_2_3_1_accepts_a_secret_in_the_header_or_in_the_body() {
    let client = client();
    let mut with_odd_id = client.clone();
    with_odd_id.id = ClientId::new("https://shop:1/ü");
    with_odd_id.authentication.secret = Some(Secret::new("a+b:c%d e"));
    let body = [("client_id", "shop"), ("client_secret", SECRET)];
    assert_eq!(cause(None, &body, Some(&client)), None);
    // "The client identifier is encoded using the "application/x-www-form-urlencoded" encoding".
    let encoded = SECRET.replace(' ', "+").replace(':', "%3A");
    let header = basic("shop", &encoded);
    assert_eq!(cause(Some(&header), &[], Some(&client)), None);
    assert_eq!(
        cause(Some(&header), &[("client_id", "shop")], Some(&client)),
        None
    );
    let header = basic("https%3A%2F%2Fshop%3A1%2F%C3%BC", "a%2Bb%3Ac%25d+e");
    assert_eq!(cause(Some(&header), &[], Some(&with_odd_id)), None);
}

/// An `Authorization` header and parameters.
type Case<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)]);

#[test]
fn rfc6749_2_3_refuses_more_than_one_method() {
    let header = basic("shop", "x");
    let several = Some(ClientAuthCause::SeveralMethods);
    let cases: [Case<'_>; 4] = [
        (Some(&header), &[("client_secret", "x")]),
        (Some(&header), &[("client_assertion", "x")]),
        (None, &[("client_secret", "x"), ("client_assertion", "x")]),
        (
            Some(&header),
            &[("client_secret", "x"), ("client_assertion", "x")],
        ),
    ];
    for (authorization, parameters) in cases {
        assert_eq!(cause(authorization, parameters, Some(&client())), several);
    }
    let other = [("client_id", "other")];
    assert_eq!(
        cause(Some(&header), &other, Some(&client())),
        Some(ClientAuthCause::ClientIdsDiffer)
    );
}

#[test]
fn refuses_a_header_that_is_not_basic() {
    let malformed = [
        "Bearer abc".to_owned(),
        "Basic".to_owned(),
        "Basic ***".to_owned(),
        format!("Basic {}", BASE64.encode(b"no colon")),
        format!("Basic {}", BASE64.encode(b":no id")),
        format!("Basic {}", BASE64.encode(b"a%2:b")),
        format!("Basic {}", BASE64.encode(b"a:b%zz")),
        format!("Basic {}", BASE64.encode(b"\xff:b")),
    ];
    for header in malformed {
        assert_eq!(
            cause(Some(&header), &[], Some(&client())),
            Some(ClientAuthCause::HeaderMalformed),
            "{header}"
        );
    }
}

#[test]
fn refuses_a_wrong_secret_an_unknown_and_a_disabled_client() {
    let mut client = client();
    let body = |secret| [("client_id", "shop"), ("client_secret", secret)];
    assert_eq!(
        cause(None, &body("wrong"), Some(&client)),
        Some(ClientAuthCause::WrongSecret)
    );
    assert_eq!(
        cause(None, &body(SECRET), None),
        Some(ClientAuthCause::Unknown)
    );
    assert_eq!(cause(None, &[], None), Some(ClientAuthCause::Missing));
    client.enabled = false;
    assert_eq!(
        cause(None, &body(SECRET), Some(&client)),
        Some(ClientAuthCause::Disabled)
    );
    client.enabled = true;
    client.id = ClientId::new("another");
    assert_eq!(
        cause(None, &body(SECRET), Some(&client)),
        Some(ClientAuthCause::Unknown)
    );
}

#[test]
fn accepts_only_the_method_that_the_client_is_configured_for() {
    let wrong = Some(ClientAuthCause::WrongMethod);
    assert_eq!(
        cause(None, &[("client_id", "shop")], Some(&client())),
        wrong
    );
    assert_eq!(
        cause(None, &[("client_id", "app")], Some(&public_client())),
        None
    );
    let body = [("client_id", "app"), ("client_secret", SECRET)];
    assert_eq!(cause(None, &body, Some(&public_client())), wrong);
    let jwt = Signed::hs256().token(&claims());
    assert_eq!(asserted(&jwt, &client()), wrong);
    let body = [("client_id", "shop"), ("client_secret", SECRET)];
    assert_eq!(cause(None, &body, Some(&Signed::hs256().client)), wrong);
    // Nor one of another family, whatever the setting says.
    let mut odd = Signed::hs256().client;
    odd.authentication.algorithm = Some(Algorithm::Es256);
    assert_eq!(asserted(&jwt, &odd), wrong);
}

/// A client that authenticates with assertions, and the key with which it signs them.
struct Signed {
    client: Client,
    key: SigningKey,
}

impl Signed {
    fn hs256() -> Self {
        let mut client = client();
        client.authentication.method = AuthenticationMethod::ClientSecretJwt;
        let key = Jwk::from_secret(SECRET.as_bytes());
        let key = SigningKey::new(&key, Algorithm::Hs256).unwrap();
        Self { client, key }
    }

    fn es256() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let mut client = client();
        client.authentication.method = AuthenticationMethod::PrivateKeyJwt;
        client.authentication.secret = None;
        let jwk = key.jwk().to_public_json().unwrap();
        client.keys = Some(JwksSettings::Jwks(format!(r#"{{"keys":[{jwk}]}}"#)));
        Self { client, key }
    }

    fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.client.authentication.algorithm = Some(algorithm);
        self
    }

    fn once_only(mut self) -> Self {
        self.client.authentication.enforce_replay_prevention = true;
        self
    }

    fn token(&self, claims: &Value) -> String {
        let payload = claims.to_string();
        sign_compact(&self.key, Header::new(), payload.as_bytes()).unwrap()
    }

    fn cause(&self, claims: &Value) -> Option<ClientAuthCause> {
        asserted(&self.token(claims), &self.client)
    }
}

fn claims() -> Value {
    json!({
        "iss": "shop",
        "sub": "shop",
        "aud": TOKEN_ENDPOINT,
        "exp": NOW.seconds() + 120,
        "iat": NOW.seconds(),
        "jti": "one",
    })
}

fn changed(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn asserted(jwt: &str, client: &Client) -> Option<ClientAuthCause> {
    let parameters = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", jwt),
    ];
    cause(None, &parameters, Some(client))
}

proptest! {
    #[test]
    fn identify_never_panics(header in ".{0,60}", decoded in ".{0,40}", jwt in "[A-Za-z0-9_.-]{0,80}") {
        let none = Parameters::default();
        let basic = format!("Basic {}", BASE64.encode(decoded.as_bytes()));
        for header in [header, basic] {
            let _ = identify(&credentials(Some(&header), &none));
        }
        let assertion: Parameters =
            [("client_assertion_type", JWT_BEARER), ("client_assertion", &jwt)].into_iter().collect();
        let _ = identify(&credentials(None, &assertion));
    }

    #[test]
    fn basic_reads_what_was_form_encoded(id in ".{1,30}", secret in ".{0,30}") {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let header = basic(&encode(&id), &encode(&secret));
        let none = Parameters::default();
        let presented = identify(&credentials(Some(&header), &none)).ok().unwrap();
        prop_assert_eq!(presented.client().as_str(), id);
        let Proof::Secret(read) = &presented.proof else { panic!("no secret") };
        prop_assert_eq!(read.expose(), secret);
    }
}
