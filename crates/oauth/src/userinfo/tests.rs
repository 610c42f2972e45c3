use serde_json::json;

use super::*;
use crate::fixture::{ISSUER, NOW, Server, client, grant, keys, user};
use crate::token::access_token_for;

fn token(server: &Server, scope: &str) -> VerifiedAccessToken {
    let client = client();
    let grant = grant(&client, scope);
    let text = access_token_for(&server.issuer(), &client, &grant, NOW);
    VerifiedAccessToken::verify(&text, keys(), ISSUER, NOW).unwrap()
}

#[test]
fn oidc_core_5_3_2_tells_the_subject_and_what_was_granted() {
    let server = Server::default();
    let token = token(&server, "openid email");
    let mut grant = grant(&client(), "openid email");
    grant.claims = Some(json!({ "userinfo": { "name": null } }));
    let facts = Facts {
        settings: &server.settings,
        client: Some(&client()),
        grant: Some(&grant),
        revoked: None,
        user: Some(&user()),
    };
    let told = userinfo(&token, ISSUER, &facts, NOW).unwrap();
    let expected = json!({
        "sub": user().id.to_string(),
        "email": "ada@example.org",
        "email_verified": true,
        "name": "Ada Lovelace",
    });
    assert_eq!(Value::Object(told), expected);
}

#[test]
fn rfc6750_3_1_refuses_what_opens_nothing() {
    let mut server = Server::default();
    let live = grant(&client(), "openid");
    let (shop, person) = (client(), user());
    let settings = ServerSettings::default();
    let facts = Facts {
        settings: &settings,
        client: Some(&shop),
        grant: Some(&live),
        revoked: None,
        user: Some(&person),
    };
    let openid = token(&server, "openid");
    let refusal =
        |token: &VerifiedAccessToken, facts: Facts<'_>| userinfo(token, ISSUER, &facts, NOW).err();
    assert_eq!(refusal(&openid, facts), None);
    assert_eq!(
        refusal(&token(&server, "profile"), facts),
        Some(UserinfoError::ScopeInsufficient)
    );
    let gone = Facts {
        grant: None,
        ..facts
    };
    assert_eq!(refusal(&openid, gone), Some(UserinfoError::Revoked));
    let mut ended = live.clone();
    ended.expires = Some(NOW);
    let ended = Facts {
        grant: Some(&ended),
        ..facts
    };
    assert_eq!(refusal(&openid, ended), Some(UserinfoError::Revoked));
    let revoked = RevokedToken {
        jti: openid.jti().to_owned(),
        expires: NOW,
    };
    let revoked = Facts {
        revoked: Some(&revoked),
        ..facts
    };
    assert_eq!(refusal(&openid, revoked), Some(UserinfoError::Revoked));
    let disabled = User {
        enabled: false,
        ..user()
    };
    let disabled = Facts {
        user: Some(&disabled),
        ..facts
    };
    assert_eq!(
        refusal(&openid, disabled),
        Some(UserinfoError::UserInactive)
    );
    server.access_token.audience = Some("https://api.example".to_owned());
    let elsewhere = token(&server, "profile");
    assert_eq!(
        refusal(&elsewhere, facts),
        Some(UserinfoError::NotForUserinfo)
    );
    assert_eq!(refusal(&token(&server, "openid"), facts), None);
}

#[test]
fn rfc6750_3_1_refuses_a_token_whose_client_is_gone_or_disabled() {
    let openid = token(&Server::default(), "openid");
    let (live, person) = (grant(&client(), "openid"), user());
    let disabled = Client {
        enabled: false,
        ..client()
    };
    for client in [None, Some(&disabled)] {
        let facts = Facts {
            settings: &ServerSettings::default(),
            client,
            grant: Some(&live),
            revoked: None,
            user: Some(&person),
        };
        let refused = userinfo(&openid, ISSUER, &facts, NOW).err();
        assert_eq!(refused, Some(UserinfoError::ClientInactive));
    }
}

#[test]
fn oidc_core_5_4_what_the_client_has_lost_is_not_told_any_more() {
    let server = Server::default();
    let token = token(&server, "openid email");
    let mut grant = grant(&client(), "openid email");
    grant.claims = Some(json!({ "userinfo": { "name": null } }));
    let mut client = client();
    client.restrict_scopes = true;
    client.restricted_scopes = "openid".parse().unwrap();
    let facts = Facts {
        settings: &server.settings,
        client: Some(&client),
        grant: Some(&grant),
        revoked: None,
        user: Some(&user()),
    };
    let told = userinfo(&token, ISSUER, &facts, NOW).unwrap();
    assert_eq!(Value::Object(told), json!({ "sub": user().id.to_string() }));
}

#[test]
fn rfc6750_2_takes_the_token_from_one_place() {
    let none = Parameters::default();
    let form: Parameters = [("access_token", "abc")].into_iter().collect();
    assert_eq!(bearer(Some("Bearer abc"), &none), Ok("abc"));
    assert_eq!(bearer(Some("bearer abc"), &none), Ok("abc"));
    assert_eq!(bearer(None, &form), Ok("abc"));
    assert_eq!(
        bearer(Some("Bearer x"), &form),
        Err(UserinfoError::SeveralTokens)
    );
    for header in [None, Some("Basic abc"), Some("Bearer"), Some("")] {
        assert_eq!(bearer(header, &none), Err(UserinfoError::TokenMissing));
    }
}
