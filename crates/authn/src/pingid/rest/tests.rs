//! Requests and answers as their clients make and read them.

use domain::port::fixed::CountingRandom;
use domain::{Organization, Timestamp};
use jose::jws::Unverified;
use serde_json::{Map, Value, json};

use super::*;
use crate::pingid::{NotTheirs, sign};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

fn organization() -> (Organization, CountingRandom) {
    let random = CountingRandom::default();
    (Organization::new(None, NOW, &random), random)
}

fn request(organization: &Organization, header: &Value) -> Value {
    let mut request = json!({
        "reqHeader": {
            "locale": "en",
            "orgAlias": organization.alias,
            "secretKey": organization.newest().unwrap().token.expose(),
            "timestamp": "2026-11-22 12:00:00.000",
            "version": "4.9",
        },
        "reqBody": { "userName": "jdoe", "clientData": "kept" },
    });
    for (name, value) in header.as_object().unwrap() {
        request["reqHeader"][name] = value.clone();
    }
    request
}

fn refused(organization: &Organization, payload: &Value) -> Option<Unfit> {
    let jws = sign(organization, organization.newest().unwrap(), payload).unwrap();
    let verified = verify(organization, &jws, NOW).ok().unwrap();
    verified.asked.err()
}

#[test]
fn an_answer_brings_back_what_the_client_has_sent() {
    let (organization, random) = organization();
    let payload = request(&organization, &json!({}));
    let jws = sign(&organization, organization.newest().unwrap(), &payload).unwrap();
    let verified = verify(&organization, &jws, NOW).ok().unwrap();
    let asked = verified.asked.as_ref().ok().unwrap();
    assert_eq!(asked.body.required("USERNAME"), Ok("jdoe"));
    assert_eq!(asked.locale.as_deref(), Some("en"));
    assert!(!asked.claims().is_empty());
    let mut more = Map::new();
    more.insert("sessionId".to_owned(), "webs_1".into());
    let answer = verified.answer(Outcome::Sms, more, &random).unwrap();
    let parsed = Unverified::parse(&answer, MAX_LENGTH).unwrap();
    let payload: Value = serde_json::from_slice(&parsed.unverified_payload().unwrap()).unwrap();
    let body = &payload["responseBody"];
    assert_eq!(body["errorId"], 30_001);
    assert_eq!(body["errorMsg"], "Please enter the OTP from the SMS.");
    assert_eq!(body["clientData"], "kept");
    assert_eq!(body["sessionId"], "webs_1");
    assert!(body["uniqueMsgId"].as_str().unwrap().starts_with("webs_"));
}

#[test]
fn a_request_is_good_a_day_before_and_after_wherever_its_clock_is() {
    let (organization, _) = organization();
    let at = |time: Value| {
        refused(
            &organization,
            &request(&organization, &json!({ "timestamp": time })),
        )
    };
    for good in [
        json!("2026-11-22 05:00:00.000"),
        json!("2026-11-23 02:00:00.000"),
        json!("/Date(1795348800000)/"),
        json!("whenever"),
        json!(7),
        Value::Null,
    ] {
        assert_eq!(at(good.clone()), None, "{good}");
    }
    assert_eq!(at(json!("2026-11-21 11:59:59.999")), Some(Unfit::Expired));
    assert_eq!(at(json!("2026-11-23 12:00:00.001")), Some(Unfit::Ahead));
}

#[test]
fn what_contradicts_the_signature_is_refused() {
    let (organization, random) = organization();
    let other = Organization::new(None, NOW, &random);
    let with = |header: Value| refused(&organization, &request(&organization, &header));
    assert_eq!(
        with(json!({ "secretKey": "other" })),
        Some(Unfit::OtherToken)
    );
    let alias = json!({ "orgAlias": other.alias });
    assert_eq!(with(alias), Some(Unfit::OtherOrganization));
    let foreign = sign(
        &other,
        other.newest().unwrap(),
        &request(&organization, &json!({})),
    );
    let foreign = verify(&organization, &foreign.unwrap(), NOW).err();
    assert!(matches!(foreign, Some(NotTheirs::Refused(_))));
}

#[test]
fn members_come_once_in_whatever_case_they_are_written() {
    let (organization, _) = organization();
    let mut payload = request(&organization, &json!({}));
    payload["reqBody"]["username"] = json!("other");
    let twice = refused(&organization, &payload);
    assert!(matches!(twice, Some(Unfit::Malformed(_))));
    for bad in [json!({ "reqBody": [] }), json!({ "reqHeader": 7 })] {
        assert!(matches!(
            refused(&organization, &bad),
            Some(Unfit::Malformed(_))
        ));
    }
    assert!(refused(&organization, &json!({})).is_some());
    assert_eq!(refused(&organization, &json!({ "reqBody": {} })), None);
}

#[test]
fn members_are_read_as_clients_write_them() {
    let object = json!({
        "fName": "J", "flag": "TRUE", "no": false, "id": 7, "text": "8", "empty": "", "gone": null,
        "list": ["a", "b"], "within": { "Sp_Name": "Shop" }, "long": "x".repeat(4097),
    });
    let members = Members::of(object.as_object().unwrap()).unwrap();
    assert_eq!(members.text("fname"), Ok(Some("J")));
    assert_eq!(
        (members.flag("flag"), members.flag("no")),
        (Ok(true), Ok(false))
    );
    assert_eq!(members.flag_or("empty", true), Ok(true));
    assert_eq!(members.number("id"), Ok(Some(7)));
    assert_eq!(members.number("text"), Ok(Some(8)));
    assert_eq!(members.text("empty"), Ok(None));
    assert_eq!(members.text("gone"), Ok(None));
    assert!(members.required("gone").is_err());
    assert_eq!(members.texts("list", 2), Ok(vec!["a", "b"]));
    assert!(members.texts("list", 1).is_err() && members.texts("id", 9).is_err());
    let within = members.within("within").unwrap();
    assert_eq!(within.text("sp_name"), Ok(Some("Shop")));
    assert!(members.within("list").is_err() && members.text("long").is_err());
    assert!(members.flag("fname").is_err() && members.number("flag").is_err());
}

#[test]
fn only_what_goes_on_is_no_refusal() {
    assert!(Outcome::Done.is_good() && Outcome::Waiting.is_good());
    assert!(!Outcome::Malformed.is_good() && !Outcome::System.is_good());
    assert_eq!(
        Outcome::UserUnknown.wire(),
        Wire {
            status: 400,
            id: 10_564
        }
    );
}
