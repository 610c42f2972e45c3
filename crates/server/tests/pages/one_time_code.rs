//! The second factor: a code from an authenticator app.

use std::time::Duration;

use testkit::{Browser, House, Person, RelyingParty, Reply};

const NOT_RIGHT: &str = "That code isn’t right. Check the newest one and try again.";

struct Setting {
    house: House,
    bob: Person,
    shop: RelyingParty,
}

async fn setting() -> Setting {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    Setting { house, bob, shop }
}

impl Setting {
    /// A browser before which the page that asks for a code is open.
    async fn asked(&self) -> (Browser, Reply) {
        let mut browser = self.house.browser();
        let page = browser.go(&self.shop.request()).await;
        let page = browser.enter_password(&page, &self.bob).await;
        assert!(page.has_form("one-time-code"));
        assert_eq!(browser.cookie("PF"), None, "a password alone is no session");
        (browser, page)
    }
}

async fn enter(browser: &mut Browser, page: &Reply, code: &str) -> Reply {
    browser
        .submit(page, "one-time-code", "submit", &[("otp", code)])
        .await
}

#[tokio::test]
async fn rfc6238_5_2_the_code_of_now_and_its_neighbours_are_accepted() {
    for seconds in [0_i64, -30, 30] {
        let it = setting().await;
        let at = it.house.now().seconds() + seconds;
        let code = it.bob.code_at(domain::Timestamp::from_seconds(at));
        let (mut browser, page) = it.asked().await;
        let page = enter(&mut browser, &page, &code).await;
        assert!(page.has_form("consent"), "{seconds}");
        assert!(browser.cookie("PF").is_none(), "the flow is not over yet");
    }
}

#[tokio::test]
async fn codes_may_be_typed_with_a_space() {
    let it = setting().await;
    let code = it.bob.code_at(it.house.now());
    let (mut browser, page) = it.asked().await;
    let typed = format!(" {} {} ", &code[..3], &code[3..]);
    assert!(enter(&mut browser, &page, &typed).await.has_form("consent"));
}

#[tokio::test]
async fn wrong_and_old_codes_are_refused() {
    let it = setting().await;
    let (mut browser, mut page) = it.asked().await;
    let old = domain::Timestamp::from_seconds(it.house.now().seconds() - 120);
    for code in ["000000", &it.bob.code_at(old), "", "x"] {
        page = enter(&mut browser, &page, code).await;
        assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT), "{code}");
    }
}

#[tokio::test]
async fn rfc6238_5_2_a_code_is_good_once() {
    let it = setting().await;
    let code = it.bob.code_at(it.house.now());
    let (mut browser, page) = it.asked().await;
    assert!(enter(&mut browser, &page, &code).await.has_form("consent"));
    // "The verifier MUST NOT accept the second attempt of the OTP after the successful validation
    // has been issued for the first OTP".
    let (mut other, page) = it.asked().await;
    let page = enter(&mut other, &page, &code).await;
    assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT));
    it.house.advance(Duration::from_secs(30));
    let code = it.bob.code_at(it.house.now());
    assert!(enter(&mut other, &page, &code).await.has_form("consent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_serves_one_of_two_browsers_at_the_same_moment() {
    let it = setting().await;
    let code = it.bob.code_at(it.house.now());
    let ((mut one, first), (mut two, second)) = (it.asked().await, it.asked().await);
    let (first, second) = tokio::join!(
        enter(&mut one, &first, &code),
        enter(&mut two, &second, &code)
    );
    let accepted = [first, second]
        .iter()
        .filter(|page| page.has_form("consent"))
        .count();
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn rts_4_3_b_wrong_codes_and_wrong_passwords_share_one_count() {
    let it = setting().await;
    let (mut browser, mut page) = it.asked().await;
    for _ in 0..5 {
        page = enter(&mut browser, &page, "000000").await;
    }
    let code = it.bob.code_at(it.house.now());
    page = enter(&mut browser, &page, &code).await;
    assert_eq!(page.alert().as_deref(), Some(NOT_RIGHT), "blocked");
    let mut other = it.house.browser();
    let page = other.go(&it.shop.request()).await;
    let page = other.enter_password(&page, &it.bob).await;
    assert!(page.has_form("sign-on"), "the password is blocked too");
}

#[tokio::test]
async fn presenting_the_password_again_does_not_reset_the_count() {
    let it = setting().await;
    let mut refused = 0;
    for _ in 0..6 {
        let mut browser = it.house.browser();
        let page = browser.go(&it.shop.request()).await;
        let page = browser.enter_password(&page, &it.bob).await;
        if !page.has_form("one-time-code") {
            refused += 1;
            continue;
        }
        enter(&mut browser, &page, "000000").await;
    }
    assert!(
        refused > 0,
        "an attacker with the password could try for ever"
    );
}
