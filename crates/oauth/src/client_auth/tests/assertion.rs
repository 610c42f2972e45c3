use std::time::Duration;

use super::*;

#[test]
fn oidc_core_9_accepts_private_key_jwt_and_client_secret_jwt() {
    for signed in [Signed::hs256(), Signed::es256()] {
        assert_eq!(signed.cause(&claims()), None);
        assert_eq!(signed.cause(&changed("aud", ISSUER)), None);
        let audiences = json!(["https://other.example", ISSUER]);
        assert_eq!(signed.cause(&changed("aud", audiences)), None);
        for url in [ISSUER, "https://mtls.example:9032"] {
            for path in [PATHS.token, PATHS.introspection] {
                let audience = format!("{url}{path}");
                assert_eq!(signed.cause(&changed("aud", audience)), None);
            }
        }
        // Without replay prevention, `jti` and `iat` are the client's own affair.
        assert_eq!(signed.cause(&without("jti")), None);
        assert_eq!(signed.cause(&without("iat")), None);
        let jwt = signed.token(&claims());
        let parameters = [
            ("client_id", "shop"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &jwt),
        ];
        let changes = outcome(None, &parameters, Some(&signed.client)).unwrap();
        assert!(changes.is_empty());
    }
}

#[test]
fn rfc7523_3_2_refuses_another_issuer_or_subject() {
    let signed = Signed::es256();
    let parties = Some(ClientAuthCause::AssertionParties);
    assert_eq!(signed.cause(&changed("iss", "other")), parties);
    assert_eq!(signed.cause(&without("iss")), parties);
    assert_eq!(signed.cause(&without("sub")), parties);
    let other = signed.cause(&changed("sub", "other"));
    assert_eq!(
        other,
        Some(ClientAuthCause::Unknown),
        "its own record would be loaded"
    );
}

#[test]
fn pingfederate_the_rule_that_the_issuer_is_the_client_can_be_waived() {
    let signed = Signed::es256();
    let keys = keys_of(&signed.client);
    let nobody = TrustedIssuers::default();
    let waived = |claims: &Value| {
        let jwt = signed.token(claims);
        let parameters = [
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &*jwt),
        ];
        let parameters = parameters.into_iter().collect();
        let presented = identify(&credentials(None, &parameters)).map_err(|error| error.cause)?;
        let facts = Facts {
            issuer_is_client: false,
            ..facts(keys.as_ref(), &nobody)
        };
        let decision = authenticate(&presented, Some(&signed.client), &facts, NOW);
        decision.answer.map(drop).map_err(|error| error.cause)
    };
    assert_eq!(waived(&claims()), Ok(()));
    assert_eq!(waived(&changed("iss", "a security token service")), Ok(()));
    let parties = Err(ClientAuthCause::AssertionParties);
    assert_eq!(waived(&without("iss")), parties);
    assert_eq!(waived(&changed("iss", "")), parties);
    assert_eq!(waived(&changed("iss", 1)), parties);
    assert_eq!(waived(&without("sub")), parties);
    let another = waived(&changed("sub", "other"));
    assert_eq!(another, Err(ClientAuthCause::Unknown));
}

#[test]
fn rfc7523_3_3_refuses_an_assertion_for_another_audience() {
    let signed = Signed::es256();
    for claims in [
        without("aud"),
        changed("aud", "https://other.example"),
        changed("aud", json!([])),
        changed("aud", format!("{ISSUER}/")),
        changed("aud", format!("{ISSUER}{}", PATHS.revocation)),
        changed("aud", "https://mtls.example:9032"),
        changed("aud", 1),
    ] {
        let cause = signed.cause(&claims);
        assert!(
            matches!(cause, Some(ClientAuthCause::Assertion(_))),
            "{claims}"
        );
    }
}

#[test]
fn rfc7523_3_4_refuses_without_or_after_or_long_before_the_expiration() {
    let signed = Signed::es256();
    let now = NOW.seconds();
    let bad = [
        without("exp"),
        changed("exp", now - 60),
        changed("exp", now + 3601),
        changed("nbf", now + 61),
        changed("iat", now + 61),
        changed("exp", "soon"),
    ];
    for claims in bad {
        let cause = signed.cause(&claims);
        assert!(
            matches!(cause, Some(ClientAuthCause::Assertion(_))),
            "{claims}"
        );
    }
    for claims in [
        changed("exp", now - 59),
        changed("exp", now + 3600),
        changed("iat", now + 60),
        changed("nbf", now + 60),
    ] {
        assert_eq!(signed.cause(&claims), None, "{claims}");
    }
}

