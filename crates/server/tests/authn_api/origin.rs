//! Whose scripts may read the answers (Fetch §3.2).

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply};

use super::application::{Application, allow, client, redirectless, refused};

const PORTAL: &str = "https://portal.example";
const OTHER: &str = "https://other.example:8443";
const EVIL: &str = "https://evil.example";

/// A server with an application, which has these other members.
async fn setting(settings: Value, members: Value) -> House {
    let house = House::open().await;
    let _ = client(&house, "shop", json!({})).await;
    let _ = client(&house, "bank", json!({})).await;
    let mut application = json!({
        "name": "Portal",
        "url": "https://portal.example/sign-on",
        "additionalAllowedOrigins": [OTHER],
    });
    for (name, value) in members.as_object().unwrap() {
        application[name] = value.clone();
    }
    let administration = house.administration();
    let added = administration.post("/authenticationApi/applications", &application);
    let _ = added.await.expect_status(201);
    allow(&house, settings).await;
    house
}

fn readable_by(reply: &Reply) -> Option<&str> {
    assert!(
        reply.headers("vary").contains(&"Origin"),
        "caches must know"
    );
    let by = reply.header("access-control-allow-origin");
    let with_cookies = reply.header("access-control-allow-credentials");
    assert_eq!(with_cookies, by.map(|_| "true"));
    by
}

#[tokio::test]
async fn pingfederate_3_1_scripts_of_the_applications_read_the_answers_with_cookies() {
    let house = setting(json!({}), json!({})).await;
    let shop = testkit::RelyingParty::new(&house, "shop", None, "");
    let start = redirectless(&shop).without("scope").url();
    let flow = house.at("/pf-ws/authn/flows/x");
    for origin in [PORTAL, OTHER, EVIL, "null", "http://portal.example"] {
        let allowed = [PORTAL, OTHER].contains(&origin).then_some(origin);
        for address in [&start, &flow] {
            let request = house.http.request(Method::GET, address);
            let reply = request.header("origin", origin).send().await;
            assert_eq!(readable_by(&reply), allowed, "{origin} {address}");
            let request = house.http.request(Method::OPTIONS, address);
            let preflight = request
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header(
                    "access-control-request-headers",
                    "content-type,x-xsrf-header",
                )
                .send()
                .await;
            assert_eq!(preflight.status, 204);
            assert_eq!(readable_by(&preflight), allowed);
            let headers = preflight.header("access-control-allow-headers");
            let expected = "content-type, x-xsrf-header, x-pf-auth-api-state, x-pf-authn-api-state";
            assert_eq!(headers, allowed.map(|_| expected));
            let methods = preflight.header("access-control-allow-methods");
            assert_eq!(methods, allowed.map(|_| "GET, POST"));
        }
    }
}

#[tokio::test]
async fn what_the_authorization_endpoint_tells_others_no_script_reads() {
    let house = setting(json!({}), json!({})).await;
    let shop = house.add_client("usual").await;
    for request in [
        shop.request(),
        shop.request().with("response_mode", "form_post"),
        shop.request().with("client_id", "unheard-of"),
        shop.request().with("prompt", "none"),
    ] {
        let request = house.http.request(Method::GET, request.url());
        let reply = request.header("origin", PORTAL).send().await;
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn pingfederate_a_restricted_application_signs_on_for_its_own_client_alone() {
    let own = json!({ "clientForRedirectlessModeRef": { "id": "shop" } });
    for (restricted, of_bank) in [(false, 200), (true, 403)] {
        let settings = json!({ "restrictAccessToRedirectlessMode": restricted });
        let house = setting(settings, own.clone()).await;
        let ask = |id: &str, origin: Option<&'static str>| {
            let client = testkit::RelyingParty::new(&house, id, None, "");
            let request = redirectless(&client).without("scope");
            let mut app = Application::new(&house).browser;
            if let Some(origin) = origin {
                app = app.with_header("origin", origin);
            }
            async move { app.get(&request.url()).await }
        };
        assert_eq!(ask("shop", Some(PORTAL)).await.status, 200);
        let bank = ask("bank", Some(PORTAL)).await;
        assert_eq!(bank.status, of_bank);
        if restricted {
            refused(&bank, 403, "REQUEST_FAILED", "NOT_ALLOWED");
            refused(
                &ask("shop", Some(EVIL)).await,
                403,
                "REQUEST_FAILED",
                "NOT_ALLOWED",
            );
        }
        // What is no page has no origin.
        assert_eq!(ask("bank", None).await.status, 200);
    }
}

#[tokio::test]
async fn no_page_can_fill_a_browser_with_cookies() {
    let house = House::open().await;
    let shop = client(&house, "shop", json!({})).await;
    allow(&house, json!({})).await;
    let mut browser = house.browser();
    let form = redirectless(&shop);
    let codes = [("response_mode", "pi.flow")];
    for (path, form) in [
        ("/as/authorization.oauth2", form.form()),
        ("/as/user_authz.oauth2", codes.to_vec()),
    ] {
        let endpoint = house.at(path);
        for _ in 0..3 {
            let reply = browser.post_cross_site(&endpoint, &form).await;
            let refused = reply.expect_status(403).json();
            assert_eq!(refused["details"][0]["code"], "NOT_ALLOWED");
        }
        assert_eq!(browser.cookies("PF.FLOW.").len(), 0, "{path}");
    }
    // Scripts begin as before.
    let request = browser.request(Method::POST, &form.url());
    let request = request.header("sec-fetch-mode", "cors");
    let _ = browser.send(request).await.expect_status(200);
    assert_eq!(browser.cookies("PF.FLOW.").len(), 1);
}
