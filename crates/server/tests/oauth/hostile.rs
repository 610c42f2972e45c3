//! Whatever is sent to whatever endpoint: an answer in the endpoint's own form, never a failure.

#[path = "hostile/address.rs"]
mod address;

use http::Method;
use testkit::{House, Http, Reply};

use self::address::{ADMIN, ENVIRONMENT, Form, MANAGEMENT, RUNTIME};

/// Every address that people, browsers and clients reach, and how it refuses.
async fn reached(house: &House) -> Vec<(String, Form)> {
    let env = house.add_environment("bank").await;
    env.add_client("shop").await;
    let own = RUNTIME
        .iter()
        .map(|(path, form)| ((*path).to_owned(), *form));
    let theirs = ENVIRONMENT.iter();
    let theirs = theirs.map(|(path, form)| (format!("/{}{path}", env.id), *form));
    own.chain(theirs).collect()
}

/// Parameters as an attacker, a broken client or a fuzzer sends them.
fn parameters() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        "",
        "&&&===",
        "client_id=shop&client_id=shop",
        "grant_type=x&grant_type=y&token=1&token=2&state=1&state=2",
        "client_id=%",
        "client_id=%4",
        "client_id=%zz",
        "client_id=%ff%fe",
        "%ff=1",
        "client_id=a%00b&token=%00&grant_type=%00&state=%00",
        "client_id=shop&state=%01%1f%7f",
        "client_id=shop&redirect_uri=https://shop.example/callback&response_type=code&state=%0d%0aSet-Cookie:%20PF=x",
        "client_id=shop%0d%0aX-Injected:%201&token=%0d%0aX-Injected:%201",
        "client_id=shop&redirect_uri=javascript:alert(1)&response_type=code",
        "client_id=shop&redirect_uri=data:text/html,x&response_type=code",
        "post_logout_redirect_uri=javascript:alert(1)&client_id=shop",
        "client_id=shop&ui_locales=%0d%0ax&login_hint=%0d%0ax&scope=%0d%0a",
        "access_token=%ff&id_token_hint=....&code=%e2%82%ac",
        "page=-1&numberPerPage=0&filter=%00",
        "page=99999999999999999999&numberPerPage=4294967295",
        "done=%00&count=-1&ui_locales=%ff",
        "action=confirm&csrf_token=x&otp=1&username=%00&password=x",
        "grant_type=authorization_code&client_id=shop&client_secret=x&code=%F0%9F%98%80",
        "client_assertion=a.b.c&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_id=shop&redirect_uri=https://shop.example/callback&response_type=code&scope=openid&claims=%7B%22id_token%22:%7B%22sub%22:%7B%22value%22:%5B%5D%7D%7D%7D",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    let many: Vec<String> = (0..2_000).map(|n| format!("p{n}=1")).collect();
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    all.push(format!("client_id=shop&redirect_uri=https://shop.example/callback&response_type=code&claims={deep}").into());
    all.push(many.join("&").into());
    all.push(format!("client_id={}", "a".repeat(20_000)).into());
    all
}

/// Bodies that are no forms: their media types, and what is in them.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = "[".repeat(200_000);
    let nested = "{\"a\":".repeat(100_000);
    vec![
        ("application/x-www-form-urlencoded", vec![0xff; 100]),
        ("application/x-www-form-urlencoded", b"\0\x01\x02".to_vec()),
        ("application/x-www-form-urlencoded", vec![b'a'; 70_000]),
        ("application/x-www-form-urlencoded", vec![b'a'; 2_000_000]),
        ("application/x-www-form-urlencoded;charset=utf-16", b"a=b".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--".to_vec()),
        ("text/plain", b"client_id=shop".to_vec()),
        ("nonsense", b"client_id=shop".to_vec()),
        ("application/xml", b"<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>".to_vec()),
        ("application/json", Vec::new()),
        ("application/json", b"{".to_vec()),
        ("application/json", b"null".to_vec()),
        ("application/json", b"[]".to_vec()),
        ("application/json", b"7".to_vec()),
        ("application/json", b"\"text\"".to_vec()),
        ("application/json", vec![0xff; 10]),
        ("application/json", b"{\"clientId\":\"a\",\"clientId\":\"b\"}".to_vec()),
        ("application/json", b"{\"clientId\":\"\\ud800\"}".to_vec()),
        ("application/json", b"{\"clientId\":\"a\\u0000b\",\"name\":\"\\r\\n\",\"grantTypes\":[]}".to_vec()),
        ("application/json", b"{\"clientId\":1e999,\"name\":{},\"grantTypes\":\"x\"}".to_vec()),
        ("application/json", b"{\"clientId\":\"x\",\"name\":\"x\",\"grantTypes\":[\"AUTHORIZATION_CODE\"],\"redirectUris\":[\"javascript:alert(1)\"]}".to_vec()),
        ("application/json", b"{\"authorizationCodeTimeout\":99999999999999999999}".to_vec()),
        ("application/json", deep.into_bytes()),
        ("application/json", nested.into_bytes()),
        ("application/json", format!("{{\"name\":\"{}\"}}", "x".repeat(2_000_000)).into_bytes()),
    ]
}

