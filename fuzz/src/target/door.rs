//! Requests to every address that people, clients and `/v1`'s tools reach: each is answered, none by a fault of ours,
//! and nobody is sent to where no client has registered.

use axum::body::Body;
use http::{HeaderMap, Request};
use testkit::House;
use url::Url;

use super::house;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "door",
    run,
    seeds,
};

/// A request as HTTP/1.1 writes it, with line feeds alone: method and path, headers, a blank line,
/// the body.
fn run(input: &[u8]) -> bool {
    let Some(request) = request(input) else {
        return false;
    };
    house::with(async |house| {
        let answer = match request.uri().path().starts_with("/v1/") {
            true => house::ask_administration(house, request).await,
            false => house::ask(house, request).await,
        };
        check_location(house, &answer.headers);
        // Whether some door has answered, if only to refuse: at an address that there is, by its method.
        let media_type = answer.headers.get("content-type");
        let is_page = media_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
        answer.status != 405 && !(answer.status == 404 && is_page)
    })
}

fn request(input: &[u8]) -> Option<Request<Body>> {
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let end = input
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or(input.len());
    let (head, body) = input.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n');
    let (method, path) = text(lines.next()?)?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        request = request.header(name, value.get(1..)?.trim_ascii());
    }
    let body = body.get(2..).unwrap_or_default();
    request.body(Body::from(body.to_vec())).ok()
}

/// Nobody is sent to where a request alone says (RFC 9700 §4.11.2).
fn check_location(house: &House, headers: &HeaderMap) {
    let Some(location) = headers.get("location") else {
        return;
    };
    let location = location.to_str().expect("a location is text");
    let own = Url::parse(&house.url).expect("the house has an address");
    let target = own.join(location).expect("a location is a URI");
    let is_clients = location.starts_with(house::REDIRECT_URI);
    assert!(is_clients || target.origin() == own.origin(), "{location}");
}

fn seeds() -> Vec<Vec<u8>> {
    let form = "content-type: application/x-www-form-urlencoded";
    let request = "client_id=shop&response_type=code&scope=openid&state=s&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback";
    let basic = data_encoding::BASE64.encode(house::CREDENTIALS.as_bytes());
    let json = "content-type: application/json";
    let env = house::environment();
    let users = format!("/v1/environments/{env}/users");
    [
        "GET /.well-known/openid-configuration\norigin: https://elsewhere.example".to_owned(),
        "GET /pf/JWKS".to_owned(),
        format!("GET /as/authorization.oauth2?{request}\naccept-language: de-CH, fr;q=0.8\nuser-agent: x"),
        format!("POST /as/authorization.oauth2\n{form}\n\n{request}&prompt=login&response_mode=form_post"),
        format!("GET /as/authorization.oauth2?{request}&prompt=none\ncookie: PF=x; __Host-PF.FLOW=y; lang=z"),
        format!("POST /as/token.oauth2\n{form}\nauthorization: Basic {basic}\n\ngrant_type=client_credentials&scope="),
        format!("POST /as/introspect.oauth2\n{form}\nauthorization: Basic {basic}\n\ntoken=a.b.c&token_type_hint=refresh_token"),
        format!("POST /as/revoke_token.oauth2\n{form}\nauthorization: Basic {basic}\n\ntoken=a.b.c"),
        format!("POST /as/par.oauth2\n{form}\nauthorization: Basic {basic}\n\n{request}"),
        "GET /idp/init_logout.openid?client_id=shop&state=s&ui_locales=es".to_owned(),
        format!("POST /as/device_authz.oauth2\n{form}\nauthorization: Basic {basic}\n\nscope=openid"),
        format!("POST /as/user_authz.oauth2\n{form}\n\nuser_code=BCDF-GHJK"),
        "GET /as/user_authz.oauth2?user_code=BCDF-GHJK&response_mode=pi.flow".to_owned(),
        "GET /pf-ws/authn/flows/ABCDE\nx-xsrf-header: x\nx-pf-authn-api-state: y".to_owned(),
        "POST /pf-ws/authn/flows/ABCDE\nx-xsrf-header: x\ncontent-type: application/vnd.pingidentity.checkUsernamePassword+json\n\n{\"username\":\"a\",\"password\":\"b\"}".to_owned(),
        "GET /authenticator".to_owned(),
        "GET /authenticator/worker.js".to_owned(),
        format!("POST /authenticator/devices\n{json}\n\n{{\"pairing\":\"a.b.c\",\"name\":\"phone\"}}"),
        "GET /authenticator/devices/00000000-0000-4000-8000-000000000000/requests\nauthorization: Bearer a.b.c".to_owned(),
        format!("POST /authenticator/devices/x/requests/y\n{json}\n\n{{\"answer\":\"a.b.c\"}}"),
        format!("GET /{env}/as/.well-known/openid-configuration"),
        format!("GET /{env}/as/authorize?{request}&response_mode=pi.flow\norigin: https://shop.example"),
        format!("POST /{env}/as/token\n{form}\nauthorization: Basic {basic}\n\ngrant_type=client_credentials"),
        format!("POST /{env}/as/par\n{form}\nauthorization: Basic {basic}\n\n{request}"),
        format!("POST /{env}/as/device_authorization\n{form}\n\nclient_id=shop"),
        format!("GET /{env}/as/signoff?client_id=shop"),
        format!("GET /{env}/device?user_code=BCDF-GHJK"),
        format!("POST /{env}/flows/x\ncontent-type: application/vnd.pingidentity.otp.check+json\n\n{{\"otp\":\"123456\"}}"),
        format!("POST /{env}/deviceAuthentications\n{json}\nauthorization: Bearer a.b.c\n\n{{\"user\":{{\"id\":\"x\"}}}}"),
        format!("GET {users}?filter=username%20eq%20%22a%22&limit=5"),
        format!("POST {users}\n{json}\n\n{{\"username\":\"carol\",\"email\":\"carol@example.com\"}}"),
        format!("PUT {users}/x/mfaEnabled\n{json}\n\n{{\"mfaEnabled\":true}}"),
        format!("POST {users}/x/devices\n{json}\n\n{{\"type\":\"EMAIL\",\"email\":\"carol@example.com\"}}"),
        format!("POST /v1/environments/{env}/applications\n{json}\n\n{{\"name\":\"app\",\"enabled\":true,\"type\":\"WEB_APP\",\"protocol\":\"OPENID_CONNECT\"}}"),
        "GET /".to_owned(),
        "GET /account\ncookie: PF=x".to_owned(),
        "GET /assets/countersign.css".to_owned(),
        "OPTIONS /as/token.oauth2\norigin: null\naccess-control-request-method: POST".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}
