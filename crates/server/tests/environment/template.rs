//! `/v1/environments/{id}/templates`: an environment's own words.

use http::Method;
use serde_json::{Value, json};
use testkit::{Environment, House};

use super::management::{Management, mistakes};

fn templates(env: &Environment<'_>) -> String {
    format!("/environments/{}/templates", env.id)
}

fn contents(env: &Environment<'_>) -> String {
    format!("{}/strong_authentication/contents", templates(env))
}

fn mail(locale: &str, body: &str) -> Value {
    json!({
        "locale": locale,
        "deliveryMethod": "Email",
        "subject": "Hello from us",
        "body": body,
        "emailContentType": "text/plain",
    })
}

async fn asked_for_code(house: &House, env: &Environment<'_>) -> String {
    let carol = env.add_person_with_mailbox("carol").await;
    let shop = env.add_client("shop").await;
    let request = shop.request().with("response_mode", "pi.flow");
    let mut browser = house.browser();
    let flow = browser.go(&request).await.expect_status(200).json();
    let href = flow["_links"]["usernamePassword.check"]["href"].as_str();
    let body = json!({ "username": carol.username, "password": carol.password });
    let sent = browser.request(Method::POST, href.unwrap()).body(
        "application/vnd.pingidentity.usernamePassword.check+json",
        body.to_string(),
    );
    let flow = browser.send(sent).await.expect_status(200).json();
    assert_eq!(flow["status"], "OTP_REQUIRED");
    env.last_text().await
}

#[tokio::test]
async fn pingone_1_5_an_environments_own_words_are_what_its_people_are_told() {
    let house = House::open().await;
    let (a, b) = (
        house.add_environment("a").await,
        house.add_environment("b").await,
    );
    let api = Management(&house);
    let text = mail("en", "Our code for ${user.username} is ${OTP}.");
    let created = api.send(Method::POST, &contents(&a), &text).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["subject"], "Hello from us");
    let theirs = asked_for_code(&house, &a).await;
    assert!(theirs.starts_with("Our code for carol is "), "{theirs}");
    // Nothing of it is known in the other.
    let others = asked_for_code(&house, &b).await;
    assert!(others.contains("is signing on to"), "{others}");
    let none = api.get(&contents(&b)).await.expect_status(200).json();
    assert_eq!(none["count"], 0);
    let id = created["id"].as_str().unwrap();
    for method in [Method::GET, Method::DELETE] {
        let path = format!("{}/{id}", contents(&b));
        let elsewhere = api.request(method, &path).send().await;
        let _ = elsewhere.expect_status(404);
    }
    let elsewhere = format!("{}/{id}", contents(&b));
    let _ = api
        .send(Method::PUT, &elsewhere, &text)
        .await
        .expect_status(404);
    // What is taken away is not told any more.
    let own = format!("{}/{id}", contents(&a));
    let changed = mail("en", "Changed: ${otp}");
    let changed = api.send(Method::PUT, &own, &changed).await;
    assert_eq!(changed.expect_status(200).json()["body"], "Changed: ${otp}");
    let _ = api
        .request(Method::DELETE, &own)
        .send()
        .await
        .expect_status(204);
    let _ = api.get(&own).await.expect_status(404);
    for deed in ["created", "changed", "deleted"] {
        let event = a.last_event(&format!("template_content.{deed}")).await;
        assert!(event.to_string().contains(id), "{event}");
    }
}

#[tokio::test]
async fn pingone_1_5_a_content_is_there_once_for_each_method_language_and_variant() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let text = |variant: &str| {
        let mut text = mail("de", "Code ${otp}");
        text["variant"] = json!(variant);
        text
    };
    let post = async |body: Value| api.send(Method::POST, &contents(&env), &body).await;
    let first = post(text("Loud")).await.expect_status(201).json();
    let taken = [("UNIQUENESS_VIOLATION".to_owned(), "locale".to_owned())];
    assert_eq!(mistakes(post(text("lOUD")).await), taken);
    let second = post(text("quiet")).await.expect_status(201).json();
    let path = format!("{}/{}", contents(&env), second["id"].as_str().unwrap());
    let moved = api.send(Method::PUT, &path, &text("loud")).await;
    assert_eq!(mistakes(moved), taken);
    // What was read can be written back.
    let path = format!("{}/{}", contents(&env), first["id"].as_str().unwrap());
    let read = api.get(&path).await.expect_status(200).json();
    let same = api.send(Method::PUT, &path, &read).await.expect_status(200);
    assert_eq!(same.json()["variant"], "Loud");
    let listed = api.get(&contents(&env)).await.expect_status(200).json();
    assert_eq!(listed["count"], 2);
}

#[tokio::test]
async fn pingone_1_5_a_text_that_would_say_nothing_is_refused() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let api = Management(&house);
    let with = |name: &str, value: Value| {
        let mut text = mail("en", "Code ${otp}");
        text[name] = value;
        text
    };
    for (target, text) in [
        ("body", with("body", json!("No code"))),
        ("body", with("body", json!("${otp"))),
        ("body", with("body", json!("b".repeat(100 * 1024 + 1)))),
        ("subject", with("subject", json!("s".repeat(257)))),
        ("subject", with("subject", Value::Null)),
        ("variant", with("variant", json!("v".repeat(101)))),
        ("locale", with("locale", json!("e"))),
        ("characterSet", with("charset", json!("ISO-8859-1"))),
        (
            "emailContentType",
            with("emailContentType", json!("text/calendar")),
        ),
        ("deliveryMethod", with("deliveryMethod", Value::Null)),
        // Nothing would come of these.
        ("from", with("from", json!({ "address": "a@example.com" }))),
        (
            "pushCategory",
            with("pushCategory", json!("BANNER_BUTTONS")),
        ),
        ("color", with("color", json!("red"))),
    ] {
        let refused = mistakes(api.send(Method::POST, &contents(&env), &text).await);
        assert_eq!(refused[0].1, target, "{refused:?}");
    }
    let names = api.get(&templates(&env)).await.expect_status(200).json();
    let all = names["_embedded"]["templates"].as_array().unwrap();
    let transaction = all.iter().find(|it| it["id"] == "transaction").unwrap();
    assert_eq!(transaction["allowDynamicVariables"], true);
    assert_eq!(
        transaction["deliveryMethods"]["SMS"]["requiredVariables"],
        json!(["otp"])
    );
    let fixed = format!("{}/recovery_code_template/contents", templates(&env));
    let unknown = mail("en", "${otp} ${sum}");
    let refused = mistakes(api.send(Method::POST, &fixed, &unknown).await);
    assert_eq!(refused[0].1, "body");
    let nowhere = format!("{}/nothing_like_it/contents", templates(&env));
    let _ = api
        .send(Method::POST, &nowhere, &unknown)
        .await
        .expect_status(404);
}