#[track_caller]
fn check(form: Form, what: &str, reply: &Reply) {
    let context = || {
        format!(
            "{what}\n{} {:?}\n{}",
            reply.status,
            reply.headers,
            reply.text()
        )
    };
    assert!(reply.status < 500, "{}", context());
    assert_eq!(reply.header("x-injected"), None, "{}", context());
    assert_eq!(
        reply.header("x-content-type-options"),
        Some("nosniff"),
        "{}",
        context()
    );
    for cookie in reply.headers("set-cookie") {
        assert!(!cookie.starts_with("PF=x"), "{}", context());
    }
    // RFC 9110 §15.5.6: a method that there is not.
    if reply.status == 405 {
        assert!(reply.header("allow").is_some(), "{}", context());
    }
    if let Some(location) = reply.header("location") {
        assert_eq!(form, Form::Page, "{}", context());
        let ours = location.starts_with('/') && !location.starts_with("//");
        assert!(
            ours || location.starts_with("https://shop.example/callback?"),
            "{}",
            context()
        );
        return;
    }
    has_form(form, &context(), reply);
}

/// Whether an answer with a body is written as the endpoint writes.
#[track_caller]
fn has_form(form: Form, context: &str, reply: &Reply) {
    let media_type = reply.header("content-type").unwrap_or_default();
    match form {
        Form::Document | Form::File if (200..300).contains(&reply.status) => {}
        Form::Page | Form::File | Form::NoFile => {
            assert!(form != Form::NoFile || reply.status != 200, "{context}");
            assert!(media_type.starts_with("text/html"), "{context}");
            assert!(!reply.text().contains("<script>"), "{context}");
            let policy = reply.header("content-security-policy");
            assert!(policy.is_some(), "{context}");
        }
        Form::Bearer if reply.status == 401 => {
            assert!(reply.header("www-authenticate").is_some(), "{context}");
        }
        Form::OAuth | Form::Authenticator | Form::Bearer | Form::Document => {
            assert!(media_type.starts_with("application/json"), "{context}");
            assert!(reply.json()["error"].is_string(), "{context}");
        }
        Form::Coded => {
            assert!(media_type.starts_with("application/"), "{context}");
            assert!(media_type.contains("json"), "{context}");
            let body = reply.json();
            assert!(
                body["code"].is_string() && body["message"].is_string(),
                "{context}"
            );
        }
        Form::Admin => {
            assert!(media_type.starts_with("application/json"), "{context}");
            if reply.status >= 400 {
                let body = reply.json();
                assert!(
                    body["resultId"].is_string() && body["message"].is_string(),
                    "{context}"
                );
            }
        }
    }
}

/// A server may close the connection on a body that it will not read to its end; the client then
/// sees the answer or the end of the connection, as chance has it.
async fn sent(request: testkit::Request, oversized: bool) -> Option<Reply> {
    match oversized {
        true => request.try_send().await,
        false => Some(request.send().await),
    }
}

fn methods() -> [Method; 7] {
    [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::from_bytes(b"BREW").unwrap(),
    ]
}

#[tokio::test]
async fn no_parameters_whatever_break_an_endpoint() {
    let house = House::open().await;
    house.add_client("shop").await;
    for (path, form) in reached(&house).await {
        for encoded in parameters() {
            let what = format!(
                "{path} {}",
                String::from_utf8_lossy(&encoded[..encoded.len().min(200)])
            );
            let text = std::str::from_utf8(&encoded).unwrap();
            let get = house.http.get(format!("{}?{text}", house.at(&path))).await;
            check(form, &what, &get);
            let post = house.http.request(Method::POST, house.at(&path));
            let post = post.body("application/x-www-form-urlencoded", encoded);
            check(form, &what, &post.send().await);
        }
    }
}

#[tokio::test]
async fn no_body_whatever_breaks_an_endpoint() {
    let house = House::open().await;
    house.add_client("shop").await;
    for (path, form) in reached(&house).await {
        for (media_type, body) in bodies() {
            let what = format!("{path} {media_type} {} bytes", body.len());
            let oversized = body.len() > 60_000;
            let post = house.http.request(Method::POST, house.at(&path));
            if let Some(reply) = sent(post.body(media_type, body), oversized).await {
                check(form, &what, &reply);
            }
        }
    }
}

