use domain::port::fixed::CountingRandom;

use super::*;
use crate::Parameters;
use crate::fixture::{
    ISSUER, NOW, Server, authenticated, client, deeds, grant, keys, public_client, stored, written,
};
use crate::token::access_token_for;

fn presented(token: &str) -> PresentedToken {
    let parameters: Parameters = [("token", token)].into_iter().collect();
    PresentedToken::of(&parameters, keys(), ISSUER, NOW).unwrap()
}

fn decide(caller: &Client, token: &str, facts: &Facts<'_>) -> Decision<(), RevocationError> {
    let random = CountingRandom::default();
    let caller = authenticated(caller);
    revoke(&caller, &presented(token), facts, NOW, &random)
}

#[test]
fn rfc7009_2_1_a_refresh_token_takes_its_grant_along() {
    let grant = stored(grant(&client(), "openid"));
    let family = grant.record.refresh.as_ref().unwrap();
    let token = family.current(grant.id).expose().to_string();
    let facts = Facts {
        grant: Some(&grant),
        revoked: None,
    };
    let decision = decide(&client(), &token, &facts);
    assert_eq!(decision.answer, Ok(()));
    assert_eq!(
        deeds(decision.changes),
        ["delete grant_record", "put audit"]
    );
    let decision = decide(&public_client(), &token, &facts);
    assert_eq!(decision.answer, Err(RevocationError::AnotherClients));
    assert!(decision.changes.is_empty());
}

#[test]
fn rfc7009_2_1_an_access_token_is_remembered_until_it_expires() {
    let grant = stored(grant(&client(), "openid"));
    let token = access_token_for(&Server::default().issuer(), &client(), &grant, NOW);
    let facts = Facts {
        grant: Some(&grant),
        revoked: None,
    };
    let revoked: RevokedToken = written(decide(&client(), &token, &facts).changes).unwrap();
    assert_eq!(revoked.jti, presented(&token).jti().unwrap());
    assert_eq!(revoked.expires, NOW + Duration::from_hours(2));
    let revoked = stored(revoked);
    let again = Facts {
        revoked: Some(&revoked),
        ..facts
    };
    let decision = decide(&client(), &token, &again);
    assert!(decision.answer.is_ok() && decision.changes.is_empty());
    let decision = decide(&public_client(), &token, &facts);
    assert_eq!(decision.answer, Err(RevocationError::AnotherClients));
}

#[test]
fn rfc7009_2_2_a_token_that_is_not_known_is_as_good_as_revoked() {
    let loaded = stored(grant(&client(), "openid"));
    let facts = Facts {
        grant: None,
        revoked: None,
    };
    let mut forged = grant(&client(), "openid");
    let random = CountingRandom::default();
    let mut bytes = [0; 32];
    Random::fill(&random, &mut bytes);
    forged.refresh = Some(domain::RefreshFamily::new(NOW, &random));
    let forged = forged
        .refresh
        .unwrap()
        .current(forged.id)
        .expose()
        .to_string();
    let with_grant = Facts {
        grant: Some(&loaded),
        revoked: None,
    };
    for (token, facts) in [
        ("nonsense", &facts),
        (&forged, &facts),
        (&forged, &with_grant),
    ] {
        let decision = decide(&client(), token, facts);
        assert!(decision.answer.is_ok() && decision.changes.is_empty());
    }
}
