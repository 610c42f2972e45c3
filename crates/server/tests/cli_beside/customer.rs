//! `countersign customer`, beside a running server.

use serde_json::json;

use crate::server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_and_its_keys_come_and_go_while_the_server_runs() {
    let server = server().await;
    let run = async |arguments: &[&str]| server.command(arguments, "").await.succeeded();
    let refused = async |arguments: &[&str]| {
        let refused = server.command(arguments, "").await;
        refused.sentence().to_owned()
    };
    let added = run(&["env", "add", "Shop", "--json"]).await.json();
    let environment = added["id"].as_str().unwrap();
    let add = ["customer", "add", "demo-shop", "--environment", environment];
    let more = ["--user-authorization", "RemoteJWKSet", "--json"];
    let sentence = refused(&[&add[..], &more].concat()).await;
    assert_eq!(sentence, "RemoteJWKSet takes --jwks-uri as well");
    let keys = ["--jwks-uri", "https://shop.example/jwks.json"];
    let rules = ["--origin", "https://shop.example", "--pin", "true"];
    let added = run(&[&add[..], &more, &keys, &rules].concat()).await.json();
    assert_eq!(
        added["user_authorization"],
        json!({"type": "RemoteJWKSet", "jwks_uri": "https://shop.example/jwks.json"})
    );
    let again = refused(&add).await;
    assert_eq!(again, "there is a customer demo-shop already");
    let elsewhere = "4f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b";
    let elsewhere = refused(&["customer", "add", "other", "--environment", elsewhere]).await;
    assert!(
        elsewhere.starts_with("there is no environment"),
        "{elsewhere}"
    );
    let set = [
        "customer",
        "set",
        "demo-shop",
        "--profile",
        "extended",
        "--json",
    ];
    let changed = run(&set).await.json();
    assert_eq!(
        (changed["profile"].as_str(), changed["pin"].as_bool()),
        (Some("extended"), Some(true))
    );

    let key = run(&["customer", "add-key", "demo-shop", "backend", "--json"]).await;
    let key = key.json()["key"].as_str().unwrap().to_owned();
    let status = async |key: &str| {
        let url = format!("{}/v2/users?username=nobody", server.url());
        let asked = server.http().get(url).header("x-api-key", key);
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        (status(&key).await, status("demo-shop.guess").await),
        (404, 401)
    );
    let list = run(&["customer", "list", "--json"]).await.json();
    assert_eq!(list[0]["api_keys"], json!(["backend"]));
    run(&["customer", "delete-key", "demo-shop", "backend"]).await;
    assert_eq!(status(&key).await, 401);
    run(&["customer", "delete", "demo-shop"]).await;
    let gone = refused(&["customer", "set", "demo-shop", "--pin", "false"]).await;
    assert_eq!(gone, "there is no customer demo-shop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_has_one_customer() {
    let server = server().await;
    let added = server.command(&["env", "add", "Shop", "--json"], "").await;
    let added = added.succeeded().json();
    let environment = added["id"].as_str().unwrap();
    let add = ["customer", "add", "demo-shop", "--environment", environment];
    let beside = ["customer", "add", "beside", "--environment", environment];
    server.command(&add, "").await.succeeded();
    let refused = server.command(&beside, "").await;
    assert_eq!(
        refused.sentence(),
        "the environment has the customer demo-shop already, and its people are those of one customer"
    );
    let delete = ["customer", "delete", "demo-shop"];
    server.command(&delete, "").await.succeeded();
    server.command(&beside, "").await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_models_nobody_is_recognised_and_the_server_says_so() {
    let server = server().await;
    let asked = server.http().get(format!("{}/recognize/v2", server.url()));
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let sentence = answer.text().await.unwrap();
    assert_eq!(sentence, "This server does no face recognition.\n");
}
