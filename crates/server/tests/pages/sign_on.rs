//! Signing on with a password.

use std::time::Duration;

use authn::factor::password::{Cost, Hasher};
use domain::Password;
use domain::port::Changes;
use testkit::{Answer, Browser, House, Person, RelyingParty, Reply};

const NOT_RIGHT: &str = "That username or password isn’t right. Please check both and try again.";

async fn setting() -> (House, Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    (house, alice, shop)
}

async fn attempt(browser: &mut Browser, page: &Reply, username: &str, password: &str) -> Reply {
    let filled = [("username", username), ("password", password)];
    browser.submit(page, "sign-on", "submit", &filled).await
}

/// A page without what differs from one flow to the next.
fn same(page: &Reply) -> String {
    let form = page.form("sign-on");
    let text = page.text();
    let action = form.action.replace('/', "&#x2f;");
    let text = text.replace(&action, "");
    let text = text.replace(form.value("csrf_token").unwrap(), "");
    text.replace(form.value("username").unwrap(), "")
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_page() {
    let (house, _alice, shop) = setting().await;
    let mut pages = Vec::new();
    for username in ["alice", "nobody"] {
        let mut browser = house.browser();
        let page = browser.go(&shop.request()).await;
        let page = attempt(&mut browser, &page, username, "wrong password").await;
        assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT));
        assert_eq!(page.form("sign-on").value("username"), Some(username));
        assert_eq!(page.form("sign-on").value("password"), Some(""));
        assert!(
            !page.text().contains("wrong password"),
            "it is never sent back"
        );
        assert_eq!(browser.cookie("PF"), None);
        pages.push((page.status, page.headers.len(), same(&page)));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn names_are_compared_without_regard_to_case_and_space() {
    let (house, alice, shop) = setting().await;
    let mut browser = house.browser();
    let request = shop.request();
    let page = browser.go(&request).await;
    let page = attempt(&mut browser, &page, "  ALICE ", &alice.password).await;
    assert!(page.has_form("consent"));
}

#[tokio::test]
async fn rts_4_3_b_five_failures_block_for_a_quarter_of_an_hour() {
    let (house, alice, shop) = setting().await;
    let mut browser = house.browser();
    let mut page = browser.go(&shop.request()).await;
    for _ in 0..5 {
        page = attempt(&mut browser, &page, "alice", "wrong").await;
        assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT));
    }
    // The right password is refused in the same words, in every browser and spelling.
    let blocked = attempt(&mut browser, &page, "Alice", &alice.password).await;
    assert_eq!(blocked.alert().as_deref(), Some(NOT_RIGHT));
    let mut other = house.browser();
    let page = other.go(&shop.request()).await;
    let blocked = attempt(&mut other, &page, "alice", &alice.password).await;
    assert_eq!(blocked.alert().as_deref(), Some(NOT_RIGHT));
    // Somebody else is not concerned.
    let bob = house.add_person("bob").await;
    let page = other.go(&shop.request()).await;
    assert!(
        attempt(&mut other, &page, "bob", &bob.password)
            .await
            .has_form("consent")
    );

    house.advance(Duration::from_mins(15) - Duration::from_secs(1));
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = attempt(&mut browser, &page, "alice", &alice.password).await;
    assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT), "one second early");
    house.advance(Duration::from_secs(1));
    let page = attempt(&mut browser, &page, "alice", &alice.password).await;
    assert!(page.has_form("consent"));
}

#[tokio::test]
async fn unknown_names_are_blocked_like_known_ones() {
    let (house, _alice, shop) = setting().await;
    let mut browser = house.browser();
    let mut page = browser.go(&shop.request()).await;
    for _ in 0..7 {
        page = attempt(&mut browser, &page, "nobody", "wrong").await;
        assert_eq!(
            (page.status, page.alert().as_deref()),
            (200, Some(NOT_RIGHT))
        );
    }
}

#[tokio::test]
async fn a_success_forgets_the_failures() {
    let (house, alice, shop) = setting().await;
    for _ in 0..3 {
        let mut browser = house.browser();
        let mut page = browser.go(&shop.request()).await;
        for _ in 0..4 {
            page = attempt(&mut browser, &page, "alice", "wrong").await;
        }
        let page = attempt(&mut browser, &page, "alice", &alice.password).await;
        assert!(!page.has_form("sign-on"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_moment_are_counted_each() {
    let (house, alice, shop) = setting().await;
    let guesses: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, request) = (house.browser(), shop.request());
            tokio::spawn(async move {
                let page = browser.go(&request).await;
                attempt(&mut browser, &page, "alice", "wrong").await.status
            })
        })
        .collect();
    for guess in guesses {
        assert!(matches!(guess.await.unwrap(), 200 | 503));
    }
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = attempt(&mut browser, &page, "alice", &alice.password).await;
    assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT), "blocked");
}

#[tokio::test]
async fn a_person_who_was_switched_off_is_told_nothing_more() {
    let (house, alice, shop) = setting().await;
    house
        .change_person(&alice, |user| user.enabled = false)
        .await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = attempt(&mut browser, &page, "alice", &alice.password).await;
    assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT));
    assert_eq!(browser.cookie("PF"), None);
}

#[tokio::test]
async fn empty_and_enormous_fields_are_merely_wrong() {
    let (house, alice, shop) = setting().await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let long = "x".repeat(20_000);
    for (username, password) in [
        ("", ""),
        ("alice", ""),
        ("", alice.password.as_str()),
        (long.as_str(), "x"),
        ("bob", long.as_str()),
    ] {
        let page = attempt(&mut browser, &page, username, password).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT));
    }
}

#[tokio::test]
async fn what_a_page_shows_is_escaped() {
    let house = House::open().await;
    let evil = "\"><script>alert(1)</script>";
    let fields = serde_json::json!({ "name": evil, "description": evil });
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request().with("login_hint", evil);
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    assert!(!page.text().contains("<script>alert"));
    let page = attempt(&mut browser, &page, evil, "x").await;
    assert!(!page.text().contains("<script>alert"));
    assert_eq!(page.form("sign-on").value("username"), Some(evil));
    let page = browser.submit(&page, "sign-on", "cancel", &[]).await;
    assert_eq!(Answer::of(&page).error(), "access_denied");
}

#[tokio::test]
async fn a_password_is_hashed_anew_when_the_cost_has_changed() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let cost = Cost {
        memory: 16,
        passes: 1,
        lanes: 1,
    };
    let earlier = Hasher::new(cost).unwrap().hash(&alice.password, &[7; 16]);
    let stored = async || {
        let loaded = house.records().get::<Password>(&alice.id).await;
        loaded.unwrap().unwrap()
    };
    let mut changes = Changes::none();
    let before = stored().await;
    let password = Password {
        hash: earlier.clone(),
        ..before.record.clone()
    };
    changes.replace(&before, &password);
    house.records().commit(changes).await.unwrap();

    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let form = [("username", "alice"), ("password", "wrong")];
    let page = browser.submit(&page, "sign-on", "submit", &form).await;
    assert!(
        stored().await.hash.matches(earlier.expose()),
        "a wrong one changes nothing"
    );
    let page = browser.enter_password(&page, &alice).await;
    assert!(page.has_form("consent"));
    let after = stored().await;
    assert!(after.hash.expose().starts_with("$argon2id$v=19$m=8,"));
    assert_eq!(after.changed, before.changed, "it is the same password");
    browser.forget("PF");
    browser.sign_on(&shop.request(), &alice).await;
    assert_eq!(
        stored().await.version,
        after.version,
        "and hashed anew once"
    );
}
