//! Form-encoded parameters, of requests and of our own pages (RFC 6749 appendix B).

use std::collections::BTreeSet;

use oauth::Parameters;
use url::form_urlencoded::Serializer;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "parameters",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    let form = Parameters::parse_form(input);
    let request = Parameters::parse(input);
    if let Ok(form) = &form {
        keeps(form, Parameters::parse_form);
    }
    let Ok(request) = request else {
        return false;
    };
    assert!(
        form.is_ok_and(|form| form == request),
        "a form may have what a request may"
    );
    let mut names = BTreeSet::new();
    for (name, value) in request.iter() {
        let repeatable = ["resource", "audience"].contains(&name);
        assert!(names.insert(name) || repeatable, "{name} is there twice");
        let found = request.values(name).any(|it| it == value);
        assert!(found || value.is_empty(), "{name} is not found");
    }
    keeps(&request, Parameters::parse);
    true
}

/// Encoding and reading the parameters again changes nothing.
fn keeps<E>(parameters: &Parameters, parse: impl Fn(&[u8]) -> Result<Parameters, E>) {
    let encoded = Serializer::new(String::new())
        .extend_pairs(parameters.iter())
        .finish();
    if encoded.len() <= Parameters::MAX_LENGTH {
        let again = parse(encoded.as_bytes()).unwrap_or_else(|_| panic!("unreadable: {encoded}"));
        assert!(again == *parameters, "changed: {encoded}");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "grant_type=authorization_code&code=a.b&redirect_uri=https%3A%2F%2Frp.example%2Fcb&code_verifier=v",
        "scope=openid+profile%20email&state=%C3%A9&nonce=&prompt=login&max_age=0&=x&y",
        "resource=a&resource=b&audience=c&audience=d",
        "claims=%7B%22id_token%22%3A%7B%22acr%22%3Anull%7D%7D&ui_locales=de-CH+fr",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .into()
}