#[tokio::test]
async fn no_method_or_header_whatever_breaks_an_endpoint() {
    let house = House::open().await;
    house.add_client("shop").await;
    for (path, form) in reached(&house).await {
        for method in methods() {
            let request = house.http.request(method.clone(), house.at(&path));
            let reply = request.send().await;
            let is_usual = method == Method::GET || method == Method::POST;
            if !is_usual && form != Form::Authenticator {
                assert!(
                    matches!(reply.status, 404 | 405),
                    "{method} {path}: {}",
                    reply.status
                );
            }
            check(form, &path, &reply);
        }
        for (name, value) in [
            ("cookie", "PF=x; PF=y; PF.FLOW.a=z".to_owned()),
            ("cookie", format!("PF={}", "x".repeat(4_000))),
            (
                "cookie",
                ";;=;PF;PF.FLOW.=;PF.FLOW.a=;PF.FLOW.ü=x".to_owned(),
            ),
            ("authorization", "x".repeat(4_000)),
            ("authorization", format!("Basic {}", "A".repeat(4_000))),
            ("authorization", format!("Bearer {}", "e30.".repeat(1_000))),
            (
                "accept-language",
                "xx;q=nan, *;q=inf, de;q=-1,;;;".to_owned(),
            ),
            ("accept-language", "de,".repeat(1_000)),
            ("accept", "application/nonsense".to_owned()),
            ("user-agent", "<script>alert(1)</script>".repeat(50)),
            ("x-forwarded-for", "' OR 1=1 --".to_owned()),
            ("host", "evil.example".to_owned()),
            ("origin", "https://evil.example".to_owned()),
        ] {
            for method in [Method::GET, Method::POST] {
                let request = house.http.request(method, house.at(&path));
                let reply = request.header(name, &value).send().await;
                check(form, &format!("{path} {name}"), &reply);
                assert!(!reply.text().contains("evil.example"), "{path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn a_header_that_is_too_long_is_refused_by_the_listener() {
    let house = House::open().await;
    for path in ["/as/token.oauth2", "/account"] {
        let request = house.http.request(Method::GET, house.at(path));
        let reply = request
            .header("x-long", &"x".repeat(1_000_000))
            .try_send()
            .await;
        assert!(reply.is_none_or(|reply| reply.status < 500));
    }
    let _ = Http::default()
        .get(house.at("/pf/JWKS"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn nothing_whatever_breaks_the_administration_api() {
    let house = House::open().await;
    house.add_client("shop").await;
    let administration = house.administration();
    for path in ADMIN {
        for encoded in parameters() {
            let text = std::str::from_utf8(&encoded).unwrap();
            let reply = administration.get(&format!("{path}?{text}")).await;
            check(Form::Admin, &format!("{path}?{text}"), &reply);
        }
        for method in [Method::POST, Method::PUT] {
            for (media_type, body) in bodies() {
                let what = format!("{method} {path} {media_type} {} bytes", body.len());
                let oversized = body.len() > 60_000;
                let request = administration.request(method.clone(), path);
                if let Some(reply) = sent(request.body(media_type, body), oversized).await {
                    check(Form::Admin, &what, &reply);
                    assert!(reply.status >= 400, "{what}");
                }
            }
        }
        for method in methods() {
            if method == Method::DELETE && path.ends_with("shop") {
                continue;
            }
            let reply = administration.request(method.clone(), path).send().await;
            check(Form::Admin, &format!("{method} {path}"), &reply);
            let anonymous = house
                .http
                .request(method, format!("{}{path}", administration.url));
            let reply = anonymous.send().await;
            assert_eq!(reply.status, 401, "{path}");
            check(Form::Admin, path, &reply);
        }
    }
    let _ = administration
        .get("/oauth/clients/shop")
        .await
        .expect_status(200);
}

#[tokio::test]
async fn nothing_whatever_breaks_the_management_of_environments() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    env.add_client("shop").await;
    let administration = house.administration();
    let (name, password) = (&administration.name, &administration.password);
    for path in MANAGEMENT {
        let path = path.replace("{env}", &env.id.to_string());
        let url = format!("{}/v1/environments{path}", house.admin_url);
        let request = |method: Method, url: &str| {
            let request = house.http.request(method, url);
            request.basic(name, password)
        };
        for encoded in parameters() {
            let text = std::str::from_utf8(&encoded).unwrap();
            let reply = request(Method::GET, &format!("{url}?{text}")).send().await;
            managed(&format!("{path}?{text}"), &reply);
        }
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            for (media_type, body) in bodies() {
                let what = format!("{method} {path} {media_type} {} bytes", body.len());
                let oversized = body.len() > 60_000;
                let request = request(method.clone(), &url).body(media_type, body);
                if let Some(reply) = sent(request, oversized).await {
                    managed(&what, &reply);
                }
            }
        }
        for method in methods() {
            let anonymous = house.http.request(method, url.clone()).send().await;
            assert_eq!(anonymous.status, 401, "{path}");
            check(Form::Coded, &path, &anonymous);
        }
    }
}

/// An answer of the API is a resource, or a code and a message.
#[track_caller]
fn managed(what: &str, reply: &Reply) {
    match reply.status {
        200..400 => check(Form::File, what, reply),
        _ => check(Form::Coded, what, reply),
    }
}
