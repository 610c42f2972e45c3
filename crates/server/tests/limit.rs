//! How much one address may ask for before it has proved who it is.

use std::time::Duration;

use domain::AuditEvent;
use http::Method;
use serde_json::json;
use testkit::{Administration, Browser, House, Person, RelyingParty, Reply};
use web::AddressLimit;

const HERE: &str = "192.0.2.1";
const ELSEWHERE: &str = "192.0.2.2";

/// Twenty at once, then one a second.
const LIMIT: AddressLimit = AddressLimit {
    burst: 20,
    per_minute: 60,
};

async fn house() -> House {
    House::open_with(|settings| settings.address_limit = LIMIT).await
}

fn browser(house: &House, address: &str) -> Browser {
    house.browser().with_header("x-forwarded-for", address)
}

/// Begins so many flows in browsers here, and then one more.
async fn one_more_than(count: u32, house: &House, shop: &RelyingParty) -> Reply {
    for _ in 0..count {
        let reply = browser(house, HERE).get(&shop.request().url()).await;
        assert_eq!(reply.status, 303);
    }
    browser(house, HERE).get(&shop.request().url()).await
}

fn wrong(person: &Person) -> Person {
    Person {
        password: "a password that is wrong".to_owned(),
        ..person.clone()
    }
}

#[tokio::test]
async fn rfc6585_4_an_address_that_begins_too_many_flows_is_told_when_to_come_again() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    let refused = one_more_than(LIMIT.burst, &house, &shop).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.title(), "Too many requests");
    // RFC 6585 §4: "Responses with the 429 status code MUST NOT be stored by a cache."
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(refused.header("x-frame-options"), Some("DENY"));
    assert_eq!(refused.header("x-content-type-options"), Some("nosniff"));
    let policy = refused.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_eq!(refused.header("set-cookie"), None);

    let page = browser(&house, ELSEWHERE).go(&shop.request()).await;
    assert!(page.has_form("sign-on"));
    house.advance(Duration::from_secs(1));
    let page = browser(&house, HERE).go(&shop.request()).await;
    assert!(page.has_form("sign-on"));
    let again = browser(&house, HERE).get("/account").await;
    assert_eq!(again.status, 429);
}

#[tokio::test]
async fn the_refusal_is_in_the_language_of_the_person() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    let _ = one_more_than(LIMIT.burst, &house, &shop).await;
    for (language, title) in [
        ("en", "Too many requests"),
        ("de", "Zu viele Anfragen"),
        ("fr", "Trop de demandes"),
        ("es", "Demasiadas solicitudes"),
    ] {
        let browser = browser(&house, HERE).with_header("accept-language", language);
        let page = { browser }.get(&shop.request().url()).await;
        assert_eq!((page.status, page.title().as_str()), (429, title));
    }
}

#[tokio::test]
async fn what_keeps_nothing_is_not_counted() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    let alice = house.add_person("alice").await;
    let mut signed_on = browser(&house, HERE);
    // A flow, a password and a consent.
    let _ = signed_on.sign_on(&shop.request(), &alice).await;
    let refused = one_more_than(LIMIT.burst - 3, &house, &shop).await;
    assert_eq!(refused.status, 429);
    // Whoever is signed on goes on from one application to the next.
    for _ in 0..30 {
        let answer = signed_on
            .get(&shop.request().url())
            .await
            .expect_status(303);
        assert!(answer.location().as_str().starts_with(&shop.redirect_uri));
    }
    let _ = signed_on.get("/account").await.expect_status(200);
    // So do requests that are refused or end at once.
    for _ in 0..30 {
        let silent = shop.request().with("prompt", "none");
        let _ = browser(&house, HERE)
            .get(&silent.url())
            .await
            .expect_status(303);
        let wrong = shop.request().with("redirect_uri", "https://evil.example");
        let _ = browser(&house, HERE)
            .get(&wrong.url())
            .await
            .expect_status(400);
    }
}

#[tokio::test]
async fn wrong_passwords_are_refused_before_they_are_hashed_or_noted() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    let alice = house.add_person("alice").await;
    let mut guesser = browser(&house, HERE);
    let page = guesser.go(&shop.request()).await;
    let mut tried = 0;
    let refused = loop {
        let reply = guesser.enter_password(&page, &wrong(&alice)).await;
        if reply.status != 200 {
            break reply;
        }
        tried += 1;
    };
    // The flow cost one, each attempt one, and being wrong ten; or what was left.
    assert_eq!((tried, refused.status), (2, 429));
    assert_eq!(house.passwords_verified(), 2);
    let events = house.records().all::<AuditEvent>().await.unwrap();
    let failed = events.iter().filter(|it| it.event == "sign_on.failed");
    assert_eq!(failed.count(), 2);

    // The right one is refused as well, here, and nowhere else.
    assert_eq!(guesser.enter_password(&page, &alice).await.status, 429);
    let mut elsewhere = browser(&house, ELSEWHERE);
    let answer = elsewhere.sign_on(&shop.request(), &alice).await;
    assert!(!answer.code().is_empty());
    house.advance(Duration::from_secs(1));
    let page = guesser.enter_password(&page, &alice).await;
    assert!(!guesser.allow(page).await.code().is_empty());
}

