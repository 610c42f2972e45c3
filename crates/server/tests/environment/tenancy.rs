//! Nothing of one environment is good for anything in another, nor in the server itself.

use http::Method;
use jose::jws::{Algorithm, SigningKey};
use serde_json::json;
use testkit::{Browser, Environment, House, Person, RelyingParty, Tokens, code_in};

use super::management::Management;

/// A person and a client of one house.
type Party = (Person, RelyingParty);

/// Three houses with a person and a client of the same names: two environments, and the server.
struct Setting<'h> {
    house: &'h House,
    parties: Vec<Party>,
}

async fn environments(house: &House) -> [Environment<'_>; 2] {
    [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ]
}

impl<'h> Setting<'h> {
    async fn new(house: &'h House, environments: &[Environment<'h>; 2]) -> Self {
        let mut parties = Vec::new();
        for env in environments {
            parties.push((env.add_person("alice").await, env.add_client("shop").await));
        }
        parties.push((
            house.add_person("alice").await,
            house.add_client("shop").await,
        ));
        Self { house, parties }
    }

    /// Every pair of different houses: whose something is, and where it is tried.
    fn pairs(&self) -> Vec<(&Party, &Party)> {
        let all = 0..self.parties.len();
        let pairs = all
            .clone()
            .flat_map(|own| all.clone().map(move |other| (own, other)));
        pairs
            .filter(|(own, other)| own != other)
            .map(|(own, other)| (&self.parties[own], &self.parties[other]))
            .collect()
    }

    async fn tokens(&self, (alice, shop): &Party) -> Tokens {
        let request = shop.request();
        let answer = self.house.browser().sign_on(&request, alice).await;
        shop.redeem(&request, &answer).await
    }
}

#[tokio::test]
async fn the_same_names_live_side_by_side() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    let mut subjects = Vec::new();
    for party in &setting.parties {
        let tokens = setting.tokens(party).await;
        let told = party
            .1
            .userinfo(&tokens.access_token)
            .await
            .expect_status(200);
        assert_eq!(told.json()["sub"], tokens.id_claims["sub"]);
        subjects.push(tokens.id_claims["sub"].clone());
    }
    subjects.dedup();
    assert_eq!(subjects.len(), 3);
    let kids = async |keys: jose::jwk::JwkSet| {
        let keys = keys.keys().iter().map(jose::jwk::Jwk::thumbprint);
        keys.collect::<std::collections::BTreeSet<_>>()
    };
    let a = kids(environments[0].jwks().await).await;
    let b = kids(environments[1].jwks().await).await;
    let server = kids(house.jwks().await).await;
    assert!(a.is_disjoint(&b) && a.is_disjoint(&server) && b.is_disjoint(&server));
}

#[tokio::test]
async fn no_words_policies_and_pairing_keys_are_good_elsewhere() {
    let house = House::open().await;
    let [a, b] = environments(&house).await;
    let api = Management(&house);
    let of = |env: &Environment<'_>| format!("/environments/{}", env.id);
    let content = json!({"locale": "en", "deliveryMethod": "Email", "subject": "x",
        "body": "Code ${otp}", "emailContentType": "text/plain"});
    let policy = json!({ "name": "Strict" });
    let devices = json!({ "name": "Devices", "mobile": { "enabled": true } });
    for (path, body) in [
        ("templates/strong_authentication/contents", &content),
        ("signOnPolicies", &policy),
        ("deviceAuthenticationPolicies", &devices),
    ] {
        let path = |env: &Environment<'_>| format!("{}/{path}", of(env));
        let made = api.send(Method::POST, &path(&a), body).await;
        let made = made.expect_status(201).json();
        let id = made["id"].as_str().unwrap();
        let elsewhere = format!("{}/{id}", path(&b));
        let _ = api.get(&elsewhere).await.expect_status(404);
        let _ = api
            .send(Method::PUT, &elsewhere, body)
            .await
            .expect_status(404);
        let gone = api.request(Method::DELETE, &elsewhere).send().await;
        let _ = gone.expect_status(404);
        let listed = api.get(&path(&b)).await.expect_status(200);
        assert!(!listed.text().contains(id), "{}", listed.text());
        let _ = api
            .get(&format!("{}/{id}", path(&a)))
            .await
            .expect_status(200);
    }
    // The person of one is nobody in the other, and so are their pairing keys.
    let alice = a.add_person("alice").await;
    let keys = |env: &Environment<'_>| format!("{}/users/{}/pairingKeys", of(env), alice.id.uuid());
    let made = api.send(Method::POST, &keys(&a), &json!({})).await;
    let made = made.expect_status(201).json();
    let elsewhere = api.send(Method::POST, &keys(&b), &json!({})).await;
    let _ = elsewhere.expect_status(404);
    let id = made["id"].as_str().unwrap();
    let elsewhere = api.get(&format!("{}/{id}", keys(&b))).await;
    let _ = elsewhere.expect_status(404);
}

