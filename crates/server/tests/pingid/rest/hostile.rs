//! Requests that prove nothing, that are not good now, or that come again: each is refused and noted.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::{House, Reply};

use super::client::Client;

fn encoded(part: &Value) -> String {
    BASE64URL_NOPAD.encode(part.to_string().as_bytes())
}

/// An answer that is nobody's: it is not signed, and says nothing of what was wrong.
async fn expect_unsigned(client: &Client<'_>, reply: &Reply, cause: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text());
    let body = reply.json()["responseBody"].clone();
    assert_eq!(
        (&body["errorId"], &body["errorMsg"]),
        (&json!(400), &json!("Invalid input."))
    );
    assert_eq!(body["clientData"], Value::Null);
    assert!(!reply.text().contains(&client.token));
    let event = client.house().last_event("pingid.refused").await;
    assert_eq!(event["actor"]["type"], "unknown");
    let told = event["detail"]["cause"].as_str().unwrap();
    assert!(told.contains(cause), "{told}");
    assert_eq!(event["detail"]["operation"], "getuserdetails");
    assert!(event["detail"]["reference"].is_string());
}

#[tokio::test]
async fn what_is_not_the_organisations_is_told_no_more_than_that() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let request = client.request(&json!({ "userName": "jdoe", "clientData": "kept" }));
    let good = client.party.signed(&request);
    let mut stranger = Client::of(&house).await;
    stranger.party.key = vec![7; 32];
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let mut changed = request.clone();
    changed["reqBody"]["userName"] = json!("other");
    let of = |alg: &str| encoded(&json!({ "alg": alg, "org_alias": client.party.alias }));
    let shop = house.add_environment("Shop").await;
    let foreign = Client::at(&house, format!("/environments/{}/pingid", shop.id)).await;
    let mut borrowed = Client::of(&house).await;
    borrowed.party.key.clone_from(&foreign.party.key);
    let twice = r#"{"reqBody":{"userName":"a","userName":"b"},"reqHeader":{}}"#;
    let twice = BASE64URL_NOPAD.encode(twice.as_bytes());
    for (case, cause) in [
        (stranger.party.signed(&request), "is not the organisation's"),
        (borrowed.party.signed(&request), "is not the organisation's"),
        (
            format!("{header}.{}.{signature}", encoded(&changed)),
            "is not the organisation's",
        ),
        (format!("{signed}.AAAA"), "is not the organisation's"),
        (
            format!("{}.{payload}.", of("none")),
            "is not the organisation's",
        ),
        (
            format!("{}.{payload}.{signature}", of("HS512")),
            "is not the organisation's",
        ),
        (
            format!("{}.{payload}.{signature}", of("RS256")),
            "is not the organisation's",
        ),
        (
            format!("{header}.{twice}.{signature}"),
            "is not the organisation's",
        ),
        (String::new(), "is not the organisation's"),
        ("{}".to_owned(), "is not the organisation's"),
    ] {
        let reply = client.post("getuserdetails", &case).await;
        expect_unsigned(&client, &reply, cause).await;
    }
    let nobody = encoded(&json!({ "alg": "HS256", "org_alias": "nobody" }));
    let reply = client
        .post("getuserdetails", &format!("{nobody}.{payload}.{signature}"))
        .await;
    expect_unsigned(&client, &reply, "no organisation has this alias").await;
    let nameless = encoded(&json!({ "alg": "HS256" }));
    let empty = encoded(&json!({ "reqBody": {} }));
    let reply = client
        .post("getuserdetails", &format!("{nameless}.{empty}.{signature}"))
        .await;
    expect_unsigned(&client, &reply, "names no organisation").await;
}

#[tokio::test]
async fn the_organisation_is_named_in_any_case() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    for name in ["orgAlias", "orgalias", "OrgAlias"] {
        let mut request = client.request(&json!({ "userName": "jdoe" }));
        let mut header = request["reqHeader"].take();
        header.as_object_mut().unwrap().remove("orgAlias");
        header[name] = json!(client.party.alias);
        let request = json!({ "REQHEADER": header, "reqBody": request["reqBody"] });
        let nameless = json!({ "alg": "HS256" });
        let request = client.party.signed_under(&nameless, &request);
        let reply = client.post("getuserdetails", &request).await;
        client.read(&reply).expect(200);
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_not_read() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    for length in [200 << 10, 300 << 10] {
        let reply = client.post("adduser", &"x".repeat(length)).await;
        assert_eq!(reply.status, 413);
        assert!(reply.json()["responseBody"]["errorId"].is_i64());
    }
    let cause = client.refusal().await["cause"].clone();
    assert_eq!(cause, "the body is too long");
}

