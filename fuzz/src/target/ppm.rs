//! PPM requests, whatever the organisation has signed, and whatever somebody else has not.

use authn::pingid::ppm::{Channel, Form, verify};
use authn::pingid::{self, sign};
use domain::{Organization, Secret, Timestamp};
use serde_json::{Value, json};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "ppm",
    run,
    seeds,
};

const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

fn organization(key: &str) -> Organization {
    let (token, key) = (Secret::new("token"), Secret::new(key));
    let mut organization = Organization::of_client("org", token, key, NOW);
    organization.return_origins = vec!["sso.example.com".parse().expect("a host")];
    organization
}

/// The payload of a request, or a whole one.
fn run(input: &[u8]) -> bool {
    let ours = organization("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let Ok(payload) = jose::json::parse(input) else {
        // Nobody but the organisation has its key.
        assert!(check(&ours, text, Channel::Authentication).is_none());
        return false;
    };
    let key = ours.newest().expect("a key");
    let signed = sign(&ours, key, &payload).expect("what is JSON is signed");
    let channels = [
        Channel::Authentication,
        Channel::Registration,
        Channel::Hybrid,
    ];
    let others = organization("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=");
    let mut is_good = false;
    for channel in channels {
        assert!(check(&others, &signed, channel).is_none());
        let Some(answer) = check(&ours, &signed, channel) else {
            continue;
        };
        is_good = true;
        let read = pingid::verify(&ours, &answer, 1 << 20, NOW).expect("an answer of ours");
        let to = read
            .payload()
            .get("dst")
            .and_then(Value::as_str)
            .expect("a destination");
        assert!(ours.return_url(to).is_some(), "{to}");
    }
    is_good
}

/// The answer that a request gets without anybody's being asked, or would get for a failure.
fn check(organization: &Organization, request: &str, channel: Channel) -> Option<String> {
    let form = Form {
        account: "org",
        issuer: None,
        request,
    };
    let checked = verify(organization, &form, channel, &[], NOW).ok()?;
    let respondent = match &checked {
        Ok(request) => &request.respondent,
        Err(refused) => &refused.respondent,
    };
    let error = authn::pingid::ppm::PpmError::Canceled;
    let random = domain::port::fixed::CountingRandom::default();
    let answer = respondent.failed(organization, error, NOW, &random);
    Some(answer.expect("an answer is signed"))
}

fn seeds() -> Vec<Vec<u8>> {
    let request = |aud: &str, attributes: Value| {
        let request = json!({
            "iss": "PingFed", "sub": "jsmith", "aud": aud, "nonce": "n", "jti": "",
            "iat": NOW.seconds(), "exp": NOW.seconds() + 600, "idpAccountId": "org",
            "returnUrl": "https://sso.example.com/x", "attributes": attributes,
        });
        request.to_string().into_bytes()
    };
    let attribute = |name: &str, value: &str| json!([{ "name": name, "value": value }]);
    vec![
        request(
            "pingidauthenticator",
            attribute("isUserAuthenticated", "true"),
        ),
        request("md", attribute("webauthnEnrollmentType", "webauthn")),
    ]
}
