//! One environment by itself: its addresses, its tokens, its pages.

use http::Method;
use serde_json::{Value, json};
use testkit::{Dpop, House};

/// The claims of a token, which somebody else verifies.
fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    let body = data_encoding::BASE64URL_NOPAD.decode(body.as_bytes());
    serde_json::from_slice(&body.unwrap()).unwrap()
}

fn is_uuid(text: &Value) -> bool {
    text.as_str().unwrap().parse::<domain::Uuid>().is_ok()
}

#[tokio::test]
async fn says_where_its_endpoints_are() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let issuer = env.issuer.clone();
    assert_eq!(issuer, format!("{}/{}/as", house.url, env.id));
    let well_known = [
        format!("{issuer}/.well-known/openid-configuration"),
        format!("{issuer}/.well-known/oauth-authorization-server"),
        // RFC 8414 §3.1
        house.at(&format!(
            "/.well-known/oauth-authorization-server/{}/as",
            env.id
        )),
        house.at(&format!("/.well-known/openid-configuration/{}/as", env.id)),
    ];
    for address in well_known {
        let document = house.http.get(address).await.expect_status(200).json();
        assert_eq!(document["issuer"], issuer.as_str());
        for (member, path) in [
            ("authorization_endpoint", "authorize"),
            ("token_endpoint", "token"),
            ("pushed_authorization_request_endpoint", "par"),
            ("userinfo_endpoint", "userinfo"),
            ("jwks_uri", "jwks"),
            ("introspection_endpoint", "introspect"),
            ("revocation_endpoint", "revoke"),
            ("end_session_endpoint", "signoff"),
        ] {
            assert_eq!(document[member], format!("{issuer}/{path}"), "{member}");
        }
        let taken = document["request_object_signing_alg_values_supported"].as_array();
        assert!(taken.unwrap().contains(&json!("HS256")));
        let aliases = &document["mtls_endpoint_aliases"];
        let url = format!("{}/{}/as/token", house.mutual_tls_url, env.id);
        assert_eq!(aliases["token_endpoint"], url);
    }
    let jwks = house.http.get(format!("{issuer}/jwks")).await.json();
    for key in jwks["keys"].as_array().unwrap() {
        assert!(key["x5c"][0].as_str().unwrap().len() > 100);
    }
}

#[tokio::test]
async fn signs_people_on_and_says_in_tokens_where() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let request = shop.request().with("scope", "openid profile");
    let page = browser.go(&request).await.expect_status(200);
    let signon = format!("/{}/signon/", env.id);
    assert!(page.url.path().starts_with(&signon), "{}", page.url);
    let flow = page.url.path().strip_prefix(&signon).unwrap().to_owned();
    assert!(flow.parse::<domain::Uuid>().is_ok(), "{flow}");
    // `resume` leads to where the flow is.
    let resumed = browser
        .open(&format!("{}/resume?flowId={flow}", env.issuer))
        .await;
    assert_eq!(resumed.expect_status(200).url.path(), page.url.path());
    let page = browser.enter_password(&page, &alice).await;
    let answer = browser.allow(page).await;
    assert_eq!(answer.value("iss"), Some(env.issuer.as_str()));
    let tokens = shop.redeem(&request, &answer).await;
    let access = claims(&tokens.access_token);
    for claims in [&access, &json!(tokens.id_claims)] {
        assert_eq!(claims["iss"], env.issuer.as_str());
        assert_eq!(claims["env"], env.id.to_string());
        assert_eq!(claims["sub"], alice.id.uuid().to_string());
        assert!(is_uuid(&claims["org"]) && is_uuid(&claims["sid"]) && is_uuid(&claims["sub"]));
    }
    let told = shop.userinfo(&tokens.access_token).await.expect_status(200);
    assert_eq!(told.json()["sub"], access["sub"]);
    let refreshed = shop.refresh(&tokens.refresh_token.unwrap()).await;
    let tokens = shop.tokens(&refreshed.expect_status(200)).await;
    // The token of a hint names the person, whoever is signed on.
    let hinted = shop.request().with("prompt", "none");
    let hinted = hinted.with("id_token_hint", tokens.id_token.as_deref().unwrap());
    let silent = browser.go(&hinted).await;
    assert!(silent.location().query().unwrap().contains("code="));
    let _ = shop.revoke(&tokens.access_token).await.expect_status(200);
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(401);
}

