//! Rules by where somebody signs on.

use authn::flow::{Rule, SecondFactor, Verdict};
use testkit::House;

fn at(network: &str, verdict: Verdict) -> Rule {
    Rule {
        networks: vec![network.parse().unwrap()],
        ..Rule::always(verdict)
    }
}

#[tokio::test]
async fn the_office_is_spared_and_some_networks_get_nowhere() {
    let house = House::open_with(|settings| {
        settings.policy.rules = vec![
            at("10.0.0.0/8", Verdict::SecondFactor(SecondFactor::Never)),
            at("192.0.2.0/24", Verdict::Deny),
        ];
    })
    .await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    for (address, form) in [("10.1.2.3", "consent"), ("203.0.113.5", "one-time-code")] {
        let mut browser = house.browser().with_header("x-forwarded-for", address);
        let page = browser.go(&shop.request()).await;
        let page = browser.enter_password(&page, &bob).await;
        assert!(page.has_form(form), "{address}");
    }
    let mut browser = house.browser().with_header("x-forwarded-for", "192.0.2.7");
    let page = browser.go(&shop.request()).await;
    let answer = browser.enter_password(&page, &bob).await;
    let query = answer.location().query().unwrap_or_default().to_owned();
    assert!(query.contains("error=access_denied"), "{query}");
    assert!(browser.cookie("PF").is_none());
}

#[tokio::test]
async fn where_devices_are_managed_a_rule_that_asks_for_none_spares_nobody_who_has_one() {
    for by_rule in [true, false] {
        let house = House::open_with(|settings| match by_rule {
            true => {
                let never = Verdict::SecondFactor(SecondFactor::Never);
                settings.policy.rules = vec![at("10.0.0.0/8", never)];
            }
            false => settings.second_factor = SecondFactor::Never,
        })
        .await;
        let bob = house.add_person_with_totp("bob").await;
        let alice = house.add_person("alice").await;
        let office = || house.browser().with_header("x-forwarded-for", "10.1.2.3");
        let mut browser = office();
        let page = browser.open("/account").await;
        let page = browser.enter_password(&page, &bob).await;
        assert!(page.has_form("one-time-code"), "by rule: {by_rule}");
        // Who has none has nothing to give.
        let mut browser = office();
        let page = browser.open("/account").await;
        let _ = browser.enter_password(&page, &alice).await;
        assert!(browser.cookie("PF").is_some());
    }
}
