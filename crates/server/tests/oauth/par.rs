//! Pushed authorization requests (RFC 9126).

use std::time::Duration;

use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest, Dpop, House, Person, RelyingParty, Reply};

const PAR: &str = "/as/par.oauth2";
const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:";

async fn setting() -> (House, Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    (house, alice, shop)
}

/// The fields of a client with this key.
fn with_key(key: &SigningKey) -> Value {
    let keys = json!({ "keys": [key.jwk().to_public_value().unwrap()] });
    json!({ "jwksSettings": { "jwks": keys.to_string() } })
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

#[track_caller]
fn refused(reply: Reply, status: u16, error: &str) {
    let reply = reply.expect_status(status);
    assert_eq!(reply.json()["error"], error, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-cache, no-store"));
}

/// The page that tells the person, and nobody else, that a reference is no good.
#[track_caller]
fn is_unknown(page: Reply) {
    let page = page.expect_status(400);
    assert!(
        page.text()
            .contains("request_uri is unknown, used, or expired.")
    );
}

#[tokio::test]
async fn rfc9126_2_2_a_client_pushes_what_it_asks_and_gets_a_reference() {
    let (house, alice, shop) = setting().await;
    let request = shop.request();
    let reply = shop.push(&request).await.expect_status(201);
    assert_eq!(
        reply.header("content-type"),
        Some("application/json;charset=utf-8")
    );
    assert_eq!(reply.header("cache-control"), Some("no-cache, no-store"));
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(body["expires_in"], 60);
    let reference = body["request_uri"].as_str().unwrap();
    assert!(reference.starts_with(REFERENCE));
    let by_reference = request.carried("request_uri", reference);
    let answer = house.browser().sign_on(&by_reference, &alice).await;
    assert_eq!(answer.value("state"), request.value("state"));
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc9126_2_2_the_reference_is_as_long_and_lives_as_long_as_the_settings_say() {
    let (house, _, shop) = setting().await;
    let fields = json!({ "parReferenceTimeout": 5, "parReferenceLength": 64 });
    house.set(fields).await;
    let request = shop.request();
    let reply = shop.push(&request).await.expect_status(201);
    assert_eq!(reply.json()["expires_in"], 5);
    let reference = reply.json()["request_uri"].as_str().unwrap().to_owned();
    assert_eq!(reference.len() - REFERENCE.len(), (6 + 64) * 4 / 3 + 1);
    let by_reference = request.carried("request_uri", &reference);
    house.advance(Duration::from_millis(4_999));
    assert!(house.browser().go(&by_reference).await.has_form("sign-on"));
    // RFC 9126 §4: "An expired request_uri MUST be rejected as invalid."
    house.advance(Duration::from_millis(1));
    is_unknown(house.browser().go(&by_reference).await);
}

#[tokio::test]
async fn rfc9126_2_clients_authenticate_as_at_the_token_endpoint() {
    let (house, ..) = setting().await;
    let key = key();
    let mut fields = with_key(&key);
    fields["clientAuth"] = json!({ "type": "PRIVATE_KEY_JWT", "secret": null });
    let robot = house.add_client_with("robot", fields).await;
    let form = robot.request();
    // "In order to facilitate interoperability, the authorization server MUST accept its issuer
    // identifier, token endpoint URL, or pushed authorization request endpoint URL as values".
    for audience in [
        house.issuer.clone(),
        house.at("/as/token.oauth2"),
        house.at(PAR),
    ] {
        let assertion = robot.assertion().with("aud", json!(audience)).signed(&key);
        let reply = robot
            .call_with_assertion(PAR, &assertion, &form.form())
            .await;
        let _ = reply.expect_status(201);
    }
    let elsewhere = house.at("/as/introspect.oauth2");
    let assertion = robot.assertion().with("aud", json!(elsewhere)).signed(&key);
    let reply = robot
        .call_with_assertion(PAR, &assertion, &form.form())
        .await;
    refused(reply, 401, "invalid_client");

    let shop = house.add_client("till").await;
    let (request, secret) = (shop.request(), shop.secret.clone().unwrap());
    let mut posted = request.form();
    posted.push(("client_secret", &secret));
    let reply = house.http.post(house.at(PAR), &posted).await;
    let _ = reply.expect_status(201);
    for secret in [Some("wrong".to_owned()), None] {
        let mut shop = shop.clone();
        shop.secret = secret;
        refused(shop.push(&shop.request()).await, 401, "invalid_client");
    }
    // Nor does one client push for another.
    let other = shop.request().with("client_id", "robot");
    refused(shop.push(&other).await, 400, "invalid_request");
}

#[tokio::test]
async fn rfc9126_2_1_public_clients_push_and_a_header_names_the_client_well_enough() {
    let (house, alice, shop) = setting().await;
    let fields = json!({ "clientAuth": { "type": "NONE", "secret": null } });
    let app = house.add_client_with("app", fields).await;
    let request = app.request();
    let answer = house
        .browser()
        .sign_on(&app.pushed(&request).await, &alice)
        .await;
    app.redeem(&request, &answer).await;

    let reply = shop.push(&shop.request().without("client_id")).await;
    let _ = reply.expect_status(201);
}

#[tokio::test]
async fn rfc9126_2_3_what_would_be_refused_is_refused_at_once_and_told_to_the_client() {
    let (house, _, shop) = setting().await;
    let request = shop.request();
    for (name, value, error) in [
        (
            "request_uri",
            "urn:ietf:params:oauth:request_uri:abc",
            "invalid_request",
        ),
        (
            "request_uri",
            "https://shop.example/request",
            "invalid_request",
        ),
        ("redirect_uri", "https://evil.example", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("response_type", "", "invalid_request"),
        ("response_type", "nonsense", "unsupported_response_type"),
        ("response_type", "token", "unauthorized_client"),
        ("scope", "openid nonsense", "invalid_scope"),
        ("code_challenge", "short", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("id_token_hint", "a.b.c", "invalid_request"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        let reply = shop.push(&request.clone().with(name, value)).await;
        refused(reply, 400, error);
    }
    let get = house.http.get(house.at(PAR)).await;
    assert_eq!(get.status, 405, "RFC 9126 §2.3");
}

#[tokio::test]
async fn rfc9126_7_3_a_reference_is_good_for_its_client_alone() {
    let (house, _, shop) = setting().await;
    let other = house.add_client("other").await;
    let by_reference = shop.pushed(&shop.request()).await;
    let stolen = by_reference.clone().with("client_id", &other.id);
    is_unknown(house.browser().go(&stolen).await);
    let page = house
        .browser()
        .go(&by_reference.clone().without("client_id"))
        .await;
    let _ = page.expect_status(400);
    // The theft has spoilt nothing.
    assert!(house.browser().go(&by_reference).await.has_form("sign-on"));
}

#[tokio::test]
async fn rfc9126_7_1_a_reference_that_was_never_given_opens_nothing() {
    let (house, _, shop) = setting().await;
    let by_reference = shop.pushed(&shop.request()).await;
    let good = by_reference.value("request_uri").unwrap();
    for guess in [
        REFERENCE.to_owned(),
        format!("{REFERENCE}AAAA"),
        format!("{good}A"),
        good[..good.len() - 1].to_owned(),
        good.to_lowercase(),
    ] {
        let page = house
            .browser()
            .go(&by_reference.clone().with("request_uri", &guess))
            .await;
        assert_eq!(page.status, 400, "{guess}");
    }
}

#[tokio::test]
async fn rfc9126_4_a_page_may_be_reloaded_but_one_code_comes_of_a_reference() {
    let (house, alice, shop) = setting().await;
    let request = shop.request();
    let by_reference = shop.pushed(&request).await;
    let mut browser = house.browser();
    let first = browser.go(&by_reference).await;
    // Reloaded, and opened in another browser; even after the reference has expired all go on.
    let second = browser.go(&by_reference).await;
    let mut elsewhere = house.browser();
    let third = elsewhere.go(&by_reference).await;
    house.advance(Duration::from_mins(5));
    let first = browser.enter_password(&first, &alice).await;
    let answer = browser.allow(first).await;
    let page = browser.enter_password(&second, &alice).await;
    assert_eq!(page.status, 410, "the first has had the answer");
    let page = elsewhere.enter_password(&third, &alice).await;
    let page = match page.has_form("consent") {
        true => elsewhere.submit(&page, "consent", "allow", &[]).await,
        false => page,
    };
    assert_eq!(page.status, 410);
    is_unknown(browser.go(&by_reference).await);
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc9126_4_an_answer_without_a_person_and_a_denial_use_the_reference_up_too() {
    let (house, alice, shop) = setting().await;
    let passive = shop.pushed(&shop.request().with("prompt", "none")).await;
    let mut browser = house.browser();
    let answer = Answer::of(&browser.go(&passive).await);
    assert_eq!(answer.error(), "login_required");
    is_unknown(browser.go(&passive).await);

    let canceled = shop.pushed(&shop.request()).await;
    let page = browser.go(&canceled).await;
    let answer = Answer::of(&browser.submit(&page, "sign-on", "cancel", &[]).await);
    assert_eq!(answer.error(), "access_denied");
    is_unknown(browser.go(&canceled).await);

    // Where the person is signed on already, the first visit is the answer.
    browser.sign_on(&shop.request(), &alice).await;
    let request = shop.request();
    let by_reference = shop.pushed(&request).await;
    let answer = Answer::of(&browser.go(&by_reference).await);
    is_unknown(browser.go(&by_reference).await);
    shop.redeem(&request, &answer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9126_4_of_many_that_answer_at_the_same_moment_one_gets_the_code() {
    let (house, alice, shop) = setting().await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    let cookie = format!("PF={}", browser.cookie("PF").unwrap().value);
    for _ in 0..5 {
        let by_reference = shop.pushed(&shop.request()).await;
        let mut visits = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let request = house.http.request(http::Method::GET, by_reference.url());
            let request = request.header("cookie", &cookie);
            visits.spawn(async move { request.send().await });
        }
        let replies = visits.join_all().await;
        let codes = replies.iter().filter(|reply| reply.status == 303);
        let codes: Vec<Answer> = codes.map(Answer::of).collect();
        assert_eq!(codes.len(), 1);
        assert!(codes[0].value("code").is_some());
        assert!(
            replies
                .iter()
                .all(|reply| [303, 400, 410].contains(&reply.status))
        );
    }
}

#[tokio::test]
async fn rfc9126_4_nothing_beside_the_reference_counts() {
    let (house, alice, shop) = setting().await;
    let request = shop.request();
    let by_reference = shop
        .pushed(&request)
        .await
        .with("redirect_uri", "https://evil.example/callback")
        .with("state", "evil")
        .with("scope", "openid email nonsense")
        .with("response_mode", "fragment")
        .with("prompt", "none");
    let answer = house.browser().sign_on(&by_reference, &alice).await;
    assert_eq!(answer.redirect_uri, shop.redirect_uri);
    assert_eq!(answer.value("state"), request.value("state"));
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.scope.as_deref(), Some("openid"));
    let both = shop.pushed(&request).await.with("request", "a.b.c");
    let answer = Answer::of(&house.browser().go(&both).await);
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn rfc9126_7_4_what_was_pushed_is_verified_with_what_holds_when_it_is_used() {
    let (house, _, shop) = setting().await;
    let by_reference = shop.pushed(&shop.request()).await;
    let elsewhere = json!({ "redirectUris": ["https://shop.example/new"] });
    house.change_client("shop", elsewhere).await;
    let page = house.browser().go(&by_reference).await.expect_status(400);
    assert!(
        page.text()
            .contains("redirect_uri is not registered for the client.")
    );
    let back = json!({ "redirectUris": [shop.redirect_uri], "enabled": false });
    house.change_client("shop", back).await;
    let _ = house.browser().go(&by_reference).await.expect_status(400);
    house
        .change_client("shop", json!({ "enabled": true }))
        .await;
    assert!(house.browser().go(&by_reference).await.has_form("sign-on"));

    // Another client of the same id has pushed nothing.
    let administration = house.administration();
    let deleted = administration.delete("/oauth/clients/shop").await;
    let _ = deleted.expect_status(204);
    house.advance(Duration::from_millis(1));
    house.add_client("shop").await;
    is_unknown(house.browser().go(&by_reference).await);
}

/// What comes of a request that is sent as it is, and of pushing it.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    plain: Option<&'static str>,
    pushed: Option<&'static str>,
}

/// Setting: Require Pushed Authorization Requests
#[tokio::test]
async fn pingfederate_the_server_s_status_and_the_client_s_requirement() {
    const NO: Option<&str> = Some("invalid_request");
    let (house, ..) = setting().await;
    let [free, bound] = [false, true].map(|required| {
        let fields = json!({ "requirePushedAuthorizationRequests": required });
        (if required { "bound" } else { "free" }, fields)
    });
    let free = house.add_client_with(free.0, free.1).await;
    let bound = house.add_client_with(bound.0, bound.1).await;
    let outcome = |plain, pushed| Outcome { plain, pushed };
    for (status, client, expected) in [
        // "If PAR is Enabled on the AS and required on the client, the client must use PAR."
        ("ENABLED", &bound, outcome(NO, None)),
        // "If PAR is Enabled on the AS but not required on the client, the client can use PAR."
        ("ENABLED", &free, outcome(None, None)),
        // "If PAR is Required on the AS but not required on the client, the client must use PAR."
        ("REQUIRED", &free, outcome(NO, None)),
        ("REQUIRED", &bound, outcome(NO, None)),
        ("DISABLED", &free, outcome(None, NO)),
        // "If PAR is Disabled on the AS and required on the client, the client cannot access the AS."
        ("DISABLED", &bound, outcome(NO, NO)),
    ] {
        house.set(json!({ "parStatus": status })).await;
        let request = client.request();
        let page = house.browser().go(&request).await;
        let plain = (!page.has_form("sign-on")).then(|| Answer::of(&page));
        let reply = client.push(&request).await;
        let pushed = (reply.status != 201).then(|| reply.json());
        let code = |error: &str| {
            if error == "invalid_request" {
                "invalid_request"
            } else {
                "?"
            }
        };
        let actual = Outcome {
            plain: plain.map(|answer| code(answer.error())),
            pushed: pushed.map(|body| code(body["error"].as_str().unwrap())),
        };
        assert_eq!(actual, expected, "{status} {}", client.id);
    }
}

#[tokio::test]
async fn what_was_pushed_before_pushing_was_disabled_is_good_no_more() {
    let (house, _, shop) = setting().await;
    let by_reference = shop.pushed(&shop.request()).await;
    house.set(json!({ "parStatus": "DISABLED" })).await;
    is_unknown(house.browser().go(&by_reference).await);
    refused(shop.push(&shop.request()).await, 400, "invalid_request");
}

#[tokio::test]
async fn rfc9126_5_discovery_says_whether_requests_can_or_must_be_pushed() {
    let (house, ..) = setting().await;
    for (status, there, required) in [
        ("ENABLED", true, false),
        ("REQUIRED", true, true),
        ("DISABLED", false, false),
    ] {
        house.set(json!({ "parStatus": status })).await;
        let document = house
            .http
            .get(house.at("/.well-known/openid-configuration"))
            .await;
        let document = document.json();
        let endpoint = document.get("pushed_authorization_request_endpoint");
        assert_eq!(endpoint.cloned(), there.then(|| json!(house.at(PAR))));
        assert_eq!(document["require_pushed_authorization_requests"], required);
    }
}

#[tokio::test]
async fn rfc9126_3_a_request_object_can_be_pushed() {
    let (house, alice, _) = setting().await;
    let key = key();
    let signer = house.add_client_with("signer", with_key(&key)).await;
    let request = signer.request();
    // RFC 9126 §3: "All other request parameters, i.e., those pertaining to the authorization request
    // itself, MUST appear as claims of the JWT representing the authorization request."
    let signed = request.signed(&signer, &key).with("state", "beside");
    let by_reference = signer.pushed(&signed).await;
    let answer = house.browser().sign_on(&by_reference, &alice).await;
    assert_eq!(answer.value("state"), request.value("state"));
    signer.redeem(&request, &answer).await;
    // One that only the browser is sent with is no reference.
    let stranger = self::key();
    let forged = request.signed(&signer, &stranger);
    refused(signer.push(&forged).await, 400, "invalid_request_object");
    let other = house.add_client_with("other", with_key(&stranger)).await;
    let of_another = other.request().signed(&other, &stranger);
    let of_another = of_another.with("client_id", "signer");
    refused(
        signer.push(&of_another).await,
        400,
        "invalid_request_object",
    );
}

/// Setting: Require Signed Request
#[tokio::test]
async fn rfc9126_2_3_a_client_that_must_sign_pushes_nothing_unsigned() {
    let (house, alice, _) = setting().await;
    let key = key();
    let mut fields = with_key(&key);
    fields["requireSignedRequests"] = json!(true);
    let signer = house.add_client_with("signer", fields).await;
    let request = signer.request();
    refused(signer.push(&request).await, 400, "invalid_request");
    let by_reference = signer.pushed(&request.signed(&signer, &key)).await;
    let answer = house.browser().sign_on(&by_reference, &alice).await;
    signer.redeem(&request, &answer).await;

    // Neither is anything good any more that was pushed unsigned before.
    house
        .change_client("signer", json!({ "requireSignedRequests": false }))
        .await;
    let by_reference = signer.pushed(&request).await;
    house
        .change_client("signer", json!({ "requireSignedRequests": true }))
        .await;
    let answer = Answer::of(&house.browser().go(&by_reference).await);
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn rfc9449_10_1_a_proof_beside_what_is_pushed_binds_the_code() {
    let (house, alice, shop) = setting().await;
    let proving = shop.proving(&Dpop::new(&house));
    let request = proving.request();
    let by_reference = proving.pushed(&request).await;
    let answer = house.browser().sign_on(&by_reference, &alice).await;
    let stranger = shop.proving(&Dpop::new(&house));
    for thief in [&shop, &stranger] {
        let reply = thief.exchange(&request, answer.code()).await;
        assert_ne!(reply.status, 200);
    }
    let request = proving.request();
    let answer = house
        .browser()
        .sign_on(&proving.pushed(&request).await, &alice)
        .await;
    proving.redeem(&request, &answer).await;

    let other = Dpop::new(&house).jkt();
    let contradicting = proving.request().with("dpop_jkt", &other);
    refused(proving.push(&contradicting).await, 400, "invalid_request");
}

#[tokio::test]
async fn what_may_be_used_once_is_told_apart_when_it_is_used_twice() {
    let (house, ..) = setting().await;
    let key = key();
    let mut fields = with_key(&key);
    let auth =
        json!({ "type": "PRIVATE_KEY_JWT", "secret": null, "enforceReplayPrevention": true });
    fields["clientAuth"] = auth;
    let strict = house.add_client_with("strict", fields).await;
    let dpop = Dpop::new(&house);
    let request = |object: &str| strict.request().carried("request", object);
    let push = async |assertion: &str, proof: &str, request: AuthorizationRequest| {
        let mut form = request.form();
        form.push(("client_assertion", assertion));
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        form.push(("client_assertion_type", kind));
        let pushing = house.http.request(http::Method::POST, house.at(PAR));
        pushing.header("dpop", proof).form(&form).send().await
    };
    let assertion = || strict.assertion().signed(&key);
    let proof = || dpop.proof("POST", &house.at(PAR)).signed();
    let object = || strict.request_object(&strict.request()).signed(&key);

    let (a, p, o) = (assertion(), proof(), object());
    let _ = push(&a, &p, request(&o)).await.expect_status(201);
    refused(
        push(&a, &proof(), request(&object())).await,
        401,
        "invalid_client",
    );
    refused(
        push(&assertion(), &p, request(&object())).await,
        400,
        "invalid_dpop_proof",
    );
    refused(
        push(&assertion(), &proof(), request(&o)).await,
        400,
        "invalid_request_object",
    );
    refused(push(&a, &p, request(&o)).await, 401, "invalid_client");
    let _ = push(&assertion(), &proof(), request(&object()))
        .await
        .expect_status(201);
}

#[tokio::test]
async fn a_hint_that_is_signed_with_the_client_s_key_is_believed_without_a_request_object() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let key = key();
    let shop = house.add_client_with("shop", with_key(&key)).await;
    let hint = |signer: &SigningKey| {
        let hint = shop.assertion().with("sub", json!(alice.id.to_string()));
        let signed = hint.signed(signer);
        shop.request().with("login_hint_token", &signed)
    };
    let _ = shop.push(&hint(&key)).await.expect_status(201);
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    refused(shop.push(&hint(&stranger)).await, 400, "invalid_request");
}
