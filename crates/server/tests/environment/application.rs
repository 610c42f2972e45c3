//! `/v1/environments/{environment}/applications`: the clients of an environment.

use authn::flow::{EnrolmentPolicy, SecondFactor};
use domain::{Client, ClientId};
use http::Method;
use serde_json::{Value, json};
use testkit::{Environment, House, Reply};

use super::flow::{act, right};
use super::management::{Management, mistakes};

/// An application, as it is asked for.
fn shop() -> Value {
    json!({
        "name": "Shop",
        "enabled": true,
        "protocol": "OPENID_CONNECT",
        "type": "WEB_APP",
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "redirectUris": ["https://shop.example/callback"],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
        "pkceEnforcement": "S256_REQUIRED",
        "parRequirement": "OPTIONAL",
    })
}

#[tokio::test]
async fn applications_are_added_listed_and_deleted() {
    let house = House::open().await;
    let [a, b] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", a.id);
    let created = api.send(Method::POST, &apps, &shop()).await;
    let created = created.expect_status(201).json();
    let sorted = |value: &Value| {
        let mut list = value
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![value.clone()]);
        list.sort_by_key(Value::to_string);
        list
    };
    for (name, value) in shop().as_object().unwrap() {
        assert_eq!(sorted(&created[name]), sorted(value), "{name}");
    }
    assert_eq!(created.get("secret"), None);
    let id = created["id"].as_str().unwrap();
    assert!(id.parse::<domain::Uuid>().is_ok());
    let path = format!("{apps}/{id}");
    assert_eq!(api.get(&path).await.expect_status(200).json(), created);
    let listed = api.get(&apps).await.expect_status(200).json();
    assert_eq!(listed["_embedded"]["applications"], json!([created]));
    // Not in another environment.
    let elsewhere = path.replace(&a.id.to_string(), &b.id.to_string());
    for path in [elsewhere.clone(), format!("{elsewhere}/secret")] {
        let _ = api.get(&path).await.expect_status(404);
    }
    let replaced = api.send(Method::PUT, &elsewhere, &shop()).await;
    let _ = replaced.expect_status(404);
    let _ = api
        .request(Method::DELETE, &elsewhere)
        .send()
        .await
        .expect_status(404);
    let _ = api
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect_status(204);
    let _ = api.get(&path).await.expect_status(404);
}

#[tokio::test]
async fn applications_are_clients() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let created = api.send(Method::POST, &apps, &shop()).await;
    let created = created.expect_status(201).json();
    let id = created["id"].as_str().unwrap();
    let (path, secret_path) = (format!("{apps}/{id}"), format!("{apps}/{id}/secret"));
    let text = |reply: Reply| {
        let body = reply.expect_status(200).json();
        body["secret"].as_str().unwrap().to_owned()
    };
    let secret = text(api.get(&secret_path).await);
    let party = |secret: &str| env.relying_party(id, secret, "https://shop.example/callback");
    let request = party(&secret).request();
    // Nobody is asked for consent.
    let answer = house.browser().sign_on(&request, &alice).await;
    let _ = party(&secret).redeem(&request, &answer).await;
    let rotated = text(api.send(Method::POST, &secret_path, &json!({})).await);
    assert_ne!(rotated, secret);
    let answer = house.browser().sign_on(&request, &alice).await;
    let _ = party(&rotated).redeem(&request, &answer).await;
    let mut changed = shop();
    changed["name"] = json!("The shop");
    changed["parRequirement"] = json!("REQUIRED");
    let changed = api.send(Method::PUT, &path, &changed).await;
    assert_eq!(changed.expect_status(200).json()["name"], "The shop");
    assert_eq!(text(api.get(&secret_path).await), rotated);
    let refused = house.browser().go(&request).await.location();
    assert!(refused.query().unwrap().contains("error=invalid_request"));
    let events = env.records.all::<domain::AuditEvent>().await.unwrap();
    let event = events.iter().rfind(|it| it.event == "client.changed");
    let administrator = domain::Actor::Administrator("Administrator".to_owned());
    assert_eq!(event.unwrap().actor, administrator);
    let told = events
        .iter()
        .map(|it| serde_json::to_string(&it.record).unwrap());
    assert!(!told.collect::<String>().contains(&rotated));
}

