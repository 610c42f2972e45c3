//! Which origins' scripts may call the endpoints (Fetch §3.2).

use http::Method;
use serde_json::json;
use testkit::House;

const OURS: &str = "https://app.example";
const SHARED: [&str; 7] = [
    "/.well-known/openid-configuration",
    "/pf/JWKS",
    "/as/par.oauth2",
    "/as/token.oauth2",
    "/as/revoke_token.oauth2",
    "/as/introspect.oauth2",
    "/idp/userinfo.openid",
];

async fn house() -> House {
    let house = House::open().await;
    house.set(json!({ "allowedOrigins": [OURS] })).await;
    house
}

#[tokio::test]
async fn fetch_3_2_2_an_allowed_origin_may_read_every_answer() {
    let house = house().await;
    for path in SHARED {
        for method in [Method::GET, Method::POST] {
            let request = house.http.request(method, house.at(path));
            let reply = request.header("origin", OURS).send().await;
            assert_eq!(
                reply.header("access-control-allow-origin"),
                Some(OURS),
                "{path}"
            );
            assert_eq!(reply.header("access-control-allow-credentials"), None);
            assert!(reply.headers("vary").contains(&"Origin"));
        }
    }
}

#[tokio::test]
async fn fetch_3_2_2_a_foreign_origin_may_read_none() {
    let house = house().await;
    for path in SHARED {
        for origin in [
            "https://evil.example",
            "null",
            "https://app.example.evil.example",
            "http://app.example",
            "https://app.example:444",
            "https://APP.example/",
        ] {
            let request = house.http.request(Method::GET, house.at(path));
            let reply = request.header("origin", origin).send().await;
            assert_eq!(
                reply.header("access-control-allow-origin"),
                None,
                "{origin}"
            );
            assert!(
                reply.headers("vary").contains(&"Origin"),
                "caches must know"
            );
        }
    }
}

#[tokio::test]
async fn fetch_3_2_2_preflights_are_answered_by_the_origin() {
    let house = house().await;
    for path in SHARED {
        let preflight = |origin: &str| {
            let request = house.http.request(Method::OPTIONS, house.at(path));
            request
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,dpop")
        };
        let reply = preflight(OURS).send().await.expect_status(204);
        assert_eq!(reply.header("access-control-allow-origin"), Some(OURS));
        assert_eq!(
            reply.header("access-control-allow-methods"),
            Some("GET, POST")
        );
        let headers = reply.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("Authorization") && headers.contains("DPoP"));
        let reply = preflight("https://evil.example").send().await;
        assert_eq!(reply.header("access-control-allow-origin"), None);
        assert_eq!(reply.header("access-control-allow-methods"), None);
    }
}

#[tokio::test]
async fn the_front_channel_and_administration_are_never_shared() {
    let house = house().await;
    let front = [
        "/as/authorization.oauth2",
        "/idp/init_logout.openid",
        "/account",
    ];
    let urls = front.map(|path| house.at(path)).into_iter();
    let admin = format!("{}/pf-admin-api/v1/version", house.admin_url);
    for url in urls.chain([admin]) {
        let request = house.http.request(Method::GET, &url);
        let reply = request.header("origin", OURS).send().await;
        assert_eq!(reply.header("access-control-allow-origin"), None, "{url}");
    }
}

#[tokio::test]
async fn every_origin_may_be_allowed() {
    let house = House::open().await;
    house.set(json!({ "allowedOrigins": ["*"] })).await;
    let request = house.http.request(Method::GET, house.at("/pf/JWKS"));
    let reply = request.header("origin", "https://any.example").send().await;
    let allowed = reply.header("access-control-allow-origin");
    assert!(matches!(allowed, Some("*" | "https://any.example")));
}
