//! The headers that keep pages safe.

use http::Method;
use testkit::{House, Reply};

#[track_caller]
fn is_safe(page: &Reply) {
    let header = |name: &str| page.header(name).map(str::to_owned);
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(header("x-frame-options").as_deref(), Some("DENY"));
    assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(
        header("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    let policy = header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!policy.contains(" ;") && !policy.contains("  "), "{policy}");
    let text = page.text();
    for forbidden in [
        "<style",
        " style=\"",
        " onclick=",
        " onload=",
        "javascript:",
    ] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    for script in text.split("<script").skip(1) {
        assert!(
            script.starts_with(" src=\"/assets/"),
            "no script of its own"
        );
    }
}

#[tokio::test]
async fn every_page_has_them() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    is_safe(&page);
    let page = browser.enter_password(&page, &bob).await;
    is_safe(&page);
    let code = bob.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    is_safe(&page);
    let request = shop.request().with("response_mode", "form_post");
    let reply = browser.submit(&page, "consent", "allow", &[]).await;
    assert_eq!(reply.status, 303);
    is_safe(&browser.go(&request).await);
    for path in [
        "/account",
        "/account/password",
        "/account/devices",
        "/account/devices/new/email",
        "/account/sessions",
        "/account/grants",
        "/idp/init_logout.openid",
        "/as/authorization.oauth2",
        "/no-such-page",
    ] {
        is_safe(&browser.open(path).await);
    }
}

#[tokio::test]
async fn csp3_6_4_1_a_flow_may_lead_to_where_its_client_is_and_no_other_page_does() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let page = house.browser().go(&shop.request()).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");
    let page = house.browser().get("/no-such-page").await;
    let policy = page.header("content-security-policy").unwrap();
    let (_, actions) = policy.split_once("form-action 'self'").unwrap();
    assert!(actions.trim_start().starts_with(';'), "{policy}");
}

#[tokio::test]
async fn assets_are_cached_and_typed() {
    let house = House::open().await;
    for (name, media_type) in [
        ("countersign.css", "text/css; charset=utf-8"),
        ("brand.css", "text/css; charset=utf-8"),
        ("enhance.js", "text/javascript; charset=utf-8"),
        ("form-post.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
    ] {
        let reply = house.http.get(house.at(&format!("/assets/{name}"))).await;
        let reply = reply.expect_status(200);
        assert_eq!(reply.header("content-type"), Some(media_type));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert!(reply.header("cache-control").unwrap().contains("max-age="));
    }
}

#[tokio::test]
async fn an_error_page_can_be_reported() {
    let house = House::open().await;
    let request = house.http.request(Method::GET, house.at("/no-such-page"));
    let page = request.send().await.expect_status(404);
    let id = page.header("x-request-id").unwrap();
    assert!(
        page.text()
            .contains(&format!("<code id=\"reference\">{id}</code>"))
    );
    assert_eq!(page.title(), "There’s nothing here");
}