#[test]
fn rfc7523_3_9_refuses_another_key_another_algorithm_and_no_signature() {
    let signed = Signed::es256();
    let strange = Signed::es256().token(&claims());
    let refused = |jwt: &str| asserted(jwt, &signed.client).is_some();
    assert!(refused(&strange));
    // The public key as an HMAC secret.
    assert!(refused(&Signed::hs256().token(&claims())));
    let unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzaG9wIiwic3ViIjoic2hvcCJ9.";
    assert!(refused(unsigned));
    let only_384 = Signed::es256().with_algorithm(Algorithm::Es384);
    assert!(only_384.cause(&claims()).is_some());
    // Another kind of token that the client has signed is no assertion.
    let header = Header::new().with_typ("oauth-authz-req+jwt");
    let request_object = claims().to_string();
    let request_object = sign_compact(&signed.key, header, request_object.as_bytes()).unwrap();
    assert!(refused(&request_object));
}

#[test]
fn rfc7523_3_7_spends_each_assertion_once_when_replay_prevention_is_on() {
    let signed = Signed::es256().once_only();
    let jwt = signed.token(&claims());
    let parameters = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", jwt.as_str()),
    ];
    let changes = || outcome(None, &parameters, Some(&signed.client)).unwrap();
    assert_eq!(deeds(changes()), ["claim"]);
    let placed = changes().of_tenant(domain::port::Tenant::DEFAULT);
    let domain::port::Change::Claim { until, .. } = &placed[0] else {
        panic!("not a claim");
    };
    assert_eq!(*until, NOW + Duration::from_mins(3));
    let missing = Some(ClientAuthCause::AssertionWithoutId);
    assert_eq!(signed.cause(&without("jti")), missing);
    assert_eq!(signed.cause(&changed("jti", "")), missing);
}

#[test]
fn rfc7521_4_2_needs_the_assertion_type_and_the_same_client_id() {
    let signed = Signed::es256();
    let jwt = signed.token(&claims());
    let typed = ("client_assertion_type", JWT_BEARER);
    let assertion = ("client_assertion", jwt.as_str());
    let client = Some(&signed.client);
    assert_eq!(
        cause(None, &[assertion], client),
        Some(ClientAuthCause::AssertionType)
    );
    assert_eq!(
        cause(None, &[typed, assertion, ("client_id", "other")], client),
        Some(ClientAuthCause::ClientIdsDiffer)
    );
}

#[test]
fn refuses_a_client_whose_keys_cannot_be_read() {
    let signed = Signed::es256();
    let jwt = signed.token(&claims());
    let private = format!(r#"{{"keys":[{}]}}"#, *signed.key.jwk().to_private_json());
    for jwks in [None, Some("not json".to_owned()), Some(private)] {
        let client = Client {
            keys: jwks.map(JwksSettings::Jwks),
            ..signed.client.clone()
        };
        assert_eq!(asserted(&jwt, &client), Some(ClientAuthCause::WithoutKeys));
    }
}

#[test]
fn the_keys_of_a_client_are_needed_for_its_signature_alone() {
    let signed = Signed::es256();
    let needed = |parameters: &[(&str, &str)], client: &Client| {
        let parameters = parameters.iter().copied().collect();
        let presented = identify(&credentials(None, &parameters)).ok().unwrap();
        (
            presented.needs_keys_of(client),
            presented.key_id().map(str::to_owned),
        )
    };
    let payload = claims().to_string();
    let header = Header::new().with_kid("key 1");
    let jwt = sign_compact(&signed.key, header, payload.as_bytes()).unwrap();
    let assertion = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &*jwt),
    ];
    let key_id = Some("key 1".to_owned());
    assert_eq!(needed(&assertion, &signed.client), (true, key_id.clone()));
    assert_eq!(needed(&assertion, &Signed::hs256().client), (false, key_id));
    let mut disabled = signed.client.clone();
    disabled.enabled = false;
    assert!(!needed(&assertion, &disabled).0);
    let secret = [("client_id", "shop"), ("client_secret", SECRET)];
    assert_eq!(needed(&secret, &signed.client), (false, None));
}
