//! Codes and tokens that are bound to the key of a DPoP proof (RFC 9449).

use domain::Thumbprint;
use jose::jws::SigningKey;

use super::*;
use crate::dpop::fixture::proved;

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

fn with_proof(client: Client, key: &SigningKey) -> Exchange {
    Exchange {
        proof: Some(proved(key)),
        ..Exchange::new(client)
    }
}

fn thumbprint(key: &SigningKey) -> Thumbprint {
    Thumbprint::of_key(key.jwk())
}

fn grant_of(exchange: &Exchange) -> Grant {
    written(exchange.decide().changes).unwrap()
}

#[test]
fn rfc9449_5_and_6_1_the_access_token_is_bound_to_the_key_of_the_proof() {
    let key = key();
    for client in [client(), public_client()] {
        let response = with_proof(client, &key).response();
        assert_eq!(response.token_type, "DPoP");
        let cnf = json!({ "jkt": thumbprint(&key) });
        assert_eq!(claims_of(&response.access_token)["cnf"], cnf);
        // An ID token is for the client itself.
        let id_token = claims_of(&response.id_token.unwrap());
        assert_eq!(id_token.get("cnf"), None);
    }
    let unbound = Exchange::new(client()).response();
    assert_eq!(unbound.token_type, "Bearer");
    assert_eq!(claims_of(&unbound.access_token).get("cnf"), None);
}

#[test]
fn rfc9449_5_the_refresh_token_of_a_public_client_is_bound_and_no_other() {
    let key = key();
    let bound = grant_of(&with_proof(public_client(), &key));
    assert_eq!(bound.bound_to.jkt, Some(thumbprint(&key)));
    let unbound = [
        grant_of(&with_proof(client(), &key)),
        grant_of(&Exchange::new(public_client())),
    ];
    assert!(unbound.iter().all(|grant| grant.bound_to.is_none()));
}

#[test]
fn rfc9449_10_a_code_is_redeemed_by_the_holder_of_the_key_alone() {
    let [key, other] = [key(), key()];
    for client in [client(), public_client()] {
        let mut exchange = with_proof(client, &key);
        exchange.code.record.dpop_jkt = Some(thumbprint(&key));
        assert_eq!(exchange.refusal(), None);
        let differs = Some(TokenError::CodeOfAnotherKey);
        exchange.proof = Some(proved(&other));
        assert_eq!(exchange.refusal(), differs);
        exchange.proof = None;
        assert_eq!(exchange.refusal(), differs);
    }
}

#[test]
fn rfc9449_11_9_whoever_lacks_the_key_cannot_revoke_by_redeeming_again() {
    let key = key();
    let client = client();
    let mut exchange = with_proof(client.clone(), &key);
    let grant = grant(&client, "openid");
    exchange.code.record.dpop_jkt = Some(thumbprint(&key));
    exchange.code.record.state = CodeState::Redeemed(grant.id);
    exchange.grant = Some(stored(grant));
    exchange.proof = None;
    // `refusal` sees to it that nothing changes.
    assert_eq!(exchange.refusal(), Some(TokenError::CodeOfAnotherKey));
}
