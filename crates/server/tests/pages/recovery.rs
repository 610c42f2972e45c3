//! Recovering a password or a user name by mail.

use domain::MessageContent;
use testkit::{Browser, House, Person, RelyingParty, Reply};

struct Setting {
    house: House,
    shop: RelyingParty,
}

async fn setting() -> Setting {
    let house = House::open_with(|settings| settings.policy.identity.recovery = true).await;
    let shop = house.add_client("shop").await;
    Setting { house, shop }
}

impl Setting {
    /// A browser that is asked for the code that was mailed for this name.
    async fn asked(&self, name: &str) -> (Browser, Reply) {
        let mut browser = self.house.browser();
        let page = browser.go(&self.shop.request()).await;
        let page = browser.submit(&page, "help", "recover", &[]).await;
        let page = browser
            .submit(&page, "recover-name", "submit", &[("username", name)])
            .await;
        assert!(page.has_form("recovery-code"), "{page:?}");
        (browser, page)
    }
}

async fn enter(browser: &mut Browser, page: &Reply, code: &str) -> Reply {
    let filled = [("recovery_code", code)];
    browser
        .submit(page, "recovery-code", "submit", &filled)
        .await
}

async fn reset(browser: &mut Browser, page: &Reply, new: &str) -> Reply {
    let filled = [("new_password", new), ("confirm", new)];
    let page = browser
        .submit(page, "new-password", "submit", &filled)
        .await;
    browser
        .submit(&page, "password-changed", "continue", &[])
        .await
}

#[tokio::test]
async fn rts_4_4_a_blocked_person_recovers_and_still_needs_their_second_factor() {
    let it = setting().await;
    let bob = it.house.add_person_with_totp("bob").await;
    let mut browser = it.house.browser();
    let mut page = browser.go(&it.shop.request()).await;
    let wrong = Person {
        password: "wrong".to_owned(),
        ..bob.clone()
    };
    for _ in 0..5 {
        page = browser.enter_password(&page, &wrong).await;
    }
    let page = browser.enter_password(&page, &bob).await;
    assert!(page.alert().is_some(), "blocked");

    let (mut browser, page) = it.asked("bob").await;
    let messages = it.house.messages().await;
    assert!(
        matches!(&messages[0].content, MessageContent::Email { to, .. } if to == "bob@example.com")
    );
    assert!(!page.text().contains("bob@example.com"));
    let code = it.house.mailed_code().await;
    let page = enter(&mut browser, &page, &code.to_lowercase()).await;
    let page = reset(&mut browser, &page, "another password").await;
    assert!(page.has_form("one-time-code"));
    assert!(
        browser.cookie("PF").is_none(),
        "a mailbox alone signs nobody on"
    );
    let code = bob.code_at(it.house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    assert!(!browser.allow(page).await.code().is_empty());
    it.house.last_event("password.reset").await;
}

#[tokio::test]
async fn rts_4_3_a_the_pages_are_the_same_for_who_is_not_there() {
    let it = setting().await;
    it.house.add_person("alice").await;
    let mut seen = Vec::new();
    for name in ["alice", "nobody"] {
        let (mut browser, page) = it.asked(name).await;
        let said = |page: &Reply| {
            let text = page.text();
            let start = text.find("<h1>").unwrap();
            let end = text.find("<form").unwrap();
            (
                text[start..end].replace(name, "them"),
                page.alert(),
                page.status,
            )
        };
        let wrong = enter(&mut browser, &page, "ABCDEFGH").await;
        let early = browser.submit(&wrong, "recovery-code", "resend", &[]).await;
        seen.push([said(&page), said(&wrong), said(&early)]);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(it.house.messages().await.len(), 1, "nobody is mailed to");
}

#[tokio::test]
async fn a_code_is_good_three_tries_and_another_can_be_had() {
    let it = setting().await;
    it.house.add_person("alice").await;
    let (mut browser, mut page) = it.asked("alice").await;
    let code = it.house.mailed_code().await;
    for _ in 0..3 {
        page = enter(&mut browser, &page, "AAAAAAAA").await;
    }
    let page = enter(&mut browser, &page, &code).await;
    assert!(page.alert().unwrap().contains("expired"), "{page:?}");
    it.house.advance(std::time::Duration::from_secs(30));
    let page = browser.submit(&page, "recovery-code", "resend", &[]).await;
    let code = it.house.mailed_code().await;
    let page = enter(&mut browser, &page, &code).await;
    let page = reset(&mut browser, &page, "another password").await;
    assert!(page.has_form("consent"));
}

#[tokio::test]
async fn a_user_name_is_mailed_to_its_address() {
    let it = setting().await;
    it.house.add_person("alice").await;
    for address in ["ALICE@example.com", "nobody@example.com"] {
        let mut browser = it.house.browser();
        let page = browser.go(&it.shop.request()).await;
        let page = browser.submit(&page, "help", "recover-username", &[]).await;
        let filled = [("email", address)];
        let page = browser
            .submit(&page, "recover-username-form", "submit", &filled)
            .await;
        let page = browser
            .submit(&page, "username-sent", "continue", &[])
            .await;
        assert!(page.has_form("sign-on"));
    }
    let messages = it.house.messages().await;
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    let MessageContent::Email { to, body, .. } = &message.content else {
        panic!("no mail")
    };
    assert_eq!(to, "alice@example.com");
    assert!(body.expose().contains("alice"));
}

#[tokio::test]
async fn it_is_not_offered_where_it_is_not_set() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    assert!(!page.has_form("help"));
}

#[tokio::test]
async fn what_was_granted_to_last_ends_with_a_recovery_as_well() {
    let it = setting().await;
    let alice = it.house.add_person("alice").await;
    let lasting = it.shop.request().with("scope", "openid offline_access");
    let mut thief = it.house.browser();
    let answer = thief.sign_on(&lasting, &alice).await;
    let tokens = it.shop.redeem(&lasting, &answer).await;
    let kept = it.shop.refresh(tokens.refresh()).await.expect_status(200);
    let kept = kept.json()["refresh_token"].as_str().map(str::to_owned);
    let kept = kept.unwrap_or_else(|| tokens.refresh().to_owned());

    let (mut browser, page) = it.asked("alice").await;
    let code = it.house.mailed_code().await;
    let page = enter(&mut browser, &page, &code).await;
    reset(&mut browser, &page, "another password").await;
    let refused = it.shop.refresh(&kept).await.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_grant");
}
