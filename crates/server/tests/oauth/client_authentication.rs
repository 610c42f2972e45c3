//! Secrets of clients (RFC 6749 §2.3), the same at every endpoint.

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply};

const ENDPOINTS: [&str; 3] = [
    "/as/token.oauth2",
    "/as/introspect.oauth2",
    "/as/revoke_token.oauth2",
];

#[track_caller]
fn refused(reply: &Reply, in_header: bool) {
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (
            401,
            "{\"error_description\":\"Invalid client or client credentials.\",\"error\":\"invalid_client\"}\r\n"
        )
    );
    // RFC 6749 §5.2.
    assert_eq!(reply.header("www-authenticate").is_some(), in_header);
}

#[tokio::test]
async fn pingfederate_2_2_wrong_credentials_are_refused_everywhere_in_the_same_words() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let secret = shop.secret.as_deref().unwrap();
    for path in ENDPOINTS {
        let url = house.at(path);
        let post = async |form: &[(&str, &str)]| house.http.post(&url, form).await;
        let basic = async |name: &str, password: &str| {
            let request = house.http.request(Method::POST, &url);
            request.form(&[]).basic(name, password).send().await
        };
        refused(&post(&[]).await, false);
        refused(&post(&[("client_id", "shop")]).await, false);
        refused(&post(&[("client_id", "nobody")]).await, false);
        let wrong = [("client_id", "shop"), ("client_secret", "wrong")];
        refused(&post(&wrong).await, false);
        let unknown = [("client_id", "nobody"), ("client_secret", secret)];
        refused(&post(&unknown).await, false);
        refused(&post(&[("client_secret", secret)]).await, false);
        refused(&basic("shop", "wrong").await, true);
        refused(&basic("nobody", "wrong").await, true);
        refused(&basic("shop", "").await, true);
    }
}

/// Setting: Client Secret
#[tokio::test]
async fn rfc6749_2_3_1_a_secret_goes_into_the_header_or_the_body_and_not_into_both() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let secret = shop.secret.as_deref().unwrap();
    let url = house.at("/as/introspect.oauth2");
    let body = [
        ("client_id", "shop"),
        ("client_secret", secret),
        ("token", "x"),
    ];
    let reply = house.http.post(&url, &body).await.expect_status(200);
    assert_eq!(reply.json(), json!({ "active": false }));
    let reply = shop.call("/as/introspect.oauth2", &[("token", "x")]).await;
    let _ = reply.expect_status(200);
    let both = shop.call("/as/introspect.oauth2", &body).await;
    assert_eq!(both.expect_status(400).json()["error"], "invalid_request");
    // Naming the client twice is no second method, if it is the same client.
    let named = [("client_id", "shop"), ("token", "x")];
    let reply = shop.call("/as/introspect.oauth2", &named).await;
    let _ = reply.expect_status(200);
    let other = [("client_id", "bank"), ("token", "x")];
    let reply = shop.call("/as/introspect.oauth2", &other).await;
    assert_eq!(reply.expect_status(400).json()["error"], "invalid_request");
}

/// Settings: Client ID; Client Secret
#[tokio::test]
async fn rfc6749_2_3_1_ids_and_secrets_in_the_header_are_form_encoded() {
    let house = House::open().await;
    let secret = "a:b%c+d ü€ which is long enough";
    let fields = json!({
        "clientAuth": { "secret": secret },
        "redirectUris": ["https://odd.example/callback"],
    });
    let odd = house.add_client_with("odd:client%41 +", fields).await;
    let reply = odd.introspect("x").await;
    let _ = reply.expect_status(200);
}

#[tokio::test]
async fn malformed_authorization_headers_are_refused() {
    let house = House::open().await;
    house.add_client("shop").await;
    for header in [
        "Basic",
        "Basic !!!",
        "Basic c2hvcA==",
        "Basic c2hvcDolJSU=",
        "Basic /////w==",
        "Digest username=shop",
    ] {
        let request = house
            .http
            .request(Method::POST, house.at("/as/token.oauth2"));
        let reply = request
            .form(&[])
            .header("authorization", header)
            .send()
            .await;
        assert_eq!(reply.status, 401, "{header}");
        assert_eq!(reply.json()["error"], "invalid_client");
    }
}

#[tokio::test]
async fn rfc9110_5_3_of_two_authorization_headers_neither_counts() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let secret = shop.secret.as_deref().unwrap();
    for path in ENDPOINTS {
        for (first, second) in [(secret, secret), (secret, "wrong"), ("wrong", secret)] {
            let request = house.http.request(Method::POST, house.at(path)).form(&[]);
            let request = request.basic("shop", first).basic("shop", second);
            let reply = request.send().await;
            assert_eq!(reply.status, 400, "{path}");
            assert_eq!(reply.json()["error"], "invalid_request");
        }
    }
}

/// Setting: None
#[tokio::test]
async fn a_client_uses_the_method_it_is_registered_for() {
    let house = House::open().await;
    let public = json!({ "clientAuth": Value::Null });
    house.add_client_with("app", public).await;
    let url = house.at("/as/introspect.oauth2");
    let form = [
        ("client_id", "app"),
        ("client_secret", "made up"),
        ("token", "x"),
    ];
    assert_eq!(house.http.post(url, &form).await.status, 401);
}

/// Setting: Change Secret
#[tokio::test]
async fn a_new_secret_counts_at_once_and_the_old_one_no_more() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let path = "/oauth/clients/shop/clientAuth/clientSecret";
    let secret = "another secret of the shop";
    let changed = house
        .administration()
        .put(path, &json!({ "secret": secret }))
        .await;
    let _ = changed.expect_status(200);
    assert_eq!(shop.introspect("x").await.status, 401);
    let mut shop = shop;
    shop.secret = Some(secret.to_owned());
    let _ = shop.introspect("x").await.expect_status(200);
}
