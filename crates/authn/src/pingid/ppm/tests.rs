//! Each member and attribute of a PPM request.

mod answer;

use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::{Organization, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::evidence::FactorKind;
use crate::pingid::{self, sign};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);
const ALIAS: &str = "cde21617-6201-4f66-8866-a149625acd0b";
const DESTINATION: &str = "https://authenticator.pingone.com/pingid/ppm/auth/";

fn organization() -> Organization {
    let mut organization = Organization::new(None, NOW, &CountingRandom::default());
    organization.alias = ALIAS.to_owned();
    let hosts = ["sso.connect.pingidentity.com", "http://httpbin.org"];
    organization.return_origins = hosts.map(|host| host.parse().unwrap()).into();
    organization
}

/// The example of the authentication request, with times moved to now.
fn example() -> Value {
    json!({
        "iss": "PingFed",
        "sub": "jsmith",
        "aud": "pingidauthenticator",
        "nonce": "9t98et98ert",
        "exp": NOW.seconds() + 600,
        "iat": NOW.seconds(),
        "jti": "12345678901075283750894",
        "confVersion": 1,
        "idpAccountId": ALIAS,
        "returnUrl": "https://sso.connect.pingidentity.com/sso/ppm/ID601c46187df0ece3fda608ed1d06e23c179c061347ce909b01",
        "attributes": [
            { "name": "fname", "value": "John" },
            { "name": "lname", "value": "Smith" },
            { "name": "isUserAuthenticated", "value": "true" },
            { "name": "appName", "value": "This is my App Name" },
            { "name": "appIconUrl", "value": "https://www.pingidentity.com/content/dam/pic/downloads/resources/Misc/PIC_square_logo_PIC_red_RGB.png" },
        ],
        "dst": DESTINATION,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut request = example();
    request[name] = value;
    request
}

fn without(name: &str) -> Value {
    let mut request = example();
    request.as_object_mut().unwrap().remove(name);
    request
}

fn with_attribute(name: &str, value: Value) -> Value {
    and_attribute(example(), name, value)
}

fn and_attribute(mut request: Value, name: &str, value: Value) -> Value {
    let attributes = request["attributes"].as_array_mut().unwrap();
    attributes.retain(|it| it["name"] != name);
    let mut attribute = json!({ "name": name });
    attribute["value"] = value;
    attributes.push(attribute);
    request
}

fn registration() -> Value {
    json!({
        "iss": "PingFed", "sub": "username", "aud": "md", "nonce": "whPAxcspnuBDIt6EhSq9",
        "exp": NOW.seconds() + 1800, "iat": NOW.seconds(), "jti": "", "idpAccountId": ALIAS,
        "attributes": [{ "name": "webauthnEnrollmentType", "value": "webauthn" }],
        "returnUrl": "http://httpbin.org/post",
    })
}

fn check_as(
    request: &Value,
    channel: Channel,
    (account, issuer): (&str, Option<&str>),
) -> Result<Result<VerifiedPpm, Refused>, Unproven> {
    let organization = organization();
    let key = organization.newest().unwrap();
    let request = sign(&organization, key, request).unwrap();
    let form = Form {
        account,
        issuer,
        request: &request,
    };
    verify(
        &organization,
        &form,
        channel,
        &[DESTINATION.to_owned()],
        NOW,
    )
}

fn check(request: &Value) -> Result<VerifiedPpm, PpmError> {
    let checked = check_as(request, Channel::Authentication, (ALIAS, Some("PingFed")));
    checked.unwrap().map_err(|refused| refused.error)
}

fn attributes(request: &Value) -> Attributes {
    check(request).unwrap().attributes
}

fn read(token: &str) -> Value {
    let organization = organization();
    let read = pingid::verify(&organization, token, MAX_LENGTH, NOW);
    Value::Object(read.ok().unwrap().payload().clone())
}

#[test]
fn the_examples_go_through() {
    let request = check(&example()).unwrap();
    assert_eq!((request.subject(), request.issuer()), ("jsmith", "PingFed"));
    let read = &request.attributes;
    assert_eq!(read.given_name.as_deref(), Some("John"));
    assert_eq!(read.family_name.as_deref(), Some("Smith"));
    assert_eq!(read.is_authenticated, Some(true));
    assert_eq!(read.application.as_deref(), Some("This is my App Name"));
    assert!(read.icon_url.is_some());
    assert_eq!(read.sp_alias, "pingone");
    let registered = check_as(&registration(), Channel::Registration, (ALIAS, None));
    let registered = registered.unwrap().ok().unwrap();
    assert_eq!(
        registered.attributes.enrolment,
        Some(Enrolment::SecurityKey)
    );
}

#[test]
fn what_a_flow_keeps_is_read_back() {
    let request = check(&example()).unwrap();
    let kept = serde_json::to_value(&request).unwrap();
    assert_eq!(
        serde_json::from_value::<VerifiedPpm>(kept).unwrap(),
        request
    );
}

#[test]
fn each_mandatory_member_is_demanded() {
    for name in ["iss", "sub", "aud", "nonce", "iat", "exp", "idpAccountId"] {
        let malformed = [
            without(name),
            with(name, json!(null)),
            with(name, json!("")),
        ];
        for request in malformed.into_iter().chain([with(name, json!(["x"]))]) {
            assert_eq!(check(&request), Err(PpmError::Malformed), "{request}");
        }
    }
    for name in ["x".repeat(129), "line\nbreak".to_owned()] {
        assert_eq!(check(&with("sub", json!(name))), Err(PpmError::Malformed));
    }
}

#[test]
fn each_optional_member_may_be_left_out_and_is_checked_when_it_is_there() {
    for name in ["jti", "dst", "idpEntityId", "confVersion", "attributes"] {
        assert!(check(&without(name)).is_ok(), "{name}");
    }
    for name in ["jti", "dst", "idpEntityId"] {
        assert!(check(&with(name, json!(""))).is_ok(), "{name}");
        assert_eq!(
            check(&with(name, json!(7))),
            Err(PpmError::Malformed),
            "{name}"
        );
    }
    assert!(
        check(&with(
            "dst",
            json!("https://authenticator.pingone.com/pingid/ppm/auth")
        ))
        .is_ok()
    );
    for dst in [
        "https://evil.example/pingid/ppm/auth/",
        "https://authenticator.pingone.com/",
        "x",
    ] {
        assert_eq!(
            check(&with("dst", json!(dst))),
            Err(PpmError::OtherDestination)
        );
    }
}

#[test]
fn the_audience_is_that_of_the_endpoint() {
    assert_eq!(
        check(&with("aud", json!("md"))),
        Err(PpmError::OtherAudience)
    );
    for aud in ["md", "pingidauthenticator"] {
        let mut request = registration();
        request["aud"] = json!(aud);
        let checked = check_as(&request, Channel::Registration, (ALIAS, None));
        assert!(checked.unwrap().is_ok());
    }
}

#[test]
fn times_are_in_seconds_or_milliseconds() {
    let millis = |time: Timestamp| json!(time.millis());
    let mut request = with("iat", millis(NOW));
    request["exp"] = millis(NOW + Duration::from_mins(30));
    assert_eq!(
        check(&request).unwrap().expires,
        NOW + Duration::from_mins(30)
    );
    let at = |iat: i64, exp: i64| {
        let mut request = with("iat", json!(NOW.seconds() + iat));
        request["exp"] = json!(NOW.seconds() + exp);
        check(&request).map(|_| ())
    };
    assert_eq!(at(0, 60), Ok(()));
    assert_eq!(at(119, 600), Ok(()), "a clock may be ahead");
    assert_eq!(at(-600, -119), Ok(()), "or behind");
    assert_eq!(at(-600, -120), Err(PpmError::Expired));
    assert_eq!(at(121, 600), Err(PpmError::Times));
    assert_eq!(at(60, 60), Err(PpmError::Times));
    assert_eq!(at(0, 86_401), Err(PpmError::Times));
    assert_eq!(check(&with("iat", json!(-1))), Err(PpmError::Malformed));
    assert_eq!(
        check(&with("exp", json!("1401319565"))),
        Err(PpmError::Malformed)
    );
}

#[test]
fn the_parameters_beside_the_request_do_not_contradict_it() {
    let of = |account: &str, issuer: Option<&str>| {
        let checked = check_as(&example(), Channel::Authentication, (account, issuer));
        checked.unwrap().map(|_| ()).map_err(|it| it.error)
    };
    for issuer in [None, Some(""), Some("null"), Some("PingFed")] {
        assert_eq!(of(ALIAS, issuer), Ok(()), "{issuer:?}");
    }
    assert_eq!(of(ALIAS, Some("Another")), Err(PpmError::Contradicted));
    assert_eq!(of("another", None), Err(PpmError::Contradicted));
    let other = with("idpAccountId", json!("another"));
    assert_eq!(check(&other), Err(PpmError::Contradicted));
}

#[test]
fn nobody_is_answered_whose_request_or_return_url_is_unproven() {
    let foreign = with("returnUrl", json!("https://evil.example/"));
    let pages = [
        (without("returnUrl"), Unproven::NoReturnUrl),
        (foreign, Unproven::ForeignReturnUrl),
    ];
    for (request, unproven) in pages {
        let checked = check_as(&request, Channel::Authentication, (ALIAS, None));
        assert_eq!(checked.err(), Some(unproven));
    }
    let organization = organization();
    let form = Form {
        account: ALIAS,
        issuer: None,
        request: "a.b.c",
    };
    let checked = verify(&organization, &form, Channel::Authentication, &[], NOW);
    assert!(matches!(checked, Err(Unproven::NotTheirs(_))));
}

#[test]
fn mail_and_telephone_have_four_names_each() {
    for name in ["email", "mail", "USER_ATTRIBUTE_EMAIL", "dirMail"] {
        let read = attributes(&with_attribute(name, json!("john@example.com")));
        assert_eq!(read.email.as_deref(), Some("john@example.com"), "{name}");
    }
    for name in [
        "phone",
        "phoneNumber",
        "USER_ATTRIBUTE_PHONE",
        "dirPhoneNumber",
    ] {
        let read = attributes(&with_attribute(name, json!("+44 20 7946 0018")));
        assert_eq!(read.phone.as_deref(), Some("+442079460018"), "{name}");
        let wrong = attributes(&with_attribute(name, json!("extension 7")));
        assert!(wrong.phone.is_none() && wrong.phone_is_invalid);
    }
    let nobody = attributes(&with_attribute("email", json!("nobody")));
    assert_eq!(nobody.email, None);
}

#[test]
fn each_attribute_is_read() {
    let of = |name: &str, value: Value| attributes(&with_attribute(name, value));
    assert_eq!(
        of("saasid", json!("shop")).saas_id.unwrap().as_str(),
        "shop"
    );
    let address = of("pingidIp", json!("192.0.2.7")).address;
    assert_eq!(address, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(of("pingidSpAlias", json!("web")).sp_alias, "web");
    for groups in [json!(["a", "b"]), json!("a; b;"), json!("[\"a\",\"b\"]")] {
        for name in ["memberOf", "group", "groups"] {
            assert_eq!(
                of(name, groups.clone()).groups.unwrap(),
                ["a", "b"],
                "{name} {groups}"
            );
        }
    }
    assert_eq!(of("x", json!("")).groups, None);
    for nothing in [json!(""), json!([]), json!([""]), json!(" ; ")] {
        assert_eq!(of("memberOf", nothing.clone()).groups.unwrap(), [""; 0]);
        let request = with_attribute("memberOf", nothing.clone());
        let read = attributes(&and_attribute(request, "groups", json!(["b"])));
        assert_eq!(read.groups.unwrap(), ["b"], "{nothing}");
    }
    let request = with_attribute("memberOf", Value::Null);
    assert_eq!(attributes(&request).groups, None);
    let read = attributes(&and_attribute(request, "group", json!("b")));
    assert_eq!(read.groups.unwrap(), ["b"]);
    assert_eq!(
        of("appIconUrl", json!("http://a.example/x.png")).icon_url,
        None
    );
    assert_eq!(
        of("appIconUrl", json!("javascript:alert(1)")).icon_url,
        None
    );
    for (value, read) in [
        (json!("true"), Some(true)),
        (json!(true), Some(true)),
        (json!("TRUE"), Some(true)),
        (json!("false"), Some(false)),
        (json!("yes"), Some(false)),
    ] {
        assert_eq!(of("isUserAuthenticated", value).is_authenticated, read);
    }
    // Reserved ones, and those that nobody knows.
    for name in [
        "pingidHostName",
        "pingidOpSystem",
        "pingidInstallVer",
        "pingidIsRemote",
        "x",
    ] {
        assert_eq!(of(name, json!("1")), attributes(&example()), "{name}");
    }
    let device = attributes(&with_attribute("webAuthnDeviceId", json!("5210489")));
    assert_eq!(device.device, Some(5_210_489));
}

#[test]
fn attributes_that_cannot_be_relied_on_are_refused() {
    let twice = json!([
        { "name": "isUserAuthenticated", "value": "false" },
        { "name": "isUserAuthenticated", "value": "true" },
    ]);
    let nameless = json!([{ "value": "x" }]);
    for bad in [
        json!({}),
        json!("x"),
        twice,
        nameless,
        json!(vec![json!({ "name": "x" }); 65]),
    ] {
        assert_eq!(check(&with("attributes", bad)), Err(PpmError::Attributes));
    }
    for (name, value) in [
        ("pingidIp", json!("nowhere")),
        ("isUserAuthenticated", json!(1)),
        ("memberOf", json!([1])),
        ("webAuthnDeviceId", json!("x")),
        ("webauthnEnrollmentType", json!("webauthn")),
    ] {
        assert_eq!(
            check(&with_attribute(name, value)),
            Err(PpmError::Attributes),
            "{name}"
        );
    }
}

#[test]
fn what_is_to_be_registered_is_said() {
    let of = |attributes: Value| {
        let mut request = registration();
        request["attributes"] = attributes;
        let checked = check_as(&request, Channel::Registration, (ALIAS, None));
        checked
            .unwrap()
            .map(|it| it.attributes)
            .map_err(|it| it.error)
    };
    let kind = |value: &str| json!([{ "name": "webauthnEnrollmentType", "value": value }]);
    assert_eq!(
        of(kind("webauthn")).unwrap().enrolment,
        Some(Enrolment::SecurityKey)
    );
    let platform = of(kind("webauthn_platform")).unwrap();
    assert_eq!(platform.enrolment, Some(Enrolment::Platform));
    assert_eq!(of(kind("other")), Err(PpmError::Attributes));
    assert_eq!(of(json!([])), Err(PpmError::Attributes));
    let named = |length: usize| {
        json!([
            { "name": "webauthnEnrollmentType", "value": "webauthn" },
            { "name": "webauthnName", "value": "n".repeat(length) },
            { "name": "webauthnDisplayName", "value": "John" },
        ])
    };
    let read = of(named(100)).unwrap();
    assert_eq!(read.device_name, Some("n".repeat(100)));
    assert_eq!(read.display_name.as_deref(), Some("John"));
    assert_eq!(of(named(101)), Err(PpmError::Attributes));
}
