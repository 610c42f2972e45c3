//! Authorization requests as they come: whatever is wrong with one, only its client is told, where it
//! has registered to be told (RFC 6749 §4.1.2.1).

use axum::body::Body;
use http::{Request, StatusCode};
use url::Url;

use super::house::{self, Answer, REDIRECT_URI};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "authorize",
    run,
    seeds,
};

const PATH: &str = "/as/authorization.oauth2";

/// The parameters, sent as a form and, where that is possible, as a query.
fn run(input: &[u8]) -> bool {
    let query = std::str::from_utf8(input).ok();
    let query = query.and_then(|it| {
        Request::get(format!("{PATH}?{it}"))
            .body(Body::empty())
            .ok()
    });
    let (posted, got, own) = house::with(async |house| {
        let posted = house::post(house, PATH, None, input).await;
        let got = match query {
            Some(request) => Some(house::ask(house, request).await),
            None => None,
        };
        (posted, got, house.url.clone())
    });
    let accepted = posted
        .iter()
        .chain(&got)
        .filter(|answer| check(answer, &own));
    accepted.count() > 0
}

/// Whether the answer is not a refusal; nobody is sent elsewhere.
fn check(answer: &Answer, own: &str) -> bool {
    let location = answer.headers.get("location");
    let location = location.map(|it| it.to_str().expect("a location is text"));
    let Some(location) = location else {
        // A form that posts itself to the client is the only one that leads away.
        let page = answer.text().replace("&#x2f;", "/");
        let own = page.matches(&format!("action=\"{REDIRECT_URI}\"")).count();
        assert_eq!(page.matches("action=\"http").count(), own, "{page}");
        return answer.status == StatusCode::OK;
    };
    let own = Url::parse(own).expect("the house has an address");
    let target = own.join(location).expect("a location is a URI");
    if target.origin() == own.origin() {
        return true;
    }
    let (uri, parameters) = location.split_once(['?', '#']).expect("it has parameters");
    assert_eq!(uri, REDIRECT_URI);
    assert!(
        parameters.bytes().all(|byte| byte.is_ascii_graphic()),
        "{parameters}"
    );
    let mut names = url::form_urlencoded::parse(parameters.as_bytes()).map(|(name, _)| name);
    assert!(
        names.all(
            |name| ["error", "error_description", "state", "iss", "response"].contains(&&*name)
        )
    );
    false
}

fn seeds() -> Vec<Vec<u8>> {
    let minimal = "client_id=shop&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback";
    [
        "",
        "&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        "&response_mode=form_post&prompt=login+consent&max_age=3600&display=page&ui_locales=de+en",
        "&response_mode=fragment&login_hint=ada&acr_values=mfa+pwd",
        "&claims=%7B%22id_token%22%3A%7B%22auth_time%22%3A%7B%22essential%22%3Atrue%7D%2C%22acr%22%3A%7B%22values%22%3A%5B%22mfa%22%5D%7D%7D%2C%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D",
    ]
    .map(|rest| format!("{minimal}{rest}").into_bytes())
    .into()
}
