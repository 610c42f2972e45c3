//! Secrets that were replaced and still serve for a while.

use std::time::Duration;

use domain::RetainedSecret;

use super::*;

const BEFORE: &str = "the secret before: also long enough for HS256";
const LONG_BEFORE: &str = "the secret before that one, long enough as well";

/// A client whose last secret serves for a minute more, and the one before not any more.
fn rotated(method: AuthenticationMethod) -> Client {
    let mut client = client();
    client.authentication.method = method;
    let retained = |secret, expires| RetainedSecret {
        secret: Secret::new(secret),
        expires,
    };
    client.authentication.retained_secrets = vec![
        retained(BEFORE, NOW + Duration::from_mins(1)),
        retained(LONG_BEFORE, NOW),
    ];
    client
}

#[test]
fn a_replaced_secret_serves_until_it_expires() {
    let client = rotated(AuthenticationMethod::Secret);
    let by = |secret| {
        let header = basic("shop", &secret_in_header(secret));
        let in_header = cause(Some(&header), &[], Some(&client));
        let body = [("client_id", "shop"), ("client_secret", secret)];
        let in_body = cause(None, &body, Some(&client));
        assert_eq!(in_header, in_body);
        in_body
    };
    assert_eq!(by(SECRET), None);
    assert_eq!(by(BEFORE), None);
    let wrong = Some(ClientAuthCause::WrongSecret);
    assert_eq!(by(LONG_BEFORE), wrong);
    assert_eq!(by("made up"), wrong);
}

fn secret_in_header(secret: &str) -> String {
    url::form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

#[test]
fn oidc_core_9_an_assertion_may_be_signed_with_a_replaced_secret_until_it_expires() {
    let client = rotated(AuthenticationMethod::ClientSecretJwt);
    let signed_with = |secret: &str| {
        let key = Jwk::from_secret(secret.as_bytes());
        let key = SigningKey::new(&key, Algorithm::Hs256).unwrap();
        let client = client.clone();
        Signed { client, key }.cause(&claims())
    };
    assert_eq!(signed_with(SECRET), None);
    assert_eq!(signed_with(BEFORE), None);
    for secret in [LONG_BEFORE, "made up, but as long as the others are"] {
        let refused = signed_with(secret);
        assert!(
            matches!(refused, Some(ClientAuthCause::Assertion(_))),
            "{secret}"
        );
    }
    // The secret itself is no proof for a client that signs.
    let body = [("client_id", "shop"), ("client_secret", BEFORE)];
    assert_eq!(
        cause(None, &body, Some(&client)),
        Some(ClientAuthCause::WrongMethod)
    );
}

#[test]
fn a_client_without_a_secret_is_refused() {
    let mut client = rotated(AuthenticationMethod::Secret);
    client.authentication.secret = None;
    client.authentication.retained_secrets.clear();
    let body = [("client_id", "shop"), ("client_secret", "")];
    assert_eq!(
        cause(None, &body, Some(&client)),
        Some(ClientAuthCause::WrongMethod)
    );
    client.authentication.method = AuthenticationMethod::ClientSecretJwt;
    let jwt = Signed::hs256().token(&claims());
    assert_eq!(asserted(&jwt, &client), Some(ClientAuthCause::WithoutKeys));
}
