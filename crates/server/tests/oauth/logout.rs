//! Signing out (OpenID Connect RP-Initiated Logout).

use domain::port::{Changes, MAX_FOUND};
use domain::{Grant, GrantId};
use serde_json::json;
use testkit::{Answer, Browser, House, Person, RelyingParty, Reply, Tokens};
use url::Url;

const PATH: &str = "/idp/init_logout.openid";
const BYE: &str = "https://shop.example/bye";

struct Setting {
    house: House,
    alice: Person,
    shop: RelyingParty,
    browser: Browser,
    tokens: Tokens,
}

impl Setting {
    async fn go(&mut self, parameters: &[(&str, &str)]) -> Reply {
        let url = Url::parse_with_params(&self.house.at(PATH), parameters).unwrap();
        self.browser.get(url.as_str()).await
    }

    async fn is_signed_on(&mut self) -> bool {
        let request = self.shop.request().with("prompt", "none");
        Answer::of(&self.browser.get(&request.url()).await)
            .value("code")
            .is_some()
    }
}

async fn setting() -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = json!({ "oidcPolicy": { "postLogoutRedirectUris": [BYE] } });
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request();
    let mut browser = house.browser();
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    Setting {
        house,
        alice,
        shop,
        browser,
        tokens,
    }
}

/// Setting: Post-Logout Redirect URIs
#[tokio::test]
async fn rp_logout_2_with_a_hint_the_person_is_signed_out_and_sent_on() {
    let mut it = setting().await;
    let hint = it.tokens.id().to_owned();
    let parameters = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b&c"),
    ];
    let reply = it.go(&parameters).await.expect_status(303);
    assert_eq!(
        reply.location().as_str(),
        "https://shop.example/bye?state=a+b%26c"
    );
    assert_eq!(it.browser.cookie("PF"), None, "the cookie is taken away");
    assert!(!it.is_signed_on().await);
    // Tokens without offline_access end with the session or not; the session itself is gone.
    let mut planted = it.house.browser();
    planted.plant("PF", "whatever");
    let page = planted.go(&it.shop.request()).await;
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn the_cookie_of_a_session_that_ended_opens_nothing() {
    let mut it = setting().await;
    let cookie = it.browser.cookie("PF").unwrap().value.clone();
    let hint = it.tokens.id().to_owned();
    let _ = it.go(&[("id_token_hint", &hint)]).await.expect_status(200);
    let mut thief = it.house.browser();
    thief.plant("PF", &cookie);
    let page = thief.go(&it.shop.request()).await;
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn rp_logout_6_without_a_hint_the_person_is_asked() {
    let mut it = setting().await;
    let parameters = [
        ("client_id", "shop"),
        ("post_logout_redirect_uri", BYE),
        ("state", "s1"),
    ];
    let page = it.go(&parameters).await.expect_status(200);
    assert_eq!(page.title(), "Sign out?");
    assert!(it.is_signed_on().await, "nothing has happened yet");
    let reply = it
        .browser
        .press(&page, "sign-out", "sign-out-confirm", &[])
        .await;
    assert_eq!(
        reply.expect_status(303).location().as_str(),
        "https://shop.example/bye?state=s1"
    );
    assert!(!it.is_signed_on().await);
}

#[tokio::test]
async fn a_person_who_stays_stays_signed_on() {
    let mut it = setting().await;
    let page = it.go(&[]).await;
    let reply = it.browser.press(&page, "sign-out", "cancel", &[]).await;
    assert_eq!(reply.expect_status(303).location().path(), "/account");
    assert!(it.is_signed_on().await);
    let page = it.go(&[]).await;
    let page = it
        .browser
        .submit(&page, "sign-out", "sign-out-confirm", &[])
        .await;
    assert_eq!(page.expect_status(200).title(), "You’re signed out");
    assert!(!it.is_signed_on().await);
}

/// Setting: Post-Logout Redirect URIs
#[tokio::test]
async fn pingfederate_a_wildcard_stands_for_a_part_of_the_path_after_signing_out() {
    let mut it = setting().await;
    let wild =
        json!({ "oidcPolicy": { "postLogoutRedirectUris": ["https://shop.example/bye/*"] } });
    it.house.change_client("shop", wild).await;
    let hint = it.tokens.id().to_owned();
    for (uri, is_left) in [
        ("https://shop.example/elsewhere", false),
        ("https://evil.example/bye/now", false),
        ("https://shop.example.evil.example/bye/now", false),
        ("https://shop.example/bye/../elsewhere", false),
        ("https://shop.example/bye/now", true),
    ] {
        let parameters = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", uri),
        ];
        let reply = it.go(&parameters).await;
        assert_eq!(reply.header("location"), is_left.then_some(uri));
    }
}