#[tokio::test]
async fn the_forms_of_the_account_pages_are_counted() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let mut browser = browser(&house, HERE);
    let page = browser.open("/account").await;
    let _ = browser.enter_password(&page, &alice).await;
    let verified = house.passwords_verified();
    for path in [
        "/account/password",
        "/account/devices/new/totp",
        "/account/sessions",
    ] {
        for _ in 0..6 {
            let reply = browser.post(path, &[("csrf_token", "forged")]).await;
            assert_eq!(reply.status, 403, "{path}");
        }
    }
    let refused = browser.post("/account/devices/new/totp", &[]).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.title(), "Too many requests");
    assert_eq!(house.passwords_verified(), verified);
    let _ = browser.get("/account").await.expect_status(200);
}

/// A request of a client at an address, with this secret.
async fn authenticate(house: &House, path: &str, address: &str, secret: &str) -> Reply {
    let request = house.http.request(Method::POST, house.at(path));
    let form = [
        ("grant_type", "client_credentials"),
        ("token", "a-token"),
        ("client_id", "machine"),
        ("client_secret", secret),
    ];
    let request = request.form(&form).header("x-forwarded-for", address);
    let request = request.header("origin", "https://app.example");
    request.send().await
}

#[tokio::test]
async fn clients_that_fail_are_refused_and_clients_that_do_not_never() {
    let house = house().await;
    house
        .set(json!({ "allowedOrigins": ["https://app.example"] }))
        .await;
    let machine = json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "redirectUris": [] });
    let machine = house.add_client_with("machine", machine).await;
    let secret = machine.secret.unwrap();
    for path in [
        "/as/token.oauth2",
        "/as/introspect.oauth2",
        "/as/revoke_token.oauth2",
    ] {
        house.advance(Duration::from_secs(20));
        for _ in 0..2 {
            let reply = authenticate(&house, path, HERE, "wrong").await;
            assert_eq!(reply.expect_status(401).json()["error"], "invalid_client");
        }
        let refused = authenticate(&house, path, HERE, "wrong").await;
        assert_eq!(refused.status, 429, "{path}");
        assert_eq!(refused.json()["error"], "temporarily_unavailable");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(refused.header("cache-control"), Some("no-store"));
        assert_eq!(
            refused.header("content-type"),
            Some("application/json;charset=utf-8")
        );
        // Scripts may read it as they may any other answer.
        assert_eq!(
            refused.header("access-control-allow-origin"),
            Some("https://app.example")
        );
        let exposed = refused.header("access-control-expose-headers");
        assert!(exposed.unwrap().contains("Retry-After"));

        for _ in 0..30 {
            let right = authenticate(&house, path, HERE, &secret).await;
            let _ = right.expect_status(200);
        }
        let other = authenticate(&house, path, ELSEWHERE, "wrong").await;
        let _ = other.expect_status(401);
        house.advance(Duration::from_secs(20));
    }
    // People at the same address sign on.
    let shop = house.add_client("shop").await;
    let page = browser(&house, HERE).go(&shop.request()).await;
    assert!(page.has_form("sign-on"));
}

async fn version(administration: &Administration, address: &str) -> Reply {
    let request = administration.request(Method::GET, "/version");
    request.header("x-forwarded-for", address).send().await
}

#[tokio::test]
async fn administrators_who_fail_are_refused_and_those_who_are_known_are_not() {
    let house = house().await;
    let known = house.administration();
    let guesser = Administration {
        name: "nobody".to_owned(),
        password: "guess".to_owned(),
        ..known.clone()
    };
    let _ = version(&known, HERE).await.expect_status(200);
    for _ in 0..2 {
        let _ = version(&guesser, HERE).await.expect_status(401);
    }
    let refused = version(&guesser, HERE).await.expect_status(429);
    assert_eq!(refused.json()["resultId"], "too_many_requests");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(refused.header("www-authenticate"), None);
    let system = house.records().of(domain::port::Tenant::SYSTEM);
    let events = system.all::<AuditEvent>().await.unwrap();
    assert_eq!(events.len(), 2, "what is refused is not noted");

    let _ = version(&guesser, ELSEWHERE).await.expect_status(401);
    // A tool that was right a moment ago goes on.
    for _ in 0..30 {
        let _ = version(&known, HERE).await.expect_status(200);
    }
}

#[tokio::test]
async fn this_machine_is_not_limited() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    for _ in 0..LIMIT.burst * 2 {
        let page = house.browser().go(&shop.request()).await;
        assert!(page.has_form("sign-on"));
    }
}
