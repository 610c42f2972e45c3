//! Clients that show certificates (RFC 8705).

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{Authority, ClientCertificate, House, RelyingParty, Reply};

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn trust(house: &House, id: &str, authority: &Authority) {
    let file = json!({ "id": id, "fileData": authority.pem() });
    let administration = house.administration();
    let imported = administration.post("/certificates/ca/import", &file).await;
    let _ = imported.expect_status(201);
}

/// A client with this issuer, whose subject is its id.
async fn add(house: &House, id: &str, issuer: &str) -> RelyingParty {
    let fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
        "clientAuth": {
            "type": "CERTIFICATE",
            "secret": null,
            "clientCertIssuerDn": issuer,
            "clientCertSubjectDn": format!("CN={id}"),
        },
    });
    house.add_client_with(id, fields).await
}

/// A public client, whose tokens are bound to whatever it shows.
async fn add_public(house: &House, id: &str) -> RelyingParty {
    house
        .add_client_with(id, json!({ "clientAuth": null }))
        .await
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn bound_to(certificate: &ClientCertificate) -> Value {
    json!({ "x5t#S256": certificate.thumbprint() })
}

#[track_caller]
fn refused(reply: &Reply, why: &str) {
    assert_eq!(reply.status, 401, "{why}: {}", reply.text());
    assert_eq!(reply.json()["error"], "invalid_client", "{why}");
}

/// Settings: Client TLS Certificate; Client TLS Certificate: Issuer; Client TLS Certificate:
/// Subject DN
#[tokio::test]
async fn rfc8705_2_1_a_certificate_of_the_clients_issuer_and_subject_is_its_proof_everywhere() {
    let house = House::open().await;
    let authority = Authority::new("The CA");
    trust(&house, "ca", &authority).await;
    let certificate = authority.certify("robot");
    for (id, issuer) in [("robot", "cn=the ca"), ("other", "TRUST_ANY")] {
        let robot = add(&house, id, issuer).await;
        let certificate = match id {
            "robot" => certificate.clone(),
            id => authority.certify(id),
        };
        let robot = robot.showing(&certificate);
        let issued = robot.token(&CREDENTIALS).await.expect_status(200).json();
        // RFC 8705 §3: the token is bound to the certificate, and is still a bearer token in form.
        assert_eq!(issued["token_type"], "Bearer");
        let token = issued["access_token"].as_str().unwrap();
        assert_eq!(claims(token)["cnf"], bound_to(&certificate));
        // RFC 8705 §3.2.
        let told = robot.introspect(token).await.expect_status(200).json();
        assert_eq!(told["cnf"], bound_to(&certificate));
        assert_eq!(told["active"], true);
        let form = [("response_type", "code")];
        let pushed = robot.call("/as/par.oauth2", &form).await;
        let _ = pushed.expect_status(201);
        let _ = robot.revoke(token).await.expect_status(200);
    }
}

/// Settings: Client TLS Certificate: Issuer; Client TLS Certificate: Subject DN
#[tokio::test]
async fn rfc8705_2_another_certificate_than_the_clients_is_refused_at_every_endpoint() {
    let house = House::open().await;
    let [authority, other, stranger] = ["The CA", "The other CA", "The CA"].map(Authority::new);
    trust(&house, "ca", &authority).await;
    trust(&house, "other", &other).await;
    let robot = add(&house, "robot", "CN=The CA").await;
    let own = robot.showing(&authority.certify("robot"));
    let between = authority.below("The CA below");
    for (certificate, why) in [
        (authority.certify("somebody"), "another subject"),
        (other.certify("robot"), "another issuer, trusted for others"),
        (
            stranger.certify("robot"),
            "an issuer of the same name that is not trusted",
        ),
        (
            between.certify("robot").through(&between),
            "an issuer that the client's has certified",
        ),
        (
            authority.certify_changed("robot", |params| {
                params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
            }),
            "a certificate of a server",
        ),
    ] {
        let impostor = robot.showing(&certificate);
        refused(&impostor.token(&CREDENTIALS).await, why);
        refused(&impostor.introspect("x").await, why);
        refused(&impostor.revoke("x").await, why);
        refused(&impostor.call("/as/par.oauth2", &CREDENTIALS).await, why);
    }
    // RFC 8705 §2: "If no certificate is presented, or that which is presented doesn't match that
    // which is expected for the given client_id, the authorization server returns a normal OAuth 2.0
    // error response [...] with the invalid_client error code".
    refused(&robot.token(&CREDENTIALS).await, "no certificate");
    // A secret does not do in its place.
    let form = [
        ("client_id", "robot"),
        ("client_secret", ""),
        CREDENTIALS[0],
    ];
    refused(
        &house.http.post(house.at("/as/token.oauth2"), &form).await,
        "a secret",
    );
    let _ = own.token(&CREDENTIALS).await.expect_status(200);
}

/// Setting: Client TLS Certificate: Issuer
#[tokio::test]
async fn rfc8705_2_1_with_trust_any_the_issuer_is_still_one_of_the_trusted() {
    let house = House::open().await;
    let [authority, stranger] = ["The CA", "A stranger"].map(Authority::new);
    let robot = add(&house, "robot", "TRUST_ANY").await;
    let certificate = authority.certify("robot");
    refused(
        &robot.showing(&certificate).token(&CREDENTIALS).await,
        "nobody is trusted",
    );
    trust(&house, "ca", &authority).await;
    let _ = robot
        .showing(&certificate)
        .token(&CREDENTIALS)
        .await
        .expect_status(200);
    let forged = stranger.certify("robot");
    refused(
        &robot.showing(&forged).token(&CREDENTIALS).await,
        "a stranger",
    );
    let between = authority.below("Between");
    let through = between.certify("robot").through(&between);
    let _ = robot
        .showing(&through)
        .token(&CREDENTIALS)
        .await
        .expect_status(200);
    // Who is trusted no more has issued nothing.
    let deleted = house.administration().delete("/certificates/ca/ca").await;
    let _ = deleted.expect_status(204);
    refused(
        &robot.showing(&certificate).token(&CREDENTIALS).await,
        "trusted no more",
    );
}

#[tokio::test]
async fn rfc5280_6_1_a_certificate_is_good_between_its_dates_and_those_of_its_issuer() {
    let house = House::open().await;
    // The house begins on 22 November 2026.
    let lasting = Authority::new("Lasting");
    let ending = Authority::changed("Ending", |params| {
        params.not_after = rcgen::date_time_ymd(2026, 12, 1);
    });
    trust(&house, "lasting", &lasting).await;
    trust(&house, "ending", &ending).await;
    let robot = add(&house, "robot", "TRUST_ANY").await;
    let over = lasting.certify_changed("robot", |params| {
        params.not_after = rcgen::date_time_ymd(2026, 11, 20);
    });
    let soon = lasting.certify_changed("robot", |params| {
        params.not_before = rcgen::date_time_ymd(2026, 11, 25);
    });
    let of_ending = ending.certify("robot");
    let shows = async |certificate| robot.showing(certificate).token(&CREDENTIALS).await;
    refused(&shows(&over).await, "expired");
    refused(&shows(&soon).await, "not yet valid");
    let _ = shows(&of_ending).await.expect_status(200);
    house.advance(Duration::from_hours(24 * 20));
    let _ = shows(&soon).await.expect_status(200);
    refused(&shows(&of_ending).await, "its issuer has expired");
    let ca = house.administration().get("/certificates/ca/ending").await;
    assert_eq!(ca.json()["status"], "EXPIRED");
}

/// Setting: Client TLS Certificate
#[tokio::test]
async fn rfc8705_3_a_bound_token_is_good_with_its_certificate_alone() {
    let house = House::open().await;
    let authority = Authority::new("The CA");
    trust(&house, "ca", &authority).await;
    let alice = house.add_person("alice").await;
    let shop = add(&house, "shop", "CN=The CA").await;
    let [own, other] = [authority.certify("shop"), authority.certify("somebody")];
    let holder = shop.showing(&own);
    let request = holder.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = holder.redeem(&request, &answer).await;
    let told = holder.userinfo(&tokens.access_token).await;
    assert_eq!(
        told.expect_status(200).json()["sub"],
        tokens.id_claims["sub"]
    );
    // "If they do not match, the resource access attempt MUST be rejected with an error [...] using
    // an HTTP 401 status code and the "invalid_token" error code."
    for (thief, why) in [(shop.clone(), "none"), (shop.showing(&other), "another")] {
        let reply = thief
            .userinfo(&tokens.access_token)
            .await
            .expect_status(401);
        let challenge = reply.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("invalid_token"), "{why}: {challenge}");
    }
}

