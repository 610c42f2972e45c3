use jose::jws::{Algorithm, SigningKey};
use serde_json::json;

use super::*;
use crate::Parameters;
use crate::dpop::fixture::proved;
use crate::fixture::{
    ISSUER, NOW, Server, certificates, client, grant, keys, requester, requester_with, user,
};
use crate::token::{
    ClientCredentialsRequest, VerifiedAccessToken, access_token_for, client_credentials,
};

fn token(server: &Server, scope: &str) -> ConfirmedAccessToken {
    let client = client();
    let grant = grant(&client, scope);
    let text = access_token_for(&server.issuer(), &client, &grant, NOW);
    let token = VerifiedAccessToken::verify(&text, keys(), ISSUER, NOW).unwrap();
    ConfirmedAccessToken::new(token, Scheme::Bearer, None, None).unwrap()
}

/// A token that is bound to this key, or to none.
fn bound_to(key: Option<&SigningKey>) -> VerifiedAccessToken {
    let (server, client) = (Server::default(), client());
    let proof = key.map(proved);
    let requester = requester(&client, proof.as_ref());
    let request = ClientCredentialsRequest::default();
    let tokens = client_credentials(&server.issuer(), &requester, &request, NOW);
    let text = tokens.answer.ok().unwrap().access_token;
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
        |token: &ConfirmedAccessToken, facts: Facts<'_>| userinfo(token, ISSUER, &facts, NOW).err();
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
    let shown = |scheme| {
        Ok(PresentedAccessToken {
            scheme,
            text: "abc",
        })
    };
    for header in ["Bearer abc", "bearer abc", "BEARER  abc"] {
        let presented = PresentedAccessToken::of(&[header], &none);
        assert_eq!(presented, shown(Scheme::Bearer), "{header}");
    }
    // RFC 9449 §7.1: credentials = "DPoP" 1*SP token68
    for header in ["DPoP abc", "dpop abc", "DPOP  abc"] {
        let presented = PresentedAccessToken::of(&[header], &none);
        assert_eq!(presented, shown(Scheme::Dpop), "{header}");
    }
    let presented = PresentedAccessToken::of(&[], &form);
    assert_eq!(presented, shown(Scheme::Bearer));
    let several: [(&[&str], _); 4] = [
        (&["Bearer x"], &form),
        (&["DPoP x"], &form),
        (&["Bearer x", "DPoP x"], &none),
        (&["Basic x", "Bearer x"], &none),
    ];
    for (headers, form) in several {
        let presented = PresentedAccessToken::of(headers, form);
        assert_eq!(presented, Err(UserinfoError::SeveralTokens), "{headers:?}");
    }
    for header in ["Basic abc", "Bearer", "DPoP", "DPoPx abc", ""] {
        let presented = PresentedAccessToken::of(&[header], &none);
        assert_eq!(presented, Err(UserinfoError::TokenMissing), "{header}");
    }
}

#[test]
fn rfc9449_7_1_a_bound_token_is_shown_with_a_proof_by_its_key() {
    let [key, other] = [0, 1].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
    let confirm = |bound: Option<&SigningKey>, scheme, shown: Option<&SigningKey>| {
        let proof = shown.map(proved);
        ConfirmedAccessToken::new(bound_to(bound), scheme, proof.as_ref(), None).err()
    };
    let (bearer, dpop) = (Scheme::Bearer, Scheme::Dpop);
    assert_eq!(confirm(Some(&key), dpop, Some(&key)), None);
    assert_eq!(confirm(None, bearer, None), None);
    // Some send a proof with everything.
    assert_eq!(confirm(None, bearer, Some(&key)), None);

    let differs = Some(UserinfoError::KeyDiffers);
    assert_eq!(confirm(Some(&key), dpop, Some(&other)), differs);
    let missing = Some(UserinfoError::ProofMissing);
    assert_eq!(confirm(Some(&key), dpop, None), missing);
    assert_eq!(confirm(None, dpop, None), missing);
    let unbound = Some(UserinfoError::NotBound);
    assert_eq!(confirm(None, dpop, Some(&key)), unbound);
}

#[test]
fn rfc9449_7_2_a_bound_token_is_no_bearer_token() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    for proof in [None, Some(proved(&key))] {
        let token = bound_to(Some(&key));
        let confirmed = ConfirmedAccessToken::new(token, Scheme::Bearer, proof.as_ref(), None);
        assert_eq!(confirmed.err(), Some(UserinfoError::ProofUnused));
    }
}

#[test]
fn rfc8705_3_refuses_a_token_that_is_bound_to_another_certificate() {
    let (server, client) = (Server::default(), client());
    let [own, other] = [certificates(), certificates()];
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let proof = proved(&key);
    for (scheme, proof) in [(Scheme::Bearer, None), (Scheme::Dpop, Some(&proof))] {
        let requester = requester_with(&client, proof, Some(&own));
        let request = ClientCredentialsRequest {
            scope: None,
            authorization_details: None,
        };
        let tokens = client_credentials(&server.issuer(), &requester, &request, NOW);
        let text = tokens.answer.ok().unwrap().access_token;
        let token = VerifiedAccessToken::verify(&text, keys(), ISSUER, NOW).unwrap();
        let shown = |certificate| {
            let token = token.clone();
            ConfirmedAccessToken::new(token, scheme, proof, certificate).err()
        };
        assert_eq!(shown(Some(own.thumbprint())), None);
        let differs = Some(UserinfoError::KeyDiffers);
        assert_eq!(shown(Some(other.thumbprint())), differs);
        assert_eq!(shown(None), differs);
    }
    // What is bound to nothing may be shown over any connection.
    let unbound = bound_to(None);
    let certificate = Some(own.thumbprint());
    let confirmed = ConfirmedAccessToken::new(unbound, Scheme::Bearer, None, certificate);
    assert!(confirmed.is_ok());
}
