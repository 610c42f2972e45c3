//! By which policy somebody signs on who comes by PPM: `saasid`, `pingidIp` and groups decide.

use authn::evidence::FactorKind;
use authn::factor::webauthn::RelyingParty;
use authn::flow::{EnrolmentPolicy, Rule, Verdict, WebAuthnPolicy};
use http::Method;
use serde_json::{Value, json};
use testkit::House;

use super::party::{Party, with_attribute};

/// Nobody signs on of whom this holds.
fn denied(networks: &[&str], clients: &[&str], groups: &[&str]) -> Rule {
    let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
    Rule {
        networks: networks.iter().map(|it| it.parse().unwrap()).collect(),
        clients: clients
            .iter()
            .map(|it| domain::ClientId::new(*it))
            .collect(),
        groups: owned(groups),
        ..Rule::always(Verdict::Deny)
    }
}

async fn house_with(rules: Vec<Rule>) -> House {
    let house = House::open_with(|settings| settings.policy.rules = rules).await;
    house.add_person_with_totp("bob").await;
    house
}

#[tokio::test]
async fn rules_go_by_the_application_and_by_where_the_person_is() {
    let house = house_with(vec![denied(&["192.0.2.0/24"], &["payroll"], &[])]).await;
    let party = Party::of(&house).await;
    for (application, address, denied) in [
        ("payroll", "192.0.2.7", true),
        ("payroll", "198.51.100.7", false),
        ("wiki", "192.0.2.7", false),
    ] {
        let request = with_attribute(party.request("bob"), "saasid", json!(application));
        let request = with_attribute(request, "pingidIp", json!(address));
        let page = party.ask(&mut house.browser(), &request).await;
        match denied {
            true => assert_eq!(party.code(&page), "PINGID_001"),
            false => assert!(page.has_form("one-time-code")),
        }
    }
}

#[tokio::test]
async fn rules_go_by_the_groups_that_the_relying_party_has_signed() {
    let guests = denied(&[], &["payroll"], &["CN=Guests,DC=example,DC=com"]);
    let unsaid = Rule {
        groups_unknown: true,
        ..denied(&[], &["vault"], &[])
    };
    let house = house_with(vec![guests, unsaid]).await;
    let party = Party::of(&house).await;
    let guests = json!(["cn=staff,dc=example,dc=com", "cn=guests,dc=example,dc=com"]);
    for (application, name, groups, denied) in [
        ("payroll", "memberOf", guests.clone(), true),
        ("payroll", "groups", guests.clone(), true),
        ("payroll", "memberOf", json!(["staff"]), false),
        // Nothing is known of their groups: they are not found in this one.
        ("payroll", "memberOf", Value::Null, false),
        ("wiki", "memberOf", guests, false),
        // A rule may be about those of whom nothing is known.
        ("vault", "memberOf", Value::Null, true),
        ("vault", "memberOf", json!([]), false),
        ("vault", "group", json!("staff;payroll"), false),
    ] {
        let request = with_attribute(party.request("bob"), "saasid", json!(application));
        let request = with_attribute(request, name, groups.clone());
        let page = party.ask(&mut house.browser(), &request).await;
        match denied {
            true => assert_eq!(party.code(&page), "PINGID_001", "{application} {groups}"),
            false => assert!(page.has_form("one-time-code"), "{application} {groups}"),
        }
    }
}

