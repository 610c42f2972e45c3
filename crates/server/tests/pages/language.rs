//! In which language pages are.

use testkit::House;

async fn language(house: &House, path: &str, accepted: Option<&str>) -> String {
    let mut browser = house.browser();
    if let Some(accepted) = accepted {
        browser = browser.with_header("accept-language", accepted);
    }
    let page = browser.open(path).await.text();
    let (_, rest) = page.split_once("<html lang=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn rfc9110_12_5_4_the_browser_says_which_it_prefers() {
    let house = House::open().await;
    for (accepted, expected) in [
        (None, "en"),
        (Some("de"), "de"),
        (Some("de-AT,en;q=0.5"), "de"),
        (Some("en;q=0.5, fr;q=0.9"), "fr"),
        (Some("xx, es;q=0.1"), "es"),
        (Some("de;q=0, en"), "en"),
        (Some("xx"), "en"),
        (Some("nonsense;;;q=,"), "en"),
    ] {
        let found = language(&house, "/no-such-page", accepted).await;
        assert_eq!(found, expected, "{accepted:?}");
    }
}

#[tokio::test]
async fn the_address_wins_over_the_browser() {
    let house = House::open().await;
    let found = language(&house, "/no-such-page?ui_locales=fr", Some("de")).await;
    assert_eq!(found, "fr");
    let found = language(&house, "/no-such-page?ui_locales=xx", Some("de")).await;
    assert_eq!(found, "de");
}

#[tokio::test]
async fn every_language_has_every_page_of_a_sign_on() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    let mut titles = Vec::new();
    for locale in ["en", "de", "fr", "es"] {
        let mut browser = house.browser();
        let request = shop
            .request()
            .with("ui_locales", locale)
            .with("prompt", "consent");
        let page = browser.go(&request).await;
        titles.push(page.title());
        let page = browser.enter_password(&page, &bob).await;
        titles.push(page.title());
        let code = bob.code_at(house.now());
        let page = browser
            .submit(&page, "one-time-code", "submit", &[("otp", &code)])
            .await;
        titles.push(page.title());
        assert!(page.text().contains(&format!("<html lang=\"{locale}\"")));
        house.advance(std::time::Duration::from_secs(30));
    }
    let distinct: std::collections::BTreeSet<&String> = titles.iter().collect();
    assert_eq!(distinct.len(), 12, "{titles:?}");
    assert!(titles.iter().all(|title| !title.is_empty()));
}

#[tokio::test]
async fn the_links_to_the_other_languages_stay_in_the_flow() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let address = page.url.to_string();
    let separator = if address.contains('?') { '&' } else { '?' };
    let page = browser
        .get(&format!("{address}{separator}ui_locales=de"))
        .await;
    assert!(page.has_form("sign-on") && page.text().contains("<html lang=\"de\""));
    assert!(page.text().contains("hreflang=\"fr\""));
    assert!(
        page.form("sign-on").action.contains("ui_locales=de"),
        "a wrong password answers in German"
    );
}

#[tokio::test]
async fn a_refusal_is_in_the_language_that_the_refused_request_asked_for() {
    let house = House::open().await;
    let form = [("client_id", "nobody"), ("ui_locales", "xx de")];
    let posted = house.http.post(house.at("/as/authorization.oauth2"), &form);
    let page = posted.await.expect_status(400);
    assert_eq!(page.title(), "Wir kennen diese Anwendung nicht");
    assert!(page.text().contains("<html lang=\"de\""));
}
