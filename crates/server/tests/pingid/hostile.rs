//! Requests that prove nothing: the person sees a page with a reference, nobody is answered, and
//! auditors know why.

use serde_json::{Value, json};
use testkit::{House, Reply};

use super::party::Party;

async fn expect_page(house: &House, page: &Reply, cause: &str) {
    assert_eq!(page.status, 400, "{}", page.text());
    let text = page.text();
    assert!(!text.contains("ppm_response") && !text.contains("evil.example"));
    let (_, rest) = text.split_once("id=\"reference\">").unwrap();
    let (reference, _) = rest.split_once('<').unwrap();
    let event = house.last_event("ppm.refused").await;
    assert_eq!(event["detail"]["reference"], reference);
    let told = event["detail"]["cause"].as_str().unwrap();
    assert!(told.contains(cause), "{told}");
    // The page does not say which part was wrong.
    assert!(!text.contains(cause), "{cause}");
}

async fn post(house: &House, form: &[(&str, &str)]) -> Reply {
    house.advance(std::time::Duration::from_millis(1));
    house
        .browser()
        .post_cross_site("/pingid/ppm/auth/", form)
        .await
}

#[tokio::test]
async fn what_is_not_the_organisations_is_answered_nowhere() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let request = party.request("bob");
    let good = party.signed(&request);
    let mut stranger = Party::of(&house).await;
    stranger.key = vec![7; 32];
    let wrong_key = stranger.signed(&request);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let mut changed = request.clone();
    changed["sub"] = json!("alice");
    let changed = data_encoding::BASE64URL_NOPAD.encode(changed.to_string().as_bytes());
    let header_of = |alg: &str| {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        data_encoding::BASE64URL_NOPAD.encode(header.as_bytes())
    };
    let cases = [
        wrong_key,
        format!("{header}.{changed}.{signature}"),
        format!("{signed}.AAAA"),
        format!("{}.{payload}.", header_of("none")),
        format!("{}.{payload}.{signature}", header_of("HS512")),
        format!("{}.{payload}.{signature}", header_of("RS256")),
        "x".to_owned(),
        format!("{header}.{}.{signature}", "A".repeat(40_000)),
    ];
    for case in &cases {
        let form = [
            ("idp_account_id", party.alias.as_str()),
            ("ppm_request", case),
        ];
        let page = post(&house, &form).await;
        expect_page(&house, &page, "the ppm_request is not the organisation's").await;
    }
}

#[tokio::test]
async fn nothing_is_posted_to_a_url_that_is_not_allowed() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    for url in [
        json!("https://evil.example/"),
        json!("http://sso.connect.pingidentity.com/"),
        json!("https://sso.connect.pingidentity.com.evil.example/"),
        json!("https://sso.connect.pingidentity.com:444/"),
        json!("javascript:alert(1)"),
        json!(""),
    ] {
        let mut request = party.request("bob");
        request["returnUrl"] = url;
        let page = party.ask(&mut house.browser(), &request).await;
        expect_page(&house, &page, "allows no answers to be posted").await;
    }
    for gone in [Value::Null, json!(7)] {
        let mut request = party.request("bob");
        request["returnUrl"] = gone;
        let page = party.ask(&mut house.browser(), &request).await;
        expect_page(&house, &page, "has no returnUrl").await;
    }
}

#[tokio::test]
async fn parameters_are_there_once() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let (alias, request) = (party.alias.as_str(), party.signed(&party.request("bob")));
    let request = request.as_str();
    let page = post(&house, &[("ppm_request", request)]).await;
    expect_page(&house, &page, "idp_account_id").await;
    let page = post(&house, &[("idp_account_id", alias)]).await;
    expect_page(&house, &page, "ppm_request").await;
    let page = post(
        &house,
        &[("idp_account_id", "nobody"), ("ppm_request", request)],
    )
    .await;
    expect_page(&house, &page, "no organisation has this alias").await;
    let twice = [
        ("idp_account_id", alias),
        ("ppm_request", request),
        ("ppm_request", request),
    ];
    let page = post(&house, &twice).await;
    assert_eq!(page.status, 400);
    let event = house.last_event("ppm.refused").await;
    assert!(
        event["detail"]["cause"]
            .as_str()
            .unwrap()
            .contains("ppm_request")
    );
    let long = "x".repeat(200_000);
    let page = post(&house, &[("idp_account_id", alias), ("ppm_request", &long)]).await;
    assert_eq!(page.status, 413);
    let event = house.last_event("ppm.refused").await;
    assert_eq!(event["detail"]["cause"], "the body is too long");
}

#[tokio::test]
async fn an_address_that_proves_nothing_again_and_again_is_heard_no_more() {
    let house = House::open_with(|settings| {
        settings.address_limit = web::AddressLimit {
            burst: 20,
            per_minute: 60,
        };
    });
    let house = house.await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let post = async |address: &str, request: &str| {
        let form = [
            ("idp_account_id", party.alias.as_str()),
            ("ppm_request", request),
        ];
        let url = house.at("/pingid/ppm/auth");
        let posted = house.http.request(http::Method::POST, url).form(&form);
        let posted = posted.header("sec-fetch-site", "cross-site");
        posted.header("x-forwarded-for", address).send().await
    };
    let mut refused = 0;
    while post("192.0.2.1", "x").await.status == 400 {
        refused += 1;
        assert!(refused < 20, "nothing bounds it");
    }
    let events = refusals(&house).await;
    assert_eq!(events, refused);
    let page = post("192.0.2.1", "x").await;
    assert_eq!(page.status, 429);
    assert_eq!(page.title(), "Too many requests");
    assert!(page.header("retry-after").is_some());
    assert_eq!(refusals(&house).await, events);
    // Others are heard.
    assert_eq!(post("192.0.2.2", "x").await.status, 400);
    let signed = party.signed(&party.request("bob"));
    assert_eq!(post("192.0.2.2", &signed).await.status, 303);
}

async fn refusals(house: &House) -> usize {
    let events = house.records().all::<domain::AuditEvent>().await.unwrap();
    let refused = events.iter().filter(|event| event.event == "ppm.refused");
    refused.count()
}