#[tokio::test]
async fn seed_003_an_application_that_must_sign_its_requests_signs_with_its_secret() {
    let house = House::open().await;
    let env = house.add_environment("bank").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let mut wanted = shop();
    wanted["requireSignedRequestObject"] = json!(true);
    let created = api.send(Method::POST, &apps, &wanted).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["requireSignedRequestObject"], true);
    let id = created["id"].as_str().unwrap();
    let secret = api.get(&format!("{apps}/{id}/secret")).await.json();
    let secret = secret["secret"].as_str().unwrap();
    let shop = env.relying_party(id, secret, "https://shop.example/callback");
    let request = shop.request();
    let plain = house.browser().go(&request).await.location();
    assert!(plain.as_str().contains("must+sign"), "{plain}");
    let object = shop.request_object(&request).signed_with_secret(secret);
    let signed = request.carried("request", &object);
    let page = house.browser().go(&signed).await;
    assert!(page.has_form("sign-on"), "{page:?}");
    // Whoever has nothing to sign with cannot be made to.
    for method in ["NONE", "PRIVATE_KEY_JWT"] {
        let mut wanted = wanted.clone();
        wanted["tokenEndpointAuthMethod"] = json!(method);
        let refused = api.send(Method::POST, &apps, &wanted).await;
        let targets = mistakes(refused);
        assert!(
            targets
                .iter()
                .any(|it| it.1 == "requireSignedRequestObject"),
            "{targets:?}"
        );
    }
}

#[tokio::test]
async fn pingone_1_4_an_application_gets_the_response_types_that_it_is_given() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let mut wanted = shop();
    wanted["grantTypes"] = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
    wanted["pkceEnforcement"] = json!("OPTIONAL");
    wanted["responseTypes"] = json!(["CODE"]);
    let refused = mistakes(api.send(Method::POST, &apps, &wanted).await);
    let invalid = |name: &str| ("INVALID_VALUE".to_owned(), name.to_owned());
    assert_eq!(refused, [invalid("responseTypes")]);
    wanted["responseTypes"] = json!(["CODE", "ID_TOKEN"]);
    let created = api.send(Method::POST, &apps, &wanted).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["responseTypes"], wanted["responseTypes"]);
    let id = created["id"].as_str().unwrap();
    let shop = env.relying_party(id, "", "https://shop.example/callback");
    for (kind, served) in [
        ("code id_token", true),
        ("id_token", true),
        ("token", false),
    ] {
        let request = shop.request().with("response_type", kind);
        let reply = house.browser().go(&request).await;
        match served {
            true => assert!(reply.has_form("sign-on"), "{kind}"),
            false => assert!(
                reply
                    .location()
                    .as_str()
                    .contains("error=unauthorized_client"),
                "{kind}"
            ),
        }
    }
    // Who does not say gets all that the grants are for.
    let path = format!("{apps}/{id}");
    wanted["responseTypes"] = Value::Null;
    let replaced = api.send(Method::PUT, &path, &wanted).await;
    let all = &replaced.expect_status(200).json()["responseTypes"];
    assert_eq!(*all, json!(["CODE", "TOKEN", "ID_TOKEN"]));
}

#[tokio::test]
async fn what_an_application_asks_for_and_does_not_get_is_refused_by_name() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    for (name, value) in [
        (
            "accessControl",
            json!({"role": {"type": "ADMIN_USERS_ONLY"}}),
        ),
        ("idpSignoff", json!(true)),
        ("refreshTokenDuration", json!(60)),
        ("secret", json!("of my own")),
        ("responseTypes", json!(["CODE", "COOKIE"])),
        ("loginPageUrl", json!("javascript:alert(1)")),
    ] {
        let mut wanted = shop();
        wanted[name] = value;
        let refused = mistakes(api.send(Method::POST, &apps, &wanted).await);
        assert_eq!(refused, [("INVALID_VALUE".to_owned(), name.to_owned())]);
    }
    // What changes nothing is kept, and what was read may be sent back.
    let mut wanted = shop();
    wanted["homePageUrl"] = json!("https://shop.example/");
    wanted["tags"] = json!(["PING_FED_CONNECTION_INTEGRATION"]);
    wanted["idpSignoff"] = json!(false);
    let created = api.send(Method::POST, &apps, &wanted).await;
    let created = created.expect_status(201).json();
    for name in ["homePageUrl", "tags", "idpSignoff"] {
        assert_eq!(created[name], wanted[name]);
    }
    let path = format!("{apps}/{}", created["id"].as_str().unwrap());
    let replaced = api.send(Method::PUT, &path, &created).await;
    assert_eq!(replaced.expect_status(200).json()["tags"], wanted["tags"]);
}

#[tokio::test]
async fn rfc9700_2_1_1_an_application_without_a_secret_is_shown_to_need_pkce() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let mut wanted = shop();
    wanted["tokenEndpointAuthMethod"] = json!("NONE");
    wanted["pkceEnforcement"] = json!("OPTIONAL");
    let created = api.send(Method::POST, &apps, &wanted).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["pkceEnforcement"], "REQUIRED");
}

