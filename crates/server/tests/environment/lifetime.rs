//! Environments that are not there: not yet, no longer, or never.

use domain::port::{Kind, Page};
use testkit::House;

/// The answer that there is no such environment.
#[track_caller]
fn is_unknown(reply: testkit::Reply) {
    let reply = reply.expect_status(404);
    let body = reply.json();
    assert_eq!(body["code"], "NOT_FOUND", "{body}");
    assert!(
        body["message"].is_string() && body["id"].is_string(),
        "{body}"
    );
    assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    // Another with the same number.
    let (number, _) = env
        .id
        .to_string()
        .split_once('-')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let twin = format!("/{number}-ac96-474b-bcce-b302099a8057");
    for prefix in ["/0f6b8a2e-1c3d-4e5f-8a9b-0c1d2e3f4a5b", &twin] {
        for path in ["", "/", "/as/authorize", "/as/jwks", "/account", "/nothing"] {
            is_unknown(house.http.get(house.at(&format!("{prefix}{path}"))).await);
        }
        let form = [("grant_type", "client_credentials")];
        let address = house.at(&format!("{prefix}/as/token"));
        let request = house.http.request(http::Method::POST, address);
        is_unknown(request.form(&form).send().await);
        let mutual_tls = format!("{}{prefix}/as/jwks", house.mutual_tls_url);
        is_unknown(house.http.get(mutual_tls).await);
    }
    // What is no environment's is as it was.
    for path in [
        "/nothing",
        "/0f6b8a2e-1c3d-7e5f-8a9b-0c1d2e3f4a5b/as/jwks",
        "/as/jwks",
    ] {
        let page = house.http.get(house.at(path)).await.expect_status(404);
        assert!(page.text().contains("<html"), "{path}");
    }
    // The server's own endpoints are not an environment's.
    for path in [
        "/as/token.oauth2",
        "/pf/JWKS",
        "/as/authorization.oauth2",
        "/as/as/jwks",
    ] {
        let page = house.http.get(env.at(path)).await.expect_status(404);
        assert!(page.text().contains("<html"), "{path}");
    }
    let wrong_method = house.http.get(env.at("/as/token")).await.expect_status(405);
    assert_eq!(wrong_method.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_deleted_environment_is_gone_at_once_with_all_that_it_had() {
    let house = House::open().await;
    let [env, other] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let mut tokens = Vec::new();
    for env in [&env, &other] {
        let alice = env.add_person("alice").await;
        let shop = env.add_client("shop").await;
        let request = shop.request();
        let answer = house.browser().sign_on(&request, &alice).await;
        tokens.push((shop.redeem(&request, &answer).await, shop));
    }
    house.delete_environment(env.id).await;
    for path in [
        "/as/jwks",
        "/as/.well-known/openid-configuration",
        "/account",
    ] {
        is_unknown(house.http.get(env.at(path)).await);
    }
    let (gone, shop) = &tokens[0];
    is_unknown(shop.userinfo(&gone.access_token).await);
    is_unknown(shop.refresh(gone.refresh_token.as_deref().unwrap()).await);
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Audit) {
        let page = Page {
            tenant: env.id.tenant(),
            after: None,
            limit: 1,
        };
        let left = env.records.store().page(kind, page).await.unwrap();
        assert!(left.is_empty(), "{kind:?}");
    }
    let (live, shop) = &tokens[1];
    let _ = shop.userinfo(&live.access_token).await.expect_status(200);
}

#[tokio::test]
async fn an_environment_hears_of_what_another_process_changes() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let shop = env.add_client("shop").await;
    let ask = async || {
        shop.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")])
            .await
    };
    assert_eq!(ask().await.json()["error"], "invalid_grant");
    let loaded = env
        .records
        .get::<domain::Client>("shop")
        .await
        .unwrap()
        .unwrap();
    let mut disabled = loaded.record.clone();
    disabled.enabled = false;
    let mut changes = domain::port::Changes::none();
    changes.replace(&loaded, &disabled);
    env.records.commit(changes).await.unwrap();
    house.app().follow_configuration().await.unwrap();
    assert_eq!(ask().await.json()["error"], "invalid_client");
}
