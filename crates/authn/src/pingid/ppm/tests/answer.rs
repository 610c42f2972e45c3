//! What is answered: successes, failures and their codes.

use super::*;

const ALL: [PpmError; 27] = [
    PpmError::System,
    PpmError::Malformed,
    PpmError::OtherAudience,
    PpmError::OtherDestination,
    PpmError::Contradicted,
    PpmError::OtherToken,
    PpmError::Attributes,
    PpmError::NotAuthenticated,
    PpmError::NotAuthenticatedNoDevice,
    PpmError::Expired,
    PpmError::Times,
    PpmError::Replayed,
    PpmError::UserUnknown,
    PpmError::UserDisabled,
    PpmError::Canceled,
    PpmError::Denied,
    PpmError::SessionExpired,
    PpmError::Phone,
    PpmError::Enrolment,
    PpmError::NoDevice,
    PpmError::TooManyDevices,
    PpmError::Unsupported,
    PpmError::Aborted,
    PpmError::InvalidState,
    PpmError::NotAllowed,
    PpmError::Insecure,
    PpmError::Browser,
];

#[test]
fn a_success_has_all_members() {
    let (organization, random) = (organization(), CountingRandom::default());
    let mut request = check(&with_attribute("memberOf", json!(["staff"]))).unwrap();
    let factor = FactorKind::Voice;
    let answer = request.succeeded(&organization, Success { factor }, NOW, &random);
    let answer = read(&answer.unwrap());
    let jti = answer["jti"].as_str().unwrap();
    assert_eq!(jti.len(), 24);
    let expected = json!({
        "iss": "pingidauthenticator", "sub": "jsmith", "aud": "PingFed", "nonce": "9t98et98ert",
        "exp": NOW.seconds() + 300, "iat": NOW.seconds(), "jti": jti, "status": "success",
        "idpAccountId": ALIAS,
        "authnContext": "urn:oasis:names:tc:SAML:2.0:ac:classes:Telephony",
        "assuranceLevel": 1, "group": ["staff"],
        "inResponseTo": "12345678901075283750894",
        "dst": "https://sso.connect.pingidentity.com/sso/ppm/ID601c46187df0ece3fda608ed1d06e23c179c061347ce909b01",
    });
    assert_eq!(answer, expected);
    request.respondent.token_id = None;
    let answer = request.succeeded(&organization, Success { factor }, NOW, &random);
    assert_eq!(read(&answer.unwrap())["inResponseTo"], "9t98et98ert");
}

#[test]
fn a_registration_is_answered_for_half_a_minute() {
    let (organization, random) = (organization(), CountingRandom::default());
    let request = check_as(&registration(), Channel::Registration, (ALIAS, None));
    let request = request.unwrap().ok().unwrap();
    let success = Success {
        factor: FactorKind::WebAuthn,
    };
    let answer = read(
        &request
            .succeeded(&organization, success, NOW, &random)
            .unwrap(),
    );
    assert_eq!(answer["exp"], NOW.seconds() + 30);
    assert_eq!(
        (&answer["inResponseTo"], &answer["iss"]),
        (&json!(""), &json!("md"))
    );
    let to = &request.respondent;
    let failed = |error| read(&to.failed(&organization, error, NOW, &random).unwrap());
    let failure = failed(PpmError::Unsupported);
    assert_eq!(failure["errorCode"], "BROWSER_NOT_SUPPORTED");
    assert_eq!(
        failure["message"],
        "Browser does not support selected registration method"
    );
    assert_eq!(failure["nonce"], "whPAxcspnuBDIt6EhSq9");
    // Clients take a failure without a message for a person who has canceled.
    let canceled = failed(PpmError::Canceled);
    assert_eq!(canceled["status"], "failure");
    assert!(canceled.get("errorCode").is_none() && canceled.get("message").is_none());
}

#[test]
fn every_error_has_a_code_of_its_endpoint() {
    let used = |channel: Channel| {
        let codes = ALL.iter().filter_map(|error| error.wire(channel));
        codes
            .map(|wire| wire.code)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let authentication = [
        "AUTH_001",
        "AUTH_002",
        "PFAUTH_002",
        "PINGID_001",
        "PINGID_002",
        "PINGID_003",
        "PINGID_004",
        "PINGID_005",
        "PINGID_006",
        "PINGID_007",
    ];
    let registration = ["BROWSER_NOT_SUPPORTED", "INVALID_PPM", "MAX_DEVICES"];
    let hybrid = [
        "ABORT_ERROR",
        "AUTH_GENERIC_ERROR",
        "BROWSER_NOT_SUPPORTED",
        "INVALID_PPM",
        "INVALID_STATE_ERROR",
        "NOT_ALLOWED_ERROR",
        "SECURITY_ERROR",
        "USER_DOES_NOT_EXIST",
    ];
    assert_eq!(used(Channel::Authentication), authentication.into());
    assert_eq!(used(Channel::Registration), registration.into());
    assert_eq!(used(Channel::Hybrid), hybrid.into());
}

#[test]
fn a_factor_has_an_authentication_context() {
    for factor in FactorKind::ALL {
        let context = authentication_context(factor);
        assert!(context.starts_with("urn:oasis:names:tc:SAML:2.0:ac:classes:"));
    }
}
