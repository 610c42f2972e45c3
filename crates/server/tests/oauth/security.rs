//! What attackers try, by the security considerations of each specification: a test for each that a
//! server can do something about.
//!
//! Some stand elsewhere, beside what they are about: the guessed reference and the changed client
//! (RFC 9126 §7.1, §7.4) in `par`, tokens of another kind (RFC 9101 §10.8) in `jar`, forged requests
//! of other sites (RFC 9700 §4.7) in the tests of the pages, guessing passwords in those of the
//! limits, apps that anybody could pretend to be (RFC 8252 §8.6) in those of the consent page, answers
//! about tokens for nobody (RFC 9701 §8.2) in `protected_answer`.
//!
//! One SHOULD is not obeyed: a scheme without a period (RFC 8252 §8.4) is taken, as administrators whose
//! apps are registered with PingFederate bring such along.
//!
//! What is not ours is not here:
//!
//! | up to | rows |
//! |---|---|
//! | TLS | RFC 6749 §10.9, RFC 8705 §7.3, RFC 9101 §10.6 |
//! | clients | RFC 6749 §10.8, RFC 8252 §8.2 (which asks apps not to), §8.3, §8.9 (they make the `state`) |
//! | browsers, devices and people | RFC 6749 §10.7, §10.11, RFC 8252 §8.7, §8.8, §8.11, §8.12 |
//! | resource servers | RFC 9396 §12: that they hold a token against its `locations` |
//! | several of these | RFC 9700 §4.9, §4.13, §4.17, RFC 9449 §11.4, §11.7, §11.10 |

#[path = "security/assertion.rs"]
mod assertion;
#[path = "security/certificate.rs"]
mod certificate;
#[path = "security/framework.rs"]
mod framework;
#[path = "security/native.rs"]
mod native;
#[path = "security/openid.rs"]
mod openid;
#[path = "security/practice.rs"]
mod practice;
#[path = "security/proof.rs"]
mod proof;
#[path = "security/request.rs"]
mod request;
#[path = "security/token.rs"]
mod token;

use data_encoding::BASE64URL_NOPAD;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{AuthorizationRequest, House, Person, RelyingParty, Reply, Tokens};

/// A server, a person, and two clients of which one wants what is the other's.
struct Setting {
    house: House,
    alice: Person,
    shop: RelyingParty,
    evil: RelyingParty,
}

impl Setting {
    async fn open() -> Self {
        Self::open_with(json!({})).await
    }

    /// The honest client has these fields besides.
    async fn open_with(fields: Value) -> Self {
        let house = House::open().await;
        let alice = house.add_person("alice").await;
        let shop = house.add_client_with("shop", fields).await;
        let evil = house.add_client("evil").await;
        Self {
            house,
            alice,
            shop,
            evil,
        }
    }

    /// A code of alice's for this request.
    async fn code(&self, request: &AuthorizationRequest) -> String {
        let answer = self.house.browser().sign_on(request, &self.alice).await;
        answer.code().to_owned()
    }

    /// Tokens of alice's for a client.
    async fn tokens(&self, client: &RelyingParty) -> Tokens {
        let request = client.request();
        let answer = self.house.browser().sign_on(&request, &self.alice).await;
        client.redeem(&request, &answer).await
    }
}

/// A client's key, and the fields with which the client has it.
fn key_pair() -> (SigningKey, Value) {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = json!({ "keys": [key.jwk().to_public_value().unwrap()] });
    (key, json!({ "jwksSettings": { "jwks": keys.to_string() } }))
}

/// A token of these parts, with a signature that is none.
fn unsigned(header: &Value, claims: &Value) -> String {
    let encoded = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    format!("{}.{}.", encoded(header), encoded(claims))
}

/// A part of a token: its header is the first, its claims are the second.
fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

#[track_caller]
fn refused(reply: Reply, status: u16, error: &str) {
    let reply = reply.expect_status(status);
    assert_eq!(reply.json()["error"], error, "{}", reply.text());
}
