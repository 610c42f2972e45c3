//! The user name on a page of its own.

use testkit::{House, Reply};

async fn house() -> House {
    House::open_with(|settings| settings.policy.identity.identifier_first = true).await
}

/// What a page shows, without the name and what is different for every flow.
fn shown(page: &Reply, name: &str) -> String {
    let text = page.text();
    let form = page.form("sign-on");
    let main = &text[text.find("<h1>").unwrap()..text.find("</main>").unwrap()];
    let main = main.replace(form.value("csrf_token").unwrap(), "token");
    let id = form.action.split('/').nth(2).unwrap();
    main.replace(id, "id").replace(name, "them")
}

#[tokio::test]
async fn the_name_leads_to_the_password_and_tells_nothing_of_who_there_is() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut pages = Vec::new();
    for name in ["alice", "nobody"] {
        let mut browser = house.browser();
        let page = browser.go(&shop.request()).await;
        assert!(!page.has_form("sign-on"));
        let page = browser
            .submit(&page, "identify", "submit", &[("username", name)])
            .await;
        pages.push(shown(&page, name));
        if name == "alice" {
            let page = browser.enter_password(&page, &alice).await;
            assert!(!browser.allow(page).await.code().is_empty());
        }
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn the_name_may_be_taken_back() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let empty = browser
        .submit(&page, "identify", "submit", &[("username", "")])
        .await;
    assert_eq!(
        empty.alert().as_deref(),
        Some("Please fill in every field.")
    );
    let page = browser
        .submit(&page, "identify", "submit", &[("username", "bob")])
        .await;
    let page = browser.submit(&page, "sign-on", "clear-name", &[]).await;
    assert_eq!(
        page.form("identify").value("username").unwrap_or_default(),
        ""
    );
    let page = browser
        .submit(&page, "identify", "submit", &[("username", "alice")])
        .await;
    let page = browser.enter_password(&page, &alice).await;
    assert!(page.has_form("consent"));
}
