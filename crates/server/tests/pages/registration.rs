//! People who register themselves.

use domain::MessageContent;
use testkit::{Browser, House, Reply};

async fn house() -> House {
    House::open_with(|settings| settings.policy.identity.registration = true).await
}

async fn register(browser: &mut Browser, page: &Reply, username: &str, email: &str) -> Reply {
    let filled = [
        ("username", username),
        ("email", email),
        ("given_name", "Frida"),
        ("new_password", "a fresh password"),
        ("confirm", "a fresh password"),
    ];
    browser
        .submit(page, "register-user", "submit", &filled)
        .await
}

async fn enter(browser: &mut Browser, page: &Reply, code: &str) -> Reply {
    let filled = [("recovery_code", code)];
    browser
        .submit(page, "verify-email", "submit", &filled)
        .await
}

#[tokio::test]
async fn a_newcomer_proves_their_address_and_comes_back_to_the_client() {
    let house = house().await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.submit(&page, "help", "register", &[]).await;
    let weak = [
        ("username", "frida"),
        ("email", "frida@example.com"),
        ("new_password", "password1"),
        ("confirm", "password1"),
    ];
    let page = browser
        .submit(&page, "register-user", "submit", &weak)
        .await;
    assert!(page.alert().unwrap().contains("too easy to guess"));
    let page = register(&mut browser, &page, "frida", "frida@example.com").await;
    let wrong = enter(&mut browser, &page, "AAAAAAAA").await;
    assert!(wrong.alert().is_some());
    let code = house.mailed_code().await;
    let page = enter(&mut browser, &page, &code).await;
    let page = browser.submit(&page, "registered", "continue", &[]).await;
    assert!(!browser.allow(page).await.code().is_empty());
    house.last_event("user.registered").await;
}

#[tokio::test]
async fn what_is_taken_is_told_to_whom_it_concerns() {
    let house = house().await;
    house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.submit(&page, "help", "register", &[]).await;
    let page = register(&mut browser, &page, "frida", "ALICE@example.com").await;
    assert!(page.has_form("verify-email"));
    let messages = house.messages().await;
    let MessageContent::Email { to, body, .. } = &messages[0].content else {
        panic!("no mail")
    };
    assert_eq!(to, "alice@example.com");
    assert!(body.expose().contains("account alice already"));
    let page = browser.submit(&page, "verify-email", "back", &[]).await;
    let page = browser.submit(&page, "help", "register", &[]).await;
    let page = register(&mut browser, &page, "alice", "frida@example.com").await;
    let code = house.mailed_code().await;
    let page = enter(&mut browser, &page, &code).await;
    assert!(page.alert().unwrap().contains("username is taken"));
}
