use std::time::Duration;

use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::dpop::fixture::proved;
use crate::fixture::{
    ISSUER, NOW, Server, authenticated, authentication, client, grant, keys, public_client,
    requester, user,
};
use crate::token::{ClientCredentialsRequest, access_token_for, client_credentials};

fn presented(token: &str, now: Timestamp) -> PresentedToken {
    let parameters: Parameters = [("token", token)].into_iter().collect();
    PresentedToken::of(&parameters, keys(), ISSUER, now).unwrap()
}

/// A resource server, which may ask about everything.
fn resource_server() -> Client {
    let mut caller = client();
    caller.id = ClientId::new("api");
    caller.grant_types = [GrantType::AccessTokenValidation].into();
    caller
}

fn ask(caller: &Client, token: &str, facts: Facts<'_>, now: Timestamp) -> Value {
    let server = Server::default();
    let token = presented(token, now);
    let caller = authenticated(caller);
    let response = introspect(&server.issuer(), &caller, &token, &facts, now);
    serde_json::to_value(response).unwrap()
}

#[test]
fn rfc7662_2_2_tells_what_an_access_token_is() {
    let grant = grant(&client(), "openid profile");
    let token = access_token_for(&Server::default().issuer(), &client(), &grant, NOW);
    let (shop, person) = (client(), user());
    let facts = Facts {
        client: Some(&shop),
        user: Some(&person),
        grant: Some(&grant),
        revoked: None,
    };
    let mut told = ask(&resource_server(), &token, facts, NOW);
    told.as_object_mut().unwrap().remove("jti").unwrap();
    let expected = json!({
        "active": true,
        "token_type": "Bearer",
        "iss": ISSUER,
        "sub": user().id.to_string(),
        "aud": ISSUER,
        "client_id": "shop",
        "scope": "openid profile",
        "iat": NOW.seconds(),
        "exp": NOW.seconds() + 7200,
        "auth_time": NOW.seconds() - 30,
        "acr": "urn:example:mfa",
        "amr": ["pwd", "otp", "mfa"],
        "sid": authentication().session.to_string(),
        "agid": grant.id.to_string(),
    });
    assert_eq!(told, expected);
    // Its own client may ask as well, but no other.
    assert_eq!(ask(&client(), &token, facts, NOW)["active"], true);
    assert_eq!(
        ask(&public_client(), &token, facts, NOW),
        json!({ "active": false })
    );
}

#[test]
fn rfc7662_2_2_tells_nothing_of_a_token_that_is_not_active() {
    let inactive = json!({ "active": false });
    let live = grant(&client(), "openid");
    let token = access_token_for(&Server::default().issuer(), &client(), &live, NOW);
    let (shop, person) = (client(), user());
    let facts = Facts {
        client: Some(&shop),
        user: Some(&person),
        grant: Some(&live),
        revoked: None,
    };
    let caller = resource_server();
    let expired = NOW + Duration::from_hours(2);
    assert_eq!(ask(&caller, &token, facts, expired), inactive);
    let gone = Facts {
        grant: None,
        ..facts
    };
    assert_eq!(ask(&caller, &token, gone, NOW), inactive);
    let mut ended = live.clone();
    ended.expires = Some(NOW);
    let ended = Facts {
        grant: Some(&ended),
        ..facts
    };
    assert_eq!(ask(&caller, &token, ended, NOW), inactive);
    let jti = presented(&token, NOW).jti().unwrap().to_owned();
    let revoked = RevokedToken {
        jti,
        expires: expired,
    };
    let revoked = Facts {
        revoked: Some(&revoked),
        ..facts
    };
    assert_eq!(ask(&caller, &token, revoked, NOW), inactive);
    for nonsense in ["abc", "a.b.c", &format!("{token}x")] {
        assert_eq!(ask(&caller, nonsense, facts, NOW), inactive);
    }
}