/// Setting: Post-Logout Redirect URIs
#[tokio::test]
async fn rp_logout_3_an_unregistered_uri_is_never_redirected_to() {
    let mut it = setting().await;
    let hint = it.tokens.id().to_owned();
    for uri in [
        "https://evil.example/",
        "https://shop.example/bye/",
        "https://shop.example/bye?x=1",
        "javascript:alert(1)",
        "//evil.example",
        BYE.strip_suffix('e').unwrap(),
    ] {
        let parameters = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", uri),
        ];
        let reply = it.go(&parameters).await;
        assert_eq!(reply.header("location"), None, "{uri}");
        for dangerous in ["href=\"https://evil", "href=\"javascript", "href=\"//evil"] {
            assert!(!reply.text().contains(dangerous), "{uri}");
        }
    }
    // Without client and hint nobody knows whose URI it is.
    let reply = it.go(&[("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(reply.header("location"), None);
}

#[tokio::test]
async fn a_hint_of_another_session_or_client_or_forged_asks_first() {
    let mut it = setting().await;
    let bob = it.house.add_person("bob").await;
    let request = it.shop.request();
    let answer = it.house.browser().sign_on(&request, &bob).await;
    let bobs = it.shop.redeem(&request, &answer).await;
    let access = it.tokens.access_token.clone();
    for hint in [bobs.id(), "forged", &access] {
        let reply = it
            .go(&[("id_token_hint", hint), ("client_id", "shop")])
            .await;
        assert!(it.is_signed_on().await, "{}", reply.status);
    }
    it.house.add_client("bank").await;
    let hint = it.tokens.id().to_owned();
    let reply = it
        .go(&[("id_token_hint", &hint), ("client_id", "bank")])
        .await;
    assert!(matches!(reply.status, 200 | 400));
    assert!(it.is_signed_on().await);
}

#[tokio::test]
async fn an_expired_hint_is_still_a_hint() {
    let mut it = setting().await;
    it.house.advance(std::time::Duration::from_mins(50));
    let hint = it.tokens.id().to_owned();
    let parameters = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let reply = it.go(&parameters).await.expect_status(303);
    assert_eq!(reply.location().as_str(), BYE);
}

#[tokio::test]
async fn another_site_cannot_answer_for_the_person() {
    let mut it = setting().await;
    let page = it.go(&[]).await;
    let token = page
        .form("sign-out")
        .value("csrf_token")
        .unwrap()
        .to_owned();
    let form = [("action", "confirm")];
    let reply = it.browser.post(PATH, &form).await;
    assert_eq!(reply.expect_status(403).title(), "Please try that again");
    // The token of one browser is worth nothing in another.
    let mut bob = it.house.browser();
    let bobs = it.house.add_person("bob").await;
    bob.sign_on(&it.shop.request(), &bobs).await;
    let stolen = [("action", "confirm"), ("csrf_token", &token)];
    assert_eq!(bob.post(PATH, &stolen).await.status, 403);
    assert!(bob.cookie("PF").is_some());
    assert!(it.is_signed_on().await);
    // A cross-site POST arrives without cookies and ends nothing.
    let hint = it.tokens.id().to_owned();
    let reply = it
        .browser
        .post_cross_site(PATH, &[("id_token_hint", &hint)])
        .await;
    assert!(matches!(reply.status, 200 | 303));
    assert!(it.is_signed_on().await);
}

#[tokio::test]
async fn rp_logout_2_post_works_like_get() {
    let mut it = setting().await;
    let hint = it.tokens.id().to_owned();
    let form = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
    ];
    let reply = it.browser.post(PATH, &form).await.expect_status(303);
    assert_eq!(reply.location().as_str(), BYE);
    assert!(!it.is_signed_on().await);
    // Whoever is signed out already is told the same.
    let reply = it.browser.post(PATH, &form).await;
    assert!(matches!(reply.status, 200 | 303));
    assert_eq!(it.alice.username, "alice");
}

#[tokio::test]
async fn rp_logout_2_ui_locales_chooses_the_language() {
    let mut it = setting().await;
    let page = it.go(&[("ui_locales", "es")]).await;
    assert!(page.text().contains("<html lang=\"es\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_redeemed_at_the_moment_of_signing_out_leaves_no_tokens_behind() {
    let mut it = setting().await;
    for _ in 0..20 {
        let request = it.shop.request().with("prompt", "login");
        let answer = it.browser.sign_on(&request, &it.alice).await;
        let (shop, code) = (it.shop.clone(), answer.code().to_owned());
        let redeemed = tokio::spawn(async move { shop.exchange(&request, &code).await });
        let page = it.go(&[]).await;
        it.browser
            .submit(&page, "sign-out", "sign-out-confirm", &[])
            .await;
        let reply = redeemed.await.unwrap();
        if reply.status == 200 {
            let tokens = it.shop.tokens(&reply).await;
            assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
        } else {
            assert_eq!(reply.json()["error"], "invalid_grant");
        }
    }
}

#[tokio::test]
async fn signing_out_ends_what_was_granted_however_much_it_is_and_however_much_lasts() {
    let mut it = setting().await;
    let records = it.house.records();
    let granted = records.all::<Grant>().await.unwrap().remove(0);
    let mut changes = Changes::none();
    for number in 0..3 * MAX_FOUND {
        let lasts = number <= MAX_FOUND;
        let scope = if lasts {
            "openid offline_access"
        } else {
            "openid"
        };
        changes.insert(&Grant {
            id: GrantId::from_bytes((number as u128).to_be_bytes()),
            scope: scope.parse().unwrap(),
            ..granted.record.clone()
        });
    }
    records.commit(changes).await.unwrap();
    let hint = it.tokens.id().to_owned();
    let _ = it.go(&[("id_token_hint", &hint)]).await.expect_status(200);
    assert!(!it.is_signed_on().await);
    let left = it.house.records().all::<Grant>().await.unwrap();
    assert_eq!(left.len(), MAX_FOUND + 1);
    assert!(left.iter().all(|grant| grant.outlives_session()));
}