#[tokio::test]
async fn rfc8705_4_the_refresh_tokens_of_a_public_client_are_bound_to_its_certificate() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let app = add_public(&house, "app").await;
    // Whoever has issued them: nobody is trusted here.
    let [own, other] = ["one", "two"].map(|name| Authority::new(name).certify("app"));
    let holder = app.showing(&own);
    let request = holder.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = holder.redeem(&request, &answer).await;
    assert_eq!(claims(&tokens.access_token)["cnf"], bound_to(&own));
    let refresh_token = tokens.refresh_token.unwrap();
    for thief in [app.clone(), app.showing(&other)] {
        let reply = thief.refresh(&refresh_token).await.expect_status(400);
        assert_eq!(reply.json()["error"], "invalid_grant");
    }
    let renewed = holder
        .refresh(&refresh_token)
        .await
        .expect_status(200)
        .json();
    let token = renewed["access_token"].as_str().unwrap();
    assert_eq!(claims(token)["cnf"], bound_to(&own));
}

#[tokio::test]
async fn rfc8705_3_tokens_of_other_methods_are_bound_too() {
    let house = House::open().await;
    let shop = house
        .add_client_with("shop", json!({ "grantTypes": ["CLIENT_CREDENTIALS"] }))
        .await;
    let certificate = Authority::new("anybody").certify("whatever");
    let bound = shop.showing(&certificate).token(&CREDENTIALS).await;
    let bound = bound.expect_status(200).json();
    let token = bound["access_token"].as_str().unwrap();
    assert_eq!(claims(token)["cnf"], bound_to(&certificate));
    let plain = shop.token(&CREDENTIALS).await.expect_status(200).json();
    let token = plain["access_token"].as_str().unwrap();
    assert_eq!(claims(token).get("cnf"), None);
}

