//! People who register themselves.

use domain::MessageContent;
use testkit::{Answer, Browser, House, Reply};

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
async fn oidc_prompt_create_4_whoever_comes_to_register_is_shown_how() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    for (name, value) in [
        ("prompt", "create"),
        ("prompt", "login create"),
        ("PolicyAction", "identity.registration"),
    ] {
        let page = browser.go(&shop.request().with(name, value)).await;
        assert!(page.has_form("register-user"), "{name}={value}");
    }
    // Whoever is signed on may be somebody else; who is known after all signs on.
    let request = shop.request().with("prompt", "create");
    let page = browser.go(&request).await;
    let page = browser.submit(&page, "register-user", "back", &[]).await;
    assert!(page.has_form("sign-on"));
    let page = browser.go(&request).await;
    let page = register(&mut browser, &page, "frida", "frida@example.com").await;
    let code = house.mailed_code().await;
    let page = enter(&mut browser, &page, &code).await;
    let page = browser.submit(&page, "registered", "continue", &[]).await;
    let answer = browser.allow(page).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_ne!(tokens.id_claims["sub"], alice.id.to_string());
    house.last_event("user.registered").await;
}

#[tokio::test]
async fn oidc_prompt_create_4_2_create_is_declared_and_taken_where_people_can_register() {
    for can_register in [true, false] {
        let house = House::open_with(|settings| {
            settings.policy.identity.registration = can_register;
        })
        .await;
        let shop = house.add_client("shop").await;
        let url = house.at("/.well-known/openid-configuration");
        let document = house.http.get(url).await.json();
        let prompts = document["prompt_values_supported"].to_string();
        assert_eq!(prompts.contains("create"), can_register);
        // §4.1: "If the OpenID Provider receives a prompt value that it does not support [...] the OP
        // SHOULD respond with an HTTP 400 (Bad Request) status code and an error value of
        // invalid_request"; the client that is known is told by its redirect URI.
        let refused = match can_register {
            true => "none create",
            false => "create",
        };
        let request = shop.request().with("prompt", refused);
        let reply = house.browser().go(&request).await;
        assert_eq!(Answer::of(&reply).error(), "invalid_request");
        // Nobody is asked anything because of a parameter that is not the protocol's.
        let silent = shop.request().with("prompt", "none");
        let silent = silent.with("PolicyAction", "identity.registration");
        let reply = house.browser().go(&silent).await;
        assert_eq!(Answer::of(&reply).error(), "login_required");
    }
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