#[tokio::test]
async fn takes_a_post_whose_parameters_are_in_its_query() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let _alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let url = shop.request().url();
    let mut browser = house.browser();
    let asked = browser.request(Method::POST, &url);
    let page = browser.send(asked).await;
    let page = browser.follow(page).await.expect_status(200);
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn its_pages_lead_to_its_pages_alone() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let mut browser = house.browser();
    let page = browser.open(&env.at("/")).await;
    let page = browser
        .enter_password(&page, &alice)
        .await
        .expect_status(200);
    assert_eq!(page.url.path(), format!("/{}/account", env.id));
    let text = page.text();
    let links = text.split("href=\"").skip(1);
    let links = links.map(|link| link.split('"').next().unwrap());
    for link in links.filter(|it| it.starts_with('/') && !it.starts_with("/assets/")) {
        assert!(link.starts_with(&format!("/{}/", env.id)), "{link}");
    }
    for path in [
        "/account/password",
        "/account/devices",
        "/account/devices/new/totp",
        "/account/sessions",
        "/account/grants",
    ] {
        let page = browser.get(&env.at(path)).await.expect_status(200);
        assert!(!page.text().contains("action=\"/account"), "{path}");
    }
    let session = format!("ST.{}", env.id);
    let cookie = browser.cookie(&session).unwrap();
    assert!(cookie.attributes.contains(&format!("Path=/{}/", env.id)));
    assert!(cookie.attributes.contains(&"HttpOnly".to_owned()));
}

#[tokio::test]
async fn signoff_answers_a_script_without_leading_it_away() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let mut browser = house.browser();
    let request = shop.request();
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let signoff = format!("{}/signoff", env.issuer);
    let script = |browser: &testkit::Browser, address: &str| {
        let request = browser.request(Method::GET, address);
        request.header("accept", "application/json")
    };
    // Nobody is signed out who cannot be asked.
    let unasked = browser
        .send(script(&browser, &signoff))
        .await
        .expect_status(400);
    assert_eq!(unasked.json()["code"], "INVALID_DATA");
    assert!(browser.cookie(&format!("ST.{}", env.id)).is_some());
    let hinted = format!("{signoff}?id_token_hint={}", tokens.id_token.unwrap());
    let signed_out = browser
        .send(script(&browser, &hinted))
        .await
        .expect_status(204);
    assert_eq!(signed_out.text(), "");
    assert!(browser.cookie(&format!("ST.{}", env.id)).is_none());
    let silent = browser.go(&shop.request().with("prompt", "none")).await;
    assert!(
        silent
            .location()
            .query()
            .unwrap()
            .contains("error=login_required")
    );
    // Nobody is signed on any more, which is what was wanted.
    let _ = browser
        .send(script(&browser, &hinted))
        .await
        .expect_status(204);
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_bring_its_cookies() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let settings = domain::ServerSettings {
        allowed_origins: vec!["https://app.example".to_owned()],
        ..domain::ServerSettings::default()
    };
    let mut changes = domain::port::Changes::none();
    changes.insert(&settings);
    env.records.commit(changes).await.unwrap();
    house.app().follow_configuration().await.unwrap();
    let allowed = async |origin: &str, address: String| {
        let request = house
            .http
            .request(Method::GET, address)
            .header("origin", origin);
        let reply = request.send().await;
        [
            "access-control-allow-origin",
            "access-control-allow-credentials",
        ]
        .map(|name| reply.header(name).map(str::to_owned))
    };
    let theirs = allowed("https://app.example", format!("{}/userinfo", env.issuer)).await;
    assert_eq!(
        theirs,
        [
            Some("https://app.example".to_owned()),
            Some("true".to_owned())
        ]
    );
    let others = allowed("https://other.example", format!("{}/userinfo", env.issuer)).await;
    assert_eq!(others, [None, None]);
    let of_server = allowed("https://app.example", house.at("/idp/userinfo.openid")).await;
    assert_eq!(of_server, [None, None]);
}

#[tokio::test]
async fn rfc9449_4_3_9_a_proof_is_for_the_address_within_the_environment() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let key = Dpop::new(&house);
    let shop = shop.proving(&key);
    let request = shop.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(200);
}
