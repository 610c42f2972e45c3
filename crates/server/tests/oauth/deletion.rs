//! What remains of a client or a person who was deleted: nothing that opens anything.

use std::time::Duration;

use domain::port::Changes;
use domain::port::fixed::CountingRandom;
use domain::{ClientId, Consent, Grant, GrantId};
use serde_json::json;
use testkit::{Answer, Browser, House, Person, RelyingParty, Tokens};

struct Setting {
    house: House,
    alice: Person,
    browser: Browser,
    shop: RelyingParty,
    tokens: Tokens,
}

async fn setting() -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let request = shop.request().with("scope", "openid offline_access");
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    Setting {
        house,
        alice,
        browser,
        shop,
        tokens,
    }
}

impl Setting {
    async fn delete_shop(&self) {
        let administration = self.house.administration();
        let deleted = administration.delete("/oauth/clients/shop").await;
        let _ = deleted.expect_status(204);
    }

    /// Deletes the shop and makes another of the same id, with the same secret and redirect URI.
    async fn replace_shop(&self) -> RelyingParty {
        self.delete_shop().await;
        self.house.advance(Duration::from_millis(1));
        self.house.add_client("shop").await
    }

    /// How many grants and how many consents there are of the shop.
    async fn granted(&self) -> (usize, usize) {
        let (records, shop) = (self.house.records(), ClientId::new("shop"));
        let grants = records.find::<Grant>(1, &shop).await.unwrap();
        let consents = records.find::<Consent>(1, &shop).await.unwrap();
        (grants.len(), consents.len())
    }
}

#[tokio::test]
async fn rfc6749_6_what_a_client_was_granted_is_deleted_with_it_however_much() {
    let it = setting().await;
    let bank = it.house.add_client("bank").await;
    let request = bank.request();
    let at_bank = it.house.browser().sign_on(&request, &it.alice).await;
    let at_bank = bank.redeem(&request, &at_bank).await;
    let records = it.house.records();
    let granted = records.all::<Grant>().await.unwrap();
    let of_shop = granted.iter().find(|grant| grant.client.as_str() == "shop");
    let (random, mut changes) = (CountingRandom::default(), Changes::none());
    for _ in 0..1_200 {
        changes.insert(&Grant {
            id: GrantId::new(it.house.now() + Duration::from_secs(1), &random),
            ..of_shop.unwrap().record.clone()
        });
    }
    records.commit(changes).await.unwrap();
    it.delete_shop().await;
    assert_eq!(it.granted().await, (0, 0));
    // What others were granted is left.
    let renewed = bank.refresh(at_bank.refresh()).await.expect_status(200);
    let tokens = bank.tokens(&renewed).await;
    let _ = bank.userinfo(&tokens.access_token).await.expect_status(200);
    let events = records.all::<domain::AuditEvent>().await.unwrap();
    let deleted = events.iter().find(|event| event.event == "client.deleted");
    assert_eq!(deleted.unwrap().detail["grants_ended"], 1_201);
}

#[tokio::test]
async fn rfc6749_6_a_client_of_the_same_id_inherits_no_tokens_and_no_consent() {
    let mut it = setting().await;
    let shop = it.replace_shop().await;
    let refused = shop.refresh(it.tokens.refresh()).await.expect_status(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
    let told = shop.introspect(&it.tokens.access_token).await;
    assert_eq!(told.expect_status(200).json(), json!({ "active": false }));
    assert_eq!(shop.userinfo(&it.tokens.access_token).await.status, 401);
    let page = it.browser.go(&shop.request()).await;
    assert!(page.has_form("consent"), "alice is asked anew");
}

#[tokio::test]
async fn rfc6749_4_1_3_a_client_of_the_same_id_inherits_no_code() {
    let mut it = setting().await;
    let request = it.shop.request().with("scope", "openid");
    let answer = Answer::of(&it.browser.go(&request).await);
    let shop = it.replace_shop().await;
    let refused = shop.exchange(&request, answer.code()).await;
    let refused = refused.expect_status(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_is_deleted_while_its_tokens_are_renewed() {
    let it = setting().await;
    let (shop, mut token) = (it.shop.clone(), it.tokens.refresh().to_owned());
    let renewing = tokio::spawn(async move {
        loop {
            let reply = shop.refresh(&token).await;
            if reply.status != 200 {
                return reply;
            }
            reply.json()["refresh_token"]
                .as_str()
                .unwrap()
                .clone_into(&mut token);
        }
    });
    it.delete_shop().await;
    let refused = renewing.await.unwrap();
    assert!(matches!(refused.status, 400 | 401), "{}", refused.text());
    assert_eq!(it.granted().await, (0, 0));
}
