//! Requests in which a parameter comes more than once.

use super::*;

/// Who is told that these parameters came once more; the request is in order but for them.
fn told(more: &[(&str, &str)]) -> Answer {
    let usual = parameters(&[]);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(usual.iter()).extend_pairs(more);
    let request = Parameters::parse_authorization(query.finish().as_bytes()).unwrap();
    let refusal = World::usual()
        .verify_received(&request)
        .expect_err("must be refused");
    assert_eq!(refusal.error, AuthorizeError::ParameterRepeated, "{more:?}");
    refusal.answer
}

#[test]
fn rfc6749_4_1_2_1_the_client_is_told_that_a_parameter_is_repeated() {
    for name in ["scope", "response_type", "nonce", "prompt", "unheard_of"] {
        let (one, other) = ((name, "openid"), (name, "email"));
        let Answer::Client(target) = told(&[one, other]) else {
            panic!("{name}: the client can be told");
        };
        assert_eq!(target.redirect_uri(), CALLBACK);
        assert_eq!(target.state(), Some("a b&c=d"));
    }
}

#[test]
fn rfc6749_4_1_2_1_nobody_is_told_where_two_places_are_named() {
    for (name, value) in [
        ("client_id", "rp"),
        ("redirect_uri", CALLBACK),
        ("state", "another"),
        ("state", ""),
    ] {
        assert!(matches!(told(&[(name, value)]), Answer::Page), "{name}");
    }
    let modes = [("response_mode", "query"), ("response_mode", "fragment")];
    assert!(matches!(told(&modes), Answer::Page));
}
