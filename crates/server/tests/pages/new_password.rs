//! A password that must be changed before anything comes of it.

use testkit::{Browser, House, Person, Reply};

async fn set(browser: &mut Browser, page: &Reply, new: &str, confirm: &str) -> Reply {
    let filled = [("new_password", new), ("confirm", confirm)];
    browser
        .submit(page, "new-password", "submit", &filled)
        .await
}

fn with(person: &Person, password: &str) -> Person {
    Person {
        password: password.to_owned(),
        ..person.clone()
    }
}

#[tokio::test]
async fn it_is_changed_on_the_way_and_whoever_knew_the_old_one_is_out() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    let mut elsewhere = house.browser();
    let page = elsewhere.go(&shop.request()).await;
    let page = elsewhere.enter_password(&page, &bob).await;
    let code = bob.code_at(house.now());
    let page = elsewhere
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    elsewhere.allow(page).await;
    house.advance(std::time::Duration::from_secs(60));
    house.demand_new_password(&bob).await;

    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &bob).await;
    let code = bob.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    assert!(page.has_form("new-password"), "the code comes first");
    assert!(browser.cookie("PF").is_none());
    for (new, confirm, says) in [
        (
            bob.password.as_str(),
            bob.password.as_str(),
            "must be different from the current one",
        ),
        ("short", "short", "needs at least 8 characters"),
        ("another password", "an other password", "aren’t the same"),
    ] {
        let page = set(&mut browser, &page, new, confirm).await;
        let alert = page.alert().unwrap();
        assert!(alert.contains(says), "{alert}");
    }
    let page = set(&mut browser, &page, "another password", "another password").await;
    let page = browser
        .submit(&page, "password-changed", "continue", &[])
        .await;
    assert!(!browser.allow(page).await.code().is_empty());
    assert_eq!(
        house.last_event("password.changed").await["detail"]["sessions_ended"],
        1
    );

    let page = elsewhere.open(&house.at("/account")).await;
    assert!(page.has_form("sign-on"), "signed out elsewhere");
    let page = elsewhere.enter_password(&page, &bob).await;
    assert!(page.alert().is_some(), "the old one");
    let page = elsewhere
        .enter_password(&page, &with(&bob, "another password"))
        .await;
    assert!(page.has_form("one-time-code"));
}

#[tokio::test]
async fn nothing_is_hashed_for_whoever_is_not_asked() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &alice).await;
    let before = house.passwords_verified();
    let fields = [
        ("new_password", "another password"),
        ("confirm", "another password"),
    ];
    let action = [("action", "change")];
    let form = page.form("consent");
    let token = form.value("csrf_token").unwrap();
    let all = [fields.as_slice(), &action, &[("csrf_token", token)]].concat();
    let page = browser.post(&form.action, &all).await;
    assert!(page.text().contains("open for too long"), "{page:?}");
    assert_eq!(house.passwords_verified(), before);
}
