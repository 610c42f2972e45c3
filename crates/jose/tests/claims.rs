//! The registered claims: a table of claims, policy and time for every refusal.
#![cfg(test)]

use countersign_jose::jwt::{ClaimRefused, Claims, ClaimsPolicy};
use serde_json::{Value, json};

const NOW: i64 = 1_000_000;

fn check(policy: ClaimsPolicy<'_>, claims: impl Into<Value>) -> Result<(), ClaimRefused> {
    policy.check(
        &Claims::parse(claims.into().to_string().as_bytes()).unwrap(),
        NOW,
    )
}

fn missing(name: &str) -> Result<(), ClaimRefused> {
    Err(ClaimRefused::Missing {
        name: name.to_owned(),
    })
}

#[test]
fn rfc7519_4_1_1_refuses_another_issuer() {
    let policy = ClaimsPolicy::new().with_issuers(&["https://a", "https://b"]);
    assert_eq!(check(policy, json!({"iss": "https://b"})), Ok(()));
    assert_eq!(
        check(policy, json!({"iss": "https://b/"})),
        Err(ClaimRefused::Issuer)
    );
    assert_eq!(check(policy, json!({})), missing("iss"));
    let form = ClaimRefused::WrongForm {
        name: "iss",
        expected: "a string",
    };
    assert_eq!(check(policy, json!({"iss": ["https://a"]})), Err(form));
}

#[test]
fn rfc7519_4_1_2_refuses_another_subject() {
    let policy = ClaimsPolicy::new().with_subject("me");
    assert_eq!(check(policy, json!({"sub": "me"})), Ok(()));
    assert_eq!(
        check(policy, json!({"sub": "you"})),
        Err(ClaimRefused::Subject)
    );
    assert_eq!(check(policy, json!({})), missing("sub"));
}

#[test]
fn rfc7519_4_1_3_refuses_another_audience() {
    let policy = ClaimsPolicy::new().with_audiences(&["us"]);
    assert_eq!(check(policy, json!({"aud": "us"})), Ok(()));
    assert_eq!(check(policy, json!({"aud": ["them", "us"]})), Ok(()));
    for other in [json!("them"), json!([]), json!(["them"]), json!("US")] {
        assert_eq!(
            check(policy, json!({"aud": other})),
            Err(ClaimRefused::Audience)
        );
    }
    assert_eq!(check(policy, json!({})), missing("aud"));
    let form = ClaimRefused::WrongForm {
        name: "aud",
        expected: "a string or an array of strings",
    };
    for wrong in [json!(1), json!(["us", 1]), Value::Null] {
        assert_eq!(check(policy, json!({"aud": wrong})), Err(form.clone()));
    }
}

#[test]
fn rfc7519_4_1_4_refuses_an_expired_token() {
    let policy = ClaimsPolicy::new();
    assert_eq!(check(policy, json!({"exp": NOW + 1})), Ok(()));
    assert_eq!(
        check(policy, json!({"exp": NOW})),
        Err(ClaimRefused::Expired { seconds: 0 })
    );
    assert_eq!(
        check(policy, json!({"exp": NOW - 5})),
        Err(ClaimRefused::Expired { seconds: 5 })
    );
    let policy = policy.with_leeway(5);
    assert_eq!(check(policy, json!({"exp": NOW - 4})), Ok(()));
    assert_eq!(
        check(policy, json!({"exp": NOW - 5})),
        Err(ClaimRefused::Expired { seconds: 5 })
    );
}

#[test]
fn rfc7519_4_1_5_refuses_a_token_before_its_time() {
    let policy = ClaimsPolicy::new();
    assert_eq!(check(policy, json!({"nbf": NOW})), Ok(()));
    assert_eq!(
        check(policy, json!({"nbf": NOW + 1})),
        Err(ClaimRefused::NotYetValid { seconds: 1 })
    );
    assert_eq!(
        check(policy.with_leeway(1), json!({"nbf": NOW + 1})),
        Ok(())
    );
}

#[test]
fn rfc7519_4_1_6_refuses_a_token_from_the_future_or_the_far_past() {
    let policy = ClaimsPolicy::new();
    assert_eq!(
        check(policy, json!({"iat": NOW + 1})),
        Err(ClaimRefused::IssuedInFuture { seconds: 1 })
    );
    let policy = policy.with_max_age(60);
    assert_eq!(check(policy, json!({"iat": NOW - 60})), Ok(()));
    assert_eq!(
        check(policy, json!({"iat": NOW - 61})),
        Err(ClaimRefused::TooOld {
            limit: 60,
            actual: 61
        })
    );
    assert_eq!(check(policy, json!({})), missing("iat"));
}

#[test]
fn refuses_a_life_that_is_too_long() {
    let policy = ClaimsPolicy::new().with_max_lifetime(60).with_leeway(5);
    assert_eq!(
        check(policy, json!({"iat": NOW - 10, "exp": NOW + 50})),
        Ok(())
    );
    let too_long = |actual| Err(ClaimRefused::LivesTooLong { limit: 60, actual });
    assert_eq!(
        check(policy, json!({"iat": NOW - 10, "exp": NOW + 51})),
        too_long(61)
    );
    assert_eq!(
        check(
            policy,
            json!({"nbf": NOW - 11, "iat": NOW, "exp": NOW + 50})
        ),
        too_long(61)
    );
    assert_eq!(check(policy, json!({"exp": NOW + 65})), Ok(()));
    assert_eq!(check(policy, json!({"exp": NOW + 66})), too_long(61));
    assert_eq!(check(policy, json!({})), missing("exp"));
}

#[test]
fn refuses_missing_required_claims() {
    let policy = ClaimsPolicy::new().with_required(&["jti", "exp"]);
    assert_eq!(check(policy, json!({"jti": "1"})), missing("exp"));
    assert_eq!(check(policy, json!({"jti": "1", "exp": NOW + 1})), Ok(()));
}

#[test]
fn rfc7519_2_reads_dates_that_are_numbers_in_range() {
    assert_eq!(
        check(ClaimsPolicy::new(), json!({"exp": 1_000_001.5})),
        Ok(())
    );
    let expected = "a number of seconds between 0 and 253402300799 (the year 9999)";
    for wrong in [
        json!("1000001"),
        json!(-1),
        json!(1e300),
        json!(null),
        json!(u64::MAX),
        json!([1]),
    ] {
        let form = ClaimRefused::WrongForm {
            name: "exp",
            expected,
        };
        assert_eq!(
            check(ClaimsPolicy::new(), json!({"exp": wrong})),
            Err(form),
            "{wrong}"
        );
    }
}
