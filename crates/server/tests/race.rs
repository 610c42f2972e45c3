//! What may happen once happens once, however many ask for it at the same moment.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what is wrong by panicking"
)]

use std::sync::Arc;

use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::json;
use testkit::process::{Browser, Page, Person, RelyingParty, Reply, Server, Setup, one_time_code};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How many ask at the same moment.
const CROWD: usize = 50;

const SECRET: &str = "the secret of the shop";

async fn server() -> Server {
    let setup = Setup::of(env!("CARGO_BIN_EXE_countersign"));
    setup.with("COUNTERSIGN_LOG_LEVEL", "warn").start().await
}

fn alice() -> Person {
    Person::new("alice", "correct horse battery")
}

fn verifier() -> String {
    "v".repeat(43)
}

/// Does the same thing many times at once.
async fn crowd<T, F>(ask: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(CROWD));
    let mut asking = JoinSet::new();
    for number in 0..CROWD {
        let (start, asked) = (Arc::clone(&start), ask(number));
        asking.spawn(async move {
            start.wait().await;
            asked.await
        });
    }
    asking.join_all().await
}

async fn code(server: &Server, party: &RelyingParty) -> String {
    let mut browser = server.browser();
    let address = party.authorization(&verifier(), &[]);
    let answer = browser.sign_on(&address, &alice()).await.unwrap();
    answer.parameter("code").expect("a code")
}

/// The one success; everyone else must have been refused as one who shows what was spent.
fn only_success(replies: &[Reply]) -> &Reply {
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.is_success());
    assert_eq!(won.len(), 1, "{replies:?}");
    for reply in lost {
        assert!(reply.is_invalid_grant(), "{reply:?}");
    }
    won.first().unwrap()
}

/// Whoever lost has shown something that was spent already. The server cannot know which of them
/// is the thief, so it ends the grant: the winner's tokens too are good no more.
async fn assert_revoked(party: &RelyingParty, tokens: &Reply) {
    for name in ["access_token", "refresh_token"] {
        let told = party.introspect(tokens.text(name)).await.unwrap();
        assert!(!told.is_active(), "{name}: {told:?}");
    }
    let renewed = party.refresh(tokens.text("refresh_token")).await.unwrap();
    assert!(renewed.is_invalid_grant(), "{renewed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6749_4_1_2_one_of_fifty_redeems_a_code_and_the_replays_revoke_its_tokens() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    for _ in 0..3 {
        let code = code(&server, &party).await;
        let replies = crowd(|_| {
            let (party, code) = (party.clone(), code.clone());
            async move { party.redeem(&code, &verifier()).await.unwrap() }
        });
        let replies = replies.await;
        assert_revoked(&party, only_success(&replies)).await;
    }
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_14_2_one_of_fifty_renews_and_the_replays_revoke_the_family() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    for _ in 0..3 {
        let code = code(&server, &party).await;
        let tokens = party.redeem(&code, &verifier()).await.unwrap();
        let token = tokens.text("refresh_token").to_owned();
        let replies = crowd(|_| {
            let (party, token) = (party.clone(), token.clone());
            async move { party.refresh(&token).await.unwrap() }
        });
        let replies = replies.await;
        assert_revoked(&party, only_success(&replies)).await;
        assert_revoked(&party, &tokens).await;
    }
    assert_eq!(server.stderr(), "");
}