/// Adds something to an environment; its id.
async fn added(house: &House, path: &str, body: Value) -> String {
    let url = format!("{}/v1/environments/{path}", house.admin_url);
    let administration = house.administration();
    let request = house.http.request(Method::POST, url);
    let request = request.basic(&administration.name, &administration.password);
    let added = request.json(&body).send().await.expect_status(201).json();
    added["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn of_an_applications_policies_that_of_the_persons_group_holds() {
    let house = House::open().await;
    let environment = house.add_environment("Shop").await;
    let _ = environment.add_client_with("shop", json!({})).await;
    let carol = environment.add_person_with_mailbox("carol").await;
    let path = |below: &str| format!("{}{below}", environment.id);
    for (place, name) in [(1, "Guests"), (2, "Staff")] {
        let device = json!({
            "name": name,
            "sms": { "enabled": name == "Staff" },
            "email": { "enabled": name == "Guests" },
        });
        let device = added(&house, &path("/deviceAuthenticationPolicies"), device).await;
        let policy = added(&house, &path("/signOnPolicies"), json!({ "name": name })).await;
        let action = json!({
            "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 1,
            "deviceAuthenticationPolicy": { "id": device },
        });
        let actions = path(&format!("/signOnPolicies/{policy}/actions"));
        added(&house, &actions, action).await;
        let assigned = json!({ "signOnPolicy": { "id": policy }, "priority": place });
        let assignments = path("/applications/shop/signOnPolicyAssignments");
        added(&house, &assignments, assigned).await;
    }
    let party = Party::at(&house, path("/pingid").replacen("", "/environments/", 1)).await;
    for (application, groups, sent_to) in [
        ("shop", json!(["staff"]), "sms"),
        // The policy that comes first, and not the group.
        ("shop", json!(["staff", "guests"]), "email"),
        ("shop", json!(["others"]), "email"),
        ("shop", Value::Null, "email"),
    ] {
        let request = with_attribute(party.request("carol"), "saasid", json!(application));
        let request = with_attribute(request, "memberOf", groups.clone());
        let mut browser = house.browser();
        let page = party.ask(&mut browser, &request).await;
        let code = testkit::code_in(&environment.last_text().await);
        let filled = [("otp", code.as_str())];
        let page = browser
            .submit(&page, "one-time-code", "submit", &filled)
            .await;
        let answer = party.answer(&page);
        let context = answer["authnContext"].as_str().unwrap().to_owned();
        let is_sms = context.ends_with("MobileTwoFactorUnregistered");
        assert_eq!(is_sms, sent_to == "sms", "{groups} {context}");
        house.advance(std::time::Duration::from_mins(2));
    }
    assert_eq!(carol.username, "carol");
}

#[tokio::test]
async fn a_number_that_is_none_matters_where_nothing_but_a_telephone_could_be_set_up() {
    for (kept, told) in [
        (vec![FactorKind::Sms, FactorKind::Voice], Some("PINGID_005")),
        (vec![FactorKind::Sms, FactorKind::Push], None),
        (vec![FactorKind::Sms, FactorKind::Totp], None),
        (vec![FactorKind::Sms, FactorKind::Email], None),
        (vec![FactorKind::Voice, FactorKind::WebAuthn], None),
    ] {
        let house = House::open_with(|settings| {
            settings.policy.devices.allowed.clone_from(&kept);
            with_passkeys(settings);
        });
        let house = house.await;
        let party = Party::of(&house).await;
        let request = with_attribute(party.request("newcomer"), "phone", json!("extension 7"));
        let page = party.ask(&mut house.browser(), &request).await;
        match told {
            Some(code) => assert_eq!(party.code(&page), code),
            None => assert_eq!(page.title(), "Set up a second step", "{kept:?}"),
        }
        // Nobody is added who could not go on.
        assert_eq!(
            people(&house).await,
            usize::from(told.is_none()),
            "{kept:?}"
        );
    }
}

fn with_passkeys(settings: &mut web::Settings) {
    let origins = ["http://localhost:9031"];
    let party = RelyingParty::new("localhost", "Countersign", &origins).unwrap();
    settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
}

async fn people(house: &House) -> usize {
    let users = house.records().all::<domain::User>().await.unwrap();
    users.len()
}

#[tokio::test]
async fn where_nobody_sets_up_a_device_on_the_way_no_organisation_has_them_do_so() {
    let house = House::open_with(|settings| {
        settings.policy.devices.enrolment = EnrolmentPolicy::Never;
        with_passkeys(settings);
    });
    let house = house.await;
    let ada = house.add_person("ada").await;
    let party = Party::of(&house).await;
    for name in [ada.username.as_str(), "newcomer"] {
        let page = party.ask(&mut house.browser(), &party.request(name)).await;
        assert_eq!(party.code(&page), "PINGID_006", "{name}");
    }
    assert_eq!(people(&house).await, 1);
    // A registration is asked for by itself.
    let request = party.signed(&party.registration("ada", "webauthn"));
    let page = party
        .post(&mut house.browser(), "/registration/webauthn", &request)
        .await;
    assert!(page.text().contains("data-webauthn="), "{}", page.text());
}