#[tokio::test]
async fn no_token_is_good_elsewhere() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    for (own, other) in setting.pairs() {
        let tokens = setting.tokens(own).await;
        let elsewhere = &other.1;
        let _ = elsewhere
            .userinfo(&tokens.access_token)
            .await
            .expect_status(401);
        let told = elsewhere.introspect(&tokens.access_token).await;
        assert_eq!(told.json(), json!({ "active": false }));
        let refresh_token = tokens.refresh_token.unwrap();
        let refused = elsewhere.refresh(&refresh_token).await.expect_status(400);
        assert_eq!(refused.json()["error"], "invalid_grant");
        let told = elsewhere.introspect(&refresh_token).await;
        assert_eq!(told.json(), json!({ "active": false }));
        // Nor can it be revoked from there.
        for token in [&tokens.access_token, &refresh_token] {
            let _ = elsewhere.revoke(token).await.expect_status(200);
        }
        let _ = own
            .1
            .userinfo(&tokens.access_token)
            .await
            .expect_status(200);
        let _ = own.1.refresh(&refresh_token).await.expect_status(200);
    }
}

#[tokio::test]
async fn no_code_is_redeemed_elsewhere() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    for ((alice, shop), (_, elsewhere)) in setting.pairs() {
        let request = shop.request();
        let answer = house.browser().sign_on(&request, alice).await;
        let refused = elsewhere
            .exchange(&request, answer.code())
            .await
            .expect_status(400);
        assert_eq!(refused.json()["error"], "invalid_grant");
        // The attempt has not spent it.
        let _ = shop.redeem(&request, &answer).await;
    }
}

#[tokio::test]
async fn no_pushed_request_is_answered_elsewhere() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    for ((_, shop), (_, elsewhere)) in setting.pairs() {
        let pushed = shop.pushed(&shop.request()).await;
        let reference = pushed.value("request_uri").unwrap();
        let referring = elsewhere.request().carried("request_uri", reference);
        let page = house.browser().go(&referring).await.expect_status(400);
        assert!(
            page.text()
                .contains("request_uri is unknown, used, or expired.")
        );
        let page = house.browser().go(&pushed).await.expect_status(200);
        assert!(page.has_form("sign-on"));
    }
}

#[tokio::test]
async fn who_is_signed_on_in_one_is_not_in_another() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    for (own, other) in setting.pairs() {
        let mut browser = house.browser();
        let _ = browser.sign_on(&own.1.request(), &own.0).await;
        let silent = async |browser: &mut Browser, shop: &RelyingParty| {
            let reply = browser.go(&shop.request().with("prompt", "none")).await;
            reply.location().query().unwrap().contains("code=")
        };
        assert!(silent(&mut browser, &own.1).await);
        assert!(!silent(&mut browser, &other.1).await);
        // Nor when somebody renames the cookies.
        let theirs = browser.cookies("").into_iter();
        let theirs: Vec<(String, String)> = theirs
            .map(|(name, cookie)| (name.to_owned(), cookie.value.clone()))
            .collect();
        let mut thief = house.browser();
        let mut renamed = vec!["PF".to_owned(), "PF.FLOW.x".to_owned()];
        for env in &environments {
            renamed.extend([format!("ST.{}", env.id), format!("ST.{}.FLOW.x", env.id)]);
        }
        for (_, value) in &theirs {
            for name in &renamed {
                thief.plant(name, value);
            }
            assert!(!silent(&mut thief, &other.1).await);
        }
        // Signing on elsewhere takes nothing away here.
        let _ = browser.sign_on(&other.1.request(), &other.0).await;
        assert!(silent(&mut browser, &own.1).await && silent(&mut browser, &other.1).await);
    }
}

#[tokio::test]
async fn no_browser_that_is_trusted_is_trusted_elsewhere() {
    let house = House::open_with(|settings| {
        let day = std::time::Duration::from_hours(24);
        settings.policy.identity.trusted_browser = Some(day);
    });
    let house = house.await;
    let [a, b] = environments(&house).await;
    let mut browser = house.browser();
    let trust = |env: &Environment<'_>| format!("ST.{}.TRUST", env.id);
    let shop = a.add_client("shop").await;
    let carol = a.add_person_with_mailbox("carol").await;
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &carol).await;
    let code = code_in(&a.last_text().await);
    let filled = [("otp", code.as_str()), ("trust", "yes")];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let _ = browser.allow(page).await;
    browser.forget(&format!("ST.{}", a.id));
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &carol).await;
    assert!(!page.has_form("one-time-code"), "{page:?}");
    // Nor when somebody renames the cookie.
    let value = browser.cookie(&trust(&a)).unwrap().value.clone();
    let shop = b.add_client("shop").await;
    let carol = b.add_person_with_mailbox("carol").await;
    let mut thief = house.browser();
    thief.plant(&trust(&b), &value);
    for browser in [&mut browser, &mut thief] {
        let page = browser.go(&shop.request()).await;
        let page = browser.enter_password(&page, &carol).await;
        assert!(page.has_form("one-time-code"), "{page:?}");
    }
}

