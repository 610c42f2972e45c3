//! What is refused whatever was asked: each door says it in its own form, with one status.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use testkit::House;
use tower::ServiceExt;

/// The forms of the doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// RFC 6749 §5.2.
    OAuth,
    /// PingFederate's `ApiResult`.
    Admin,
    Page,
}

struct Doors {
    house: House,
    runtime: Router,
    administration: Router,
}

impl Doors {
    async fn open() -> Self {
        let house = House::open().await;
        Self {
            runtime: web::router::runtime(house.app()),
            administration: web::router::administration(house.app()),
            house,
        }
    }

    /// Sends a request as it is, without a connection that would announce its length.
    async fn ask(&self, (form, method, path): (Form, &str, &str), sent: Sent) -> Told {
        let mut request = Request::builder().method(method).uri(path);
        let (router, content) = match form {
            Form::Admin => (&self.administration, "application/json"),
            _ => (&self.runtime, "application/x-www-form-urlencoded"),
        };
        request = request.header("content-type", content);
        if form == Form::Admin {
            request = request.header("authorization", self.credentials());
            request = request.header("x-xsrf-header", "PingFederate");
        }
        if sent.announced {
            request = request.header("content-length", sent.size);
        }
        if let Some(accept) = sent.accept {
            request = request.header("accept", accept);
        }
        let request = request.body(Body::from("x".repeat(sent.size))).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        Told::of(response, form).await
    }

    fn credentials(&self) -> String {
        let administration = self.house.administration();
        let basic = format!("{}:{}", administration.name, administration.password);
        format!("Basic {}", data_encoding::BASE64.encode(basic.as_bytes()))
    }
}

#[derive(Clone, Copy, Default)]
struct Sent {
    size: usize,
    announced: bool,
    accept: Option<&'static str>,
}

/// What a door has said.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: StatusCode,
    allow: Option<String>,
    body: String,
}

impl Told {
    /// Reads an answer, which has to be of this form and safe.
    async fn of(response: Response<Body>, form: Form) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let header = |name| headers.get(name).map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        let content = header("content-type").unwrap_or_default();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let object = |member: &str| {
            assert!(content.starts_with("application/json"), "{content}: {body}");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert!(body[member].is_string(), "{body}");
        };
        match form {
            Form::OAuth => object("error_description"),
            Form::Admin => object("resultId"),
            Form::Page => {
                assert_eq!(content, "text/html; charset=utf-8");
                assert!(body.contains("/assets/countersign.css"), "{body}");
            }
        }
        Self {
            status,
            allow: header("allow"),
            body,
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_told_by_each_door_in_one_way_however_it_comes() {
    let doors = Doors::open().await;
    for door in [
        (Form::OAuth, "POST", "/as/token.oauth2"),
        (Form::OAuth, "POST", "/idp/userinfo.openid"),
        (Form::Page, "POST", "/as/authorization.oauth2"),
        (Form::Page, "POST", "/idp/init_logout.openid"),
        (Form::Admin, "POST", "/pf-admin-api/v1/oauth/clients"),
    ] {
        let announced = Sent {
            size: 300 * 1024,
            announced: true,
            accept: None,
        };
        let told = doors.ask(door, announced).await;
        assert_eq!(told.status, 413, "{door:?}");
        let chunked = Sent {
            announced: false,
            ..announced
        };
        assert_eq!(doors.ask(door, chunked).await, told, "{door:?}");
        for accept in ["text/html", "application/json"] {
            let accepting = Sent {
                accept: Some(accept),
                ..announced
            };
            assert_eq!(doors.ask(door, accepting).await, told, "{door:?}");
        }
    }
}

#[tokio::test]
async fn a_form_is_too_long_before_a_body_is() {
    let doors = Doors::open().await;
    let door = (Form::OAuth, "POST", "/as/token.oauth2");
    for announced in [true, false] {
        let sent = Sent {
            size: 100 * 1024,
            announced,
            accept: None,
        };
        assert_eq!(doors.ask(door, sent).await.status, 413);
    }
}

#[tokio::test]
async fn rfc9110_15_5_6_every_door_says_which_methods_there_are() {
    let doors = Doors::open().await;
    for (door, allow) in [
        ((Form::Page, "POST", "/account"), "GET,HEAD"),
        ((Form::Page, "DELETE", "/account/password"), "GET,HEAD,POST"),
        (
            (Form::Page, "PUT", "/as/authorization.oauth2"),
            "GET,HEAD,POST",
        ),
        ((Form::Page, "POST", "/assets/logo.svg"), "GET,HEAD"),
        ((Form::OAuth, "GET", "/as/token.oauth2"), "POST"),
        ((Form::OAuth, "POST", "/pf/JWKS"), "GET,HEAD"),
        (
            (Form::Admin, "DELETE", "/pf-admin-api/v1/version"),
            "GET,HEAD",
        ),
    ] {
        let told = doors.ask(door, Sent::default()).await;
        assert_eq!(told.status, 405, "{door:?}");
        assert_eq!(told.allow.as_deref(), Some(allow), "{door:?}");
    }
}

#[tokio::test]
async fn where_there_is_nothing_the_listener_says_so_in_its_form() {
    let doors = Doors::open().await;
    for door in [
        (Form::Page, "GET", "/no/such/page"),
        (Form::Page, "POST", "/no/such/page"),
        (Form::Page, "GET", "/assets/no-such.css"),
        (Form::Admin, "GET", "/"),
        (Form::Admin, "GET", "/pf-admin-api/v1/no/such"),
        (Form::Admin, "POST", "/as/token.oauth2"),
    ] {
        let told = doors.ask(door, Sent::default()).await;
        assert_eq!(told.status, 404, "{door:?}");
    }
}

#[tokio::test]
async fn when_there_is_no_place_left_each_door_asks_to_come_again() {
    let house = House::open_with(|settings| settings.request_limits.concurrent = 0).await;
    let token = house.http.post(house.at("/as/token.oauth2"), &[]).await;
    let token = token.expect_status(503);
    assert_eq!(token.header("retry-after"), Some("1"));
    assert_eq!(token.json()["error"], "temporarily_unavailable");
    let page = house.browser().get("/account").await.expect_status(503);
    assert_eq!(page.header("retry-after"), Some("1"));
    assert_eq!(page.title(), "We’ll be right back");
    let admin = house.http.get(format!("{}/", house.admin_url)).await;
    let admin = admin.expect_status(503).json();
    let message = "The server is busy. Try again in a moment.";
    assert_eq!(admin, json!({ "resultId": "busy", "message": message }));
}