#[tokio::test]
async fn a_request_that_is_not_good_now_is_told_so() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    for (name, value, cause) in [
        ("timestamp", json!("2026-11-20 12:00:00.000"), "has expired"),
        ("timestamp", json!("/Date(1)/"), "has expired"),
        (
            "timestamp",
            json!("2026-11-24 12:00:00.000"),
            "from the future",
        ),
        ("secretKey", json!("0123456789abcdef"), "token"),
        ("orgAlias", json!("another"), "another organization"),
        ("locale", json!(7), "Invalid input."),
    ] {
        let mut request = client.request(&json!({ "userName": "jdoe", "clientData": "kept" }));
        request["reqHeader"][name] = value;
        let reply = client
            .post("getuserdetails", &client.party.signed(&request))
            .await;
        let body = client.read(&reply).expect(400);
        assert!(body["errorMsg"].as_str().unwrap().contains(cause), "{body}");
        assert_eq!(body["clientData"], "kept");
        let refusal = house.last_event("pingid.refused").await;
        assert_eq!(refusal["actor"]["name"], client.party.alias);
        assert!(refusal["detail"]["cause"].as_str().unwrap().contains(cause));
    }
    // Nobody's clock is off by a day, whatever its zone.
    for time in ["2026-11-22 05:00:00.000", "2026-11-22 21:00:00.000"] {
        let mut request = client.request(&json!({ "userName": "jdoe" }));
        request["reqHeader"]["timestamp"] = json!(time);
        let reply = client
            .post("getuserdetails", &client.party.signed(&request))
            .await;
        client.read(&reply).expect(200);
    }
}

#[tokio::test]
async fn a_request_is_taken_once_if_it_says_when_it_was_made() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let request = client
        .party
        .signed(&client.request(&json!({ "userName": "jdoe" })));
    let reply = client.post("suspenduser", &request).await;
    client.read(&reply).expect(200);
    for operation in ["suspenduser", "activateuser"] {
        let reply = client.post(operation, &request).await;
        let body = client.read(&reply).expect(10_551);
        assert!(
            body["errorMsg"].as_str().unwrap().contains("used before"),
            "{body}"
        );
        assert_eq!(client.refusal().await["operation"], operation);
    }
    // There are clients that say nothing of it, and ask the same again.
    let mut timeless = client.request(&json!({ "userName": "jdoe" }));
    timeless["reqHeader"] = json!({});
    let timeless = client.party.signed(&timeless);
    for _ in 0..2 {
        let reply = client.post("getuserdetails", &timeless).await;
        client.read(&reply).expect(200);
    }
}

#[tokio::test]
async fn members_are_there_once() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let body = json!({ "userName": "jdoe", "username": "other" });
    client.call("getuserdetails", body).await.expect(400);
    let mut request = client.request(&json!({ "userName": "jdoe" }));
    request["reqbody"] = json!({});
    let reply = client
        .post("getuserdetails", &client.party.signed(&request))
        .await;
    client.read(&reply).expect(400);
    let mut request = client.request(&json!({}));
    request.as_object_mut().unwrap().remove("reqBody");
    let reply = client
        .post("getuserdetails", &client.party.signed(&request))
        .await;
    client.read(&reply).expect(400);
}

#[tokio::test]
async fn there_are_the_operations_that_there_are() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    client.call("makecoffee", json!({})).await.expect(400);
    client
        .done("GetUserDetails", json!({ "userName": "jdoe" }))
        .await;
    let url = house.at("/pingid/rest/4/getuserdetails/do");
    let reply = house.http.get(url).await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.json()["responseBody"]["errorId"], 500);
}

#[tokio::test]
async fn either_name_of_the_alias_will_do_and_the_payload_alone() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let sign = |header: &Value, request: &Value| {
        let input = format!("{}.{}", encoded(header), encoded(request));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &client.party.key);
        let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
        format!("{input}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    };
    for header in [
        json!({ "alg": "HS256", "orgAlias": client.party.alias, "token": client.token }),
        json!({ "alg": "HS256", "org_alias": client.party.alias }),
        json!({ "alg": "HS256" }),
    ] {
        let request = client.request(&json!({ "userName": "jdoe" }));
        let reply = client
            .post("getuserdetails", &sign(&header, &request))
            .await;
        client.read(&reply).expect(200);
    }
    let header = json!({ "alg": "HS256", "org_alias": client.party.alias, "token": "other" });
    let request = client.request(&json!({ "userName": "jdoe" }));
    let reply = client
        .post("getuserdetails", &sign(&header, &request))
        .await;
    client.read(&reply).expect(400);
}

#[tokio::test]
async fn an_address_that_proves_nothing_again_and_again_is_made_to_wait() {
    let house = House::open_with(|settings| {
        settings.address_limit = web::AddressLimit {
            burst: 20,
            per_minute: 60,
        };
    })
    .await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let send = async |address: &str, jws: &str| {
        let url = house.at("/pingid/rest/4/getuserdetails/do");
        let request = house.http.request(http::Method::POST, url);
        let request = request.header("x-forwarded-for", address);
        request.body("application/json", jws).send().await
    };
    let statuses = [
        send("192.0.2.1", "x").await.status,
        send("192.0.2.1", "x").await.status,
        send("192.0.2.1", "x").await.status,
    ];
    assert_eq!(statuses, [400, 400, 429]);
    // Whoever signs is heard wherever they are.
    let request = client
        .party
        .signed(&client.request(&json!({ "userName": "jdoe" })));
    let reply = send("192.0.2.1", &request).await;
    client.read(&reply).expect(200);
}
