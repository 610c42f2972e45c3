//! How much one address may ask for, and for how long what it did is remembered.

use testkit::process::Server;

use crate::{SECRET, machine, setup};

async fn authenticate(server: &Server, secret: &str, address: &str) -> (u16, Option<String>) {
    let body = format!(
        "grant_type=client_credentials&client_id=machine&client_secret={}",
        secret.replace(' ', "+")
    );
    let request = server
        .http()
        .post(format!("{}/as/token.oauth2", server.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", address)
        .body(body);
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|wait| wait.to_str().unwrap().to_owned());
    (answer.status().as_u16(), wait)
}

async fn begin_sign_on(server: &Server, address: &str) -> u16 {
    let request = server.http().get(format!("{}/account", server.url()));
    let answer = request.header("x-forwarded-for", address).send().await;
    answer.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_behind_a_trusted_proxy_is_limited_and_counted_without_being_named() {
    let server = setup()
        .with("COUNTERSIGN_SERVER_TRUSTED_PROXIES", "127.0.0.1")
        .with("COUNTERSIGN_LIMITS_ADDRESS_BURST", "20")
        .with("COUNTERSIGN_LIMITS_ADDRESS_RATE", "1")
        .start()
        .await;
    machine(&server).await;
    let (here, beside) = ("2001:db8:0:1::1", "2001:db8:0:1::2");
    assert_eq!(authenticate(&server, "wrong", here).await, (401, None));
    assert_eq!(authenticate(&server, "wrong", beside).await, (401, None));
    let (status, wait) = authenticate(&server, "wrong", here).await;
    assert_eq!(status, 429);
    let wait: u64 = wait.unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(authenticate(&server, SECRET, here).await, (200, None));
    for _ in 0..20 {
        assert_eq!(begin_sign_on(&server, here).await, 303);
    }
    assert_eq!(begin_sign_on(&server, beside).await, 429);
    assert_eq!(begin_sign_on(&server, "2001:db8:0:2::1").await, 303);
    // What nobody has forwarded comes from this machine.
    let local = server.http().get(format!("{}/account", server.url()));
    assert_eq!(local.send().await.unwrap().status(), 303);

    let metrics = server.http().get(format!("{}/metrics", server.admin_url()));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    for purpose in ["client_authentication", "sign_on"] {
        let line = format!("countersign_requests_limited_total{{purpose=\"{purpose}\"}} 1");
        assert!(metrics.lines().any(|it| it == line), "{metrics}");
    }
    assert!(!metrics.contains("2001:db8"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_limited_where_everybody_seems_to_be_a_proxy() {
    let mut server = setup()
        .with("COUNTERSIGN_SERVER_TLS_AT_PROXY", "true")
        .prepare();
    let warning = "nobody is limited by address";
    server.start().await;
    assert!(server.stderr().contains(warning), "{}", server.stderr());
    let before = server.stderr().len();
    server.reconfigure(|setup| setup.with("COUNTERSIGN_LIMITS_ADDRESS_RATE", "0"));
    server.restart().await;
    assert!(!server.stderr()[before..].contains(warning));
}
