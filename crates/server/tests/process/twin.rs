//! Two processes on the same data that start at the same moment.

use std::collections::BTreeMap;
use std::time::Duration;

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::process::{ADMINISTRATOR_PASSWORD, RelyingParty, Server};

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

/// An assertion of the client `robot` for either of two servers.
fn assertion(key: &SigningKey, [one, two]: &[Server; 2], id: usize) -> String {
    let claims = json!({
        "iss": "robot", "sub": "robot", "aud": [one.url(), two.url()],
        "jti": format!("assertion {id}"), "exp": testkit::process::now() + 120,
    });
    sign_compact(key, Header::new(), claims.to_string().as_bytes()).unwrap()
}

/// Whether a client's server believes the assertion.
async fn believed(robot: &RelyingParty, assertion: &str) -> bool {
    let form = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ];
    let reply = robot.post("/as/token.oauth2", &form).await.unwrap();
    reply.is_success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_9_an_assertion_is_spent_once_for_both() {
    let servers = twins().await;
    let [one, two] = &servers;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let public = key.jwk().public().unwrap().to_public_value();
    let file = one.data_dir().join("../jwks.json");
    std::fs::write(&file, json!({ "keys": [public] }).to_string()).unwrap();
    let jwks = [
        "--jwks",
        file.to_str().unwrap(),
        "--grant",
        "client_credentials",
    ];
    let at_one = one.add_client("robot", None, &jwks).await;
    let at_two = RelyingParty {
        http: two.http(),
        issuer: two.url().to_owned(),
        ..at_one.clone()
    };
    let mut ids = 0_usize..;
    let mut next = || assertion(&key, &servers, ids.next().unwrap());
    for robot in [&at_one, &at_two] {
        while !believed(robot, &next()).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    for _ in 0..10 {
        let same = next();
        let each = tokio::join!(
            believed(&at_one, &same),
            believed(&at_two, &same),
            believed(&at_one, &same),
            believed(&at_two, &same),
        );
        let times = [each.0, each.1, each.2, each.3].map(usize::from);
        assert_eq!(times.iter().sum::<usize>(), 1, "{times:?}");
        assert!(!believed(&at_one, &same).await && !believed(&at_two, &same).await);
    }
}
