//! Two processes on the same data that start at the same moment.

use std::collections::BTreeMap;

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::Value;
use testkit::process::{ADMINISTRATOR_PASSWORD, Server};

use crate::setup;
use crate::start::{administrator, made_up_password};

/// How often the two are tried: what they could do wrong, they do not do wrong each time.
const ROUNDS: usize = 4;

/// Two servers that have both been started on one new data directory.
async fn twins() -> [Server; 2] {
    let setup = setup().without("COUNTERSIGN_ADMIN_PASSWORD");
    let mut one = setup.with("COUNTERSIGN_TLS_SELF_SIGNED", "true").prepare();
    let mut two = one.twin();
    tokio::join!(one.start(), two.start());
    [one, two]
}

/// How many signing keys there are of each family and state.
async fn keys(server: &Server) -> BTreeMap<(String, String), usize> {
    let listed = server.command(&["keys", "list", "--json"], "").await;
    let mut counted = BTreeMap::new();
    for key in listed.succeeded().json().as_array().unwrap() {
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        *counted.entry((text("family"), text("state"))).or_default() += 1;
    }
    counted
}

async fn published(server: &Server) -> Value {
    let url = format!("{}/pf/JWKS", server.url());
    let answer = server.http().get(url).send().await.unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn have_one_administrator_and_one_set_of_keys() {
    for _ in 0..ROUNDS {
        let twins = twins().await;
        let keys = keys(&twins[0]).await;
        let one_each = ["p256", "rsa", "p256-encryption", "rsa-encryption"]
            .iter()
            .flat_map(|family| ["active", "next"].map(|state| (*family, state)))
            .map(|(family, state)| ((family.to_owned(), state.to_owned()), 1));
        assert_eq!(keys, one_each.collect());
        assert_eq!(published(&twins[0]).await, published(&twins[1]).await);

        let printed = twins.each_ref().map(Server::stdout);
        let shown = printed.iter().filter_map(|it| made_up_password(it));
        let shown: Vec<&str> = shown.collect();
        assert_eq!(shown.len(), 1, "one of them shows a password: {printed:?}");
        for server in &twins {
            assert_eq!(administrator(server, shown[0]).await, 200);
            assert_eq!(administrator(server, ADMINISTRATOR_PASSWORD).await, 401);
        }
    }
}

/// The nonce for DPoP proofs that a server supplies now.
async fn nonce(server: &Server) -> String {
    let url = format!("{}/as/token.oauth2", server.url());
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk = Value::Object(key.jwk().to_public_value().unwrap());
    let header = Header::new().with_typ("dpop+jwt").with("jwk", jwk);
    // A nonce of somebody else's, which is refused and answered with one of the server's own.
    let proof = sign_compact(&key, header, br#"{"nonce":"foreign"}"#).unwrap();
    let request = server.http().post(url).header("dpop", proof);
    let answer = request.send().await.unwrap();
    answer.headers()["dpop-nonce"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9449_8_have_the_same_nonces_also_after_a_restart() {
    let [mut one, two] = twins().await;
    let same = async |one: &Server| {
        // Unless the time for a new one comes just between the two.
        for _ in 0..2 {
            if nonce(one).await == nonce(&two).await {
                return true;
            }
        }
        false
    };
    assert!(same(&one).await);
    one.restart().await;
    assert!(same(&one).await);
}
