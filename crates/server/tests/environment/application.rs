//! `/v1/environments/{environment}/applications`: the clients of an environment.

use http::Method;
use serde_json::{Value, json};
use testkit::{House, Reply};

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