#[tokio::test]
async fn rfc8705_5_the_metadata_names_the_endpoints_for_certificates() {
    let house = House::open().await;
    let url = house.at("/.well-known/openid-configuration");
    let metadata = house.http.get(&url).await.expect_status(200).json();
    assert_eq!(metadata["tls_client_certificate_bound_access_tokens"], true);
    let aliases = metadata["mtls_endpoint_aliases"].as_object().unwrap();
    assert_eq!(aliases.len(), 6);
    for (name, alias) in aliases {
        let path = metadata[name].as_str().unwrap();
        let path = path.strip_prefix(&house.issuer).unwrap();
        assert_eq!(*alias, json!(format!("{}{path}", house.mutual_tls_url)));
    }
    let methods = metadata["token_endpoint_auth_methods_supported"].clone();
    assert!(
        methods
            .as_array()
            .unwrap()
            .contains(&json!("tls_client_auth"))
    );
}

#[tokio::test]
async fn no_page_is_served_where_browsers_would_ask_for_a_certificate() {
    let house = House::open().await;
    for path in [
        "/",
        "/as/authorization.oauth2",
        "/account",
        "/assets/brand.css",
    ] {
        let url = format!("{}{path}", house.mutual_tls_url);
        let _ = house.http.get(url).await.expect_status(404);
    }
    let url = format!("{}/as/token.oauth2", house.mutual_tls_url);
    let request = house.http.request(Method::GET, url);
    let _ = request.send().await.expect_status(405);
}

#[tokio::test]
async fn rfc7523_3_item_3_the_token_endpoint_for_certificates_is_an_audience() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = json!({ "keys": [key.jwk().to_public_value().unwrap()] }).to_string();
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null },
        "jwksSettings": { "jwks": keys },
    });
    let robot = house.add_client_with("robot", fields).await;
    let audience = format!("{}/as/token.oauth2", house.mutual_tls_url);
    let assertion = robot.assertion().with("aud", json!(audience)).signed(&key);
    let reply = robot
        .call_with_assertion("/as/token.oauth2", &assertion, &CREDENTIALS)
        .await;
    let _ = reply.expect_status(200);
}
