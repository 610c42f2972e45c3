//! How the pages present the client.

use std::path::Path;

use serde_json::json;
use testkit::House;
use web::{Brand, Locale, Locales, Pages, Templates};

async fn house(directory: &Path) -> House {
    let locales = Locales::with_overrides(Locale::ENGLISH, Some(directory)).unwrap();
    let templates = Templates::with_overrides(Some(directory)).unwrap();
    let pages = Pages::new(templates, locales, Brand::default());
    House::open_with_pages(|_| {}, pages).await
}

/// Settings: Name; Description
#[tokio::test]
async fn seed_name_and_description_are_told_in_the_persons_language_by_their_alias() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, words: &str| {
        std::fs::write(directory.path().join(name), words).unwrap();
    };
    write(
        "en.ftl",
        "shop-name = Flowers & More\nshop-about = Sells flowers\n",
    );
    write(
        "de.ftl",
        "shop-name = Blumen & Mehr\nshop-about = Verkauft Blumen\n",
    );
    let house = house(directory.path()).await;
    let alice = house.add_person("alice").await;
    let aliases = json!({ "name": "shop-name", "description": "shop-about" });
    let shop = house.add_client_with("shop", aliases).await;
    // A name that only looks like an alias of ours is a name.
    let ours = json!({ "name": "consent-allow" });
    let other = house.add_client_with("other", ours).await;
    for (language, name, description) in [
        ("en", "Flowers &amp; More", "Sells flowers"),
        ("de", "Blumen &amp; Mehr", "Verkauft Blumen"),
        ("fr", "Flowers &amp; More", "Sells flowers"),
    ] {
        let mut browser = house.browser();
        let request = shop.request().with("ui_locales", language);
        let page = browser.go(&request).await;
        assert!(page.text().contains(name), "the sign-on page, {language}");
        let page = browser.enter_password(&page, &alice).await;
        let text = page.text();
        assert!(
            text.contains(name) && text.contains(description),
            "{language}"
        );
        assert!(!text.contains("shop-name") && !text.contains("shop-about"));
    }
    let page = house.browser().go(&other.request()).await;
    assert!(page.text().contains("consent-allow"));
}

/// Setting: Extended Properties
#[tokio::test]
async fn seed_extended_properties_are_available_to_templates() {
    let directory = tempfile::tempdir().unwrap();
    // The frame of every page of a flow, with what an operator shows of the client besides.
    let frame = r"{% if client %}{% for value in client.extended_parameters.tier %}[{{ value }}]{%
        endfor %}{% endif %}{% block title %}{% endblock %}{% block task %}{% endblock %}";
    std::fs::write(directory.path().join("flow.html"), frame).unwrap();
    let house = house(directory.path()).await;
    let bob = house.add_person_with_totp("bob").await;
    let properties = json!({ "items": [{ "name": "tier", "multiValued": true }] });
    let defined = house.administration();
    let defined = defined.put("/extendedProperties", &properties).await;
    let _ = defined.expect_status(200);
    let tier = json!({ "extendedParameters": { "tier": { "values": ["gold", "<b>"] } } });
    let shop = house.add_client_with("shop", tier).await;
    let mut browser = house.browser();
    let sign_on = browser.go(&shop.request()).await;
    let code = browser.enter_password(&sign_on, &bob).await;
    let otp = bob.code_at(house.now());
    let consent = browser
        .submit(&code, "one-time-code", "submit", &[("otp", &otp)])
        .await;
    assert!(sign_on.has_form("sign-on") && code.has_form("one-time-code"));
    assert!(consent.has_form("consent"));
    house
        .change_client("shop", json!({ "enabled": false }))
        .await;
    let error = browser.go(&shop.request()).await.expect_status(400);
    for page in [sign_on, code, consent, error] {
        assert!(page.text().contains("[gold][&lt;b&gt;]"), "{}", page.text());
    }
}

/// Setting: Logo URL
#[tokio::test]
async fn pingfederate_the_logo_of_a_client_is_on_its_pages() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let logo = "https://shop.example/logo.png?size=72&v=\"";
    let shop = house
        .add_client_with("shop", json!({ "logoUrl": logo }))
        .await;
    let plain = house.add_client("plain").await;
    let image = "<img src=\"https:&#x2f;&#x2f;shop.example&#x2f;logo.png?size=72&amp;v=&quot;\"";
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let consent = browser.enter_password(&page, &alice).await;
    assert!(consent.has_form("consent"));
    for page in [page, consent] {
        assert!(page.text().contains(image));
        // The policy of the page lets it be shown.
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("img-src 'self' https:"), "{policy}");
    }
    let page = browser.go(&plain.request()).await;
    assert!(!page.text().contains("logo.png"));
    // And where the person takes back what it may do.
    let mut browser = house.browser();
    let request = shop.request();
    let answer = browser.sign_on(&request, &alice).await;
    shop.redeem(&request, &answer).await;
    let page = browser.get("/account/grants").await.expect_status(200);
    assert_eq!(page.text().matches(image).count(), 1);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' https:"), "{policy}");
}