#[tokio::test]
async fn no_flow_goes_on_elsewhere() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    let own = &setting.parties[0];
    let mut browser = house.browser();
    let page = browser.go(&own.1.request()).await.expect_status(200);
    let uuid = page.url.path().rsplit('/').next().unwrap().to_owned();
    let id: domain::FlowId = uuid.parse().unwrap();
    let cookie = browser.cookies("ST.")[0].1.value.clone();
    browser.plant(&format!("ST.{}.FLOW.x", environments[1].id), &cookie);
    browser.plant("PF.FLOW.x", &cookie);
    let elsewhere = [
        environments[1].at(&format!("/signon/{uuid}")),
        environments[1].at(&format!("/signon/{id}")),
        environments[1].at(&format!("/as/resume?flowId={uuid}")),
        house.at(&format!("/as/{id}/resume/as/authorization.ping")),
        house.at(&format!("/as/{uuid}/resume/as/authorization.ping")),
    ];
    for address in elsewhere {
        let _ = browser.open(&address).await.expect_status(410);
        let form = page.form("sign-on");
        let token = form.fields.iter().find(|(name, _)| name == "csrf_token");
        let fields = [
            ("csrf_token", token.unwrap().1.as_str()),
            ("username", "alice"),
            ("password", own.0.password.as_str()),
        ];
        if !address.contains("resume?") {
            let _ = browser.post(&address, &fields).await.expect_status(410);
        }
    }
    let page = browser.enter_password(&page, &own.0).await;
    let _ = browser.allow(page).await;
}

#[tokio::test]
async fn no_password_is_good_elsewhere_and_no_lockout_reaches_there() {
    let house = House::open().await;
    let [a, b] = environments(&house).await;
    let bob = a.add_person("bob").await;
    let carol = a.add_person("carol").await;
    let other_carol = b.add_person("carol").await;
    let shop = b.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &bob).await.expect_status(200);
    assert!(page.has_form("sign-on"));
    // Carol is blocked in one environment, and not in the other.
    let wrong = Person {
        password: "wrong wrong wrong".to_owned(),
        ..carol
    };
    let shop_of_a = a.add_client("shop").await;
    for _ in 0..12 {
        let mut browser = house.browser();
        let page = browser.go(&shop_of_a.request()).await;
        let _ = browser.enter_password(&page, &wrong).await;
    }
    let answer = house.browser().sign_on(&shop.request(), &other_carol).await;
    assert!(answer.value("code").is_some());
}

#[tokio::test]
async fn no_assertion_and_no_request_object_is_for_another() {
    let house = House::open().await;
    let [a, b] = environments(&house).await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let keys = json!({ "keys": [key.jwk().to_public_value().unwrap()] }).to_string();
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"],
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null },
        "jwksSettings": { "jwks": keys },
    });
    // The same client with the same key, in each of them.
    let robots = [
        a.add_client_with("robot", fields.clone()).await,
        b.add_client_with("robot", fields.clone()).await,
        house.add_client_with("robot", fields).await,
    ];
    let credentials = [("grant_type", "client_credentials")];
    for (own, robot) in robots.iter().enumerate() {
        for (other, elsewhere) in robots.iter().enumerate() {
            let is_own = own == other;
            let assertion = robot.assertion().signed(&key);
            let path = elsewhere.paths.token;
            let reply = elsewhere
                .call_with_assertion(path, &assertion, &credentials)
                .await;
            assert_eq!(reply.status == 200, is_own, "{}", reply.text());
            let object = robot.request_object(&elsewhere.request()).signed(&key);
            let request = elsewhere.request().carried("request", &object);
            let reply = house.browser().go(&request).await;
            assert_eq!(reply.has_form("sign-on"), is_own, "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn no_id_token_is_a_hint_elsewhere() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    for (own, other) in setting.pairs() {
        let tokens = setting.tokens(own).await;
        let hint = tokens.id_token.unwrap();
        let mut browser = house.browser();
        let _ = browser.sign_on(&other.1.request(), &other.0).await;
        // It does not sign anybody out unasked ...
        let signoff = other.1.at(other.1.paths.end_session);
        let signoff = format!("{signoff}?id_token_hint={hint}");
        let page = browser.open(&signoff).await.expect_status(200);
        assert!(page.has_form("sign-out"), "{}", page.text());
        // ... and names nobody who may answer.
        let hinted = other
            .1
            .request()
            .with("prompt", "none")
            .with("id_token_hint", &hint);
        let reply = browser.go(&hinted).await;
        assert!(!reply.location().query().unwrap().contains("code="));
    }
}

#[tokio::test]
async fn the_administration_api_takes_no_token_of_an_environment() {
    let house = House::open().await;
    let environments = environments(&house).await;
    let setting = Setting::new(&house, &environments).await;
    let tokens = setting.tokens(&setting.parties[0]).await;
    let mut administration = house.administration();
    administration.token = Some(tokens.access_token);
    let _ = administration
        .get("/oauth/clients")
        .await
        .expect_status(401);
    // And what it lists is the server's.
    let mut administration = house.administration();
    administration.token = None;
    environments[0].add_client("only-here").await;
    let listed = administration
        .get("/oauth/clients")
        .await
        .expect_status(200);
    assert!(!listed.text().contains("only-here"));
    let _ = administration
        .get("/oauth/clients/only-here")
        .await
        .expect_status(404);
}
