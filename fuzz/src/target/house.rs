//! A house in the same process, called without a connection, and its clients: the shop, which has a
//! secret, and the robot, which has a key.

use std::cell::RefCell;

use axum::Router;
use axum::body::Body;
use domain::port::Clock;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::House;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Where people come back to the shop.
pub(super) const REDIRECT_URI: &str = "https://shop.example/callback";

/// The shop's secret: every character that one of the encodings on the way gives a meaning.
pub(super) const SECRET: &str = "p%ss:w+rd & more = \u{e9}, and long enough for HS256";

/// The shop's id and secret as its `Authorization` header has them.
pub(super) const CREDENTIALS: &str =
    "shop:p%25ss%3Aw%2Brd+%26+more+%3D+%C3%A9%2C+and+long+enough+for+HS256";

/// After so many inputs a new house is opened: what is noted in it grows, and a finding should not
/// need a long history.
const INPUTS: usize = 500;

struct Open {
    runtime: Runtime,
    house: House,
    /// The id of its environment.
    environment: String,
    inputs: usize,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Does something with a house that has the two clients.
pub(super) fn with<T>(work: impl AsyncFnOnce(&House) -> T) -> T {
    OPEN.with_borrow_mut(|open| {
        if open.as_ref().is_none_or(|it| it.inputs == INPUTS) {
            *open = Some(opened());
        }
        let open = open.as_mut().expect("it was just opened");
        open.inputs += 1;
        open.runtime.block_on(work(&open.house))
    })
}

/// The id of the environment that every house has: what is random in a house is the same in each.
pub(super) fn environment() -> String {
    with(async |_| ());
    OPEN.with_borrow(|open| open.as_ref().expect("it was opened").environment.clone())
}

fn opened() -> Open {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let (house, environment) = runtime.block_on(async {
        let unlimited = |settings: &mut web::Settings| {
            settings.address_limit = web::AddressLimit::NONE;
        };
        let house = House::open_with(unlimited).await;
        let shop = json!({
            "grantTypes": [
                "AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS",
                "ACCESS_TOKEN_VALIDATION",
            ],
            "clientAuth": { "secret": SECRET },
        });
        house.add_client_with("shop", shop).await;
        let jwks = json!({ "keys": [super::signer::public()] }).to_string();
        let robot = json!({
            "redirectUris": [REDIRECT_URI],
            "grantTypes": ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"],
            // What was accepted once is accepted again, so that a finding needs no history.
            "clientAuth": {
                "type": "PRIVATE_KEY_JWT", "secret": null, "enforceReplayPrevention": false,
            },
            "jwksSettings": { "jwks": jwks },
        });
        house.add_client_with("robot", robot).await;
        let bank = house.add_environment("bank").await;
        bank.add_client("shop").await;
        let environment = bank.id.to_string();
        (house, environment)
    });
    Open {
        runtime,
        house,
        environment,
        inputs: 0,
    }
}

/// What time it is in every house, in seconds.
pub(super) fn now() -> i64 {
    with(async |house| house.clock.now().seconds())
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}

/// Asks what people and clients reach.
pub(super) async fn ask(house: &House, request: Request<Body>) -> Answer {
    answer(web::router::runtime(house.app()), request).await
}

/// Asks what administrators reach, as one of them.
pub(super) async fn ask_administration(house: &House, mut request: Request<Body>) -> Answer {
    let administrator = house.administration();
    let pair = format!("{}:{}", administrator.name, administrator.password);
    let pair = format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()));
    let pair = pair.parse().expect("a header");
    request.headers_mut().insert("authorization", pair);
    answer(web::router::administration(house.app()), request).await
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await;
    let (head, body) = response.expect("an answer").into_parts();
    let body = body
        .collect()
        .await
        .expect("a whole answer")
        .to_bytes()
        .to_vec();
    let answer = Answer {
        status: head.status,
        headers: head.headers,
        body,
    };
    assert!(
        !answer.status.is_server_error(),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    answer
}

/// Posts a form; nothing if the header is one that no request can have.
pub(super) async fn post(
    house: &House,
    path: &str,
    authorization: Option<&str>,
    form: &[u8],
) -> Option<Answer> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    Some(ask(house, request.body(Body::from(form.to_vec())).ok()?).await)
}

/// Lets somebody sign on, so that there is something of every kind.
pub(super) async fn live(house: &House) {
    let alice = house.add_person("alice").await;
    let _ = house.add_person_with_totp("bob").await;
    let web = house.add_client("web").await;
    let mut browser = house.browser();
    let request = web.request();
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = web.redeem(&request, &answer).await;
    let _ = web.revoke(&tokens.access_token).await;
    let _ = house.browser().go(&web.request()).await;
}
