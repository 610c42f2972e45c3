//! Which tokens are taken for ID tokens of this server.

use domain::IdTokenAlgorithm;
use serde_json::Value;

use super::*;

fn signed(typ: TokenType, claims: &Value) -> String {
    fixture::keys().sign(Algorithm::Rs256, typ, claims).unwrap()
}

fn hinted(token: &str) -> Option<IdTokenHint> {
    IdTokenHint::verify(token, fixture::keys(), ISSUER, None, NOW)
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "rp", "sub": "ada", "sid": "s1", "exp": 1 })
}

#[test]
fn rp_initiated_logout_2_an_expired_id_token_is_a_good_hint() {
    let token = signed(TokenType::IdToken, &claims());
    assert_eq!(
        IdTokenHint::claimed_client(&token, fixture::keys()),
        Some(ClientId::new("rp"))
    );
    let hint = hinted(&token).unwrap();
    assert_eq!((hint.subject(), hint.session()), ("ada", Some("s1")));
    assert!(hint.is_for(&ClientId::new("rp")) && !hint.is_for(&ClientId::new("another")));
}

#[test]
fn rp_initiated_logout_2_a_token_of_another_issuer_is_none() {
    let mut foreign = claims();
    foreign["iss"] = "https://as.example.evil.example".into();
    assert_eq!(hinted(&signed(TokenType::IdToken, &foreign)), None);
    foreign.as_object_mut().unwrap().remove("iss");
    assert_eq!(hinted(&signed(TokenType::IdToken, &foreign)), None);
}

#[test]
fn rfc8725_3_11_an_access_token_or_a_logout_token_is_none() {
    for typ in [TokenType::AccessToken, TokenType::LogoutToken] {
        assert_eq!(hinted(&signed(typ, &claims())), None, "{typ:?}");
    }
}

#[test]
fn a_token_that_was_changed_is_none() {
    let token = signed(TokenType::IdToken, &claims());
    let (content, signature) = token.rsplit_once('.').unwrap();
    let eve = json!({ "iss": ISSUER, "aud": "rp", "sub": "eve" }).to_string();
    let eve = jose::strict_base64url::encode(eve);
    let header = content.split('.').next().unwrap();
    for forged in [
        format!("{header}.{eve}.{signature}"),
        format!("{header}.{eve}."),
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(hinted(&forged), None, "{forged}");
    }
}

#[test]
fn a_token_signed_with_the_secret_of_the_client_is_verified_with_it() {
    let mut client = fixture::client();
    client.id = ClientId::new("rp");
    client.oidc.id_token_signing_algorithm = IdTokenAlgorithm(Some(Algorithm::Hs256));
    let token = fixture::keys()
        .sign_for(&client, TokenType::IdToken, &claims())
        .unwrap();
    let keys = fixture::keys();
    assert!(IdTokenHint::verify(&token, keys, ISSUER, Some(&client), NOW).is_some());
    assert_eq!(IdTokenHint::verify(&token, keys, ISSUER, None, NOW), None);
    let mut other = client;
    other.oidc.id_token_signing_algorithm = IdTokenAlgorithm::default();
    assert_eq!(
        IdTokenHint::verify(&token, keys, ISSUER, Some(&other), NOW),
        None
    );
}