#[tokio::test]
async fn pingone_1_2_people_sign_on_at_the_page_of_the_application() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let mut wanted = shop();
    wanted["loginPageUrl"] = json!("https://app.example/signon");
    wanted["pkceEnforcement"] = json!("OPTIONAL");
    let created = api.send(Method::POST, &apps, &wanted).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["loginPageUrl"], wanted["loginPageUrl"]);
    let id = created["id"].as_str().unwrap();
    let secret = api.get(&format!("{apps}/{id}/secret")).await.json();
    let secret = secret["secret"].as_str().unwrap();
    let shop = env.relying_party(id, secret, "https://shop.example/callback");
    let request = shop.request();
    let mut browser = house.browser();
    let led = browser.go(&request).await.location();
    assert!(led.as_str().starts_with("https://app.example/signon?"));
    let query = |name: &str| {
        let found = led.query_pairs().find(|(it, _)| it == name);
        found.unwrap().1.into_owned()
    };
    assert_eq!(query("environmentId"), env.id.to_string());
    // The page of the application acts in the flow, and leaves where it is told to.
    let base = env.issuer.strip_suffix("/as").unwrap();
    let flow = format!("{base}/flows/{}", query("flowId"));
    let flow = browser.get(&flow).await.expect_status(200).json();
    assert_eq!(flow["status"], "USERNAME_PASSWORD_REQUIRED");
    let resume = flow["resumeUrl"].as_str().unwrap();
    let back = browser.open(resume).await.location();
    assert_eq!(back, led);
    let password = json!({"username": "alice", "password": alice.password});
    let done = act(&mut browser, &flow, "usernamePassword.check", &password).await;
    assert_eq!(done.expect_status(200).json()["status"], "COMPLETED");
    let left = browser.open(resume).await.location();
    assert!(left.as_str().starts_with("https://shop.example/callback?"));
    assert!(left.query().unwrap().contains("code="), "{left}");
}

#[tokio::test]
async fn pingone_1_2_devices_are_set_up_at_our_pages_whatever_page_the_application_has() {
    let house = House::open_with(|settings| {
        settings.second_factor = SecondFactor::Required;
        settings.policy.devices.enrolment = EnrolmentPolicy::WhenRequired;
    })
    .await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client_with("shop", json!({ "bypassApprovalPage": true }));
    let shop = shop.await;
    let api = Management(&house);
    let path = format!("/environments/{}/applications/shop", env.id);
    let mut wanted = api.get(&path).await.expect_status(200).json();
    wanted["loginPageUrl"] = json!("https://app.example/signon");
    let replaced = api.send(Method::PUT, &path, &wanted).await;
    let _ = replaced.expect_status(200);
    let mut browser = house.browser();
    let led = browser.go(&shop.request()).await.location();
    let (_, id) = led
        .query_pairs()
        .find(|(name, _)| name == "flowId")
        .unwrap();
    let flow = browser.get(&env.at(&format!("/flows/{id}"))).await;
    let flow = flow.expect_status(200).json();
    let flow = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let flow = flow.expect_status(200).json();
    assert_eq!(flow["status"], "COMPLETED", "{flow}");
    let page = browser.open(flow["resumeUrl"].as_str().unwrap()).await;
    assert!(page.has_form("set-up"), "{page:?}");
    let page = browser.submit(&page, "set-up", "method-totp", &[]).await;
    assert!(page.has_form("set-up-activate"), "{page:?}");
}

#[tokio::test]
async fn applications_with_mistakes_are_refused_by_the_names_of_their_attributes() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    for (name, value, target) in [
        ("type", json!("TOASTER"), "type"),
        ("redirectUris", json!(["x"]), "redirectUris[0]"),
        ("jwks", json!("x"), "jwks"),
    ] {
        let mut wrong = shop();
        wrong[name] = value;
        let wrong = mistakes(api.send(Method::POST, &apps, &wrong).await);
        assert_eq!(wrong, [("INVALID_VALUE".to_owned(), target.to_owned())]);
    }
    // Request objects must be signed, or need not be.
    let mut both = shop();
    both["supportUnsignedRequestObject"] = json!(true);
    both["requireSignedRequestObject"] = json!(true);
    let wrong = mistakes(api.send(Method::POST, &apps, &both).await);
    assert_eq!(wrong[0].1, "supportUnsignedRequestObject");
}

