//! Browsers that people have trusted.

use std::time::Duration;

use testkit::{Browser, House, Person, RelyingParty, Reply};

struct Setting {
    house: House,
    bob: Person,
    shop: RelyingParty,
}

async fn setting() -> Setting {
    let house = House::open_with(|settings| {
        settings.policy.identity.trusted_browser = Some(Duration::from_hours(24 * 30));
    })
    .await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    Setting { house, bob, shop }
}

impl Setting {
    async fn enter_code(&self, browser: &mut Browser, page: &Reply, trust: bool) -> Reply {
        self.house.advance(Duration::from_secs(30));
        let code = self.bob.code_at(self.house.now());
        let mut filled = vec![("otp", code.as_str())];
        if trust {
            filled.push(("trust", "yes"));
        }
        browser
            .submit(page, "one-time-code", "submit", &filled)
            .await
    }

    /// A browser in which bob has signed on, and then closed it.
    async fn signed_on(&self, trust: bool) -> Browser {
        let mut browser = self.house.browser();
        let page = browser.go(&self.shop.request()).await;
        let page = browser.enter_password(&page, &self.bob).await;
        let page = self.enter_code(&mut browser, &page, trust).await;
        let _ = browser.allow(page).await;
        browser.forget("PF");
        browser
    }
}

#[tokio::test]
async fn a_trusted_browser_needs_the_password_alone_and_no_other_does() {
    let it = setting().await;
    for trust in [true, false] {
        let mut browser = it.signed_on(trust).await;
        assert_eq!(browser.cookie("PF.TRUST").is_some(), trust);
        let request = it.shop.request();
        let page = browser.go(&request).await;
        let page = browser.enter_password(&page, &it.bob).await;
        assert_eq!(page.has_form("one-time-code"), !trust);
        if trust {
            let answer = browser.allow(page).await;
            let tokens = it.shop.redeem(&request, &answer).await;
            let claims = &tokens.id_claims;
            assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
            // The session is as good as the browser that it is in.
            let silent = browser.go(&it.shop.request()).await;
            assert!(
                silent.has_form("consent") || silent.status == 303,
                "{silent:?}"
            );
            let strong = it.shop.request().with("acr_values", "mfa");
            assert!(browser.go(&strong).await.has_form("one-time-code"));
        }
    }
}

#[tokio::test]
async fn the_account_is_shown_with_the_second_factor_only_and_takes_the_trust_back() {
    let it = setting().await;
    let mut browser = it.signed_on(true).await;
    let page = browser.open(&it.house.at("/account/sessions")).await;
    let page = browser.enter_password(&page, &it.bob).await;
    assert!(page.has_form("one-time-code"));
    it.enter_code(&mut browser, &page, false).await;
    let page = browser.open(&it.house.at("/account/sessions")).await;
    let ids = page.text();
    let start = ids.find("id=\"forget-").expect("a trusted browser") + 4;
    let form = &ids[start..start + ids[start..].find('"').unwrap()];
    let button = form.replace("forget-", "forget-submit-");
    let page = browser.submit(&page, form, &button, &[]).await;
    assert!(page.text().contains("no longer trusted"));
    browser.forget("PF");
    let page = browser.go(&it.shop.request()).await;
    let page = browser.enter_password(&page, &it.bob).await;
    assert!(page.has_form("one-time-code"));
}