/// A client with a key of its own, and the key.
async fn with_key(server: &Server) -> (RelyingParty, SigningKey) {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let public = key.jwk().public().unwrap().to_public_value();
    let file = server.data_dir().join("../jwks.json");
    std::fs::write(&file, json!({ "keys": [public] }).to_string()).unwrap();
    let jwks = [
        "--jwks",
        file.to_str().unwrap(),
        "--grant",
        "client_credentials",
    ];
    (server.add_client("robot", None, &jwks).await, key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_9_one_of_fifty_is_believed_with_one_assertion() {
    let server = server().await;
    let (robot, key) = with_key(&server).await;
    for number in 0..3 {
        let claims = json!({
            "iss": robot.id,
            "sub": robot.id,
            "aud": robot.issuer,
            "jti": format!("assertion {number}"),
            "exp": testkit::process::now() + 120,
        });
        let claims = claims.to_string();
        let assertion = sign_compact(&key, Header::new(), claims.as_bytes()).unwrap();
        let replies = crowd(|_| {
            let (robot, assertion) = (robot.clone(), assertion.clone());
            async move {
                let fields = [
                    ("grant_type", "client_credentials"),
                    (
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    ),
                    ("client_assertion", assertion.as_str()),
                ];
                robot.post("/as/token.oauth2", &fields).await.unwrap()
            }
        });
        let replies = replies.await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.is_success());
        assert_eq!(won.len(), 1, "{replies:?}");
        for reply in lost {
            assert_eq!((reply.status, reply.text("error")), (401, "invalid_client"));
        }
    }
    assert_eq!(server.stderr(), "");
}

/// A browser that has proved a password and is asked for a code.
async fn before_the_code(mut browser: Browser, address: String, person: Person) -> (Browser, Page) {
    let page = browser.open(&address).await.unwrap();
    let fields = [("username", &*person.name), ("password", &*person.password)];
    let page = browser.submit(&page, &fields).await.unwrap();
    assert!(page.shows("one-time-code"), "{page:?}");
    (browser, page)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc6238_5_2_one_of_fifty_flows_accepts_a_one_time_code() {
    let server = server().await;
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let person = Person {
        totp_secret: Some(secret.to_owned()),
        ..alice()
    };
    server.add_person(&person).await;
    let party = server.add_relying_party("shop", SECRET).await;
    let address = party.authorization(&verifier(), &[]);
    let http = server.http();
    let mut ready = JoinSet::new();
    for _ in 0..CROWD {
        let browser = Browser::new(http.clone(), server.url());
        ready.spawn(before_the_code(browser, address.clone(), person.clone()));
    }
    let ready = ready.join_all().await;
    let code = one_time_code(secret, 0);
    let answers = crowd(|number| {
        let ((mut browser, page), code) = (ready.get(number).unwrap().clone(), code.clone());
        async move { browser.submit(&page, &[("otp", &code)]).await.unwrap() }
    });
    let answers = answers.await;
    let (won, lost): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|page| page.parameter("code").is_some());
    assert_eq!(won.len(), 1);
    for page in lost {
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.shows("one-time-code"), "{page:?}");
    }
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_fifty_submissions_of_one_form_ends_the_flow() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    for _ in 0..3 {
        let mut browser = server.browser();
        let page = browser.open(&party.authorization(&verifier(), &[])).await;
        let page = page.unwrap();
        let answers = crowd(|_| {
            let (mut browser, page) = (browser.clone(), page.clone());
            async move {
                let fields = [("username", "alice"), ("password", "correct horse battery")];
                browser.submit(&page, &fields).await.unwrap()
            }
        });
        let answers = answers.await;
        let codes: Vec<String> = answers
            .iter()
            .filter_map(|it| it.parameter("code"))
            .collect();
        assert_eq!(codes.len(), 1);
        let others = answers.iter().filter(|it| it.parameter("code").is_none());
        for page in others {
            assert!(page.status == 400 || page.status == 410, "{page:?}");
        }
        let tokens = party.redeem(codes.first().unwrap(), &verifier()).await;
        assert!(tokens.unwrap().is_success());
    }
    assert_eq!(server.stderr(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_sign_ons_of_one_person_at_once_all_succeed() {
    let server = server().await;
    server.add_person(&alice()).await;
    let party = server.add_relying_party("shop", SECRET).await;
    let (http, address) = (server.http(), party.authorization(&verifier(), &[]));
    let answers = crowd(|_| {
        let (mut browser, address) = (Browser::new(http.clone(), &party.issuer), address.clone());
        async move { browser.sign_on(&address, &alice()).await.unwrap() }
    });
    let answers = answers.await;
    let answered = answers.iter().filter(|it| it.parameter("code").is_some());
    assert_eq!(answered.count(), CROWD);
    assert_eq!(server.stderr(), "");
}