/// An access token of a client that may look at everything and change nothing.
async fn auditor(house: &House) -> String {
    let administration = house.administration();
    let (path, scope) = ("/oauth/authServerSettings", "countersign-admin-read");
    let mut settings = administration.get(path).await.json();
    let scopes = settings["exclusiveScopes"].as_array_mut().unwrap();
    scopes.push(json!({ "name": scope, "description": "" }));
    let set = administration.put(path, &settings).await;
    let _ = set.expect_status(200);
    let fields = json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "exclusiveScopes": [scope] });
    let robot = house.add_client_with("auditor", fields).await;
    let form = [("grant_type", "client_credentials"), ("scope", scope)];
    let token = robot.token(&form).await.expect_status(200).json();
    token["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_only_looks_is_shown_no_secret_and_whoever_is_is_noted() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let apps = format!("/environments/{}/applications", env.id);
    let created = api.send(Method::POST, &apps, &shop()).await;
    let created = created.expect_status(201).json();
    let id = created["id"].as_str().unwrap();
    let (path, secret) = (format!("{apps}/{id}"), format!("{apps}/{id}/secret"));
    let token = auditor(&house).await;
    let look = async |path: &str| api.bare(Method::GET, path).bearer(&token).send().await;
    let seen = look(&path).await.expect_status(200);
    let refused = look(&secret).await.expect_status(403);
    assert_eq!(refused.json()["code"], "ACCESS_FAILED");
    let shown = api.get(&secret).await.expect_status(200).json();
    let shown = shown["secret"].as_str().unwrap();
    assert!(!seen.text().contains(shown));
    let event = env.last_event("client.secret_shown").await;
    assert_eq!(event["detail"]["client"], id);
    assert_eq!(event["actor"]["name"], "Administrator");
    assert!(!event.to_string().contains(shown));
    // Nobody was shown one but them.
    let events = env.records.all::<domain::AuditEvent>().await.unwrap();
    let shown = events.iter().filter(|it| it.event == "client.secret_shown");
    assert_eq!(shown.count(), 1);
}

/// What no attribute of an application says.
fn of_no_attribute() -> Value {
    json!({
        "bypassApprovalPage": false,
        "restrictScopes": true,
        "restrictedScopes": ["email", "openid"],
        "refreshRolling": "ROLL",
        "clientSecretRetentionPeriodType": "OVERRIDE_SERVER_DEFAULT",
        "clientSecretRetentionPeriod": 60,
        "oidcPolicy": { "idTokenSigningAlgorithm": "ES256" },
    })
}

#[tokio::test]
async fn a_client_with_another_secret_may_do_no_more_than_before() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client_with("shop", of_no_attribute()).await;
    let before = stored(&env, "shop").await;
    let api = Management(&house);
    let path = format!("/environments/{}/applications/shop", env.id);
    let secret = format!("{path}/secret");
    let rotated = api.send(Method::POST, &secret, &json!({})).await;
    let rotated = rotated.expect_status(200).json();
    let mut after = stored(&env, "shop").await;
    assert_eq!(after["clientAuth"]["secret"], rotated["secret"]);
    // The one before serves for as long as the client's own setting says.
    let replaced = &after["clientAuth"]["secondarySecrets"][0];
    assert_eq!(replaced["secret"], before["clientAuth"]["secret"]);
    for changed in ["clientAuth", "modificationDate", "clientSecretChangedTime"] {
        after[changed] = before[changed].clone();
    }
    assert_eq!(after, before);
    // A person is asked, as before.
    let mut browser = house.browser();
    let request = shop.request().with("scope", "openid email");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    assert!(page.has_form("consent"));
}

#[tokio::test]
async fn what_an_application_does_not_show_is_kept_when_it_is_replaced() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let _ = env.add_client_with("shop", of_no_attribute()).await;
    let before = stored(&env, "shop").await;
    let api = Management(&house);
    let path = format!("/environments/{}/applications/shop", env.id);
    let mut application = api.get(&path).await.expect_status(200).json();
    application["name"] = json!("Another name");
    let grants = application["grantTypes"].as_array().unwrap().iter();
    let grants = grants.filter(|it| **it != "CIBA").cloned();
    application["grantTypes"] = grants.collect();
    let replaced = api.send(Method::PUT, &path, &application).await;
    let replaced = replaced.expect_status(200).json();
    assert_eq!(replaced["name"], "Another name");
    let after = stored(&env, "shop").await;
    for (name, kept) in of_no_attribute().as_object().unwrap() {
        match kept.as_object() {
            None => assert_eq!(&after[name], kept, "{name}"),
            Some(kept) => kept
                .iter()
                .for_each(|(inner, kept)| assert_eq!(&after[name][inner], kept, "{name}")),
        }
    }
    assert_eq!(after["clientAuth"], before["clientAuth"]);
    // Another way to authenticate is another way.
    application["tokenEndpointAuthMethod"] = json!("CLIENT_SECRET_JWT");
    let replaced = api.send(Method::PUT, &path, &application).await;
    let _ = replaced.expect_status(200);
    let after = stored(&env, "shop").await;
    assert_eq!(after["clientAuth"]["type"], "CLIENT_SECRET_JWT");
    assert_eq!(
        after["clientAuth"]["secret"],
        before["clientAuth"]["secret"]
    );
}

/// A client as it is stored.
async fn stored(env: &Environment<'_>, id: &str) -> Value {
    let stored = env.records.get::<Client>(&ClientId::new(id)).await;
    serde_json::to_value(&stored.unwrap().unwrap().record).unwrap()
}