#[test]
fn pingfederate_2_6_tells_of_a_refresh_token_only_that_it_is_good() {
    let grant = grant(&client(), "openid");
    let family = grant.refresh.as_ref().unwrap();
    let token = family.current(grant.id).expose().to_string();
    let (shop, person) = (client(), user());
    let facts = Facts {
        client: Some(&shop),
        user: Some(&person),
        grant: Some(&grant),
        revoked: None,
    };
    let active = json!({ "active": true });
    let inactive = json!({ "active": false });
    assert_eq!(ask(&client(), &token, facts, NOW), active);
    assert_eq!(ask(&resource_server(), &token, facts, NOW), active);
    assert_eq!(ask(&public_client(), &token, facts, NOW), inactive);
    // Nor is one good that its client may not use any more.
    let mut barred = client();
    barred.grant_types.remove(&GrantType::RefreshToken);
    let lost = Facts {
        client: Some(&barred),
        ..facts
    };
    assert_eq!(ask(&resource_server(), &token, lost, NOW), inactive);
    let mut rolled = grant.clone();
    rolled.refresh = Some(family.rolled(NOW));
    let spent = Facts {
        grant: Some(&rolled),
        ..facts
    };
    assert_eq!(ask(&client(), &token, spent, NOW), inactive);
    assert_eq!(
        ask(&client(), &token, facts, NOW + Duration::from_hours(24)),
        inactive
    );
}

#[test]
fn rfc7662_2_2_a_token_is_not_active_once_its_client_or_its_person_is_not() {
    let later = NOW + Duration::from_secs(1);
    let disabled = Client {
        enabled: false,
        ..client()
    };
    let made_anew = Client {
        created: later,
        ..client()
    };
    let (shop, person, grant) = (client(), user(), grant(&client(), "openid"));
    let barred = User {
        enabled: false,
        ..user()
    };
    let server = Server::default();
    let shop_itself = requester(&shop, None);
    let request = ClientCredentialsRequest::default();
    let own = client_credentials(&server.issuer(), &shop_itself, &request, NOW);
    let family = grant.refresh.as_ref().unwrap();
    let tokens = [
        access_token_for(&server.issuer(), &client(), &grant, NOW),
        family.current(grant.id).expose().to_string(),
        own.answer.ok().unwrap().access_token,
    ];
    let is_active = |token: &str, client: Option<&Client>, user: Option<&User>| {
        let facts = Facts {
            client,
            user,
            grant: Some(&grant),
            revoked: None,
        };
        ask(&resource_server(), token, facts, later)["active"] == true
    };
    for token in &tokens {
        assert!(is_active(token, Some(&shop), Some(&person)));
        for client in [None, Some(&disabled), Some(&made_anew)] {
            assert!(!is_active(token, client, Some(&person)));
        }
    }
    let [access, refresh, own] = tokens;
    for user in [None, Some(&barred)] {
        assert!(!is_active(&access, Some(&shop), user));
        assert!(!is_active(&refresh, Some(&shop), user));
        assert!(is_active(&own, Some(&shop), user));
    }
}

#[test]
fn a_request_without_a_token_presents_nothing() {
    let parameters = Parameters::default();
    assert!(PresentedToken::of(&parameters, keys(), ISSUER, NOW).is_none());
    let unknown = presented("x", NOW);
    assert_eq!((unknown.grant(), unknown.jti()), (None, None));
}

#[test]
fn rfc9449_6_2_tells_the_key_to_which_a_token_is_bound() {
    let (server, shop) = (Server::default(), client());
    let proof = proved(&SigningKey::generate(Algorithm::Es256).unwrap());
    let requester = requester(&shop, Some(&proof));
    let request = ClientCredentialsRequest::default();
    let own = client_credentials(&server.issuer(), &requester, &request, NOW);
    let token = own.answer.ok().unwrap().access_token;
    let facts = Facts {
        client: Some(&shop),
        user: None,
        grant: None,
        revoked: None,
    };
    let told = ask(&resource_server(), &token, facts, NOW);
    assert_eq!(told["active"], true);
    assert_eq!(told["token_type"], "DPoP");
    assert_eq!(told["cnf"], json!({ "jkt": proof.jkt() }));
}
